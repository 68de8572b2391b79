"""A conversation as a model reads it, and what a model may propose from it."""

from dataclasses import dataclass
from datetime import datetime


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
    the earlier ones are context. `customer_name` is what the business calls the customer, when it knows."""

    turns: tuple[Turn, ...]
    fresh_from: int = 0
    customer_name: str | None = None

    @property
    def fresh(self) -> tuple[Turn, ...]:
        return self.turns[self.fresh_from :]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An observation proposed, not yet stored.

    `attribute` names what it is about when only one such statement can hold at a time, for example
    ``contact preference``: a later candidate with the same attribute replaces the earlier. None when many can hold.
    """

    content: str
    occurred_at: datetime
    communication_ids: tuple[str, ...]
    attribute: str | None = None
