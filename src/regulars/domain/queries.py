"""What a customer is after, inferred from how a conversation goes."""

import re
from collections.abc import Sequence
from typing import Final

from regulars.core import limits
from regulars.domain.transcripts import Turn

_WORDS: Final = re.compile(r"\w+")
_TURNS_USED_MAX: Final = 3
_WORDS_TELLING_MIN: Final = 3


def inferred(turns: Sequence[Turn]) -> str:
    """The newest turns of the customer that say something, the newest first; without any, of whoever spoke.

    Empty when nobody said anything. Never longer than a query may be.
    """
    theirs = [turn.text for turn in turns if turn.by_customer and turn.text.strip()]
    spoken = theirs or [turn.text for turn in turns if turn.text.strip()]
    telling = [text for text in spoken if len(_WORDS.findall(text)) >= _WORDS_TELLING_MIN] or spoken
    newest_first = telling[: -_TURNS_USED_MAX - 1 : -1]
    return "\n".join(newest_first)[: limits.RECALL_QUERY_CHARS_MAX]
