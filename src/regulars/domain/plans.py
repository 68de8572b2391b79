"""What is known before identities are resolved, and the plan of what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from regulars.domain.identity import Identifier
from regulars.domain.traits import Trait

RefusalReason = Literal["SHARED", "IMPERSONAL", "UNDONE"]
"""SHARED: the value has brought too many customers together. IMPERSONAL: it belongs to a machine, such as `noreply@`.
UNDONE: somebody took this merge back before."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one write says about one customer. `profile_id` when the write names the profile itself."""

    traits: Sequence[Trait]
    identifiers: Sequence[Identifier]
    profile_id: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """One row of who has an identifier. A value that is not `shared` has one such row at most, its owner's."""

    identifier: Identifier
    profile_id: str
    shared: bool
    reach: int


@dataclass(frozen=True, slots=True)
class Held:
    """An identifier of a profile, and the time of the request that added it."""

    profile_id: str
    identifier: Identifier
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows about the identifiers that are wanted and the profiles that have them.

    `apart` maps a profile to those which somebody separated from it.
    """

    holders: Sequence[Holder] = ()
    held: Sequence[Held] = ()
    apart: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


@dataclass(frozen=True, slots=True)
class Claim:
    """`identifier` becomes the profile's; `shared` when others have it too. A lookup answers with so many profiles at
    most, so later ones are not `listed` there."""

    profile_id: str
    identifier: Identifier
    shared: bool
    listed: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """`loser_id` becomes part of `canonical_id` because of `identifier`; `evicted` no longer fit under the limits."""

    canonical_id: str
    loser_id: str
    identifier: Identifier
    evicted: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Two profiles that `identifier` would have made one."""

    profile_id: str
    other_id: str
    identifier: Identifier
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class Plan:
    """In the order in which it is carried out. `profile_ids` answers the items, one each.

    `steps` are merges and, between them, identifiers that their profile at that moment loses: what one lost before it
    was merged must not come along.
    """

    profile_ids: Sequence[str]
    created: Sequence[str]
    steps: Sequence[Merge | Held]
    claims: Sequence[Claim]
    reaches: Mapping[Identifier, int]
    refusals: Sequence[Refusal]

    @property
    def merges(self) -> list[Merge]:
        return [step for step in self.steps if isinstance(step, Merge)]
