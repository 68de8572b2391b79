"""How a profile became what it is does not show: every answer equals that of a snapshot made from nothing.

Also the last bit of every score: readers in different processes hold snapshots with different histories.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Event

import numpy as np
import pytest

from regulars.recall.rank import newest, rank
from regulars.recall.snapshot import Memory, Snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
DIMENSIONS = 20
KINDS = ("observation", "summary", "communication")
IDS = {kind: [f"{kind[0]}{number}" for number in range(50)] for kind in KINDS}
TEXTS = [
    "likes green tea in the morning",
    "Where is my order?",
    "the parcel came on May 2nd and the tea was cold",
    "teas and orders",
    "order " * 300,
    "Quiero devolver las canciones que pedí",
    "no, la canción",
    "Wo sind meine Lieferungen?",
    "Lieferung",
    "Я заказал чай, где мои заказы?",
    "顧客は紅茶が好きです",
    "紅茶",
    "मुझे चाय पसंद है",
    "고객은 홍차를 좋아한다",
    "Jane asked Sam about the order",
    "ok",
    "😀",
    "",
]
SPEAKERS = ["Jane", "Sam Miller", "Vera", "", "The Tea Bank"]
QUERIES = [
    *TEXTS,
    "What tea does Jane like?",
    "my orders",
    "canciones de Vera",
    "what came in May",
    "what was said on 3 January 2026?",
    "Sam",
]


class Line:
    """A profile as it grows: each snapshot beside what it should hold."""

    def __init__(self, seed) -> None:
        self.random = Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.steps = [(Snapshot.empty(DIMENSIONS, KINDS), {})]
        self.compactions = 0

    def vector(self):
        values = self.numbers.standard_normal(DIMENSIONS).astype(np.float32)
        return values / np.linalg.norm(values)

    def memory(self, memory_id):
        kind = next(kind for kind in KINDS if kind[0] == memory_id[0])
        number = int(memory_id[1:])
        at = START + timedelta(hours=self.random.randrange(200))
        conversations = [f"conversation {number % 7}"] if kind == "communication" or self.random.random() < 0.5 else []
        said_by = self.random.choice(SPEAKERS) if kind == "communication" else ""
        return Memory(
            memory_id=memory_id,
            kind=kind,
            content=self.random.choice(TEXTS),
            source=None,
            occurred_at=at,
            created_at=at,
            updated_at=at,
            conversation_ids=tuple(conversations),
            vector=self.vector() if self.random.random() < 0.5 else None,
            speaker=said_by,
            by_customer=said_by == "Jane",
            position=number if kind == "communication" else 0,
        )

    def change(self, held):
        """New memories, edits, renamed speakers and late vectors; removals, also of what comes again at once."""
        living = sorted(held)
        changed = [
            self.memory(self.random.choice(IDS[self.random.choice(KINDS)])) for _ in range(self.random.randrange(6))
        ]
        for memory_id in self.random.sample(living, min(len(living), self.random.randrange(8))):
            other = {"vector": self.vector()} if held[memory_id].vector is None else {"speaker": "Vera"}
            changed.append(replace(held[memory_id], **other))
        removed = self.random.sample(living, min(len(living), self.random.choice([0, 0, 1, 3])))
        return changed, [
            *removed,
            *([changed[0].memory_id] if changed and self.random.random() < 0.2 else []),
            "unknown",
        ]

    def flood(self, _held):
        """So many at once that most of the rows die."""
        return [self.memory(memory_id) for ids in IDS.values() for memory_id in ids], []

    def step(self):
        snapshot, held = self.steps[-1] if self.random.random() < 0.85 else self.random.choice(self.steps)
        changed, removed = (self.flood if self.random.random() < 0.12 else self.change)(held)
        after = {memory_id: memory for memory_id, memory in held.items() if memory_id not in removed}
        after |= {memory.memory_id: memory for memory in changed}
        grown = snapshot.updated(changed, len(self.steps), removed=removed)
        rows = [sum(one.view(kind).rows for kind in KINDS) for one in (snapshot, grown)]
        self.compactions += rows[1] < rows[0]
        self.steps.append((grown, after))

    def question(self):
        return self.random.choice(QUERIES), self.vector() if self.random.random() < 0.7 else None


def answers(snapshot, text, vector):
    """Everything that can be told: ids and words, scores and why."""
    told = []
    for kind in KINDS:
        window = {"kind": kind, "begin": None, "end": None, "limit": 1_000}
        told.append([(hit.memory, hit.score) for hit in newest(snapshot, **window)])
        hits = rank(snapshot, text=text, vector=vector, threshold=0, explain=True, **window)
        told.append([(hit.memory, hit.score, hit.signals) for hit in hits])
    return told


def from_nothing(held, random):
    return Snapshot.empty(DIMENSIONS, KINDS).updated(random.sample(list(held.values()), len(held)), 1)


@pytest.mark.parametrize("seed", range(6))
def test_deltas_leave_no_trace_and_old_snapshots_stay_valid(seed):
    line, before = Line(seed), []
    for _ in range(30):
        line.step()
        snapshot, held = line.steps[-1]
        question = line.question()
        told = answers(snapshot, *question)
        assert told == answers(from_nothing(held, line.random), *question)
        before.append((snapshot, question, told))
    for snapshot, question, told in before:
        assert answers(snapshot, *question) == told
    assert line.compactions


def test_a_profile_beyond_every_capacity_leaves_no_trace_either():
    """Added one by one, each row lies elsewhere than in a table that was filled at once."""
    line = Line(0)
    memories = [replace(line.memory(f"c{number}"), vector=line.vector()) for number in range(400)]
    snapshot = Snapshot.empty(DIMENSIONS, KINDS)
    for version, memory in enumerate(memories, 1):
        snapshot = snapshot.updated([memory], version)
    held = {memory.memory_id: memory for memory in memories}
    for text in QUERIES:
        question = text, line.vector()
        assert answers(snapshot, *question) == answers(from_nothing(held, line.random), *question)


def test_ids_and_the_snapshots_own_copy_are_of_what_lives():
    line = Line(1)
    for _ in range(20):
        line.step()
        snapshot, held = line.steps[-1]
        assert sorted(snapshot.ids()) == sorted(held)
        assert len(snapshot) == len(held)
        for kind in KINDS:
            for memory in snapshot.view(kind):
                mine, theirs = memory.vector, held[memory.memory_id].vector
                assert (mine is None) == (theirs is None)
                assert mine is None or (mine == theirs).all()


@pytest.fixture
def _threads_that_change_often():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_threads_that_change_often")
@pytest.mark.parametrize("seed", range(2))
def test_readers_see_what_they_hold_while_a_writer_goes_on(seed):
    line, started, done = Line(seed), Barrier(4), Event()
    line.step()

    def write():
        started.wait()
        try:
            for _ in range(40):
                line.step()
        finally:
            done.set()

    def read(number):
        random, seen = Random(number), []
        started.wait()
        while len(seen) < 20 or not done.is_set():
            snapshot, held = line.steps[-1]
            question = random.choice(QUERIES), None
            seen.append((snapshot, held, question, answers(snapshot, *question)))
        return seen

    with ThreadPoolExecutor(4) as threads:
        writer = threads.submit(write)
        readers = [threads.submit(read, number) for number in range(3)]
        seen = [one for reader in readers for one in reader.result()]
    writer.result()
    assert len({id(snapshot) for snapshot, *_ in seen}) > 1
    for snapshot, held, question, told in seen[:: max(len(seen) // 80, 1)]:
        assert answers(snapshot, *question) == told
        assert answers(from_nothing(held, Random(0)), *question) == told


@pytest.mark.usefixtures("_threads_that_change_often")
def test_several_writers_of_one_snapshot_do_not_mix():
    line = Line(5)
    question = "What tea does Jane like?", line.vector()
    with ThreadPoolExecutor(4) as threads:
        for _ in range(8):
            line.step()
            snapshot, held = line.steps[-1]
            changes = [[line.memory(memory_id) for memory_id in (f"o{number}", f"c{number}")] for number in range(4)]
            started = Barrier(len(changes))

            def write(memories, snapshot=snapshot, started=started):
                started.wait()
                return snapshot.updated(memories, 99)

            for memories, successor in zip(changes, list(threads.map(write, changes)), strict=True):
                alone = from_nothing(held | {memory.memory_id: memory for memory in memories}, line.random)
                assert answers(successor, *question) == answers(alone, *question)
