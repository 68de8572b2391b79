"""Profiles and the lookup of who they are (contract §2.6, §2.10)."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.identity import RawIdentifier
from regulars.domain.profiles import grouped
from regulars.domain.traits import TraitValue
from regulars.http.memory.common import Accepted, GroupFilter, IdentifierValue, IdType, group_names
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS, READ_PROBLEMS, WRITE_PROBLEMS
from regulars.runtime import Runtime
from regulars.services import profiles as service
from regulars.services.erasing import erase
from regulars.storage import profiles

GroupTraits = Annotated[dict[str, TraitValue | None], Limits(max_length=limits.TRAITS_PER_GROUP_WRITE_MAX)]
TraitGroups = Annotated[dict[str, GroupTraits | None], Limits(max_length=limits.TRAIT_GROUPS_PER_WRITE_MAX)]


class CreateProfile(msgspec.Struct, frozen=True):
    traits: TraitGroups | None = None


class PatchProfile(msgspec.Struct, frozen=True):
    """A `null` removes the trait; what is absent stays."""

    traits: TraitGroups | None = None


class ProfileAccepted(msgspec.Struct, frozen=True):
    """`id` is the profile that the identifiers among the traits led to, new or known."""

    message: str
    id: str


class ProfileResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    created_at: str
    traits: dict[str, dict[str, TraitValue]]


class ProfileList(msgspec.Struct, frozen=True):
    profiles: list[str]
    meta: Meta


class LookupRequest(msgspec.Struct, frozen=True, rename="camel"):
    id_type: IdType
    value: IdentifierValue


class LookupResult(msgspec.Struct, frozen=True, rename="camel"):
    normalized_value: str
    profiles: list[str]


@post(
    "/v1/Stores/{store_id:str}/Profiles",
    status_code=202,
    responses=PROBLEMS,
    tags=["Profiles"],
    summary="Create or update a profile",
)
async def create(rt: Runtime, ctx: Ctx, store: StoreId, data: CreateProfile) -> ProfileAccepted:
    traits = {
        group: {name: value for name, value in values.items() if value is not None}
        for group, values in (data.traits or {}).items()
        if values is not None
    }
    profile_id = await rt.db.write(lambda tx: service.create(tx, ctx, store, traits))
    return ProfileAccepted("Profile resolved and accepted for processing.", profile_id)


@get(
    "/v1/Stores/{store_id:str}/Profiles",
    responses=PROBLEMS,
    tags=["Profiles"],
    summary="List the ids of all profiles",
    dependencies={"page": paged(limits.PAGE_SIZE_MAX)},
)
async def list_all(rt: Runtime, store: StoreId, page: PageRequest) -> ProfileList:
    async with rt.db.read() as tx:
        found = await paginate(page, lambda order, key, limit: profiles.list_ids(tx, store, order, key, limit), str)
    return ProfileList(list(found.items), meta("profiles", found))


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}",
    responses=READ_PROBLEMS,
    tags=["Profiles"],
    summary="Fetch a profile",
)
async def fetch(rt: Runtime, store: StoreId, reading: ProfileId, trait_groups: GroupFilter = None) -> ProfileResource:
    async with rt.db.read() as tx:
        found = await profiles.fetch(tx, store, reading)
        traits = await profiles.list_traits(tx, store, reading)
    if found is None:
        raise NotFound(f"There is no profile {reading} in this store")
    wanted = group_names(trait_groups)
    shown = [trait for trait in traits if wanted is None or trait.trait_group.lower() in wanted]
    return ProfileResource(found.profile_id, utc_text(found.created_at), grouped(shown))


@patch(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Profiles"],
    summary="Change the traits of a profile",
)
async def modify(rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, data: PatchProfile) -> Accepted:
    change = {group: values for group, values in (data.traits or {}).items() if values is not None}
    await rt.db.write(lambda tx: service.patch(tx, ctx, store, profile, change))
    return Accepted("Trait modifications accepted for processing.")


@delete(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Profiles"],
    summary="Erase a customer",
    description="With memories, identifiers, and everything that was said in their conversations. Cannot be undone.",
)
async def remove(rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId) -> Accepted:
    await rt.db.write(lambda tx: erase(tx, ctx, store, profile))
    return Accepted("Profile accepted for deletion.")


@post(
    "/v1/Stores/{store_id:str}/Profiles/Lookup",
    status_code=200,
    responses=PROBLEMS,
    tags=["Profiles"],
    summary="Find by identifier",
)
async def lookup(rt: Runtime, store: StoreId, data: LookupRequest) -> LookupResult:
    async with rt.db.read() as tx:
        value, found = await service.lookup(tx, store, RawIdentifier(data.id_type, data.value))
    return LookupResult(value, list(found))
