"""Profiles and the lookup of who they are (contract §2.6, §2.10)."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import Parameter
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
from regulars.http.memory.common import IdentifierValue, IdType
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import profiles as service
from regulars.storage import profiles

GroupTraits = Annotated[dict[str, TraitValue | None], Limits(max_length=limits.TRAITS_PER_GROUP_WRITE_MAX)]
TraitGroups = Annotated[dict[str, GroupTraits | None], Limits(max_length=limits.TRAIT_GROUPS_PER_WRITE_MAX)]
GroupFilter = Annotated[
    str | None,
    Parameter(
        query="traitGroups",
        description="Comma-separated names of the trait groups to show; all when absent",
        max_length=limits.TRAIT_GROUPS_FILTER_CHARS_MAX,
    ),
]


class CreateProfile(msgspec.Struct, frozen=True):
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
    responses=PROBLEMS,
    tags=["Profiles"],
    summary="Fetch a profile",
)
async def fetch(rt: Runtime, store: StoreId, profile: ProfileId, trait_groups: GroupFilter = None) -> ProfileResource:
    async with rt.db.read() as tx:
        found = await profiles.fetch(tx, store, profile)
        traits = await profiles.list_traits(tx, store, profile)
    if found is None:
        raise NotFound(f"There is no profile {profile} in this store")
    wanted = {name.strip().lower() for name in (trait_groups or "").split(",") if name.strip()}
    shown = [trait for trait in traits if not wanted or trait.trait_group.lower() in wanted]
    return ProfileResource(found.profile_id, utc_text(found.created_at), grouped(shown))


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
