from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from regulars.recall.snapshot import Memory, Snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
DIMENSIONS = 8

MakeMemory = Callable[..., Memory]


def make_memory(memory_id="a", content="", *, day=0, kind="observation", conversations=(), vector=None):
    at = START + timedelta(days=day)
    return Memory(
        memory_id=memory_id,
        kind=kind,
        content=content,
        source=None,
        occurred_at=at,
        created_at=at,
        updated_at=at,
        conversation_ids=tuple(conversations),
        vector=None if vector is None else unit(vector),
    )


def unit(values):
    padded = np.zeros(DIMENSIONS, dtype=np.float32)
    padded[: len(values)] = values
    return padded / np.linalg.norm(padded)


@pytest.fixture
def memory() -> MakeMemory:
    return make_memory


@pytest.fixture
def snapshot_of():
    return lambda *memories: Snapshot.empty(DIMENSIONS).updated(memories, 1)
