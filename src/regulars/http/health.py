"""Probes for whoever runs the server."""

import msgspec
from litestar import get

from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime


class Health(msgspec.Struct, frozen=True):
    status: str


@get("/health/live", responses=PROBLEMS, tags=["Health"], summary="Whether the process answers")
async def live() -> Health:
    """Does not touch the database: a database that is down is no reason to restart this process."""
    return Health("live")


@get("/health/ready", responses=PROBLEMS, tags=["Health"], summary="Whether requests can be served")
async def ready(rt: Runtime) -> Health:
    """503 while the database does not answer. In its first second or two a server may still be loading the local
    model: a query asked then waits for it."""
    await rt.db.ping()
    return Health("ready")
