"""Profiles and their traits."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.profiles import Profile
from regulars.domain.traits import Trait
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("profiles")


class Place(NamedTuple):
    """`merged_into` is the canonical profile when this one is only a signpost; `removed_version` the memory version at
    which something last left its memory."""

    memory_version: int
    removed_version: int
    merged_into: str | None


async def insert(tx: Tx, store_id: StoreId, profile_id: ProfileId, now: datetime) -> None:
    """Nothing happens when the profile is there."""
    await tx.run(SQL["insert_profile"], store_id=store_id, profile_id=profile_id, now=now)


async def fetch(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Profile | None:
    return await tx.maybe(SQL["fetch_profile"], Profile, store_id=store_id, profile_id=profile_id)


async def list_ids(tx: Tx, store_id: StoreId, order: Order, key: str, limit: int) -> list[str]:
    return await tx.column(SQL[f"list_profile_ids.{order}"], store_id=store_id, key=key, limit=limit)


async def next_memory_version(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> int | None:
    """Locks the profile until the transaction ends. None when there is no such profile, or it was merged."""
    return await tx.value(SQL["next_memory_version"], store_id=store_id, profile_id=profile_id)


async def fetch_place(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Place | None:
    return await tx.maybe(SQL["fetch_place"], Place, store_id=store_id, profile_id=profile_id)


async def upsert_traits(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, traits: Iterable[Trait], now: datetime
) -> None:
    rows = [
        {
            "store_id": store_id,
            "profile_id": profile_id,
            "trait_group": trait.trait_group,
            "trait_name": trait.trait_name,
            "value": Jsonb(trait.value),
            "now": now,
        }
        for trait in traits
    ]
    await tx.run_each(SQL["upsert_trait"], rows)


async def list_traits(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> list[Trait]:
    return await tx.all(SQL["list_traits"], Trait, store_id=store_id, profile_id=profile_id)
