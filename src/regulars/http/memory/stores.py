"""Memory stores (contract §2.1)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.text import whole
from regulars.core.times import utc_text
from regulars.domain.screening import SCREENED_BY_DEFAULT, Category
from regulars.http.etags import IfMatch, etag, require_match
from regulars.http.operations import OperationAccepted, accepted, headers_of, status_url
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import stores as service
from regulars.storage import stores

DisplayName = Annotated[
    str, Limits(min_length=1, max_length=limits.STORE_DISPLAY_NAME_CHARS_MAX, pattern=whole(r"[a-zA-Z0-9_-]+"))
]
Description = Annotated[str, Limits(max_length=limits.STORE_DESCRIPTION_CHARS_MAX)]


CategoryName = Annotated[str, Limits(pattern=whole(f"(?:{'|'.join(Category)})"))]
Screening = Annotated[list[CategoryName], Limits(max_length=limits.SCREENING_NAMES_MAX)]
"""Ours: what must not be remembered from conversations. Everything, unless said otherwise."""


class CreateStore(msgspec.Struct, frozen=True, rename="camel"):
    display_name: DisplayName
    description: Description | None = None
    screening: Screening | None = None


class PatchStore(msgspec.Struct, frozen=True, rename="camel"):
    """What is left out stays."""

    display_name: DisplayName | None = None
    description: Description | None = None
    screening: Screening | None = None


class StoreAccepted(msgspec.Struct, frozen=True, rename="camel"):
    """`id` and what follows are ours: clients read the id out of the 202."""

    message: str
    status_url: str
    id: str
    display_name: str
    status: str


class StoreResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    display_name: str
    description: str
    status: str
    version: int
    data_as_of: str
    screening: list[str]
    intelligence_service_id: None = None


class StoreList(msgspec.Struct, frozen=True):
    stores: list[str]
    meta: Meta


@post("/v1/ControlPlane/Stores", status_code=202, responses=PROBLEMS, tags=["Stores"], summary="Create a store")
async def create(request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, data: CreateStore) -> Response[StoreAccepted]:
    store, started = await rt.db.write(
        lambda tx: service.create(
            tx,
            ctx,
            display_name=data.display_name,
            description=data.description or "",
            screening=SCREENED_BY_DEFAULT if data.screening is None else data.screening,
        )
    )
    url = status_url(request, "v1", started.operation_id)
    body = StoreAccepted(
        message="Memory Store creation accepted for processing.",
        status_url=url,
        id=store.store_id,
        display_name=store.display_name,
        status=store.status,
    )
    return Response(body, headers=headers_of(started, url))


@get(
    "/v1/ControlPlane/Stores",
    responses=PROBLEMS,
    tags=["Stores"],
    summary="List the ids of all stores",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def list_all(rt: Runtime, ctx: Ctx, page: PageRequest) -> StoreList:
    async with rt.db.read() as tx:
        found = await paginate(
            page, lambda order, key, limit: stores.list_ids(tx, ctx.account_sid, order, key, limit), str
        )
    return StoreList(list(found.items), meta("stores", found))


@get("/v1/ControlPlane/Stores/{store_id:str}", responses=PROBLEMS, tags=["Stores"], summary="Fetch a store")
async def fetch(rt: Runtime, ctx: Ctx, store: StoreId) -> Response[StoreResource]:
    async with rt.db.read() as tx:
        found = await stores.fetch(tx, ctx.account_sid, store)
    if found is None:
        raise NotFound(f"There is no store {store}", code=520041)
    body = StoreResource(
        id=found.store_id,
        display_name=found.display_name,
        description=found.description,
        status=found.status,
        version=found.version,
        data_as_of=utc_text(found.created_at),
        screening=list(found.screening),
    )
    return Response(body, headers={"ETag": etag(found.store_id, found.version)})


@patch(
    "/v1/ControlPlane/Stores/{store_id:str}",
    status_code=202,
    responses=PROBLEMS,
    tags=["Stores"],
    summary="Change a store",
)
async def update(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    data: PatchStore | None = None,
    if_match: IfMatch = None,
) -> Response[OperationAccepted]:
    wanted = data or PatchStore()
    started = await rt.db.write(
        lambda tx: service.patch(
            tx,
            ctx,
            store,
            display_name=wanted.display_name,
            description=wanted.description,
            screening=wanted.screening,
            require_version=lambda version: require_match(if_match, store, version),
        )
    )
    return accepted(request, started, "Memory Store update request accepted for processing.")


@delete(
    "/v1/ControlPlane/Stores/{store_id:str}",
    status_code=202,
    responses=PROBLEMS,
    tags=["Stores"],
    summary="Delete a store with everything in it",
)
async def remove(request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId) -> Response[OperationAccepted]:
    """The store is gone at once. Its contents are erased by a job, which the operation follows."""
    started = await rt.db.write(lambda tx: service.delete(tx, ctx, store))
    return accepted(request, started, "Memory Store deletion request accepted for processing.")
