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
from regulars.runtime import Runtime
from regulars.services import accounts
from regulars.services.accounts import Principal
from regulars.storage.profiles import Place

_PLACE = "place"
_JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})

ANY_BODY = {"any_body": True}
"""The `opt` of a handler that judges for itself in what form its body came."""


WITH_PLACE = {"with_place": True}
"""The `opt` of a handler that takes `place`: it is read along with the credentials, in the same round trip."""


async def require_principal(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Asks the database at every request, so that a revoked key is refused by every process at once."""
    rt = runtime_of(connection)
    user, password = _basic(connection.headers.get("authorization", ""))
    ids_of_profile = _profile_named(connection) if handler.opt.get("with_place") else None
    async with rt.db.read() as tx:
        if ids_of_profile is None:
            connection.scope["auth"] = await accounts.authenticate(tx, rt.sealer, user, password)
        else:
            principal, place = await accounts.authenticate_with_place(tx, rt.sealer, user, password, *ids_of_profile)
            connection.scope["auth"] = principal
            connection.scope["state"][_PLACE] = place
    if not handler.opt.get("any_body"):
        _require_json(connection)


def provide_ctx(request: ASGIConnection[Any, Principal, Any, Any], rt: Runtime) -> Ctx:
    return rt.ctx(request.scope["auth"])


def provide_store_id(ctx: Ctx, store_id: Annotated[str, Parameter(description="The id of a memory store")]) -> StoreId:
    """A store of the caller's account; somebody else's looks like one that does not exist."""
    if not is_store_id(store_id):
        raise InvalidInput("The store id must look like mem_store_ and 26 characters", code=520049)
    if store_id not in ctx.store_ids:
        raise NotFound(f"There is no store {store_id}", code=520041)
    return StoreId(store_id)


def provide_profile_id(store: StoreId, profile_id: str) -> ProfileId:  # noqa: ARG001
    """After the store: Litestar starts a group of tasks for what can be provided at once, which costs more."""
    return ProfileId(checked(ids.PROFILE, profile_id, "profile"))


def provide_place(request: ASGIConnection[Any, Any, Any, Any], profile: ProfileId) -> Place | None:  # noqa: ARG001
    """Of a profile in a store of the caller; None when there is none. Only for handlers with `WITH_PLACE`."""
    return request.scope["state"][_PLACE]


def provide_conversation_id(ctx: Ctx, conversation_id: str) -> ConversationId:  # noqa: ARG001
    """After the caller, for the same reason as the profile."""
    return ConversationId(checked(ids.CONVERSATION, conversation_id, "conversation"))


def is_store_id(value: str) -> bool:
    return ids.is_id(ids.STORE, value) or ids.is_id(ids.STORE_LEGACY, value)


def checked(prefix: str, value: str, noun: str) -> str:
    if not ids.is_id(prefix, value):
        raise InvalidInput(f"The {noun} id must look like {prefix}_ and 26 characters")
    return value


def _profile_named(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[StoreId, ProfileId] | None:
    """None when there can be no such profile; the handler will say why."""
    store_id, profile_id = connection.path_params["store_id"], connection.path_params["profile_id"]
    if not (is_store_id(store_id) and ids.is_id(ids.PROFILE, profile_id)):
        return None
    return StoreId(store_id), ProfileId(profile_id)


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
