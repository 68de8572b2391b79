"""Memory stores."""

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import LimitReached
from regulars.core.ids import StoreId
from regulars.domain.stores import DEFAULT_IDENTIFIER_CONFIGS, DEFAULT_TRAIT_GROUP, Store
from regulars.services.operations import Started
from regulars.storage import operations, stores
from regulars.storage.db import Tx


async def create(tx: Tx, ctx: Ctx, *, display_name: str, description: str) -> tuple[Store, Started]:
    """A store with the default identity settings and the Contact trait group, ACTIVE at once."""
    await stores.lock_account(tx, ctx.account_sid)
    if await stores.count(tx, ctx.account_sid) >= limits.STORES_PER_ACCOUNT_MAX:
        raise LimitReached(f"An account may have at most {limits.STORES_PER_ACCOUNT_MAX} stores", code=520044)
    store = Store(
        store_id=ctx.mint(ids.STORE),
        display_name=display_name,
        description=description,
        status="ACTIVE",
        version=1,
        created_at=ctx.now,
    )
    await stores.insert(tx, store, ctx.account_sid)
    store_id = StoreId(store.store_id)
    rules = [config.id_type for config in DEFAULT_IDENTIFIER_CONFIGS]
    await stores.insert_identity_settings(tx, store_id, DEFAULT_IDENTIFIER_CONFIGS, rules, ctx.now)
    await stores.insert_trait_group(tx, store_id, DEFAULT_TRAIT_GROUP, ctx.now)
    started = Started(ctx.mint(ids.MEMORY_OPERATION), store.store_id)
    await operations.insert(
        tx, operation_id=started.operation_id, account_sid=ctx.account_sid, resource_id=store.store_id, now=ctx.now
    )
    return store, started
