"""Rankings that are known: never of other snapshots, and never too many."""

import gc

from regulars.recall.ranked import Ranked, Rankings
from regulars.recall.snapshot import Snapshot

FOUND = Ranked([], [], [])


def test_the_same_question_of_the_same_snapshots_is_known():
    rankings, own, talk = Rankings(), Snapshot.empty(4), Snapshot.empty(4)
    rankings.put([own], "tea", FOUND)
    rankings.put([own, talk], "coffee", FOUND)
    assert rankings.get([own], "tea") is FOUND
    assert rankings.get([own, talk], "coffee") is FOUND
    assert rankings.get([own], "coffee") is rankings.get([own, talk], "tea") is None
    assert rankings.get([talk, own], "coffee") is None


def test_a_successor_is_another_snapshot():
    rankings, own, talk = Rankings(), Snapshot.empty(4), Snapshot.empty(4)
    rankings.put([own, talk], "tea", FOUND)
    assert rankings.get([own.updated([], 1), talk], "tea") is None
    assert rankings.get([own, talk.updated([], 1)], "tea") is None
    assert rankings.get([own, talk], "tea") is FOUND


def test_no_snapshot_is_kept_alive_and_none_takes_the_answer_of_one_that_is_gone():
    """A new snapshot often lies where the old one was."""
    rankings, places = Rankings(), set()
    for _ in range(100):
        snapshot = Snapshot.empty(4)
        places.add(id(snapshot))
        assert rankings.get([snapshot], "tea") is None
        rankings.put([snapshot], "tea", FOUND)
        del snapshot
        gc.collect()
    assert len(places) < 100


def test_what_a_snapshot_told_goes_with_it():
    rankings, own, talk = Rankings(), Snapshot.empty(4), Snapshot.empty(4)
    rankings.put([own], "tea", FOUND)
    rankings.put([own, talk], "tea", FOUND)
    del talk
    gc.collect()
    assert len(rankings) == 1
    assert rankings.get([own], "tea") is FOUND
    del own
    gc.collect()
    assert len(rankings) == 0


class Dying:
    """Part of a question: while it is looked up, under the lock, a snapshot dies."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self.snapshots = list(snapshots)

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        self.snapshots.clear()
        gc.collect()
        return self is other


def test_a_snapshot_may_die_while_something_is_looked_up():
    rankings, own = Rankings(), Snapshot.empty(4)
    asked = Dying(Snapshot.empty(4))
    rankings.put(asked.snapshots, "tea", FOUND)
    rankings.put([own], asked, FOUND)
    assert rankings.get([own], Dying()) is None
    assert asked.snapshots == []
    assert rankings.get([own], asked) is FOUND
    assert len(rankings) == 1


def test_as_many_are_known_as_fit_and_those_asked_last_stay():
    rankings, snapshot = Rankings(entries_max=2), Snapshot.empty(4)
    rankings.put([snapshot], "one", FOUND)
    rankings.put([snapshot], "two", FOUND)
    rankings.get([snapshot], "one")
    rankings.put([snapshot], "three", FOUND)
    assert len(rankings) == 2
    assert rankings.get([snapshot], "one") is rankings.get([snapshot], "three") is FOUND
    assert rankings.get([snapshot], "two") is None
