"""Columns that only ever grow, so that a reader who knows how many rows were there when it began needs no lock."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)

NEVER: Final = int(np.iinfo(np.int64).max)
"""The generation of what has not happened yet."""

CAPACITY_MIN: Final = 16


def with_room(column: NDArray[Scalar], rows: int) -> NDArray[Scalar]:
    """`column` itself if it has room for `rows` rows, else a copy of at least twice the size; readers keep the old."""
    if rows <= len(column):
        return column
    wider = np.zeros((max(rows, 2 * len(column)), *column.shape[1:]), dtype=column.dtype)
    wider[: len(column)] = column
    return wider
