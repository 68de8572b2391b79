"""One profile's memories as columns. Snapshots of one line share them and differ in how much of them they see.

Nothing visible to a snapshot ever changes: rows are only appended, and what happens to a row later (it is replaced, its
vector arrives) is stamped with the generation in which it happened, which older snapshots ignore.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, Literal, Self, get_args

import numpy as np

from regulars.recall.columns import CAPACITY_MIN, NEVER, Floats, Mask, Rows, lazy, with_room
from regulars.recall.dense import Vector, Vectors
from regulars.recall.layout import Layout
from regulars.recall.lexical import LexicalScores, Postings, folded, query_terms, words

Kind = Literal["observation", "summary", "communication"]

KINDS: Final[tuple[Kind, ...]] = ("observation", "summary")
"""What a profile remembers of its own. Communications are kept apart: they are many, and not always asked for."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_VECTORS: Final[Mapping[str, Vector]] = {}
_MEMORY_OVERHEAD_BYTES: Final = 900
_COMPACT_ROWS_MIN: Final = 64
_LAYOUT_BYTES_A_ROW: Final = 100
_QUESTION_MARKS: Final = ("?", "\uff1f", "\u061f", "\u037e")


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One observation, summary or communication as recall knows it. Times are aware and in UTC.

    `speaker` is the name of who said it, `position` its place in the conversation: 0 and empty but for communications.
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
    speaker: str = ""
    by_customer: bool = False
    position: int = 0


_Number = Literal["occurred", "died", "conversation", "position", "speaker", "language", "by_customer", "is_question"]
_NUMBERS: Final[tuple[_Number, ...]] = get_args(_Number)


class _Table:
    """The columns of one kind. One writer at a time; readers hold a `View` and need no lock."""

    def __init__(self, dimensions: int, *, is_talk: bool) -> None:
        self.lock = Lock()
        self.generation = 0
        self.is_talk = is_talk
        self.memories: list[Memory] = []
        self.row_of: dict[str, int] = {}
        self.numbers = {name: np.zeros(CAPACITY_MIN, dtype=np.int64) for name in _NUMBERS}
        self.conversations: dict[str, int] = {}
        self.speakers: dict[str, int] = {}
        self.languages: dict[str, int] = {}
        self.postings = Postings()
        self.vectors = Vectors(dimensions)
        self.content_bytes = 0

    def extend(self, memories: Sequence[Memory], vectors: Mapping[str, Vector] = _NO_VECTORS) -> None:
        """Their ids must be new, and different. `vectors` are those of memories that bring none of their own."""
        first = len(self.memories)
        languages = self.postings.extend(first, [memory.content for memory in memories])
        for name, values in self._numbers_of(memories, first, languages).items():
            column = self.numbers[name] = with_room(self.numbers[name], first + len(memories))
            column[first : first + len(memories)] = values
        with_vectors = [vectors.get(one.memory_id) if one.vector is None else one.vector for one in memories]
        self.vectors.extend(first, with_vectors, self.generation)
        self.memories.extend(memory if memory.vector is None else replace(memory, vector=None) for memory in memories)
        self.row_of.update((memory.memory_id, row) for row, memory in enumerate(memories, first))
        self.content_bytes += sum(2 * len(memory.content) + _MEMORY_OVERHEAD_BYTES for memory in memories)

    def _numbers_of(
        self, memories: Sequence[Memory], first: int, languages: Sequence[str]
    ) -> dict[_Number, Sequence[int]]:
        """A memory that rests on several conversations counts with the first; without any it is one of its own."""
        said_in = [
            memory.conversation_ids[0] if memory.conversation_ids else f"row {row}"
            for row, memory in enumerate(memories, first)
        ]
        return {
            "occurred": [micros(memory.occurred_at) for memory in memories],
            "died": [NEVER] * len(memories),
            "conversation": _numbered(self.conversations, said_in),
            "position": [memory.position for memory in memories],
            "speaker": _numbered(self.speakers, [memory.speaker for memory in memories]),
            "language": _numbered(self.languages, languages),
            "by_customer": [memory.by_customer for memory in memories],
            "is_question": [memory.content.rstrip().endswith(_QUESTION_MARKS) for memory in memories],
        }

    def remove(self, memory_id: str) -> None:
        """The id must be there."""
        self.numbers["died"][self.row_of.pop(memory_id)] = self.generation

    def is_only_a_vector(self, memory: Memory) -> bool:
        """Whether `memory` is known but for its vector, which was still missing."""
        row = self.row_of.get(memory.memory_id)
        if row is None or memory.vector is None or self.vectors.get(row, self.generation) is not None:
            return False
        return self.memories[row] == replace(memory, vector=None)

    @property
    def bytes(self) -> int:
        columns = sum(column.nbytes for column in self.numbers.values())
        return columns + self.postings.bytes + self.vectors.bytes + self.content_bytes


def _numbered(numbers: dict[str, int], names: Sequence[str]) -> list[int]:
    return [numbers.setdefault(name, len(numbers)) for name in names]


class View:
    """What one snapshot sees of a table: its first `rows` rows as of `generation`."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self.generation = table.generation
        self.rows = len(table.memories)
        self.living = len(table.row_of)
        self.bytes = table.bytes + _LAYOUT_BYTES_A_ROW * self.rows

    def _numbers(self, name: _Number) -> Rows:
        return self._table.numbers[name][: self.rows]

    def alive(self) -> Mask:
        return self.layout.alive

    def occurred(self) -> Rows:
        return self._numbers("occurred")

    @lazy
    def layout(self) -> Layout:
        """A later death is of a later generation, so this stays true."""
        return Layout(
            alive=self._numbers("died") > self.generation,
            conversations=self._numbers("conversation"),
            positions=self._numbers("position") if self._table.is_talk else None,
            lengths=self.lengths,
        )

    @lazy
    def lengths(self) -> Floats:
        """In terms."""
        return self._table.postings.lengths[: self.rows].astype(np.float64)

    @lazy
    def questions(self) -> Floats:
        return self._numbers("is_question").astype(np.float64)

    @property
    def speaker_numbers(self) -> Rows:
        return self._numbers("speaker")

    @property
    def by_customer(self) -> Rows:
        return self._numbers("by_customer")

    @lazy
    def speakers(self) -> dict[str, int]:
        """Of what lives: each name and its number. Nobody speaks in observations and summaries."""
        if not self._table.is_talk:
            return {}
        return self._living("speaker", self._table.speakers)

    @lazy
    def speakers_by_word(self) -> dict[str, list[str]]:
        """The names that hold a word. An address is none."""
        found: dict[str, list[str]] = {}
        for name in self.speakers:
            if "@" in name or any(map(str.isdigit, name)):
                continue
            for word in set(words(folded(name))):
                found.setdefault(word, []).append(name)
        return found

    @lazy
    def languages(self) -> dict[str, int]:
        """Of what lives."""
        return self._living("language", self._table.languages)

    def _living(self, column: _Number, numbers: dict[str, int]) -> dict[str, int]:
        present = set(np.unique(self._numbers(column)[self.alive()]).tolist())
        return {name: number for name, number in list(numbers.items()) if number in present}

    def memory(self, row: int) -> Memory:
        return self._table.memories[row]

    def words(self, folded_text: str, *, without: AbstractSet[str]) -> LexicalScores:
        """`without` are words of the query that do not count."""
        postings = self._table.postings
        return postings.scores(query_terms(folded_text, self.languages, without=without), self.layout)

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

    def updated(
        self, changed: Sequence[Memory], removed: Sequence[str], vectors: Mapping[str, Vector] = _NO_VECTORS
    ) -> "View":
        if not changed and not removed:
            return self
        with self._table.lock:
            if self._is_latest():
                advanced = self._advanced(changed, removed, vectors)
                return advanced if not advanced.is_mostly_dead() else advanced.rebuilt()
        return self.rebuilt().updated(changed, removed, vectors)

    def _is_latest(self) -> bool:
        return self.generation == self._table.generation

    def _advanced(self, changed: Sequence[Memory], removed: Sequence[str], vectors: Mapping[str, Vector]) -> "View":
        table = self._table
        table.generation += 1
        for memory_id in removed:
            if memory_id in table.row_of:
                table.remove(memory_id)
        fresh: dict[str, Memory] = {}
        for memory in changed:
            if memory.vector is not None and table.is_only_a_vector(memory):
                table.vectors.arrive(table.row_of[memory.memory_id], memory.vector, table.generation)
                continue
            if memory.memory_id in table.row_of:
                table.remove(memory.memory_id)
            fresh[memory.memory_id] = memory
        table.extend(list(fresh.values()), vectors)
        return View(table)

    def is_mostly_dead(self) -> bool:
        return self.rows >= _COMPACT_ROWS_MIN and 2 * self.living < self.rows

    def rebuilt(self) -> "View":
        """The same memories in a table of their own, without the dead."""
        table = _Table(self._table.vectors.dimensions, is_talk=self._table.is_talk)
        table.extend(list(self))
        return View(table)

    @classmethod
    def empty(cls, dimensions: int, kind: Kind) -> "View":
        return cls(_Table(dimensions, is_talk=kind == "communication"))


class Snapshot:
    """`version` is the profile's memory version that it reflects; `bytes` an estimate for the cache's budget."""

    __slots__ = ("__weakref__", "_views", "bytes", "version")

    def __init__(self, views: Mapping[Kind, View], version: int) -> None:
        self._views = views
        self.version = version
        self.bytes = sum(view.bytes for view in views.values())

    @classmethod
    def empty(cls, dimensions: int, kinds: Sequence[Kind] = KINDS) -> Self:
        return cls({kind: View.empty(dimensions, kind) for kind in kinds}, version=0)

    def view(self, kind: Kind) -> View:
        return self._views[kind]

    def ids(self) -> list[str]:
        """Of every memory, of either kind."""
        return [memory_id for view in self._views.values() for memory_id in view.ids()]

    def __len__(self) -> int:
        return sum(view.living for view in self._views.values())

    def updated(
        self,
        changed: Sequence[Memory],
        version: int,
        *,
        removed: Sequence[str] = (),
        vectors: Mapping[str, Vector] = _NO_VECTORS,
    ) -> "Snapshot":
        """Adds, or replaces by id; an id that is also in `removed` is added anew. This snapshot stays as it is.
        `vectors` are those of new memories that bring none of their own: thousands come faster so.

        An id belongs to one kind for good. Costs what the change costs; a second successor of a snapshot costs a copy.
        """
        views: dict[Kind, View] = {
            kind: view.updated([memory for memory in changed if memory.kind == kind], removed, vectors)
            for kind, view in self._views.items()
        }
        return Snapshot(views, version)
