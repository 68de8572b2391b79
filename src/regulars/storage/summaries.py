"""Summaries."""

from collections.abc import Sequence
from typing import Any

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.summaries import Summary
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("summaries")


async def insert_each(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, summaries: Sequence[Summary], memory_version: int
) -> None:
    """In one round trip. `memory_version` is the profile's next."""
    await tx.run_each(
        SQL["insert_summary"],
        [
            {
                "store_id": store_id,
                "profile_id": profile_id,
                "memory_version": memory_version,
                "now": summary.created_at,
                **_columns(summary),
            }
            for summary in summaries
        ],
    )


async def update(tx: Tx, store_id: StoreId, profile_id: ProfileId, summary: Summary, memory_version: int) -> None:
    await tx.run(
        SQL["update_summary"],
        store_id=store_id,
        profile_id=profile_id,
        memory_version=memory_version,
        now=summary.updated_at,
        **_columns(summary),
    )


async def delete(tx: Tx, store_id: StoreId, profile_id: ProfileId, summary_id: str) -> bool:
    """False when it is not there."""
    return bool(await tx.run(SQL["delete_summary"], store_id=store_id, profile_id=profile_id, summary_id=summary_id))


async def fetch(tx: Tx, store_id: StoreId, profile_id: ProfileId, summary_id: str) -> Summary | None:
    return await tx.maybe(
        SQL["fetch_summary"], _summary, store_id=store_id, profile_id=profile_id, summary_id=summary_id
    )


async def list_page(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    order: Order,
    key: str,
    limit: int,
    *,
    conversation_id: str | None,
) -> list[Summary]:
    return await tx.all(
        SQL[f"list_summaries.{order}"],
        _summary,
        store_id=store_id,
        profile_id=profile_id,
        key=key,
        limit=limit,
        conversation_id=conversation_id,
    )


def _columns(summary: Summary) -> dict[str, Any]:
    return {
        "summary_id": summary.summary_id,
        "conversation_id": summary.conversation_id,
        "content": summary.content,
        "source": summary.source,
        "occurred_at": summary.occurred_at,
        "communication_ids": list(summary.communication_ids),
        "extracted_by": summary.extracted_by,
    }


def _summary(*, communication_ids: list[str], **columns: Any) -> Summary:
    return Summary(communication_ids=tuple(communication_ids), **columns)
