"""The vectors of one kind of memory: one float32 matrix, one pass over it a query."""

from collections.abc import Sequence

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

    def extend(self, first: int, vectors: Sequence[Vector | None], generation: int) -> None:
        """Those of the rows from `first` on."""
        last = first + len(vectors)
        self._matrix, self._arrived = with_room(self._matrix, last), with_room(self._arrived, last)
        self._arrived[first:last] = NEVER
        present = [row for row, vector in enumerate(vectors, first) if vector is not None]
        if present:
            self._matrix[present] = np.stack([self._sized(vector) for vector in vectors if vector is not None])
            self._arrived[present] = generation

    def arrive(self, row: int, vector: Vector, generation: int) -> None:
        self._matrix[row] = self._sized(vector)
        self._arrived[row] = generation

    def _sized(self, vector: Vector) -> Vector:
        if vector.shape != (self.dimensions,):
            raise ValueError(f"a vector of shape {vector.shape} in a profile of {self.dimensions} dimensions")
        return vector

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
