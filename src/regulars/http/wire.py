"""The outermost layer: request ids, compressed bodies, query names of any case, one log line a request."""

import zlib
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import structlog
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from regulars.core import limits
from regulars.core.errors import InvalidInput

_PIECE_BYTES: Final = 64 * 1024
_WINDOW_BITS: Final = {b"gzip": 31, b"x-gzip": 31, b"deflate": 47}
"""For zlib: 31 reads gzip, 47 finds out between gzip and zlib by itself."""

_SIGNED: Final = "/webhooks/"
"""The sender signed the address as it was written: nothing of it may change on the way."""

log = structlog.get_logger()


class Wire:
    """Wraps the application. `mint_request_id` and `elapsed_ms` come from the composition root."""

    def __init__(self, app: ASGIApp, *, new_request_id: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._app = app
        self._new_request_id = new_request_id
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _offered_id(scope) or self._new_request_id()
        started = self._monotonic()
        status = 500

        async def send_with_id(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        if not scope["path"].startswith(_SIGNED):
            scope["query_string"] = _lower_first(scope["query_string"])
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, _decoded(scope, receive), send_with_id)
            finally:
                elapsed_ms = round((self._monotonic() - started) * 1000, 1)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["raw_path"].decode("latin-1"),
                    status=status,
                    ms=elapsed_ms,
                )


def _offered_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            plain = text.isascii() and text.replace("-", "").replace("_", "").isalnum()
            return text if plain and len(text) <= limits.REQUEST_ID_CHARS_MAX else None
    return None


def _lower_first(query: bytes) -> bytes:
    """`PageSize` and `Status` mean `pageSize` and `status`: published samples write both (§8a Q12)."""
    if not query or not any(part[:1].isupper() for part in query.split(b"&")):
        return query
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name[:1].lower() + name[1:], value) for name, value in pairs]).encode()


def _decoded(scope: Scope, receive: Receive) -> Receive:
    """Unpacks a compressed body piece by piece while it is read, so that the cap on bodies counts what comes out."""
    encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), b"identity").lower()
    if encoding == b"identity":
        return receive
    inflater = zlib.decompressobj(_WINDOW_BITS.get(encoding, 0)) if encoding in _WINDOW_BITS else None
    rest = b""
    last = False

    async def receive_decoded() -> Any:
        nonlocal rest, last
        if inflater is None:
            raise HTTPException(status_code=415, detail="Send the body plain, or compressed with gzip or deflate")
        if not rest and not last:
            message: Any = await receive()
            if message["type"] != "http.request":
                return message
            rest, last = message.get("body", b""), not message.get("more_body", False)
        if inflater.eof and rest:
            raise InvalidInput("The compressed body goes on after its end")
        piece, rest = _inflate(inflater, rest)
        if last and not rest and not inflater.eof and not piece:
            raise InvalidInput("The compressed body ends too early")
        return {"type": "http.request", "body": piece, "more_body": not (last and not rest and inflater.eof)}

    return receive_decoded


def _inflate(inflater: Any, data: bytes) -> tuple[bytes, bytes]:
    """At most one piece, and what is left to unpack."""
    try:
        piece: bytes = inflater.decompress(data, _PIECE_BYTES)
    except zlib.error:
        raise InvalidInput("The body is not in the encoding that Content-Encoding names") from None
    return piece, inflater.unused_data or inflater.unconsumed_tail
