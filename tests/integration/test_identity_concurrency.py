"""Identity under many hands at once: writers that race find one truth, and nothing that was accepted is lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.helpers import BY_PROFILE, create_configuration, text_in

from regulars.core.context import Ctx
from regulars.core.errors import Conflict, Moved, NotFound, NotReady
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.identity import RawIdentifier, identify
from regulars.domain.plans import Item
from regulars.domain.stores import DEFAULT_IDENTITY_SETTINGS
from regulars.runtime import clock
from regulars.services import erasing, identifiers, merging, observations, profiles, resolution
from regulars.services.observations import Statement
from regulars.storage import identity_settings
from regulars.storage.db import Db, Tx

SETTINGS = replace(DEFAULT_IDENTITY_SETTINGS, sharing_limit=1000)
SCOPE = (
    *("trait", "profile_identifier", "observation", "observation_revision", "summary", "embedding"),
    *("profile_conversation", "accepted_batch"),
)

pytestmark = pytest.mark.timeout(60)


class Crowd:
    """Calls of the services, each a request of its own."""

    def __init__(self, db: Db, ctx: Ctx) -> None:
        self.db = db
        self._ctx = ctx
        self.store = ctx.store_ids[0]
        self.outcomes: Counter[str] = Counter()
        self.accepted: set[str] = set()

    @property
    def ctx(self) -> Ctx:
        return replace(self._ctx, now=clock())

    async def write(self, work: Callable[[Tx, Ctx], Awaitable[Any]]) -> Any:
        ctx = self.ctx
        return await self.db.write(lambda tx: work(tx, ctx))

    async def create(self, **contact: str) -> ProfileId:
        return await self.write(lambda tx, ctx: profiles.create(tx, ctx, self.store, {"Contact": contact}))

    async def patch(self, profile_id: str, **contact: str) -> None:
        change = {"Contact": contact}
        await self.write(lambda tx, ctx: profiles.patch(tx, ctx, self.store, ProfileId(profile_id), change))

    async def observe(self, profile_id: str, content: str) -> None:
        said = [Statement(content=content, source="test", occurred_at=clock(), conversation_ids=())]
        await self.write(lambda tx, ctx: observations.add(tx, ctx, self.store, ProfileId(profile_id), said))
        self.accepted.add(content)

    async def observe_wherever(self, profile_id: str, content: str) -> None:
        """As a client that follows a redirect."""
        try:
            await self.observe(profile_id, content)
        except Moved as moved:
            await self.observe_wherever(moved.canonical_id, content)

    async def erase(self, profile_id: str) -> None:
        await self.write(lambda tx, ctx: erasing.erase(tx, ctx, self.store, ProfileId(profile_id)))

    async def add(self, profile_id: str, id_type: str, value: str) -> None:
        raw = RawIdentifier(id_type, value)
        await self.write(lambda tx, ctx: identifiers.add(tx, ctx, self.store, ProfileId(profile_id), raw))

    async def remove(self, profile_id: str, id_type: str) -> None:
        await self.write(lambda tx, _: identifiers.remove(tx, self.store, ProfileId(profile_id), id_type, every=False))

    async def swap(self, profile_id: str, id_type: str, old: str, new: str) -> None:
        await self.write(
            lambda tx, ctx: identifiers.replace(tx, ctx, self.store, ProfileId(profile_id), id_type, old, new)
        )

    async def upsert(self, *batch: dict[str, str]) -> list[ProfileId]:
        items = [Item((), identify([RawIdentifier(*pair) for pair in one.items()], SETTINGS)) for one in batch]
        return await self.write(lambda tx, ctx: resolution.upsert(tx, ctx, self.store, items, SETTINGS))

    async def undo(self, profile_id: str, merge_id: str) -> None:
        await self.write(lambda tx, ctx: merging.undo(tx, ctx, self.store, ProfileId(profile_id), merge_id))

    async def together(self, *calls: Coroutine[Any, Any, Any], may: tuple[type[Exception], ...] = ()) -> list[Any]:
        """All at once. Errors other than those that may be are failures; so many are told."""
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, (*may, NotReady)):
                raise result
        self.outcomes.update(type(result).__name__ if isinstance(result, Exception) else "ok" for result in results)
        return results

    # What is there

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.db.read() as tx:
            return await tx.all(statement, lambda **row: tuple(row.values()), store=self.store)

    async def canonical(self) -> dict[str, str]:
        """Every profile, with the one that answers for it."""
        rows = await self.rows("SELECT profile_id, merged_into FROM profile WHERE store_id = %(store)s")
        return {profile_id: into or profile_id for profile_id, into in rows}

    async def holders(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        statement = "SELECT id_type, value, profile_id FROM profile_identifier WHERE store_id = %(store)s"
        for id_type, value, profile_id in await self.rows(statement):
            found.setdefault((id_type, value), []).append(profile_id)
        return found

    async def contents(self) -> dict[str, str]:
        """Whose each observation is; no two say the same here."""
        rows = await self.rows("SELECT content, profile_id FROM observation WHERE store_id = %(store)s")
        assert len({content for content, _ in rows}) == len(rows)
        return dict(rows)

    async def merges(self) -> list[tuple[str, str]]:
        """Profile and merge."""
        return await self.rows(
            "SELECT profile_id, merge_id FROM profile_merge WHERE store_id = %(store)s AND status = 'MERGED'"
        )

    async def check(self) -> None:
        """What holds whenever nobody writes."""
        rows = await self.rows("SELECT profile_id, merged_into FROM profile WHERE store_id = %(store)s")
        living = {profile_id for profile_id, into in rows if into is None}
        assert {into for _, into in rows if into is not None} <= living
        for table in SCOPE:
            people = {p for (p,) in await self.rows(f"SELECT profile_id FROM {table} WHERE store_id = %(store)s")}
            assert people <= living, table
        lookup = await self.rows("SELECT id_type, value, holder, profile_id FROM identifier WHERE store_id = %(store)s")
        assert all(holder in ("", profile_id) for _, _, holder, profile_id in lookup)
        held = [(*value, p) for value, people in (await self.holders()).items() for p in people]
        assert sorted(held) == sorted((id_type, value, p) for id_type, value, _, p in lookup)
        participants = await self.rows(
            "SELECT profile_id, conversation_id FROM participant"
            " WHERE store_id = %(store)s AND profile_id IS NOT NULL AND type = 'CUSTOMER'"
        )
        known = await self.rows(
            "SELECT profile_id, conversation_id FROM profile_conversation WHERE store_id = %(store)s"
        )
        assert set(participants) == set(known)
        groups = await self.rows(
            "SELECT conversation_id FROM conversation_group WHERE store_id = %(store)s"
            " EXCEPT SELECT conversation_id FROM conversation WHERE store_id = %(store)s AND status <> 'CLOSED'"
        )
        assert groups == []


@pytest.fixture
async def crowd(db, ctx) -> Crowd:
    async def loosen(tx: Tx) -> None:
        await identity_settings.update(tx, StoreId(ctx.store_ids[0]), SETTINGS, ctx.now)

    await db.write(loosen)
    return Crowd(db, ctx)


def phone(number: int) -> str:
    return f"+1202555{number:04}"


def email(number: int) -> str:
    return f"u{number}@example.com"


def components(pairs: Sequence[tuple[Any, Any]]) -> int:
    """How many groups the pairs connect."""
    into: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        while into.setdefault(one, one) != one:
            one = into[one]
        return one

    for one, other in pairs:
        into[root(one)] = root(other)
    return len({root(one) for pair in pairs for one in pair})


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_simultaneous_creates_agree_on_who_is_who(crowd, seed):
    chance = random.Random(seed)
    pairs = [(phone(chance.randrange(12)), email(chance.randrange(12))) for _ in range(50)]
    results = await crowd.together(*(crowd.create(phone=one, email=other) for one, other in pairs))
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    canonical, holders = await crowd.canonical(), await crowd.holders()
    for profile_id, (one, other) in zip(results, pairs, strict=True):
        assert holders["phone", one] == holders["email", other] == [canonical[profile_id]]
    assert len(set(canonical.values())) == components(pairs)


async def test_one_new_customer_who_comes_fifty_times_at_once_is_one_profile(crowd):
    results = await crowd.together(*(crowd.create(phone=phone(1), email=email(1)) for _ in range(50)))
    assert crowd.outcomes["NotReady"] == 0
    assert len(set(results)) == 1
    assert await crowd.canonical() == {results[0]: results[0]}
    await crowd.check()


async def test_merges_in_opposite_directions(crowd):
    for number in range(10):
        one = await crowd.create(phone=phone(number))
        other = await crowd.create(email=email(number))
        results = await crowd.together(
            crowd.patch(one, email=email(number)),
            crowd.patch(other, phone=phone(number)),
            crowd.create(phone=phone(number), email=email(number)),
            crowd.upsert({"email": email(number), "phone": phone(number)}),
            may=(Moved,),
        )
        assert None in results[:2]
        canonical = await crowd.canonical()
        assert canonical[one] == canonical[other] == one
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()


async def test_batches_that_merge_the_same_customers_in_other_orders(crowd):
    numbers = range(8)
    for number in numbers:
        await crowd.create(phone=phone(number))
        await crowd.create(email=email(number))
    batch = [{"phone": phone(n), "email": email((n + 1) % 8)} for n in numbers]
    chance = random.Random(1)
    orders = [chance.sample(batch, k=len(batch)) for _ in range(8)]
    await crowd.together(*(crowd.upsert(*order) for order in orders))
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    assert len(set((await crowd.canonical()).values())) == components([tuple(one.values()) for one in batch])


async def test_no_observation_is_lost_to_a_merge(crowd):
    people = [
        await crowd.create(**{kind: of(n)}) for n in range(6) for kind, of in (("phone", phone), ("email", email))
    ]
    said = [
        crowd.observe_wherever(profile_id, f"{place} {number}")
        for number in range(10)
        for place, profile_id in enumerate(people)
    ]
    joined = [crowd.create(phone=phone(n), email=email(n)) for n in range(6)]
    joined += [crowd.create(phone=phone(n), email=email((n + 3) % 6)) for n in range(6)]
    calls = [*said, *joined]
    random.Random(1).shuffle(calls)
    await crowd.together(*calls)
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    canonical, contents = await crowd.canonical(), await crowd.contents()
    assert contents.keys() == crowd.accepted
    for content, profile_id in contents.items():
        assert profile_id == canonical[people[int(content.split()[0])]]


async def test_no_trait_is_lost_to_a_merge(crowd):
    """An update of a trait that is there asks no foreign key."""
    for number in range(8):
        one = await crowd.create(phone=phone(number))
        other = await crowd.create(email=email(number), firstName="0", city="0")
        latest: dict[str, str] = {}

        async def write(name: str, profile_id: str, latest: dict[str, str]) -> None:
            for attempt in range(1, 8):
                try:
                    await crowd.patch(profile_id, **{name: str(attempt)})
                except Moved:
                    return
                latest[name] = str(attempt)

        await crowd.together(
            write("firstName", other, latest),
            write("city", other, latest),
            _later(crowd.create(phone=phone(number), email=email(number))),
        )
        rows = await crowd.rows("SELECT profile_id, trait_name, value FROM trait WHERE store_id = %(store)s")
        found = {name: value for profile_id, name, value in rows if profile_id == one}
        assert latest.items() <= found.items()
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()


async def _later(call: Coroutine[Any, Any, Any]) -> Any:
    await asyncio.sleep(0.01)
    return await call


async def test_an_identifier_that_changes_during_a_merge(crowd):
    for number in range(10):
        await crowd.create(phone=phone(number))
        other = await crowd.create(email=email(number))
        await crowd.add(other, "chat", f"chat-{number}")
        await crowd.together(
            crowd.create(phone=phone(number), email=email(number)),
            crowd.remove(other, "chat"),
            crowd.swap(other, "email", email(number), f"new{number}@example.com"),
            crowd.add(other, "pushUserID", f"push-{number}"),
            crowd.create(email=email(number), chatId=f"other-{number}"),
            may=(Moved, NotFound),
        )
        await crowd.check()
    assert crowd.outcomes["NotReady"] == 0


async def test_what_is_said_of_a_customer_while_they_are_erased(crowd):
    for number in range(5):
        one = await crowd.create(phone=phone(number))
        other = await crowd.create(email=email(number))
        await crowd.together(
            *(crowd.observe_wherever(one, f"{number} one {n}") for n in range(6)),
            crowd.erase(one),
            *(crowd.observe_wherever(other, f"{number} other {n}") for n in range(6)),
            crowd.create(phone=phone(number), email=email(number)),
            crowd.patch(one, firstName="Ada"),
            crowd.add(one, "chat", f"chat-{number}"),
            may=(Moved, NotFound),
        )
        await crowd.check()
        assert len((await crowd.holders()).get(("phone", phone(number)), [])) <= 1
        gone = {*(await crowd.contents())} ^ {c for c in crowd.accepted if c.startswith(str(number))}
        assert all(content.split()[0] <= str(number) for content in gone)
    assert crowd.outcomes["NotReady"] == 0


async def test_only_what_was_erased_is_gone(crowd):
    """Nobody who was not erased loses a memory to the erasure of somebody else at the same time."""
    people = [await crowd.create(phone=phone(n)) for n in range(8)]
    said = [crowd.observe(p, f"{place} {n}") for n in range(8) for place, p in enumerate(people)]
    erased = people[::2]
    calls = [*said, *(crowd.erase(profile_id) for profile_id in erased)]
    random.Random(1).shuffle(calls)
    await crowd.together(*calls, may=(NotFound,))
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    kept = {content for content in crowd.accepted if int(content.split()[0]) % 2}
    assert await crowd.contents() == {content: people[int(content.split()[0])] for content in kept}


@pytest.mark.parametrize("grouping", ["GROUP_BY_PARTICIPANT_ADDRESSES", BY_PROFILE])
async def test_messages_that_come_in_during_merges(api, tenant, crowd, grouping):
    await create_configuration(api, crowd.store, conversationGroupingType=grouping)
    for number in range(3):
        await crowd.create(phone=phone(number))
        await crowd.create(email=email(number))
        await crowd.create(whatsapp=f"whatsapp:{phone(number)}")
    texts = [
        text_in(api, tenant, From=sender(phone(n))) for _ in range(5) for n in range(4) for sender in (str, _whatsapp)
    ]
    merges = [crowd.create(phone=phone(n), email=email(n)) for n in range(3)]
    merges += [crowd.create(email=email(n), whatsapp=f"whatsapp:{phone(n)}") for n in range(3)]
    calls = [*texts, *merges]
    random.Random(2).shuffle(calls)
    await crowd.together(*calls)
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    rows = await crowd.rows("SELECT resource_id FROM communication WHERE store_id = %(store)s")
    assert len(rows) == len(set(rows)) == len(texts)
    canonical = await crowd.canonical()
    assert len(set(canonical.values())) == 4


def _whatsapp(number: str) -> str:
    return f"whatsapp:{number}"


async def test_messages_that_come_in_while_their_sender_is_erased(api, tenant, crowd):
    await create_configuration(api, crowd.store)
    for number in range(4):
        await text_in(api, tenant, From=phone(number))
    holders = await crowd.holders()
    people = [holders["phone", phone(number)][0] for number in range(4)]
    calls = [text_in(api, tenant, From=phone(number)) for _ in range(6) for number in range(4)]
    calls += [crowd.erase(profile_id) for profile_id in people]
    random.Random(3).shuffle(calls)
    await crowd.together(*calls, may=(NotFound,))
    assert crowd.outcomes["NotReady"] == 0
    await crowd.check()
    assert not {*people} & {*(await crowd.canonical())}


async def test_an_undoing_against_new_writes(crowd):
    for number in range(8):
        one = await crowd.create(phone=phone(number), firstName="One")
        other = await crowd.create(email=email(number), firstName="Other")
        await crowd.observe(one, f"{number} of one")
        await crowd.observe(other, f"{number} of other")
        await crowd.create(phone=phone(number), email=email(number))
        [(_, merge_id)] = [row for row in await crowd.merges() if row[0] == one]
        results = await crowd.together(
            *(crowd.observe(one, f"{number} since {n}") for n in range(4)),
            crowd.undo(one, merge_id),
            crowd.undo(one, merge_id),
            *(crowd.observe_wherever(other, f"{number} wherever {n}") for n in range(4)),
            crowd.patch(one, city="Berlin"),
            crowd.create(email=email(number), chatId=f"chat-{number}"),
            crowd.create(phone=phone(number), email=email(number)),
            crowd.add(one, "pushUserID", f"push-{number}"),
            may=(Conflict,),
        )
        assert [type(result) for result in results[4:6]].count(Conflict) == 1
        await crowd.check()
        canonical, contents = await crowd.canonical(), await crowd.contents()
        assert (canonical[one], canonical[other]) == (one, other)
        assert contents[f"{number} of one"] == one
        assert contents[f"{number} of other"] == other
        assert all(contents[f"{number} since {n}"] == one for n in range(4))
        assert all(contents[f"{number} wherever {n}"] in (one, other) for n in range(4))
    assert crowd.outcomes["NotReady"] == 0


async def test_undoing_erasing_and_merging_at_once(crowd):
    for number in range(8):
        one = await crowd.create(phone=phone(number))
        two = await crowd.create(email=email(number))
        await crowd.create(chatId=f"chat-{number}")
        await crowd.create(email=email(number), chatId=f"chat-{number}")
        [(_, merge_id)] = [row for row in await crowd.merges() if row[0] == two]
        await crowd.together(
            crowd.create(phone=phone(number), email=email(number)),
            crowd.undo(two, merge_id),
            crowd.upsert({"phone": phone(number), "chat": f"chat-{number}"}),
            *([crowd.erase(one)] if number % 2 else [crowd.erase(two)]),
            may=(Moved, NotFound, Conflict),
        )
        await crowd.check()
    assert crowd.outcomes["NotReady"] == 0
