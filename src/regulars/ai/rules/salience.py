"""How much a sentence of the customer is worth in a year: a logistic regression over what can be seen of it in context.

Two tables of weights, for talk among people who know each other and for talk with a service about a matter at hand, are
blended by how personal the conversation is. They come from `bench/fit_salience.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import Final, NamedTuple

from regulars.ai.rules import verbs
from regulars.ai.rules.cues import CONCRETE, TELLING, TROUBLE
from regulars.ai.rules.tables import words
from regulars.domain.screening import SCREENED_BY_DEFAULT

_WORD: Final = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LETTERS: Final = re.compile(r"[a-z]+")
_NAME: Final = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+|\"[A-Z]")

_WISH: Final = re.compile(r"(?:can|could|may|will|would|please) (?:i|we|you)\b", re.IGNORECASE)
_STATE: Final = re.compile(
    r"(?:i|we)(?:'m| am| are|'re|'ve| have| use| own| live| work| prefer| need| want| always| never| can't| cannot)\b",
    re.IGNORECASE,
)

_SPEAKER: Final = words("i i'm i've i'll i'd we we're we've we'll we'd")
_OWN: Final = words("my our mine ours")
_OBJECT: Final = words("me us myself ourselves")
_WAS: Final = words("was were had did didn't used")
_YOU: Final = words("you you're you've you'll you'd your yours yourself u ur y'all yall")
_FIRST_PERSON: Final = _SPEAKER | _OWN | _OBJECT
_SMALL: Final = (
    words(
        "a an the and or but if so of to in on at for with by from as is are was were be been being am it its it's this"
        " that that's these those there there's here here's they them their he she his her him who which what how when"
        " where why do does did don't doesn't didn't have has had can could will would should may might must not no all"
        " any some one ones up out about into over again too very really just also only even still now then than more"
        " most much many lot lots bit like got get getting got go going gonna make makes making made thing things way"
        " something anything everything someone everyone let let's yes yeah ok okay oh well"
    )
    | _FIRST_PERSON
    | _YOU
)
_EMPTY: Final = words(
    "wow thanks thank congrats congratulations awesome amazing great cool nice good wonderful fantastic incredible"
    " beautiful lovely glad happy hear sounds sound looks look love hope keep enjoy appreciate appreciated support"
    " means mean words kind kinda proud sure totally absolutely definitely exactly agree true right nope yep hey hi"
    " hello bye soon talk chat catch later care luck sorry worries wait see excited exciting fun best better day time"
    " inspiring inspire positive important special perfect moments joy memories journey life always never know think"
    " feel feeling feels believe want need able possible difference awful sweet cute yay haha lol please ya pretty"
    " rock rocks big super encouragement idea pic photo picture thoughtful talked spoke chatted happened help"
    " problem issue question"
)
_WHEN: Final = words(
    "yesterday today tonight tomorrow ago since recently lately last week weeks weekend month months year years"
    " monday tuesday wednesday thursday friday saturday sunday january february march april june july august"
    " september october november december morning night summer winter spring autumn fall days hours birthday"
    " childhood first currently finally"
)
_TASTE: Final = words(
    "favorite favourite favorites prefer prefers love loved hate enjoy enjoyed passion passionate fan dislike"
    " interested always usually dream obsessed hobby hobbies every rather"
)
_NEAR: Final = words(
    "wife husband son daughter kids kid children mother mum mom father dad partner fiance boyfriend girlfriend brother"
    " sister grandmother grandma grandfather grandpa twins family parents baby dog dogs cat cats puppy pet pets friend"
    " friends cousin aunt uncle team colleague colleagues boss job home house hometown school college university"
    " business company career apartment"
)
_HEDGE: Final = words("hope hoping maybe perhaps might guess wonder suppose if would could wish should unless probably")
_POINTS: Final = words("it it's its that that's this these those they they're he she which such there there's")
_ASKS: Final = words(
    "what what's how how's who where when why do does did are is have has can could any anything wanna"
)
_CHATTER: Final = words(
    "thanks thank wow congrats hey hi hello yeah yep yes sure absolutely definitely totally exactly agreed glad nice"
    " cool great awesome sounds looks that's good keep bye"
)
_VENT: Final = words(
    "worst ridiculous terrible horrible pathetic unacceptable disappointed disappointing disgusting awful poor wtf smh"
    " rude frustrated frustrating annoying shame lol seriously sick wasted excuse irresponsible"
)
_CHANNEL: Final = words(
    "dm dms message messages pm tweet tweeted link reply replied response answer twitter chat rep reps agent hold staff"
)
_LIFE: Final = _NEAR | words(
    "life love loved loves enjoy enjoyed enjoying feel feeling feels felt dream dreams proud passion passionate hobby"
    " hobbies weekend holiday vacation music movie movies book books reading painting art cooking hiking dance dancing"
    " yoga guitar sports nature memories exciting excited happy relax relaxing inspired inspiring fun amazing awesome"
    " childhood birthday garden travel"
)
_MATTER: Final = words(
    "dm dms please pls send sent address email emails number contact contacted account accounts assist assistance"
    " detail details further issue issues link info service order orders ordered message messages apologies"
    " apologize apologise inconvenience booking code device app refund refunds refunded delivery delivered updated"
    " error flight ticket payment charge charged card cancel cancelled canceled download install phone fix reset"
    " login password package shipping shipped tracking https"
)
_CONTENT_USUAL: Final = 3.0
"""Logarithm of the number of telling words from which more do not count."""
_PERSONAL_FROM: Final = 0.4
_WORDS_EXPECTED: Final = 6
"""So many words of neither kind are taken for granted: short talk is with a service until it shows otherwise."""


class Features(NamedTuple):
    """Of one sentence in its place. In the order of the weights; 0 or 1 where nothing else is said."""

    bias: float
    speaker: float
    """The customer is in it: I, we."""
    own: float
    me: float
    others: float
    """Nothing of the customer is in it."""
    past: float
    """What the customer did or was."""
    state: float
    """Begins with what the customer is, has, needs or cannot."""
    when: float
    number: float
    name: float
    """Names and titles, up to 3."""
    near: float
    """Kin, animals, home, work."""
    taste: float
    hedge: float
    you: float
    points: float
    """Begins with it, that, they."""
    chatter: float
    """Begins with thanks, praise or agreement."""
    question: float
    asks: float
    content: float
    """Logarithm of the number of telling words, up to `_CONTENT_USUAL`."""
    empty: float
    """The share of praise, thanks and sympathy among the words."""
    answers: float
    """The other has just asked."""
    telling: float
    """See `cues.TELLING`."""
    trouble: float
    concrete: float
    vent: float
    channel: float
    """About the talk itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands. `personal` is that of the conversation, see `personal`; `listener` the name of the other
    person in it, when there is one; `screened` what must not be remembered of it."""

    answers: bool = False
    personal: float = 0.0
    listener: str | None = None
    screened: frozenset[str] = SCREENED_BY_DEFAULT


def personal(texts: Iterable[str]) -> float:
    """From 0, talk with a service about a matter at hand, to 1, talk about each other's lives."""
    life = matter = 0
    for text in texts:
        for word in _LETTERS.findall(text.lower()):
            life += word in _LIFE
            matter += word in _MATTER
    return min(life / (life + 2 * matter + _WORDS_EXPECTED) / _PERSONAL_FROM, 1.0)


def worth(sentence: str, place: Place) -> float:
    """The logit that this lasts, less what it takes to be kept: positive is kept."""
    return score(features(sentence, place), place.personal)


def score(found: Features, personal: float) -> float:
    return sum(
        value * (personal * among_friends + (1.0 - personal) * with_service)
        for value, among_friends, with_service in zip(found, PERSONAL, SERVICE, strict=True)
        if value
    )


def features(sentence: str, place: Place) -> Features:
    """Of a sentence as `phrasing.trimmed` leaves it."""
    found = [word.lower() for word in _WORD.findall(sentence)]
    seen = frozenset(found)
    start = found[0] if found else ""
    said = [word for word in found if word not in _SMALL]
    telling = [word for word in said if word not in _EMPTY]
    is_telling = bool(TELLING.search(sentence))
    is_wish = is_telling and _WISH.match(sentence) is not None
    return Features(
        bias=1.0,
        speaker=not seen.isdisjoint(_SPEAKER),
        own=not seen.isdisjoint(_OWN),
        me=not seen.isdisjoint(_OBJECT),
        others=seen.isdisjoint(_FIRST_PERSON),
        past=_speaker_did(found),
        state=bool(_STATE.match(sentence)),
        when=not seen.isdisjoint(_WHEN),
        number=any(map(str.isdigit, sentence)),
        name=min(len(_NAME.findall(sentence)), 3),
        near=not seen.isdisjoint(_NEAR),
        taste=not seen.isdisjoint(_TASTE),
        hedge=not seen.isdisjoint(_HEDGE),
        you=not seen.isdisjoint(_YOU),
        points=start in _POINTS,
        chatter=start in _CHATTER,
        question="?" in sentence and not is_wish,
        asks=start in _ASKS and not is_wish,
        content=min(log2(1 + len(telling)), _CONTENT_USUAL),
        empty=1.0 - len(telling) / len(said) if said else 1.0,
        answers=place.answers,
        telling=is_telling,
        trouble=bool(TROUBLE.search(sentence)),
        concrete=bool(CONCRETE.search(sentence)),
        vent=not seen.isdisjoint(_VENT),
        channel=not seen.isdisjoint(_CHANNEL),
    )


def _speaker_did(found: list[str]) -> bool:
    """Whether a verb in the past is among the three words after I or we."""
    for at, word in enumerate(found):
        if word in _SPEAKER and any(verbs.is_past(one) or one in _WAS for one in found[at + 1 : at + 4]):
            return True
    return False


PERSONAL: Final = Features(
    bias=-2.99,
    speaker=0.21,
    own=0.09,
    me=0.18,
    others=-0.44,
    past=0.32,
    state=0.45,
    when=0.49,
    number=-0.27,
    name=0.18,
    near=0.42,
    taste=0.33,
    hedge=-0.37,
    you=-0.04,
    points=-0.00,
    chatter=-0.71,
    question=-0.92,
    asks=0.06,
    content=1.28,
    empty=0.36,
    answers=0.74,
    telling=0.76,
    trouble=-0.01,
    concrete=0.01,
    vent=-0.25,
    channel=-0.57,
)
SERVICE: Final = Features(
    bias=-2.82,
    speaker=0.03,
    own=0.39,
    me=-0.17,
    others=-1.07,
    past=-0.16,
    state=1.00,
    when=0.95,
    number=0.41,
    name=0.16,
    near=0.69,
    taste=1.03,
    hedge=-1.13,
    you=-1.11,
    points=-0.68,
    chatter=0.10,
    question=-1.32,
    asks=-1.15,
    content=0.43,
    empty=-0.82,
    answers=-0.23,
    telling=2.44,
    trouble=0.94,
    concrete=0.69,
    vent=-0.24,
    channel=-0.67,
)
