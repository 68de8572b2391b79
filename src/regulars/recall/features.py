"""What a query and each memory have in common, as numbers: the larger, the more."""

from dataclasses import dataclass

import numpy as np

from regulars.recall.columns import Floats, Mask, Rows
from regulars.recall.dense import Vector
from regulars.recall.snapshot import View


@dataclass(frozen=True, slots=True)
class Signals:
    """One value a row."""

    bm25: Floats
    """See `LexicalScores`."""
    overlap: Floats
    """See `LexicalScores`."""
    neighbour: Floats
    """The best `bm25` among the memories of the same conversation, this one included."""
    cosine: Floats
    """Of the vectors, never below 0; 0 where a vector is missing."""
    has_vector: Mask
    """Whether both sides have a vector."""


def signals(view: View, *, text: str, vector: Vector | None, alive: Mask) -> Signals:
    words = view.words(text, alive)
    has_vector, cosine = _cosines(view, vector)
    return Signals(
        bm25=words.bm25,
        overlap=words.overlap,
        neighbour=_best_in_group(np.where(alive, words.bm25, 0.0), view.conversations()),
        cosine=cosine,
        has_vector=has_vector,
    )


def _cosines(view: View, vector: Vector | None) -> tuple[Mask, Floats]:
    if vector is None:
        return np.zeros(view.rows, dtype=np.bool_), np.zeros(view.rows)
    vectors, present = view.vectors()
    return present, np.where(present, np.maximum(vectors.cosines(vector, view.rows), 0.0), 0.0)


def _best_in_group(values: Floats, groups: Rows) -> Floats:
    """Group 0 is no group: each of its rows stands for itself."""
    best = np.zeros(int(groups.max(initial=0)) + 1)
    np.maximum.at(best, groups, values)
    return np.where(groups == 0, values, best[groups])
