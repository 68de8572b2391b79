"""Plain BM25, the yardstick: Snowball's English stems, no stop list, and no line of the ranker it is held against."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import Stemmer

K1: Final = 0.9
B: Final = 0.4
_WORD: Final = re.compile(r"\w\w+|[^\W\d_a-z]")
"""A single letter is what an apostrophe cuts off; a single ideograph is a word."""
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+")
"""Scripts without spaces: overlapping pairs of characters stand for their words, as search engines do it."""


class Bm25:
    """Over the texts of one dialogue."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._stemmer: Any = Stemmer.Stemmer("english")  # pyright: ignore[reportUnknownMemberType] - it has no types
        self._counts = [Counter(self._terms(text)) for text in texts]
        lengths = [counts.total() for counts in self._counts]
        mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]
        self._holders = Counter(term for counts in self._counts for term in counts)

    def scores(self, query: str) -> list[float]:
        """Of each text; a word that the query repeats counts each time."""
        weights = {term: count * self._idf(term) for term, count in Counter(self._terms(query)).items()}
        return [
            sum(weight * counts[term] / (counts[term] + norm) for term, weight in weights.items() if term in counts)
            for counts, norm in zip(self._counts, self._norms, strict=True)
        ]

    def ranked(self, query: str) -> list[int]:
        """Every text's number, the best first; equals in their own order."""
        scores = self.scores(query)
        return sorted(range(len(scores)), key=lambda number: -scores[number])

    def _idf(self, term: str) -> float:
        holders = self._holders[term]
        return math.log(1 + (len(self._counts) - holders + 0.5) / (holders + 0.5))

    def _terms(self, text: str) -> list[str]:
        return self._stemmer.stemWords([word for run in _WORD.findall(text.lower()) for word in _split(run)])


def _split(run: str) -> Iterator[str]:
    rest = 0
    for unspaced in _UNSPACED.finditer(run):
        yield from _filled(run[rest : unspaced.start()])
        characters = unspaced.group()
        yield from (characters[at : at + 2] for at in range(max(1, len(characters) - 1)))
        rest = unspaced.end()
    yield from _filled(run[rest:])


def _filled(word: str) -> Iterator[str]:
    if word:
        yield word
