"""Every error as the one body that Twilio's clients understand (contract §1.5)."""

from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec

from regulars.core import limits
from regulars.core.errors import (
    Conflict,
    Forbidden,
    GroupTaken,
    InvalidInput,
    Moved,
    NotFound,
    NotReady,
    PreconditionFailed,
    RegularsError,
    Unauthenticated,
)
from regulars.http.origin import origin
from regulars.telemetry import frames_of

STATUSES: Final[dict[type[RegularsError], int]] = {
    InvalidInput: 400,
    PreconditionFailed: 412,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    NotReady: 503,
    RegularsError: 500,
}
_CODES: Final = {401: 20003, 403: 403, 404: 20404, 409: 20409, 412: 20412, 429: 20429, 500: 20500, 503: 20503}
_HEADERS: Final = {401: {"WWW-Authenticate": 'Basic realm="Regulars"'}, 503: {"Retry-After": "1"}}
_NO_BODY: Final = "'data'"
"""All that the framework says about a body that is missing."""
_INTERNAL: Final = "Something went wrong on the server. The request id leads to the log line."

log = structlog.get_logger()


class TwilioError(msgspec.Struct, frozen=True):
    """The only error body."""

    code: int
    message: str
    more_info: str
    status: int


class MovedBody(msgspec.Struct, frozen=True):
    """What a merged profile answers; `uri` is the same address at its canonical profile."""

    message: str
    uri: str


_MEANINGS: Final = {
    400: "The request breaks a rule; the message says which",
    401: "No credentials, or wrong or revoked ones",
    403: "Not allowed",
    404: "There is no such thing in this account",
    409: "It conflicts with what is there",
    412: "If-Match names another version than the one that is there",
    413: "The body is too large",
    415: "The body is not JSON",
    500: "The server failed",
    503: "The server cannot answer right now",
}

PROBLEMS: Final = {status: ResponseSpec(TwilioError, description=text) for status, text in _MEANINGS.items()}
"""For the API description of every route."""

_MOVED_MEANING: Final = "The profile was merged into the one that Location names"
READ_PROBLEMS: Final = {**PROBLEMS, 301: ResponseSpec(MovedBody, description=_MOVED_MEANING)}
"""For reads of a profile."""
WRITE_PROBLEMS: Final = {**PROBLEMS, 308: ResponseSpec(MovedBody, description=_MOVED_MEANING)}
"""For writes to a profile, and Recall."""


def problem(status: int, message: str, *, code: int | None = None) -> Response[TwilioError]:
    known = code if code is not None else _CODES.get(status, status)
    body = TwilioError(
        code=known,
        message=message[: limits.ERROR_MESSAGE_CHARS_MAX],
        more_info=explained_at(known),
        status=status,
    )
    return Response(body, status_code=status, headers=_HEADERS.get(status), media_type="application/json")


def explained_at(code: int) -> str:
    """The page about an error code."""
    return f"https://www.twilio.com/docs/api/errors/{code}"


def on_moved(request: Request[Any, Any, Any], error: Moved) -> Response[MovedBody]:
    """301 for reads and 308 for the rest, never to be kept by a cache: a merge can be undone."""
    path = quote(request.scope["path"].replace(error.profile_id, error.canonical_id, 1), safe="/~!$&'()*+,;=:@")
    query = request.scope["query_string"].decode("latin-1")
    uri = f"{origin(request)}{path}{'?' if query else ''}{query}"
    headers = {"Location": uri, "Canonical-Profile-Id": error.canonical_id, "Cache-Control": "no-store"}
    status = 301 if request.method in ("GET", "HEAD") else 308
    return Response(MovedBody(error.message, uri), status_code=status, headers=headers, media_type="application/json")


def on_regulars_error(_: Request[Any, Any, Any], error: RegularsError) -> Response[TwilioError]:
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if status == 500:
        return on_unexpected(_, error)
    response = problem(status, error.message, code=error.code)
    if isinstance(error, GroupTaken):
        response.headers["X-Conflicting-Resource-Id"] = error.conversation_id
    return response


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[TwilioError]:
    """What the framework refuses: unknown paths and methods, bodies and parameters of another shape."""
    if error.status_code >= 500:
        return on_unexpected(_, error)
    response = problem(error.status_code, _explained(error))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def on_too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[TwilioError]:
    """The decoder descends into a body as deep as it goes, and gives up somewhere past a thousand levels."""
    return problem(400, "The body is nested too deeply")


def on_no_utf8(_: Request[Any, Any, Any], __: UnicodeDecodeError) -> Response[TwilioError]:
    """The decoder tells this apart from JSON that is malformed."""
    return problem(400, "The body is not in UTF-8")


def on_unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[TwilioError]:
    """The log has where it happened; neither the caller nor the log has what was in the request."""
    log.error("request_crashed", error=type(error).__name__, frames=frames_of(error))
    return problem(500, _INTERNAL)


def _explained(error: HTTPException) -> str:
    """Says which field is wrong and how, without repeating what was sent."""
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        details: list[dict[str, str]] = error.extra
        return "; ".join(f"{_field(detail.get('key', ''))}: {_plain(detail.get('message', ''))}" for detail in details)
    return {404: "There is nothing at this address", 405: "This address does not take that method"}.get(
        error.status_code, _plain(error.detail)
    )


def _field(key: str) -> str:
    """As the caller spells it: handlers name parameters in snake case."""
    head, *words = key.split("_")
    return {"data": "body", "": "body"}.get(key) or head + "".join(word.capitalize() for word in words)


def _plain(text: str) -> str:
    if text == _NO_BODY:
        return "There is none, and JSON is needed"
    return text.split("'", 1)[0].strip(" -:") if "Invalid enum value" in text else text
