"""Memory stores."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import LimitReached
from regulars.core.ids import StoreId
from regulars.domain.operations import OperationError
from regulars.domain.screening import SCREENED_BY_DEFAULT, Category
from regulars.domain.stores import DEFAULT_IDENTITY_SETTINGS, DEFAULT_TRAIT_GROUP, Store
from regulars.services.operations import Started, start
from regulars.storage import (
    configurations,
    data_mappings,
    erasures,
    identity_settings,
    jobs,
    operations,
    store_contents,
    stores,
    trait_groups,
)
from regulars.storage.db import Db, Tx

_BATCH_ROWS: Final = 100
"""Each profile or conversation goes with all it has, which may be much."""

_GONE: Final = OperationError(title="Store deleted", detail="The store was deleted first", status=404, code=520041)

log = structlog.get_logger()


async def create(
    tx: Tx, ctx: Ctx, *, display_name: str, description: str, screening: Collection[str] = SCREENED_BY_DEFAULT
) -> tuple[Store, Started]:
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
        screening=_ordered(screening),
    )
    await stores.insert(tx, store, ctx.account_sid)
    store_id = StoreId(store.store_id)
    await identity_settings.insert(tx, store_id, DEFAULT_IDENTITY_SETTINGS, ctx.now)
    await trait_groups.insert(tx, store_id, DEFAULT_TRAIT_GROUP, ctx.now)
    return store, await start(tx, ctx, store.store_id)


async def patch(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    *,
    display_name: str | None,
    description: str | None,
    screening: Collection[str] | None = None,
    require_version: Callable[[int], None],
) -> Started:
    """What is None stays. Every update counts, even one that changes nothing."""
    store = await stores.lock(tx, store_id)
    require_version(store.version)
    changed = replace(
        store,
        display_name=store.display_name if display_name is None else display_name,
        description=store.description if description is None else description,
        version=store.version + 1,
        screening=store.screening if screening is None else _ordered(screening),
    )
    await stores.update(tx, changed, ctx.now)
    return await start(tx, ctx, store_id)


def _ordered(screening: Collection[str]) -> tuple[str, ...]:
    """Each once."""
    return tuple(category for category in Category if category in screening)


async def delete(tx: Tx, ctx: Ctx, store_id: StoreId) -> Started:
    """Gone for everybody at once, with the configurations that filled it; a job erases what is in it."""
    await stores.lock_account(tx, ctx.account_sid)
    await stores.lock(tx, store_id)
    await configurations.delete_of_store(tx, store_id)
    await stores.retire(tx, store_id, ctx.now)
    started = await start(tx, ctx, store_id, status="PENDING")
    await jobs.enqueue_delete_store(tx, store_id, operation_id=started.operation_id)
    return started


async def erase(db: Db, clock: Callable[[], datetime], store_id: StoreId, operation_id: str) -> None:
    """Takes everything out of a deleted store, then the store away. May run again at any time and goes on where it was.

    Raises Conflict when somebody who began before the deletion wrote into it meanwhile: then run it again.
    """
    await db.write(lambda tx: operations.set_running(tx, operation_id))
    await db.write(lambda tx: _stop_jobs(tx, store_id, clock()))
    count = 0
    for contents in store_contents.CONTENTS:
        while found := await db.write(
            lambda tx, contents=contents: store_contents.delete_some(tx, store_id, contents, _BATCH_ROWS)
        ):
            count += found
    await db.write(lambda tx: _delete(tx, store_id, operation_id, clock()))
    log.info("store_erased", store_id=store_id, rows=count)


async def _stop_jobs(tx: Tx, store_id: StoreId, now: datetime) -> None:
    """Imports and batches that wait or run find nothing to do any more, and whoever polls them is told so."""
    for one in await store_contents.list_imports(tx, store_id):
        await store_contents.delete_import(tx, store_id, one.import_id)
        await operations.fail(tx, one.operation_id, now, _GONE)
    for batch in await store_contents.list_batches(tx, store_id):
        await store_contents.delete_batch(tx, store_id, batch)
        await operations.fail(tx, batch, now, _GONE)


async def _delete(tx: Tx, store_id: StoreId, operation_id: str, now: datetime) -> None:
    await configurations.delete_of_store(tx, store_id)
    await erasures.delete_erased(tx, store_id)
    await data_mappings.delete_all(tx, store_id)
    await trait_groups.delete_all(tx, store_id)
    await identity_settings.delete(tx, store_id)
    await stores.delete(tx, store_id)
    await operations.complete(tx, operation_id, now)
