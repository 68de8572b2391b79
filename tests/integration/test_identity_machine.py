"""Identity as a whole: whatever is written, merged, undone and erased in whatever order, nothing is lost, doubled or
left over. A small dictionary model, which knows nothing of the product's code, says what is right."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec import structs
from tests.budget import TIMES
from tests.conftest import SECRET_KEY

from regulars.core.context import Ctx
from regulars.core.errors import Conflict, Moved, NotFound, RegularsError
from regulars.core.ids import AccountSid, ProfileId, StoreId
from regulars.domain.identity import Identifier, IdentitySettings, RawIdentifier, identify
from regulars.domain.plans import Item
from regulars.domain.stores import DEFAULT_IDENTITY_SETTINGS
from regulars.domain.traits import Trait
from regulars.runtime import mint
from regulars.services import accounts, erasing, identifiers, merging, observations, profiles, resolution, stores
from regulars.services.observations import Changes, Statement
from regulars.services.sealing import Sealer
from regulars.storage import identity_settings
from regulars.storage.db import Db, Tx

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = ("email", "whatsapp", "phone", "chat", "pushUserID")
Value = tuple[str, str]
"""idType and normal form."""

PHONES = [("phone", f"+1202555010{n}") for n in range(6)]
EMAILS = [("email", f"{n}@example.com") for n in "abcd"]
CHATS = [("chat", n) for n in ("u1", "u2")]
VALUES: list[Value] = [*PHONES, *EMAILS, *CHATS]
TRAIT_OF = {"phone": "phone", "email": "email", "chat": "chatId"}
NAMES = ("firstName", "city")
SETTINGS: IdentitySettings = replace(DEFAULT_IDENTITY_SETTINGS, sharing_limit=1000)
"""How far one value may reach is for the tests of the planner."""


# The model


@dataclass
class Part:
    """Another profile became part of this one. `ids` it had then, `both` had `shared`."""

    into: str
    other: str
    ids: dict[Value, int]
    shared: set[Value]
    memories: set[str]


@dataclass(frozen=True)
class Write:
    name: str
    value: Any
    at: int


@dataclass(frozen=True)
class Drop:
    name: str


Event = Write | Drop | Part


@dataclass
class Customer:
    """`events` in their order; those of one that became part of another stand still."""

    events: list[Event] = field(default_factory=list)
    held: dict[Value, int] = field(default_factory=dict)
    memories: set[str] = field(default_factory=set)


class Model:
    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.owner: dict[Value, str] = {}
        self.sharers: dict[Value, set[str]] = {value: set() for value in VALUES}
        self.parts: list[Part] = []
        self.apart: set[frozenset[str]] = set()
        self.time = itertools.count(1)
        self.fresh: set[tuple[str, Value]] = set()
        """What a batch has given and not written yet."""
        self.unborn: dict[str, str] = {}
        """Profiles that a batch makes, and what they are merged into on the way."""

    def living(self, profile_id: str) -> str | None:
        into = {part.other: part.into for part in self.parts}
        while profile_id in into:
            profile_id = into[profile_id]
        return profile_id if profile_id in self.alive else None

    @property
    def alive(self) -> list[str]:
        merged = {part.other for part in self.parts}
        return sorted(profile_id for profile_id in self.customers if profile_id not in merged)

    def traits(self, profile_id: str) -> dict[str, Any]:
        return {name: write.value for name, write in self._traits(profile_id).items()}

    def _traits(self, profile_id: str) -> dict[str, Write]:
        state: dict[str, Write] = {}
        for event in self.customers[profile_id].events:
            if isinstance(event, Write):
                state[event.name] = event
            elif isinstance(event, Drop):
                state.pop(event.name, None)
            else:
                for name, write in self._traits(event.other).items():
                    if name not in state or state[name].at < write.at:
                        state[name] = write
        return state

    def begin(self) -> None:
        self.fresh.clear()
        self.unborn.clear()

    def final(self, profile_id: str) -> str:
        while self.unborn.get(profile_id, profile_id) != profile_id:
            profile_id = self.unborn[profile_id]
        return self.living(profile_id) or profile_id

    def write(self, values: Sequence[Value], named: str | None = None) -> str:
        """Who it turns out to be."""
        found = [named] if named else []
        for value in sorted(values, key=lambda value: (ORDER.index(value[0]), value)):
            if value in self.owner:
                found.append(self.owner[value])
            else:
                found += sorted(self.sharers[value])
        kept: list[str] = []
        for one in dict.fromkeys(found):
            if not any(self.are_apart(one, other) for other in kept):
                kept.append(one)
        target = min(kept) if kept else self._new()
        for other in kept:
            if other != target:
                self._merge(target, other)
        for value in sorted(values, key=lambda value: (ORDER.index(value[0]), value)):
            self.give(target, value)
        return target

    def are_apart(self, one: str, other: str) -> bool:
        return any({self.living(profile_id) for profile_id in pair} == {one, other} for pair in self.apart)

    def _new(self) -> str:
        name = f"unborn{len(self.unborn):03}"
        self.unborn[name] = name
        self.customers[name] = Customer()
        return name

    def give(self, profile_id: str, value: Value) -> None:
        held = self.customers[profile_id].held
        if value in held:
            return
        held[value] = next(self.time)
        self.fresh.add((profile_id, value))
        if value in self.owner or self.sharers[value]:
            self.sharers[value].add(profile_id)
        else:
            self.owner[value] = profile_id

    def take(self, profile_id: str, value: Value) -> None:
        del self.customers[profile_id].held[value]
        self.sharers[value].discard(profile_id)
        if self.owner.get(value) == profile_id:
            del self.owner[value]

    def _merge(self, canonical: str, loser: str) -> None:
        one, other = self.customers[canonical], self.customers[loser]
        written = {
            value: at
            for value, at in other.held.items()
            if (loser, value) not in self.fresh and (canonical, value) not in self.fresh
        }
        shared = {value for value in written if value in one.held}
        for value, at in list(other.held.items()):
            owned = self.owner.get(value) in (canonical, loser)
            self.take(loser, value)
            if value not in one.held:
                one.held[value] = at
                if (loser, value) in self.fresh:
                    self.fresh.add((canonical, value))
            if owned:
                self.owner[value] = canonical
                self.sharers[value].discard(canonical)
            else:
                self.sharers[value].add(canonical)
        one.memories |= other.memories
        if loser in self.unborn:
            self.unborn[loser] = canonical
            del self.customers[loser]
        else:
            part = Part(canonical, loser, written, shared, set(other.memories))
            self.parts.append(part)
            one.events.append(part)
            other.memories = set()

    def born(self, name: str, profile_id: str) -> None:
        """A profile that the batch made has its id; one that was there has it already."""
        if name not in self.unborn or name not in self.customers:
            assert name == profile_id or name in self.unborn
            return
        self.customers[profile_id] = self.customers.pop(name)
        self.owner = {value: profile_id if who == name else who for value, who in self.owner.items()}
        for sharers in self.sharers.values():
            if name in sharers:
                sharers.discard(name)
                sharers.add(profile_id)
        for part in self.parts:
            if part.into == name:
                part.into = profile_id

    def write_traits(self, profile_id: str, traits: Mapping[str, Any], at: int | None = None) -> None:
        moment = next(self.time) if at is None else at
        self.customers[profile_id].events += [Write(name, value, moment) for name, value in traits.items()]

    def undo(self, part: Part) -> None:
        living = self.living(part.into)
        assert living is not None
        here, other = self.customers[living], self.customers[part.other]
        self.parts.remove(part)
        self.customers[part.into].events.remove(part)
        self.apart.add(frozenset((part.into, part.other)))
        for value, at in part.ids.items():
            if value not in here.held:
                continue
            other.held[value] = at
            if value in part.shared:
                self.sharers[value].add(part.other)
                continue
            owned = self.owner.get(value) == living
            self.take(living, value)
            if owned:
                self.owner[value] = part.other
            else:
                self.sharers[value].add(part.other)
        other.memories = part.memories & here.memories
        here.memories -= other.memories

    def erase(self, profile_id: str) -> None:
        family = [one for one in self.customers if self.living(one) == profile_id]
        for value in list(self.customers[profile_id].held):
            self.take(profile_id, value)
        for one in family:
            del self.customers[one]
        self.parts = [part for part in self.parts if part.into not in family]


# The world


class Lab:
    """The services on a database, and an event loop of our own: machines of hypothesis are not asynchronous."""

    def __init__(self, conninfo: str) -> None:
        self._loop = asyncio.new_event_loop()
        self.db = Db(conninfo, connections_max=2)
        self.run(self.db.open())
        self._seconds = itertools.count()
        self._accounts = itertools.count()

    def run(self, work: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.db.close())
        self._loop.close()

    def write(self, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        return self.run(self.db.write(work))

    def rows(self, statement: str, **params: Any) -> list[tuple[Any, ...]]:
        async def read() -> list[tuple[Any, ...]]:
            async with self.db.read() as tx:
                return await tx.all(statement, lambda **row: tuple(row.values()), **params)

        return self.run(read())

    def ctx(self, store_id: StoreId | None = None, account: str = "") -> Ctx:
        now = START + timedelta(seconds=next(self._seconds))
        stores_ = (store_id,) if store_id else ()
        return Ctx(account_sid=AccountSid(account), store_ids=stores_, now=now, mint=mint, actor="test")

    def new_store(self) -> StoreId:
        ctx = self.ctx(account=f"AC{next(self._accounts):032x}")

        async def work(tx: Tx) -> StoreId:
            await accounts.create(tx, Sealer(SECRET_KEY), ctx.now, account_sid=ctx.account_sid, auth_token="x" * 32)
            store, _ = await stores.create(tx, ctx, display_name="first", description="")
            await identity_settings.update(tx, StoreId(store.store_id), SETTINGS, ctx.now)
            return StoreId(store.store_id)

        return self.write(work)


@contextmanager
def expected(error: type[RegularsError] | None) -> Iterator[None]:
    if error is None:
        yield
    else:
        with pytest.raises(error):
            yield


SCOPE = (
    *("trait", "profile_identifier", "observation", "observation_revision", "summary", "embedding"),
    *("profile_conversation", "accepted_batch"),
)

values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique_by=lambda value: value[0])
words = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "y", "z"]), max_size=2)
which = st.integers(0, 7)


class Identity(RuleBasedStateMachine):
    """Every run in a store of its own."""

    lab: Lab

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.store = self.lab.new_store()
        self.number = itertools.count(1)

    # What customers and callers do

    def pick(self, place: int) -> str:
        return self.model.alive[place % len(self.model.alive)]

    def someone(self) -> bool:
        return bool(self.model.alive)

    def contact(self, given: Sequence[Value], more: Mapping[str, str]) -> dict[str, Any]:
        return {**{TRAIT_OF[id_type]: value for id_type, value in given}, **more}

    @rule(given=values, more=words)
    def create(self, given: list[Value], more: dict[str, str]) -> None:
        traits = self.contact(given, more)
        ctx = self.lab.ctx(self.store)
        profile_id = self.lab.write(lambda tx: profiles.create(tx, ctx, self.store, {"Contact": traits}))
        self.model.begin()
        self.model.born(self.model.write(given), profile_id)
        self.model.write_traits(profile_id, traits)

    @precondition(someone)
    @rule(place=which, given=st.just([]) | values, more=words, gone=st.sets(st.sampled_from([*NAMES, "phone"])))
    def patch(self, place: int, given: list[Value], more: dict[str, str], gone: set[str]) -> None:
        profile_id = self.pick(place)
        traits = self.contact(given, more)
        gone -= traits.keys()
        change = {"Contact": {**traits, **dict.fromkeys(gone)}}
        ctx = self.lab.ctx(self.store)
        self.lab.write(lambda tx: profiles.patch(tx, ctx, self.store, ProfileId(profile_id), change))
        self.model.begin()
        now_id = self.model.write(given, profile_id)
        self.model.write_traits(now_id, traits)
        self.model.customers[now_id].events += [Drop(name) for name in sorted(gone)]

    @precondition(someone)
    @rule(place=which, value=st.sampled_from(VALUES))
    def add_identifier(self, place: int, value: Value) -> None:
        profile_id, ctx = self.pick(place), self.lab.ctx(self.store)
        self.lab.write(lambda tx: identifiers.add(tx, ctx, self.store, ProfileId(profile_id), RawIdentifier(*value)))
        self.model.begin()
        self.model.write([value], profile_id)

    @precondition(someone)
    @rule(place=which, values=st.sampled_from([PHONES, EMAILS, CHATS]).flatmap(st.permutations))
    def replace_identifier(self, place: int, values: list[Value]) -> None:
        profile_id, ctx = self.pick(place), self.lab.ctx(self.store)
        held = self.model.customers[profile_id].held
        mine = [value for value in values if value in held]
        old, new = (mine or values)[0], values[-1]
        taken = new not in held and bool(self.model.sharers[new] or new in self.model.owner)
        error = NotFound if old not in held else Conflict if taken else None
        with expected(error):
            self.lab.write(
                lambda tx: identifiers.replace(tx, ctx, self.store, ProfileId(profile_id), old[0], old[1], new[1])
            )
        if error is None and new != old:
            self.model.take(profile_id, old)
            self.model.give(profile_id, new)

    @precondition(someone)
    @rule(place=which, id_type=st.sampled_from(["phone", "email", "chat"]), every=st.booleans())
    def remove_identifier(self, place: int, id_type: str, every: bool) -> None:
        profile_id = self.pick(place)
        held = self.model.customers[profile_id].held
        mine = sorted((value for value in held if value[0] == id_type), key=lambda value: held[value])
        with expected(None if mine else NotFound):
            self.lab.write(lambda tx: identifiers.remove(tx, self.store, ProfileId(profile_id), id_type, every=every))
        for value in mine if every else mine[:1]:
            self.model.take(profile_id, value)

    @precondition(someone)
    @rule(place=which, count=st.integers(1, 3))
    def observe(self, place: int, count: int) -> None:
        profile_id, ctx = self.pick(place), self.lab.ctx(self.store)
        contents = [f"statement {next(self.number)}" for _ in range(count)]
        said = [
            Statement(content=content, source="test", occurred_at=START, conversation_ids=()) for content in contents
        ]
        self.lab.write(lambda tx: observations.add(tx, ctx, self.store, ProfileId(profile_id), said))
        self.model.customers[profile_id].memories.update(contents)

    @precondition(someone)
    @rule(place=which, forget=st.booleans())
    def change_observation(self, place: int, forget: bool) -> None:
        profile_id, ctx = self.pick(place), self.lab.ctx(self.store)
        mine = sorted(self.model.customers[profile_id].memories)
        if not mine:
            return
        statement = "SELECT observation_id FROM observation WHERE store_id = %(store)s AND content = %(content)s"
        [(observation_id,)] = self.lab.rows(statement, store=self.store, content=mine[0])
        key = (self.store, ProfileId(profile_id), observation_id)
        if forget:
            self.lab.write(lambda tx: observations.erase(tx, *key))
            self.model.customers[profile_id].memories.discard(mine[0])
        else:
            change = Changes(content=None, source=f"s{ctx.now}", occurred_at=None, conversation_ids=None)
            self.lab.write(lambda tx: observations.patch(tx, ctx, *key, change))

    @precondition(lambda self: self.model.parts)
    @rule(place=which)
    def undo(self, place: int) -> None:
        part = self.model.parts[place % len(self.model.parts)]
        living, ctx = self.model.living(part.into), self.lab.ctx(self.store)
        [(merge_id,)] = self.lab.rows(
            "SELECT merge_id FROM profile_merge WHERE store_id = %(store)s AND status = 'MERGED'"
            " AND into_profile_id = %(into)s AND other_profile_id = %(other)s",
            store=self.store,
            into=part.into,
            other=part.other,
        )
        with expected(Moved):
            self.lab.write(lambda tx: merging.undo(tx, ctx, self.store, ProfileId(part.other), merge_id))
        self.lab.write(lambda tx: merging.undo(tx, ctx, self.store, ProfileId(living), merge_id))
        self.model.undo(part)
        with expected(Conflict):
            self.lab.write(lambda tx: merging.undo(tx, ctx, self.store, ProfileId(living), merge_id))

    @precondition(lambda self: len(self.model.alive) > 2)
    @rule(place=which)
    def erase(self, place: int) -> None:
        profile_id, ctx = self.pick(place), self.lab.ctx(self.store)
        self.lab.write(lambda tx: erasing.erase(tx, ctx, self.store, ProfileId(profile_id)))
        self.model.erase(profile_id)
        with expected(NotFound):
            self.lab.write(lambda tx: erasing.erase(tx, ctx, self.store, ProfileId(profile_id)))

    @rule(batch=st.lists(st.tuples(values, words), min_size=1, max_size=5))
    def upsert(self, batch: list[tuple[list[Value], dict[str, str]]]) -> None:
        items = [Item(_traits(self.contact(given, more)), _identifiers(given)) for given, more in batch]
        ctx = self.lab.ctx(self.store)
        answers = self.lab.write(lambda tx: resolution.upsert(tx, ctx, self.store, items, SETTINGS))
        self.model.begin()
        targets = [self.model.write(given) for given, _ in batch]
        for name, profile_id in zip(map(self.model.final, targets), answers, strict=True):
            self.model.born(name, profile_id)
        latest: dict[str, dict[str, str]] = {}
        for profile_id, (said, more) in zip(answers, batch, strict=True):
            latest.setdefault(profile_id, {}).update(self.contact(said, more))
        at = next(self.model.time)
        for profile_id, traits in latest.items():
            self.model.write_traits(profile_id, traits, at)

    # What must hold whatever they did

    @invariant()
    def profiles_are_where_the_model_says(self) -> None:
        rows = self.lab.rows("SELECT profile_id, merged_into FROM profile WHERE store_id = %(store)s", store=self.store)
        living = {profile_id for profile_id, into in rows if into is None}
        assert sorted(living) == self.model.alive
        signposts = {profile_id: into for profile_id, into in rows if into is not None}
        assert set(signposts.values()) <= living
        assert signposts == {part.other: self.model.living(part.other) for part in self.model.parts}

    @invariant()
    def identifiers_are_whose_the_model_says(self) -> None:
        lookup = self.lab.rows(
            "SELECT id_type, value, holder, profile_id FROM identifier WHERE store_id = %(store)s", store=self.store
        )
        assert {(i, v): p for i, v, holder, p in lookup if not holder} == self.model.owner
        assert all(holder in ("", profile_id) for _, _, holder, profile_id in lookup)
        sharing = {(i, v, p) for i, v, holder, p in lookup if holder}
        assert sharing == {(*value, p) for value, people in self.model.sharers.items() for p in people}
        held = self.lab.rows(
            "SELECT profile_id, id_type, value FROM profile_identifier WHERE store_id = %(store)s",
            store=self.store,
        )
        assert set(held) == {(p, *value) for p in self.model.alive for value in self.model.customers[p].held}
        assert sorted(held) == sorted((p, i, v) for i, v, _, p in lookup)

    @invariant()
    def nothing_belongs_to_nobody(self) -> None:
        select = " UNION ALL ".join(
            f"SELECT '{table}' AS name, profile_id FROM {table} WHERE store_id = %(store)s" for table in SCOPE
        )
        alive = set(self.model.alive)
        assert [row for row in self.lab.rows(select, store=self.store) if row[1] not in alive] == []

    @invariant()
    def memories_are_where_the_model_says(self) -> None:
        rows = self.lab.rows(
            "SELECT profile_id, content FROM observation WHERE store_id = %(store)s ORDER BY content",
            store=self.store,
        )
        expected_rows = [(p, content) for p in self.model.alive for content in self.model.customers[p].memories]
        assert rows == sorted(expected_rows, key=lambda row: row[1])

    @invariant()
    def traits_are_what_the_model_says(self) -> None:
        rows = self.lab.rows(
            "SELECT profile_id, trait_name, value FROM trait WHERE store_id = %(store)s", store=self.store
        )
        found: dict[str, dict[str, Any]] = {profile_id: {} for profile_id in self.model.alive}
        for profile_id, name, value in rows:
            found[profile_id][name] = value
        assert found == {profile_id: self.model.traits(profile_id) for profile_id in self.model.alive}


def _traits(contact: Mapping[str, Any]) -> list[Trait]:
    return [Trait(trait_group="Contact", trait_name=name, value=value) for name, value in contact.items()]


def _identifiers(given: Sequence[Value]) -> list[Identifier]:
    return identify([RawIdentifier(*value) for value in given], SETTINGS)


@pytest.fixture
def lab(database) -> Iterator[Lab]:
    lab = Lab(database)
    yield lab
    lab.close()


def run(lab: Lab, **fields: Any) -> None:
    bound = type("Bound", (Identity,), {"lab": lab})
    chosen = settings(suppress_health_check=list(HealthCheck), **fields)
    run_state_machine_as_test(bound, settings=chosen)


@pytest.mark.timeout(300)
def test_identity_holds(lab):
    run(lab, max_examples=40 * TIMES, stateful_step_count=30)


# Batches against one write after the other, with limits that are soon reached

CRAMPED = {
    id_type: structs.replace(config, limit=limit, limit_policy=policy, enforce_unique=unique)
    for id_type, limit, policy, unique in (
        ("phone", 2, "fifo", True),
        ("email", 1, "lifo", True),
        ("chat", 1, "fifo", False),
    )
    for config in [SETTINGS.identifier_configs[id_type]]
}
FEW = replace(SETTINGS, identifier_configs=CRAMPED, matching_rules=tuple(CRAMPED), sharing_limit=3)
writes = st.lists(st.tuples(values, words), min_size=1, max_size=8)


def picture(lab: Lab, store: StoreId) -> tuple[list[Any], ...]:
    """What is there, without ids and times: each profile by what it has, in the order in which it came."""
    held: dict[str, list[Value]] = {}
    statement = "SELECT profile_id, id_type, value FROM profile_identifier WHERE store_id = %(store)s"
    for profile_id, id_type, value in lab.rows(f"{statement} ORDER BY added_at, value", store=store):
        held.setdefault(profile_id, []).append((id_type, value))
    statement = "SELECT profile_id FROM profile WHERE store_id = %(store)s AND merged_into IS NULL ORDER BY profile_id"
    order = {profile_id: place for place, (profile_id,) in enumerate(lab.rows(statement, store=store))}
    statement = "SELECT id_type, value, holder <> '', reach, profile_id FROM identifier WHERE store_id = %(store)s"
    reach: dict[Value, int] = {}
    lookup: list[Any] = []
    for id_type, value, shared, brought, profile_id in lab.rows(statement, store=store):
        lookup.append((id_type, value, shared, order[profile_id]))
        reach[id_type, value] = max(brought, reach.get((id_type, value), 1))
    statement = "SELECT profile_id, trait_name, value FROM trait WHERE store_id = %(store)s"
    traits = [(order[profile_id], name, value) for profile_id, name, value in lab.rows(statement, store=store)]
    people = sorted((order[profile_id], identifiers_) for profile_id, identifiers_ in held.items())
    return people, sorted(lookup), sorted(reach.items()), sorted(traits)


@pytest.mark.timeout(300)
def test_a_batch_is_as_its_items_one_by_one(lab):
    def write(store: StoreId, batch: Sequence[tuple[list[Value], dict[str, str]]]) -> None:
        ctx = lab.ctx(store)
        items = [
            Item(_traits(more), identify([RawIdentifier(*value) for value in given], FEW)) for given, more in batch
        ]
        lab.write(lambda tx: resolution.upsert(tx, ctx, store, items, FEW))

    @settings(max_examples=60 * TIMES, suppress_health_check=list(HealthCheck))
    @given(writes, writes)
    def law(before: list[tuple[list[Value], dict[str, str]]], batch: list[tuple[list[Value], dict[str, str]]]) -> None:
        together, apart = lab.new_store(), lab.new_store()
        for store in (together, apart):
            for one in before:
                write(store, [one])
        write(together, batch)
        for one in batch:
            write(apart, [one])
        assert picture(lab, together) == picture(lab, apart)

    law()
