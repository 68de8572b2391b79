"""Summaries."""

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.summaries import Summary
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("summaries")


async def insert(tx: Tx, store_id: StoreId, profile_id: ProfileId, summary: Summary, memory_version: int) -> None:
    await tx.run(
        SQL["insert_summary"],
        store_id=store_id,
        profile_id=profile_id,
        summary_id=summary.summary_id,
        conversation_id=summary.conversation_id,
        content=summary.content,
        source=summary.source,
        occurred_at=summary.occurred_at,
        memory_version=memory_version,
        now=summary.created_at,
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
        Summary,
        store_id=store_id,
        profile_id=profile_id,
        key=key,
        limit=limit,
        conversation_id=conversation_id,
    )
