"""What a query and each memory have in common, as numbers: the larger, the more."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from regulars.recall.columns import Floats
from regulars.recall.dates import AskedDate, dates_in, nearness
from regulars.recall.dense import Vector
from regulars.recall.languages import is_small, language_of
from regulars.recall.lexical import folded, words
from regulars.recall.snapshot import View

LENGTH_USUAL: Final = 4.0
"""Logarithm of 1 and some 50 terms: up to here longer texts tell more, beyond it they tell of more things."""

COSINE_USUAL: Final = 0.18
COSINE_USUAL_COVERED: Final = 0.28
"""A vector that is missing is taken for one with this cosine, and so much more where every word is covered."""

_WORDS_FOR_CUSTOMER: Final = (
    "i me my mine myself we us our ours customer client caller user buyer guest patient"  # English
    " yo mi mis me nos nosotros cliente eu meu minha je j moi mon ma mes nous notre io mio mia"  # Romance
    " ich mir mich mein meine meinen wir uns kunde kundin ik mij mijn klant jag mig min kund"  # Germanic
)
_ABOUT_CUSTOMER: Final = frozenset(_WORDS_FOR_CUSTOMER.split())
_ROLES: Final = _ABOUT_CUSTOMER | {"assistant", "agent", "bot", "support", "advisor", "operator", "service", "team"}
"""Somebody who is called so has no name: the word is a word like any other."""
NAME_WORDS_MAX: Final = 3
"""Whoever writes may choose a name: one of many words would be found by any question."""
_WORD: Final = re.compile(r"[^\W_]+")
_ABOUT_CUSTOMER_UNSPACED: Final = ("我", "客户", "顾客", "私", "僕", "お客", "고객")


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is folded, `rest` is it without the dates that it names."""

    text: str
    rest: str
    proper: frozenset[str]
    """Its words that do not begin with a small letter: those that may name somebody."""
    dates: list[AskedDate]
    vector: Vector | None

    @classmethod
    def of(cls, text: str, vector: Vector | None) -> "Query":
        plain = folded(text)
        dates, rest = dates_in(plain)
        proper = " ".join(word for word in _WORD.findall(text) if not word[0].islower())
        return cls(text=plain, rest=rest, proper=frozenset(words(folded(proper))), dates=dates, vector=vector)


class Features(NamedTuple):
    """One value a row. In the order of the weights in `relevance`."""

    coverage: Floats
    """See `LexicalScores`, as for the next two."""
    nearby: Floats
    conversation: Floats
    cosine: Floats
    """Of the vectors, never below 0."""
    cosine_before: Floats
    """Of what was said directly before in the conversation; 0 where nothing was."""
    cosine_after: Floats
    cosine_conversation: Floats
    """The best in the same conversation, this one included."""
    speaker: Floats
    """1 when said by whom the query names, or by the customer when it asks about them; -1 when said by another."""
    question: Floats
    """1 when it ends with a question mark: who asks does not tell."""
    length: Floats
    """Logarithm of the number of terms, up to `LENGTH_USUAL`."""
    length_beyond: Floats
    opening: Floats
    """1 for what was said first in a conversation, 1/2 for what was said then: people begin with what is new."""
    date: Floats
    """How near it was said to a date in the query. In [0, 1]."""


def features(view: View, query: Query) -> tuple[Features, Floats]:
    """And what only the same text has much of: the overlap of the words."""
    layout = view.layout
    spoken_of, names = _spoken_of(view, query)
    lexical = view.words(query.rest, without=names)
    cosine = _cosines(view, query.vector, lexical.coverage)
    lengths = np.log1p(view.lengths)
    found = Features(
        coverage=lexical.coverage,
        nearby=lexical.nearby,
        conversation=lexical.conversation,
        cosine=cosine,
        cosine_before=layout.shifted(cosine, layout.before),
        cosine_after=layout.shifted(cosine, layout.after),
        cosine_conversation=layout.best(cosine),
        speaker=spoken_of,
        question=view.questions,
        length=np.minimum(lengths, LENGTH_USUAL),
        length_beyond=np.maximum(lengths - LENGTH_USUAL, 0.0),
        opening=layout.opening,
        date=nearness(query.dates, view.occurred()) if query.dates else np.zeros(view.rows),
    )
    return found, lexical.overlap


def _cosines(view: View, vector: Vector | None, coverage: Floats) -> Floats:
    usual = COSINE_USUAL + COSINE_USUAL_COVERED * coverage
    if vector is None:
        return usual
    vectors, present = view.vectors()
    cosines = np.maximum(vectors.cosines(vector, view.rows), 0.0)
    return cosines if present.all() else np.where(present, cosines, usual)


def _spoken_of(view: View, query: Query) -> tuple[Floats, frozenset[str]]:
    """Who of those who spoke the query is about, and the words that name anybody who spoke."""
    if not view.speakers:
        return np.zeros(view.rows), frozenset()
    in_order = words(query.text)
    asked, language = set(in_order), language_of(in_order)
    candidates = {name for word in query.proper for name in view.speakers_by_word.get(word, ())}
    naming = {name: _naming(name, language) for name in candidates}
    named = [view.speakers[name] for name in candidates if naming[name] & query.proper]
    every_name = frozenset[str]().union(*naming.values())
    if named:
        return np.where(np.isin(view.speaker_numbers, named), 1.0, -1.0), every_name
    if asked & _ABOUT_CUSTOMER or any(word in query.text for word in _ABOUT_CUSTOMER_UNSPACED):
        return np.where(view.by_customer, 1.0, -1.0), every_name
    return np.zeros(view.rows), every_name


def _naming(name: str, language: str) -> frozenset[str]:
    """The words of a name; small words of the language in which it is asked are none unless nothing else is there."""
    every = frozenset(words(folded(name))[:NAME_WORDS_MAX]) - _ROLES
    return frozenset(word for word in every if not is_small(word, language)) or every
