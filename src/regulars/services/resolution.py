"""Carries out what `domain/resolution.py` plans: any number of writes about customers, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import IdentitySettings
from regulars.domain.merges import StampedTrait
from regulars.domain.plans import Holder, Item, Known, Plan
from regulars.domain.resolution import plan, wanted_of
from regulars.services import merging
from regulars.storage import identifiers, merges, profiles
from regulars.storage.db import RetryTransactionError, Tx
from regulars.storage.profiles import TraitKey


async def upsert(
    tx: Tx, ctx: Ctx, store_id: StoreId, items: Sequence[Item], settings: IdentitySettings
) -> list[ProfileId]:
    """The profile of each item, made, found or merged, with the item's traits on it.

    As if the items were written one after the other: of two values for one trait the later stays. A fixed number of
    statements for any number of items, unless profiles are merged.
    """
    planned = await _plan(tx, ctx, store_id, items, settings)
    written = {
        (profile_id, trait.trait_group, trait.trait_name): StampedTrait(
            trait.trait_group, trait.trait_name, trait.value, ctx.now
        )
        for profile_id, item in zip(planned.profile_ids, items, strict=True)
        for trait in item.traits
    }
    await _carry_out(tx, ctx, store_id, planned, written)
    return [ProfileId(profile_id) for profile_id in planned.profile_ids]


async def resolve(tx: Tx, ctx: Ctx, store_id: StoreId, items: Sequence[Item], settings: IdentitySettings) -> Plan:
    """Finds, makes and merges profiles and gives them their identifiers; writes no traits. Holds those that
    get something: whoever writes what refers to another holds it first.

    The unique key of the lookup decides between concurrent writers: whoever finds that a value became somebody else's
    meanwhile begins anew.
    """
    planned = await _plan(tx, ctx, store_id, items, settings)
    await _carry_out(tx, ctx, store_id, planned, {})
    return planned


async def hold(tx: Tx, store_id: StoreId, profile_ids: Iterable[str]) -> None:
    """Nobody merges or deletes these profiles until the transaction ends. To be asked before anything of theirs is
    written: an update asks no foreign key. Begins the transaction anew when one was merged or deleted before that."""
    if not await merges.hold(tx, store_id, profile_ids):
        raise RetryTransactionError


async def _plan(tx: Tx, ctx: Ctx, store_id: StoreId, items: Sequence[Item], settings: IdentitySettings) -> Plan:
    wanted = wanted_of(items)
    holders = await identifiers.list_holders(tx, store_id, wanted)
    unsettled = sorted(_unsettled(items, holders))
    known = Known(
        holders=holders,
        held=await identifiers.list_held(tx, store_id, unsettled) if unsettled else (),
        apart=await merges.list_apart(tx, store_id, unsettled) if len(unsettled) > 1 else {},
    )
    return plan(items, known, settings, now=ctx.now, new_id=lambda: ctx.mint(ids.PROFILE))


def _unsettled(items: Sequence[Item], holders: Sequence[Holder]) -> set[str]:
    """The profiles of items about which there is something to decide. Where every value leads to the same profile,
    which owns it, nothing is."""
    of_value: dict[tuple[str, str], list[Holder]] = {}
    for holder in holders:
        of_value.setdefault(holder.identifier, []).append(holder)
    found: set[str] = set()
    for item in items:
        held = [of_value.get(identifier, []) for identifier in item.identifiers]
        people = {holder.profile_id for rows in held for holder in rows}
        settled = all(held) and people == {item.profile_id or next(iter(people), None)}
        if not settled:
            found |= people | ({item.profile_id} if item.profile_id else set[str]())
    return found


async def _carry_out(
    tx: Tx, ctx: Ctx, store_id: StoreId, planned: Plan, written: Mapping[TraitKey, StampedTrait]
) -> None:
    """Traits are on their way while Postgres is still busy with the identifiers."""
    if planned.created:
        await profiles.insert(tx, store_id, planned.created, ctx.now)
    await merging.carry_out(tx, ctx, store_id, planned.steps)
    if planned.claims or written:
        await hold(tx, store_id, {*planned.profile_ids} - {*planned.created})
        async with tx.together():
            claimed = await identifiers.claim(tx, store_id, planned.claims)
            await profiles.upsert_traits(tx, store_id, written)
        if not claimed():
            raise RetryTransactionError
    await identifiers.raise_reach(tx, store_id, planned.reaches.items())
    await merging.record_refusals(tx, ctx, store_id, planned.refusals)
