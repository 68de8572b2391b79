"""Who a request is. Runs before the body is read."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, cast

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.params import Parameter

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound, Unauthenticated
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.http.state import runtime_of
from regulars.services import accounts
from regulars.services.accounts import Principal

_JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})

ANY_BODY = {"any_body": True}
"""The `opt` of a handler that judges for itself in what form its body came."""


async def require_principal(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Asks the database at every request, so that a revoked key is refused by every process at once."""
    runtime = runtime_of(connection)
    user, password = _basic(connection.headers.get("authorization", ""))
    async with runtime.db.read() as tx:
        principal = await accounts.authenticate(tx, runtime.sealer, user, password)
    connection.scope["auth"] = principal
    if not handler.opt.get("any_body"):
        _require_json(connection)


def provide_ctx(request: ASGIConnection[Any, Principal, Any, Any]) -> Ctx:
    return runtime_of(request).ctx(request.scope["auth"])


def provide_store_id(ctx: Ctx, store_id: Annotated[str, Parameter(description="The id of a memory store")]) -> StoreId:
    """A store of the caller's account; somebody else's looks like one that does not exist."""
    if not (ids.is_id(ids.STORE, store_id) or ids.is_id(ids.STORE_LEGACY, store_id)):
        raise InvalidInput("The store id must look like mem_store_ and 26 characters", code=520049)
    if store_id not in ctx.store_ids:
        raise NotFound(f"There is no store {store_id}", code=520041)
    return StoreId(store_id)


def provide_profile_id(profile_id: str) -> ProfileId:
    return ProfileId(checked(ids.PROFILE, profile_id, "profile"))


def provide_conversation_id(conversation_id: str) -> ConversationId:
    return ConversationId(checked(ids.CONVERSATION, conversation_id, "conversation"))


def checked(prefix: str, value: str, noun: str) -> str:
    if not ids.is_id(prefix, value):
        raise InvalidInput(f"The {noun} id must look like {prefix}_ and 26 characters")
    return value


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated("Authenticate with HTTP Basic: an API key and its secret")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated("The Authorization header is not valid HTTP Basic") from None
    return user, password


def _require_json(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """GET and DELETE may carry any Content-Type: the Python SDK sends one of forms with its lists (§8a Q11)."""
    content_type = connection.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    is_json = content_type == "application/json" or content_type.endswith("+json")
    if _method(connection) in _JSON_METHODS and not is_json:
        raise HTTPException(status_code=415, detail="Send the body as application/json")


def _method(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return cast("Mapping[str, str]", connection.scope)["method"]
