"""Observations and summaries together, as recall reads them; their vectors; how far extraction has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("memories")


class MemoryRow(NamedTuple):
    """The prefix of the id tells an observation from a summary."""

    memory_id: str
    content: str
    source: str
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
    conversation_ids: list[str]
    vector: bytes | None = None


class Unembedded(NamedTuple):
    memory_id: str
    content: str
    memory_version: int


class Membership(NamedTuple):
    """How many conversations are part of a profile's memory, and those that `joined` since a version."""

    conversations: int
    joined: list[str]


class Progress(NamedTuple):
    """What of a conversation has been extracted for one profile."""

    extracted_position: int
    summarised_at: datetime | None


async def list_all(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> list[MemoryRow]:
    """Without their vectors."""
    return await tx.many(SQL["list_all"], MemoryRow, store_id=store_id, profile_id=profile_id)


async def list_vectors(tx: Tx, store_id: StoreId, profile_id: ProfileId, *, model: str) -> dict[str, bytes]:
    """Of all observations and summaries, by their ids."""
    pairs = await tx.many(SQL["list_vectors"], _pair, store_id=store_id, profile_id=profile_id, model=model)
    return dict(pairs)


async def list_changed(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, *, model: str, known_version: int
) -> list[MemoryRow]:
    """What changed after version `known_version`, with its vectors."""
    return await tx.many(
        SQL["list_changed"],
        MemoryRow,
        store_id=store_id,
        profile_id=profile_id,
        model=model,
        known_version=known_version,
    )


async def list_former(tx: Tx, store_id: StoreId, profile_id: ProfileId, as_of: datetime) -> list[MemoryRow]:
    """Observations that were there at some time and have been changed since, as they stood then. No vectors."""
    return await tx.many(SQL["list_former"], MemoryRow, store_id=store_id, profile_id=profile_id, as_of=as_of)


async def upsert_embeddings(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, *, model: str, vectors: Mapping[str, bytes]
) -> None:
    """For words that are written in the same transaction. By the id of the memory."""
    await tx.run_each(
        SQL["upsert_embedding"],
        [
            {
                "store_id": store_id,
                "profile_id": profile_id,
                "memory_id": memory_id,
                "model": model,
                "vector": vector,
            }
            for memory_id, vector in vectors.items()
        ],
    )


async def insert_embeddings(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    *,
    model: str,
    memories: Sequence[Unembedded],
    vectors: Mapping[str, bytes],
) -> None:
    """For words that were read before; by content. An id is of one kind; the other finds no row."""
    rows = [
        {
            "store_id": store_id,
            "profile_id": profile_id,
            "memory_id": memory.memory_id,
            "known_version": memory.memory_version,
            "model": model,
            "vector": vectors[memory.content],
        }
        for memory in memories
    ]
    await tx.run_each(SQL["insert_embedding_of_observation"], rows)
    await tx.run_each(SQL["insert_embedding_of_summary"], rows)


async def delete_embedding(tx: Tx, store_id: StoreId, profile_id: ProfileId, memory_id: str) -> None:
    await tx.run(SQL["delete_embedding"], store_id=store_id, profile_id=profile_id, memory_id=memory_id)


async def mark_removal(tx: Tx, store_id: StoreId, profile_id: ProfileId, memory_version: int) -> None:
    """Something leaves the profile's memory at this version, its next."""
    await tx.run(SQL["mark_removal"], store_id=store_id, profile_id=profile_id, memory_version=memory_version)


async def list_ids(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> list[str]:
    """Of every observation and summary."""
    return await tx.column(SQL["list_memory_ids"], store_id=store_id, profile_id=profile_id)


async def list_unembedded(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, *, model: str, since_version: int, limit: int
) -> list[Unembedded]:
    """Of what changed from a version on. Observations first; at most `limit` of each kind."""
    key = {
        "store_id": store_id,
        "profile_id": profile_id,
        "model": model,
        "since_version": since_version,
        "limit": limit,
    }
    observations = await tx.all(SQL["list_unembedded_observations"], Unembedded, **key)
    return [*observations, *await tx.all(SQL["list_unembedded_summaries"], Unembedded, **key)]


async def touch(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, memory_ids: Sequence[str], memory_version: int
) -> None:
    """Marks memories as changed, so that snapshots read them again. An id is of one kind; the other finds no row."""
    rows = [
        {"store_id": store_id, "profile_id": profile_id, "memory_id": m, "memory_version": memory_version}
        for m in memory_ids
    ]
    await tx.run_each(SQL["touch_observation"], rows)
    await tx.run_each(SQL["touch_summary"], rows)


async def insert_profile_conversation(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    conversation_id: ConversationId,
    memory_version: int,
    now: datetime,
) -> None:
    """From this version on, its next, a conversation is part of the profile's memory; unless it was already."""
    await tx.run(
        SQL["insert_profile_conversation"],
        store_id=store_id,
        profile_id=profile_id,
        conversation_id=conversation_id,
        memory_version=memory_version,
        now=now,
    )


async def ask_membership(tx: Tx, store_id: StoreId, profile_id: ProfileId, known_version: int) -> Answer[Membership]:
    """Inside `together`: one row; -1 asks for all."""
    return await tx.ask(
        SQL["fetch_membership"], Membership, store_id=store_id, profile_id=profile_id, known_version=known_version
    )


async def fetch_progress(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, conversation_id: ConversationId
) -> Progress | None:
    return await tx.maybe(
        SQL["fetch_progress"],
        Progress,
        store_id=store_id,
        profile_id=profile_id,
        conversation_id=conversation_id,
    )


async def advance_progress(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    conversation_id: ConversationId,
    *,
    known: Progress,
    reached: Progress,
) -> bool:
    """False when somebody else has come further meanwhile: then nothing of this work may be kept."""
    return bool(
        await tx.run(
            SQL["advance_progress"],
            store_id=store_id,
            profile_id=profile_id,
            conversation_id=conversation_id,
            from_position=known.extracted_position,
            extracted_position=reached.extracted_position,
            summarised_at=reached.summarised_at,
        )
    )


def _pair(memory_id: str, vector: bytes) -> tuple[str, bytes]:
    return memory_id, vector
