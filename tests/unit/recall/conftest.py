from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from regulars.recall.snapshot import KINDS, Memory, Snapshot

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
def said() -> MakeMemory:
    """A communication. What the customer says is said by Jane."""

    def make(memory_id="a", content="", *, at=0, speaker="Jane", by_customer=None, conversation="c", **rest):
        made = make_memory(memory_id, content, kind="communication", conversations=[conversation], **rest)
        is_customer = speaker == "Jane" if by_customer is None else by_customer
        return replace(made, position=at, speaker=speaker, by_customer=is_customer)

    return make


@pytest.fixture
def snapshot_of():
    def make(*memories):
        kinds = ("communication",) if any(memory.kind == "communication" for memory in memories) else KINDS
        return Snapshot.empty(DIMENSIONS, kinds).updated(memories, 1)

    return make
