"""Lists: their parameters and their `meta` (contract §1.4)."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar.di import Provide
from litestar.params import Parameter

from regulars.core.page import Page, PageRequest, page_request

PageSize = Annotated[int | None, Parameter(query="pageSize", description="How many items to return", ge=1, le=1000)]
PageToken = Annotated[
    str | None, Parameter(query="pageToken", description="From `meta` of another page", max_length=4096)
]
OrderBy = Annotated[str | None, Parameter(query="orderBy", description="ASC or DESC by creation")]


class Meta(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`key` names the list: both SDKs need it."""

    key: str
    page_size: int
    next_token: str | None = None
    previous_token: str | None = None


def meta(key: str, page: Page[Any]) -> Meta:
    return Meta(key, len(page.items), page.next_token, page.previous_token)


def paged(size_max: int) -> Provide:
    """A dependency that reads the parameters of a list whose pages hold at most `size_max` items."""
    return Provide(_reader(size_max), sync_to_thread=False)


def _reader(size_max: int) -> Callable[..., PageRequest]:
    def read(page_size: PageSize = None, page_token: PageToken = None, order_by: OrderBy = None) -> PageRequest:
        return page_request(page_size, page_token, order_by, size_max=size_max)

    return read
