"""Fusion: one relevance in [0, 1] from what words, vectors and the conversation around a memory say.

A logistic model, so that relevance reads as a probability and a hit that only one signal finds survives. No weight but
the bias is below 0: more in common never means less relevant. Nothing is measured against the best hit of the query, so
a memory's relevance depends neither on the limit nor on the dates asked for.

The weights come from `bench/fit_relevance.py` over the gold observations of LoCoMo conversations 1-5: 760 questions, a
memory being relevant when it cites a turn of the evidence. (None of that text is in this repository.) Each conversation
ranked with weights fitted on the other four, R@10 over turns is 61.0 for BM25, 57.3 for vectors, 62.6 for their min-max
mix and 64.6 for this (62.0 without vectors); where it says 0.55, 0.65 and 0.75, it holds for 0.58, 0.62 and 0.77. On
other data it is less sure-footed: on BEAM (long chat turns about one topic each) it ranks like the mix (R@10 66.0 to
65.4), but where it says more than 0.3, it holds for about a third of that.
"""

from math import exp
from typing import Final, NamedTuple

import numpy as np

from regulars.recall.columns import Floats
from regulars.recall.features import Signals


class Weights(NamedTuple):
    bias: float
    bm25: float
    neighbour: float
    cosine: float


WITH_VECTOR: Final = Weights(bias=-10.11, bm25=7.35, neighbour=5.79, cosine=5.63)
WORDS_ONLY: Final = Weights(bias=-9.19, bm25=11.62, neighbour=6.04, cosine=0.0)

HALF: Final = 0.5
"""The `bm25` that counts half of what any could."""

SAME: Final = 8.0
"""Set, not fitted: added for the same text, next to nothing below a likeness of 0.85. A question and the observation
that answers it are never that alike, so the data say nothing about it; a long text's BM25 alone would be too low."""


def logits(signals: Signals) -> Floats:
    return np.where(signals.has_vector, _linear(signals, WITH_VECTOR), _linear(signals, WORDS_ONLY)) + sameness(signals)


def _linear(signals: Signals, weights: Weights) -> Floats:
    words = weights.bias + weights.bm25 * saturated(signals.bm25) + weights.neighbour * saturated(signals.neighbour)
    return words + weights.cosine * signals.cosine


def saturated(bm25: Floats) -> Floats:
    """Without it the model is too sure of its best: of pairs predicted 0.79 it held for 0.67."""
    return bm25 / (bm25 + HALF)


def sameness(signals: Signals) -> Floats:
    alike = np.maximum(signals.overlap, signals.cosine)
    for _ in range(4):
        alike = alike * alike  # to the 16th, and to the last bit the same wherever the row lies
    return SAME * alike


def probability(logit: float) -> float:
    return 1 / (1 + exp(-logit))
