"""Whether a sentence says nothing but what the messages say that it cites. It looks at words, so it is strict: whoever
writes the sentence is told to use the words of the messages.

A name, a number, an address or a date that no message holds is an invention, and so is a "not". Of the other words that
tell something, fewer than one in four may be new.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Final, Protocol, cast

import Stemmer

from regulars.ai.llm import word_lists
from regulars.ai.llm.dated import Dates

NEW_WORDS_SHARE: Final = 0.25
_TEXT_CHARS_MAX: Final = 20_000
"""Looked at of each message."""

_TOKEN = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|\d[\d.,:/-]*\d|\d"
    r"|[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|[^\W_]+"
)
"""Addresses, numbers, words; one character each where writing puts no space between words."""
_CLAUSE = re.compile(r"[.!?;,:\n\u3002\uff01\uff1f\uff0c\u3001]+|\b(?:but|pero|aber|mais|mas|sino|sondern)\b")
_ELIDED = re.compile(r"^(?:l|d|j|m|t|s|n|c|qu|un|dell|nell|all)'(?=\w)")
_DIGITS = re.compile(r"\D+")


class _Snowball(Protocol):
    def stemWord(self, word: str, /) -> str: ...  # noqa: N802


def _stemmers() -> tuple[_Snowball, ...]:
    return tuple(
        cast("_Snowball", Stemmer.Stemmer(name))  # pyright: ignore[reportUnknownMemberType]
        for name in word_lists.LANGUAGES
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A cited message, or what else may be said: the customer's name and what is known of the day."""

    text: str
    said_on: date


def why_not(sentence: str, cited: Sequence[Source], also: str = "") -> str | None:
    """Why the messages do not bear the sentence, in one word; None when they do. Words of `also` may always be used."""
    texts = [source.text[:_TEXT_CHARS_MAX] for source in cited]
    dates = Dates(sentence, [(text, source.said_on) for text, source in zip(texts, cited, strict=True)])
    if not dates.borne:
        return "date"
    words = [_Word.of(token) for token in _TOKEN.findall(dates.rest)]
    said = _Said(" \n".join(texts))
    allowed = _Said(also)
    telling = [word for word in words if word.tells and not allowed.has(word)]
    missing = [word for word in telling if not said.has(word)]
    if any(word.is_strict for word in missing):
        return "name" if any(word.is_name for word in missing) else "number"
    if not telling or (len(missing) >= len(telling) * NEW_WORDS_SHARE and missing):
        return "unsupported"
    return "negation" if _is_turned(words, telling, texts) else None


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    """In lower case; of a number its digits."""
    is_number: bool
    is_name: bool

    @classmethod
    def of(cls, token: str) -> "_Word":
        lower = token.lower().replace("\u2019", "'")
        lower = _ELIDED.sub("", lower.removesuffix("'s"))
        counted = word_lists.NUMBERS.get(lower)
        if counted is not None or (any(map(str.isdigit, token)) and "@" not in token and "/" not in token):
            return cls(counted or _DIGITS.sub("", token) or lower, is_number=True, is_name=False)
        is_name = token[0].isupper() or "@" in token or "://" in token
        return cls(lower.rstrip("/."), is_number=False, is_name=is_name)

    @property
    def is_strict(self) -> bool:
        return self.is_number or self.is_name

    @property
    def tells(self) -> bool:
        return self.text not in word_lists.PLAIN

    @property
    def negates(self) -> bool:
        return self.text in word_lists.NEGATIONS or self.text.endswith("n't")


class _Said:
    """What a text holds."""

    def __init__(self, text: str) -> None:
        words = [_Word.of(token) for token in _TOKEN.findall(text)]
        self._exact = {word.text for word in words}
        self._stems = {stem for word in words if not word.is_number for stem in stems(word.text)}
        self._is_german = not self._exact.isdisjoint(word_lists.GERMAN)
        if "@" in text:
            self._stems |= stems("e-mail")

    def has(self, word: _Word) -> bool:
        if word.text in self._exact:
            return True
        if self._is_german and word.text.endswith("t") and f"{word.text[:-1]}e" in self._exact:
            return True  # "wohnt" of "ich wohne", which its stemmer leaves apart
        return not word.is_number and not self._stems.isdisjoint(stems(word.text))


@lru_cache(maxsize=20_000)
def stems(word: str) -> frozenset[str]:
    """Each with its language, so that only stems of one language are compared."""
    same = word_lists.SAME.get(word, word)
    with _ONE_AT_A_TIME:
        return frozenset(f"{index} {stemmer.stemWord(same)}" for index, stemmer in enumerate(_STEMMERS))


_STEMMERS: Final = _stemmers()
_ONE_AT_A_TIME: Final = Lock()
"""A Snowball stemmer is not safe to share between threads."""


def _is_turned(words: Sequence[_Word], telling: Sequence[_Word], texts: Sequence[str]) -> bool:
    """A "not" that nobody said, or none where the clause that says the rest has one."""
    negates = any(word.negates for word in words)
    clauses = [(said, part) for text in texts for part in _CLAUSE.split(text) for said in (_Said(part),)]
    if negates:
        return not any(word.negates or word.text in word_lists.TROUBLES for _, part in clauses for word in _words(part))
    if any(word.text in word_lists.TROUBLES for word in words):
        return False
    held = [(sum(said.has(word) for word in telling), part) for said, part in clauses]
    most = max((count for count, _ in held), default=0)
    best = [part for count, part in held if count == most]
    return most > 0 and all(any(word.negates for word in _words(part)) for part in best)


def _words(text: str) -> Iterator[_Word]:
    return map(_Word.of, _TOKEN.findall(text))
