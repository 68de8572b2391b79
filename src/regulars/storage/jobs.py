"""Enqueues jobs in the transaction of the write they belong to. What the jobs do lives in `regulars.jobs`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from procrastinate import App, PsycopgConnector

from regulars.core import limits
from regulars.core.ids import AccountSid, ConversationId, ProfileId, StoreId
from regulars.storage.db import Tx

EXTRACT: Final = "extract"
RESOLVE_PARTICIPANT: Final = "resolve_participant"
EMBED: Final = "embed"
DELETE_STORE: Final = "delete_store"
DROP_TRAITS: Final = "drop_traits"
APPLY_BULK: Final = "apply_bulk"
IMPORT: Final = "import_profiles"
EXPIRE_IMPORT: Final = "expire_import"
SEND_MESSAGE: Final = "send_message"
FETCH_MESSAGE: Final = "fetch_message"
FETCH_CALL: Final = "fetch_call"

SHORT: Final = "default"
LONG: Final = "long"
OUTWARD: Final = "outward"
READING: Final = "reading"
"""Queues: what may take minutes, or waits for somebody outside, never keeps what takes moments from its turn."""

_APP: Final = App(connector=PsycopgConnector())
"""Never opened: it only words the statements that run on the caller's connection."""


async def enqueue_extract(tx: Tx, store_id: StoreId, profile_id: ProfileId, conversation_id: ConversationId) -> None:
    lock = _lock(EXTRACT, store_id, profile_id)
    await _APP.configure_task(EXTRACT, lock=lock, queue=READING, connection=tx.connection).defer_async(
        store_id=store_id, profile_id=profile_id, conversation_id=conversation_id
    )


async def enqueue_resolve_participant(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, participant_id: str
) -> None:
    await _APP.configure_task(RESOLVE_PARTICIPANT, connection=tx.connection).defer_async(
        store_id=store_id, conversation_id=conversation_id, participant_id=participant_id
    )


async def enqueue_embed(tx: Tx, store_id: StoreId, profile_id: ProfileId, *, since_version: int) -> None:
    await _APP.configure_task(EMBED, lock=_lock(EMBED, store_id, profile_id), connection=tx.connection).defer_async(
        store_id=store_id, profile_id=profile_id, since_version=since_version
    )


async def enqueue_apply_bulk(tx: Tx, store_id: StoreId, *, operation_id: str, actor: str) -> None:
    """Batches of one store are applied in the order in which they came: the last one wins."""
    lock = f"{APPLY_BULK}/{store_id}"
    await _APP.configure_task(APPLY_BULK, lock=lock, connection=tx.connection).defer_async(
        store_id=store_id, operation_id=operation_id, actor=actor
    )


async def enqueue_import(tx: Tx, store_id: StoreId, import_id: str) -> None:
    """Imports of one store take turns: the last one wins."""
    lock = f"{IMPORT}/{store_id}"
    await _APP.configure_task(IMPORT, lock=lock, queue=LONG, connection=tx.connection).defer_async(
        store_id=store_id, import_id=import_id
    )


async def enqueue_expire_import(tx: Tx, store_id: StoreId, import_id: str, *, now: datetime) -> None:
    """For the time when a file that has not come will not come any more."""
    then = now + timedelta(seconds=limits.IMPORT_PATIENCE_S)
    await _APP.configure_task(EXPIRE_IMPORT, schedule_at=then, connection=tx.connection).defer_async(
        store_id=store_id, import_id=import_id
    )


async def enqueue_delete_store(tx: Tx, store_id: StoreId, *, operation_id: str) -> None:
    lock = f"{DELETE_STORE}/{store_id}"
    await _APP.configure_task(DELETE_STORE, lock=lock, queue=LONG, connection=tx.connection).defer_async(
        store_id=store_id, operation_id=operation_id
    )


async def enqueue_drop_traits(
    tx: Tx,
    store_id: StoreId,
    trait_group: str,
    trait_names: Sequence[str] | None,
    *,
    until: datetime,
    operation_id: str,
) -> None:
    """None for `trait_names` means every trait of the group."""
    lock = f"{DROP_TRAITS}/{store_id}"
    await _APP.configure_task(DROP_TRAITS, lock=lock, queue=LONG, connection=tx.connection).defer_async(
        store_id=store_id,
        trait_group=trait_group,
        trait_names=None if trait_names is None else list(trait_names),
        until=until.isoformat(),
        operation_id=operation_id,
    )


async def enqueue_send_message(
    tx: Tx, account_sid: AccountSid, store_id: StoreId, conversation_id: ConversationId, action_id: str
) -> None:
    """Messages of one conversation take turns: the customer reads them in the order in which they were asked for."""
    lock = f"{SEND_MESSAGE}/{store_id}/{conversation_id}"
    await _APP.configure_task(SEND_MESSAGE, lock=lock, queue=OUTWARD, connection=tx.connection).defer_async(
        account_sid=account_sid, store_id=store_id, conversation_id=conversation_id, action_id=action_id
    )


async def enqueue_fetch_message(
    tx: Tx, account_sid: AccountSid, message_sid: str, status: str, *, now: datetime
) -> None:
    """For a moment later: an action that has just sent it makes it known by itself."""
    lock = f"{FETCH_MESSAGE}/{account_sid}/{message_sid}"
    then = now + timedelta(seconds=limits.STATUS_PATIENCE_S)
    await _APP.configure_task(
        FETCH_MESSAGE, lock=lock, queue=OUTWARD, schedule_at=then, connection=tx.connection
    ).defer_async(account_sid=account_sid, message_sid=message_sid, status=status)


async def enqueue_fetch_call(tx: Tx, account_sid: AccountSid, call_sid: str, piece: dict[str, Any]) -> None:
    """Pieces of one call take turns: the first finds out who is in it, the others see that."""
    lock = f"{FETCH_CALL}/{account_sid}/{call_sid}"
    await _APP.configure_task(FETCH_CALL, lock=lock, queue=OUTWARD, connection=tx.connection).defer_async(
        account_sid=account_sid, piece=piece
    )


def _lock(task: str, store_id: StoreId, profile_id: ProfileId) -> str:
    """Jobs of one kind and one profile take turns: vectors need not wait for an extraction that is tried again."""
    return f"{task}/{store_id}/{profile_id}"
