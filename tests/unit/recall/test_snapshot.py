from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

from regulars.recall.rank import newest, rank
from regulars.recall.snapshot import Snapshot


def contents(snapshot, kind="observation"):
    return [hit.memory.content for hit in newest(snapshot, kind=kind, begin=None, end=None, limit=100)]


def test_an_older_snapshot_stays_as_it_is(memory, snapshot_of):
    first = snapshot_of(memory("a", "likes tea"))
    second = first.updated([memory("a", "likes coffee"), memory("b", "owns a dog", day=1)], 2)
    third = second.updated([], 3, removed=["a"])
    assert contents(first) == ["likes tea"]
    assert contents(second) == ["owns a dog", "likes coffee"]
    assert contents(third) == ["owns a dog"]
    assert [len(snapshot) for snapshot in (first, second, third)] == [1, 2, 1]
    assert [snapshot.version for snapshot in (first, second, third)] == [1, 2, 3]


def test_two_successors_of_one_snapshot_do_not_mix(memory, snapshot_of):
    first = snapshot_of(memory("a", "likes tea"))
    left = first.updated([memory("b", "left", day=1)], 2)
    right = first.updated([memory("c", "right", day=1)], 2)
    assert contents(left) == ["left", "likes tea"]
    assert contents(right) == ["right", "likes tea"]
    assert contents(left.updated([memory("d", "later", day=2)], 3)) == ["later", "left", "likes tea"]


def test_a_late_vector_is_not_seen_by_older_snapshots_and_takes_no_row(memory, snapshot_of):
    without = snapshot_of(memory("a", "likes tea"))
    having = without.updated([memory("a", "likes tea", vector=[1])], 2)
    assert having.view("observation").rows == 1
    assert not without.view("observation").vectors()[1].any()
    assert having.view("observation").vectors()[1].all()


def test_a_changed_text_loses_its_old_vector(memory, snapshot_of):
    snapshot = snapshot_of(memory("a", "likes tea", vector=[1])).updated([memory("a", "likes coffee")], 2)
    (kept,) = snapshot.view("observation")
    assert kept.vector is None


def test_mostly_dead_rows_are_given_up(memory, snapshot_of):
    snapshot = snapshot_of(*(memory(f"{number}", "likes tea") for number in range(100)))
    for version in range(2, 5):
        snapshot = snapshot.updated([memory(f"{number}", f"version {version}") for number in range(100)], version)
    assert snapshot.view("observation").rows <= 200
    assert contents(snapshot) == ["version 4"] * 100


def test_removing_the_unknown_changes_nothing(memory, snapshot_of):
    snapshot = snapshot_of(memory("a", "likes tea"))
    assert contents(snapshot.updated([], 2, removed=["b"])) == ["likes tea"]


def test_kinds_are_apart(memory, snapshot_of):
    snapshot = snapshot_of(memory("a", "likes tea"), memory("b", "talked about tea", kind="summary"))
    assert contents(snapshot) == ["likes tea"]
    assert contents(snapshot, "summary") == ["talked about tea"]


@pytest.mark.parametrize("size", [1, 3, 9])
@pytest.mark.parametrize("memory_id", ["a", "b"])
def test_a_vector_of_another_size_is_refused_and_harms_nothing(memory, snapshot_of, size, memory_id):
    first = snapshot_of(memory("a", "likes tea"))
    wrong = replace(memory(memory_id, "likes tea"), vector=np.ones(size, dtype=np.float32))
    with pytest.raises(ValueError, match="dimensions"):
        first.updated([wrong], 2)
    assert contents(first.updated([memory("c", "third", day=1)], 2)) == ["third", "likes tea"]


def test_bytes_grow_with_what_is_held(memory):
    small = Snapshot.empty(512)
    large = small.updated([memory(f"{number}", "likes tea and much more") for number in range(200)], 1)
    assert large.bytes - small.bytes > 200 * len("likes tea and much more")


def test_readers_need_no_lock(memory):
    """One thread grows a profile; the other sees each snapshot whole, however late it looks."""
    line = [Snapshot.empty(8)]

    def write():
        for number in range(400):
            changed = [memory(f"{number % 90}", f"tea word{number}", vector=[1, number])]
            line.append(line[-1].updated(changed, number + 1))

    writer = Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        snapshot = line[-1]
        query = {"text": "tea", "vector": None, "kind": "observation", "begin": None, "end": None}
        hits = rank(snapshot, **query, limit=1000, threshold=0)
        seen.append((snapshot, [(hit.memory.memory_id, hit.score) for hit in hits]))
    writer.join()
    assert len(seen) > 1
    for snapshot, told in seen:
        assert len(told) == min(snapshot.version, 90)
        again = rank(snapshot, **query, limit=1000, threshold=0)
        assert [(hit.memory.memory_id, hit.score) for hit in again] == told


def test_ids_are_of_the_living_of_both_kinds(memory, snapshot_of):
    first = snapshot_of(memory("a", "likes tea"), memory("b", "owns a dog"), memory("c", "asked", kind="summary"))
    second = first.updated([memory("b", "owns a cat"), memory("d", "likes rum")], 2, removed=["a"])
    assert sorted(first.ids()) == ["a", "b", "c"]
    assert sorted(second.ids()) == ["b", "c", "d"]
