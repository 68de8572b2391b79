"""Profiles: one customer each, found by any of their identifiers."""

from collections.abc import Iterable, Mapping, Sequence

from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import IdentitySettings, RawIdentifier, identifier_under, identify
from regulars.domain.merges import StampedTrait
from regulars.domain.plans import Item
from regulars.domain.traits import (
    Trait,
    TraitGroup,
    Traits,
    TraitValue,
    checked,
    promoted,
    require_group,
    require_trait,
)
from regulars.services import canonical, resolution
from regulars.storage import identifiers, identity_settings, profiles, trait_groups
from regulars.storage.db import Tx

Change = Mapping[str, Mapping[str, TraitValue | None]]
"""Group name to trait name to value; None removes the trait."""


async def create(tx: Tx, ctx: Ctx, store_id: StoreId, traits: Traits) -> ProfileId:
    """The profile that the promoted traits lead to: made, found, or merged from several; with all these traits."""
    groups = await trait_groups.list_all(tx, store_id)
    settings = await identity_settings.fetch(tx, store_id)
    item = _item(checked(traits, groups), groups, settings)
    if not item.identifiers:
        raise InvalidInput("traits must hold at least one that is promoted to an identifier, such as Contact.phone")
    [profile_id] = await resolution.upsert(tx, ctx, store_id, [item], settings)
    return profile_id


async def patch(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, change: Change) -> None:
    """New traits are added, known ones replaced, None removes one; its identifier stays (contract §4, Promotion).

    A promoted trait may turn out to be another profile's, which is then merged with this one.
    """
    await canonical.require(tx, store_id, profile_id)
    groups = await trait_groups.list_all(tx, store_id)
    settings = await identity_settings.fetch(tx, store_id)
    kept = {group: {n: v for n, v in values.items() if v is not None} for group, values in change.items()}
    removed = [
        _named(group, name, groups) for group, values in change.items() for name, v in values.items() if v is None
    ]
    item = _item(checked(kept, groups), groups, settings, profile_id)
    [now_id] = await resolution.upsert(tx, ctx, store_id, [item], settings)
    await profiles.delete_traits(tx, store_id, now_id, removed)


async def show_as_traits(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, traits: Sequence[Trait]) -> None:
    """Writes those traits that the store declares; a store without them loses nothing else."""
    declared = {group.name: group.traits for group in await trait_groups.list_all(tx, store_id)}
    known = {
        (str(profile_id), trait.trait_group, trait.trait_name): StampedTrait(
            trait.trait_group, trait.trait_name, trait.value, ctx.now
        )
        for trait in traits
        if trait.trait_name in declared.get(trait.trait_group, {})
    }
    await profiles.upsert_traits(tx, store_id, known)


async def lookup(tx: Tx, store_id: StoreId, raw: RawIdentifier) -> tuple[str, list[ProfileId]]:
    """The normal form of the value, and whose it is."""
    identifier = identifier_under(await identity_settings.fetch_config(tx, store_id, raw.id_type), raw)
    return identifier.value, await identifiers.list_owners(tx, store_id, identifier)


def _item(
    traits: Sequence[Trait],
    groups: Iterable[TraitGroup],
    settings: IdentitySettings,
    profile_id: ProfileId | None = None,
) -> Item:
    return Item(traits, identify(promoted(traits, groups, settings.identifier_configs), settings), profile_id)


def _named(group_name: str, name: str, groups: Iterable[TraitGroup]) -> tuple[str, str]:
    group = require_group(group_name, groups)
    return group.name, require_trait(name, group)
