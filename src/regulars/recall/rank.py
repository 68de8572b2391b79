"""A query in, ranked hits out."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from regulars.recall.columns import Floats, Mask, Rows
from regulars.recall.dense import Vector
from regulars.recall.features import signals
from regulars.recall.relevance import logits, probability
from regulars.recall.snapshot import Kind, Memory, Snapshot, View, micros


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` is None where nothing was asked and the order is that of time."""

    memory: Memory
    score: float | None


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
) -> list[Hit]:
    """The most relevant first, equals by the newest `occurred_at` and then the greater id.

    A limit of dates leaves scores as they are. A threshold of 0 also returns what has nothing in common with the query.
    """
    view = snapshot.view(kind)
    alive = view.alive()
    wanted = np.flatnonzero(alive & _window(view, begin, end, end_inclusive=end_inclusive))
    if not len(wanted):
        return []
    relevance = logits(signals(view, text=text, vector=vector, alive=alive))
    scored = (
        Hit(view.memory(row), probability(float(relevance[row]))) for row in _first(view, wanted, relevance, limit)
    )
    return [hit for hit in scored if hit.score is not None and hit.score >= threshold]


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
