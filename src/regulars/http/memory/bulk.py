"""Many profiles in one request (contract §2.8)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, put
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.ids import StoreId
from regulars.core.times import utc_text
from regulars.http.memory.profiles import CreateProfile
from regulars.http.operations import headers_of, status_url
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import bulk as service


class BulkProfiles(msgspec.Struct, frozen=True):
    profiles: Annotated[list[CreateProfile], Limits(min_length=1, max_length=limits.PROFILES_PER_BULK_MAX)]


class BulkAccepted(msgspec.Struct, frozen=True, rename="camel"):
    """The operation ends with a `report` of what became of each profile."""

    message: str
    operation_id: str
    created_at: str
    status_url: str


@put(
    "/v1/Stores/{store_id:str}/Profiles/Bulk",
    status_code=202,
    responses=PROBLEMS,
    tags=["Profiles"],
    summary="Create or update many profiles",
)
async def apply(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    data: BulkProfiles,  # noqa: ARG001 - decoding it is the check
) -> Response[BulkAccepted]:
    """A job applies what was taken here as it came."""
    payload = await request.body()
    started = await rt.db.write(lambda tx: service.accept(tx, ctx, store, payload))
    url = status_url(request, "v1", started.operation_id)
    body = BulkAccepted("Profile batch accepted for processing.", started.operation_id, utc_text(ctx.now), url)
    return Response(body, headers=headers_of(started, url))
