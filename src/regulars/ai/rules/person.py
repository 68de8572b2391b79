"""From the first person to the third: "I have lost my card" becomes "The customer has lost their card".

A rewriting that is not safe returns None; the caller then quotes the customer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from regulars.ai.rules import verbs
from regulars.ai.rules.tables import words, words_of

_WORDS: Final = words_of("person")
BUSINESS: Final = "the business"
_NAMES_REPEATED_MAX: Final = 3
"""A sentence that repeats the name more often reads like a riddle."""

_TOKEN = re.compile(r"\w+(?:['-]\w+)*|\s+|[^\w\s]")
_OF_OTHERS: Final = words("they them their theirs they're they've they'll they'd themselves")
_THEY: Final = _OF_OTHERS - {"them"}
_MANY_PEOPLE: Final = _WORDS["many_people"]
_SINGULAR_S: Final = _WORDS["singular_s"]
_ASKS_FIRST: Final = words(
    "am are was were do did have had can could will would should shall may might don't didn't can't couldn't won't"
    " haven't is does nor neither"
)
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
    "ya": "you", "thats": "that's", "theres": "there's", "bc": "because", "cuz": "because", "shouldnt": "shouldn't",
    "coz": "because", "thru": "through", "tho": "though", "acct": "account", "msg": "message",
    "idk": "I don't know", "youre": "you're",
    "theyre": "they're", "hes": "he's", "shes": "she's", "werent": "weren't", "thankyou": "thanks", "whats": "what's",
}  # fmt: skip
_LOOSE_AND = re.compile(r"(?<=\s)&(?=\s)")
_BECAUSE = re.compile(
    r"(?<!\w)(?<!not )(?<!n't )(?<!to )(?<!will )(?<!did )(?<!does )(?<!can )(?<!would )'?(?:cause|cuz|coz|cos)\b"
    r"(?= (?:i|it|we|he|she|they|the|my|i'm|it's)\b)",
    re.IGNORECASE,
)
_WITH = re.compile(r"(?<=\s)w/?(?=\s)")
_COUPLE = re.compile(r"\b(?i:my|our) ((?:\w+ ){1,3})and (?:I|me)\b(?= \w)|^(?i:me|myself) and my (\w+ (?:[A-Z]\w+ )?)")
_BUSINESS_DID: Final = _WORDS["business_did"]
_HELPS: Final = words("have had did didn't haven't hadn't never not still already just only guys don't do")
_BUSINESS_HAS: Final = _WORDS["business_has"]
_TO_BUSINESS: Final = words(
    "to from with by told paid called emailed contacted asked messaged gave tell ask email call"
)
_TITLES: Final = words("mr mrs ms miss mx dr prof sir lady lord")
_FIRST_PERSON: Final = words("i we me us my our mine ours myself ourselves")
_SELF: Final = words("myself ourselves")
_NO_OBJECT: Final = frozenset({"of", "let"})
"""Before "us": "one of us", "let us"."""
_NEW_SUBJECT: Final = words(
    "i we you he she it they that who which because if when while where what how since although so it's that's he's"
    " she's they're there there's ; :"
)
_TO_CUSTOMER: Final = words(
    "to for with from of at by about on in without tell told give gave send sent ask asked help thank let contact call"
    " see love want hate like"
)
_OFTEN_FINITE: Final = words("love like hate need hope plan")
_ADVERB_PAIRS: Final = frozenset({"kind of", "sort of", "no longer", "at least", "of course", "for one", "in fact"})
_JOINTS: Final = frozenset({"and", "but", "or", ","})
_GROUP: Final = words(
    "all both each another together family couple team band group duo teammates friends roommates classmates"
    " colleagues siblings partners neighbours neighbors"
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who "I" and "you" are. `again` is for later mentions: "they", or "it" for a business; `short` is the name when it
    has to be repeated. `listener` as subject, object and owner. `addressed` is who is asked for something; when that is
    a person, "you" is left alone: it may be them, their employer or anybody."""

    speaker: str
    short: str
    again: tuple[str, str, str, str, str]
    listener: tuple[str, str, str]
    addressed: str
    many: bool


def customer_speaks(name: str | None, listener: str | None = None) -> Cast:
    """`name` stands for the customer, who is "the customer" without one; `listener` for the person who answers."""
    full = name or "the customer"
    first = full.split()[0]
    short = full if name is None or first.strip(".").lower() in _TITLES else first
    again = ("they", "them", "their", "theirs", "themselves")
    return Cast(full, short, again, (BUSINESS, BUSINESS, f"{BUSINESS}'s"), listener or BUSINESS, many=True)


def business_speaks() -> Cast:
    """For an agent's sentence after the customer was named in front of it."""
    return Cast(
        BUSINESS, BUSINESS, ("it", "it", "its", "its", "itself"), ("they", "them", "their"), BUSINESS, many=False
    )


def plain(sentence: str) -> str:
    """Chat spelling written out ("dont", "u", "im"), "my wife and I" turned round: the rest relies on it."""
    sentence = _BECAUSE.sub("because", _WITH.sub("with", _LOOSE_AND.sub("and", sentence)))
    sentence = "".join(_SLANG.get(token.lower(), token) for token in _tokens(sentence))
    return _COUPLE.sub(_couple, sentence)


def rewrite(sentence: str, cast: Cast, *, introduced: bool = False, after: str = "") -> str | None:
    """The sentence about `cast.speaker`, who was named before it when `introduced`. None when unsafe.

    `after` is what was told before it."""
    return _Rewriter(_expanded(_tokens(sentence)), cast, introduced=introduced, others=has_others(after)).run()


def has_others(sentence: str) -> bool:
    """Whether it names several people or things that "they" may mean."""
    return _names_many(_tokens(sentence))


def first_mention(sentence: str) -> str:
    """The first word about the speaker, in small letters; "" when there is none."""
    return next((word.lower() for word in _expanded(_tokens(sentence)) if word.lower() in _FIRST_PERSON), "")


def _couple(found: re.Match[str]) -> str:
    """The name comes first. "My car broke down and I" is no couple."""
    who = (found.group(1) or found.group(2)).split()
    does = any(verbs.is_past(word) or (verbs.is_verb(word) and word.endswith("s")) for word in who)
    if does or (len(who) > 1 and verbs.is_base(who[-1])):
        return found.group()
    return f"I and my {' '.join(who)}" + (" " if found.group(2) else "")


def _tokens(sentence: str) -> list[str]:
    return [found.group() for found in _TOKEN.finditer(sentence)]


def _expanded(tokens: list[str]) -> list[str]:
    expanded: list[str] = []
    for index, token in enumerate(tokens):
        pair = _CONTRACTED.get(token.lower())
        if pair is None:
            expanded.append(token)
            continue
        verb = pair[1] if pair[1] != "'d" else _had_or_would(tokens, index)
        expanded += [pair[0], " ", verb]
    return expanded


def _had_or_would(tokens: list[str], index: int) -> str:
    following = [token.lower() for token in tokens[index + 1 : index + 6] if token.strip()]
    verb = next((word for word in following if not verbs.is_adverb(word) or word == "rather"), "")
    return "had" if verb in verbs.PARTICIPLES or verb == "better" or verbs.is_surely_past(verb) else "would"


class _Rewriter:
    """One pass over the words. `failed` is set where the outcome would not be English or not be true."""

    def __init__(self, tokens: list[str], cast: Cast, *, introduced: bool, others: bool) -> None:
        self.said = [token.lower() for token in tokens]
        self.words = tokens
        self.cast = cast
        self.introduced = introduced
        self.failed = False
        self.last = -1
        self.owner_only = False
        self.repeated = 0
        self.many_now = introduced and cast.many
        self.failed |= cast.many and not others and self._has_unknown_they()
        by_others = (at for at, word in enumerate(self.said) if word in _OF_OTHERS)
        self.others_from = next(by_others, len(tokens))

    def run(self) -> str | None:
        for at, word in enumerate(self.said):
            if self.failed:
                return None
            self._word(at, word)
        failed = self.failed or self.repeated > _NAMES_REPEATED_MAX
        return None if failed else "".join(self.words)

    def _word(self, at: int, word: str) -> None:
        if word in {"i", "we"}:
            self._subject(at)
        elif word == "me" or (word == "us" and self.words[at] != "US"):
            self.failed |= self._before(at) in _NO_OBJECT or (self._after(at) == "and" and self._before(at) in _JOINTS)
            self.failed |= word == "us" and self._after(at) in {"all", "both"}
            self._mention(at, 1)
        elif word in {"my", "our"}:
            self._mention(at, 2)
        elif word in {"mine", "ours"}:
            self._mention(at, 3)
        elif word in _SELF:
            self.failed |= not self.introduced or self._is_unclear(at, 4) or self.many_now != self.cast.many
            self.words[at] = self.cast.again[4]
        elif word in {"you", "your"}:
            self._listener(at, word)
        elif word in {"yours", "yourself", "yourselves", "ain't", "y'all", "let's", "lemme", "imma"}:
            self.failed = True

    def _mention(self, at: int, case: int) -> bool:
        """Puts the speaker in; true when the verb has to be plural after it."""
        named = not self.introduced or self._is_unclear(at, case)
        if named:
            self.repeated += self.introduced
            name = self.cast.short if self.introduced else self.cast.speaker
            self.words[at] = f"{name}'s" if case in {2, 3} else name
        else:
            self.words[at] = self.cast.again[case]
        self.owner_only = case == 2 and not self.introduced
        self.introduced = True
        self.last = at
        return self.cast.many and not named

    def _is_unclear(self, at: int, case: int) -> bool:
        """Whether "they" would be read as somebody else."""
        if not self.cast.many:
            return False
        if at > self.others_from or self._before(at) in {".", "!", "?"}:
            return True
        if self.said[at] in {"we", "us", "our", "ours", "ourselves"}:
            return False
        between = self.said[self.last + 1 : at]
        if any(word in _MANY_PEOPLE for word in between) or (self.owner_only and case < 2):
            return True
        return case == 0 and any(_is_many(word) for word in between)

    def _subject(self, at: int) -> None:
        if self._before(at) in _ASKS_FIRST or self._after(at) in {"", ",", "."}:
            self.failed = True  # "should I", "nor do I", "taller than I"
            return
        group = self.said[at] == "we" and not _GROUP.isdisjoint(self.said[at : at + 12])
        if self._is_couple(at):
            self.words[at] = self.cast.short if self.introduced else self.cast.speaker
            self.introduced, self.last = True, at
            return
        self.failed |= (group and not self.introduced) or self._after(at) == "both"
        embedded = self.introduced
        told = self.last >= 0 and self.said[self.last] in {"me", "us"} and self.last == at - 2
        self.many_now = self._mention(at, 0)
        self._agree(at, many=self.many_now, embedded=embedded)
        if told:
            self.words[at] = f"that {self.words[at]}"  # "told me I should"

    def _has_unknown_they(self) -> bool:
        """Whether "they" would be read as the speaker, for want of anybody else in the sentence."""
        at = next((at for at, word in enumerate(self.said) if word in _THEY), -1)
        return at >= 0 and not _names_many(self.words[:at])

    def _is_couple(self, at: int) -> bool:
        """As "I and my wife", or "Tom and I" at the start: the verb is plural already."""
        if self.said[at] != "i":
            return False
        joined = [word for word in self.said[at + 1 : at + 5] if word.strip()][:2]
        return joined == ["and", "my"] or (at == 4 and self.said[2] == "and" and self.words[0][:1].isupper())

    def _listener(self, at: int, word: str) -> None:
        if not self.cast.many:
            self._customer(at, word)
        elif self.cast.addressed != BUSINESS:
            self.failed = True
        elif word == "your":
            owned = [other for other in self.said[at + 1 : at + 8] if other.strip()][:3]
            self.failed |= not any(other in _BUSINESS_HAS for other in owned)
            self.words[at] = self.cast.listener[2]
        elif self._after(at) == "guys" or self._did(at):
            self.failed |= self._before(at) in _ASKS_FIRST or not self._did(at)
            self._cut_guys(at)
            self.words[at] = self.cast.listener[0]
            self._agree(at, many=False)
        else:
            spoken_to = self._before(at) in _TO_BUSINESS and any(other in _FIRST_PERSON for other in self.said[:at])
            self.failed |= not spoken_to
            self.words[at] = self.cast.listener[1]

    def _customer(self, at: int, word: str) -> None:
        if word == "your":
            self.words[at] = self.cast.listener[2]
            return
        place = self._verb_place(at)
        is_subject = place is not None and verbs.is_verb(self.said[place]) and self._before(at) not in _TO_CUSTOMER
        self.words[at] = self.cast.listener[0 if is_subject else 1]
        if is_subject:
            self._agree(at, many=True)

    def _did(self, at: int) -> bool:
        """Whether "you" is followed by what only a business does."""
        following = (word for word in self.said[at + 1 : at + 12] if word.strip() and word not in _HELPS)
        return next(following, "") in _BUSINESS_DID

    def _cut_guys(self, at: int) -> None:
        if self._after(at) == "guys":
            self.words[at + 1] = self.words[at + 2] = self.said[at + 1] = self.said[at + 2] = ""

    def _agree(self, at: int, *, many: bool, embedded: bool = False) -> None:
        place = self._verb_place(at)
        if place is None or (not verbs.is_verb(self.said[place]) and verbs.is_verb(self._after(place))):
            self.failed = True
            return
        verb = self.said[place]
        habitual = any(word in verbs.HABITUAL for word in self.said[at + 1 : place])
        form = verbs.plural(verb) if many else verbs.singular(verb, habitual=habitual)
        if form is None:
            self.failed = True
            return
        self.words[place] = form
        self._agree_joined(place, many=many, embedded=embedded)

    def _agree_joined(self, place: int, *, many: bool, embedded: bool) -> None:
        """The other verbs of "I live in York and work in Leeds", as far as nothing else governs them."""
        verb = self.said[place]
        governed = verb in verbs.GOVERNING or embedded
        for at in range(place + 1, len(self.said)):
            word = self.said[at]
            if word in _NEW_SUBJECT:
                return
            governed |= word in {"to", "not"}
            if word in _JOINTS:
                adjacent = not "".join(self.said[place + 1 : at]).strip()
                self._second(at, many=many, governed=governed, adjacent=adjacent)

    def _second(self, joint: int, *, many: bool, governed: bool, adjacent: bool) -> None:
        at = self._verb_place(joint)
        if at is None:
            return
        verb = self.said[at]
        if many or verb in {"am", "was", "were"}:
            if verb in {"am", "was", "wasn't", "were"}:
                self.words[at] = (verbs.plural(verb) if many else verbs.singular(verb)) or verb
            return
        if not verbs.is_base(verb):
            return
        surely = verbs.is_surely_verb(verb, self._after(at))
        if governed or self.said[joint] == ",":
            self.failed |= surely or not governed or verb in _OFTEN_FINITE
        elif adjacent or surely:
            self.words[at] = verbs.singular(verb) or verb
            self.failed |= verbs.singular(verb) is None
        else:
            self.failed = True

    def _verb_place(self, at: int) -> int | None:
        for place in range(at + 1, min(at + 10, len(self.said))):
            word = self.said[place]
            pair = f"{word} {self._after(place)}" in _ADVERB_PAIRS or f"{self._before(place)} {word}" in _ADVERB_PAIRS
            if not word.strip() or verbs.is_adverb(word) or pair:
                continue
            return place if word[0].isalpha() else None
        return None

    def _before(self, at: int) -> str:
        return next((word for word in reversed(self.said[max(at - 2, 0) : at]) if word.strip()), "")

    def _after(self, at: int) -> str:
        return next((word for word in self.said[at + 1 : at + 3] if word.strip()), "")


def _names_many(tokens: Sequence[str]) -> bool:
    return any(_is_many(word) or word.lower() in _MANY_PEOPLE for word in tokens)


def _is_many(word: str) -> bool:
    """A plural by its look. Taking "glasses" or "works" for people only repeats a name."""
    return (
        len(word) > 3
        and word.endswith("s")
        and word.islower()
        and not word.endswith(("ss", "'s"))
        and word not in _SINGULAR_S
    )
