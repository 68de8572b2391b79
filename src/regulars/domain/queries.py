"""What a customer is after, inferred from how a conversation goes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

from regulars.core import limits
from regulars.domain.transcripts import Turn

_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0edf\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Thai to Khmer, Chinese and Japanese: scripts that set no spaces between words."""
_ASKS: Final = re.compile(r"[?\uff1f\u061f]")
_IDLE_LETTERS: Final = 3
_ACKNOWLEDGES_MAX: Final = 2
_QUESTION_MIN: Final = 5
_STATEMENT_MIN: Final = 10
"""Measured with `regulars bench quality --ask conversation`: a question mostly stands for itself, a statement may lean
on what was said before. More of what came before hurts when the customer has gone on to another matter."""
_ASKED_CHARS_MAX: Final = 300
"""Of a message that the customer answers, from its end."""


class _Block(NamedTuple):
    """What the customer said in a row, the newest first; `asked` is the question that was put to them right before."""

    texts: Sequence[str]
    says: int
    asks: bool
    asked: str


def inferred(turns: Sequence[Turn]) -> str:
    """What the customer said last, and as much of what led to it as it takes to understand it, the newest first.

    Messages in a row are read as one. A short reply is read together with the question that it answers; what only
    acknowledges is passed over. Where the customer said nothing, the others count. Of long messages the end is read.
    Empty when nobody said anything. Never longer than a query may be.
    """
    said = [replace(turn, text=text) for turn in turns if (text := _end_of(turn.text))]
    theirs = [turn for turn in said if turn.by_customer]
    return _joined(_leading_up(list(_blocks(said)))) or _joined(turn.text for turn in reversed(theirs or said))


def _end_of(text: str) -> str:
    """Empty when there are no words."""
    return text.rstrip()[-limits.RECALL_INFERRED_QUERY_TEXT_CHARS :]


def _leading_up(blocks: Sequence[_Block]) -> Iterator[str]:
    """From the newest on, until enough is said. What the customer stated right before a question still belongs to it,
    unless they were asked something in between: that opened the matter."""
    says = needed = 0
    for place, block in enumerate(blocks):
        yield from block.texts
        says += block.says
        needed = needed or (_QUESTION_MIN if block.asks else _STATEMENT_MIN)
        if block.asked and not block.asks and says < needed:
            yield block.asked
            says += _says(block.asked)
            needed = _QUESTION_MIN if _says(block.asked) >= _QUESTION_MIN else needed
        if says >= needed:
            before = blocks[place + 1 : place + 2]
            if block.asks and not block.asked and before and not before[0].asks:
                yield from before[0].texts
            return


def _blocks(said: Sequence[Turn]) -> Iterator[_Block]:
    """Of the customer, the newest first, without those that only acknowledge."""
    runs = [(theirs, [turn.text for turn in of]) for theirs, of in groupby(said, lambda turn: turn.by_customer)]
    for place in range(len(runs) - 1, -1, -1):
        theirs, texts = runs[place]
        asked = _question_in(runs[place - 1][1]) if place else ""
        asks = any(map(_ASKS.search, texts))
        telling = [text for text in reversed(texts) if _says(text)] or texts[::-1]
        says = _says(" ".join(telling))
        if theirs and (says > _ACKNOWLEDGES_MAX or (asked and not asks)):
            yield _Block(telling, says, asks, asked)


def _question_in(texts: Sequence[str]) -> str:
    """What was asked last, with the words that led to it; empty when nothing was."""
    return texts[-1][-_ASKED_CHARS_MAX:] if _ASKS.search(texts[-1]) else ""


def _says(text: str) -> int:
    """How much, in any language. The words that say little are the short ones, so of each only its further letters
    count; where no spaces are set the different characters count, but for the few that a greeting or thanks take."""
    words = set(_WORD.findall(text.casefold()))
    unspaced = set(_UNSPACED.findall(text))
    spaced = (word for word in words if not _UNSPACED.search(word))
    return max(0, len(unspaced) - _IDLE_LETTERS) + sum(max(0, len(word) - _IDLE_LETTERS) for word in spaced)


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)[: limits.RECALL_QUERY_CHARS_MAX]
