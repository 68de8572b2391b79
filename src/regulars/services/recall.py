"""Recall: the right memories of one profile, for what is asked or what is being talked about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from regulars.ai.ports import Embedder
from regulars.core import limits
from regulars.core.errors import NotFound
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

_KINDS: Final[tuple[Kind, ...]] = ("observation", "summary")


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


@dataclass(frozen=True, slots=True)
class Recaller:
    """Snapshots are brought up to date by what changed since the version they know: a write that was answered is in
    the next recall of every process."""

    db: Db
    embedder: Embedder
    cache: SnapshotCache
    end_inclusive: bool

    async def recall(self, store_id: StoreId, profile_id: ProfileId, question: Question) -> Recalled:
        async with self.db.read() as tx:
            snapshot = await self._snapshot(tx, store_id, profile_id)
            said, present = await _conversation(tx, store_id, question)
        query = question.query.strip() or inferred(turns_of(said, present, None))
        vector = (await self.embedder.embed([query], kind="query"))[0] if query and len(snapshot) else None
        wanted = {"observation": question.observations_limit, "summary": question.summaries_limit}
        hits = {
            kind: self._hits(snapshot, kind, question, query=query, vector=vector, limit=wanted[kind])
            for kind in _KINDS
        }
        return Recalled(
            observations=hits["observation"],
            summaries=hits["summary"],
            communications=said[-question.communications_limit :] if question.communications_limit else [],
            participants=present,
        )

    def _hits(
        self, snapshot: Snapshot, kind: Kind, question: Question, *, query: str, vector: Vector | None, limit: int
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

    async def _snapshot(self, tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Snapshot:
        """The version is read first: what is committed between the statements counts as newer and is read again."""
        version = await profiles.fetch_memory_version(tx, store_id, profile_id)
        if version is None:
            raise NotFound(f"There is no profile {profile_id} in this store")
        key = (store_id, profile_id)
        known = self.cache.get(key) or Snapshot.empty(self.embedder.dimensions)
        if known.version >= version:
            return known
        changed = [
            _memory(row, kind)
            for kind in _KINDS
            for row in await memories.list_changed(
                tx, kind, store_id, profile_id, model=self.embedder.name, known_version=known.version
            )
        ]
        snapshot = known.updated(changed, version)
        self.cache.put(key, snapshot)
        return snapshot


async def _conversation(tx: Tx, store_id: StoreId, question: Question) -> tuple[list[Communication], list[Participant]]:
    """What was said last, oldest first, and by whom; nothing when no conversation is named."""
    if question.conversation_id is None:
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
