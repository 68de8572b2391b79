"""What was ranked last: whoever asks the same of the same snapshots again need not wait for it."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Final, NamedTuple
from weakref import ref

from regulars.recall.rank import Hit
from regulars.recall.snapshot import Snapshot

_ENTRIES_MAX: Final = 256


class Ranked(NamedTuple):
    observations: Sequence[Hit]
    summaries: Sequence[Hit]
    communications: Sequence[Hit]


class Rankings:
    """A snapshot never changes, so neither does its answer to a question. Least recently used goes first, and what a
    snapshot told goes with it: it may be words of a customer who was erased. Safe to share between an event loop and
    worker threads."""

    def __init__(self, entries_max: int = _ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._lock = Lock()
        self._known: OrderedDict[Hashable, tuple[list[ref[Snapshot]], Ranked]] = OrderedDict()
        self._orphans: deque[Hashable] = deque()
        """Whose snapshot has died. There may be an entry of another with the same key."""

    def get(self, snapshots: Sequence[Snapshot], asked: Hashable) -> Ranked | None:
        """`asked` says everything on which the ranking depends, but for the snapshots."""
        key = _key(snapshots, asked)
        with self._lock:
            self._sweep()
            known = self._known.get(key)
            if known is None or [one() for one in known[0]] != list(snapshots):
                return None
            self._known.move_to_end(key)
            return known[1]

    def put(self, snapshots: Sequence[Snapshot], asked: Hashable, ranked: Ranked) -> None:
        key = _key(snapshots, asked)
        gone = self._when_gone(key)
        with self._lock:
            self._sweep()
            self._known[key] = [ref(one, gone) for one in snapshots], ranked
            self._known.move_to_end(key)
            if len(self._known) > self._entries_max:
                self._known.popitem(last=False)

    def _when_gone(self, key: Hashable) -> Callable[[ref[Snapshot]], None]:
        def gone(_: ref[Snapshot]) -> None:
            """A snapshot may die anywhere, even while this thread holds the lock: whoever comes next sweeps then."""
            self._orphans.append(key)
            if self._lock.acquire(blocking=False):
                try:
                    self._sweep()
                finally:
                    self._lock.release()

        return gone

    def _sweep(self) -> None:
        """Under the lock."""
        while self._orphans:
            key = self._orphans.popleft()
            known = self._known.get(key)
            if known is not None and any(one() is None for one in known[0]):
                del self._known[key]

    def __len__(self) -> int:
        return len(self._known)


def _key(snapshots: Sequence[Snapshot], asked: Hashable) -> Hashable:
    """A new snapshot may lie where an old one was: the reference tells them apart."""
    return *map(id, snapshots), asked
