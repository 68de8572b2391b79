"""Words: how a text becomes terms, which memories hold a term, and what a query's terms say of each memory (BM25)."""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import log
from threading import Lock
from typing import Final, Protocol, cast

import numpy as np
import Stemmer
from numpy.typing import NDArray

from regulars.recall.columns import CAPACITY_MIN, Floats, Mask, with_room

K1: Final = 0.9
B: Final = 0.4

PRIOR_MEMORIES: Final = 100.0
"""Document frequencies start as if this many memories had been seen, so that a word's weight is sane from the first."""
PRIOR_SHARE: Final = 0.01
"""The share of those that hold an arbitrary word."""
PRIOR_SHARE_FUNCTION_WORD: Final = 0.4
UNASKED: Final = 4.0
"""A rare word's weight that every query bears and no memory holds: one word found says less than five words found."""

_FUNCTION_WORDS: Final = """
a about after again all also am an and any are as at be because been before being between both but by can could
did do does doing done during each else ever few for from get give go got had has have he her here hers herself him
himself his how i if in into is it its itself just kind know made make many may me might more most much must my myself
no nor not now of off on once one only or other our ours out over own said same say she should so some such take tell
than that the their theirs them themselves then there these they thing this those through to too until up us very was
we were what when where which while who whom whose why will with would you your yours yourself s t d ll m re ve
"""

_MARKS: Final = "".join(
    chr(point)
    for point in (*range(0x0300, 0x1E00), *range(0xA800, 0xAC00))
    if unicodedata.category(chr(point))[0] == "M"
)
_UNSPACED: Final = (
    "\u0e00-\u0edf\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
)
_TOKEN: Final = re.compile(rf"\d{{4}}-\d\d-\d\d|[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])[\w{_MARKS}])+")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_TF_BITS: Final = 8
_TF_MAX: Final = (1 << _TF_BITS) - 1
_POSTING_OVERHEAD_BYTES: Final = 350


class _Snowball(Protocol):
    def stemWords(self, words: list[str], /) -> list[str]: ...  # noqa: N802


class _English:
    """A Snowball stemmer is not safe to share between threads; this one is."""

    def __init__(self) -> None:
        self._stemmer = cast("_Snowball", Stemmer.Stemmer("english"))  # pyright: ignore[reportUnknownMemberType]
        self._lock = Lock()

    def stem(self, words: list[str]) -> list[str]:
        with self._lock:
            return self._stemmer.stemWords(words)


_english: Final = _English()


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated as often as they occur. Accents, case and width do not matter."""
    return _english.stem(list(_words(_folded(text))))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", bare)


def _words(text: str) -> Iterator[str]:
    for word in cast("Iterable[str]", _TOKEN.findall(text)):
        if _IS_UNSPACED.match(word):
            yield from _bigrams(word)
        else:
            yield word
            if len(word) == 10 and word[4] == "-":
                yield word[:4]  # a date is also found by its year


def _bigrams(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for first, second in pairwise(run):
        yield first + second


_function_terms: Final = frozenset(terms(_FUNCTION_WORDS))


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """One value a row, each the larger the more the memory has in common with the query; 0 means nothing."""

    bm25: Floats
    """Divided by what a memory of average length that holds every term of the query once gets, and `UNASKED`."""
    overlap: Floats
    """Terms in common over terms in either (Jaccard). In [0, 1]; 1 when both have the same terms."""


class Posting:
    """The memories that hold one term: row and frequency packed in one integer, in the order of rows.

    A frequency of 0 says that the term is in the memory's context only.
    """

    __slots__ = ("_count", "_entries")

    def __init__(self) -> None:
        self._entries = np.zeros(2, dtype=np.uint32)
        self._count = 0

    def append(self, row: int, frequency: int) -> int:
        """Returns by how many bytes it grew."""
        before = self._entries.nbytes
        self._entries = with_room(self._entries, self._count + 1)
        self._entries[self._count] = row << _TF_BITS | min(frequency, _TF_MAX)
        self._count += 1
        return self._entries.nbytes - before

    def until(self, rows: int) -> NDArray[np.uint32]:
        """The entries of rows below `rows`; the others came after the reader."""
        count = self._count  # read before the entries: a writer replaces the entries first
        entries = self._entries[:count]
        if count and entries[-1] >> _TF_BITS >= rows:
            return entries[: np.searchsorted(entries, rows << _TF_BITS)]
        return entries


class Postings:
    """Terms to postings, and the length of each memory in terms, all and distinct."""

    def __init__(self) -> None:
        self._by_term: dict[str, Posting] = {}
        self._lengths = np.zeros(CAPACITY_MIN, dtype=np.int32)
        self._distinct = np.zeros(CAPACITY_MIN, dtype=np.int32)
        self._bytes = 0

    def append(self, row: int, text: str, context: str) -> None:
        """`context` is not in the text (when it was said, say): its words find the memory, but do not lengthen it."""
        found = terms(text)
        frequencies = Counter(found)
        self._lengths = with_room(self._lengths, row + 1)
        self._distinct = with_room(self._distinct, row + 1)
        self._lengths[row] = len(found)
        self._distinct[row] = len(frequencies)
        for term in terms(context):
            frequencies.setdefault(term, 0)
        for term, frequency in frequencies.items():
            self._bytes += self._posting(term).append(row, frequency)

    def _posting(self, term: str) -> Posting:
        posting = self._by_term.get(term)
        if posting is None:
            posting = self._by_term[sys.intern(term)] = Posting()
            self._bytes += _POSTING_OVERHEAD_BYTES
        return posting

    def length(self, row: int) -> int:
        return int(self._lengths[row])

    @property
    def bytes(self) -> int:
        return self._bytes + self._lengths.nbytes + self._distinct.nbytes

    def scores(self, query: str, *, alive: Mask, living: int, length_total: int) -> LexicalScores:
        """Document frequencies and the average length are those of the living rows, so a delta leaves no trace."""
        rows = len(alive)
        wanted = list(dict.fromkeys(terms(query)))
        bm25, shared = np.zeros(rows), np.zeros(rows)
        norm = K1 * (1 - B) + self._lengths[:rows] * (K1 * B * living / max(length_total, 1))
        total = 0.0
        for term in wanted:
            posting = self._by_term.get(term)
            entries = posting.until(rows) if posting else _NOWHERE
            at = entries >> _TF_BITS
            weight = rarity(term, int(np.count_nonzero(alive[at])), living)
            total += weight
            if len(at):
                in_text = entries & _TF_MAX
                frequency = np.maximum(in_text, 1).astype(np.float64)
                bm25[at] += frequency * (weight * (1 + K1)) / (frequency + norm[at])
                shared[at] += in_text > 0
        either = np.maximum(len(wanted) + self._distinct[:rows] - shared, 1.0)
        scale = 1 / (total + UNASKED)
        return LexicalScores(bm25=bm25 * scale, overlap=shared / either)


_NOWHERE: Final = np.zeros(0, dtype=np.uint32)


def rarity(term: str, holding: int, living: int) -> float:
    """What it says about a memory that it holds the term; always above 0, and steady from 3 memories to 100,000."""
    share = PRIOR_SHARE_FUNCTION_WORD if term in _function_terms else PRIOR_SHARE
    return log((living + PRIOR_MEMORIES) / (holding + PRIOR_MEMORIES * share))
