"""How a store tells its customers apart."""

from collections.abc import Callable
from dataclasses import replace

from regulars.core.context import Ctx
from regulars.core.ids import StoreId
from regulars.domain.identity import IdentitySettings
from regulars.services.operations import Started, start
from regulars.storage import identity_settings, stores
from regulars.storage.db import Tx


async def put(
    tx: Tx, ctx: Ctx, store_id: StoreId, settings: IdentitySettings, *, require_version: Callable[[int], None]
) -> Started:
    """Replaces all of them. Identifiers that are there already stay as they are."""
    await stores.lock(tx, store_id)
    current = await identity_settings.fetch(tx, store_id)
    require_version(current.version)
    await identity_settings.update(tx, store_id, replace(settings, version=current.version + 1), ctx.now)
    return await start(tx, ctx, store_id)
