"""From the first person to the third: "I have lost my card" becomes "The customer has lost their card".

A rewriting that is not safe returns None; the caller then quotes the customer.
"""

import re
from dataclasses import dataclass
from typing import Final

from regulars.ai.rules import verbs
from regulars.ai.rules.tables import words

BUSINESS: Final = "the business"

_TOKEN = re.compile(r"\w+(?:['-]\w+)*|\s+|[^\w\s]")
_NEVER_A_NOUN: Final = words("have live want prefer hate keep get own am don't drive pay expect")
_AFTER_WORK: Final = frozenset({"in", "at", "for", "as", "from"})
_OF_OTHERS: Final = frozenset({"they", "them", "their", "theirs", "they're", "they've", "they'll", "themselves"})
_ASKS_FIRST: Final = words(
    "am are was were do did have had can could will would should shall may might don't didn't can't couldn't won't"
    " haven't is does"
)
_BEFORE_OBJECT: Final = words(
    "to for with from of at by about on in without tell told give gave send sent ask asked help thank let contact"
    " call see love want hate like"
)
_PARTICIPLES: Final = words("been gone done got gotten had bought sent paid lost made seen taken given")
_CONTRACTED: Final = {
    "i'm": ("I", "am"), "i've": ("I", "have"), "i'll": ("I", "will"), "we're": ("we", "are"), "we've": ("we", "have"),
    "we'll": ("we", "will"), "you're": ("you", "are"), "you've": ("you", "have"), "you'll": ("you", "will"),
    "i'd": ("I", "'d"), "we'd": ("we", "'d"), "you'd": ("you", "'d"),
}  # fmt: skip
_SLANG: Final = {
    "im": "I'm", "ive": "I've", "i": "I", "dont": "don't", "cant": "can't", "didnt": "didn't", "doesnt": "doesn't",
    "isnt": "isn't", "wasnt": "wasn't", "havent": "haven't", "hasnt": "hasn't", "wouldnt": "wouldn't",
    "wont": "won't", "couldnt": "couldn't", "arent": "aren't", "u": "you", "ur": "your", "pls": "please",
    "plz": "please", "gonna": "going to", "wanna": "want to", "gotta": "have to", "y'all": "you", "yall": "you",
    "ya": "you", "thats": "that's", "theres": "there's", "w": "with", "bc": "because", "cuz": "because",
    "coz": "because", "thru": "through", "tho": "though", "acct": "account", "msg": "message", "&": "and",
    "thankyou": "thanks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Who "I" and "you" are. `speaker_again` is for later mentions: "they", or "it" for a business."""

    speaker: str
    speaker_again: tuple[str, str, str]
    listener: str
    listener_again: tuple[str, str, str]
    speaker_plural: bool


def customer_speaks(name: str | None) -> Cast:
    """`name` stands for the customer, who is "the customer" without one."""
    again = ("they", "them", "their")
    return Cast(name or "the customer", again, BUSINESS, (BUSINESS, BUSINESS, f"{BUSINESS}'s"), speaker_plural=True)


def business_speaks() -> Cast:
    """For an agent's sentence after the customer was named in front of it."""
    return Cast(BUSINESS, ("it", "it", "its"), "them", ("they", "them", "their"), speaker_plural=False)


def plain(sentence: str) -> str:
    """Chat spelling written out ("dont", "u", "im"), which the rest relies on."""
    return "".join(_SLANG.get(token.lower(), token) for token in _tokens(sentence))


def rewrite(sentence: str, cast: Cast, *, introduced: bool = False) -> str | None:
    """The sentence about `cast.speaker`, who was named before it when `introduced`. None when unsafe."""
    words = _expanded(_tokens(sentence))
    if cast.speaker_plural and (_OF_OTHERS & {word.lower() for word in words}) and _mentions(words) > (not introduced):
        return None  # two parties would both be "they"
    return _Rewriter(words, cast, introduced=introduced).run()


def _tokens(sentence: str) -> list[str]:
    return [found.group() for found in _TOKEN.finditer(sentence)]


def _expanded(tokens: list[str]) -> list[str]:
    words: list[str] = []
    for index, token in enumerate(tokens):
        pair = _CONTRACTED.get(token.lower())
        if pair is None:
            words.append(token)
            continue
        verb = pair[1] if pair[1] != "'d" else _had_or_would(tokens, index)
        words += [pair[0], " ", verb]
    return words


def _had_or_would(tokens: list[str], index: int) -> str:
    following = next((token.lower() for token in tokens[index + 1 :] if token.strip()), "")
    return "had" if following in _PARTICIPLES or following == "better" or verbs.is_past(following) else "would"


def _mentions(words: list[str]) -> int:
    return sum(1 for word in words if word.lower() in _FIRST_PERSON)


_OBJECT: Final = frozenset({"me", "us"})
_POSSESSIVE: Final = frozenset({"my", "our"})
_SELF: Final = {"myself": "themselves", "ourselves": "themselves", "mine": "theirs", "ours": "theirs"}
_FIRST_PERSON: Final = frozenset({"i", "we", "me", "us", "my", "our", *_SELF})


class _Rewriter:
    """One pass over the words. `failed` is set where the outcome would not be English or not be true."""

    def __init__(self, words: list[str], cast: Cast, *, introduced: bool) -> None:
        self.words = words
        self.cast = cast
        self.introduced = introduced
        self.failed = False
        self.singular_until = -1

    def run(self) -> str | None:
        position = 0
        while position < len(self.words) and not self.failed:
            self._word(position, self.words[position].lower())
            position += 1
        return None if self.failed else "".join(self.words)

    def _word(self, at: int, word: str) -> None:
        if word in {"i", "we"}:
            self._speaker_subject(at)
        elif word in _OBJECT and self.words[at] != "US":
            self.words[at] = self._again(1) if self.introduced else self._first()
        elif word in _POSSESSIVE:
            self.words[at] = self._again(2) if self.introduced else f"{self._first()}'s"
        elif word in _SELF:
            self.words[at] = _SELF[word] if self.cast.speaker_plural else "itself"
            self.failed |= not self.introduced or self._after(at) in {"and", "or"}
        elif word == "you":
            self._listener(at)
        elif word == "your":
            self.words[at] = self.cast.listener_again[2]
        elif word in {"yours", "yourself", "yourselves"}:
            self.failed = True

    def _first(self) -> str:
        self.introduced = True
        return self.cast.speaker

    def _again(self, case: int) -> str:
        return self.cast.speaker_again[case]

    def _speaker_subject(self, at: int) -> None:
        if self._before(at) in _ASKS_FIRST:
            self.failed = True  # "should I", "nor do I"
            return
        many = self.introduced and self.cast.speaker_plural
        self.words[at] = self._again(0) if self.introduced else self._first()
        self._agree(at, many=many)

    def _listener(self, at: int) -> None:
        following = self._after(at)
        place = self._verb_place(at)
        is_subject = place is not None and verbs.is_verb(self.words[place].lower())
        if is_subject and self._before(at) not in _BEFORE_OBJECT and following not in {"", "to"}:
            self.words[at] = self.cast.listener_again[0]
            self._agree(at, many=not self.cast.speaker_plural)
        else:
            self.words[at] = self.cast.listener_again[1]

    def _agree(self, at: int, *, many: bool) -> None:
        place = self._verb_place(at)
        if place is None:
            self.failed = not many
            return
        verb = self.words[place].lower()
        habitual = any(word.lower() in verbs.HABITUAL for word in self.words[at + 1 : place])
        form = verbs.plural(verb) if many else verbs.singular(verb, habitual=habitual)
        if form is None:
            self.failed = True
            return
        self.words[place] = form
        self._agree_joined(place, verb, many=many)

    def _agree_joined(self, place: int, verb: str, *, many: bool) -> None:
        """The second verb of "I live in York and work in Leeds", as long as nothing between governs it."""
        if verb in verbs.INVARIANT - {"did", "had"}:
            return
        for at in range(place + 1, len(self.words) - 2):
            word = self.words[at].lower()
            if word in {"to", "i", "we", "you", "that", "who", "which", "it"} or word in verbs.INVARIANT:
                return
            if word in {"and", "but", "or"}:
                self._conjugate_unambiguous(at + 2, many=many)

    def _conjugate_unambiguous(self, at: int, *, many: bool) -> None:
        word = self.words[at].lower()
        if many and word in {"was", "am"}:
            self.words[at] = verbs.plural(word)
        elif not many and (word in _NEVER_A_NOUN or (word == "work" and self._after(at) in _AFTER_WORK)):
            self.words[at] = verbs.singular(word) or word

    def _verb_place(self, at: int) -> int | None:
        for place in range(at + 1, min(at + 8, len(self.words))):
            word = self.words[place].lower()
            if not word.strip() or word in verbs.ADVERBS or (word == "guys" and place == at + 2):
                if word == "guys":
                    self.words[place] = self.words[place - 1] = ""
                continue
            return place if word[0].isalpha() else None
        return None

    def _before(self, at: int) -> str:
        return next((word.lower() for word in reversed(self.words[max(at - 2, 0) : at]) if word.strip()), "")

    def _after(self, at: int) -> str:
        return next((word.lower() for word in self.words[at + 1 : at + 3] if word.strip()), "")
