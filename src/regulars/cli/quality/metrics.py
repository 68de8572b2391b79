"""What a ranking is worth: how much of the evidence stands how far up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from regulars.cli.quality.datasets.form import Question

CUTS: Final = (5, 10, 20)
SESSION_CUT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found: the turns it stands for, the session they belong to, and its score if it has one."""

    turns: frozenset[str]
    session: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system answered to a question, best first. `sessions` are those that hold the evidence."""

    question: Question
    sessions: frozenset[str]
    hits: tuple[Hit, ...]

    def found(self, cut: int) -> float:
        """The share of the evidence that the first hits stand for; two that stand for the same turn are one find."""
        turns = frozenset[str]().union(*(hit.turns for hit in self.hits[:cut]))
        return len(turns & self.question.evidence) / len(self.question.evidence)

    def reciprocal_rank(self) -> float:
        """1 over the place of the first hit that holds evidence; 0 without any."""
        evidence = self.question.evidence
        return next((1 / place for place, hit in enumerate(self.hits, start=1) if hit.turns & evidence), 0.0)

    def meets_session(self) -> float:
        """1 when any of the first hits is from a session that holds evidence."""
        return float(any(hit.session in self.sessions for hit in self.hits[:SESSION_CUT]))

    def relevant(self, hit: Hit) -> bool:
        """Nothing is, to a question without an answer."""
        return self.question.answerable and bool(hit.turns & self.question.evidence)

    def ranks(self) -> dict[str, int | None]:
        """Where each turn of the evidence was found first; None: nowhere."""
        return {
            turn: next((place for place, hit in enumerate(self.hits, start=1) if turn in hit.turns), None)
            for turn in sorted(self.question.evidence)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Means over questions, in [0, 1]."""

    questions: int
    recall: dict[int, float]
    """By cut."""
    mrr: float
    session_any: float


def figures(outcomes: Iterable[Outcome]) -> Figures | None:
    """Of the questions that have evidence; None without any."""
    counted = [outcome for outcome in outcomes if outcome.question.evidence]
    if not counted:
        return None
    return Figures(
        questions=len(counted),
        recall={cut: mean([outcome.found(cut) for outcome in counted]) for cut in CUTS},
        mrr=mean([outcome.reciprocal_rank() for outcome in counted]),
        session_any=mean([outcome.meets_session() for outcome in counted]),
    )


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def percentile(values: Sequence[float], percent: int) -> float:
    """One of the values: at most so many percent of the others are below it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
