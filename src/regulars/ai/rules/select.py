"""Which sentences of a message are kept, and which of them belong together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from regulars.ai.rules import phrasing, reference, salience
from regulars.ai.rules.cues import CUES
from regulars.ai.rules.insults import is_insult
from regulars.ai.rules.salience import Place
from regulars.ai.rules.sentences import HOLE
from regulars.domain.screening import is_screened

SENTENCE_CHARS_MAX: Final = 260
WORDS_MAX: Final = 45
_WORDS_MIN: Final = 3
_TOGETHER_MAX: Final = 3
_TOGETHER_CHARS_MAX: Final = 240
_BRIEF_WORDS_MAX: Final = 12
"""In personal talk an answer of so few words is told with its question."""
_CERTAIN: Final = 9.0
ALONG: Final = -1.0
"""Of the worth of a sentence beside one that is kept: it is told with it."""

_DANGLING = re.compile(
    r"\b(?:it|this|that|for|to|of|with|from|at|by|the|a|an|and|but|or|my|your|is|was|because|than|new|very|so)\W*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"")
_REQUEST_START = re.compile(r"(?:please|pls|kindly|can|could|would|will)\b", re.IGNORECASE)
_CONDITION_START = re.compile(r"(?:if|when|unless|imagine|whether|what if)\b", re.IGNORECASE)
_SHORT_FACT = re.compile(
    r"(?:i'm|i am|we're|we are) (?:an? )?(?:vegetarian|vegan|left-handed)\W*$|\bmy name\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it was written, as `phrasing.trimmed` leaves it, and what it is worth. `attribute` is set when it
    says for certain what can only hold once."""

    raw: str
    text: str
    worth: float
    attribute: str | None = None

    @property
    def is_kept(self) -> bool:
        return self.worth > 0

    @property
    def points_back(self) -> bool:
        return reference.dangles(self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences of one message that make one observation. `needs_question`: they are only understood as its answer."""

    said: tuple[Said, ...]
    needs_question: bool = False


def weigh(raw: str, place: Place) -> Said:
    """A sentence that is not fit to be kept is worth nothing, however telling."""
    text = phrasing.trimmed(raw, place.listener)
    nothing = Said(raw, text, float("-inf"))
    count = text.count(" ") + 1
    own = _QUOTED.sub("", text)
    attribute = next((cue.attribute for cue in CUES if cue.pattern.search(own)), None)
    if attribute and not _CONDITION_START.match(text) and ("?" not in text or _REQUEST_START.match(text)):
        found = nothing if _is_unfit(text) or count > WORDS_MAX else Said(raw, text, _CERTAIN, attribute)
    elif _SHORT_FACT.match(text):
        found = nothing if _is_unfit(text) else Said(raw, text, _CERTAIN)
    elif not _WORDS_MIN <= count <= WORDS_MAX or _is_unfit(text) or _CONDITION_START.match(text):
        found = nothing
    else:
        found = Said(raw, text, salience.worth(text, place))
    return nothing if found.worth > ALONG and is_screened(text, place.screened) else found


def _is_unfit(sentence: str) -> bool:
    return bool(
        len(sentence) > SENTENCE_CHARS_MAX
        or HOLE in sentence
        or sentence.count('"') % 2
        or _DANGLING.search(sentence)
        or is_insult(sentence)
    )


def groups(said: Sequence[Said], place: Place) -> list[Group]:
    """What is kept of a message, in its order."""
    found: list[Group] = []
    run: list[Said] = []
    answers = place.answers
    for index, one in enumerate(said):
        if one.attribute:
            found.append(Group((one,)))
        elif one.worth > ALONG * place.personal and (one.is_kept or "?" not in one.text):
            before = said[index - 1] if index else None
            if run and _goes_with(run, one):
                run.append(one)
                continue
            found += _closed(run, answers=answers, personal=place.personal)
            answers = answers and not run
            run = [before, one] if one.points_back and before is not None and _may_open(before) else [one]
    return found + _closed(run, answers=answers, personal=place.personal)


def _goes_with(run: list[Said], one: Said) -> bool:
    return len(run) < _TOGETHER_MAX and sum(len(other.text) for other in run) + len(one.text) < _TOGETHER_CHARS_MAX


def _may_open(before: Said) -> bool:
    """A statement that need not be worth much itself: the next one speaks of it."""
    return before.worth > float("-inf") and "?" not in before.text and not before.attribute and not before.points_back


def _closed(run: list[Said], *, answers: bool, personal: float) -> list[Group]:
    if not any(one.is_kept for one in run):
        return []
    first = run[0]
    alone = first.points_back or not phrasing.has_clause(first.text)
    if alone and not answers and first.points_back:
        return _closed(run[1:], answers=False, personal=personal)
    brief = personal > 0.5 and sum(one.text.count(" ") + 1 for one in run) <= _BRIEF_WORDS_MAX
    return [Group(tuple(run), needs_question=answers and (alone or brief))]
