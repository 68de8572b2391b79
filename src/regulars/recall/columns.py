"""Columns that only ever grow, so that a reader who knows how many rows were there when it began needs no lock."""

from collections.abc import Callable
from typing import Final, Generic, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)
Owner = TypeVar("Owner")
Value = TypeVar("Value")

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


class lazy(Generic[Owner, Value]):  # noqa: N801 - a decorator
    """A property worked out when it is first asked for. Python 3.11's own holds one lock for all objects of a class, so
    that a small profile would wait for a large one; here two threads may work out the same, once."""

    def __init__(self, work: Callable[[Owner], Value]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type[Owner], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Owner]) -> Self: ...
    @overload
    def __get__(self, instance: Owner, owner: type[Owner]) -> Value: ...
    def __get__(self, instance: Owner | None, owner: type[Owner]) -> Self | Value:
        if instance is None:
            return self
        value = self._work(instance)
        vars(instance)[self._name] = value
        return value
