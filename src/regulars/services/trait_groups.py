"""Trait groups: declared, changed, deleted with their values."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, LimitReached, NotFound
from regulars.core.ids import StoreId
from regulars.domain.trait_groups import TraitChange, new_group, plan_change, require_unprotected
from regulars.domain.traits import TraitDefinition, TraitGroup, find_group
from regulars.services.operations import Started, start
from regulars.storage import identity_settings, jobs, operations, stores, trait_groups
from regulars.storage.db import Db, Tx

_BATCH_PROFILES: Final = 1000


async def create(
    tx: Tx, ctx: Ctx, store_id: StoreId, *, name: str, description: str, traits: Mapping[str, TraitDefinition]
) -> Started:
    await stores.lock(tx, store_id)
    group = new_group(name, description, traits, await _id_types(tx, store_id))
    present = await trait_groups.list_all(tx, store_id)
    if find_group(name, present) is not None:
        raise Conflict(f"A trait group named {name!r} exists already (case does not count)", code=520055)
    if len(present) >= limits.TRAIT_GROUPS_PER_STORE_MAX:
        raise LimitReached(f"A store may have at most {limits.TRAIT_GROUPS_PER_STORE_MAX} trait groups", code=520053)
    await trait_groups.insert(tx, store_id, group, ctx.now)
    return await start(tx, ctx, name)


async def patch(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    name: str,
    *,
    description: str | None,
    changes: Mapping[str, TraitChange],
    require_version: Callable[[TraitGroup], None],
) -> Started:
    """The operation is pending while a job drops the values of traits that were deleted."""
    await stores.lock(tx, store_id)
    group = await require(tx, store_id, name)
    require_version(group)
    changed = plan_change(group, description, changes, await _id_types(tx, store_id))
    await trait_groups.update(tx, store_id, changed.group, ctx.now)
    if not changed.dropped:
        return await start(tx, ctx, group.name)
    return await _start_dropping(tx, ctx, store_id, group.name, changed.dropped)


async def delete(tx: Tx, ctx: Ctx, store_id: StoreId, name: str) -> Started:
    """Identifiers that its traits were promoted to stay."""
    await stores.lock(tx, store_id)
    group = await require(tx, store_id, name)
    require_unprotected(group)
    await trait_groups.delete(tx, store_id, group.name)
    return await _start_dropping(tx, ctx, store_id, group.name, None)


async def require(tx: Tx, store_id: StoreId, name: str) -> TraitGroup:
    """By its exact name or, failing that, without regard to case."""
    group = find_group(name, await trait_groups.list_all(tx, store_id))
    if group is None:
        raise NotFound(f"There is no trait group {name[: limits.TRAIT_GROUP_NAME_CHARS_MAX]!r}", code=520047)
    return group


async def are(tx: Tx, store_id: StoreId, groups: Sequence[TraitGroup]) -> bool:
    """Whether these are the groups that the store declares; if so, they stay until the transaction ends.

    Whoever prepared writes by them asks before writing: values of a trait that was deleted since would stay for ever.
    """
    await stores.hold(tx, store_id)
    return await trait_groups.list_all(tx, store_id) == list(groups)


async def drop_values(
    db: Db,
    clock: Callable[[], datetime],
    store_id: StoreId,
    trait_group: str,
    trait_names: Sequence[str] | None,
    until: datetime,
    operation_id: str,
) -> None:
    """Deletes, profile by profile, the values that were written up to `until`; those of all traits when None are named.

    A group or trait that is declared anew meanwhile keeps its own values.
    """
    await db.write(lambda tx: operations.set_running(tx, operation_id))
    after = ""
    while True:
        async with db.read() as tx:
            found = await trait_groups.list_profiles(tx, store_id, after, _BATCH_PROFILES)
        if not found:
            break
        await db.write(
            lambda tx, found=found: trait_groups.delete_values(tx, store_id, found, trait_group, trait_names, until)
        )
        after = found[-1]
    await db.write(lambda tx: operations.complete(tx, operation_id, clock()))


async def _start_dropping(
    tx: Tx, ctx: Ctx, store_id: StoreId, trait_group: str, trait_names: Sequence[str] | None
) -> Started:
    started = await start(tx, ctx, trait_group, status="PENDING")
    await jobs.enqueue_drop_traits(
        tx, store_id, trait_group, trait_names, until=ctx.now, operation_id=started.operation_id
    )
    return started


async def _id_types(tx: Tx, store_id: StoreId) -> list[str]:
    return list((await identity_settings.fetch(tx, store_id)).identifier_configs)
