"""A query in, ranked hits out."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from regulars.recall.columns import Floats, Mask, Rows
from regulars.recall.dense import Vector
from regulars.recall.features import Features, Query, features
from regulars.recall.relevance import SAME, Model, crowd, probability, same, strengths
from regulars.recall.snapshot import Kind, Memory, Snapshot, View, micros
from regulars.recall.weights import KNOWN, SAID


class Signal(NamedTuple):
    """What speaks for a memory, and how much it counts: `value` times `weight` goes into the logit of its score."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` is None where nothing was asked and the order is that of time. `signals` only where asked for."""

    memory: Memory
    score: float | None
    signals: tuple[Signal, ...] = ()


def rank(
    snapshot: Snapshot,
    *,
    text: str,
    vector: Vector | None,
    kind: Kind,
    begin: datetime | None,
    end: datetime | None,
    end_inclusive: bool = True,
    limit: int,
    threshold: float,
    explain: bool = False,
) -> list[Hit]:
    """The most relevant first, equals by the newest `occurred_at` and then the greater id.

    A limit of dates leaves scores as they are. A threshold of 0 also returns what has nothing in common with the query.
    """
    view = snapshot.view(kind)
    wanted = np.flatnonzero(view.alive() & _window(view, begin, end, end_inclusive=end_inclusive))
    if not len(wanted):
        return []
    model = SAID if kind == "communication" else KNOWN
    found, overlap = features(view, Query.of(text, vector))
    alike = strengths(found, model.weights)
    rivals = crowd(alike, view.alive(), model.calibration.chance)
    strength = alike + SAME * same(overlap)  # the same words again do not make others less likely
    hits: list[Hit] = []
    for row in _first(view, wanted, strength, limit):
        score = probability(model.calibration, float(strength[row]), rivals)
        if score >= threshold:
            explained = _signals(model, found, overlap, rivals, row) if explain else ()
            hits.append(Hit(view.memory(row), score, explained))
    return hits


def _signals(model: Model, found: Features, overlap: Floats, rivals: float, row: int) -> tuple[Signal, ...]:
    """The strongest first."""
    slope = model.calibration.slope
    own = [
        Signal(name, float(values[row]), slope * weight)
        for name, values, weight in zip(found._fields, found, model.weights, strict=True)
    ]
    signals = [
        *own,
        Signal("same_text", float(same(overlap)[row]), slope * SAME),
        Signal("competition", rivals, model.calibration.competition),
        Signal("prior", 1.0, model.calibration.bias),
    ]
    return tuple(
        sorted((one for one in signals if one.value * one.weight), key=lambda one: -abs(one.value * one.weight))
    )


def newest(
    snapshot: Snapshot,
    *,
    kind: Kind,
    begin: datetime | None,
    end: datetime | None,
    end_inclusive: bool = True,
    limit: int,
) -> list[Hit]:
    """The most recent `occurred_at` first, equals by the greater id; without a score."""
    view = snapshot.view(kind)
    wanted = np.flatnonzero(view.alive() & _window(view, begin, end, end_inclusive=end_inclusive))
    return [Hit(view.memory(row), None) for row in _first(view, wanted, np.zeros(view.rows), limit)]


def _window(view: View, begin: datetime | None, end: datetime | None, *, end_inclusive: bool) -> Mask:
    occurred = view.occurred()
    inside = np.ones(view.rows, dtype=np.bool_)
    if begin is not None:
        inside &= occurred >= micros(begin)
    if end is not None:
        inside &= occurred <= micros(end) if end_inclusive else occurred < micros(end)
    return inside


def _first(view: View, rows: Rows, relevance: Floats, limit: int) -> list[int]:
    """The `limit` best of `rows`, in order. Only the few that may be among them are sorted one by one."""
    if limit <= 0:
        return []
    occurred = view.occurred()
    rows = _head(rows, relevance, limit)
    if len(rows) > limit:  # the surplus are equals of the last one: settle them by time before anything looks at ids
        last = relevance[rows].min()
        tied = rows[relevance[rows] == last]
        above = rows[relevance[rows] > last]
        rows = np.concatenate((above, _head(tied, occurred, limit - len(above))))
    ordered = sorted(
        rows.tolist(),
        key=lambda row: (float(relevance[row]), int(occurred[row]), view.memory(row).memory_id),
        reverse=True,
    )
    return ordered[:limit]


def _head(rows: Rows, values: Floats | Rows, limit: int) -> Rows:
    """Those rows that reach the `limit`-th greatest value: `limit` of them, or more where there are equals."""
    if len(rows) <= limit:
        return rows
    of_rows = values[rows]
    return rows[of_rows >= np.partition(of_rows, -limit)[-limit]]
