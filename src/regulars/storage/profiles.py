"""Profiles and their traits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.merges import StampedTrait
from regulars.domain.profiles import Profile
from regulars.domain.traits import Trait
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("profiles")


TraitKey = tuple[str, str, str]
"""Profile, group and name."""


class Place(NamedTuple):
    """`merged_into` is the canonical profile when this one is only a signpost; `removed_version` the memory version at
    which something last left its memory."""

    memory_version: int
    removed_version: int
    merged_into: str | None


async def insert(tx: Tx, store_id: StoreId, profile_ids: Sequence[str], now: datetime) -> None:
    await tx.run(SQL["insert_profiles"], store_id=store_id, profile_ids=list(profile_ids), now=now)


async def fetch(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Profile | None:
    return await tx.maybe(SQL["fetch_profile"], Profile, store_id=store_id, profile_id=profile_id)


async def list_ids(tx: Tx, store_id: StoreId, order: Order, key: str, limit: int) -> list[str]:
    return await tx.column(SQL[f"list_profile_ids.{order}"], store_id=store_id, key=key, limit=limit)


async def next_memory_version(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> int | None:
    """Locks the profile until the transaction ends. None when there is no such profile, or it was merged."""
    return await tx.value(SQL["next_memory_version"], store_id=store_id, profile_id=profile_id)


async def fetch_place(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Place | None:
    return await tx.maybe(SQL["fetch_place"], Place, store_id=store_id, profile_id=profile_id)


async def ask_place(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Answer[Place]:
    """`fetch_place` inside `together`."""
    return await tx.ask(SQL["fetch_place"], Place, store_id=store_id, profile_id=profile_id)


async def upsert_traits(tx: Tx, store_id: StoreId, written: Mapping[TraitKey, StampedTrait]) -> None:
    """In one statement, each with its own time."""
    if written:
        await tx.run(
            SQL["upsert_traits"],
            store_id=store_id,
            profile_ids=[profile_id for profile_id, _, _ in written],
            trait_groups=[trait.trait_group for trait in written.values()],
            trait_names=[trait.trait_name for trait in written.values()],
            values=[Jsonb(trait.value) for trait in written.values()],
            updated_ats=[trait.updated_at for trait in written.values()],
        )


async def delete_traits(tx: Tx, store_id: StoreId, profile_id: str, names: Iterable[tuple[str, str]]) -> None:
    """`names` are pairs of group and trait."""
    key = {"store_id": store_id, "profile_id": profile_id}
    rows = [{**key, "trait_group": group, "trait_name": name} for group, name in names]
    await tx.run_each(SQL["delete_trait"], rows)


async def list_stamped_traits(tx: Tx, store_id: StoreId, profile_id: str) -> list[StampedTrait]:
    return await tx.all(SQL["list_stamped_traits"], StampedTrait, store_id=store_id, profile_id=profile_id)


async def list_traits(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> list[Trait]:
    return await tx.all(SQL["list_traits"], Trait, store_id=store_id, profile_id=profile_id)
