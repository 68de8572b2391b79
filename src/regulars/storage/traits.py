"""Traits of one profile, page by page."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.traits import TraitValue
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("traits")


class StoredTrait(NamedTuple):
    trait_group: str
    trait_name: str
    value: TraitValue
    updated_at: datetime

    @property
    def key(self) -> str:
        """Its place in a list."""
        return f"{self.trait_group}/{self.trait_name}"


async def list_page(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    order: Order,
    key: str,
    limit: int,
    *,
    trait_groups: Collection[str] | None,
) -> list[StoredTrait]:
    """`trait_groups` are names in lower case; None for all."""
    return await tx.all(
        SQL[f"list_traits.{order}"],
        StoredTrait,
        store_id=store_id,
        profile_id=profile_id,
        key=key,
        limit=limit,
        trait_groups=None if trait_groups is None else sorted(trait_groups),
    )
