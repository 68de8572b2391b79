"""Merges: two profiles that turned out to be one customer, on record and reversible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from regulars.domain.traits import TraitValue

MergeStatus = Literal["MERGED", "UNDONE", "REFUSED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRecord:
    """Who made two profiles one, when and why. `other_profile_id` is the one that became part of `into_profile_id`; of
    a REFUSED merge, the one that stayed apart, and `reason` says why (see `RefusalReason`)."""

    merge_id: str
    status: MergeStatus
    other_profile_id: str
    into_profile_id: str
    id_type: str
    value: str
    reason: str
    actor: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str | None


class StampedTrait(msgspec.Struct, frozen=True):
    trait_group: str
    trait_name: str
    value: TraitValue
    updated_at: datetime


class StampedIdentifier(msgspec.Struct, frozen=True):
    id_type: str
    value: str
    added_at: datetime


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What belonged to whom just before a merge: all that its undoing needs.

    `traits` were the other's and `own_traits` the canonical profile's; `shared` are identifiers that both had,
    `evicted` those of either that no longer fit under the limits. `memory_version` puts the merges of one profile in
    their order.
    """

    memory_version: int
    traits: Sequence[StampedTrait]
    own_traits: Sequence[StampedTrait]
    identifiers: Sequence[StampedIdentifier]
    shared: Sequence[StampedIdentifier]
    evicted: Sequence[StampedIdentifier]
    observation_ids: Sequence[str]
    summary_ids: Sequence[str]
    conversation_ids: Sequence[str]
    participant_ids: Sequence[str]


class Past(NamedTuple):
    """A merge that was not undone, with what its undoing needs."""

    record: MergeRecord
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class TraitReturn:
    """What becomes of the canonical profile's traits when a merge is undone, and of the ledgers of other merges, by the
    id of the merge: they must not give back what came from the one who leaves."""

    written: list[StampedTrait]
    removed: list[StampedTrait]
    ledgers: dict[str, Ledger]


def merge_traits(canonical: Iterable[StampedTrait], other: Iterable[StampedTrait]) -> list[StampedTrait]:
    """Those of the other that go to the canonical profile: the newest wins (contract §4, Merge); of two from the same
    moment, the canonical profile's."""
    mine = _named(canonical)
    return [trait for trait in other if _name(trait) not in mine or mine[_name(trait)].updated_at < trait.updated_at]


def return_traits(current: Sequence[StampedTrait], undone: Past, active: Iterable[Past]) -> TraitReturn:
    """As if the merge had not been: everything that happened since happens again without it, first to the profile that
    it was a merge into, then to the one which that became part of, and so on up to the canonical one."""
    merges = [past for past in active if past.record.merge_id != undone.record.merge_id]
    ledgers: dict[str, Ledger] = {}
    upper: Past | None = undone
    traits: Sequence[StampedTrait] = ()
    while upper is not None:
        first, into = upper, upper.record.into_profile_id
        later = [past for past in merges if past.record.into_profile_id == into and _after(first, past)]
        upper = next((past for past in merges if past.record.other_profile_id == into), None)
        chain = [first.ledger, *(past.ledger for past in later)]
        again = _again(chain, traits, current if upper is None else upper.ledger.traits)
        ledgers |= zip((past.record.merge_id for past in (first, *later)), again.ledgers, strict=True)
        traits = again.traits
    del ledgers[undone.record.merge_id]
    before, after = _named(current), _named(traits)
    return TraitReturn(
        written=[trait for name, trait in after.items() if before.get(name) != trait],
        removed=[trait for name, trait in before.items() if name not in after],
        ledgers=ledgers,
    )


class _Again(NamedTuple):
    ledgers: list[Ledger]
    traits: list[StampedTrait]


def _again(chain: Sequence[Ledger], traits: Sequence[StampedTrait], end: Sequence[StampedTrait]) -> _Again:
    """What merges one after the other, the first of them with other traits, make of what led to `end` before. What was
    written or removed between them was so by hand, and is again."""
    state = _named(chain[0].own_traits)
    rewritten: list[Ledger] = []
    for place, ledger in enumerate(chain):
        theirs = traits if place == 0 else ledger.traits
        was = {**_named(ledger.own_traits), **_named(merge_traits(ledger.own_traits, ledger.traits))}
        following = _named(chain[place + 1].own_traits if place + 1 < len(chain) else end)
        rewritten.append(replace(ledger, traits=theirs, own_traits=list(state.values())))
        state |= _named(merge_traits(state.values(), theirs))
        state |= {name: trait for name, trait in following.items() if was.get(name) != trait}
        state = {name: trait for name, trait in state.items() if name in following}
    return _Again(rewritten, list(state.values()))


def family_of(profile_id: str, active: Iterable[MergeRecord]) -> list[MergeRecord]:
    """The active merges by which others had become part of a profile, at any remove."""
    merges = list(active)
    members = {profile_id}
    while True:
        found = [merge for merge in merges if merge.into_profile_id in members]
        grown = members | {merge.other_profile_id for merge in found}
        if grown == members:
            return found
        members = grown


def _after(first: Past, other: Past) -> bool:
    return other.ledger.memory_version > first.ledger.memory_version


def _named(traits: Iterable[StampedTrait]) -> dict[tuple[str, str], StampedTrait]:
    return {_name(trait): trait for trait in traits}


def _name(trait: StampedTrait) -> tuple[str, str]:
    return trait.trait_group, trait.trait_name
