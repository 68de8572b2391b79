"""The Idempotency-Key header of the Orchestrator, and what makes two requests the same (contract §1.7)."""

import hashlib
from typing import Annotated, Any

from litestar import Request
from litestar.params import Parameter

from regulars.core.text import whole

IdempotencyKey = Annotated[
    str | None,
    Parameter(
        header="Idempotency-Key",
        description="A UUID. Within 24 hours the same key is answered as it was the first time, and nothing is done",
        pattern=whole(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ),
]


async def fingerprint(request: Request[Any, Any, Any]) -> str:
    """Method, path and digest of the body."""
    digest = hashlib.sha256(await request.body()).hexdigest()
    return f"{request.method} {request.scope['path']} {digest}"
