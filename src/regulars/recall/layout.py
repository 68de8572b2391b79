"""Where the memories of a view stand: which of them live, in which conversation, beside whom."""

from typing import Final

import numpy as np

from regulars.recall.columns import Floats, Mask, Rows, lazy

_NOBODY: Final = -1


class Layout:
    """Worked out when it is first needed and kept with the view; the rows of a view never change."""

    def __init__(self, *, alive: Mask, conversations: Rows, positions: Rows | None, lengths: Floats) -> None:
        """`positions` are unique within a conversation; None for memories that stand beside nobody."""
        self.alive = alive
        self.conversations = conversations
        self._positions = positions
        self._lengths = np.where(alive, lengths, 0.0)
        self.rows = len(alive)
        self.living = int(np.count_nonzero(alive))
        self.all_alive = self.living == self.rows

    @lazy
    def conversation_count(self) -> int:
        """One more than the greatest number."""
        return int(self.conversations.max(initial=-1)) + 1

    @lazy
    def living_conversations(self) -> int:
        return int(np.count_nonzero(np.bincount(self.conversations[self.alive])))

    @lazy
    def _order(self) -> Rows:
        """The living rows, conversation by conversation, each in its order."""
        living = np.flatnonzero(self.alive)
        if self._positions is None:
            return living
        key = (self.conversations[living] << 32) | self._positions[living]
        return living[np.argsort(key, kind="stable")]

    @lazy
    def _follows(self) -> Mask:
        """For each in `_order`, whether the one before it there is of the same conversation."""
        inside = self.conversations[self._order]
        follows = np.zeros(len(inside), dtype=np.bool_)
        if self._positions is not None:
            follows[1:] = inside[1:] == inside[:-1]
        return follows

    @lazy
    def before(self) -> Rows:
        """The row of what was said directly before in the same conversation, or -1."""
        rows = np.full(self.rows, _NOBODY, dtype=np.int64)
        at = np.flatnonzero(self._follows)
        rows[self._order[at]] = self._order[at - 1]
        return rows

    @lazy
    def after(self) -> Rows:
        rows = np.full(self.rows, _NOBODY, dtype=np.int64)
        at = np.flatnonzero(self._follows)
        rows[self._order[at - 1]] = self._order[at]
        return rows

    @lazy
    def opening(self) -> Floats:
        """1 for what was said first in a conversation, 1/2 for what was said then, and so on; 0 where nobody speaks."""
        first = np.zeros(self.rows)
        if self._positions is not None:
            starts = np.where(self._follows, 0, np.arange(len(self._order)))
            first[self._order] = 1 / (1 + np.arange(len(self._order)) - np.maximum.accumulate(starts))
        return first

    @lazy
    def nearby_lengths(self) -> Floats:
        """Of each text together with its neighbours."""
        neighbours = self.shifted(self._lengths, self.before) + self.shifted(self._lengths, self.after)
        return np.where(self.alive, self._lengths + neighbours, 0.0)

    @lazy
    def nearby_average(self) -> float:
        return float(self.nearby_lengths.sum()) / max(self.living, 1)

    @lazy
    def conversation_lengths(self) -> Floats:
        return np.bincount(self.conversations, self._lengths, self.conversation_count).astype(np.float64)

    @lazy
    def conversation_average(self) -> float:
        return float(self.conversation_lengths.sum()) / max(self.living_conversations, 1)

    def shifted(self, values: Floats, rows: Rows) -> Floats:
        """The value of each row's neighbour; 0 for who has none."""
        return np.where(rows >= 0, values[rows], 0.0) if self._positions is not None else np.zeros(len(values))

    def best(self, values: Floats) -> Floats:
        """The greatest value in each row's conversation, among the living."""
        best = np.zeros(self.conversation_count)
        np.maximum.at(best, self.conversations, np.where(self.alive, values, 0.0))
        return best[self.conversations]

    def spread(self, rows: Rows, values: Floats) -> tuple[Rows, Floats]:
        """Values of some rows as sums over each row and its neighbours: which rows get any, and how much."""
        if self._positions is None:
            return rows, values
        sums = np.zeros(self.rows + 1)  # the last place is for -1
        sums[rows] += values
        sums[self.before[rows]] += values
        sums[self.after[rows]] += values
        sums[_NOBODY] = 0.0
        found = np.flatnonzero(sums)
        return found, sums[found]

    def gather(self, rows: Rows, values: Floats) -> tuple[Rows, Floats]:
        """Values of some rows as sums over conversations: which get any, and how much."""
        sums = np.bincount(self.conversations[rows], values, self.conversation_count).astype(np.float64)
        found = np.flatnonzero(sums)
        return found, sums[found]
