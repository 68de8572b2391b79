"""Enqueues jobs in the transaction of the write they belong to. What the jobs do lives in `regulars.jobs`."""

from typing import Final

from procrastinate import App, PsycopgConnector

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.storage.db import Tx

EXTRACT: Final = "extract"
EMBED: Final = "embed"

_APP: Final = App(connector=PsycopgConnector())
"""Never opened: it only words the statements that run on the caller's connection."""


async def enqueue_extract(tx: Tx, store_id: StoreId, profile_id: ProfileId, conversation_id: ConversationId) -> None:
    await _APP.configure_task(EXTRACT, lock=_lock(EXTRACT, store_id, profile_id), connection=tx.connection).defer_async(
        store_id=store_id, profile_id=profile_id, conversation_id=conversation_id
    )


async def enqueue_embed(tx: Tx, store_id: StoreId, profile_id: ProfileId, *, since_version: int) -> None:
    await _APP.configure_task(EMBED, lock=_lock(EMBED, store_id, profile_id), connection=tx.connection).defer_async(
        store_id=store_id, profile_id=profile_id, since_version=since_version
    )


def _lock(task: str, store_id: StoreId, profile_id: ProfileId) -> str:
    """Jobs of one kind and one profile take turns: vectors need not wait for an extraction that is tried again."""
    return f"{task}/{store_id}/{profile_id}"
