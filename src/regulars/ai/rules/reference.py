"""Sentences that point outside themselves: "It was amazing", "They loved her". They are told with what they follow."""

import re
from collections.abc import Sequence
from typing import Final

from regulars.ai.rules import phrasing, verbs
from regulars.ai.rules.tables import words, words_of

_WORDS: Final = words_of("reference")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,;:.!?-]")
_THINGS: Final = words("it it's its it'll it'd")
_PEOPLE: Final = words("he he's he'll he'd him his himself she she's she'll she'd her hers herself")
_OTHERS: Final = words("they they're they've they'll they'd them their theirs")
_SHOWN: Final = words("this that that's that'll these those")
_SHOWS: Final = words("this these those")
_ENDS: Final = words(
    "do did don't didn't can can't could couldn't will won't would have haven't am is isn't so there too"
)
_LEANS: Final = words("because which especially including until unless than")
_TIMES: Final = _WORDS["times"]
_SMALL: Final = _WORDS["small"]
_KNOWN_PEOPLE: Final = _WORDS["known_people"]
_EMPTY_IT: Final = re.compile(
    r"\b(?:it's|it is|it was|it will be|it has been|it would be|it feels|it felt|it takes|it took|it seems)\b"
    r"[^,;.]{0,60}\b(?:to|that|how|when|if|since|seeing|being|because)\b"
    r"|\bit (?:rains?|rained|snows?|snowed|turns out|looks like|took me|takes me)\b"
    r"|\bit(?:'s| is| was) (?:time|raining|snowing)\b"
    r"|\b(?:make|made|makes|find|found|think|thought) it \w+ to\b"
    r"|\bit's been (?:a|an|\d+|two|three|four|five|years|months)\b",
    re.IGNORECASE,
)
_STEPS_MAX: Final = 2
"""Sentences in front of it that one may be told with."""


def self_contained(sentence: str, before: Sequence[str]) -> str | None:
    """The sentence, or joined to those in front of it on which it leans. None when there is nothing to lean on.

    All trimmed; `before` are the speaker's own sentences of the same message, in order."""
    joined = sentence
    for steps, previous in enumerate(reversed(before)):
        if not dangles(joined):
            return joined
        if steps == _STEPS_MAX or not _is_statement(previous):
            return None
        joint = "," if joined.split(maxsplit=1)[0].lower() in _LEANS else ";"
        joined = f"{previous.rstrip(' .!')}{joint} {phrasing.small(joined)}"
        if len(joined) > phrasing.CONTENT_CHARS_MAX - 60:
            return None
    return None if dangles(joined) else joined


def dangles(sentence: str) -> bool:
    """Whether it holds a pronoun, or leaves out a verb, that only an earlier sentence explains."""
    found = _WORD.findall(sentence)
    said = [word.lower() for word in found]
    if said[:1] and said[0] in _LEANS:
        return True
    last = next((word for word in reversed(said) if word[0].isalpha()), "")
    if last in _ENDS and len(said) < 8:
        return True
    without_it = _EMPTY_IT.search(sentence) is not None
    return any(_points_back(found, said, at, without_it=without_it) for at in range(len(said)))


def _points_back(found: list[str], said: list[str], at: int, *, without_it: bool) -> bool:
    word = said[at]
    if word in _THINGS:
        return not without_it and not _has_thing(found, said, at)
    if word in _PEOPLE:
        return not any(one in _KNOWN_PEOPLE or _is_name(found, here) for here, one in enumerate(said[:at]))
    if word in _OTHERS:
        return not any(_is_plural(one) or _is_name(found, here) for here, one in enumerate(said[:at]))
    return word in _SHOWN and _is_shown(said, at) and not _has_thing(found, said, at)


def _is_shown(said: list[str], at: int) -> bool:
    """Like "this is", "love that", "these boots"; not "this week", nor the "that" of "I think that"."""
    following = said[at + 1] if at + 1 < len(said) else ""
    if following in _TIMES:
        return False
    if said[at] in _SHOWS:
        return True
    return at == 0 or not following[:1].isalpha() or said[at] != "that"


def _has_thing(found: list[str], said: list[str], at: int) -> bool:
    """Whether something that "it" can mean was named before."""
    return any(_is_thing(found, said, here) for here in range(at))


def _is_thing(found: list[str], said: list[str], at: int) -> bool:
    word = said[at]
    if (
        not word[0].isalpha()
        or len(word) < 3
        or word in _SMALL
        or word in _PEOPLE
        or word in _OTHERS | _SHOWN | _THINGS
    ):
        return False
    if at and said[at - 1] in {"a", "an", "the", "my", "our"}:
        return True
    return _is_name(found, at) or not (verbs.is_verb(word) or verbs.is_adverb(word))


def _is_name(found: list[str], at: int) -> bool:
    return (
        found[at][0].isupper()
        and at > 0
        and found[at - 1] not in {".", "!", "?"}
        and found[at] != "I"
        and "'" not in found[at]
    )


def _is_plural(word: str) -> bool:
    return word in {"people", "kids", "children", "family", "everyone", "men", "women", "team", "folks", "company"} or (
        len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "'s")) and word not in _SMALL
    )


def _is_statement(sentence: str) -> bool:
    return "?" not in sentence and phrasing.has_clause(sentence) and sentence.count(" ") >= 2
