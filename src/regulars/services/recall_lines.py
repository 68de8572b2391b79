"""How recall keeps its snapshots of a profile up to date: what it remembers of its own, and what was said."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from regulars.ai.ports import Embedder
from regulars.core import ids
from regulars.core.ids import ProfileId, StoreId
from regulars.recall.cache import SnapshotCache
from regulars.recall.snapshot import Memory, Snapshot
from regulars.recall.spoken import Spoken
from regulars.services.embedding import unpacked, unpacked_all
from regulars.storage import memories
from regulars.storage.db import Tx
from regulars.storage.memories import MemoryRow
from regulars.storage.profiles import Place

S = TypeVar("S", bound=Snapshot | Spoken)


@dataclass(frozen=True, slots=True)
class Update(Generic[S]):
    """Makes a snapshot of the one that was known, `weight` memories of it anew."""

    weight: int
    make: Callable[[], S]


class Line(ABC, Generic[S]):
    """A snapshot of a profile as one request finds it, and what it lacks."""

    def __init__(self, cache: SnapshotCache, embedder: Embedder, store_id: StoreId, profile_id: ProfileId) -> None:
        self.cache, self.embedder = cache, embedder
        self.store_id, self.profile_id = store_id, profile_id
        self.key = (store_id, profile_id)
        self._cached = self.cached()
        self.known: S = self._cached or self.empty()
        self.update: Update[S] | None = None

    @property
    def is_latest(self) -> bool:
        """False once somebody else brought the cache further."""
        return self.cached() is self._cached

    def anew(self) -> Self:
        return type(self)(self.cache, self.embedder, self.store_id, self.profile_id)

    @abstractmethod
    def cached(self) -> S | None: ...

    @abstractmethod
    def empty(self) -> S: ...

    @abstractmethod
    async def look(self, tx: Tx) -> None:
        """Inside `together`, after the place of the profile: what tells whether there is anything new."""

    @abstractmethod
    async def read(self, tx: Tx, place: Place) -> None:
        """After `look`: `update` if anything is new."""


class MemoryLine(Line[Snapshot]):
    def cached(self) -> Snapshot | None:
        return self.cache.get(self.key)

    def empty(self) -> Snapshot:
        return Snapshot.empty(self.embedder.dimensions)

    async def look(self, tx: Tx) -> None:
        """The place of the profile says it."""

    def lags(self, place: Place) -> bool:
        return place.memory_version > self.known.version

    async def read(self, tx: Tx, place: Place) -> None:
        """The version was read first: what is committed between the statements counts as newer and is read again."""
        known, model = self.known, self.embedder.name
        if not self.lags(place):
            return
        if not known.version:
            self.update = await self._all(tx, place)
            return
        living = None
        if place.removed_version > known.version and len(known):
            living = frozenset(await memories.list_ids(tx, self.store_id, self.profile_id))
        rows = await memories.list_changed(tx, self.store_id, self.profile_id, model=model, known_version=known.version)
        self.update = Update(
            weight=len(rows) + (0 if living is None else len(known)),
            make=lambda: known.updated(
                [memory_of(row, row.vector) for row in rows], place.memory_version, removed=_removed(known, living)
            ),
        )

    async def _all(self, tx: Tx, place: Place) -> Update[Snapshot]:
        """Vectors last: those of words that were changed meanwhile come again with the words, which are newer."""
        known = self.known
        rows = await memories.list_all(tx, self.store_id, self.profile_id)
        vectors = await memories.list_vectors(tx, self.store_id, self.profile_id, model=self.embedder.name)
        return Update(
            weight=len(rows),
            make=lambda: known.updated(
                [memory_of(row, None) for row in rows], place.memory_version, vectors=unpacked_all(vectors)
            ),
        )


def _removed(known: Snapshot, living: frozenset[str] | None) -> list[str]:
    """`living` is None when nothing has left."""
    return [] if living is None else [memory_id for memory_id in known.ids() if memory_id not in living]


def memory_of(row: MemoryRow, vector: bytes | None) -> Memory:
    return Memory(
        memory_id=row.memory_id,
        kind="summary" if row.memory_id.startswith(ids.SUMMARY) else "observation",
        content=row.content,
        source=row.source,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        conversation_ids=tuple(row.conversation_ids),
        vector=None if vector is None else unpacked(vector),
    )
