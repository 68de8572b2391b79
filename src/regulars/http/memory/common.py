"""Types and answers that the Memory API's endpoints share."""

from typing import Annotated

import msgspec
from litestar.params import Parameter
from msgspec import Meta

from regulars.core import ids, limits
from regulars.core.text import whole

ConversationIdText = Annotated[str, Meta(pattern=ids.pattern(ids.CONVERSATION))]
Content = Annotated[str, Meta(min_length=1, max_length=limits.MEMORY_CONTENT_CHARS_MAX)]
Source = Annotated[str, Meta(min_length=1, max_length=limits.SOURCE_CHARS_MAX, pattern=whole(r"[a-zA-Z0-9 _./-]+"))]
IdType = Annotated[str, Meta(min_length=limits.IDENTIFIER_TYPE_CHARS_MIN, max_length=limits.IDENTIFIER_TYPE_CHARS_MAX)]
IdentifierValue = Annotated[str, Meta(min_length=1, max_length=limits.IDENTIFIER_VALUE_CHARS_MAX)]
Idempotency = Annotated[
    str | None,
    Parameter(
        header="Idempotency-Key",
        description="A UUID. Within 24 hours the same key on the same profile adds nothing again",
        pattern=whole(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ),
]
GroupFilter = Annotated[
    list[Annotated[str, Meta(max_length=limits.TRAIT_GROUPS_FILTER_CHARS_MAX)]] | None,
    Parameter(
        query="traitGroups",
        description="Names of the trait groups to show, separated by commas or one a parameter; all when absent",
    ),
]


class Accepted(msgspec.Struct, frozen=True):
    """Done by the time it is answered: the next read sees it."""

    message: str


def group_names(trait_groups: list[str] | None) -> frozenset[str] | None:
    """The names in the filter, in lower case; None when it asks for all."""
    names = ",".join(trait_groups or ()).split(",")
    return frozenset(name.strip().lower() for name in names if name.strip()) or None
