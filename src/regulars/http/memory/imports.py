"""Imports of profiles from CSV files (contract §2.9)."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post, put
from litestar.datastructures import ResponseHeader
from litestar.exceptions import InternalServerException
from litestar.openapi import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.csv_rows import csv_line
from regulars.domain.imports import ColumnMapping, Import
from regulars.http.auth import checked
from regulars.http.operations import status_url
from regulars.http.origin import origin
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime, clock, mint
from regulars.services import imports as service
from regulars.storage import imports

_PIECE_BYTES: Final = 256 * 1024
_PROBLEMS_AT_ONCE: Final = 1000

Filename = Annotated[str, Limits(min_length=1, max_length=limits.IMPORT_FILENAME_CHARS_MAX)]
FileSize = Annotated[int, Limits(ge=1, le=limits.IMPORT_FILE_BYTES_MAX)]
Column = Annotated[str, Limits(min_length=1, max_length=limits.IMPORT_COLUMN_CHARS_MAX)]
GroupName = Annotated[str, Limits(min_length=1, max_length=limits.TRAIT_GROUP_NAME_CHARS_MAX)]
TraitName = Annotated[str, Limits(min_length=1, max_length=limits.TRAIT_NAME_CHARS_MAX)]


class NewColumnMapping(msgspec.Struct, frozen=True, rename="camel"):
    column_name: Column
    trait_group: GroupName
    trait_name: TraitName


class CreateImport(msgspec.Struct, frozen=True, rename="camel"):
    filename: Filename
    file_size: FileSize
    column_mappings: Annotated[
        list[NewColumnMapping], Limits(min_length=limits.IMPORT_COLUMNS_MIN, max_length=limits.IMPORT_COLUMNS_MAX)
    ]


class ImportCreated(msgspec.Struct, frozen=True, rename="camel"):
    """`url` takes the file by PUT, once, without credentials, for half an hour."""

    import_id: str
    url: str
    operation_id: str
    created_at: str
    status_url: str


class Summary(msgspec.Struct, frozen=True):
    """`errors` counts rows that were not written, `warnings` traits that could not be."""

    errors: int
    warnings: int


class Progress(msgspec.Struct, frozen=True):
    rows: int
    bytes: int


class ImportResource(msgspec.Struct, frozen=True, rename="camel"):
    """`progress` and `failure` are ours."""

    status: str
    filename: str
    file_size: int
    column_mappings: list[ColumnMapping]
    summary: Summary
    progress: Progress
    failure: str | None
    created_at: str
    updated_at: str


class ImportList(msgspec.Struct, frozen=True):
    imports: list[str]
    meta: Meta


class FileReceived(msgspec.Struct, frozen=True):
    message: str


@post(
    "/v1/Stores/{store_id:str}/Profiles/Imports",
    status_code=201,
    responses=PROBLEMS,
    tags=["Imports"],
    summary="Declare an import",
    response_headers=[ResponseHeader(name="Location", description="Of the import", documentation_only=True)],
)
async def create(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, store: StoreId, data: CreateImport
) -> Response[ImportCreated]:
    mappings = [ColumnMapping(one.column_name, one.trait_group, one.trait_name) for one in data.column_mappings]
    created = await rt.db.write(
        lambda tx: service.create(tx, ctx, store, filename=data.filename, file_size=data.file_size, mappings=mappings)
    )
    place = f"{origin(request)}/v1/Stores/{store}/Profiles/Imports/{created.import_id}"
    body = ImportCreated(
        import_id=created.import_id,
        url=f"{place}/File?token={service.token_of(rt.sealer, ctx.now, store, created.import_id)}",
        operation_id=created.operation_id,
        created_at=utc_text(created.created_at),
        status_url=status_url(request, "v1", created.operation_id),
    )
    return Response(body, headers={"Operation-Id": created.operation_id, "Location": place, "Retry-After": "1"})


@put(
    "/v1/Stores/{store_id:str}/Profiles/Imports/{import_id:str}/File",
    status_code=200,
    responses=PROBLEMS,
    tags=["Imports"],
    summary="Upload the file of an import",
    request_max_body_size=limits.IMPORT_FILE_BYTES_MAX,
)
async def receive(
    request: Request[Any, Any, Any],
    rt: Runtime,
    store_id: str,
    import_id: str,
    token: Annotated[str, Parameter(description="As in the `url` of the import")] = "",
) -> FileReceived:
    """Whoever has the link may use it: it stands for credentials."""
    now = clock()
    service.check_token(rt.sealer, now, token, store_id, import_id)
    await service.receive(rt.db, mint, now, StoreId(store_id), import_id, _pieces(request))
    return FileReceived("Import file accepted for processing.")


@get(
    "/v1/Stores/{store_id:str}/Profiles/Imports",
    responses=PROBLEMS,
    tags=["Imports"],
    summary="List the ids of all imports",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def list_all(rt: Runtime, store: StoreId, page: PageRequest) -> ImportList:
    async with rt.db.read() as tx:
        found = await paginate(page, lambda order, key, limit: imports.list_ids(tx, store, order, key, limit), str)
    return ImportList(list(found.items), meta("imports", found))


@get(
    "/v1/Stores/{store_id:str}/Profiles/Imports/{import_id:str}",
    responses=PROBLEMS,
    tags=["Imports"],
    summary="Fetch an import",
)
async def fetch(rt: Runtime, store: StoreId, import_id: str) -> ImportResource:
    async with rt.db.read() as tx:
        return _resource(await imports.require(tx, store, checked(ids.IMPORT, import_id, "import")))


@get(
    "/v1/Stores/{store_id:str}/Profiles/Imports/{import_id:str}/Problems",
    responses={**PROBLEMS, 200: ResponseSpec(str, description="Lines of CSV", media_type="text/csv")},
    tags=["Imports"],
    summary="Download what was wrong with the rows of an import",
    media_type="text/csv",
)
async def list_problems(rt: Runtime, store: StoreId, import_id: str) -> Stream:
    """In the order of the file: the line, ERROR or WARNING, and why. The first 10,000."""
    async with rt.db.read() as tx:
        found = await imports.require(tx, store, checked(ids.IMPORT, import_id, "import"))
    headers = {"Content-Disposition": f'attachment; filename="{found.import_id}-problems.csv"'}
    return Stream(_problems(rt, store, found.import_id), media_type="text/csv", headers=headers)


async def _problems(rt: Runtime, store: StoreId, import_id: str) -> AsyncIterator[str]:
    yield csv_line(("line", "severity", "reason"))
    after = (0, 0)
    while True:
        async with rt.db.read() as tx:
            found = await imports.list_problems(tx, store, import_id, after=after, limit=_PROBLEMS_AT_ONCE)
        if not found:
            return
        yield "".join(csv_line((str(one.line), one.severity, one.reason)) for one in found)
        after = (found[-1].line, found[-1].position)


async def _pieces(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The body in pieces of one size, whatever the sizes in which it arrives."""
    gathered = bytearray()
    try:
        async for part in request.stream():
            gathered += part
            while len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered[:_PIECE_BYTES])
                del gathered[:_PIECE_BYTES]
    except InternalServerException:
        raise InvalidInput("The upload broke off") from None
    if gathered:
        yield bytes(gathered)


def _resource(one: Import) -> ImportResource:
    return ImportResource(
        status=one.status,
        filename=one.filename,
        file_size=one.file_size,
        column_mappings=list(one.column_mappings),
        summary=Summary(one.errors, one.warnings),
        progress=Progress(one.rows_done, one.bytes_done),
        failure=one.failure,
        created_at=utc_text(one.created_at),
        updated_at=utc_text(one.updated_at),
    )
