"""Merges: two profiles that turned out to be one customer, on record and reversible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

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

    `replaced` are traits of the canonical profile that newer ones of the other took the place of; `shared` identifiers
    that both had; `evicted` those of either that no longer fit under the limits.
    """

    traits: Sequence[StampedTrait]
    replaced: Sequence[StampedTrait]
    identifiers: Sequence[StampedIdentifier]
    shared: Sequence[StampedIdentifier]
    evicted: Sequence[StampedIdentifier]
    observation_ids: Sequence[str]
    summary_ids: Sequence[str]
    conversation_ids: Sequence[str]
    participant_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class TraitMerge:
    """`written` go to the canonical profile; `replaced` is what stood there before."""

    written: list[StampedTrait]
    replaced: list[StampedTrait]


@dataclass(frozen=True, slots=True)
class TraitReturn:
    """`restored` go back to the canonical profile, `removed` leave it: they were the other's."""

    restored: list[StampedTrait]
    removed: list[StampedTrait]


def merge_traits(canonical: Iterable[StampedTrait], other: Iterable[StampedTrait]) -> TraitMerge:
    """The newest wins (contract §4, Merge); of two from the same moment, the canonical profile's."""
    mine = {_name(trait): trait for trait in canonical}
    written = [trait for trait in other if _name(trait) not in mine or mine[_name(trait)].updated_at < trait.updated_at]
    return TraitMerge(written, [mine[_name(trait)] for trait in written if _name(trait) in mine])


def return_traits(canonical: Iterable[StampedTrait], ledger: Ledger) -> TraitReturn:
    """Only what still stands as the merge left it goes back; what was written since stays."""
    came = {_name(trait): trait for trait in ledger.traits}
    before = {_name(trait): trait for trait in ledger.replaced}
    unchanged = [trait for trait in canonical if came.get(_name(trait)) == trait]
    return TraitReturn(
        restored=[before[_name(trait)] for trait in unchanged if _name(trait) in before],
        removed=[trait for trait in unchanged if _name(trait) not in before],
    )


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


def _name(trait: StampedTrait) -> tuple[str, str]:
    return trait.trait_group, trait.trait_name
