"""A conversation as a model reads it, and what a model may propose from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from regulars.domain.screening import SCREENED_BY_DEFAULT

_SHORT_CHARS: Final = 240
"""What is shorter often means little by itself."""
BEFORE_CHARS: Final = 240


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `by_customer` is true for the customer whom the memory is about, and for nobody else."""

    communication_id: str
    by_customer: bool
    speaker: str
    text: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns in the order they were written. Those from index `fresh_from` on were not extracted before;
    the earlier ones are context. `customer_name` is what the business calls the customer, when it knows. `screened` are
    the categories of sensitive data that must not be remembered (`domain.screening`)."""

    turns: tuple[Turn, ...]
    fresh_from: int = 0
    customer_name: str | None = None
    screened: frozenset[str] = SCREENED_BY_DEFAULT

    @property
    def fresh(self) -> tuple[Turn, ...]:
        return self.turns[self.fresh_from :]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An observation proposed, not yet stored.

    `attribute` names what it is about when only one such statement can hold at a time, for example
    ``contact preference``: a later candidate with the same attribute replaces the earlier. None when many can hold.
    `confidence` in [0, 1]: how sure it is that this was said and meant. `flags`: ``INSTRUCTION`` when a message that it
    rests on addresses the machine that reads it.
    """

    content: str
    occurred_at: datetime
    communication_ids: tuple[str, ...]
    attribute: str | None = None
    confidence: float = 1.0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor made of the fresh turns. `by` is "rules" or the name of a model; `dropped` counts, by reason,
    what it thought of and did not propose."""

    candidates: list[Candidate]
    by: str
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Digest:
    """A summary and the messages that its sentences rest on. No content: there was nothing to tell."""

    content: str
    communication_ids: tuple[str, ...]
    by: str


def in_context(speaker: str, text: str, before: tuple[str, str] | None) -> str:
    """What a vector of something said is made from: who said it and, where it is short, the end of what it answers.

    `before` is the speaker and the text of what was said directly before in the same conversation.
    """
    said = _line(speaker, text)
    if before is None or len(text) > _SHORT_CHARS:
        return said
    return f"{_line(before[0], before[1][-BEFORE_CHARS:])}\n{said}"


def _line(speaker: str, text: str) -> str:
    """Who has no name has a number, which says nothing."""
    return f"{speaker}: {text}" if any(map(str.isalpha, speaker)) else text
