"""What a statement says, as far as its words show it: whether another one says the same, or the same and more.

The means are those of a careful reader in a hurry: numbers, names, people, days, negation and tense must agree, and
what is left are the words that carry meaning, in their order.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")
_SPLIT_NUMBER: Final = re.compile(r"(?<=\d)[ -](?=\d)")
_EDGE_QUOTES: Final = "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u300c\u300d "


def listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(*lines: str) -> dict[str, str]:
    """Words to the first of their line."""
    return {word: line.split()[0] for line in lines for word in line.split()}


_SPELLED: Final = _table(
    "1 one once", "2 two twice both", "3 three", "4 four", "5 five", "6 six", "7 seven", "8 eight", "9 nine", "10 ten"
)
_SAME: Final = _table(
    "buy bought purchase purchased purchases buying purchasing buys",
    "have has had having own owns owned owning got possesses",
    "get gets getting receive receives received receiving",
    "begin begins began begun start starts started starting",
    "child children kid kids",
    "holiday holidays vacation vacations",
    "grey gray",
    "colour color",
    "film movie films movies",
    "car automobile",
    "flat apartment",
    "mum mom mother",
    "dad father",
    "send sends sent sending",
    "say says said saying tell tells told state states stated mention mentions mentioned",
    "promise promises promised",
    "callback callbacks callback",
    "unable cannot",
    "big large huge",
    "cheap inexpensive",
    "broken faulty defective",
    "mend repair fix",
    "email e-mail emails e-mails mail",
    "phone telephone mobile",
    "bike bicycle",
    "tv television",
    "autumn fall",
    "like love enjoy adore likes loves enjoys adores liked loved enjoyed",
    "hate hates hated dislike dislikes disliked detest detests",
    "live lives lived reside resides living residing",
    "want wants wanted wish wishes",
    "take takes took taken taking",
    "every each",
    "go goes went gone going travel travels travelled travelling traveling journey",
    "break breaks broke fracture fractures fractured",
    "trip excursion",
    "look search seek seeks sought",
    "gift present",
    "afraid scared frightened",
    "glad happy pleased",
    "tired exhausted",
    "doctor physician",
    "photo picture photograph",
    "shop store",
    "rubbish trash garbage",
    "lorry truck",
    "lift elevator",
    "bill invoice",
    "ill sick",
    "quick fast rapid",
    "angry furious",
    "choose chose chosen pick select",
    "need require",
    "help assist",
    "answer reply respond",
    "allow permit",
    "error mistake",
    "fly flies flew flown flying",
    "lend lends lent",
    "teach teaches taught",
    "pay pays paid paying",
    "company firm employer",
)
_PLAIN: Final = listed(
    "a an the this that these those some any of to in on at for from with by as and or so too also very really just"
    " is are was were be been being am do does did has have had will would can could shall should may might"
    " customer user client caller they she he them her him their theirs his hers it its who which when how while"
    " i me my mine we us our ours you your said says say that there"
) - {"from"}
_EMPTY: Final = _PLAIN | listed("usually normally generally typically mostly")
_NEGATIONS: Final = listed(
    "not no never none nothing nobody neither nor without cannot unable stop stopped nt"
    " kein keine keinen keinem nicht nie nichts nunca jamás jamais pas ningún ninguna nada"
)
_FADED: Final = re.compile(r"\b(?:any ?more|any longer)\b", re.IGNORECASE)
_NO_LONGER: Final = re.compile(r"\bno longer\b", re.IGNORECASE)
_CHANGED: Final = re.compile(
    r"\b(?:now|instead|no longer|any ?more|any longer|again|these days|nowadays|switched|changed|moved|rescheduled"
    r"|postponed|replaced|from now on|since then)\b",
    re.IGNORECASE,
)
_PEOPLE: Final = listed(
    "wife husband son daughter mother father sister brother partner boyfriend girlfriend friend neighbour neighbor boss"
    " colleague grandmother grandfather grandson granddaughter grandchildren parents aunt uncle cousin niece nephew"
    " baby mum mom dad twins family team"
)
_TIMES: Final = listed(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december morning afternoon evening night noon midnight spring summer autumn winter"
    " today tomorrow yesterday weekday weekend daily weekly monthly yearly early late first last next previous"
    " second third before after until rarely only"
)
_OTHER: Final = listed(
    "another other else second third again former ex almost nearly used except but unless if instead than over too"
    " without less more most least fewer second-hand different new old"
)
_COMPARING: Final = listed("than over from rather instead")
_FUTURE: Final = re.compile(
    r"\b(?:will|shall|going to|plans? to|planning to|wants? to|would like to|hopes? to|thinking of|about to|intends?)\b"
)
_HABIT_GONE: Final = re.compile(r"\b(?:used to|formerly|previously|once (?:had|was|lived))\b")
_PAST: Final = re.compile(
    r"\b(?:was|were|did|had|bought|got|went|came|sent|paid|took|lost|made|told|flew|left|gave|found|broke|spent|saw|grew"
    r"|spoke|wrote|knew|began|ran|drove|rode|fell|felt|kept|met|slept|sold|stood|taught|thought|threw|won|wore|lent|ate|drank"
    r"|[a-z]{2,}ed)\b"
)
_STATE: Final = re.compile(r"\b(?:is|are|am|be|been|called|named) (?:(?:very|really|so|quite|too|not) )?(?:\w+ed\b)?")
_NOT: Final = re.compile(r"n['\u2019]t\b", re.IGNORECASE)


def _meaning(token: str) -> str | None:
    if token in _EMPTY:
        return None
    return _SPELLED.get(token) or _SAME.get(token) or _SAME.get(_stem(token)) or _stem(token)


def _stem(token: str) -> str:
    """Enough for "walks", "walking", "walked": nobody reads it."""
    if not token.isascii() or len(token) < 4:
        return token
    for ending in ("ing", "ied", "ies", "ed", "es", "s"):
        if token.endswith(ending) and len(token) - len(ending) >= 3:
            stem = token[: -len(ending)]
            stem = stem + "y" if ending in {"ied", "ies"} else stem
            return stem[:-1] if stem[-1] == "e" or stem[-1] == stem[-2] else stem
    return token.removesuffix("e")


def _pairs(*lines: str) -> frozenset[frozenset[str | None]]:
    return frozenset(frozenset(map(_meaning, pair.split())) for line in lines for pair in line.split(", "))


_OPPOSITES: Final = _pairs(
    "buy sell, buy rent, open close, lend borrow, give take, accept refuse, accept decline, start stop, start finish",
    "start end, win lose, find lose, send get, arrive leave, join leave, increase decrease, increase reduce",
    "add remove, enable disable, approve reject, pass fail, like hate, ship deliver, order return, keep return",
    "import export, upgrade downgrade, deposit withdraw, remember forget, hot cold, early late, high low, big small",
    "up down, in out, cheap expensive, left right, happy unhappy, happy sad, easy difficult, full empty, fast slow",
    "long short, light dark, loud quiet, rich poor, inside outside, indoor outdoor, front back, wet dry",
    "arrival departure",
)
"""However alike their vectors are."""


@dataclass(frozen=True, slots=True)
class Wording:
    """`plain` is the statement without case and punctuation; `words` are those that carry meaning, in their order, by
    one name for all that mean the same; `details` what must agree where two statements say the same."""

    plain: str
    words: tuple[str, ...]
    surface: frozenset[str]
    """The same words by their own names, and the less telling ones: what vectors differ by."""
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    details: frozenset[str]
    """People, days and times of day."""
    is_negated: bool
    tense: str
    is_changed: bool
    """It says itself that something is otherwise now."""

    @property
    def opening(self) -> str:
        """The first of the words that is no number."""
        return next((word for word in self.words if word not in self.numbers), self.plain)


def normalised(content: str) -> str:
    """The words alone: case, punctuation and compatibility forms do not make another statement."""
    folded = unicodedata.normalize("NFKC", content).casefold()
    return " ".join(_TOKEN.findall(_SPLIT_NUMBER.sub("", folded))) or folded.strip()


@lru_cache(maxsize=4096)
def wording(content: str, names: frozenset[str] = frozenset()) -> Wording:
    """`names` are the customer's, in lower case: they mean nobody else."""
    text = unicodedata.normalize("NFKC", content).replace("\u2019", "'").replace("e-mail", "email")
    text = _NOT.sub(" not", text.replace("can't", "can not").replace("cannot", "can not"))
    text = re.sub(r"\bunable to\b", "can not", re.sub(r"\bwould like\b", "want", text))
    text = re.sub(r"\bcall(ed|s)?( \w+)? back\b", r"callback \2", text)
    negations = len(_NO_LONGER.findall(text))
    bare = _FADED.sub("", _NO_LONGER.sub("", text))
    tokens = _TOKEN.findall(_SPLIT_NUMBER.sub("", bare))
    own = [token for token in tokens if token.casefold().removesuffix("'s") not in names]
    folded = [token.casefold().removesuffix("'s") for token in own]
    negations += sum(token in _NEGATIONS for token in folded)
    numbers = tuple(_SPELLED.get(one) or one for one in folded if one[0].isdigit() or one in _SPELLED)
    return Wording(
        plain=normalised(content),
        words=tuple(word for one in folded if one not in _NEGATIONS and (word := _meaning(one)) is not None),
        surface=frozenset(map(_stem, folded)) - _PLAIN,
        numbers=numbers,
        names=_names_in(own, tokens),
        details=frozenset(_meaning(one) or one for one in folded if _is_detail(one)),
        is_negated=negations % 2 == 1,
        tense=_tense(text.lower()),
        is_changed=_CHANGED.search(text) is not None,
    )


class Alike(NamedTuple):
    """How to read the cosines of a model. From `same_from` on statements that agree in all details may say the same.
    `slack`: by how much a cosine may fall short of 1 for each whole statement's worth of words that differ; words for
    the same thing cost less than words for another. 0: different words are never taken to mean the same."""

    same_from: float
    slack: float


_SHORT_WORDS_MAX: Final = 12
"""Longer statements are alike because of what they have in common, whatever else they say."""

NOT_ALIKE: Final = Alike(1.01, 0)


def restates(old: Wording, new: Wording, likeness: float, alike: Alike) -> bool:
    """Whether `new` adds nothing to `old`. `likeness` is the cosine of their vectors."""
    if old.plain == new.plain:
        return True
    if not new.words or not _agree(old, new):
        return False
    if old.words == new.words or _is_rotation(old.words, new.words):
        return True
    return likeness >= alike.same_from and _means_the_same(old, new, 1 - likeness, alike.slack)


def _means_the_same(old: Wording, new: Wording, distance: float, slack: float) -> bool:
    if sorted(old.words) == sorted(new.words):
        return not _COMPARING.intersection(new.words) and old.words[0] == new.words[0]
    gone, come = set(old.words) - set(new.words), set(new.words) - set(old.words)
    if not come:
        return True
    if any(frozenset({one, other}) in _OPPOSITES for one in gone for other in come):
        return False
    longest = max(len(old.surface), len(new.surface))
    common = len(old.surface & new.surface)
    if not gone or longest > _SHORT_WORDS_MAX or common * 3 < longest:
        return False
    return distance <= slack * (1 - common / longest)


def contains(more: Wording, less: Wording) -> bool:
    """Whether `more` says all that `less` says, in the same order of its words, and something beside it."""
    if (
        not less.words
        or not more.words
        or more.is_negated != less.is_negated
        or more.tense != less.tense
        or not _names_all(more, less)
    ):
        return False
    rest = iter(more.words)
    if more.opening != less.opening or not all(word in rest for word in less.words):
        return False
    extra = set(more.words) - set(less.words)
    return not extra & _OTHER


def is_opposite(old: Wording, new: Wording) -> bool:
    """The same words, once said and once denied."""
    same = bool(new.words) and (old.words == new.words or _is_rotation(old.words, new.words))
    return same and old.is_negated != new.is_negated and old.names == new.names and old.details == new.details


def _names_all(more: Wording, less: Wording) -> bool:
    return set(less.numbers) <= set(more.numbers) and set(less.names) <= set(more.names)


def _agree(old: Wording, new: Wording) -> bool:
    return (
        old.is_negated == new.is_negated
        and old.tense == new.tense
        and sorted(old.numbers) == sorted(new.numbers)
        and sorted(old.names) == sorted(new.names)
        and old.details == new.details
    )


def _is_rotation(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """What stood in front stands behind, as in "last week it came" and "it came last week"."""
    return len(old) == len(new) and any(old[cut:] + old[:cut] == new for cut in range(len(old)))


def _names_in(own: list[str], tokens: list[str]) -> tuple[str, ...]:
    """Words with a capital within the statement. What stands first is a name only by chance."""
    return tuple(
        token.casefold().removesuffix("'s")
        for token in own
        if len(token) > 1 and token[0].isupper() and token is not tokens[0] and not _is_common(token.casefold())
    )


def _is_common(token: str) -> bool:
    return token in _EMPTY or _is_detail(token)


def _is_detail(token: str) -> bool:
    return token in _PEOPLE or token.removesuffix("s") in _TIMES or token in _TIMES


def _tense(text: str) -> str:
    if _HABIT_GONE.search(text):
        return "gone"
    if _FUTURE.search(text):
        return "future"
    return "past" if _PAST.search(_STATE.sub("", text)) else "present"
