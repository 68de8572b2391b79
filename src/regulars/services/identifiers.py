"""The identifiers of one profile."""

from regulars.core.context import Ctx
from regulars.core.errors import Conflict, NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import Identifier, IdentifierConfig, IdentitySettings, RawIdentifier, identifier_of
from regulars.domain.plans import Claim, Held, Item
from regulars.services import canonical, merging, resolution
from regulars.storage import identifiers, identity_settings
from regulars.storage.db import Tx


async def add(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, raw: RawIdentifier) -> None:
    """May merge: a value by which another profile is known says that both are one customer."""
    await canonical.require(tx, store_id, profile_id)
    settings = await identity_settings.fetch(tx, store_id)
    item = Item((), [identifier_of(raw, settings)], profile_id)
    await resolution.upsert(tx, ctx, store_id, [item], settings)


async def replace(
    tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, id_type: str, old_value: str, new_value: str
) -> None:
    """Raises NotFound when the profile has no such value, Conflict when the new one is another profile's."""
    await merging.lock(tx, store_id, profile_id)
    settings = await identity_settings.fetch(tx, store_id)
    old = identifier_of(RawIdentifier(id_type, old_value), settings)
    new = identifier_of(RawIdentifier(id_type, new_value), settings)
    held = await held_of(tx, store_id, profile_id, old.id_type)
    mine = {one.identifier: one for one in held}
    if old not in mine:
        raise NotFound(f"The profile has no such value of {old.id_type}")
    if new == old:
        return
    await identifiers.release(tx, store_id, [mine[old]])
    if new not in mine:
        await _claim(tx, ctx, store_id, profile_id, new, settings)


async def remove(tx: Tx, store_id: StoreId, profile_id: ProfileId, id_type: str, *, every: bool) -> None:
    """One value, the one that the limit would push out first, or every one. Traits that show it stay."""
    await merging.lock(tx, store_id, profile_id)
    config = require_config(await identity_settings.fetch(tx, store_id), id_type)
    held = await held_of(tx, store_id, profile_id, config.id_type)
    if not held:
        raise absent(id_type)
    first = 0 if config.limit_policy == "fifo" else -1
    await identifiers.release(tx, store_id, held if every else [held[first]])


async def held_of(tx: Tx, store_id: StoreId, profile_id: ProfileId, id_type: str) -> list[Held]:
    """The oldest first."""
    return [one for one in await identifiers.list_held(tx, store_id, [profile_id]) if one.identifier.id_type == id_type]


def require_config(settings: IdentitySettings, id_type: str) -> IdentifierConfig:
    config = settings.identifier_configs.get(id_type)
    if config is None:
        raise NotFound(f"idType {id_type[:64]!r} is not configured in this store")
    return config


def absent(id_type: str) -> NotFound:
    return NotFound(f"The profile has no identifier of type {id_type[:64]!r}")


async def _claim(
    tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, new: Identifier, settings: IdentitySettings
) -> None:
    unique = settings.identifier_configs[new.id_type].enforce_unique
    others = set(await identifiers.list_owners(tx, store_id, new)) - {profile_id} if unique else set[ProfileId]()
    claim = Claim(profile_id, new, shared=not unique, listed=True, added_at=ctx.now)
    if others or not (await identifiers.claim(tx, store_id, [claim]))():
        raise Conflict(f"The new value of {new.id_type} belongs to another profile")
