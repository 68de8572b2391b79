"""Summaries that come in through the API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.summaries import Summary
from regulars.services.canonical import require_memory_version
from regulars.storage import accepted_batches, jobs, memories, summaries
from regulars.storage.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Recap:
    """What a caller says about one conversation of a customer."""

    content: str
    source: str
    conversation_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """None leaves a field as it is."""

    content: str | None
    source: str | None
    conversation_id: str | None
    occurred_at: datetime | None


async def add(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    profile_id: ProfileId,
    recaps: Sequence[Recap],
    *,
    idempotency_key: str | None = None,
) -> None:
    """Words find them as soon as this commits, their vectors follow by a job. A repeated key adds nothing."""
    version = await require_memory_version(tx, store_id, profile_id)
    if idempotency_key is not None and not await accepted_batches.claim(
        tx, store_id, profile_id, "summaries", idempotency_key, ctx.now
    ):
        return
    await summaries.insert_each(tx, store_id, profile_id, [_summary(ctx, recap) for recap in recaps], version)
    await jobs.enqueue_embed(tx, store_id, profile_id, since_version=version)


async def patch(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, summary_id: str, changes: Changes) -> None:
    """In place: summaries keep no revisions."""
    version = await require_memory_version(tx, store_id, profile_id)
    before = await summaries.fetch(tx, store_id, profile_id, summary_id)
    if before is None:
        raise absent(summary_id)
    after = _changed(before, changes)
    if after == before:
        return
    await summaries.update(tx, store_id, profile_id, replace(after, updated_at=ctx.now), version)
    if after.content != before.content:
        await memories.delete_embedding(tx, store_id, profile_id, summary_id)
        await jobs.enqueue_embed(tx, store_id, profile_id, since_version=version)


async def erase(tx: Tx, store_id: StoreId, profile_id: ProfileId, summary_id: str) -> None:
    """With its vector, for good."""
    version = await require_memory_version(tx, store_id, profile_id)
    if not await summaries.delete(tx, store_id, profile_id, summary_id):
        raise absent(summary_id)
    await memories.delete_embedding(tx, store_id, profile_id, summary_id)
    await memories.mark_removal(tx, store_id, profile_id, version)


def absent(summary_id: str) -> NotFound:
    return NotFound(f"There is no summary {summary_id} on this profile")


def _changed(before: Summary, changes: Changes) -> Summary:
    if changes.content is not None and changes.content != before.content:
        before = replace(before, content=changes.content, communication_ids=(), extracted_by=None)
    return replace(
        before,
        source=before.source if changes.source is None else changes.source,
        conversation_id=before.conversation_id if changes.conversation_id is None else changes.conversation_id,
        occurred_at=before.occurred_at if changes.occurred_at is None else changes.occurred_at,
    )


def _summary(ctx: Ctx, recap: Recap) -> Summary:
    return Summary(
        summary_id=ctx.mint(ids.SUMMARY),
        content=recap.content,
        source=recap.source,
        conversation_id=recap.conversation_id,
        occurred_at=recap.occurred_at,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
