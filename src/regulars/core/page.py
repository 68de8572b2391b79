"""Keyset pages: a token carries the place in the order, so what is inserted meanwhile never repeats a row."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from regulars.core import limits
from regulars.core.errors import InvalidInput

T = TypeVar("T")

Order = Literal["ASC", "DESC"]

_FIRST: Final = {"ASC": "", "DESC": "\x7f"}
"""Before the first key of either order; keys are ASCII and compared bytewise."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`key` is the last key seen, exclusive. `backwards` asks for what stands before it."""

    size: int = limits.PAGE_SIZE_DEFAULT
    order: Order = "DESC"
    key: str = ""
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next_token: str | None = None
    previous_token: str | None = None


def page_request(size: int | None, token: str | None, order: str | None, *, size_max: int) -> PageRequest:
    """Clamps the size to what the list can carry; refuses sizes outside 1 to 1000, foreign tokens and orders."""
    if size is not None and not 1 <= size <= limits.PAGE_SIZE_MAX:
        raise InvalidInput(f"pageSize must be between 1 and {limits.PAGE_SIZE_MAX}")
    chosen = (order or "DESC").upper()
    if chosen not in ("ASC", "DESC"):
        raise InvalidInput("orderBy must be ASC or DESC")
    key, backwards = _decode(token) if token else ("", False)
    return PageRequest(
        size=min(size or limits.PAGE_SIZE_DEFAULT, size_max),
        order="ASC" if chosen == "ASC" else "DESC",
        key=key,
        backwards=backwards,
    )


async def paginate(
    request: PageRequest,
    fetch: Callable[[Order, str, int], Awaitable[list[T]]],
    key_of: Callable[[T], str],
) -> Page[T]:
    """`fetch(order, after, limit)` returns rows strictly after a key; one row too many tells that it goes on."""
    order: Order = request.order
    if request.backwards:
        order = "DESC" if order == "ASC" else "ASC"
    rows = await fetch(order, request.key or _FIRST[order], request.size + 1)
    more = len(rows) > request.size
    items = rows[: request.size]
    if request.backwards:
        items.reverse()
    if not items:
        return Page(items)
    has_next = True if request.backwards else more
    has_previous = more if request.backwards else bool(request.key)
    return Page(
        items,
        next_token=_encode("n", key_of(items[-1])) if has_next else None,
        previous_token=_encode("p", key_of(items[0])) if has_previous else None,
    )


def _encode(direction: str, key: str) -> str:
    return base64.urlsafe_b64encode(f"{direction}{key}".encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[str, bool]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (ValueError, binascii.Error, UnicodeDecodeError):
        text = ""
    if len(token) > limits.PAGE_TOKEN_CHARS_MAX or text[:1] not in ("n", "p") or not text[1:].isprintable():
        raise InvalidInput("pageToken is not one that this server gave out")
    return text[1:], text[0] == "p"
