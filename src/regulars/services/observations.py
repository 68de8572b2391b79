"""Observations that come in through the API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.attributes import key_of
from regulars.domain.observations import Observation
from regulars.services.canonical import require_memory_version
from regulars.storage import accepted_batches, jobs, memories, observations
from regulars.storage.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a caller says about a customer."""

    content: str
    source: str
    occurred_at: datetime
    conversation_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """None leaves a field as it is."""

    content: str | None
    source: str | None
    occurred_at: datetime | None
    conversation_ids: tuple[str, ...] | None


async def add(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    profile_id: ProfileId,
    statements: Sequence[Statement],
    *,
    idempotency_key: str | None = None,
) -> None:
    """Words find them as soon as this commits, their vectors follow by a job. A repeated key adds nothing."""
    version = await require_memory_version(tx, store_id, profile_id)
    if idempotency_key is not None and not await accepted_batches.claim(
        tx, store_id, profile_id, "observations", idempotency_key, ctx.now
    ):
        return
    fresh = [_observation(ctx, statement) for statement in statements]
    await observations.insert_each(tx, store_id, profile_id, fresh, version)
    await jobs.enqueue_embed(tx, store_id, profile_id, since_version=version)


async def patch(
    tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, observation_id: str, changes: Changes
) -> None:
    """Keeps the state before as a revision, if anything changes.

    What the customer says later about the same attribute revises what was written here.
    """
    version = await require_memory_version(tx, store_id, profile_id)
    before = await observations.fetch(tx, store_id, profile_id, observation_id)
    if before is None:
        raise absent(observation_id)
    after = _changed(before, changes)
    if after == before:
        return
    await observations.revise_each(tx, store_id, profile_id, [replace(after, updated_at=ctx.now)], version)
    if after.content != before.content:
        await memories.delete_embedding(tx, store_id, profile_id, observation_id)
        await jobs.enqueue_embed(tx, store_id, profile_id, since_version=version)


async def erase(tx: Tx, store_id: StoreId, profile_id: ProfileId, observation_id: str) -> None:
    """With its revisions and its vector, for good."""
    version = await require_memory_version(tx, store_id, profile_id)
    if not await observations.delete(tx, store_id, profile_id, observation_id):
        raise absent(observation_id)
    await memories.delete_embedding(tx, store_id, profile_id, observation_id)
    await memories.mark_removal(tx, store_id, profile_id, version)


def absent(observation_id: str) -> NotFound:
    return NotFound(f"There is no observation {observation_id} on this profile")


def _changed(before: Observation, changes: Changes) -> Observation:
    if changes.content is not None and changes.content != before.content:
        filed = None if before.attribute == key_of(before.content) else before.attribute
        before = replace(
            before,
            content=changes.content,
            attribute=key_of(changes.content, filed),
            confidence=None,
            flags=(),
            extracted_by=None,
        )
    return replace(
        before,
        source=before.source if changes.source is None else changes.source,
        occurred_at=before.occurred_at if changes.occurred_at is None else changes.occurred_at,
        conversation_ids=before.conversation_ids if changes.conversation_ids is None else changes.conversation_ids,
    )


def _observation(ctx: Ctx, statement: Statement) -> Observation:
    return Observation(
        observation_id=ctx.mint(ids.OBSERVATION),
        content=statement.content,
        source=statement.source,
        occurred_at=statement.occurred_at,
        conversation_ids=statement.conversation_ids,
        communication_ids=(),
        attribute=key_of(statement.content),
        created_at=ctx.now,
        updated_at=ctx.now,
    )
