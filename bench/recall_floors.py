"""The least that a recall can take on this machine at this moment."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

import numpy as np

from bench import stats
from regulars.ai.local_embedder import LocalEmbedder

Name = TypeVar("Name")

WARM_UPS: Final = 20
_PASS_BYTES: Final = 256 * 1024 * 1024
"""Far more than any cache holds."""
_PASSES: Final = 5
_FLOAT_BYTES: Final = 4


def embedding(fresh: Iterator[str], seconds: float) -> dict[str, float]:
    """The model alone for one query, without the thread and the event loop around it."""
    embedder = LocalEmbedder()
    embedder.load()
    encode = embedder._worker._encode  # noqa: SLF001 - the floor is what lies below the public interface
    for _ in range(WARM_UPS):
        encode([next(fresh)])
    measured = side_by_side({"model": lambda: encode([next(fresh)])}, seconds)
    embedder.close()
    return stats.latency(measured["model"])


def bytes_per_s() -> float:
    """How fast one core of this machine reads memory, at its best."""
    block = np.ones(_PASS_BYTES // _FLOAT_BYTES, dtype=np.float32)
    took: list[float] = []
    for _ in range(_PASSES):
        began = time.perf_counter()
        block.sum()
        took.append(time.perf_counter() - began)
    return _PASS_BYTES / min(took)


def pass_ms(memories: int, dimensions: int, bandwidth: float) -> float:
    """One pass over so many vectors."""
    return memories * dimensions * _FLOAT_BYTES / bandwidth * 1000


def side_by_side(works: Mapping[Name, Callable[[], object]], seconds: float) -> dict[Name, list[float]]:
    """In turn, so that a busy neighbour meets all of them alike. Seconds of each time."""
    took: dict[Name, list[float]] = {name: [] for name in works}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for name, work in works.items():
            began = time.perf_counter()
            work()
            took[name].append(time.perf_counter() - began)
    return took
