"""Whose are these? The plan that leads from identifiers to profiles: new, known, or several that turn out to be one.

The same customer by two identifiers is one profile (contract §4, Resolution and Merge). Three things keep strangers
apart: a kind of identifier that is not unique decides only where two values agree or nothing stronger is said; a value
that has brought too many customers together is no reason any more; and a merge that somebody undid is not made again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from regulars.core import limits
from regulars.domain.identity import Identifier, IdentitySettings
from regulars.domain.plans import Claim, Held, Item, Known, Merge, Plan, Refusal, RefusalReason

Refused = dict[Identifier, tuple[frozenset[str], RefusalReason]]
"""Values that may not count, whose they are, and why."""

_IMPERSONAL: Final = frozenset({"noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"})
"""Local parts of addresses that belong to machines: whoever shares one has nothing in common."""


def plan(
    items: Sequence[Item], known: Known, settings: IdentitySettings, *, now: datetime, new_id: Callable[[], str]
) -> Plan:
    """As if the items were written one after the other. Identifiers are in the order of `identity.identify`."""
    resolver = _Resolver(known, settings, now, new_id)
    return resolver.outcome([resolver.resolve(item) for item in items])


def is_impersonal(identifier: Identifier) -> bool:
    local, at, _ = identifier.value.partition("@")
    return bool(at) and local.lower() in _IMPERSONAL


@dataclass(slots=True)
class _Holding:
    """Everybody who has one identifier, as the plan goes on."""

    owner: str | None = None
    sharers: set[str] = field(default_factory=set[str])
    reach: int = 1

    @property
    def everybody(self) -> set[str]:
        return self.sharers | ({self.owner} if self.owner else set[str]())


Values = dict[str, list[Held]]
"""By idType, the oldest first."""


class _Resolver:
    def __init__(self, known: Known, settings: IdentitySettings, now: datetime, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._rules = frozenset(settings.matching_rules)
        self._clock = now
        self._new_id = new_id
        self._apart = dict(known.apart)
        self._holdings: dict[Identifier, _Holding] = {}
        self._values: dict[str, Values] = {}
        self._into: dict[str, str] = {}
        self._created: dict[str, None] = {}
        self._steps: list[Merge | Held] = []
        self._claims: dict[tuple[str, Identifier], Claim] = {}
        self._reaches: dict[Identifier, int] = {}
        self._refusals: list[Refusal] = []
        self._load(known)

    def _load(self, known: Known) -> None:
        for holder in known.holders:
            holding = self._holdings.setdefault(holder.identifier, _Holding())
            holding.reach = max(holding.reach, holder.reach)
            if holder.shared:
                holding.sharers.add(holder.profile_id)
            else:
                holding.owner = holder.profile_id
        for held in sorted(known.held, key=lambda held: (held.added_at, held.identifier.value)):
            self._values_of(held.profile_id, held.identifier.id_type).append(held)

    def resolve(self, item: Item) -> str:
        anchor = self._final(item.profile_id) if item.profile_id else None
        found, refused = self._match(item.identifiers, anchor)
        target = min(found) if found else self._create()
        self._note_reach(item.identifiers, found, refused, anchor)
        for other, identifier in found.items():
            if other != target:
                self._merge(target, other, *filter(None, (identifier, found[target])))
        for identifier, (others, reason) in refused.items():
            self._refusals += [Refusal(target, other, identifier, reason) for other in others if other != target]
        for identifier in item.identifiers:
            self._hold(target, identifier)
        return target

    def outcome(self, targets: Sequence[str]) -> Plan:
        final = self._final
        return Plan(
            profile_ids=[final(target) for target in targets],
            created=[profile_id for profile_id in self._created if final(profile_id) == profile_id],
            steps=list(self._written_steps()),
            claims=[
                claim if claim.profile_id not in self._into else replace(claim, profile_id=final(claim.profile_id))
                for claim in self._claims.values()
            ],
            reaches=self._reaches,
            refusals=[
                replace(refusal, profile_id=final(refusal.profile_id), other_id=final(refusal.other_id))
                for refusal in self._refusals
                if final(refusal.profile_id) != final(refusal.other_id)
            ],
        )

    def _written_steps(self) -> Iterator[Merge | Held]:
        """Without the profiles that were made and merged on the way: nobody will have seen them."""
        for step in self._steps:
            if isinstance(step, Held):
                yield replace(step, profile_id=self._written(step.profile_id))
            elif step.loser_id not in self._created:
                yield replace(step, canonical_id=self._written(step.canonical_id))

    def _written(self, profile_id: str) -> str:
        while profile_id in self._created and profile_id in self._into:
            profile_id = self._into[profile_id]
        return profile_id

    # Who is it?

    def _match(self, wanted: Sequence[Identifier], anchor: str | None) -> tuple[dict[str, Identifier | None], Refused]:
        """The profiles that these identifiers lead to, each with the first that led there; and what may not count."""
        refused: Refused = {i: (self._deciding(i), "IMPERSONAL") for i in wanted if self._is_held_by_a_machine(i)}
        while True:
            found = self._found(wanted, anchor, refused)
            together, undone = self._without_separated(found)
            reaches = {
                i: self._reach_after(i, wanted, together, found if self._is_past(i) else together)
                for i in self._deciders(wanted, anchor, refused)
            }
            worst = max(reversed(reaches), key=lambda i: (reaches[i], len(self._holdings[i].everybody)), default=None)
            if worst is None or reaches[worst] <= self._settings.sharing_limit:
                break
            refused[worst] = (self._deciding(worst), "SHARED")
        refused |= undone
        return together or self._by_weak_alone(wanted, refused), refused

    def _found(
        self, wanted: Sequence[Identifier], anchor: str | None, refused: Mapping[Identifier, object]
    ) -> dict[str, Identifier | None]:
        found: dict[str, Identifier | None] = {anchor: None} if anchor else {}
        for identifier in self._deciders(wanted, anchor, refused):
            for profile_id in sorted(self._deciding(identifier)):
                found.setdefault(profile_id, identifier)
        weak = [i for i in wanted if self._is_weak(i) and i in self._holdings]
        agreeing = Counter(profile_id for i in weak for profile_id in self._holdings[i].everybody)
        for identifier in weak:
            for profile_id in sorted(self._holdings[identifier].everybody):
                if agreeing[profile_id] > 1:
                    found.setdefault(profile_id, identifier)
        return found

    def _deciders(
        self, wanted: Sequence[Identifier], anchor: str | None, refused: Mapping[Identifier, object]
    ) -> Iterator[Identifier]:
        """Those that lead to another profile than the one that the write names itself."""
        for identifier in wanted:
            counts = identifier in self._holdings and identifier not in refused and self._is_strong(identifier)
            if counts and self._deciding(identifier) - {anchor}:
                yield identifier

    def _deciding(self, identifier: Identifier) -> frozenset[str]:
        """The owner; where there is none, because the kind became unique later, all who share it."""
        holding = self._holdings[identifier]
        return frozenset((holding.owner,)) if holding.owner else frozenset(holding.sharers)

    def _is_held_by_a_machine(self, identifier: Identifier) -> bool:
        return identifier in self._holdings and identifier.id_type in self._rules and is_impersonal(identifier)

    def _is_strong(self, identifier: Identifier) -> bool:
        config = self._settings.identifier_configs[identifier.id_type]
        return config.enforce_unique and identifier.id_type in self._rules and not is_impersonal(identifier)

    def _is_weak(self, identifier: Identifier) -> bool:
        config = self._settings.identifier_configs[identifier.id_type]
        return not config.enforce_unique and identifier.id_type in self._rules and not is_impersonal(identifier)

    def _by_weak_alone(
        self, wanted: Sequence[Identifier], refused: Mapping[Identifier, object]
    ) -> dict[str, Identifier | None]:
        """Nothing stronger is said than what several may share: the earliest of them is the best guess."""
        if any(self._is_strong(identifier) and identifier not in refused for identifier in wanted):
            return {}
        for identifier in wanted:
            holding = self._holdings.get(identifier)
            if holding is not None and identifier.id_type in self._rules and holding.everybody:
                return {min(holding.everybody): identifier}
        return {}

    # What must stay apart

    def _is_past(self, identifier: Identifier) -> bool:
        """It is no reason any more, so beside it even those whom it keeps out by an undone merge are heard."""
        return self._holdings[identifier].reach > self._settings.sharing_limit

    def _reach_after(
        self,
        identifier: Identifier,
        wanted: Sequence[Identifier],
        together: Mapping[str, object],
        found: Mapping[str, object],
    ) -> int:
        """How many customers the value will have brought together. A value of a kind that its owner has already may
        well be somebody else's, so it counts for one."""
        owners = self._deciding(identifier) & together.keys()
        strange = any(
            other not in self._holdings
            and self._is_strong(other)
            and any(self._values_of(owner, other.id_type) for owner in owners)
            for other in wanted
        )
        grown = len(found) - 1 or int(strange)
        return self._holdings[identifier].reach + grown if owners and grown else 0

    def _note_reach(
        self, wanted: Sequence[Identifier], found: Mapping[str, object], refused: Refused, anchor: str | None
    ) -> None:
        """One that went past the limit stays there, else the same again, with fewer to bring together, would merge."""
        reaches = {i: self._reach_after(i, wanted, found, found) for i in self._deciders(wanted, anchor, refused)}
        past = self._settings.sharing_limit + 1
        reaches |= {i: past for i, (_, reason) in refused.items() if reason == "SHARED"}
        for identifier, reach in reaches.items():
            if reach > self._holdings[identifier].reach:
                self._holdings[identifier].reach = self._reaches[identifier] = reach

    def _without_separated(
        self, found: Mapping[str, Identifier | None]
    ) -> tuple[dict[str, Identifier | None], Refused]:
        """Whom a merge that was undone keeps out is not brought together, so no value is charged for them."""
        kept: dict[str, Identifier | None] = {}
        undone: Refused = {}
        for profile_id, identifier in found.items():
            if identifier is not None and any(self._separated(profile_id, other) for other in kept):
                undone[identifier] = (frozenset((profile_id,)), "UNDONE")
            else:
                kept[profile_id] = identifier
        return kept, undone

    def _separated(self, one: str, other: str) -> bool:
        return other in self._apart_from(one) or one in self._apart_from(other)

    def _apart_from(self, profile_id: str) -> set[str]:
        return {self._final(other) for other in self._apart.get(profile_id, ())}

    # What becomes of it

    def _create(self) -> str:
        profile_id = self._new_id()
        self._created[profile_id] = None
        return profile_id

    def _merge(self, canonical_id: str, loser_id: str, *reasons: Identifier) -> None:
        """Of two profiles that were found, one at least was found by a value, which is the reason."""
        self._into[loser_id] = canonical_id
        self._apart[canonical_id] = self._apart.get(canonical_id, frozenset()) | self._apart.get(loser_id, frozenset())
        for holding in self._holdings.values():
            if holding.owner == loser_id:
                holding.owner = canonical_id
            if loser_id in holding.sharers:
                holding.sharers.remove(loser_id)
                holding.sharers.add(canonical_id)
        theirs = self._values.pop(loser_id, {})
        for id_type, values in theirs.items():
            self._hand_over(canonical_id, id_type, values)
        place = len(self._steps)
        evicted = [held for id_type in theirs for held in self._trim(canonical_id, id_type)]
        self._steps.insert(place, Merge(canonical_id, loser_id, reasons[0], tuple(evicted)))

    def _hand_over(self, profile_id: str, id_type: str, values: Sequence[Held]) -> None:
        """Of what both have, that of `profile_id` stays, even where it is not written yet and the other's is."""
        mine = self._values_of(profile_id, id_type)
        have = {held.identifier for held in mine}
        for held in values:
            claim = self._claims.pop((held.profile_id, held.identifier), None)
            own = self._claims.get((profile_id, held.identifier))
            if held.identifier not in have:
                mine.append(replace(held, profile_id=profile_id))
                own = claim
            elif own is not None and claim is None:
                self._steps.append(held)
                self._keep_reach(held.identifier)
            if own is not None:
                shared = self._holdings[held.identifier].owner != profile_id
                self._claims[profile_id, held.identifier] = replace(own, profile_id=profile_id, shared=shared)
        mine.sort(key=lambda held: held.added_at)

    def _hold(self, profile_id: str, identifier: Identifier) -> None:
        holding = self._holdings.setdefault(identifier, _Holding())
        everybody = holding.everybody
        if profile_id in everybody:
            return
        values = self._values_of(profile_id, identifier.id_type)
        if any(held.identifier == identifier for held in values):
            return
        shared = bool(everybody) or not self._settings.identifier_configs[identifier.id_type].enforce_unique
        listed = len(everybody) < limits.LOOKUP_PROFILES_MAX
        if shared:
            holding.sharers.add(profile_id)
            self._keep_reach(identifier)
        else:
            holding.owner = profile_id
        self._clock += timedelta(microseconds=1)
        values.append(Held(profile_id, identifier, self._clock))
        self._claims[profile_id, identifier] = Claim(profile_id, identifier, shared, listed, self._clock)
        self._trim(profile_id, identifier.id_type)

    def _trim(self, profile_id: str, id_type: str) -> list[Held]:
        """Keeps a kind under its limit: the oldest values go, or with lifo the newest (contract §4, Limit)."""
        config = self._settings.identifier_configs.get(id_type)
        values = self._values_of(profile_id, id_type)
        gone: list[Held] = []
        while config is not None and len(values) > config.limit:
            held = values.pop(0 if config.limit_policy == "fifo" else -1)
            gone.append(held)
            if self._claims.pop((profile_id, held.identifier), None) is None:
                self._steps.append(held)
            self._let_go(profile_id, held.identifier)
        return gone

    def _let_go(self, profile_id: str, identifier: Identifier) -> None:
        holding = self._holdings.get(identifier)
        if holding is None:
            return
        holding.sharers.discard(profile_id)
        if holding.owner == profile_id:
            holding.owner = None
        if not holding.everybody:
            del self._holdings[identifier]
            self._reaches.pop(identifier, None)

    def _keep_reach(self, identifier: Identifier) -> None:
        """The rows that know it may go before new ones are written."""
        if self._holdings[identifier].reach > 1:
            self._reaches[identifier] = self._holdings[identifier].reach

    def _values_of(self, profile_id: str, id_type: str) -> list[Held]:
        return self._values.setdefault(profile_id, {}).setdefault(id_type, [])

    def _final(self, profile_id: str) -> str:
        while profile_id in self._into:
            profile_id = self._into[profile_id]
        return profile_id


def wanted_of(items: Iterable[Item]) -> list[Identifier]:
    """Every identifier of the items once, in a fixed order, so that writers wait for each other instead of
    deadlocking."""
    return sorted({identifier for item in items for identifier in item.identifiers})
