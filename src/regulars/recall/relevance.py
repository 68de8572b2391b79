"""Fusion: one relevance in [0, 1] from what words, vectors, time and the conversation around a memory say.

A linear model of thirteen weights, one set for what was said (communications) and one for what is known (observations
and summaries), then three numbers that turn it into a probability. `bench/fit_relevance.py` fits and checks both;
`docs/recall.md` prints what it found. No text of the data that they come from is in this repository.

The order of hits comes from the linear part alone. The probability also looks at the competition: how much the best of
the profile add up to. A hit that stands out is likelier to be the answer than one of twenty that are alike. Limits and
dates do not change it, for the competition is the whole profile's; and a profile of three memories counts as one whose
other seventeen are what chance would bring.
"""

from math import exp
from typing import Final, NamedTuple

import numpy as np

from regulars.recall.columns import Floats, Mask
from regulars.recall.features import Features

COMPETITORS: Final = 20


class Weights(NamedTuple):
    """Of `Features`, in their order."""

    coverage: float
    nearby: float
    conversation: float
    cosine: float
    cosine_before: float
    cosine_after: float
    cosine_conversation: float
    speaker: float
    question: float
    length: float
    length_beyond: float
    opening: float
    date: float


class Calibration(NamedTuple):
    """Probability is the logistic of `bias + slope * strength + competition * crowd`."""

    bias: float
    slope: float
    competition: float
    chance: float
    """The strength that a memory has by chance; fitted over profiles of a single conversation, too."""


class Model(NamedTuple):
    weights: Weights
    calibration: Calibration


SAME: Final = 8.0
"""Set, not fitted: added for the same text, next to nothing below a likeness of 0.85. A question and the observation
that answers it are never that alike, so the data say nothing about it; a long text's words alone would be too weak."""


def strengths(found: Features, weights: Weights) -> Floats:
    total = np.zeros(len(found.coverage))
    for values, weight in zip(found, weights, strict=True):
        if weight:
            total += weight * values
    return total


def same(alike: Floats) -> Floats:
    """To the 16th power: 1 for the same text, next to nothing below 0.85."""
    for _ in range(4):
        alike = alike * alike  # to the last bit the same wherever the row lies
    return alike


def crowd(strength: Floats, alive: Mask, chance: float) -> float:
    """The logarithm of what the best `COMPETITORS` of all add up to; what lacks is made up by chance."""
    living = strength[alive]
    if len(living) > COMPETITORS:
        living = np.partition(living, -COMPETITORS)[-COMPETITORS:]
    rivals = np.sort(np.concatenate((living, np.full(COMPETITORS - len(living), chance))))
    return float(rivals[-1] + np.log(np.exp(rivals - rivals[-1]).sum()))


def probability(calibration: Calibration, strength: float, rivals: float) -> float:
    """`rivals` as `crowd` gives it."""
    logit = calibration.bias + calibration.slope * strength + calibration.competition * rivals
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))
