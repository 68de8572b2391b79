"""What a score is worth: whether 0.5 means one half, and what a threshold keeps and drops."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from regulars.cli.quality.metrics import Outcome, mean

BINS: Final = 10
THRESHOLDS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
NEARLY_EMPTY: Final = (0, 1, 2)
"""So many hits are nothing, or nearly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Hits with scores from `low` on: how many, what they promised, and what share was relevant."""

    low: float
    hits: int
    promised: float
    relevant: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`error` is the expected calibration error: the mean distance of promise and truth over all hits."""

    hits: int
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a threshold does; shares are None where there is no such question.

    `silent` is the share of unanswerable questions with at most so many hits left; `relevant_kept` the share of the
    answerable ones that keep a relevant hit, of those that had one; `relevant_all` the same of all of them.
    """

    threshold: float
    silent: dict[int, float | None]
    relevant_kept: float | None
    relevant_all: float | None


def calibration(outcomes: Iterable[Outcome], *, cut: int | None = None) -> Calibration | None:
    """Over the hits that have a score, the first `cut` of each question; None without any."""
    pairs = [
        (hit.score, outcome.relevant(hit))
        for outcome in outcomes
        for hit in outcome.hits[:cut]
        if hit.score is not None
    ]
    if not pairs:
        return None
    filled = [pairs_of for number in range(BINS) if (pairs_of := [one for one in pairs if _bin(one[0]) == number])]
    bins = tuple(_measured(one) for one in filled)
    error = sum(one.hits * abs(one.promised - one.relevant) for one in bins) / len(pairs)
    return Calibration(hits=len(pairs), error=error, bins=bins)


def threshold_curve(outcomes: Sequence[Outcome]) -> list[Kept]:
    return [_kept(outcomes, threshold) for threshold in THRESHOLDS]


def _bin(score: float) -> int:
    return min(int(score * BINS), BINS - 1)


def _measured(pairs: Sequence[tuple[float, bool]]) -> Bin:
    return Bin(
        low=_bin(pairs[0][0]) / BINS,
        hits=len(pairs),
        promised=mean([score for score, _ in pairs]),
        relevant=mean([float(relevant) for _, relevant in pairs]),
    )


def _kept(outcomes: Sequence[Outcome], threshold: float) -> Kept:
    left = [sum((hit.score or 0) >= threshold for hit in one.hits) for one in outcomes if not one.question.answerable]
    answerable = [one for one in outcomes if one.question.answerable]
    had = [one for one in answerable if _keeps(one, 0)]
    kept = [one for one in had if _keeps(one, threshold)]
    return Kept(
        threshold=threshold,
        silent={most: _share(sum(count <= most for count in left), len(left)) for most in NEARLY_EMPTY},
        relevant_kept=_share(len(kept), len(had)),
        relevant_all=_share(len(kept), len(answerable)),
    )


def _keeps(outcome: Outcome, threshold: float) -> bool:
    return any(outcome.relevant(hit) and (hit.score or 0) >= threshold for hit in outcome.hits)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
