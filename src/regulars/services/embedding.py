"""Vectors: how they are stored, the job that computes those which memories lack, and the rounds for what was said."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regulars.ai.ports import Embedder
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.transcripts import in_context
from regulars.storage import communications, conversations, memories, participants, profiles
from regulars.storage.conversations import ConversationKey
from regulars.storage.db import Db, Tx
from regulars.storage.memories import Unembedded

_BATCH_TEXTS: Final = 256
_BATCH_CONVERSATIONS: Final = 128
_REST_SHARE: Final = 2.0
"""Of the time that a batch took."""
_LEASE: Final = timedelta(minutes=2)
"""For so long nobody else takes conversations that were claimed: a batch takes seconds."""
STORED: Final = np.dtype("<f2")
"""Half precision: half the bytes, and cosines differ in the fourth digit."""


async def packed_vectors(embedder: Embedder, texts: Sequence[str]) -> dict[str, bytes]:
    """The vectors of different texts, by text, in the form in which they are stored."""
    if not texts:
        return {}
    vectors = await embedder.embed(texts, kind="document")
    return {text: vector.astype(STORED).tobytes() for text, vector in zip(texts, vectors, strict=True)}


def unpacked_all(stored: Mapping[str, bytes]) -> dict[str, NDArray[np.float32]]:
    """All of one model, by their keys; thousands at once."""
    if not stored:
        return {}
    matrix = np.frombuffer(b"".join(stored.values()), dtype=STORED).reshape(len(stored), -1).astype(np.float32)
    return dict(zip(stored, matrix, strict=True))


def unpacked(data: bytes) -> NDArray[np.float32]:
    return np.frombuffer(data, dtype=STORED).astype(np.float32)


async def embed_missing(
    db: Db, embedder: Embedder, store_id: StoreId, profile_id: ProfileId, *, since_version: int = 0
) -> int:
    """Computes and stores, in batches, what is lacking of the memories that changed from a version on.

    Returns how many vectors it wrote.
    """
    count = 0
    while True:
        async with db.read() as tx:
            missing = await memories.list_unembedded(
                tx, store_id, profile_id, model=embedder.name, since_version=since_version, limit=_BATCH_TEXTS
            )
        if not missing:
            return count
        vectors = await packed_vectors(embedder, sorted({memory.content for memory in missing}))
        await db.write(
            lambda tx, missing=missing, vectors=vectors: _store(
                tx, store_id, profile_id, embedder.name, missing, vectors
            )
        )
        count += len(missing)


async def _store(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    model: str,
    missing: Sequence[Unembedded],
    vectors: dict[str, bytes],
) -> None:
    """What was changed or deleted since it was read is left out; the next round reads it again."""
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is not None:
        await memories.insert_embeddings(tx, store_id, profile_id, model=model, memories=missing, vectors=vectors)
        await memories.touch(tx, store_id, profile_id, [memory.memory_id for memory in missing], version)


class _Claim(NamedTuple):
    """Conversations that are ours until then, and what of them lacks a vector."""

    keys: Sequence[ConversationKey]
    until: datetime
    missing: Sequence[communications.Unembedded]
    names: Mapping[str, str]
    """Of participants, by their ids."""

    def texts(self) -> dict[str, str]:
        """What the vectors are made from, by the ids of the communications."""
        return {one.communication_id: self._text(one) for one in self.missing}

    def _text(self, one: communications.Unembedded) -> str:
        before = None if one.before is None else (self.names.get(one.before[0], ""), one.before[1])
        return in_context(self.names.get(one.participant_id, ""), one.text, before)

    @property
    def unfinished(self) -> frozenset[ConversationKey]:
        """Those of which more may be lacking than was read."""
        if len(self.missing) < _BATCH_TEXTS:
            return frozenset()
        return frozenset(key for key in self.keys if key >= self.missing[-1].key)


async def embed_due(db: Db, embedder: Embedder, clock: Callable[[], datetime]) -> int:
    """Computes and stores, batch by batch, what communications lack. Returns how many vectors it wrote.

    Any number of workers may do so at once: a conversation is one's for the time of a lease, and whoever is killed is
    followed after it.
    """
    count = 0
    while (claim := await _claim(db, embedder.name, began := clock())) is not None:
        texts = claim.texts()
        packed = await packed_vectors(embedder, sorted(set(texts.values())))
        vectors = {communication_id: packed[text] for communication_id, text in texts.items()}
        count += await db.write(
            lambda tx, claim=claim, vectors=vectors: _settle(tx, claim, embedder.name, vectors, clock())
        )
        await _rest(db, began, clock())
    return count


async def _rest(db: Db, began: datetime, ended: datetime) -> None:
    """While messages are coming in, most of the processor is for them."""
    async with db.read() as tx:
        is_busy = await conversations.has_embedding_due(tx, began, ended)
    if is_busy:
        await asyncio.sleep(_REST_SHARE * (ended - began).total_seconds())


async def _claim(db: Db, model: str, now: datetime) -> _Claim | None:
    """None when nothing is due. What others were faster to claim is left out, so it may be empty."""
    async with db.read() as tx:
        due = await conversations.list_embedding_due(tx, now, _BATCH_CONVERSATIONS)
    if not due:
        return None
    until = now + _LEASE
    keys = await db.write(lambda tx: conversations.claim_embedding(tx, due, now=now, until=until))
    if not keys:
        return _Claim(keys, until, (), {})
    async with db.read() as tx:
        missing = await communications.list_unembedded(tx, keys, model=model, limit=_BATCH_TEXTS)
        return _Claim(keys, until, missing, await _names(tx, {one.key for one in missing}))


async def _names(tx: Tx, keys: AbstractSet[ConversationKey]) -> dict[str, str]:
    by_store: defaultdict[StoreId, list[str]] = defaultdict(list)
    for key in sorted(keys):
        by_store[key.store_id].append(key.conversation_id)
    async with tx.together():
        answers = [await participants.ask_speakers(tx, store_id, ids) for store_id, ids in by_store.items()]
    return {one.participant_id: one.name for answer in answers for one in await answer()}


async def _settle(tx: Tx, claim: _Claim, model: str, vectors: dict[str, bytes], now: datetime) -> int:
    settled = await conversations.settle_embedding(
        tx,
        claim.keys,
        written={one.key for one in claim.missing},
        unfinished=claim.unfinished,
        until=claim.until,
        now=now,
    )
    versions = {ConversationKey(one.store_id, one.conversation_id): one.version for one in settled}
    return await communications.insert_embeddings(tx, claim.missing, versions, model=model, vectors=vectors)
