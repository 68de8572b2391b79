"""Versions of resources as ETags, and the If-Match that holds on to one (contract §1.7)."""

import base64
from typing import Annotated, Final

import msgspec
from litestar.params import Parameter

from regulars.core import limits
from regulars.core.errors import PreconditionFailed

IfMatch = Annotated[
    str | None,
    Parameter(
        header="If-Match",
        description="The ETag of the version to change; without it any version is",
        max_length=limits.IF_MATCH_CHARS_MAX,
    ),
]

_ID_CHARS_MAX: Final = 48
"""Of a longer id the ETag holds the beginning, so that it fits into an If-Match."""


def etag(resource_id: str, version: int) -> str:
    return f'"{_token(resource_id, version)}"'


def require_match(header: str | None, resource_id: str, version: int) -> None:
    """Raises PreconditionFailed when the header names other versions than this one."""
    if header is None:
        return
    offered = {one.strip().removeprefix("W/").strip('"') for one in header.split(",")}
    if not offered & {"*", _token(resource_id, version)}:
        raise PreconditionFailed("If-Match names another version than the one that is there")


def _token(resource_id: str, version: int) -> str:
    token = msgspec.json.encode({"id": resource_id[:_ID_CHARS_MAX], "v": version})
    return base64.urlsafe_b64encode(token).decode().rstrip("=")
