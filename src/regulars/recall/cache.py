"""The snapshots that were used last, under a budget of bytes."""

from collections import OrderedDict
from threading import Lock

from regulars.recall.snapshot import Snapshot

Key = tuple[str, str]
"""Store and profile."""


class SnapshotCache:
    """Least recently used goes first. Safe to share between an event loop and worker threads."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._snapshots: OrderedDict[Key, Snapshot] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._snapshots)

    def get(self, key: Key) -> Snapshot | None:
        with self._lock:
            snapshot = self._snapshots.get(key)
            if snapshot is not None:
                self._snapshots.move_to_end(key)
            return snapshot

    def put(self, key: Key, snapshot: Snapshot) -> None:
        """Keeps the newer of two versions: of two requests that load at once, the slower must not undo the faster."""
        with self._lock:
            present = self._snapshots.get(key)
            if present is not None and present.version > snapshot.version:
                return
            self._drop(key)
            self._snapshots[key] = snapshot
            self._bytes += snapshot.bytes
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._snapshots)))

    def drop(self, key: Key) -> None:
        """For a profile that is gone."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        snapshot = self._snapshots.pop(key, None)
        if snapshot is not None:
            self._bytes -= snapshot.bytes
