"""What `languages.toml` knows of each language: patterns over a sentence, and frames for quotations in it."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from regulars.ai.rules.tables import one_of

_TABLES: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_name("languages.toml").read_text("utf-8")
)
_UNSPACED: Final = frozenset({"zh", "ja"})
_LETTER: Final = r"[\w\u0900-\u0963]"
"""Signs of vowels are no letters to a regular expression."""
_STAR = re.compile(r"(?<!\\w)(?<=[^\W\d_\u0900-\u0963])\*|(?<=[\u0900-\u0963])\*")
"""Behind a letter; elsewhere it is a pattern's own."""
_INNER_QUOTES: Final = str.maketrans(
    dict.fromkeys('"\u201c\u201d\u201e\u00ab\u00bb', "'") | {"\u300c": "\u300e", "\u300d": "\u300f"}
)
_PLAIN: Final = {"said": '{who}: "{words}"', "asked": '{who}: "{words}"', "answered": 'The business: "{words}"'}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Each pattern wants its text `folded`."""

    speaker: re.Pattern[str]
    lasts: re.Pattern[str]
    trouble: re.Pattern[str]
    when: re.Pattern[str]
    empty: re.Pattern[str]
    asks: re.Pattern[str]
    insult: re.Pattern[str]


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon | None:
    """None for English, which has modules of its own, and for a language without a table."""
    table = _TABLES.get(language, {})
    if "lasts" not in table:
        return None
    keys = ("i", "lasts", "trouble", "when", "empty", "asks", "insult")
    return Lexicon(*(_pattern(table[key], spaced=language not in _UNSPACED) for key in keys))


@lru_cache(maxsize=32)
def _thanks(language: str) -> re.Pattern[str]:
    table = _TABLES.get(language, _TABLES["en"])
    return _pattern(table["thanks"], spaced=language not in _UNSPACED)


def has_thanks(text: str, language: str) -> bool:
    return bool(_thanks(language).search(folded(text)))


def folded(text: str) -> str:
    """In small letters, without the accents of Latin, Greek and Cyrillic letters: many leave them out."""
    letters = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(char for char in letters if not "\u0300" <= char <= "\u036f"))


def framed(frame: str, language: str, name: str | None = None, **values: str) -> str:
    """A frame of the table, filled. Without one in this language, plain quotes; "" where there is nothing to quote.

    `words` are quoted as they stand; quotation marks in them cannot end the quotation.
    """
    table = _TABLES.get(language, _PLAIN)
    if frame not in table:
        return ""
    who = name or table.get("customer", _TABLES["en"]["customer"])
    if "words" in values:
        values["words"] = " ".join(values["words"].translate(_INNER_QUOTES).split()).rstrip(" ,;:")
    text = table[frame].format(who=who, **values)
    return text[:1].upper() + text[1:]


def _pattern(table: str, *, spaced: bool) -> re.Pattern[str]:
    phrases = _STAR.sub(lambda _: f"{_LETTER}*", folded(table))
    body = one_of(phrases)
    return re.compile(rf"(?<!{_LETTER}){body}(?!{_LETTER})" if spaced else body)
