"""Trait groups: which traits the profiles of a store may have."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.traits import TraitDefinition, TraitGroup
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("trait_groups")


async def insert(tx: Tx, store_id: StoreId, group: TraitGroup, now: datetime) -> None:
    await tx.run(
        SQL["insert_trait_group"],
        store_id=store_id,
        name=group.name,
        description=group.description,
        traits=Jsonb(group.traits),
        now=now,
    )


async def list_all(tx: Tx, store_id: StoreId) -> list[TraitGroup]:
    return await tx.all(SQL["list_trait_groups"], _trait_group, store_id=store_id)


async def list_page(tx: Tx, store_id: StoreId, order: Order, key: str, limit: int) -> list[TraitGroup]:
    """By name."""
    return await tx.all(SQL[f"list_trait_groups_page.{order}"], _trait_group, store_id=store_id, key=key, limit=limit)


async def update(tx: Tx, store_id: StoreId, group: TraitGroup, now: datetime) -> None:
    await tx.run(
        SQL["update_trait_group"],
        store_id=store_id,
        name=group.name,
        description=group.description,
        traits=Jsonb(group.traits),
        version=group.version,
        now=now,
    )


async def delete(tx: Tx, store_id: StoreId, name: str) -> None:
    await tx.run(SQL["delete_trait_group"], store_id=store_id, name=name)


async def delete_all(tx: Tx, store_id: StoreId) -> None:
    await tx.run(SQL["delete_trait_groups"], store_id=store_id)


async def list_profiles(tx: Tx, store_id: StoreId, after: str, limit: int) -> list[ProfileId]:
    """Whoever may have traits, by id."""
    return await tx.column(SQL["list_profiles_after"], store_id=store_id, after=after, limit=limit)


async def delete_values(
    tx: Tx,
    store_id: StoreId,
    profile_ids: Sequence[ProfileId],
    trait_group: str,
    trait_names: Sequence[str] | None,
    until: datetime,
) -> None:
    """None for `trait_names` means every trait of the group."""
    await tx.run(
        SQL["delete_values"],
        store_id=store_id,
        profile_ids=list(profile_ids),
        trait_group=trait_group,
        trait_names=None if trait_names is None else list(trait_names),
        until=until,
    )


def _trait_group(name: str, description: str, traits: dict[str, Any], version: int) -> TraitGroup:
    return TraitGroup(
        name=name,
        description=description,
        traits=msgspec.convert(traits, dict[str, TraitDefinition]),
        version=version,
    )
