"""Identifiers: the lookup that is unique in a store, and its reverse beside the profile."""

from datetime import datetime

from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import Identifier
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("identifiers")


async def claim(tx: Tx, store_id: StoreId, identifier: Identifier, profile_id: ProfileId, now: datetime) -> ProfileId:
    """The owner from now on: `profile_id` when nobody had it, else who has it. Concurrent claims take turns."""
    return ProfileId(
        await tx.value(
            SQL["claim_identifier"],
            store_id=store_id,
            id_type=identifier.id_type,
            value=identifier.value,
            profile_id=profile_id,
            now=now,
        )
    )


async def fetch_owner(tx: Tx, store_id: StoreId, identifier: Identifier) -> ProfileId | None:
    return await tx.value(SQL["fetch_owner"], store_id=store_id, id_type=identifier.id_type, value=identifier.value)


async def insert_for_profile(
    tx: Tx, store_id: StoreId, identifier: Identifier, profile_id: ProfileId, now: datetime
) -> None:
    await tx.run(
        SQL["insert_profile_identifier"],
        store_id=store_id,
        profile_id=profile_id,
        id_type=identifier.id_type,
        value=identifier.value,
        now=now,
    )
