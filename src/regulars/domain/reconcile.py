"""What to do with candidates, given what is already known: add, revise or discard. Nothing is ever deleted.

A candidate retires what is known only about the same attribute of the same person, and only when it was said later; or
when it says the same and more. Likeness alone brings two statements together to be compared and nothing else: an
unrelated true fact cannot be retired by a resemblance.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from regulars.domain.attributes import CLOSED, Attribute, attribute_of, given, key_of
from regulars.domain.observations import Observation
from regulars.domain.transcripts import Candidate
from regulars.domain.wording import NOT_ALIKE, Alike, Wording, contains, is_opposite, restates, wording

Why = Literal["new", "changed", "said again", "says more", "known", "overtaken", "replaced at once"]
Likeness = Mapping[str, Mapping[str, float]]
"""Of a candidate's content: the cosines of its vector with those of other contents, the nearest at least."""

_EVENT_AGAIN: Final = timedelta(days=7)
"""What happened longer after another such event is an event of its own, even when it is told in more or fewer words."""
_ALIKE_OPENINGS_MAX: Final = 200
"""Of so many statements that begin alike none is compared for that reason: they say the same of different things."""
_COUNTED: Final = frozenset({"owns", "children"})
"""Another number of them replaces a statement only when nothing else of it is lost."""
_UNNUMBERED: Final = timedelta(days=60)
"""Orders, parcels and tickets without a number are the same for so long."""


@dataclass(frozen=True, slots=True)
class Add:
    """Nothing like it is known."""

    candidate: Candidate
    why: Why = "new"


@dataclass(frozen=True, slots=True)
class Revise:
    """The observation goes on with the candidate's content, time and citations, which are joined to its own."""

    observation: Observation
    candidate: Candidate
    why: Why


@dataclass(frozen=True, slots=True)
class Discard:
    """Already known, or overtaken by something said later. `observation` is what holds instead; None when that is
    another candidate of the same batch."""

    candidate: Candidate
    observation: Observation | None
    why: Why


Step = Add | Revise | Discard


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What helps to compare: the customer's names in lower case, how much contents are alike by their vectors, and how
    that is to be read, which differs from model to model."""

    names: frozenset[str] = frozenset()
    likeness: Likeness = field(default_factory=dict[str, Mapping[str, float]])
    alike: Alike = NOT_ALIKE


def plan(existing: Sequence[Observation], candidates: Sequence[Candidate], hints: Hints | None = None) -> list[Step]:
    """One step a candidate, in the order given. Carrying it out and planning again yields only `Discard`, unless
    several candidates of the batch are about one change: what they said in between is forgotten."""
    known = _Known(hints or Hints(), existing)
    order = sorted(range(len(candidates)), key=lambda index: candidates[index].occurred_at)
    for index in order:
        known.take(index, candidates[index])
    return [known.steps[index] for index in range(len(candidates))]


def revised(step: Revise, *, now: datetime, source: str, conversation_id: str, by: str) -> Observation:
    """The state that follows. What is only said again keeps its words, and says that they are still meant."""
    before, candidate = step.observation, step.candidate
    after = replace(
        before,
        occurred_at=candidate.occurred_at,
        conversation_ids=tuple(dict.fromkeys((*before.conversation_ids, conversation_id))),
        communication_ids=tuple(dict.fromkeys((*before.communication_ids, *candidate.communication_ids))),
        updated_at=now,
    )
    if candidate.content == before.content:
        return after
    return replace(
        after,
        content=candidate.content,
        source=source,
        attribute=key_of(candidate.content, candidate.attribute),
        confidence=candidate.confidence,
        flags=candidate.flags,
        extracted_by=by,
    )


@dataclass(slots=True, eq=False)
class _Held:
    """One thing that is known once the steps so far are carried out. `index`: it is written by the step of that
    candidate, for it was proposed in the same batch, or revised."""

    observation: Observation | None
    content: str
    attribute: Attribute | None
    is_given: bool
    occurred_at: datetime
    communication_ids: tuple[str, ...]
    wording: Wording
    index: int | None = None


class _Known:
    def __init__(self, hints: Hints, existing: Iterable[Observation]) -> None:
        self.hints = hints
        self.steps: dict[int, Step] = {}
        self._by_key: dict[str, list[_Held]] = defaultdict(list)
        self._by_words: dict[tuple[str, ...], list[_Held]] = defaultdict(list)
        self._by_opening: dict[str, list[_Held]] = defaultdict(list)
        self._by_content: dict[str, list[_Held]] = defaultdict(list)
        for one in existing:
            held = self._held(one, one.content, one.attribute, one.occurred_at, one.communication_ids)
            self._learn(held)

    def _held(
        self, observation: Observation | None, content: str, name: str | None, at: datetime, cited: tuple[str, ...]
    ) -> _Held:
        found = attribute_of(content)
        attribute = found or given(name, content)
        words = wording(content, self.hints.names)
        return _Held(observation, content, attribute, found is None, at, cited, words)

    def _places(self, held: _Held) -> Iterator[list[_Held]]:
        """Where it is found: by what it is about, and by its words."""
        if held.attribute is not None:
            yield self._by_key[held.attribute.key]
        yield self._by_words[held.wording.words or (held.wording.plain,)]
        yield self._by_opening[held.wording.opening]
        yield self._by_content[held.content]

    def _learn(self, held: _Held) -> None:
        for place in self._places(held):
            place.append(held)

    def _forget(self, held: _Held) -> None:
        for place in self._places(held):
            place.remove(held)

    def take(self, index: int, candidate: Candidate) -> None:
        """Decides on one candidate, after all that were said before it."""
        new = self._held(
            None, candidate.content, candidate.attribute, candidate.occurred_at, candidate.communication_ids
        )
        new.index = index
        about, near = self._about(new), self._near(new)
        why, held = self._against(about, near, new)
        if held is None:
            self.steps[index] = Add(candidate, why)
            self._learn(new)
        elif why in {"known", "overtaken"}:
            self.steps[index] = Discard(candidate, held.observation, why)
        else:
            self._revise(index, candidate, held, why, new)

    def _about(self, new: _Held) -> list[_Held]:
        """What is known about the same attribute of the same person, what was said last first."""
        if new.attribute is None:
            return []
        same = [held for held in self._by_key[new.attribute.key] if self._is_same_attribute(held, new)]
        return sorted(same, key=lambda held: held.occurred_at, reverse=True)

    def _is_same_attribute(self, held: _Held, new: _Held) -> bool:
        if held.attribute is None or new.attribute is None or not new.attribute.is_of(held.attribute, self.hints.names):
            return False
        if held.attribute.kind == "state" and not held.attribute.object[-1:].isdigit():
            return abs(new.occurred_at - held.occurred_at) <= _UNNUMBERED
        if not held.is_given and (not new.is_given or held.attribute.kind in CLOSED):
            return True
        return _shares_subject(held.wording, new.wording)

    def _near(self, new: _Held) -> list[tuple[float, _Held]]:
        """What may say the same or the opposite, the most alike first."""
        near = {id(held): (0.0, held) for held in self._by_words[new.wording.words or (new.wording.plain,)]}
        alike = self._by_opening[new.wording.opening]
        if len(alike) <= _ALIKE_OPENINGS_MAX:
            near.update((id(held), (0.0, held)) for held in alike)
        for content, likeness in self.hints.likeness.get(new.content, {}).items():
            for held in self._by_content.get(content, ()):
                near[id(held)] = likeness, held
        for held in self._by_key.get(new.attribute.key, ()) if new.attribute else ():
            near.setdefault(id(held), (0.0, held))
        return sorted(near.values(), key=lambda one: (-one[0], one[1].content))

    def _against(self, about: list[_Held], near: list[tuple[float, _Held]], new: _Held) -> tuple[Why, _Held | None]:
        likeness = {id(held): cosine for cosine, held in near}
        changed = [held for held in about if _contradicts(held, new) and not self._is_at_once(held, new)]
        overtaken = bool(changed) and changed[0].occurred_at >= new.occurred_at
        same = [held for held in about if self._restates(held, new, likeness.get(id(held), 0.0))]
        for held in same or [held for held in about if held not in changed and contains(held.wording, new.wording)]:
            return ("said again" if new.occurred_at > held.occurred_at and not overtaken else "known"), held
        if changed:
            return ("overtaken" if overtaken else "changed"), changed[0]
        return self._beside(near, new)

    def _beside(self, near: list[tuple[float, _Held]], new: _Held) -> tuple[Why, _Held | None]:
        """Whatever their attributes: statements that say the same, more, less, or the contrary word by word."""
        for cosine, held in near:
            same_words = held.wording.words == new.wording.words
            if (same_words or not self._are_apart(held, new)) and self._restates(held, new, cosine):
                return "known", held
        for _, held in near:
            if self._are_apart(held, new):
                continue
            if is_opposite(held.wording, new.wording):
                return ("changed" if new.occurred_at > held.occurred_at else "overtaken"), held
            if self._is_another_event(held, new):
                continue
            if contains(held.wording, new.wording):
                return "known", held
            if contains(new.wording, held.wording):
                late = new.attribute is not None and new.occurred_at < held.occurred_at
                return ("overtaken" if late else "says more"), held
        return "new", None

    def _are_apart(self, held: _Held, new: _Held) -> bool:
        """Both say what they are about, and it is not the same."""
        if held.attribute is None or new.attribute is None or held.is_given or new.is_given:
            return False
        return not self._is_same_attribute(held, new)

    def _restates(self, held: _Held, new: _Held, cosine: float) -> bool:
        if held.attribute is not None and new.attribute is not None and held.attribute.values and new.attribute.values:
            same = new.attribute.is_of(held.attribute, self.hints.names)
            if not same or held.attribute.values != new.attribute.values:
                return held.wording.plain == new.wording.plain
            if held.attribute.is_whole and new.attribute.is_whole and held.attribute.details == new.attribute.details:
                return held.wording.details == new.wording.details
        return restates(held.wording, new.wording, cosine, self.hints.alike)

    def _is_at_once(self, held: _Held, new: _Held) -> bool:
        """Two answers in one breath both hold: works here and works there."""
        return held.index is not None and held.occurred_at == new.occurred_at

    def _is_another_event(self, held: _Held, new: _Held) -> bool:
        apart = abs(new.occurred_at - held.occurred_at) > _EVENT_AGAIN
        return apart and new.wording.tense == "past" and new.attribute is None

    def _revise(self, index: int, candidate: Candidate, held: _Held, why: Why, new: _Held) -> None:
        """Of several candidates that change one thing only the last is written."""
        if why == "said again":
            new = self._held(None, held.content, candidate.attribute, new.occurred_at, candidate.communication_ids)
            new.index = index
        new.occurred_at = max(new.occurred_at, held.occurred_at)
        if held.index is not None and why != "changed":
            new.communication_ids = tuple(dict.fromkeys((*held.communication_ids, *new.communication_ids)))
        new.observation = held.observation
        written = replace(
            candidate, content=new.content, occurred_at=new.occurred_at, communication_ids=new.communication_ids
        )
        if held.index is not None:
            before = self.steps[held.index].candidate
            self.steps[held.index] = Discard(before, held.observation, "replaced at once")
        self.steps[index] = Add(written) if held.observation is None else Revise(held.observation, written, why)
        self._forget(held)
        self._learn(new)


def _contradicts(held: _Held, new: _Held) -> bool:
    if held.attribute is None or new.attribute is None or not new.attribute.contradicts(held.attribute):
        return False
    if held.attribute.kind in _COUNTED and not new.attribute.is_denied and not held.attribute.is_denied:
        return set(held.wording.words) - set(held.wording.numbers) <= set(new.wording.words)
    return True


def _shares_subject(old: Wording, new: Wording) -> bool:
    """An extractor's own name for an attribute counts when the words do not speak against it."""
    return old.details == new.details and bool(set(old.words) & set(new.words))
