"""The hand-written sequences of statements, and what reconciliation makes of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Final, Literal

from regulars.ai.ports import Embedder
from regulars.domain.observations import Observation
from regulars.domain.reconcile import Add, Hints, Revise, Step, plan, revised
from regulars.domain.transcripts import Candidate
from regulars.domain.wording import Alike
from regulars.services.embedding import packed_vectors
from regulars.services.nearness import alike_of, likeness_of

Decision = Literal["add", "revise", "discard"]
Attributes = Literal["rules", "model"]
"""Whose: read from the words alone, or as the suite says a model would name them."""

WAYS: Final[tuple[Attributes, ...]] = ("rules", "model")
SETS: Final = ("cases", "held_out")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LINE: Final = re.compile(
    r"(?P<joined>\+ )?(?:@(?P<customer>\w+) )?(?P<day>\d+) (?P<decision>add|discard|revise (?P<target>\d+)): "
    r"(?P<text>.+?)(?: \{(?P<attribute>.+)\})?"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """`target`: the number of the statement whose observation is to be revised, from 1."""

    customer: str
    day: int
    decision: Decision
    target: int | None
    text: str
    attribute: str | None
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Case:
    section: str
    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_first`: nothing was known of the customer yet, so that it proves nothing."""

    case: Case
    number: int
    got: Decision
    got_target: int | None
    is_first: bool

    @property
    def statement(self) -> Statement:
        return self.case.statements[self.number - 1]

    @property
    def is_right(self) -> bool:
        return (self.got, self.got_target) == (self.statement.decision, self.statement.target)


def read_cases(name: str) -> list[Case]:
    text = (resources.files("regulars.cli.reconciliation") / f"{name}.txt").read_text("utf-8")
    section, cases = "", list[Case]()
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
        if lines and lines[0].startswith("== "):
            section = lines[0].removeprefix("== ")
        elif lines:
            cases.append(Case(section, lines[0], tuple(map(_statement, lines[1:]))))
    return cases


async def judge(cases: Sequence[Case], embedder: Embedder) -> dict[Attributes, list[Verdict]]:
    texts = sorted({one.text for case in cases for one in case.statements})
    vectors = await packed_vectors(embedder, texts)
    alike = alike_of(embedder.name)
    return {way: [one for case in cases for one in _judged(case, way, vectors, alike)] for way in WAYS}


def _judged(case: Case, way: Attributes, vectors: Mapping[str, bytes], alike: Alike) -> Iterator[Verdict]:
    memory = _Memory(case, way, alike)
    known = {one.text: vectors[one.text] for one in case.statements}
    for batch in _batches(case):
        contents = [case.statements[number - 1].text for number in batch]
        yield from memory.take(batch, likeness_of(contents, known))


def _statement(line: str) -> Statement:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(line)
    return Statement(
        customer=found["customer"] or "ana",
        day=int(found["day"]),
        decision="revise" if found["target"] else found["decision"],  # pyright: ignore[reportArgumentType]
        target=int(found["target"]) if found["target"] else None,
        text=found["text"],
        attribute=found["attribute"],
        is_joined=found["joined"] is not None,
    )


def _batches(case: Case) -> list[list[int]]:
    """The numbers of the statements that arrive together."""
    batches: list[list[int]] = []
    for number, statement in enumerate(case.statements, 1):
        if statement.is_joined:
            batches[-1].append(number)
        else:
            batches.append([number])
    return batches


class _Memory:
    """What is known of the customers of a case. The id of an observation is the number of its first statement."""

    def __init__(self, case: Case, attributes: Attributes, alike: Alike) -> None:
        self._case, self._attributes, self._alike = case, attributes, alike
        self._known: dict[str, dict[int, Observation]] = {}

    def take(self, batch: Sequence[int], likeness: Mapping[str, Mapping[str, float]]) -> list[Verdict]:
        customer = self._case.statements[batch[0] - 1].customer
        known = self._known.setdefault(customer, {})
        is_first = not known
        hints = Hints(names=frozenset({customer}), likeness=likeness, alike=self._alike)
        steps = plan(list(known.values()), [self._candidate(number) for number in batch], hints)
        return [
            self._verdict(number, step, known, is_first=is_first and number == batch[0])
            for number, step in zip(batch, steps, strict=True)
        ]

    def _candidate(self, number: int) -> Candidate:
        said = self._case.statements[number - 1]
        attribute = said.attribute if self._attributes == "model" else None
        return Candidate(said.text, _START + timedelta(days=said.day), (f"message {number}",), attribute)

    def _verdict(self, number: int, step: Step, known: dict[int, Observation], *, is_first: bool) -> Verdict:
        if isinstance(step, Add):
            known[number] = _observation(number, step.candidate)
            return Verdict(self._case, number, "add", None, is_first)
        if not isinstance(step, Revise):
            return Verdict(self._case, number, "discard", None, is_first)
        target = int(step.observation.observation_id)
        after = revised(step, now=step.candidate.occurred_at, source="suite", conversation_id=str(number), by="suite")
        says_the_same = after.content == known[target].content
        known[target] = after
        if says_the_same:
            return Verdict(self._case, number, "discard", None, is_first)
        return Verdict(self._case, number, "revise", target, is_first)


def _observation(number: int, candidate: Candidate) -> Observation:
    at = candidate.occurred_at
    return Observation(
        observation_id=str(number),
        content=candidate.content,
        source="suite",
        occurred_at=at,
        conversation_ids=(str(number),),
        communication_ids=candidate.communication_ids,
        attribute=candidate.attribute,
        created_at=at,
        updated_at=at,
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one decision. `precision`: how many of those taken were right, `recall`: how many of those to take were."""

    expected: int
    taken: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.taken if self.taken else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0


def figures(verdicts: Sequence[Verdict]) -> dict[Decision, Figures]:
    """Without the first statement about a customer, which can only be added."""
    counted = [one for one in verdicts if not one.is_first]
    decisions: tuple[Decision, ...] = ("add", "revise", "discard")
    return {
        decision: Figures(
            expected=sum(one.statement.decision == decision for one in counted),
            taken=sum(one.got == decision for one in counted),
            right=sum(one.got == decision and one.is_right for one in counted),
        )
        for decision in decisions
    }


def wrongly_revised(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """An unrelated fact was retired."""
    return [one for one in verdicts if one.got == "revise" and not one.is_right]
