"""Profiles: who a set of identifiers belongs to, and what is known about them."""

from collections.abc import Sequence

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import Identifier, IdentitySettings, RawIdentifier, Update, identifier_of, identify, plan
from regulars.domain.traits import Trait, Traits, checked, promoted
from regulars.storage import identifiers, profiles, stores
from regulars.storage.db import RetryTransactionError, Tx


async def create(tx: Tx, ctx: Ctx, store_id: StoreId, traits: Traits) -> ProfileId:
    """The profile that the promoted traits lead to, new or known, with all these traits on it."""
    groups = await stores.list_trait_groups(tx, store_id)
    found = checked(traits, groups)
    raw = promoted(found, groups)
    if not raw:
        raise InvalidInput("traits must hold at least one that is promoted to an identifier, such as Contact.phone")
    settings = await stores.fetch_identity_settings(tx, store_id)
    profile_id, _ = await resolve(tx, ctx, store_id, identify(raw, settings), settings)
    await profiles.upsert_traits(tx, store_id, profile_id, found, ctx.now)
    return profile_id


async def resolve(
    tx: Tx, ctx: Ctx, store_id: StoreId, wanted: Sequence[Identifier], settings: IdentitySettings
) -> tuple[ProfileId, list[Identifier]]:
    """The one profile of these identifiers, made when nobody has them, and those that are new to it.

    The unique key of the identifier decides between concurrent writers: the first to claim it owns it. Whoever wanted
    to make a profile and finds that another just did begins again, and then finds theirs. Identifiers are claimed in
    the same order everywhere, so that writers wait instead of deadlocking.
    """
    owners = {i: owner for i in wanted if (owner := await identifiers.fetch_owner(tx, store_id, i)) is not None}
    resolution = plan(owners, wanted, settings.matching_rules)
    known = resolution.profile_id if isinstance(resolution, Update) else None
    profile_id = ProfileId(known or ctx.mint(ids.PROFILE))
    fresh: list[Identifier] = []
    for identifier in wanted:
        if identifier in owners:
            continue
        owner = await identifiers.claim(tx, store_id, identifier, profile_id, ctx.now)
        if owner == profile_id:
            fresh.append(identifier)
        elif known is None:
            raise RetryTransactionError
    if fresh:
        await profiles.insert(tx, store_id, profile_id, ctx.now)
        for identifier in fresh:
            await identifiers.insert_for_profile(tx, store_id, identifier, profile_id, ctx.now)
    return profile_id, fresh


async def show_as_traits(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, traits: Sequence[Trait]) -> None:
    """Writes those traits that the store declares; a store without them loses nothing else."""
    declared = {group.name: group.traits for group in await stores.list_trait_groups(tx, store_id)}
    known = [trait for trait in traits if trait.trait_name in declared.get(trait.trait_group, {})]
    await profiles.upsert_traits(tx, store_id, profile_id, known, ctx.now)


async def lookup(tx: Tx, store_id: StoreId, raw: RawIdentifier) -> tuple[str, list[ProfileId]]:
    """The normal form of the value, and whose it is."""
    identifier = identifier_of(raw, await stores.fetch_identity_settings(tx, store_id))
    owner = await identifiers.fetch_owner(tx, store_id, identifier)
    return identifier.value, [] if owner is None else [owner]
