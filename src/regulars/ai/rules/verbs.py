"""Agreement of the verb with a third person: "have" becomes "has", "want" becomes "wants".

What follows "I" is a verb unless it is one of the small words that cannot be; so agreement goes by form, and only the
other questions (can this word carry a clause, is it a second verb) need a list.
"""

from typing import Final

from regulars.ai.rules.tables import words, words_of

_WORDS: Final = words_of("verbs")
INVARIANT: Final = words(
    "can can't cannot could couldn't will won't would wouldn't should shouldn't must mustn't might may shall did"
    " didn't had hadn't ought was wasn't used needn't"
)
_IRREGULAR_PAST: Final = _WORDS["irregular_past"]
_SAME_IN_PAST: Final = words("read put set cut hit let shut quit bet cost split upset fit hurt spread rid")
_AUXILIARY: Final = {
    "am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't", "haven't": "hasn't",
    "aren't": "isn't", "weren't": "wasn't", "go": "goes", "is": "is", "has": "has", "isn't": "isn't",
    "does": "does", "doesn't": "doesn't", "hasn't": "hasn't",
}  # fmt: skip
_PLURAL: Final = {
    "am": "are", "was": "were", "wasn't": "weren't", "is": "are", "has": "have", "isn't": "aren't", "hasn't": "haven't",
    "does": "do", "doesn't": "don't",
}  # fmt: skip
_BASE: Final = _WORDS["base"]
_NEVER_A_NOUN: Final = _WORDS["never_a_noun"]
_LINKS: Final = words("in at for as from with to on my our the a an")
_NO_VERB: Final = _WORDS["no_verb"]
_MOSTLY_BASE: Final = words(
    "need feed proceed succeed exceed speed bleed indeed red breed seed heed shed embed wed bed"
)
PARTICIPLES: Final = words("been gone done got gotten had bought sent paid lost made seen taken given known become met")
GOVERNING: Final = (INVARIANT - words("had hadn't was wasn't")) | {"do", "don't"}
"""A bare verb after "and" may still belong to these."""
HABITUAL: Final = words("never always usually rarely often only normally sometimes")
_ADVERBS: Final = _WORDS["adverbs"]
_NO_ADVERB: Final = _WORDS["no_adverb"]


def is_adverb(word: str) -> bool:
    """A word that can stand between the subject and its verb."""
    return word in _ADVERBS or (word.endswith("ly") and len(word) > 3 and word not in _NO_ADVERB)


def is_past(verb: str) -> bool:
    return verb in _IRREGULAR_PAST or (verb.endswith("ed") and verb not in _MOSTLY_BASE and len(verb) > 3)


def is_surely_past(verb: str) -> bool:
    """Without what looks the same in the present."""
    return is_past(verb) and verb not in _SAME_IN_PAST and verb not in _BASE


def is_base(word: str) -> bool:
    """A word that can be a second verb: "I swim and *run*". Many are nouns, too."""
    return word in _BASE or (word in _AUXILIARY and word not in {"is", "has", "does"})


def is_surely_verb(word: str, following: str) -> bool:
    """Whether no reading as a noun is left: "have", or "work" before "in"."""
    return word in _NEVER_A_NOUN or (word in _BASE and following in _LINKS)


def is_verb(word: str) -> bool:
    """A word that can carry a clause."""
    return word in INVARIANT or word in _AUXILIARY or is_past(word) or word in _BASE or _stem(word) in _BASE


def singular(verb: str, *, habitual: bool = False) -> str | None:
    """The form after "the customer", given the form after "I", "we" or "you". None when it cannot be told.

    "I read" may be today's or yesterday's; `habitual` after "never" or "always", which make a present of it."""
    if verb in _SAME_IN_PAST:
        return _with_s(verb) if habitual else None
    if verb in _AUXILIARY:
        return _AUXILIARY[verb]
    if verb in INVARIANT or is_past(verb):
        return verb
    return None if _is_no_verb(verb) else _with_s(verb)


def plural(verb: str) -> str | None:
    """The form after "they", given the form after "I"."""
    if verb in INVARIANT or verb in _AUXILIARY:
        return _PLURAL.get(verb, verb)
    return None if _is_no_verb(verb) else verb


def _is_no_verb(word: str) -> bool:
    return word in _NO_VERB or not word.isalpha() or (word.endswith("ing") and word not in _BASE)


def _with_s(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in set("aeiou"):
        return verb[:-1] + "ies"
    return verb + "s"


def _stem(word: str) -> str:
    """The base of "tries", "watches" and "needs"."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("shes", "ches", "xes", "sses", "oes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else ""
