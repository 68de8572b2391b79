"""The identifiers of a profile (contract §2.11)."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter

from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import RawIdentifier
from regulars.domain.plans import Held
from regulars.http.memory.common import Accepted, IdentifierValue, IdType
from regulars.http.problems import READ_PROBLEMS, WRITE_PROBLEMS
from regulars.runtime import Runtime
from regulars.services import identifiers as service
from regulars.storage import identifiers

RemoveAll = Annotated[bool, Parameter(query="removeAll", description="Every value of this type, not just one")]


class CreateIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    id_type: IdType
    value: IdentifierValue


class PatchIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    id_type: IdType
    old_value: IdentifierValue
    new_value: IdentifierValue


class IdentifierResource(msgspec.Struct, frozen=True, rename="camel"):
    """Normalised values in the order in which they were added."""

    id_type: str
    values: list[str]


class IdentifierList(msgspec.Struct, frozen=True):
    """Never paged: a profile has few."""

    identifiers: list[IdentifierResource]


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Identifiers",
    responses=READ_PROBLEMS,
    tags=["Identifiers"],
    summary="List the identifiers of a profile",
)
async def list_all(rt: Runtime, store: StoreId, reading: ProfileId) -> IdentifierList:
    async with rt.db.read() as tx:
        held = await identifiers.list_held(tx, store, [reading])
    return IdentifierList(_grouped(held))


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Identifiers",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Identifiers"],
    summary="Add an identifier",
    description="A value by which another profile is known merges the two.",
)
async def create(rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, data: CreateIdentifier) -> Accepted:
    await rt.db.write(lambda tx: service.add(tx, ctx, store, profile, RawIdentifier(data.id_type, data.value)))
    return Accepted("Identifier accepted for processing.")


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Identifiers/{id_type:str}",
    responses=READ_PROBLEMS,
    tags=["Identifiers"],
    summary="Fetch the identifiers of one type",
)
async def fetch(rt: Runtime, store: StoreId, reading: ProfileId, id_type: str) -> IdentifierResource:
    async with rt.db.read() as tx:
        held = await service.held_of(tx, store, reading, id_type)
    if not held:
        raise service.absent(id_type)
    return IdentifierResource(id_type, [one.identifier.value for one in held])


@patch(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Identifiers/{id_type:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Identifiers"],
    summary="Replace an identifier",
)
async def modify(
    rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, id_type: str, data: PatchIdentifier
) -> Accepted:
    if data.id_type != id_type:
        raise InvalidInput("idType must be the one in the address")
    await rt.db.write(lambda tx: service.replace(tx, ctx, store, profile, id_type, data.old_value, data.new_value))
    return Accepted("Identifier update accepted.")


@delete(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Identifiers/{id_type:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Identifiers"],
    summary="Remove an identifier, or all of one type",
)
async def remove(
    rt: Runtime, store: StoreId, profile: ProfileId, id_type: str, remove_all: RemoveAll = False
) -> Accepted:
    await rt.db.write(lambda tx: service.remove(tx, store, profile, id_type, every=remove_all))
    return Accepted("Identifier removal accepted.")


def _grouped(held: Iterable[Held]) -> list[IdentifierResource]:
    groups: dict[str, list[str]] = {}
    for one in held:
        groups.setdefault(one.identifier.id_type, []).append(one.identifier.value)
    return [IdentifierResource(id_type, values) for id_type, values in sorted(groups.items())]
