"""The one form that every data set is brought into: dialogues of a customer, and questions with their evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message. `id` is unique in its dialogue; `text` is what was written and nothing that an annotator added."""

    id: str
    speaker: str
    by_customer: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What becomes one conversation. No turn of it is empty."""

    id: str
    at: datetime
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`evidence` names the turns that hold the answer.

    Not `answerable`: nothing in the dialogue answers it, though `evidence` may name what looks as if.
    """

    id: str
    category: str
    text: str
    evidence: frozenset[str]
    answerable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldObservation:
    """A sentence that annotators wrote about a session and one of the speakers; `cites` names the turns that it rests
    on, if any."""

    about: str
    text: str
    session: str
    at: datetime
    cites: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Everything between one customer and one partner: one profile of ours. Sessions are in the order of time."""

    name: str
    customer: str
    partner: str
    sessions: tuple[Session, ...]
    questions: tuple[Question, ...]
    observations: tuple[GoldObservation, ...] = ()
    by_machine: bool = False
    """Whether the partner is one."""
    language: str = "en"

    def turns(self) -> Iterator[Turn]:
        return (turn for session in self.sessions for turn in session.turns)

    def session_of(self) -> dict[str, str]:
        """The session of every turn."""
        return {turn.id: session.id for session in self.sessions for turn in session.turns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """`categories` are in the order to show. `size` in bytes and `sha256` are those of the files that were read."""

    name: str
    categories: tuple[str, ...]
    dialogues: tuple[Dialogue, ...]
    size: int
    sha256: str


def seconds_apart(begin: datetime, number: int) -> datetime:
    """When a turn was written of which only the session's date is known: order is kept, no more."""
    return begin + timedelta(seconds=number)
