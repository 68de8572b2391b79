"""Operations of both control planes, and the answers that point to them (contract §1.6)."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.times import utc_text
from regulars.domain.operations import Operation
from regulars.http.origin import origin
from regulars.http.problems import PROBLEMS, explained_at
from regulars.runtime import Runtime
from regulars.services.operations import Started
from regulars.storage import operations


class OperationResult(msgspec.Struct, frozen=True):
    type: str
    id: str


class OperationProblem(msgspec.Struct, frozen=True):
    type: str
    title: str
    status: int
    code: int
    detail: str


class MemoryOperation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`report` is ours: what became of each of many profiles."""

    operation_id: str
    status: str
    status_url: str
    created_at: str
    completed_at: str | None = None
    result: OperationResult | None = None
    error: OperationProblem | None = None
    report: dict[str, Any] | None = None


class OperationAccepted(msgspec.Struct, frozen=True, rename="camel"):
    message: str
    status_url: str


class ConversationsOperation(msgspec.Struct, frozen=True, rename="camel"):
    operation_id: str
    status: str
    status_url: str
    created_at: str
    completed_at: str | None
    related: dict[str, str]
    error: OperationProblem | None


@get(
    "/v1/ControlPlane/Operations/{operation_id:str}",
    responses=PROBLEMS,
    tags=["Operations"],
    summary="Fetch a memory operation",
)
async def fetch_memory(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, operation_id: str
) -> Response[MemoryOperation]:
    found = await _require(rt, ctx, ids.MEMORY_OPERATION, operation_id)
    body = MemoryOperation(
        operation_id=found.operation_id,
        status=found.status,
        status_url=status_url(request, "v1", found.operation_id),
        created_at=utc_text(found.created_at),
        completed_at=utc_text(found.completed_at) if found.completed_at else None,
        result=OperationResult("RESOURCE_ID", found.resource_id) if found.status == "COMPLETED" else None,
        error=_problem(found),
        report=None if found.report is None else dict(found.report),
    )
    return Response(body, headers={"Operation-Id": found.operation_id, "Retry-After": "1"})


@get(
    "/v2/ControlPlane/Operations/{operation_id:str}",
    responses=PROBLEMS,
    tags=["Operations"],
    summary="Fetch a conversations operation",
)
async def fetch_conversations(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, operation_id: str
) -> ConversationsOperation:
    found = await _require(rt, ctx, ids.CONVERSATIONS_OPERATION, operation_id)
    return ConversationsOperation(
        operation_id=found.operation_id,
        status="PENDING" if found.status == "RUNNING" else found.status,
        status_url=status_url(request, "v2", found.operation_id),
        created_at=utc_text(found.created_at),
        completed_at=utc_text(found.completed_at) if found.completed_at else None,
        related=related(found.resource_id),
        error=_problem(found),
    )


def status_url(request: Request[Any, Any, Any], version: str, operation_id: str) -> str:
    """Under the address that the caller used, so that whoever polls it comes back here."""
    return f"{origin(request)}/{version}/ControlPlane/Operations/{operation_id}"


def headers_of(started: Started, url: str) -> dict[str, str]:
    return {"Operation-Id": started.operation_id, "Location": url, "Retry-After": "1"}


def accepted(request: Request[Any, Any, Any], started: Started, message: str) -> Response[OperationAccepted]:
    """The answer of every write of the memory control plane."""
    url = status_url(request, "v1", started.operation_id)
    return Response(OperationAccepted(message, url), headers=headers_of(started, url))


def related(resource_id: str) -> dict[str, str]:
    noun = resource_id.removeprefix("conv_").partition("_")[0]
    return {f"{noun}Id": resource_id}


def _problem(found: Operation) -> OperationProblem | None:
    error = found.error
    if error is None:
        return None
    return OperationProblem(
        explained_at(error.code),
        error.title,
        error.status,
        error.code,
        error.detail[: limits.ERROR_MESSAGE_CHARS_MAX],
    )


async def _require(rt: Runtime, ctx: Ctx, prefix: str, operation_id: str) -> Operation:
    async with rt.db.read() as tx:
        found = await operations.fetch(tx, ctx.account_sid, operation_id)
    if found is None or not ids.is_id(prefix, operation_id):
        raise NotFound(f"There is no operation {operation_id[:64]}")
    return found
