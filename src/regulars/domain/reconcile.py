"""What to do with candidates, given what is already known: add, revise or keep. Nothing is ever deleted.

Only the same words, or the same attribute, bring a candidate and an observation together: an unrelated true fact cannot
be retired by a resemblance.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from regulars.domain.observations import Observation
from regulars.domain.transcripts import Candidate

_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Add:
    """Nothing like it is known."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Revise:
    """The observation says something else about the same attribute and was said earlier."""

    observation: Observation
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Keep:
    """Already known, or overtaken by something said later. `observation` is what holds instead; None when that is
    another candidate of the same batch."""

    candidate: Candidate
    observation: Observation | None


Step = Add | Revise | Keep


def plan(existing: Sequence[Observation], candidates: Sequence[Candidate]) -> list[Step]:
    """One step a candidate, in the order given. Carrying it out and planning again yields only `Keep`."""
    if not candidates:
        return []
    known = _Known.of(existing)
    winners = _latest_by_attribute(candidates)
    steps: dict[int, Step] = {}
    for attribute, index in winners.items():
        held = known.by_attribute.get(attribute)
        if held is not None:
            steps[index] = _against_held(known, held, candidates[index])
    for index, candidate in enumerate(candidates):
        if index in steps:
            continue
        if candidate.attribute is not None and winners[candidate.attribute] != index:
            steps[index] = Keep(candidate, known.by_attribute.get(candidate.attribute))
        else:
            steps[index] = _against_words(known, candidate)
    return [steps[index] for index in range(len(candidates))]


def normalised(content: str) -> str:
    """The words alone: case, punctuation and compatibility forms do not make another statement."""
    folded = unicodedata.normalize("NFKC", content).casefold()
    return " ".join(_WORDS.findall(folded)) or folded.strip()


@dataclass(slots=True)
class _Known:
    """What will be known once the steps planned so far are carried out."""

    by_attribute: dict[str, Observation] = field(default_factory=dict[str, Observation])
    by_words: dict[str, Observation] = field(default_factory=dict[str, Observation])
    times: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def of(cls, existing: Sequence[Observation]) -> "_Known":
        known = cls()
        for observation in existing:
            words = normalised(observation.content)
            known.by_words[words] = observation
            known.times[words] += 1
            held = known.by_attribute.get(observation.attribute) if observation.attribute else None
            if observation.attribute and (held is None or held.occurred_at <= observation.occurred_at):
                known.by_attribute[observation.attribute] = observation
        return known

    def forget(self, words: str) -> None:
        """The one observation with these words was revised."""
        self.times[words] -= 1

    def learn(self, words: str) -> None:
        self.times[words] += 1
        self.by_words.pop(words, None)


def _latest_by_attribute(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Of several candidates about one attribute the one said last holds; of those said at once, the last given."""
    latest: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        attribute = candidate.attribute
        if attribute is None:
            continue
        if attribute not in latest or candidates[latest[attribute]].occurred_at <= candidate.occurred_at:
            latest[attribute] = index
    return latest


def _against_held(known: _Known, held: Observation, candidate: Candidate) -> Step:
    before, after = normalised(held.content), normalised(candidate.content)
    if f" {after} " in f" {before} " or candidate.occurred_at <= held.occurred_at:
        return Keep(candidate, held)
    known.forget(before)
    known.learn(after)
    return Revise(held, candidate)


def _against_words(known: _Known, candidate: Candidate) -> Step:
    words = normalised(candidate.content)
    if known.times[words] > 0:
        return Keep(candidate, known.by_words.get(words))
    known.learn(words)
    return Add(candidate)
