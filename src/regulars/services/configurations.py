"""Configurations of capture and lifecycle."""

from collections.abc import Callable

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, InvalidInput, NotFound
from regulars.domain.configurations import Configuration, ConfigurationDocument
from regulars.services.operations import Started, start
from regulars.storage import configurations, stores
from regulars.storage.db import Tx


async def create(
    tx: Tx, ctx: Ctx, *, store_id: str | None, document_of: Callable[[str], ConfigurationDocument]
) -> tuple[Configuration, Started]:
    """Without a store id the account's only store is meant (contract §0). `document_of` fills the id in."""
    document = document_of(_store_id(ctx, store_id))
    await stores.lock_account(tx, ctx.account_sid)
    if await stores.fetch(tx, ctx.account_sid, document.memory_store_id) is None:
        raise NotFound(f"There is no store {document.memory_store_id}", code=520041)
    if await configurations.count(tx, ctx.account_sid) >= limits.CONFIGURATIONS_PER_ACCOUNT_MAX:
        raise Conflict(f"An account may have at most {limits.CONFIGURATIONS_PER_ACCOUNT_MAX} configurations")
    configuration = Configuration(
        configuration_id=ctx.mint(ids.CONFIGURATION),
        document=document,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    await configurations.insert(tx, configuration, ctx.account_sid)
    started = await start(tx, ctx, configuration.configuration_id, prefix=ids.CONVERSATIONS_OPERATION)
    return configuration, started


def _store_id(ctx: Ctx, store_id: str | None) -> str:
    if store_id is None:
        if len(ctx.store_ids) == 1:
            return ctx.store_ids[0]
        raise InvalidInput("memoryStoreId is required: the account has no store, or more than one")
    if not ids.is_id(ids.STORE, store_id):
        raise InvalidInput("memoryStoreId must be the id of a memory store", code=520049)
    if store_id not in ctx.store_ids:
        raise NotFound(f"There is no store {store_id}", code=520041)
    return store_id
