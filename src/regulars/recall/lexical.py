"""Words: how a text becomes terms, which memories hold a term, and what a query's terms say of each memory (BM25)."""

import re
import sys
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, pairwise
from math import log
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from regulars.recall.columns import CAPACITY_MIN, Floats, Rows, with_room
from regulars.recall.languages import ENGLISH, function_stems, language_of, stems
from regulars.recall.layout import Layout

K1: Final = 0.9
B: Final = 0.4

PRIOR_MEMORIES: Final = 100.0
"""Document frequencies start as if this many memories had been seen, so that a word's weight is sane from the first."""
PRIOR_SHARE: Final = 0.01
"""The share of those that hold an arbitrary word."""
PRIOR_SHARE_FUNCTION_WORD: Final = 0.4
WORD_CHARS_MAX: Final = 64
"""The rest of a longer word does not count."""
UNASKED: Final = 4.0
"""A rare word's weight that every query bears and no memory holds: one word found says less than five words found."""

_UNSPACED: Final = (
    "\u0e00-\u0edf\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
)
_MARKS: Final = "".join(
    chr(point)
    for point in (*range(0x0300, 0x1E00), *range(0xA800, 0xAC00))
    if unicodedata.category(chr(point))[0] == "M"
)
_MARK_RUN: Final = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])[\w{_MARKS}])+")
_GAPS: Final = str.maketrans({mark: " " for mark in map(chr, range(128)) if not mark.isalnum()})
"""What parts words in ASCII."""
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_ACCENTS: Final = re.compile("(?<=[A-Za-z\u00df\u0131\u0370-\u03ff\u0300-\u036f])[\u0300-\u036f]")
"""Of Latin and Greek letters. Elsewhere a mark makes another letter, as in Russian."""
_TF_BITS: Final = 8
_TF_MAX: Final = (1 << _TF_BITS) - 1
_POSTING_OVERHEAD_BYTES: Final = 250
_TERM_OVERHEAD_BYTES: Final = 170
_INDEX_ROWS_MIN: Final = 64
_BLOCK_ROWS: Final = 512
"""So many texts are cut into words before the words are forgotten."""
_NO_ENTRIES: Final = np.zeros(0, dtype=np.uint32)


def folded(text: str) -> str:
    """Accents, case and width do not matter."""
    if text.isascii():
        return text.lower()
    text = _MARK_RUN.sub(r"\1", text)  # putting a run of marks in order takes the square of its length
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold()))


def words(text: str) -> list[str]:
    """Of a folded text, in order. Where words are not parted by spaces: each two letters that follow each other."""
    if text.isascii():
        return [word[:WORD_CHARS_MAX] for word in text.translate(_GAPS).split()]
    found = cast("list[str]", _TOKEN.findall(text))
    return [
        part for word in found for part in (_bigrams(word) if _IS_UNSPACED.match(word) else (word[:WORD_CHARS_MAX],))
    ]


def _bigrams(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for first, second in pairwise(run):
        yield first + second


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated as often as they occur."""
    found = words(folded(text))
    return stems(found, language_of(found))


class Term(NamedTuple):
    """One word of a query, in each form in which the languages of the memories may hold it."""

    forms: frozenset[str]
    prior_share: float


def query_terms(text: str, languages: Iterable[str], *, without: AbstractSet[str] = frozenset()) -> list[Term]:
    """The terms of a folded text for memories in these languages. Words with the same stem in the text's own language
    are one. The words of `without` do not count unless nothing else is there."""
    found = words(text)
    counting = list(dict.fromkeys(word for word in found if word not in without) or dict.fromkeys(found))
    own = language_of(found)
    small = function_stems(own)
    by_language = [stems(counting, language) for language in (own, *sorted({ENGLISH, *languages} - {own}))]
    forms_of: dict[str, set[str]] = {}
    for forms in zip(*by_language, strict=True):
        forms_of.setdefault(forms[0], set()).update(forms)
    return [
        Term(frozenset(forms), PRIOR_SHARE_FUNCTION_WORD if stem in small else PRIOR_SHARE)
        for stem, forms in forms_of.items()
    ]


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """One value a row, each the larger the more the memory has in common with the query; 0 means nothing."""

    coverage: Floats
    """The share of the query, by the weight of its words, that is in the text. In [0, 1]."""
    nearby: Floats
    """BM25 of the text together with what was said directly before and after it, divided by what a text of average
    length that holds every word once gets, and `UNASKED`."""
    conversation: Floats
    """The same of the whole conversation."""
    overlap: Floats
    """Terms in common over terms in either (Jaccard). In [0, 1]; 1 when both have the same terms."""


class _Index:
    """Postings of many rows at once, from row 0 on: the entries of all terms in one array, term by term. Many times as
    fast to make as one posting after the other, and a fraction of their size."""

    __slots__ = ("_entries", "_numbers", "_starts", "distinct", "languages", "lengths")

    def __init__(self, texts: Sequence[str]) -> None:
        self._numbers: dict[str, int] = {}
        rows = len(texts)
        self.lengths = np.zeros(rows, dtype=np.int64)
        """All terms of each row."""
        self.languages: list[str] = []
        """Of each text."""
        blocks = [self._keys(texts, first) for first in range(0, rows, _BLOCK_ROWS)]
        keys, frequencies = np.unique(np.concatenate(blocks), return_counts=True)
        of_rows = keys % rows
        self.distinct = np.bincount(of_rows, minlength=rows)
        self._entries = (of_rows << _TF_BITS | np.minimum(frequencies, _TF_MAX)).astype(np.uint32)
        self._starts = np.searchsorted(keys, np.arange(len(self._numbers) + 1) * rows)

    def _keys(self, texts: Sequence[str], first: int) -> Rows:
        """Of a block: for each word the number of its term, times the number of all rows, plus its row."""
        tokens = [words(folded(text)) for text in texts[first : first + _BLOCK_ROWS]]
        languages = [language_of(found) for found in tokens]
        self.languages += languages
        self.lengths[first : first + len(tokens)] = [len(found) for found in tokens]
        keys = [np.zeros(0, dtype=np.int64)]
        for language in set(languages):
            rows = [row for row, one in enumerate(languages) if one == language]
            terms = self._terms([tokens[row] for row in rows], language)
            of_rows = np.repeat(np.array(rows) + first, self.lengths[first:][rows])
            keys.append(terms * len(texts) + of_rows)
        return np.concatenate(keys)

    def _terms(self, tokens: Sequence[Sequence[str]], language: str) -> Rows:
        flat = list(chain.from_iterable(tokens))
        different = list(dict.fromkeys(flat))
        numbers = self._numbers
        number_of = {
            word: numbers.setdefault(term, len(numbers))
            for word, term in zip(different, stems(different, language), strict=True)
        }
        return np.fromiter(map(number_of.__getitem__, flat), dtype=np.int64, count=len(flat))

    def of(self, term: str) -> NDArray[np.uint32]:
        number = self._numbers.get(term)
        return _NO_ENTRIES if number is None else self._entries[self._starts[number] : self._starts[number + 1]]

    @property
    def bytes(self) -> int:
        return self._entries.nbytes + self._starts.nbytes + _TERM_OVERHEAD_BYTES * len(self._numbers)


class Postings:
    """Terms to the rows that hold them, and the length of each row in terms, all and distinct.

    An entry packs row and frequency in one integer. Entries are in the order of rows.
    """

    def __init__(self) -> None:
        self._index: _Index | None = None
        """Of the first rows, when they came many at once."""
        self._by_term: dict[str, array[int]] = {}
        self.lengths = np.zeros(CAPACITY_MIN, dtype=np.int32)
        self._distinct = np.zeros(CAPACITY_MIN, dtype=np.int32)
        self._entries = 0

    def extend(self, first: int, texts: Sequence[str]) -> list[str]:
        """Texts of the rows from `first` on. Returns the language of each."""
        last = first + len(texts)
        self.lengths, self._distinct = with_room(self.lengths, last), with_room(self._distinct, last)
        if first == 0 and last >= _INDEX_ROWS_MIN:
            index = self._index = _Index(texts)
            self.lengths[:last], self._distinct[:last] = index.lengths, index.distinct
            return index.languages
        return [self._append(row, text) for row, text in enumerate(texts, first)]

    def _append(self, row: int, text: str) -> str:
        found = words(folded(text))
        language = language_of(found)
        frequencies = Counter(stems(found, language))
        self.lengths[row], self._distinct[row] = len(found), len(frequencies)
        self._entries += len(frequencies)
        for term, frequency in frequencies.items():
            entry = row << _TF_BITS | min(frequency, _TF_MAX)
            posting = self._by_term.get(term)
            if posting is None:
                self._by_term[sys.intern(term)] = array("I", (entry,))
            else:
                posting.append(entry)
        return language

    @property
    def bytes(self) -> int:
        entries = 4 * self._entries + _POSTING_OVERHEAD_BYTES * len(self._by_term)
        entries += 0 if self._index is None else self._index.bytes
        return entries + self.lengths.nbytes + self._distinct.nbytes

    def scores(self, asked: Sequence[Term], layout: Layout) -> LexicalScores:
        """Frequencies and average lengths are those of the living rows, so what has died leaves no trace."""
        sums = _Sums(layout)
        for term in asked:
            sums.add(term, *self._found(term.forms, layout))
        either = np.maximum(len(asked) + self._distinct[: layout.rows] - sums.shared, 1.0)
        return sums.scores(overlap=np.minimum(sums.shared / either, 1.0))

    def _found(self, forms: frozenset[str], layout: Layout) -> tuple[Rows, Floats]:
        """The living rows that hold any of the forms, each once, and how often."""
        index = self._index
        entries = [] if index is None else [held for form in forms if len(held := index.of(form))]
        entries += [self._until(posting, layout.rows) for form in forms if (posting := self._by_term.get(form))]
        if not entries:
            return _NOWHERE, _NEVER
        entry = entries[0] if len(entries) == 1 else np.concatenate(entries)
        rows, frequencies = (entry >> _TF_BITS).astype(np.int64), (entry & _TF_MAX).astype(np.float64)
        if len(forms) > 1 and len(entries) > 1:
            rows, place = np.unique(rows, return_inverse=True)
            frequencies = np.bincount(place, frequencies).astype(np.float64)
        if layout.all_alive:
            return rows, frequencies
        alive = layout.alive[rows]
        return rows[alive], frequencies[alive]

    def _until(self, posting: "array[int]", rows: int) -> NDArray[np.uint32]:
        """The entries of rows below `rows`; the others came after the reader. A copy: a writer may add at any time."""
        entries = np.frombuffer(posting.tobytes(), dtype=np.uint32)
        if entries[-1] >> _TF_BITS >= rows:
            return entries[: np.searchsorted(entries, rows << _TF_BITS)]
        return entries


_NOWHERE: Final = np.zeros(0, dtype=np.int64)
_NEVER: Final = np.zeros(0)


class _Sums:
    """What the terms of a query add up to."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.shared = np.zeros(layout.rows)
        self._coverage = np.zeros(layout.rows)
        self._nearby = np.zeros(layout.rows)
        self._conversation = np.zeros(layout.conversation_count)
        self._weight = self._nearby_weight = self._conversation_weight = 0.0

    def add(self, term: Term, rows: Rows, frequencies: Floats) -> None:
        layout = self._layout
        weight = rarity(len(rows), layout.living, term.prior_share)
        self._weight += weight
        self.shared[rows] += 1
        self._coverage[rows] += weight
        near, near_frequencies = layout.spread(rows, frequencies)
        weight = rarity(len(near), layout.living, term.prior_share)
        self._nearby_weight += weight
        self._nearby[near] += weight * _saturated(near_frequencies, layout.nearby_lengths[near], layout.nearby_average)
        conversations, their_frequencies = layout.gather(rows, frequencies)
        weight = rarity(len(conversations), layout.living_conversations, term.prior_share)
        self._conversation_weight += weight
        self._conversation[conversations] += weight * _saturated(
            their_frequencies, layout.conversation_lengths[conversations], layout.conversation_average
        )

    def scores(self, overlap: Floats) -> LexicalScores:
        conversation = self._conversation / (self._conversation_weight + UNASKED)
        return LexicalScores(
            coverage=self._coverage / max(self._weight, 1e-9),
            nearby=self._nearby / (self._nearby_weight + UNASKED),
            conversation=conversation[self._layout.conversations],
            overlap=overlap,
        )


def _saturated(frequencies: Floats, lengths: Floats, average: float) -> Floats:
    """BM25: a second mention says less than the first, and a mention in a long text less than in a short one."""
    return frequencies * (1 + K1) / (frequencies + K1 * (1 - B) + lengths * (K1 * B / max(average, 1.0)))


def rarity(holding: int, living: int, prior_share: float = PRIOR_SHARE) -> float:
    """What it says about a text that it holds a term; always above 0, and steady from 3 texts to 100,000."""
    return log((living + PRIOR_MEMORIES) / (holding + PRIOR_MEMORIES * prior_share))
