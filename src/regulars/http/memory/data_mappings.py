"""Data mappings (contract §2.4)."""

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import Parameter
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.ids import StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.text import whole
from regulars.core.times import utc_text
from regulars.domain.mappings import DataMapping, MappingDocument, MappingSource, SourceType, TraitMapping
from regulars.http.auth import checked
from regulars.http.etags import IfMatch, etag, require_match
from regulars.http.operations import OperationAccepted, accepted
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import data_mappings as service
from regulars.storage import data_mappings

_LIST_URL: Final = "/v1/ControlPlane/Stores/{store_id:str}/DataMappings"
_URL: Final = _LIST_URL + "/{data_mapping_id:str}"
_TAGS: Final = ["Data mappings"]

DisplayName = Annotated[
    str,
    Limits(min_length=1, max_length=limits.DATA_MAPPING_NAME_CHARS_MAX, pattern=whole(r"[a-zA-Z][a-zA-Z0-9\-.]*")),
]
Description = Annotated[str, Limits(min_length=1, max_length=limits.DATA_MAPPING_DESCRIPTION_CHARS_MAX)]
Column = Annotated[str, Limits(min_length=1, max_length=limits.DATA_MAPPING_COLUMN_CHARS_MAX)]
DatasetId = Annotated[str, Limits(pattern=ids.pattern("tdi_dataset"))]


class TraitMappingIn(msgspec.Struct, frozen=True, rename="camel"):
    """`expression` is the name of a column, or a template such as `{{first}} {{last}}`."""

    expression: Annotated[str, Limits(min_length=1, max_length=limits.DATA_MAPPING_EXPRESSION_CHARS_MAX)]
    trait_group: Annotated[str, Limits(min_length=1, max_length=limits.TRAIT_GROUP_NAME_CHARS_MAX)]
    trait_name: Annotated[
        str,
        Limits(min_length=1, max_length=limits.DATA_MAPPING_TRAIT_CHARS_MAX, pattern=whole(r"[a-z][a-zA-Z0-9_\-\.]*")),
    ]


class MappingTo(msgspec.Struct, frozen=True):
    type: Literal["TRAITS"]
    mappings: Annotated[list[TraitMappingIn], Limits(min_length=1, max_length=limits.DATA_MAPPINGS_PER_MAPPING_MAX)]


class MappingFrom(msgspec.Struct, frozen=True, rename="camel"):
    """INGRESS needs `columns`, the others `datasetId`."""

    type: SourceType
    columns: Annotated[list[Column], Limits(min_length=1, max_length=limits.DATA_MAPPING_COLUMNS_MAX)] | None = None
    dataset_id: DatasetId | None = None


class CreateDataMapping(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    display_name: DisplayName
    description: Description | None = None
    is_enabled: bool | None = None
    mapping_to: MappingTo
    mapping_from: MappingFrom


class PatchDataMapping(msgspec.Struct, frozen=True, rename="camel"):
    """What is left out stays; `mappingTo.mappings` are replaced as a whole. `mappingFrom` cannot be changed, but may
    come back as it was fetched."""

    display_name: DisplayName | None = None
    description: Description | None = None
    is_enabled: bool | None = None
    mapping_to: MappingTo | None = None
    mapping_from: MappingFrom | None = None


class MappingTarget(msgspec.Struct, frozen=True):
    type: str
    mappings: list[TraitMapping]


class DataMappingResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    display_name: str
    description: str | None
    is_enabled: bool
    mapping_to: MappingTarget
    mapping_from: MappingSource
    created_at: str
    updated_at: str
    version: int


class DataMappingList(msgspec.Struct, frozen=True, rename="camel"):
    data_mappings: list[DataMappingResource]
    meta: Meta


@post(_LIST_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Create a data mapping")
async def create(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId, data: CreateDataMapping
) -> Response[OperationAccepted]:
    document = MappingDocument(
        description=data.description,
        is_enabled=data.is_enabled is not False,
        source=_source(data.mapping_from),
        mappings=_mappings(data.mapping_to),
    )
    started = await rt.db.write(
        lambda tx: service.create(tx, ctx, store, display_name=data.display_name, document=document)
    )
    return accepted(request, started, "Data mapping creation request accepted for processing.")


@get(
    _LIST_URL,
    responses=PROBLEMS,
    tags=_TAGS,
    summary="List data mappings",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def list_all(
    rt: Runtime,
    store: StoreId,
    page: PageRequest,
    source_type: Annotated[SourceType | None, Parameter(query="type", description="Only those of this source")] = None,
) -> DataMappingList:
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: data_mappings.list_page(tx, store, order, key, limit, source_type=source_type),
            lambda mapping: mapping.data_mapping_id,
        )
    return DataMappingList([resource(one) for one in found.items], meta("dataMappings", found))


@get(_URL, responses=PROBLEMS, tags=_TAGS, summary="Fetch a data mapping")
async def fetch(rt: Runtime, store: StoreId, data_mapping_id: str) -> Response[DataMappingResource]:
    mapping_id = _checked_id(data_mapping_id)
    async with rt.db.read() as tx:
        found = await data_mappings.fetch(tx, store, mapping_id)
    if found is None:
        raise service.unknown(mapping_id)
    return Response(resource(found), headers={"ETag": etag(mapping_id, found.version)})


@patch(_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Change a data mapping")
async def update(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    data_mapping_id: str,
    data: PatchDataMapping | None = None,
    if_match: IfMatch = None,
) -> Response[OperationAccepted]:
    mapping_id = _checked_id(data_mapping_id)
    wanted = data or PatchDataMapping()
    started = await rt.db.write(
        lambda tx: service.patch(
            tx,
            ctx,
            store,
            mapping_id,
            display_name=wanted.display_name,
            description=wanted.description,
            is_enabled=wanted.is_enabled,
            source=None if wanted.mapping_from is None else _source(wanted.mapping_from),
            mappings=None if wanted.mapping_to is None else _mappings(wanted.mapping_to),
            require_version=lambda version: require_match(if_match, mapping_id, version),
        )
    )
    return accepted(request, started, "Data mapping update request accepted for processing.")


@delete(_URL, status_code=202, responses=PROBLEMS, tags=_TAGS, summary="Delete a data mapping")
async def remove(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId, data_mapping_id: str
) -> Response[OperationAccepted]:
    mapping_id = _checked_id(data_mapping_id)
    started = await rt.db.write(lambda tx: service.delete(tx, ctx, store, mapping_id))
    return accepted(request, started, "Data mapping deletion request accepted for processing.")


def resource(mapping: DataMapping) -> DataMappingResource:
    document = mapping.document
    return DataMappingResource(
        id=mapping.data_mapping_id,
        display_name=mapping.display_name,
        description=document.description,
        is_enabled=document.is_enabled,
        mapping_to=MappingTarget("TRAITS", list(document.mappings)),
        mapping_from=document.source,
        created_at=utc_text(mapping.created_at),
        updated_at=utc_text(mapping.updated_at),
        version=mapping.version,
    )


def _checked_id(data_mapping_id: str) -> str:
    return checked(ids.DATA_MAPPING, data_mapping_id, "data mapping")


def _source(given: MappingFrom) -> MappingSource:
    columns = None if given.columns is None else tuple(given.columns)
    return MappingSource(type=given.type, columns=columns, dataset_id=given.dataset_id)


def _mappings(given: MappingTo) -> tuple[TraitMapping, ...]:
    return tuple(
        TraitMapping(expression=one.expression, trait_group=one.trait_group, trait_name=one.trait_name)
        for one in given.mappings
    )
