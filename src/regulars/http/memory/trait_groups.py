"""Trait groups (contract §2.3)."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import Parameter
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.ids import StoreId
from regulars.core.page import Order, Page, PageRequest, paginate
from regulars.core.text import NO_DOTS, whole
from regulars.domain.trait_groups import TraitChange
from regulars.domain.traits import DataType, TraitDefinition, TraitGroup, ValidationRule
from regulars.http.etags import IfMatch, etag, require_match
from regulars.http.operations import OperationAccepted, accepted
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import trait_groups as service
from regulars.storage import trait_groups

_LIST_URL: Final = "/v1/ControlPlane/Stores/{store_id:str}/TraitGroups"
_URL: Final = _LIST_URL + "/{trait_group_name:str}"
_TAGS: Final = ["Trait groups"]

GroupName = Annotated[
    str,
    Limits(min_length=1, max_length=limits.TRAIT_GROUP_NAME_CHARS_MAX, pattern=whole(NO_DOTS + r"[a-zA-Z0-9_\-\.]+")),
]
Description = Annotated[str, Limits(max_length=limits.TRAIT_DESCRIPTION_CHARS_MAX)]
Promotion = Annotated[str, Limits(max_length=limits.IDENTIFIER_TYPE_CHARS_MAX)]
Size = Annotated[int, Limits(ge=0, le=limits.TRAIT_INTEGER_MAX)]
IncludeTraits = Annotated[bool, Parameter(query="includeTraits", description="Whether to show the traits")]


class ValidationRuleIn(msgspec.Struct, frozen=True, rename="camel"):
    """Of the bounds only those count that speak about `ruleType`, which is the data type of the trait."""

    rule_type: DataType
    pattern: Annotated[str, Limits(max_length=limits.TRAIT_PATTERN_CHARS_MAX)] | None = None
    min_length: Size | None = None
    max_length: Annotated[int, Limits(ge=1, le=limits.TRAIT_INTEGER_MAX)] | None = None
    min: int | float | None = None
    max: int | float | None = None
    min_items: Size | None = None
    max_items: Size | None = None


class TraitIn(msgspec.Struct, frozen=True, rename="camel"):
    data_type: DataType
    description: Description | None = None
    validation_rule: ValidationRuleIn | None = None
    id_type_promotion: Promotion | None = None


class TraitChangeIn(msgspec.Struct, frozen=True, rename="camel"):
    """An empty `dataType` deletes the trait; a null rule or promotion ends it."""

    data_type: DataType | Literal[""] | None = None
    description: Description | None = None
    validation_rule: ValidationRuleIn | UnsetType | None = UNSET
    id_type_promotion: Promotion | UnsetType | None = UNSET


class CreateTraitGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Names of traits are kept in lower camel case."""

    display_name: GroupName
    description: Description | None = None
    traits: dict[str, TraitIn | None] | None = None


class PatchTraitGroup(msgspec.Struct, frozen=True):
    """Traits that are not named stay as they are. Null deletes one, like an empty `dataType`."""

    description: Description | None = None
    traits: dict[str, TraitChangeIn | None] | None = None


class TraitResource(msgspec.Struct, frozen=True, rename="camel"):
    display_name: str
    data_type: DataType
    description: str
    validation_rule: ValidationRule | None
    id_type_promotion: str | None


class TraitGroupResource(msgspec.Struct, frozen=True, rename="camel"):
    display_name: str
    description: str
    version: int
    traits: dict[str, TraitResource] | UnsetType = UNSET


class TraitGroupPage(msgspec.Struct, frozen=True, rename="camel"):
    """`meta` pages over the traits of the group."""

    trait_group: TraitGroupResource
    meta: Meta


class TraitGroupList(msgspec.Struct, frozen=True, rename="camel"):
    trait_groups: list[TraitGroupResource]
    meta: Meta


@post(_LIST_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Declare a trait group")
async def create(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId, data: CreateTraitGroup
) -> Response[OperationAccepted]:
    traits = {name: _definition(one) for name, one in (data.traits or {}).items() if one is not None}
    started = await rt.db.write(
        lambda tx: service.create(
            tx, ctx, store, name=data.display_name, description=data.description or "", traits=traits
        )
    )
    return accepted(request, started, "TraitGroup creation request accepted.")


@get(
    _LIST_URL,
    responses=PROBLEMS,
    tags=_TAGS,
    summary="List trait groups",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def list_all(
    rt: Runtime, store: StoreId, page: PageRequest, include_traits: IncludeTraits = False
) -> TraitGroupList:
    """By name."""
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: trait_groups.list_page(tx, store, order, key, limit),
            lambda group: group.name,
        )
    shown = [resource(group, group.traits if include_traits else None) for group in found.items]
    return TraitGroupList(shown, meta("traitGroups", found))


@get(
    _URL,
    responses=PROBLEMS,
    tags=_TAGS,
    summary="Fetch a trait group",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def fetch(
    rt: Runtime, store: StoreId, trait_group_name: str, page: PageRequest, include_traits: IncludeTraits = True
) -> Response[TraitGroupPage]:
    async with rt.db.read() as tx:
        group = await service.require(tx, store, trait_group_name)
    names: Page[str] = await _page_of_names(group, page) if include_traits else Page(())
    traits = {name: group.traits[name] for name in names.items} if include_traits else None
    body = TraitGroupPage(resource(group, traits), meta("traitGroup", names))
    return Response(body, headers={"ETag": etag(group.name, group.version)})


@patch(_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Change a trait group")
async def update(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    trait_group_name: str,
    data: PatchTraitGroup | None = None,
    if_match: IfMatch = None,
) -> Response[OperationAccepted]:
    wanted = data or PatchTraitGroup()
    started = await rt.db.write(
        lambda tx: service.patch(
            tx,
            ctx,
            store,
            trait_group_name,
            description=wanted.description,
            changes={name: _change(one) for name, one in (wanted.traits or {}).items()},
            require_version=lambda group: require_match(if_match, group.name, group.version),
        )
    )
    return accepted(request, started, "TraitGroup update request accepted.")


@delete(_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Delete a trait group with its values")
async def remove(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId, trait_group_name: str
) -> Response[OperationAccepted]:
    started = await rt.db.write(lambda tx: service.delete(tx, ctx, store, trait_group_name))
    return accepted(request, started, "TraitGroup deletion request accepted.")


def resource(group: TraitGroup, traits: Mapping[str, TraitDefinition] | None) -> TraitGroupResource:
    """With those traits, or without any word about traits when None."""
    shown = UNSET if traits is None else {name: _trait(name, one) for name, one in traits.items()}
    return TraitGroupResource(group.name, group.description, group.version, shown)


async def _page_of_names(group: TraitGroup, page: PageRequest) -> Page[str]:
    async def names(order: Order, key: str, limit: int) -> list[str]:
        after = [name for name in group.traits if (name > key if order == "ASC" else name < key)]
        return sorted(after, reverse=order == "DESC")[:limit]

    return await paginate(page, names, str)


def _trait(name: str, definition: TraitDefinition) -> TraitResource:
    return TraitResource(
        display_name=name,
        data_type=definition.data_type,
        description=definition.description,
        validation_rule=definition.validation_rule,
        id_type_promotion=definition.id_type_promotion,
    )


def _definition(given: TraitIn) -> TraitDefinition:
    return TraitDefinition(
        data_type=given.data_type,
        description=given.description or "",
        validation_rule=None if given.validation_rule is None else _rule(given.validation_rule),
        id_type_promotion=given.id_type_promotion or None,
    )


def _change(given: TraitChangeIn | None) -> TraitChange:
    if given is None:
        return TraitChange(data_type="")
    rule = given.validation_rule
    return TraitChange(
        data_type=given.data_type,
        description=given.description,
        validation_rule=_rule(rule) if isinstance(rule, ValidationRuleIn) else rule,
        id_type_promotion=given.id_type_promotion,
    )


def _rule(given: ValidationRuleIn) -> ValidationRule:
    return ValidationRule(**msgspec.structs.asdict(given))
