"""What is searched: the turns of a dialogue, or observations about them; and the systems that need no server."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.cli.quality.bm25 import Bm25
from regulars.cli.quality.datasets.form import Dialogue, Question
from regulars.cli.quality.metrics import Hit, Outcome
from regulars.core import limits

Mode = Literal["communications", "observations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that can be found. `told` is its text, after the name of whoever said it where people have names."""

    turns: frozenset[str]
    session: str
    at: datetime
    text: str
    told: str


def items(dialogue: Dialogue, mode: Mode) -> list[Item]:
    """Turns; or the observations that annotators wrote, and where there are none each turn as an observation, as much
    of it as one may hold."""
    if mode == "observations" and dialogue.observations:
        return [
            Item(turns=one.cites, session=one.session, at=one.at, text=one.text, told=one.text)
            for one in dialogue.observations
        ]
    chars_max = limits.MEMORY_CONTENT_CHARS_MAX if mode == "observations" else None
    return [
        Item(
            turns=frozenset({turn.id}),
            session=session.id,
            at=turn.at,
            text=turn.text[:chars_max],
            told=turn.text[:chars_max] if dialogue.by_machine else f"{turn.speaker}: {turn.text[:chars_max]}",
        )
        for session in dialogue.sessions
        for turn in session.turns
    ]


def evidence_sessions(dialogue: Dialogue, question: Question) -> frozenset[str]:
    session_of = dialogue.session_of()
    return frozenset(session_of[turn] for turn in question.evidence)


def by_chance(dialogue: Dialogue, corpus: Sequence[Item], hits_max: int) -> Iterator[Outcome]:
    """The same chance in every run."""
    for question in dialogue.questions:
        drawn = random.Random(question.id).sample(corpus, min(hits_max, len(corpus)))  # noqa: S311 - not a secret
        yield _outcome(dialogue, question, drawn)


def by_words(dialogue: Dialogue, corpus: Sequence[Item], hits_max: int) -> Iterator[Outcome]:
    """Plain BM25, which reads who speaks as if it were text."""
    index = Bm25([item.told for item in corpus])
    for question in dialogue.questions:
        best = index.ranked(question.text)[:hits_max]
        yield _outcome(dialogue, question, [corpus[number] for number in best])


def _outcome(dialogue: Dialogue, question: Question, found: list[Item]) -> Outcome:
    hits = tuple(Hit(turns=item.turns, session=item.session) for item in found)
    return Outcome(question, evidence_sessions(dialogue, question), hits)
