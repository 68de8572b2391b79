"""The snapshots that were used last, under a budget of bytes."""

from collections import OrderedDict
from threading import Lock

from regulars.recall.snapshot import Snapshot
from regulars.recall.spoken import Spoken

Key = tuple[str, str]
"""Store and profile."""
_Snapshots = OrderedDict[tuple[Key, type], Snapshot | Spoken]


class SnapshotCache:
    """Of a profile what it remembers and what was said to it, each by itself. Least recently used goes first. Safe to
    share between an event loop and worker threads."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._snapshots: _Snapshots = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._snapshots)

    def get(self, key: Key) -> Snapshot | None:
        found = self._get(key, Snapshot)
        return found if isinstance(found, Snapshot) else None

    def get_spoken(self, key: Key) -> Spoken | None:
        found = self._get(key, Spoken)
        return found if isinstance(found, Spoken) else None

    def put(self, key: Key, snapshot: Snapshot | Spoken) -> None:
        """Keeps the newer of two versions: of two requests that load at once, the slower must not undo the faster."""
        with self._lock:
            place = key, type(snapshot)
            present = self._snapshots.get(place)
            if present is not None and present.version > snapshot.version:
                return
            self._drop(place)
            if snapshot.bytes > self._bytes_max:
                return  # it would push out everybody else and then itself
            self._snapshots[place] = snapshot
            self._bytes += snapshot.bytes
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._snapshots)))

    def drop(self, key: Key) -> None:
        """For a profile that is gone."""
        with self._lock:
            self._drop((key, Snapshot))
            self._drop((key, Spoken))

    def _get(self, key: Key, kind: type) -> Snapshot | Spoken | None:
        with self._lock:
            snapshot = self._snapshots.get((key, kind))
            if snapshot is not None:
                self._snapshots.move_to_end((key, kind))
            return snapshot

    def _drop(self, place: tuple[Key, type]) -> None:
        snapshot = self._snapshots.pop(place, None)
        if snapshot is not None:
            self._bytes -= snapshot.bytes
