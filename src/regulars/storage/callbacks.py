"""Status callbacks: what is to be told to whom, in which order, and how it went.

A turn is the right to send what waits in one queue: whoever moved `due_at` last has it, until that instant.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from regulars.core.ids import AccountSid, ConversationId, StoreId
from regulars.domain.callbacks import DeliveryStatus, Said
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("callbacks")


class Endpoint(NamedTuple):
    url: str
    method: str


class EventRow(NamedTuple):
    event_id: str
    event_type: str
    body: str


class Turn(NamedTuple):
    """A queue whose time has come, or, once taken, the right to send from it until `due_at`."""

    store_id: StoreId
    conversation_id: ConversationId
    url: str
    account_sid: AccountSid
    due_at: datetime


class Pending(NamedTuple):
    delivery_id: str
    method: str
    event_type: str
    event_id: str
    body: str
    attempts: int


class Health(NamedTuple):
    """Of an endpoint that fails; one that does not has none."""

    account_sid: str
    url: str
    failing_since: datetime
    switched_off_at: datetime | None


class Attempt(NamedTuple):
    """What came of sending a delivery once; when it is PENDING still, it is tried again at `retry_at`."""

    delivery: Pending
    said: Said
    status: DeliveryStatus
    retry_at: datetime | None
    at: datetime


class Taken(NamedTuple):
    """A turn that is ours until its `due_at`."""

    turn: Turn
    pending: Sequence[Pending]
    health: Health | None


async def append(
    tx: Tx,
    *,
    account_sid: AccountSid,
    store_id: StoreId,
    conversation_id: ConversationId,
    endpoints: Sequence[Endpoint],
    events: Sequence[EventRow],
    delivery_ids: Callable[[], str],
    now: datetime,
) -> None:
    """Every event for every endpoint, at the end of its queue. The caller holds the conversation."""
    if not events or not endpoints:
        return
    rows = [
        {
            "store_id": store_id,
            "conversation_id": conversation_id,
            "account_sid": account_sid,
            "url": endpoint.url,
            "method": endpoint.method,
            "count": len(events),
            "delivery_ids": [delivery_ids() for _ in events],
            "event_types": [event.event_type for event in events],
            "event_ids": [event.event_id for event in events],
            "bodies": [event.body for event in events],
            "now": now,
        }
        for endpoint in dict.fromkeys(endpoints)
    ]
    await tx.run_each(SQL["append"], rows)
    tx.wake()


async def list_due(
    tx: Tx, now: datetime, limit: int, *, full_urls: Sequence[str], full_accounts: Sequence[str]
) -> list[Turn]:
    """What has waited longest, without the endpoints and accounts that take no more at present."""
    return await tx.all(
        SQL["list_due"], Turn, now=now, limit=limit, full_urls=list(full_urls), full_accounts=list(full_accounts)
    )


async def take_turn(tx: Tx, due: Turn, until: datetime, limit: int) -> Taken | None:
    """The turn with what there is to send in it, or None when somebody else was faster."""
    async with tx.together():
        await tx.send(SQL["commit_lazily"])
        moved = await tx.send(SQL["move_turn"], **_queue(due), seen=due.due_at, due_at=until)
        pending = await tx.ask(SQL["list_pending"], Pending, **_queue(due), limit=limit)
        health = await tx.ask(SQL["fetch_endpoint"], Health, account_sid=due.account_sid, url=due.url)
    if not moved():
        return None
    return Taken(due._replace(due_at=until), await pending(), next(iter(await health()), None))


async def move_turn(tx: Tx, turn: Turn, due_at: datetime) -> Turn | None:
    """The turn with its new end, or None when somebody else has it by now."""
    moved = await tx.run(SQL["move_turn"], **_queue(turn), seen=turn.due_at, due_at=due_at)
    return turn._replace(due_at=due_at) if moved else None


async def go_on(tx: Tx, turn: Turn, attempt: Attempt, until: datetime) -> Turn | None:
    """Records an attempt and keeps the turn. None when somebody else has it by now."""
    async with tx.together():
        await _record(tx, turn, attempt)
        moved = await tx.send(SQL["move_turn"], **_queue(turn), seen=turn.due_at, due_at=until)
    return turn._replace(due_at=until) if moved() else None


async def end_turn(tx: Tx, turn: Turn, attempt: Attempt | None, now: datetime) -> bool:
    """Records an attempt and gives the turn back; nothing is appended meanwhile. Whether something is due at once.

    A delivery that is still the next one is due at its `retry_at`.
    """
    async with tx.together():
        if attempt is not None:
            await _record(tx, turn, attempt)
        await tx.send(SQL["lock_queue"], **_queue(turn))
        ended = await tx.ask(
            SQL["end_turn"],
            _due,
            **_queue(turn),
            seen=turn.due_at,
            delivery_id=attempt.delivery.delivery_id if attempt else None,
            retry_at=attempt.retry_at if attempt else None,
            now=now,
        )
    return now in await ended()


async def hasten(tx: Tx, account_sid: AccountSid, urls: Sequence[str], *, now: datetime, held_until: datetime) -> None:
    """What waits for a later try is looked at now, unless it may be in somebody's hands."""
    await tx.run(SQL["hasten"], account_sid=account_sid, urls=list(urls), now=now, held_until=held_until)


async def skip_pending(tx: Tx, turn: Turn, answer: str) -> int:
    return await tx.run(SQL["skip_pending"], **_queue(turn), answer=answer)


async def insert_endpoint(tx: Tx, account_sid: AccountSid, url: str, now: datetime) -> None:
    """It fails since now, unless it did before."""
    await tx.run(SQL["insert_endpoint"], account_sid=account_sid, url=url, now=now)


async def switch_off(tx: Tx, account_sid: AccountSid, url: str, now: datetime) -> bool:
    """False when it was off already."""
    return bool(await tx.run(SQL["switch_off"], account_sid=account_sid, url=url, now=now))


async def delete_endpoints(tx: Tx, account_sid: AccountSid, urls: Sequence[str]) -> int:
    """Their failures are forgotten."""
    return await tx.run(SQL["delete_endpoints"], account_sid=account_sid, urls=list(urls))


async def list_endpoints(tx: Tx, account_sid: str | None, limit: int) -> list[Health]:
    """Those that fail, of one account or of all, the longest first."""
    return await tx.all(SQL["list_endpoints"], Health, account_sid=account_sid, limit=limit)


async def _record(tx: Tx, turn: Turn, attempt: Attempt) -> None:
    """Does not wait for the disk, nor for its answer."""
    await tx.send(SQL["commit_lazily"])
    await tx.send(
        SQL["record"],
        store_id=turn.store_id,
        conversation_id=turn.conversation_id,
        delivery_id=attempt.delivery.delivery_id,
        attempts=attempt.delivery.attempts,
        status=attempt.status,
        answer_status=attempt.said.status,
        answer=attempt.said.text,
        now=attempt.at,
    )


def _due(*, due_at: datetime | None) -> datetime | None:
    return due_at


def _queue(turn: Turn) -> dict[str, str]:
    return {"store_id": turn.store_id, "conversation_id": turn.conversation_id, "url": turn.url}
