"""How long ranking takes on warm snapshots, without embedding: `.venv/bin/python bench/recall_rank.py [N ...]`.

Texts are random words with the frequencies of natural language, vectors are random: hits mean nothing here.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from regulars.recall.rank import rank
from regulars.recall.snapshot import Memory, Snapshot

DIMENSIONS = 512
WORDS_PER_MEMORY = 18
WORDS_PER_QUERY = 9
START = datetime(2026, 1, 1, tzinfo=UTC)


class Material:
    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def text(self, words: int) -> str:
        """Ranks by Zipf's law, so that some words are in nearly every memory."""
        return " ".join(f"w{rank}" for rank in np.minimum(self.random.zipf(1.25, words), 20_000))

    def vector(self) -> NDArray[np.float32]:
        vector = self.random.standard_normal(DIMENSIONS).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def memory(self, number: int) -> Memory:
        at = START + timedelta(hours=number)
        return Memory(
            memory_id=f"mem_observation_{number:08d}",
            kind="observation",
            content=self.text(WORDS_PER_MEMORY),
            source="bench",
            occurred_at=at,
            created_at=at,
            updated_at=at,
            conversation_ids=(f"conv_{number // 12}",),
            vector=self.vector(),
        )


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def measure(size: int) -> str:
    material = Material(size)
    built: list[Snapshot] = []
    memories = [material.memory(number) for number in range(size)]
    build_ms = milliseconds(lambda: built.append(Snapshot.empty(DIMENSIONS).updated(memories, 1)))
    ranks = [rank_ms(built[-1], material.text(WORDS_PER_QUERY), material.vector()) for _ in range(300)]
    updates: list[float] = []
    for number in range(size, size + 200):
        fresh = material.memory(number)
        words_then_vector = (replace(fresh, vector=None), fresh)
        updates.extend(update_ms(built, memory) for memory in words_then_vector)
    figures = [*np.percentile(ranks, [50, 99]), *np.percentile(updates, [50, 99])]
    return f"{size:>8}" + "".join(f"{ms:>12.3f}" for ms in figures) + f"{build_ms:>10.0f}{built[-1].bytes / 1e6:>10.1f}"


def update_ms(built: list[Snapshot], memory: Memory) -> float:
    last = built.pop()
    return milliseconds(lambda: built.append(last.updated([memory], last.version + 1)))


def rank_ms(snapshot: Snapshot, text: str, vector: NDArray[np.float32]) -> float:
    return milliseconds(
        lambda: rank(
            snapshot, text=text, vector=vector, kind="observation", begin=None, end=None, limit=20, threshold=0.0
        )
    )


def main(sizes: list[int]) -> None:
    print("       N    rank p50    rank p99  update p50  update p99  build ms        MB")
    for size in sizes:
        print(measure(size), flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [3, 100, 1_000, 10_000, 100_000])
