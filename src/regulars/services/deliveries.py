"""Deliveries of status callbacks after the fact: sent once more by hand, and forgotten in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from regulars.core.errors import NotFound
from regulars.domain.callbacks import DeliveryStatus
from regulars.services.callbacks import LEASE, switch_on
from regulars.storage import deliveries, idempotency
from regulars.storage.db import Db, Tx

ENDED_BADLY: Final[tuple[DeliveryStatus, ...]] = ("FAILED", "SKIPPED")
_BATCH_DELIVERIES: Final = 500


async def replay(tx: Tx, delivery_id: str, now: datetime) -> None:
    """Sends it again whatever became of it, under the same token; its endpoint is switched on."""
    place = await deliveries.find(tx, delivery_id)
    if place is None:
        raise NotFound(f"There is no delivery {delivery_id}")
    await deliveries.revive(tx, place, now=now, held_until=now + LEASE)
    await switch_on(tx, place.account_sid, [place.url], now)


async def replay_failed(
    db: Db, clock: Callable[[], datetime], *, account_sid: str | None, since: datetime | None
) -> int:
    """Everything that failed or was skipped, of one account or of all. Returns how many."""
    count = 0
    while found := await db.write(lambda tx: _replay_some(tx, clock(), account_sid, since)):
        count += found
    return count


async def _replay_some(tx: Tx, now: datetime, account_sid: str | None, since: datetime | None) -> int:
    found = await deliveries.list_deliveries(
        tx,
        account_sid=account_sid,
        conversation_id=None,
        statuses=ENDED_BADLY,
        since=since,
        limit=_BATCH_DELIVERIES,
    )
    for one in sorted(found, key=lambda one: (one.conversation_id, one.url)):
        await replay(tx, one.delivery_id, now)
    return len(found)


async def forget_old(db: Db, now: datetime, keep_days: int) -> int:
    """Deliveries that ended and are older than that, and answers to repeated requests that are no longer kept."""
    before = now - timedelta(days=keep_days)
    async with db.read() as tx:
        store_ids = await deliveries.list_stores(tx)
    count = 0
    for store_id in store_ids:
        while found := await db.write(
            lambda tx, store_id=store_id: deliveries.delete_ended(tx, store_id, before, _BATCH_DELIVERIES)
        ):
            count += found
    await db.write(lambda tx: idempotency.delete_old(tx, now))
    return count
