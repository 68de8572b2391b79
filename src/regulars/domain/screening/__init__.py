"""What may not be remembered: secrets, data that the GDPR's Article 9 protects, and text that speaks to the machine.

One place for everybody who proposes or writes a memory. What counts is what a text tells about a person: `the doctor is
late` tells nothing, `my son is diabetic` does.
"""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from regulars.domain.plain_text import plain
from regulars.domain.screening import languages, people
from regulars.domain.screening.machine import claims, speaks_to_machine, untold
from regulars.domain.screening.secret import has_secret


class Category(StrEnum):
    SECRET = "SECRET"  # noqa: S105
    """Cards, codes, passwords, keys, numbers of official papers."""
    HEALTH = "HEALTH"
    RELIGION = "RELIGION"
    ORIENTATION = "ORIENTATION"
    """Sex life and gender identity too."""
    POLITICS = "POLITICS"
    """Membership of trade unions too."""
    ETHNICITY = "ETHNICITY"


SCREENED_BY_DEFAULT: Final = frozenset(Category)

INSTRUCTION: Final = "INSTRUCTION"
"""The flag of an observation that rests on a message which addresses the machine."""

_KEPT_CHARS_MAX: Final = 2_000
"""Of longer texts nobody remembers what was found."""
_MARKS: Final = " .,;:!?'-"
_LONG_WORD = re.compile(r"\w{4,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def categories(text: str) -> frozenset[Category]:
    """What a sentence, an observation or a summary tells that may be screened."""
    return _known_categories(text) if len(text) <= _KEPT_CHARS_MAX else _categories(text)


def _categories(text: str) -> frozenset[Category]:
    text = plain(text)
    found = {Category.SECRET} if has_secret(text) else set[Category]()
    for sentence in filter(None, _SENTENCE.split(text)):
        found |= _told(sentence)
    return frozenset(found)


def is_screened(text: str, screened: Collection[str]) -> bool:
    return bool(screened) and not categories(text).isdisjoint(screened)


def addresses_machine(text: str) -> bool:
    """An attempt to instruct the one who remembers, in whatever dress."""
    return _known_addresses(text) if len(text) <= _KEPT_CHARS_MAX else _addresses_machine(text)


def _addresses_machine(text: str) -> bool:
    return speaks_to_machine(plain(text))


_known_categories = lru_cache(maxsize=1024)(_categories)
_known_addresses = lru_cache(maxsize=256)(_addresses_machine)


def claims_privilege(text: str) -> bool:
    """A customer is no witness for their own rights: `I am an administrator` can only be said to have been said."""
    return claims(plain(text))


def refused(content: str, screened: Collection[str], rests_on: Iterable[str] = ()) -> str | None:
    """Why a text must not become a memory, in one word for counts; None when it may.

    `rests_on` are the messages that it cites. What a message says that addresses the machine can only be told as said.
    """
    if is_screened(content, screened):
        return "screened"
    asserted = untold(plain(content)).strip(_MARKS)
    for message in rests_on:
        if Category.SECRET in screened and _repeats_secret(content, message):
            return "screened"
        if asserted and addresses_machine(message):
            return "instruction"
    if speaks_to_machine(asserted):
        return "instruction"
    return "privilege" if claims(asserted) else None


def flags_of(rests_on: Iterable[str]) -> tuple[str, ...]:
    """Of an observation that cites these messages."""
    return (INSTRUCTION,) if any(map(addresses_machine, rests_on)) else ()


def _repeats_secret(content: str, message: str) -> bool:
    """A number or a word with a digit in it, out of a sentence with a secret: `the word is hunter22`."""
    if Category.SECRET not in categories(message):
        return False
    words = {word for word in _LONG_WORD.findall(plain(content).casefold()) if any(map(str.isdigit, word))}
    secret = [each for each in _SENTENCE.split(plain(message)) if has_secret(each)] or [plain(message)]
    return any(word in each.casefold() for word in words for each in secret)


def _told(sentence: str) -> set[Category]:
    found: set[str] = set()
    if people.ANY.may_match(sentence):
        animals = people.with_animals(sentence)
        found |= {name for name, patterns in people.ENGLISH.items() if patterns[animals].search(sentence)}
    if languages.ANY.may_match(sentence):
        found |= {
            name for language in languages.LANGUAGES for name, pattern in language.items() if pattern.search(sentence)
        }
    return set(map(Category, found))
