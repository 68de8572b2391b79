"""Which sentences are worth keeping: what lasts (`cues`), and what disqualifies a sentence however well it reads."""

import re
from dataclasses import dataclass
from typing import Final

from regulars.ai.rules import screen
from regulars.ai.rules.cues import CONCRETE, CUES, TROUBLE, YOU_DID, Kind
from regulars.ai.rules.phrasing import has_clause
from regulars.ai.rules.sentences import HOLE
from regulars.ai.rules.tables import one_of

SENTENCE_CHARS_MAX: Final = 260
WORDS_MIN: Final = 4
WORDS_MAX: Final = 45

_JUNK_START: Final = one_of(
    "if / when / imagine / unless / maybe / perhaps / whether / then / which / because / it / it's / its / that"
    " / that's / those / these / they / they're / he / she / same / wh+y+ / what / what's / how / where / who / does"
    " / do / did / is / are / am / was / were / has / this is / this isn't / there's / there is / let me know / not"
    " / hope / hoping / guess / than / till / until / and / or / cause / cuz / so / me too / i agree / in dm / sent"
    " / either"
    f" / you(?! {YOU_DID}\\b)"
    " / u / your / funny / aren't / isn't / don't / won't / should / particularly / especially / first / second"
    " / such / glad / happy / without / although / though / however / simple / except"
    " / (?:i|we|i've|we've) (?:tried|did|solved|figured)"
)
_JUNK_ANYWHERE: Final = one_of(
    "if (?:you|your|u) / i (?:wish|hope|guess|suppose|mean|bet|wonder|feel like|assume)"
    " / i (?:would|'d) (?:have|never|think|say) / could have / should have / would have / would be / what if"
    " / dm(?:ed|s|'d)? / direct message / private messages? / pm(?:ed)?"
    " / (?:i'll|we'll|i will) (?:try|do|check|send|dm|see|let you|take|look|be|give|get|keep) / screenshot / attached"
    " / see (?:above|below|pic) / tweet\\w* / retweet / follow(?:ing|ed)? (?:me|you|us) / love you"
    " / you guys (?:rock|are) / lol / haha\\w* / as if / sarcas\\w+ / here you go / on hold / customer service"
    " / without (?:an )?(?:issue|problem)s? / no worries / not looking / mentioned / wasn't (?:expecting|asking)"
    " / (?:we|you) all / careful / good luck / no problem"
)
_JUNK = re.compile(rf"^{_JUNK_START}\b|\b{_JUNK_ANYWHERE}\b", re.IGNORECASE)
_DANGLING = re.compile(
    r"\b(?:it|this|that|for|to|of|with|from|at|by|the|a|an|and|but|or|my|your|is|was|because|than)\W*$", re.IGNORECASE
)
_REQUEST_START = re.compile(r"(?:please|pls|kindly|can|could|would|will)\b", re.IGNORECASE)
_EXEMPT: Final = frozenset({Kind.CONTACT_PREFERENCE})
_SHORT_FACT = re.compile(r"\bmy name|\b(?:text|e-?mail|call|message) me\b", re.IGNORECASE)
_SHORTEST_FACT = re.compile(r"(?:i'm|i am|we're|we are) (?:an? )?(?:vegetarian|vegan|left-handed)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    attribute: str | None


def find(sentence: str) -> Finding | None:
    """What a trimmed English sentence of the customer is good for; None for the great majority."""
    if not _words_min(sentence) <= sentence.count(" ") + 1 <= WORDS_MAX or _is_unfit(sentence):
        return None
    cue = next((cue for cue in CUES if cue.pattern.search(sentence)), None)
    if cue is not None and (cue.kind in _EXEMPT or not _is_junk(sentence)):
        return Finding(cue.kind, cue.attribute)
    return Finding(Kind.PROBLEM, None) if _is_problem(sentence) else None


def _words_min(sentence: str) -> int:
    if _SHORTEST_FACT.match(sentence):
        return 2
    return 3 if _SHORT_FACT.search(sentence) else WORDS_MIN


def _is_problem(sentence: str) -> bool:
    if "?" in sentence or _REQUEST_START.match(sentence) or _is_junk(sentence):
        return False
    return bool(TROUBLE.search(sentence) and CONCRETE.search(sentence)) and has_clause(sentence)


def _is_unfit(sentence: str) -> bool:
    return bool(
        len(sentence) > SENTENCE_CHARS_MAX
        or HOLE in sentence
        or sentence.count('"') % 2
        or _DANGLING.search(sentence)
        or screen.is_sensitive(sentence)
        or screen.is_insult(sentence)
    )


def _is_junk(sentence: str) -> bool:
    if "?" in sentence and not _REQUEST_START.match(sentence):
        return True
    return bool(_JUNK.search(sentence))
