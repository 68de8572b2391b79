"""Whose are these? New, known, or several that are one; and what keeps strangers apart."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.budget import TIMES

from regulars.core import limits
from regulars.domain.identity import Identifier, IdentifierConfig, IdentitySettings
from regulars.domain.plans import Held, Holder, Item, Known, Merge, Plan
from regulars.domain.resolution import is_impersonal, plan, wanted_of
from regulars.domain.traits import Trait

START = datetime(2026, 1, 1, tzinfo=UTC)
A, B, C, D = "a", "b", "c", "d"
NEW = "new1"


def settings_of(*kinds: IdentifierConfig, rules: Sequence[str] | None = None, sharing: int = 10) -> IdentitySettings:
    return IdentitySettings(
        identifier_configs={kind.id_type: kind for kind in kinds},
        matching_rules=[kind.id_type for kind in kinds] if rules is None else rules,
        sharing_limit=sharing,
    )


def kind(id_type: str, **fields) -> IdentifierConfig:
    return IdentifierConfig(id_type=id_type, **fields)


STRONG = (kind("email"), kind("phone"), kind("chat"))
WEAK = (kind("zip", enforce_unique=False), kind("name", enforce_unique=False))
UNRULED = kind("card")
SETTINGS = settings_of(*STRONG, *WEAK, UNRULED, rules=["email", "phone", "chat", "zip", "name"])

e1, e2, e3 = (Identifier("email", f"{n}@example.com") for n in "123")
p1, p2, p3, p4 = (Identifier("phone", f"+1202555010{n}") for n in "1234")
c1, c2 = (Identifier("chat", n) for n in ("u1", "u2"))
z1, z2 = (Identifier("zip", n) for n in ("10115", "94110"))
n1, n2 = (Identifier("name", n) for n in ("Ada", "Grace"))
k1, k2 = (Identifier("card", n) for n in ("k1", "k2"))
noreply = Identifier("email", "noreply@example.com")


def item(*identifiers: Identifier, profile: str | None = None) -> Item:
    return Item((), identifiers, profile)


@dataclass
class World:
    """A store as small as can be: who has what, and who answers to what."""

    held: dict[str, dict[Identifier, datetime]] = field(default_factory=dict)
    owners: dict[Identifier, str] = field(default_factory=dict)
    sharers: dict[Identifier, set[str]] = field(default_factory=dict)
    reach: Counter[Identifier] = field(default_factory=Counter)
    apart: dict[str, set[str]] = field(default_factory=dict)
    into: dict[str, str] = field(default_factory=dict)
    refused: set[tuple[str, str, Identifier, str]] = field(default_factory=set)
    merged: list[Merge] = field(default_factory=list)
    now: datetime = START
    number: count = field(default_factory=lambda: count(1))

    def give(self, profile_id: str, *identifiers: Identifier, unique: bool = True) -> "World":
        """The first that gets a value owns it, the next share it."""
        for identifier in identifiers:
            self.now += timedelta(seconds=1)
            shared = identifier in self.owners or identifier in self.sharers or not unique
            self._add(profile_id, identifier, self.now, shared=shared)
        return self

    def part(self, one: str, other: str) -> "World":
        self.apart.setdefault(one, set()).add(other)
        return self

    def known(self, items: Sequence[Item]) -> Known:
        holders = [
            Holder(identifier, profile_id, shared, max(self.reach[identifier], 1))
            for identifier in wanted_of(items)
            for profile_id, shared in [
                *((owner, False) for owner in [self.owners.get(identifier)] if owner),
                *((sharer, True) for sharer in sorted(self.sharers.get(identifier, ()))),
            ]
        ]
        people = {holder.profile_id for holder in holders} | {one.profile_id for one in items if one.profile_id}
        held = [Held(p, i, at) for p in sorted(people) for i, at in self.held.get(p, {}).items()]
        apart = {p: frozenset(map(self.answer, self.apart_from(p))) for p in people}
        return Known(holders, held, apart)

    def apart_from(self, profile_id: str) -> set[str]:
        """What is on record about the profile and about those that are part of it."""
        return {other for one, others in self.apart.items() if self.answer(one) == profile_id for other in others}

    def plan(self, *items: Item, settings: IdentitySettings = SETTINGS) -> Plan:
        self.now += timedelta(seconds=1)
        return plan(items, self.known(items), settings, now=self.now, new_id=lambda: f"new{next(self.number)}")

    def write(self, *items: Item, settings: IdentitySettings = SETTINGS) -> Plan:
        planned = self.plan(*items, settings=settings)
        self.apply(planned)
        return planned

    def apply(self, planned: Plan) -> None:
        for profile_id in planned.created:
            self.held[profile_id] = {}
        for step in planned.steps:
            if isinstance(step, Merge):
                self._merge(step.canonical_id, step.loser_id)
                self.merged.append(step)
            else:
                self._remove(step.profile_id, step.identifier)
        for claim in planned.claims:
            self._add(claim.profile_id, claim.identifier, claim.added_at, shared=claim.shared)
        for identifier, reach in planned.reaches.items():
            if identifier in self.owners or self.sharers.get(identifier):
                self.reach[identifier] = max(self.reach[identifier], reach)
        self.refused |= {(r.profile_id, r.other_id, r.identifier, r.reason) for r in planned.refusals}
        self.now = max([self.now, *(claim.added_at for claim in planned.claims)])

    def _add(self, profile_id: str, identifier: Identifier, at: datetime, *, shared: bool) -> None:
        self.held.setdefault(profile_id, {})[identifier] = at
        if shared:
            self.sharers.setdefault(identifier, set()).add(profile_id)
        else:
            assert self.owners.setdefault(identifier, profile_id) == profile_id

    def _remove(self, profile_id: str, identifier: Identifier) -> None:
        del self.held[profile_id][identifier]
        if self.owners.get(identifier) == profile_id:
            del self.owners[identifier]
        self.sharers.get(identifier, set()).discard(profile_id)
        if identifier not in self.owners and not self.sharers.get(identifier):
            del self.reach[identifier]

    def _merge(self, canonical: str, loser: str) -> None:
        for identifier, at in self.held.pop(loser).items():
            self.held[canonical].setdefault(identifier, at)
            if self.owners.get(identifier) == loser:
                self.owners[identifier] = canonical
            sharers = self.sharers.setdefault(identifier, set())
            if loser in sharers:
                sharers.discard(loser)
                sharers.add(canonical)
            if self.owners.get(identifier) == canonical:
                sharers.discard(canonical)
        self.into[loser] = canonical

    def answer(self, profile_id: str) -> str:
        while profile_id in self.into:
            profile_id = self.into[profile_id]
        return profile_id

    def state(self) -> dict:
        """Without times, but in their order."""
        return {
            "held": {p: sorted(held, key=lambda i: (held[i], i.value)) for p, held in self.held.items()},
            "owners": self.owners,
            "sharers": {i: sharers for i, sharers in self.sharers.items() if sharers},
            "reach": {i: reach for i, reach in self.reach.items() if reach > 1},
        }


def world(**people: Iterable[Identifier]) -> World:
    made = World()
    for profile_id, identifiers in people.items():
        made.held.setdefault(profile_id, {})
        for identifier in identifiers:
            made.give(profile_id, identifier, unique=identifier.id_type not in ("zip", "name"))
    return made


# Who is it?


def test_nobody_known_makes_a_profile():
    planned = world().plan(item(e1, p1))
    assert (planned.profile_ids, planned.created) == ([NEW], [NEW])
    assert [(c.profile_id, c.identifier, c.shared) for c in planned.claims] == [(NEW, e1, False), (NEW, p1, False)]
    assert not planned.steps
    assert not planned.reaches


def test_an_item_without_identifiers_that_names_its_profile_is_that_one():
    planned = world(a=[p1]).plan(item(profile=A))
    assert planned.profile_ids == [A]
    assert not planned.created


@pytest.mark.parametrize("identifier", [e1, p1, c1, z1])
def test_one_known_value_finds_its_profile(identifier):
    planned = world(a=[identifier]).plan(item(identifier))
    assert planned.profile_ids == [A]
    assert not (planned.created)
    assert not (planned.claims)
    assert not (planned.steps)
    assert not (planned.reaches)
    assert not (planned.refusals)


def test_the_found_profile_gets_what_is_new():
    planned = world(a=[e1]).plan(item(e1, p1))
    assert planned.profile_ids == [A]
    assert [(claim.profile_id, claim.identifier) for claim in planned.claims] == [(A, p1)]


def test_several_profiles_are_merged_into_the_earliest_whatever_rule_found_it():
    made = world(b=[e1], a=[p1], c=[c1])
    planned = made.write(item(e1, p1, c1))
    assert planned.profile_ids == [A]
    assert [(merge.canonical_id, merge.loser_id) for merge in planned.merges] == [(A, B), (A, C)]
    assert set(made.held[A]) == {e1, p1, c1}
    assert made.owners == {e1: A, p1: A, c1: A}


def test_the_reason_of_a_merge_is_the_value_that_led_to_the_other():
    assert world(a=[p1], b=[e1]).plan(item(e1, p1)).merges[0].identifier == e1
    assert world(a=[e1], b=[p1]).plan(item(e1, p1)).merges[0].identifier == p1
    assert world(a=[p2], b=[e1]).plan(item(e1, profile=A)).merges[0].identifier == e1
    assert world(a=[e1], b=[p2]).plan(item(e1, profile=B)).merges[0].identifier == e1


def test_a_value_that_leads_to_the_same_profile_again_merges_nothing():
    assert not world(a=[e1, p1]).plan(item(e1, p1)).merges


def test_kinds_without_a_rule_never_decide():
    planned = world(a=[k1]).plan(item(k1))
    assert planned.profile_ids == [NEW]
    assert [(claim.identifier, claim.shared) for claim in planned.claims] == [(k1, True)]
    assert not world(a=[k1, k2], b=[e1]).plan(item(e1, k1, k2)).merges


# A write that names its profile


def test_a_named_profile_is_merged_with_the_owner_of_a_value():
    assert world(a=[p1], b=[e1]).plan(item(e1, profile=A)).profile_ids == [A]
    assert world(a=[p1], b=[e1]).plan(item(p1, profile=B)).profile_ids == [A]


def test_a_named_profile_that_a_batch_has_merged_means_its_canonical_one():
    planned = world(a=[p1], b=[e1]).plan(item(p1, e1), item(c1, profile=B))
    assert planned.profile_ids == [A, A]
    assert [(claim.profile_id, claim.identifier) for claim in planned.claims] == [(A, c1)]


def test_a_named_profile_may_take_any_number_of_new_values():
    made = world(a=[p1])
    for n in range(20):
        made.write(item(Identifier("phone", f"+1202555{n:04}"), profile=A), settings=settings_of(*STRONG, sharing=1))
    assert not made.reach
    assert len(made.held[A]) == 21


# Values that several may share


def test_a_weak_value_alone_finds_the_earliest_who_has_it():
    assert world(b=[z1], a=[z1]).plan(item(z1)).profile_ids == [A]


def test_a_weak_value_beside_a_strong_new_one_decides_nothing():
    planned = world(a=[z1]).plan(item(e1, z1))
    assert planned.profile_ids == [NEW]
    assert [(claim.identifier, claim.shared) for claim in planned.claims] == [(e1, False), (z1, True)]


def test_one_weak_value_merges_nobody():
    assert not world(a=[e1], b=[z1]).plan(item(e1, z1)).merges


def test_two_weak_values_that_agree_on_a_profile_decide():
    assert world(a=[z1, n1]).plan(item(e1, z1, n1)).profile_ids == [A]
    assert len(world(a=[e1], b=[z1, n1]).plan(item(e1, z1, n1)).merges) == 1


def test_two_weak_values_of_different_profiles_do_not():
    assert world(a=[z1], b=[n1]).plan(item(e1, z1, n1)).profile_ids == [NEW]
    assert not world(a=[z1], b=[n1], c=[e1]).plan(item(e1, z1, n1)).merges


def test_a_value_that_was_shared_before_its_kind_became_unique_leads_to_all_who_have_it():
    made = World().give(A, e1, unique=False).give(B, e1, unique=False)
    assert [(merge.canonical_id, merge.loser_id) for merge in made.plan(item(e1)).merges] == [(A, B)]


# Machines


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("noreply@example.com", True),
        ("No-Reply@example.com", True),
        ("mailer-daemon@example.com", True),
        ("noreply", False),
        ("ada.noreply@example.com", False),
        ("ada@noreply.com", False),
    ],
)
def test_the_addresses_of_machines_are_known(value, expected):
    assert is_impersonal(Identifier("email", value)) is expected


def test_an_address_of_a_machine_merges_nobody():
    planned = world(a=[noreply], b=[p1]).plan(item(noreply, p1))
    assert planned.profile_ids == [B]
    assert [(r.profile_id, r.other_id, r.reason) for r in planned.refusals] == [(B, A, "IMPERSONAL")]
    assert [(claim.profile_id, claim.shared) for claim in planned.claims] == [(B, True)]


def test_an_address_of_a_machine_beside_a_new_value_does_not_find_its_holder():
    assert world(a=[noreply]).plan(item(noreply, p1)).profile_ids == [NEW]


def test_an_address_of_a_machine_alone_finds_its_earliest_holder():
    assert world(a=[noreply]).plan(item(noreply)).profile_ids == [A]


# How many customers one value may bring together


def merges_by(shared: Identifier, others: int, sharing: int) -> World:
    """So many profiles, each written again with the one value."""
    made = World().give("a0", shared)
    for n in range(1, others + 1):
        made.give(f"b{n}", Identifier("chat", f"u{n}"))
        made.write(item(shared, Identifier("chat", f"u{n}")), settings=settings_of(*STRONG, sharing=sharing))
    return made


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_value_brings_together_as_many_as_the_limit_says(limit):
    made = merges_by(p1, limit - 1, limit)
    assert list(made.held) == ["a0"]
    assert not made.refused


def test_a_limit_of_one_merges_nobody():
    made = merges_by(p1, 1, 1)
    assert list(made.held) == ["a0", "b1"]
    assert made.write(item(p1, c1), settings=settings_of(*STRONG, sharing=1)).profile_ids == ["a0"]
    assert made.write(item(p1, c1), settings=settings_of(*STRONG, sharing=1)).profile_ids == ["a0"]


def test_whoever_was_kept_apart_by_a_value_is_found_again_by_their_own():
    """Even where both values have come to the limit: the one that more have is less of a reason."""
    rule = settings_of(*STRONG, sharing=1)
    made = world(a=[e1, p1])
    assert [made.write(item(e1, p2), settings=rule).profile_ids for _ in range(3)] == [[NEW]] * 3


@pytest.mark.parametrize("limit", [2, 5])
def test_one_more_stays_apart(limit):
    made = merges_by(p1, limit, limit)
    assert list(made.held) == ["a0", f"b{limit}"]
    assert {(other, reason) for _, other, _, reason in made.refused} == {("a0", "SHARED")}
    assert made.owners[p1] == "a0"
    assert made.sharers[p1] == {f"b{limit}"}


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_new_values_of_a_kind_that_the_owner_has_count_as_customers(limit):
    """The phone of an office, given with one address after another."""
    made = World().give(A, p1, e1)
    rule = settings_of(*STRONG, sharing=limit)
    strangers = [Identifier("email", f"s{n}@example.com") for n in range(limit)]
    assert [made.write(item(one, p1), settings=rule).profile_ids for one in strangers] == [
        *([[A]] * (limit - 1)),
        [NEW],
    ]


def test_a_new_value_of_a_kind_that_the_owner_lacks_is_theirs():
    made = World().give(A, p1, e1)
    assert made.write(item(p1, c1), settings=settings_of(*STRONG, sharing=1)).profile_ids == [A]
    assert not made.reach


def test_a_value_that_was_refused_still_finds_its_owner_alone():
    made = merges_by(p1, 2, 2)
    assert made.plan(item(p1), settings=settings_of(*STRONG, sharing=2)).profile_ids == ["a0"]


@pytest.mark.parametrize(("limit", "reach"), [(2, 1), (3, 2)])
def test_a_value_that_was_refused_is_so_again_when_there_are_fewer_to_bring_together(limit, reach):
    """What the others merged is one by then: the value may neither be in reach again nor drive them out."""
    rule = settings_of(*STRONG, sharing=limit)
    made = world(a=[p1], b=[e1], c=[c1])
    made.reach[c1] = reach
    assert [made.write(item(e1, p1, c1), settings=rule).profile_ids for _ in range(3)] == [[A]] * 3
    assert set(made.held) == {A, C}
    assert made.reach[c1] == limit + 1


def test_those_kept_apart_by_a_value_stay_so_when_its_owner_lets_it_go():
    """Else the deletion of one customer made strangers of the same office one."""
    rule = settings_of(*STRONG, sharing=2)
    made = World().give(A, p1, e1)
    made.reach[p1] = 2
    others = [made.write(item(one, p1), settings=rule).profile_ids[0] for one in (e2, e3)]
    made._remove(A, p1)
    assert made.sharers[p1] == set(others)
    assert not made.write(item(p1), settings=rule).merges


# Merges that somebody took back


@pytest.mark.parametrize(("one", "other"), [(A, B), (B, A)])
def test_separated_profiles_are_not_merged_again(one, other):
    planned = world(a=[e1], b=[p1]).part(one, other).plan(item(e1, p1))
    assert planned.profile_ids == [A]
    assert not planned.merges
    assert [(r.profile_id, r.other_id, r.identifier, r.reason) for r in planned.refusals] == [(A, B, p1, "UNDONE")]
    assert [(claim.profile_id, claim.identifier, claim.shared) for claim in planned.claims] == [(A, p1, True)]


def test_a_separated_profile_does_not_count_as_a_customer_that_a_value_brings_together():
    rule = settings_of(*STRONG, sharing=2)
    made = world(a=[e1, c1], b=[p1]).part(A, B)
    assert [made.write(item(e1, p1, c2), settings=rule).profile_ids for _ in range(2)] == [[A], [A]]
    assert made.refused == {(A, B, p1, "UNDONE")}


def test_a_third_joins_the_one_that_the_stronger_rule_found():
    planned = world(b=[e1], a=[p1], c=[c1]).part(A, B).plan(item(e1, p1, c1))
    assert planned.profile_ids == [B]
    assert [(merge.canonical_id, merge.loser_id) for merge in planned.merges] == [(B, C)]


def test_a_named_profile_comes_before_every_rule():
    planned = world(b=[e1], a=[p1]).part(A, B).plan(item(e1, profile=A))
    assert planned.profile_ids == [A]
    assert not planned.merges


def test_what_a_batch_merges_stays_apart_from_those_that_a_part_of_it_was_separated_from():
    made = world(a=[e1], b=[p1], c=[c1]).part(B, C)
    planned = made.write(item(e1, p1), item(e1, c1))
    assert [(merge.canonical_id, merge.loser_id) for merge in planned.merges] == [(A, B)]
    made = world(a=[e1], b=[p1], c=[c1]).part(C, B)
    planned = made.write(item(e1, p1), item(e1, c1))
    assert [(merge.canonical_id, merge.loser_id) for merge in planned.merges] == [(A, B)]


@pytest.mark.parametrize(
    ("one", "theirs"),
    [
        pytest.param(item(e2, e3, c1), {A: [c1], B: [e2, p2], C: [e3]}, id="whom-it-merged"),
        pytest.param(item(e2, e3, p1), {A: [e3], B: [e2, p2]}, id="to-whom-it-gave-a-value"),
    ],
)
def test_a_value_past_the_limit_is_no_reason_again_beside_one_of_a_separated_profile(one, theirs):
    """Whose the other values are, theirs is the write: the first time and the second."""
    rule = settings_of(*STRONG, sharing=2)
    made = world(**theirs).part(A, B)
    made.reach[e2] = 2
    assert made.write(one, settings=rule).profile_ids == [A]
    assert made.sharers[e2] == {A}
    before = deepcopy(made.state())
    again = made.write(one, settings=rule)
    assert again.profile_ids == [A]
    assert not again.claims
    assert not again.steps
    assert made.state() == before


# Limits

PHONES = (p1, p2, p3)


@pytest.mark.parametrize(("policy", "kept"), [("fifo", {p2, p3}), ("lifo", {p1, p2})])
def test_over_the_limit_the_oldest_goes_or_the_newest_does_not_come(policy, kept):
    rule = settings_of(kind("phone", limit=2, limit_policy=policy), kind("email"))
    made = world(a=[e1, p1, p2])
    made.write(item(e1, p3), settings=rule)
    assert set(made.held[A]) == {e1, *kept}
    assert set(made.owners) == {e1, *kept}


def test_at_the_limit_nothing_goes():
    rule = settings_of(kind("phone", limit=3), kind("email"))
    made = world(a=[e1, p1, p2])
    assert not made.write(item(e1, p3), settings=rule).steps


@pytest.mark.parametrize(("policy", "gone"), [("fifo", p1), ("lifo", p3)])
def test_a_merge_keeps_to_the_limit_and_tells_what_went(policy, gone):
    rule = settings_of(kind("phone", limit=2, limit_policy=policy), kind("email"))
    made = world(a=[p1], b=[e1, p2, p3])
    planned = made.write(item(e1, profile=A), settings=rule)
    assert [held.identifier for merge in planned.merges for held in merge.evicted] == [gone]
    assert set(made.held[A]) == {e1, p1, p2, p3} - {gone}
    assert gone not in made.owners


def test_what_went_is_free_for_the_next():
    rule = settings_of(kind("email"), kind("phone", limit=1))
    made = world(a=[e1, p1])
    planned = made.write(item(e1, p2), item(e2, p1), settings=rule)
    assert planned.profile_ids == [A, NEW]
    assert made.owners == {e1: A, p2: A, e2: NEW, p1: NEW}


def test_what_one_profile_lets_go_in_a_batch_does_not_come_back_by_a_merge_in_the_same_batch():
    rule = settings_of(kind("email"), kind("phone", limit=1))
    made = world(a=[e1], b=[e2, p1])
    made.write(item(e2, p2), item(e1, e2), settings=rule)
    assert set(made.held[A]) == {e1, e2, p2}
    assert p1 not in made.owners


@pytest.mark.parametrize(("policy", "kept"), [("fifo", p2), ("lifo", p1)])
def test_what_a_batch_has_just_added_counts_when_the_batch_merges(policy, kept):
    rule = settings_of(kind("email"), kind("phone", limit=1, limit_policy=policy))
    made = world(a=[e1, p1], b=[e2])
    made.write(item(e2, p2), item(e1, e2), settings=rule)
    assert set(made.held[A]) == {e1, e2, kept}
    assert set(made.owners) == {e1, e2, kept}


def test_whoever_brought_a_shared_value_first_owns_it_after_a_merge_in_the_same_batch():
    made = world(a=[e1], b=[e2])
    made.write(item(e2, k1), item(e1, k1), item(e1, e2))
    assert made.owners[k1] == A
    assert not made.sharers.get(k1)


def test_a_profile_made_by_a_batch_and_merged_by_it_is_never_written():
    made = world(a=[e1])
    planned = made.write(item(e2, p1), item(e1, e2))
    assert planned.profile_ids == [A, A]
    assert not (planned.created)
    assert not (planned.merges)
    assert set(made.held[A]) == {e1, e2, p1}


def test_a_merge_into_a_profile_that_the_batch_made_and_merged_leads_to_the_last():
    """Ids are made by several machines, whose clocks differ."""
    made = world(a=[e1], z=[p1])
    planned = made.write(item(e2), item(e2, p1), item(e1, e2))
    assert planned.profile_ids == [A, A, A]
    assert not planned.created
    assert [(merge.canonical_id, merge.loser_id) for merge in planned.merges] == [(A, "z")]


def test_a_lookup_answers_with_so_many_profiles_and_not_one_more():
    crowd = [f"a{n:03}" for n in range(limits.LOOKUP_PROFILES_MAX)]
    made = World()
    for profile_id in crowd[:-1]:
        made.give(profile_id, noreply)
    assert made.plan(item(noreply, e1)).claims[0].listed
    made.give(crowd[-1], noreply)
    claims = {claim.identifier: claim.listed for claim in made.plan(item(noreply, e1)).claims}
    assert claims == {noreply: False, e1: True}


def test_traits_do_not_decide():
    trait = Trait(trait_group="Contact", trait_name="firstName", value="Ada")
    assert world(a=[e1]).plan(Item([trait], [p1])).profile_ids == [NEW]


def test_identifiers_that_are_wanted_come_once_and_in_order():
    assert wanted_of([item(p1, e1), item(e1, c1)]) == [c1, e1, p1]


# Laws

VALUES = [e1, e2, e3, p1, p2, p3, c1, c2, z1, z2, n1, n2, k1, k2, noreply]
configs = st.fixed_dictionaries(
    {"limit": st.sampled_from([1, 2, 100]), "limit_policy": st.sampled_from(["fifo", "lifo"])}
)


@st.composite
def rule_sets(draw) -> IdentitySettings:
    kinds = [kind(one.id_type, enforce_unique=one.enforce_unique, **draw(configs)) for one in (*STRONG, *WEAK, UNRULED)]
    return settings_of(
        *kinds, rules=["email", "phone", "chat", "zip", "name"], sharing=draw(st.sampled_from([1, 2, 3, 10]))
    )


@st.composite
def items_of(draw, rule: IdentitySettings) -> Item:
    rank = {id_type: place for place, id_type in enumerate(rule.matching_rules)}
    wanted = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=4, unique=True))
    return item(*sorted(wanted, key=lambda i: (rank.get(i.id_type, len(rank)), i)))


@st.composite
def stories(draw) -> tuple[IdentitySettings, World, list[Item]]:
    """A world that came about by writes one after the other, with somebody's corrections; and what comes next."""
    rule = draw(rule_sets())
    made = World()
    for one in draw(st.lists(items_of(rule), max_size=8)):
        made.write(one, settings=rule)
    people = sorted(made.held)
    if len(people) > 1:
        for one, other in draw(st.lists(st.permutations(people).map(lambda order: order[:2]), max_size=2)):
            made.part(one, other)
    batch = draw(st.lists(items_of(rule), min_size=1, max_size=6))
    if people:
        named = draw(st.lists(st.none() | st.sampled_from(people), min_size=len(batch), max_size=len(batch)))
        batch = [Item((), one.identifiers, who) for one, who in zip(batch, named, strict=True)]
    if draw(st.booleans()):
        made.number = count(-100)  # ids of a machine whose clock is behind come before those that are there
    return rule, made, batch


def assert_sound(made: World, rule: IdentitySettings) -> None:
    for identifier, owner in made.owners.items():
        assert identifier in made.held[owner]
        assert owner not in made.sharers.get(identifier, ())
        assert rule.identifier_configs[identifier.id_type].enforce_unique
    for identifier, sharers in made.sharers.items():
        assert all(identifier in made.held[sharer] for sharer in sharers)
    for profile_id, held in made.held.items():
        for identifier in held:
            assert made.owners.get(identifier) == profile_id or profile_id in made.sharers[identifier]
        for id_type, number in Counter(identifier.id_type for identifier in held).items():
            assert number <= rule.identifier_configs[id_type].limit


def one_by_one(made: World, batch: Sequence[Item], rule: IdentitySettings) -> list[str]:
    found = []
    for one in batch:
        profile_id = made.answer(one.profile_id) if one.profile_id else None
        found += made.write(Item((), one.identifiers, profile_id), settings=rule).profile_ids
    return [made.answer(profile_id) for profile_id in found]


@settings(max_examples=300 * TIMES)
@given(stories())
def test_a_batch_is_as_its_items_one_by_one(story):
    rule, made, batch = story
    other = deepcopy(made)
    planned = made.write(*batch, settings=rule)
    answers = one_by_one(other, batch, rule)
    assert planned.profile_ids == answers
    assert made.state() == other.state()
    assert_sound(made, rule)


@settings(max_examples=300 * TIMES)
@given(stories())
def test_the_same_again_changes_nothing(story):
    """Where there is room for all that it says, and a rule for some of it."""
    rule, made, batch = story
    one = batch[0]
    assume(one.profile_id or {identifier.id_type for identifier in one.identifiers} & {*rule.matching_rules})
    [target] = made.write(one, settings=rule).profile_ids
    assume({*one.identifiers} <= made.held[target].keys())
    before = deepcopy(made.state())
    planned = made.write(Item((), one.identifiers, one.profile_id and made.answer(one.profile_id)), settings=rule)
    assert not (planned.steps)
    assert not (planned.created)
    assert not (planned.claims)
    assert planned.profile_ids == [target]
    assert made.state() == before


@settings(max_examples=300 * TIMES)
@given(stories())
def test_a_merge_loses_no_identifier_but_what_it_tells(story):
    rule, made, batch = story
    held = {profile_id: set(identifiers) for profile_id, identifiers in made.held.items()}
    everything = set().union(*held.values(), *(one.identifiers for one in batch))
    planned = made.write(*batch, settings=rule)
    told = {step.identifier for step in planned.steps if isinstance(step, Held)}
    told |= {one.identifier for step in planned.merges for one in step.evicted}
    kept = set().union(*made.held.values())
    full = {i for i in everything if rule.identifier_configs[i.id_type].limit < 100}
    assert everything - kept - told <= full & set(wanted_of(batch))
    assert kept <= everything


@settings(max_examples=300 * TIMES)
@given(stories())
def test_the_canonical_profile_is_the_earliest(story):
    rule, made, batch = story
    planned = made.write(*batch, settings=rule)
    assert all(merge.canonical_id < merge.loser_id for merge in planned.merges)
    for merge in planned.merges:
        assert merge.loser_id not in made.held
        assert made.answer(merge.loser_id) in made.held
    assert set(planned.created) <= set(made.held)
    assert set(planned.profile_ids) <= set(made.held)


@settings(max_examples=300 * TIMES)
@given(stories())
def test_separated_profiles_never_become_one(story):
    rule, made, batch = story
    made.write(*batch, settings=rule)
    for one, others in made.apart.items():
        assert all(made.answer(one) != made.answer(other) for other in others)
