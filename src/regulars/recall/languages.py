"""Stems: a text's own language decides how its words are cut down to what they have in common."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final, Protocol, cast

import Stemmer

ENGLISH: Final = "english"
_KNOWN_MAX: Final = 50_000
"""Words whose stem is kept, for each language. Beyond it the memory starts anew."""
_KEPT_CHARS_MAX: Final = 24

_BEYOND_LATIN: Final = "\u0370"
_SCRIPTS: Final = (
    ("\u0370", "\u0400", "greek"),
    ("\u0400", "\u0530", "russian"),
    ("\u0530", "\u0590", "armenian"),
    ("\u0600", "\u0780", "arabic"),
    ("\u0900", "\u0980", "hindi"),
    ("\u0b80", "\u0c00", "tamil"),
)


def _function_words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    language = ENGLISH
    for line in (Path(__file__).parent / "function_words.txt").read_text("utf-8").splitlines():
        if line.endswith(":"):
            language = line[:-1]
        elif not line.startswith("#"):
            found.setdefault(language, []).extend(line.split())
    return found


_FUNCTION_WORDS: Final = _function_words()


class _Snowball(Protocol):
    def stemWords(self, words: list[str], /) -> list[str]: ...  # noqa: N802


class _Stems:
    """A Snowball stemmer is not safe to share between threads; this is."""

    def __init__(self, language: str) -> None:
        self._stemmer = cast("_Snowball", Stemmer.Stemmer(language))  # pyright: ignore[reportUnknownMemberType]
        self._lock = Lock()
        self._known: dict[str, str] = {}

    def of(self, words: Sequence[str]) -> list[str]:
        known = self._known
        missing = [word for word in words if word not in known]
        if not missing:
            return [known[word] for word in words]
        with self._lock:
            fresh = dict(zip(missing, self._stemmer.stemWords(missing), strict=True))
        found = [fresh[word] if word in fresh else known[word] for word in words]
        if len(known) + len(fresh) > _KNOWN_MAX:
            known = self._known = {}
        known.update((word, stem) for word, stem in fresh.items() if _is_kept(word))
        return found


def _is_kept(word: str) -> bool:
    """Only what is a word of a language: numbers and keys come once, and are somebody's."""
    return len(word) <= _KEPT_CHARS_MAX and word.isalpha()


@lru_cache
def _stems(language: str) -> _Stems:
    return _Stems(language)


def stems(words: Sequence[str], language: str) -> list[str]:
    """`language` is one that `language_of` gives."""
    return _stems(language).of(words)


def _languages_of_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, listed in _FUNCTION_WORDS.items():
        for word in listed:
            found[word] = (*found.get(word, ()), language)
    return found


_LANGUAGES_OF: Final = _languages_of_words()


def language_of(words: Sequence[str]) -> str:
    """The one whose small words are most of these, else the one that is commonly written so; English when nothing
    tells. `words` are folded: in small letters, without accents."""
    votes: dict[str, int] = {}
    for word in words:
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] = votes.get(language, 0) + 1
    if votes:
        most = max(votes.values())
        return next(language for language in _FUNCTION_WORDS if votes.get(language) == most)
    foreign = next((word[0] for word in words if word[0] >= _BEYOND_LATIN), "")
    return next((language for low, high, language in _SCRIPTS if low <= foreign < high), ENGLISH)


def is_small(word: str, language: str) -> bool:
    """Whether it is one of the small words of a language."""
    return language in _LANGUAGES_OF.get(word, ())


@lru_cache
def function_stems(language: str) -> frozenset[str]:
    """Of the small words of a language, which say little of what a text is about."""
    return frozenset(stems(_FUNCTION_WORDS.get(language, []), language))
