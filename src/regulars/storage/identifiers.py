"""Identifiers: the lookup that is unique in a store, and its reverse beside the profile."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from regulars.core import limits
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import Identifier
from regulars.domain.plans import Claim, Held, Holder
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("identifiers")


async def list_holders(tx: Tx, store_id: StoreId, identifiers: Sequence[Identifier]) -> list[Holder]:
    """One statement for each kind. `identifiers` are sorted."""
    found: list[Holder] = []
    for id_type, wanted in groupby(identifiers, key=lambda identifier: identifier.id_type):

        def holder(*, value: str, id_type: str = id_type, **columns: Any) -> Holder:
            return Holder(identifier=Identifier(id_type, value), **columns)

        values = [identifier.value for identifier in wanted]
        found += await tx.all(SQL["list_holders"], holder, store_id=store_id, id_type=id_type, values=values)
    return found


async def list_owners(tx: Tx, store_id: StoreId, identifier: Identifier) -> list[ProfileId]:
    return await tx.column(
        SQL["list_owners"], store_id=store_id, **identifier._asdict(), limit=limits.LOOKUP_PROFILES_MAX
    )


async def list_held(tx: Tx, store_id: StoreId, profile_ids: Sequence[str]) -> list[Held]:
    """What profiles have, the oldest first."""
    return await tx.all(SQL["list_held"], _held, store_id=store_id, profile_ids=list(profile_ids))


async def claim(tx: Tx, store_id: StoreId, claims: Sequence[Claim]) -> Callable[[], bool]:
    """Concurrent claims take turns. The answer, which inside `together` can be asked once that has ended, is False when
    one of the values has become somebody else's meanwhile: then nothing of the transaction may stay."""
    owned = [one for one in claims if not one.shared]
    shared = [one for one in claims if one.shared and one.listed]
    count = await tx.send(SQL["claim_owned"], store_id=store_id, **_columns(owned)) if owned else lambda: 0
    if shared:
        await tx.run(SQL["claim_shared"], store_id=store_id, **_columns(shared))
    if claims:
        await tx.run(SQL["insert_held"], store_id=store_id, **_columns(claims))
    return lambda: count() == len(owned)


async def move_held(tx: Tx, store_id: StoreId, held: Sequence[Held], *, from_id: str, to_id: str) -> None:
    """The rows beside the profiles; `hand_over` turns the lookups."""
    claims = [Claim(to_id, one.identifier, shared=False, listed=True, added_at=one.added_at) for one in held]
    if claims:
        await tx.run(SQL["insert_held"], store_id=store_id, **_columns(claims))
    rows = [{"store_id": store_id, "profile_id": from_id, **one.identifier._asdict()} for one in held]
    await tx.run_each(SQL["delete_held"], rows)


async def release(tx: Tx, store_id: StoreId, held: Iterable[Held]) -> None:
    """The values are the profiles' no more."""
    rows = [{"store_id": store_id, "profile_id": one.profile_id, **one.identifier._asdict()} for one in held]
    await tx.run_each(SQL["release"], rows)
    await tx.run_each(SQL["delete_held"], rows)


async def raise_reach(tx: Tx, store_id: StoreId, reaches: Iterable[tuple[Identifier, int]]) -> None:
    rows = [{"store_id": store_id, "reach": reach, **identifier._asdict()} for identifier, reach in sorted(reaches)]
    await tx.run_each(SQL["raise_reach"], rows)


async def hand_over(tx: Tx, store_id: StoreId, held: Iterable[Held], *, from_id: str, to_id: str) -> None:
    """Every lookup of these values leads to another profile. The rows beside the profiles are the caller's."""
    keys = [{"store_id": store_id, **one.identifier._asdict()} for one in sorted(held, key=lambda one: one.identifier)]
    both = [{**key, "from_id": from_id, "to_id": to_id} for key in keys]
    await tx.run_each(SQL["give_to"], both)
    await tx.run_each(SQL["share_with"], both)
    await tx.run_each(SQL["release_shared"], [{**key, "profile_id": from_id} for key in keys])
    await tx.run_each(SQL["drop_double"], [{**key, "profile_id": to_id} for key in keys])


def _columns(claims: Iterable[Claim]) -> dict[str, list[Any]]:
    rows = list(claims)
    return {
        "id_types": [one.identifier.id_type for one in rows],
        "values": [one.identifier.value for one in rows],
        "profile_ids": [one.profile_id for one in rows],
        "added_ats": [one.added_at for one in rows],
    }


def _held(*, profile_id: str, id_type: str, value: str, added_at: datetime) -> Held:
    return Held(profile_id, Identifier(id_type, value), added_at)
