"""Types and answers that the Memory API's endpoints share."""

from typing import Annotated

import msgspec
from msgspec import Meta

from regulars.core import ids, limits
from regulars.core.text import whole

ConversationIdText = Annotated[str, Meta(pattern=ids.pattern(ids.CONVERSATION))]
Content = Annotated[str, Meta(min_length=1, max_length=limits.MEMORY_CONTENT_CHARS_MAX)]
Source = Annotated[str, Meta(min_length=1, max_length=limits.SOURCE_CHARS_MAX, pattern=whole(r"[a-zA-Z0-9 _./-]+"))]
IdType = Annotated[str, Meta(min_length=limits.IDENTIFIER_TYPE_CHARS_MIN, max_length=limits.IDENTIFIER_TYPE_CHARS_MAX)]
IdentifierValue = Annotated[str, Meta(min_length=1, max_length=limits.IDENTIFIER_VALUE_CHARS_MAX)]


class Accepted(msgspec.Struct, frozen=True):
    """Done by the time it is answered: the next read sees it."""

    message: str
