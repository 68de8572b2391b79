"""Actions of conversations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import AccountSid, ConversationId, StoreId
from regulars.domain.actions import Action, Payload
from regulars.storage.conversations import ConversationKey
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("actions")


class ActionKey(NamedTuple):
    account_sid: AccountSid
    store_id: StoreId
    conversation_id: ConversationId
    action_id: str


async def insert(tx: Tx, action: Action) -> None:
    """As it is at its beginning: PENDING, or COMPLETED at once."""
    await tx.run(
        SQL["insert_action"],
        store_id=action.store_id,
        conversation_id=action.conversation_id,
        action_id=action.action_id,
        type=action.type,
        payload=Jsonb(action.payload),
        status=action.status,
        communication_id=action.communication_id,
        now=action.created_at,
        completed_at=action.completed_at,
    )


async def fetch(tx: Tx, store_id: StoreId, conversation_id: ConversationId, action_id: str) -> Action | None:
    return await tx.maybe(
        SQL["fetch_action"], _action, store_id=store_id, conversation_id=conversation_id, action_id=action_id
    )


async def begin(tx: Tx, action: Action, now: datetime) -> bool:
    """False when somebody else has begun a try, or ended it, since the action was read."""
    return bool(await tx.run(SQL["begin_action"], **_key(action), before=action.sent_at, now=now))


async def forget_try(tx: Tx, action: Action, sent_at: datetime, now: datetime) -> None:
    await tx.run(SQL["forget_try"], **_key(action), before=sent_at, now=now)


async def complete(tx: Tx, action: Action, *, message_sid: str, communication_id: str | None, now: datetime) -> None:
    await tx.run(
        SQL["complete_action"], **_key(action), message_sid=message_sid, communication_id=communication_id, now=now
    )


async def fail(tx: Tx, action: Action, *, reason: str, now: datetime) -> None:
    await tx.run(SQL["fail_action"], **_key(action), failure_reason=reason, now=now)


async def list_taken_sids(
    tx: Tx, store_ids: Sequence[StoreId], message_sids: Sequence[str], *, before: datetime
) -> set[str]:
    """Of these messages, those that some action has sent, and those that some conversation knew before an instant."""
    asked = {"store_ids": list(store_ids), "message_sids": list(message_sids)}
    sent = await tx.column(SQL["list_sent_sids"], **asked)
    holding = await tx.all(SQL["list_holding_any"], ConversationKey, **asked)
    known = await tx.column(
        SQL["list_sids_known_before"],
        store_ids=sorted({key.store_id for key in holding}),
        conversation_ids=sorted({key.conversation_id for key in holding}),
        message_sids=list(message_sids),
        before=before,
    )
    return {*sent, *known}


async def other_is_under_way(
    tx: Tx, store_ids: Sequence[StoreId], action: Action, addresses: Collection[str], *, since: datetime
) -> bool:
    """Whether another action that began since then may be sending something to one of these addresses."""
    found = await tx.value(
        SQL["fetch_other_under_way"],
        store_ids=list(store_ids),
        action_id=action.action_id,
        addresses=sorted(addresses),
        since=since,
    )
    return found is not None


def _key(action: Action) -> dict[str, str]:
    return {
        "store_id": action.store_id,
        "conversation_id": action.conversation_id,
        "action_id": action.action_id,
    }


def _action(*, payload: Any, **columns: Any) -> Action:
    return Action(payload=msgspec.convert(payload, Payload), **columns)
