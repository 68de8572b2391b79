"""What was ranked last: whoever asks the same of the same snapshots again need not wait for it."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Final, NamedTuple
from weakref import ref

from regulars.recall.rank import Hit
from regulars.recall.snapshot import Snapshot

_ENTRIES_MAX: Final = 256
"""A hit holds its memory, so 20 hits may hold 20 KB after their snapshot is gone."""


class Ranked(NamedTuple):
    observations: Sequence[Hit]
    summaries: Sequence[Hit]
    communications: Sequence[Hit]


class Rankings:
    """A snapshot never changes, so neither does its answer to a question. Least recently used goes first. Safe to share
    between an event loop and worker threads."""

    def __init__(self, entries_max: int = _ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._lock = Lock()
        self._known: OrderedDict[Hashable, tuple[list[ref[Snapshot]], Ranked]] = OrderedDict()

    def get(self, snapshots: Sequence[Snapshot], asked: Hashable) -> Ranked | None:
        """`asked` says everything on which the ranking depends, but for the snapshots."""
        key = _key(snapshots, asked)
        with self._lock:
            known = self._known.get(key)
            if known is None or [one() for one in known[0]] != list(snapshots):
                return None
            self._known.move_to_end(key)
            return known[1]

    def put(self, snapshots: Sequence[Snapshot], asked: Hashable, ranked: Ranked) -> None:
        key = _key(snapshots, asked)
        with self._lock:
            self._known[key] = [ref(one) for one in snapshots], ranked
            self._known.move_to_end(key)
            if len(self._known) > self._entries_max:
                self._known.popitem(last=False)

    def __len__(self) -> int:
        return len(self._known)


def _key(snapshots: Sequence[Snapshot], asked: Hashable) -> Hashable:
    """A new snapshot may lie where an old one was: the reference tells them apart."""
    return *map(id, snapshots), asked
