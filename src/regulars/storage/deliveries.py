"""Deliveries as somebody looks at them later: listed, sent once more, forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from regulars.core.ids import AccountSid, ConversationId, StoreId
from regulars.domain.callbacks import DeliveryStatus
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("deliveries")


class Delivery(NamedTuple):
    account_sid: str
    store_id: str
    conversation_id: str
    delivery_id: str
    url: str
    position: int
    method: str
    event_type: str
    event_id: str
    status: DeliveryStatus
    attempts: int
    attempted_at: datetime | None
    answer_status: int | None
    answer: str | None
    created_at: datetime


class Place(NamedTuple):
    """Where a delivery stands."""

    store_id: StoreId
    conversation_id: ConversationId
    delivery_id: str
    url: str
    position: int
    account_sid: AccountSid


async def list_deliveries(
    tx: Tx,
    *,
    account_sid: str | None,
    conversation_id: str | None,
    statuses: Sequence[DeliveryStatus] | None,
    since: datetime | None,
    limit: int,
) -> list[Delivery]:
    """The newest first. A filter that is None lets all pass."""
    return await tx.all(
        SQL["list_deliveries"],
        Delivery,
        account_sid=account_sid,
        conversation_id=conversation_id,
        statuses=None if statuses is None else list(statuses),
        since=since,
        limit=limit,
    )


async def find(tx: Tx, delivery_id: str) -> Place | None:
    return await tx.maybe(SQL["find_delivery"], Place, delivery_id=delivery_id)


async def revive(tx: Tx, place: Place, *, now: datetime, held_until: datetime) -> None:
    """It is PENDING again, in its old place, and its queue is due."""
    queue = {"store_id": place.store_id, "conversation_id": place.conversation_id}
    await tx.run(SQL["revive"], **queue, delivery_id=place.delivery_id)
    await tx.run(
        SQL["wake_queue"],
        **queue,
        url=place.url,
        account_sid=place.account_sid,
        position=place.position,
        now=now,
        held_until=held_until,
    )
    tx.wake()


async def list_stores(tx: Tx) -> list[StoreId]:
    return await tx.column(SQL["list_stores"])


async def delete_ended(tx: Tx, store_id: StoreId, before: datetime, limit: int) -> int:
    """Of those made before then, and with a conversation's last one its queues. Returns how many deliveries went."""
    found = await tx.all(SQL["list_ended"], dict[str, str], store_id=store_id, before=before, limit=limit)
    if found:
        scope = {"store_id": store_id, "conversation_ids": sorted({row["conversation_id"] for row in found})}
        await tx.run(SQL["delete_ended"], **scope, delivery_ids=[row["delivery_id"] for row in found])
        told = await tx.column(SQL["list_told"], **scope)
        scope["conversation_ids"] = sorted({*scope["conversation_ids"]} - {*told})
        await tx.run(SQL["delete_idle_queues"], **scope)
    return len(found)
