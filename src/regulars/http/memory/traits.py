"""Traits of a profile as a list (contract §2.7)."""

import msgspec
from litestar import get

from regulars.core import limits
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.traits import TraitValue
from regulars.http.memory.common import GroupFilter, group_names
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import READ_PROBLEMS
from regulars.runtime import Runtime
from regulars.storage import traits
from regulars.storage.traits import StoredTrait


class TraitResource(msgspec.Struct, frozen=True, rename="camel"):
    """`timestamp` is when the value was written."""

    name: str
    value: TraitValue
    trait_group: str
    timestamp: str


class TraitList(msgspec.Struct, frozen=True):
    traits: list[TraitResource]
    meta: Meta


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Traits",
    responses=READ_PROBLEMS,
    tags=["Profiles"],
    summary="List the traits of a profile",
    dependencies={"page": paged(limits.TRAITS_PER_PAGE_MAX)},
)
async def list_all(
    rt: Runtime, store: StoreId, reading: ProfileId, page: PageRequest, trait_groups: GroupFilter = None
) -> TraitList:
    wanted = group_names(trait_groups)
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: traits.list_page(tx, store, reading, order, key, limit, trait_groups=wanted),
            lambda trait: trait.key,
        )
    return TraitList([resource(trait) for trait in found.items], meta("traits", found))


def resource(trait: StoredTrait) -> TraitResource:
    return TraitResource(trait.trait_name, trait.value, trait.trait_group, utc_text(trait.updated_at))
