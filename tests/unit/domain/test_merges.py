"""Merges: whose traits stand, what an undoing gives back, and who is part of whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from regulars.domain.merges import (
    Ledger,
    MergeRecord,
    Past,
    StampedTrait,
    family_of,
    merge_traits,
    return_traits,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def trait(value: str, at: int, name: str = "city") -> StampedTrait:
    return StampedTrait("Contact", name, value, START + timedelta(seconds=at))


def record(into: str, other: str, merge_id: str = "") -> MergeRecord:
    return MergeRecord(
        merge_id=merge_id or f"{into}{other}",
        status="MERGED",
        other_profile_id=other,
        into_profile_id=into,
        id_type="email",
        value="ada@example.com",
        reason="MATCHED",
        actor="test",
        created_at=START,
        undone_at=None,
        undone_by=None,
    )


def past(into: str, other: str, own: Sequence[StampedTrait], theirs: Sequence[StampedTrait], version: int = 1) -> Past:
    ledger = Ledger(
        memory_version=version,
        traits=theirs,
        own_traits=own,
        identifiers=[],
        shared=[],
        evicted=[],
        observation_ids=[],
        summary_ids=[],
        conversation_ids=[],
        participant_ids=[],
    )
    return Past(record(into, other), ledger)


# Merging


def test_the_newer_trait_wins():
    old, new = trait("Rome", 1), trait("Berlin", 2)
    assert merge_traits([old], [new]) == [new]
    assert merge_traits([new], [old]) == []


def test_of_two_from_the_same_moment_the_canonical_one_stays():
    assert merge_traits([trait("Rome", 1)], [trait("Berlin", 1)]) == []


def test_what_only_one_has_stays_or_comes():
    here, there = trait("Rome", 9), trait("Ada", 1, "firstName")
    assert merge_traits([here], [there]) == [there]
    assert merge_traits([], [here, there]) == [here, there]
    assert merge_traits([here], []) == []


def test_traits_of_other_groups_are_others():
    here = trait("Rome", 1)
    assert merge_traits([here], [replace(here, trait_group="Work")]) == [replace(here, trait_group="Work")]


traits_of_one = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from("xyz"), st.integers(0, 3))).map(
    lambda found: [trait(value, at, name) for name, (value, at) in found.items()]
)


@given(traits_of_one, traits_of_one)
def test_a_merge_loses_no_name_and_keeps_the_newest(one, other):
    merged = {t.trait_name: t for t in one} | {t.trait_name: t for t in merge_traits(one, other)}
    assert merged.keys() == {t.trait_name for t in [*one, *other]}
    for t in [*one, *other]:
        assert merged[t.trait_name].updated_at >= t.updated_at
    assert merge_traits(merged.values(), other) == []


# Undoing


def test_what_was_replaced_comes_back():
    mine, theirs = trait("Rome", 1), trait("Berlin", 2)
    undone = past("a", "b", [mine], [theirs])
    change = return_traits([theirs], undone, [undone])
    assert (change.written, change.removed, change.ledgers) == ([mine], [], {})


def test_what_only_the_other_had_leaves():
    theirs = trait("Berlin", 2)
    undone = past("a", "b", [], [theirs])
    change = return_traits([theirs], undone, [undone])
    assert (change.written, change.removed) == ([], [theirs])


def test_what_was_written_since_stays():
    mine, theirs, since = trait("Rome", 1), trait("Berlin", 2), trait("Paris", 3)
    undone = past("a", "b", [mine], [theirs])
    change = return_traits([since], undone, [undone])
    assert (change.written, change.removed) == ([], [])


def test_what_was_removed_since_stays_away():
    undone = past("a", "b", [trait("Rome", 1)], [trait("Berlin", 2)])
    change = return_traits([], undone, [undone])
    assert (change.written, change.removed) == ([], [])


def test_a_trait_of_the_canonical_profile_that_won_stays():
    mine = trait("Rome", 5)
    undone = past("a", "b", [mine], [trait("Berlin", 2)])
    assert return_traits([mine], undone, [undone]).written == []


def test_what_the_first_of_two_brought_does_not_come_back_with_the_undoing_of_the_second():
    mine, first, second = trait("Rome", 1), trait("Berlin", 2), trait("Paris", 3)
    one, two = past("a", "b", [mine], [first], 1), past("a", "c", [first], [second], 2)
    change = return_traits([second], one, [one, two])
    assert (change.written, change.removed) == ([], [])
    two = Past(two.record, change.ledgers["ac"])
    assert return_traits([second], two, [two]).written == [mine]


def test_a_trait_that_lost_to_the_one_who_leaves_appears():
    first, second = trait("Berlin", 3), trait("Paris", 2)
    one, two = past("a", "b", [], [first], 1), past("a", "c", [first], [second], 2)
    change = return_traits([first], one, [two, one])
    assert (change.written, change.removed) == ([second], [])


def test_whoever_leaves_from_within_leaves_those_above_too():
    """C became part of B, B of A; then C leaves, then B."""
    a, b, c = trait("Rome", 1), trait("Berlin", 2), trait("Paris", 3)
    inner, outer = past("b", "c", [b], [c]), past("a", "b", [a], [c])
    change = return_traits([c], inner, [inner, outer])
    assert (change.written, change.removed) == ([b], [])
    assert change.ledgers["ab"].traits == [b]
    outer = Past(outer.record, change.ledgers["ab"])
    assert return_traits([b], outer, [outer]).written == [a]


def test_from_within_the_newest_that_is_left_wins():
    a, b, c = trait("Rome", 2), trait("Berlin", 1), trait("Paris", 3)
    inner, outer = past("b", "c", [b], [c]), past("a", "b", [a], [c])
    assert return_traits([c], inner, [inner, outer]).written == [a]


# Undoing in any order


@dataclass
class Person:
    """Events in their order: (name, value, time), (name, None, time), or somebody who became part."""

    events: list = field(default_factory=list)

    def traits(self) -> dict[str, StampedTrait]:
        state: dict[str, StampedTrait] = {}
        for event in self.events:
            if isinstance(event, Person):
                for name, theirs in event.traits().items():
                    if name not in state or state[name].updated_at < theirs.updated_at:
                        state[name] = theirs
            elif event[1] is None:
                state.pop(event[0], None)
            else:
                state[event[0]] = trait(event[1], event[2], event[0])
        return state


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 4), st.sampled_from("xy"), st.sampled_from("uvw")),
        st.tuples(st.just("remove"), st.integers(0, 4), st.sampled_from("xy"), st.none()),
        st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4), st.none()),
        st.tuples(st.just("undo"), st.integers(0, 4), st.none(), st.none()),
    ),
    max_size=25,
)


class Story:
    """Five people as the product keeps them, in `shown` and `active`, and as they are told, in `people`."""

    def __init__(self) -> None:
        self.people = [Person() for _ in range(5)]
        self.shown: list[dict[str, StampedTrait]] = [{} for _ in self.people]
        self.into: dict[int, int] = {}
        self.active: dict[str, Past] = {}
        self.clock = count(1)

    def living(self, one: int) -> int:
        while one in self.into:
            one = self.into[one]
        return one

    def write(self, one: int, name: str, value: str | None) -> None:
        one, at = self.living(one), next(self.clock)
        self.people[one].events.append((name, value, at))
        self.shown[one].pop(name, None)
        if value is not None:
            self.shown[one][name] = trait(value, at, name)

    def merge(self, one: int, other: int) -> None:
        one, other = self.living(one), self.living(other)
        if one == other:
            return
        theirs = list(self.shown[other].values())
        made = past(str(one), str(other), list(self.shown[one].values()), theirs, next(self.clock))
        self.active[made.record.merge_id] = made
        self.shown[one] |= {t.trait_name: t for t in merge_traits(self.shown[one].values(), theirs)}
        self.shown[other] = {}
        self.people[one].events.append(self.people[other])
        self.into[other] = one

    def undo(self, place: int) -> None:
        if not self.active:
            return
        undone = self.active[sorted(self.active)[place % len(self.active)]]
        target, other = int(undone.record.into_profile_id), int(undone.record.other_profile_id)
        top = self.living(target)
        here = [one for one in self.active.values() if self.living(int(one.record.into_profile_id)) == top]
        change = return_traits(list(self.shown[top].values()), undone, here)
        kept = {name: t for name, t in self.shown[top].items() if t not in change.removed}
        self.shown[top] = kept | {t.trait_name: t for t in change.written}
        self.shown[other] = {t.trait_name: t for t in undone.ledger.traits}
        del self.active[undone.record.merge_id]
        for merge_id, ledger in change.ledgers.items():
            self.active[merge_id] = Past(self.active[merge_id].record, ledger)
        self.people[target].events = [event for event in self.people[target].events if event is not self.people[other]]
        del self.into[other]


@given(deeds)
def test_undoing_leaves_what_had_been_without_the_merge(deeds_):
    """Merges and undoings in any order against a model that tells the story again without those that were undone."""
    story = Story()
    for deed, first, second, value in deeds_:
        if deed == "merge":
            story.merge(first, second)
        elif deed == "undo":
            story.undo(first)
        else:
            story.write(first, second, value)
        for number, person in enumerate(story.people):
            if number not in story.into:
                assert story.shown[number] == person.traits()


# Families


def test_a_family_is_everybody_who_became_part_at_any_remove():
    merges = [record("a", "b"), record("b", "c"), record("c", "d"), record("a", "x"), record("z", "y")]
    assert [one.other_profile_id for one in family_of("b", merges)] == ["c", "d"]
    assert [one.other_profile_id for one in family_of("a", merges)] == ["b", "c", "d", "x"]
    assert family_of("d", merges) == []


def test_the_order_of_the_record_does_not_matter():
    merges = [record("c", "d"), record("b", "c"), record("a", "b")]
    assert {one.other_profile_id for one in family_of("a", merges)} == {"b", "c", "d"}
