"""Recall: the right memories of one profile, for what is asked or what is being talked about."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from regulars.ai.ports import Embedder
from regulars.core import limits
from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.conversations import Communication, Participant
from regulars.domain.queries import inferred
from regulars.recall.cache import SnapshotCache
from regulars.recall.dense import Vector
from regulars.recall.rank import Hit, newest, rank
from regulars.recall.snapshot import Kind, Memory, Snapshot
from regulars.services.embedding import unpacked
from regulars.services.extraction import turns_of
from regulars.storage import communications, conversations, memories, participants, profiles
from regulars.storage.db import Db, Tx
from regulars.storage.memories import MemoryRow
from regulars.storage.profiles import Place

T = TypeVar("T")

_KINDS: Final[tuple[Kind, ...]] = ("observation", "summary")
_MEMORIES_AT_ONCE_MAX: Final = 500
"""So many are ranked or added within a millisecond or two; more is work for a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An empty `query` with a conversation asks for what that conversation is about; without one, for the newest."""

    query: str
    conversation_id: ConversationId | None
    begin: datetime | None
    end: datetime | None
    observations_limit: int
    summaries_limit: int
    communications_limit: int
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    observations: list[Hit]
    summaries: list[Hit]
    communications: list[Communication]
    participants: list[Participant]
    """Of the conversation that the communications are from."""


class _News(NamedTuple):
    """What a snapshot lacks of a profile's memory, and the version it then reflects.

    `living` are the ids of all that is there; None when nothing has left since the version that the snapshot knows.
    """

    version: int
    rows: list[tuple[MemoryRow, Kind]]
    living: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Recaller:
    """Snapshots are brought up to date by what changed since the version they know: a write that was answered is in
    the next recall of every process."""

    db: Db
    embedder: Embedder
    cache: SnapshotCache
    end_inclusive: bool

    async def recall(self, store_id: StoreId, profile_id: ProfileId, question: Question) -> Recalled:
        known = self.cache.get((store_id, profile_id)) or Snapshot.empty(self.embedder.dimensions)
        async with self.db.read() as tx:
            news = await self._news(tx, store_id, profile_id, known)
            said, present = await _conversation(tx, store_id, question)
        snapshot = await self._updated(store_id, profile_id, known, news)
        query = question.query.strip() or inferred(turns_of(said, present, None))
        vector = (await self.embedder.embed([query], kind="query"))[0] if query and len(snapshot) else None
        observations, summaries = await _aside(
            len(snapshot) > _MEMORIES_AT_ONCE_MAX,
            lambda: (
                self._hits(snapshot, "observation", question, query, vector, question.observations_limit),
                self._hits(snapshot, "summary", question, query, vector, question.summaries_limit),
            ),
        )
        return Recalled(
            observations=observations,
            summaries=summaries,
            communications=said[-question.communications_limit :] if question.communications_limit else [],
            participants=present,
        )

    def _hits(
        self, snapshot: Snapshot, kind: Kind, question: Question, query: str, vector: Vector | None, limit: int
    ) -> list[Hit]:
        if not limit:
            return []
        if not query:
            return newest(
                snapshot,
                kind=kind,
                begin=question.begin,
                end=question.end,
                end_inclusive=self.end_inclusive,
                limit=limit,
            )
        return rank(
            snapshot,
            text=query,
            vector=vector,
            kind=kind,
            begin=question.begin,
            end=question.end,
            end_inclusive=self.end_inclusive,
            limit=limit,
            threshold=question.threshold,
        )

    async def _news(self, tx: Tx, store_id: StoreId, profile_id: ProfileId, known: Snapshot) -> _News:
        """The version is read first: what is committed between the statements counts as newer and is read again."""
        place = await self._place(tx, store_id, profile_id)
        if place.memory_version <= known.version:
            return _News(known.version, [])
        has_removals = place.removed_version > known.version and len(known) > 0
        living = frozenset(await memories.list_ids(tx, store_id, profile_id)) if has_removals else None
        rows = {
            kind: await memories.list_changed(
                tx, kind, store_id, profile_id, model=self.embedder.name, known_version=known.version
            )
            for kind in _KINDS
        }
        return _News(place.memory_version, [(row, kind) for kind in _KINDS for row in rows[kind]], living)

    async def _place(self, tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Place:
        """Forgets what it knows of a profile that no longer answers for itself."""
        place = await profiles.fetch_place(tx, store_id, profile_id)
        if place is None or place.merged_into is not None:
            self.cache.drop((store_id, profile_id))
        if place is None:
            raise NotFound(f"There is no profile {profile_id} in this store")
        if place.merged_into is not None:
            raise Moved(profile_id, place.merged_into)
        return place

    async def _updated(self, store_id: StoreId, profile_id: ProfileId, known: Snapshot, news: _News) -> Snapshot:
        if news.version == known.version:
            return known
        snapshot = await _aside(
            len(news.rows) + (0 if news.living is None else len(known)) > _MEMORIES_AT_ONCE_MAX,
            lambda: known.updated(
                [_memory(row, kind) for row, kind in news.rows], news.version, removed=_removed(known, news.living)
            ),
        )
        self.cache.put((store_id, profile_id), snapshot)
        return snapshot


def _removed(known: Snapshot, living: frozenset[str] | None) -> list[str]:
    return [] if living is None else [memory_id for memory_id in known.ids() if memory_id not in living]


async def _aside(heavy: bool, work: Callable[[], T]) -> T:
    """Keeps the event loop free of what takes more than a few milliseconds."""
    return await asyncio.to_thread(work) if heavy else work()


async def _conversation(tx: Tx, store_id: StoreId, question: Question) -> tuple[list[Communication], list[Participant]]:
    """What was said last, oldest first, and by whom; nothing when no conversation is named, or nothing of it needed."""
    unasked = question.query.strip() and not question.communications_limit
    if question.conversation_id is None or unasked:
        return [], []
    if await conversations.fetch(tx, [store_id], question.conversation_id) is None:
        raise NotFound(f"There is no conversation {question.conversation_id} in this store")
    needed = max(question.communications_limit, limits.RECALL_INFERRED_QUERY_COMMUNICATIONS)
    said = await communications.list_newest(tx, store_id, question.conversation_id, needed)
    return said[::-1], await participants.list_all(tx, store_id, question.conversation_id)


def _memory(row: MemoryRow, kind: Kind) -> Memory:
    return Memory(
        memory_id=row.memory_id,
        kind=kind,
        content=row.content,
        source=row.source,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        conversation_ids=tuple(row.conversation_ids),
        vector=None if row.vector is None else unpacked(row.vector),
    )
