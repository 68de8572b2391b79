"""One profile's memories as columns. Snapshots of one line share them and differ in how much of them they see.

Nothing visible to a snapshot ever changes: rows are only appended, and what happens to a row later (it is replaced, its
vector arrives) is stamped with the generation in which it happened, which older snapshots ignore.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, Literal, Self

import numpy as np

from regulars.recall.columns import CAPACITY_MIN, NEVER, Mask, Rows, with_room
from regulars.recall.dense import Vector, Vectors
from regulars.recall.lexical import LexicalScores, Postings

Kind = Literal["observation", "summary"]

KINDS: Final[tuple[Kind, ...]] = ("observation", "summary")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MEMORY_OVERHEAD_BYTES: Final = 900
_COMPACT_ROWS_MIN: Final = 64


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _date_words(instant: datetime) -> str:
    """So that "in November 2026" finds what was said then, though its text does not say so."""
    return f"{_MONTHS[instant.month - 1]} {instant.date().isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One observation or summary as recall knows it. Times are aware and in UTC.

    `vector` is of unit length; None until a job has computed it, when words alone must find the memory. A snapshot
    keeps vectors in its matrix, so the memories that it returns have None here.
    """

    memory_id: str
    kind: Kind
    content: str
    source: str | None
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
    conversation_ids: tuple[str, ...]
    vector: Vector | None


class _Table:
    """The columns of one kind. One writer at a time; readers hold a `View` and need no lock."""

    def __init__(self, dimensions: int) -> None:
        self.lock = Lock()
        self.generation = 0
        self.memories: list[Memory] = []
        self.row_of: dict[str, int] = {}
        self.occurred = np.zeros(CAPACITY_MIN, dtype=np.int64)
        self.died = np.zeros(CAPACITY_MIN, dtype=np.int64)
        self.conversation = np.zeros(CAPACITY_MIN, dtype=np.int64)
        self.conversation_numbers: dict[str, int] = {}
        self.postings = Postings()
        self.vectors = Vectors(dimensions)
        self.content_bytes = 0

    def append(self, memory: Memory) -> int:
        row = len(self.memories)
        self.occurred = with_room(self.occurred, row + 1)
        self.died = with_room(self.died, row + 1)
        self.occurred[row] = micros(memory.occurred_at)
        self.died[row] = NEVER
        self.conversation = with_room(self.conversation, row + 1)
        self.conversation[row] = self._conversation_number(memory)
        self.vectors.append(row, memory.vector, self.generation)
        self.postings.append(row, memory.content, _date_words(memory.occurred_at))
        self.memories.append(replace(memory, vector=None))
        self.row_of[memory.memory_id] = row
        self.content_bytes += 2 * len(memory.content) + _MEMORY_OVERHEAD_BYTES
        return self.postings.length(row)

    def _conversation_number(self, memory: Memory) -> int:
        """0 for none; a memory that rests on several conversations counts with the first."""
        if not memory.conversation_ids:
            return 0
        return self.conversation_numbers.setdefault(memory.conversation_ids[0], len(self.conversation_numbers) + 1)

    def remove(self, memory_id: str) -> int:
        """Returns the length in terms of what died; the id must be there."""
        row = self.row_of.pop(memory_id)
        self.died[row] = self.generation
        return self.postings.length(row)

    def is_only_a_vector(self, memory: Memory) -> bool:
        """Whether `memory` is known but for its vector, which was still missing."""
        row = self.row_of.get(memory.memory_id)
        if row is None or memory.vector is None or self.vectors.get(row, self.generation) is not None:
            return False
        return self.memories[row] == replace(memory, vector=None)

    @property
    def bytes(self) -> int:
        columns = self.occurred.nbytes + self.died.nbytes + self.conversation.nbytes
        return columns + self.postings.bytes + self.vectors.bytes + self.content_bytes


class View:
    """What one snapshot sees of a table: its first `rows` rows as of `generation`."""

    __slots__ = ("_table", "bytes", "generation", "length_total", "living", "rows")

    def __init__(self, table: _Table, *, living: int, length_total: int) -> None:
        self._table = table
        self.generation = table.generation
        self.rows = len(table.memories)
        self.living = living
        self.length_total = length_total
        self.bytes = table.bytes

    def alive(self) -> Mask:
        return self._table.died[: self.rows] > self.generation

    def occurred(self) -> Rows:
        return self._table.occurred[: self.rows]

    def conversations(self) -> Rows:
        """A number for each row's conversation; 0 for none."""
        return self._table.conversation[: self.rows]

    def memory(self, row: int) -> Memory:
        return self._table.memories[row]

    def words(self, text: str, alive: Mask) -> LexicalScores:
        return self._table.postings.scores(text, alive=alive, living=self.living, length_total=self.length_total)

    def vectors(self) -> tuple[Vectors, Mask]:
        """The matrix and which of its rows this view may look at."""
        return self._table.vectors, self._table.vectors.present(self.rows, self.generation)

    def __iter__(self) -> Iterator[Memory]:
        """The living, each with its vector."""
        for row in np.flatnonzero(self.alive()).tolist():
            yield replace(self.memory(row), vector=self._table.vectors.get(row, self.generation))

    def ids(self) -> list[str]:
        """Of the living."""
        return [self.memory(row).memory_id for row in np.flatnonzero(self.alive()).tolist()]

    def updated(self, changed: Sequence[Memory], removed: Sequence[str]) -> "View":
        if not changed and not removed:
            return self
        with self._table.lock:
            if self._is_latest():
                advanced = self._advanced(changed, removed)
                return advanced if not advanced.is_mostly_dead() else advanced.rebuilt()
        return self.rebuilt().updated(changed, removed)

    def _is_latest(self) -> bool:
        return self.generation == self._table.generation

    def _advanced(self, changed: Sequence[Memory], removed: Sequence[str]) -> "View":
        table, living, length_total = self._table, self.living, self.length_total
        table.generation += 1
        for memory_id in removed:
            if memory_id in table.row_of:
                length_total -= table.remove(memory_id)
                living -= 1
        for memory in changed:
            if memory.vector is not None and table.is_only_a_vector(memory):
                table.vectors.arrive(table.row_of[memory.memory_id], memory.vector, table.generation)
                continue
            if memory.memory_id in table.row_of:
                length_total -= table.remove(memory.memory_id)
                living -= 1
            length_total += table.append(memory)
            living += 1
        return View(table, living=living, length_total=length_total)

    def is_mostly_dead(self) -> bool:
        return self.rows >= _COMPACT_ROWS_MIN and 2 * self.living < self.rows

    def rebuilt(self) -> "View":
        """The same memories in a table of their own, without the dead."""
        table = _Table(self._table.vectors.dimensions)
        length_total = sum(table.append(memory) for memory in self)
        return View(table, living=self.living, length_total=length_total)

    @classmethod
    def empty(cls, dimensions: int) -> "View":
        return cls(_Table(dimensions), living=0, length_total=0)


class Snapshot:
    """`version` is the profile's memory version that it reflects; `bytes` an estimate for the cache's budget."""

    __slots__ = ("_views", "bytes", "version")

    def __init__(self, views: Mapping[Kind, View], version: int) -> None:
        self._views = views
        self.version = version
        self.bytes = sum(view.bytes for view in views.values())

    @classmethod
    def empty(cls, dimensions: int) -> Self:
        return cls({kind: View.empty(dimensions) for kind in KINDS}, version=0)

    def view(self, kind: Kind) -> View:
        return self._views[kind]

    def ids(self) -> list[str]:
        """Of every memory, of either kind."""
        return [memory_id for view in self._views.values() for memory_id in view.ids()]

    def __len__(self) -> int:
        return sum(view.living for view in self._views.values())

    def updated(self, changed: Sequence[Memory], version: int, *, removed: Sequence[str] = ()) -> "Snapshot":
        """Adds, or replaces by id; an id that is also in `removed` is added anew. This snapshot stays as it is.

        An id belongs to one kind for good. Costs what the change costs; a second successor of a snapshot costs a copy.
        """
        views: dict[Kind, View] = {
            kind: view.updated([memory for memory in changed if memory.kind == kind], removed)
            for kind, view in self._views.items()
        }
        return Snapshot(views, version)
