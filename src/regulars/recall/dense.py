"""The vectors of one kind of memory: one float32 matrix, one pass over it a query."""

import numpy as np
from numpy.typing import NDArray

from regulars.recall.columns import CAPACITY_MIN, NEVER, Floats, Mask, with_room

Vector = NDArray[np.float32]


class Vectors:
    """Row i is memory i's vector, or zeros until one arrives. `_arrived[i]` is the generation at which it did."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._matrix = np.zeros((CAPACITY_MIN, dimensions), dtype=np.float32)
        self._arrived = np.zeros(CAPACITY_MIN, dtype=np.int64)

    def append(self, row: int, vector: Vector | None, generation: int) -> None:
        self._matrix = with_room(self._matrix, row + 1)
        self._arrived = with_room(self._arrived, row + 1)
        self._arrived[row] = NEVER
        if vector is not None:
            self.arrive(row, vector, generation)

    def arrive(self, row: int, vector: Vector, generation: int) -> None:
        if vector.shape != (self.dimensions,):
            raise ValueError(f"a vector of shape {vector.shape} in a profile of {self.dimensions} dimensions")
        self._matrix[row] = vector
        self._arrived[row] = generation

    def get(self, row: int, generation: int) -> Vector | None:
        return self._matrix[row].copy() if self._arrived[row] <= generation else None

    def present(self, rows: int, generation: int) -> Mask:
        return self._arrived[:rows] <= generation

    def cosines(self, query: Vector, rows: int) -> Floats:
        """`vecdot`, not `@`: as fast, no BLAS threads, and a row's result does not depend on where the row lies."""
        return np.vecdot(self._matrix[:rows], np.asarray(query, dtype=np.float32)).astype(np.float64)

    @property
    def bytes(self) -> int:
        return self._matrix.nbytes + self._arrived.nbytes
