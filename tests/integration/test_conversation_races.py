"""Two who want the same conversation: whoever comes second waits, and then finds it as the first one left it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from tests.helpers import (
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    assert_names_agree,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    rows,
    say,
    set_status,
    text_in,
)

from regulars.runtime import clock, mint
from regulars.services.conversations import resolve_later

EMAIL = "ada@example.com"
CALLBACKS = [{"url": "https://example.com/hook"}]

GROUPINGS = pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])

# Where the first one stops: rows that it wants once it holds the conversation.
IN_A_MERGE = "SELECT FROM profile_conversation FOR UPDATE"
IN_AN_ERASURE = "SELECT FROM conversation_channel FOR UPDATE"
IN_AN_ERASURE_OF_ONE_OF_TWO = "SELECT FROM communication FOR UPDATE"
BEFORE_IT_IS_TOLD = "SELECT FROM callback_queue FOR UPDATE"

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@asynccontextmanager
async def held(database: str, statement: str) -> AsyncIterator[None]:
    """Whoever wants these rows waits until the block ends."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        cursor = await connection.execute(statement)
        assert cursor.rowcount > 0
        yield


async def in_turn(database: str, stop: str, first: Awaitable[Any], *others: Awaitable[Any]) -> list[Any]:
    """What each was answered: `first` stops at the rows of `stop`, then each of the others comes, and waits, too."""
    async with held(database, stop):
        tasks: list[asyncio.Task[Any]] = []
        for call in (first, *others):
            tasks.append(asyncio.ensure_future(call))
            await until_waiting(database, len(tasks))
    return await asyncio.gather(*tasks)


async def until_waiting(database: str, count: int) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(5), await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        while True:
            cursor = await connection.execute(query)
            if await cursor.fetchone() == (count,):
                return
            await asyncio.sleep(0.01)


def merge(api, store: str, profile: str) -> Awaitable[httpx.Response]:
    """With the older profile that has the e-mail address."""
    body = {"idType": "email", "value": EMAIL}
    return api.post(f"/v1/Stores/{store}/Profiles/{profile}/Identifiers", json=body)


def erase(api, store: str, profile: str) -> Awaitable[httpx.Response]:
    return api.delete(f"/v1/Stores/{store}/Profiles/{profile}")


def close(api, opened: dict[str, Any]) -> Awaitable[httpx.Response]:
    return api.patch(f"/v2/Conversations/{opened['id']}", json={"status": "CLOSED"})


def delete(api, opened: dict[str, Any]) -> Awaitable[httpx.Response]:
    return api.delete(f"/v2/Conversations/{opened['id']}")


def join(api, opened: dict[str, Any], person: dict[str, Any]) -> Awaitable[httpx.Response]:
    return api.post(f"/v2/Conversations/{opened['id']}/Participants", json=person)


def statuses(answers: list[httpx.Response]) -> list[int]:
    return [one.status_code for one in answers]


async def texted(api, tenant, store: str, grouping: str = BY_ADDRESS) -> tuple[dict[str, Any], str]:
    """A conversation of one text, and its customer, of whom an older profile turns out to be another half."""
    await create_profile(api, store, "+12025550199", email=EMAIL)
    await create_configuration(api, store, conversationGroupingType=grouping, statusCallbacks=CALLBACKS)
    await text_in(api, tenant)
    [opened] = await conversations(api)
    [profile] = await lookup(api, store, CUSTOMER)
    return opened, profile


async def fetched(api, opened: dict[str, Any]) -> dict[str, Any]:
    return ok(await api.get(f"/v2/Conversations/{opened['id']}"))


async def known_conversations(runtime, profile: str) -> list[str]:
    """Of the profile; of no other one."""
    found = await rows(runtime, "SELECT profile_id, conversation_id FROM profile_conversation ORDER BY conversation_id")
    return [one["conversation_id"] for one in found if one["profile_id"] == profile]


async def nobody_knows(runtime, opened: dict[str, Any]) -> bool:
    """No profile leads to a conversation that is gone."""
    found = await rows(runtime, "SELECT conversation_id FROM profile_conversation")
    return opened["id"] not in {one["conversation_id"] for one in found}


# Merges


@GROUPINGS
@pytest.mark.parametrize("merge_first", [True, False])
async def test_closing_and_a_merge_take_turns(api, runtime, tenant, database, store, grouping, merge_first):
    opened, profile = await texted(api, tenant, store, grouping)
    merging, closing = merge(api, store, profile), close(api, opened)
    if merge_first:
        answers = await in_turn(database, IN_A_MERGE, merging, closing)
        assert statuses(answers) == [202, 200]
    else:
        answers = await in_turn(database, BEFORE_IT_IS_TOLD, closing, merging)
        assert statuses(answers) == [200, 202]
    await assert_names_agree(runtime)
    await text_in(api, tenant, Body="after the end")
    await assert_names_agree(runtime)
    fresh, ended = await conversations(api)
    assert (ended["id"], ended["status"], fresh["status"]) == (opened["id"], "CLOSED", "ACTIVE")
    [canonical] = await lookup(api, store, CUSTOMER)
    assert canonical != profile
    assert await known_conversations(runtime, canonical) == sorted([opened["id"], fresh["id"]])
    assert {one["profileId"] for one in ended["participants"]} == {canonical, None}


@GROUPINGS
async def test_who_joins_during_a_merge_joins_after_it(api, runtime, tenant, database, store, grouping):
    opened, profile = await texted(api, tenant, store, grouping)
    calls = (merge(api, store, profile), join(api, opened, customer(OTHER_CUSTOMER)))
    assert statuses(await in_turn(database, IN_A_MERGE, *calls)) == [202, 201]
    await assert_names_agree(runtime)
    [canonical], [other] = await lookup(api, store, CUSTOMER), await lookup(api, store, OTHER_CUSTOMER)
    for phone in (CUSTOMER, OTHER_CUSTOMER):
        await text_in(api, tenant, From=phone)
    [now] = await conversations(api)
    assert {one["profileId"] for one in now["participants"]} == {canonical, other, None}
    assert await known_conversations(runtime, canonical) == await known_conversations(runtime, other) == [opened["id"]]


@GROUPINGS
async def test_a_text_during_a_merge_finds_the_conversation_after_it(api, runtime, tenant, database, store, grouping):
    opened, profile = await texted(api, tenant, store, grouping)
    text = text_in(api, tenant, Body="meanwhile")
    assert statuses(await in_turn(database, IN_A_MERGE, merge(api, store, profile), text)) == [202, 200]
    await assert_names_agree(runtime)
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    assert (await communications(api, opened["id"]))[-1]["content"]["text"] == "meanwhile"


async def test_deleting_what_is_closed_waits_for_a_merge(api, runtime, tenant, database, store):
    opened, profile = await texted(api, tenant, store)
    await set_status(api, opened["id"], "CLOSED")
    calls = (merge(api, store, profile), delete(api, opened))
    assert statuses(await in_turn(database, IN_A_MERGE, *calls)) == [202, 202]
    assert await nobody_knows(runtime, opened)


async def test_deleting_what_is_closed_waits_for_an_undoing(api, runtime, tenant, database, store):
    opened, profile = await texted(api, tenant, store)
    await set_status(api, opened["id"], "CLOSED")
    ok(await merge(api, store, profile), 202)
    [canonical] = await lookup(api, store, CUSTOMER)
    url = f"/v1/Stores/{store}/Profiles/{canonical}/Merges"
    [merged] = ok(await api.get(url))["merges"]
    calls = (api.post(f"{url}/{merged['id']}/Undo"), delete(api, opened))
    assert statuses(await in_turn(database, IN_A_MERGE, *calls)) == [202, 202]
    assert await nobody_knows(runtime, opened)


# Erasure


async def test_who_is_recognised_in_what_is_closed_waits_for_an_erasure(api, runtime, tenant, database, store):
    """It was the only customer's, as nobody knew another one."""
    opened, profile = await texted(api, tenant, store)
    joined = ok(await join(api, opened, customer(OTHER_CUSTOMER)), 201)
    await set_status(api, opened["id"], "CLOSED")
    for statement in (
        "UPDATE participant SET profile_id = NULL WHERE participant_id = %(id)s",
        "DELETE FROM profile_conversation WHERE profile_id = %(profile_id)s",
    ):
        values = {"id": joined["id"], "profile_id": joined["profileId"]}
        await runtime.db.write(lambda tx, statement=statement, values=values: tx.run(statement, **values))
    recognising = resolve_later(runtime.db, mint, clock(), store, opened["id"], joined["id"])
    await in_turn(database, IN_AN_ERASURE, erase(api, store, profile), recognising)
    assert await conversations(api) == []
    assert await nobody_knows(runtime, opened)


async def test_who_joins_while_the_only_customer_is_erased_finds_no_conversation(api, runtime, tenant, database, store):
    opened, profile = await texted(api, tenant, store)
    calls = (erase(api, store, profile), join(api, opened, customer(OTHER_CUSTOMER)))
    assert statuses(await in_turn(database, IN_AN_ERASURE, *calls)) == [202, 404]
    assert await conversations(api) == []
    for table in ("conversation_group", "conversation_channel", "profile_conversation", "participant", "delivery"):
        assert await rows(runtime, f"SELECT * FROM {table}") == []


@GROUPINGS
async def test_who_joins_while_one_of_two_is_erased_joins_after_it(api, runtime, tenant, database, store, grouping):
    opened, profile = await texted(api, tenant, store, grouping)
    ok(await join(api, opened, customer(OTHER_CUSTOMER)), 201)
    calls = (erase(api, store, profile), join(api, opened, agent("+18005550177")))
    assert statuses(await in_turn(database, IN_AN_ERASURE_OF_ONE_OF_TWO, *calls)) == [202, 201]
    await assert_names_agree(runtime)
    now = await fetched(api, opened)
    assert len(now["participants"]) == 4
    assert CUSTOMER not in str(now)
    assert (
        await rows(runtime, "SELECT group_key FROM conversation_group WHERE group_key LIKE %(p)s", p=f"%{CUSTOMER}%")
        == []
    )
    assert await communications(api, opened["id"]) == []


async def test_who_joined_before_keeps_what_they_say_after_the_erasure(api, runtime, tenant, database, store):
    opened, profile = await texted(api, tenant, store)
    calls = (join(api, opened, customer(OTHER_CUSTOMER)), erase(api, store, profile))
    assert statuses(await in_turn(database, BEFORE_IT_IS_TOLD, *calls)) == [201, 202]
    await assert_names_agree(runtime)
    ends = {"author": {"address": OTHER_CUSTOMER, "channel": "SMS"}}
    await say(api, opened["id"], "mine", **ends)
    assert [one["content"]["text"] for one in await communications(api, opened["id"])] == ["mine"]
    assert await lookup(api, store, CUSTOMER) == []
    assert CUSTOMER not in str(await fetched(api, opened))


async def test_a_text_during_an_erasure_is_of_a_new_customer(api, runtime, tenant, database, store):
    opened, profile = await texted(api, tenant, store)
    text = text_in(api, tenant, Body="me again")
    assert statuses(await in_turn(database, IN_AN_ERASURE, erase(api, store, profile), text)) == [202, 200]
    await assert_names_agree(runtime)
    [fresh] = await conversations(api)
    assert fresh["id"] != opened["id"]
    assert await lookup(api, store, CUSTOMER) == [one["profileId"] for one in fresh["participants"] if one["profileId"]]
    assert [one["content"]["text"] for one in await communications(api, fresh["id"])] == ["me again"]


# Names that lead nowhere


async def leave_name(api, runtime, store: str, conf: str, of: str) -> None:
    """A row of the groups for the customer and the business, of a conversation that is not to be found by it."""
    opened = await open_conversation(api, conf)
    [name] = await rows(runtime, "SELECT group_key FROM conversation_group")
    if of == "GONE":
        ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    else:
        await set_status(api, opened["id"], "CLOSED")
    if of == "OF ANOTHER NAME":
        opened = await open_conversation(api, conf, participants=[customer(OTHER_CUSTOMER), agent()])
    statement = "INSERT INTO conversation_group VALUES (%(store_id)s, %(group_key)s, %(conversation_id)s)"
    values = {"store_id": store, "conversation_id": opened["id"], **name}
    await runtime.db.write(lambda tx: tx.run(statement, **values))


@pytest.mark.parametrize("of", ["GONE", "CLOSED", "OF ANOTHER NAME"])
@pytest.mark.parametrize("by", ["text", "API"])
async def test_a_name_that_leads_nowhere_is_taken_over(api, runtime, tenant, store, of, by):
    conf = await create_configuration(api, store)
    await leave_name(api, runtime, store, conf, of)
    before = {one["id"] for one in await conversations(api)}
    if by == "text":
        await asyncio.gather(*(text_in(api, tenant, Body=f"text {n}") for n in range(3)))
    else:
        await open_conversation(api, conf)
        await text_in(api, tenant)
    await assert_names_agree(runtime)
    [fresh] = [one for one in await conversations(api) if one["id"] not in before]
    assert len(await communications(api, fresh["id"])) == (3 if by == "text" else 1)


@pytest.mark.parametrize("of", ["GONE", "CLOSED", "OF ANOTHER NAME"])
async def test_who_joins_takes_over_a_name_that_leads_nowhere(api, runtime, tenant, store, of):
    conf = await create_configuration(api, store)
    await leave_name(api, runtime, store, conf, of)
    opened = await open_conversation(api, conf, participants=[customer()])
    ok(await join(api, opened, agent()), 201)
    await assert_names_agree(runtime)
    await text_in(api, tenant)
    assert len(await communications(api, opened["id"])) == 1


# Load


async def test_an_agent_whose_address_changes_all_the_time_costs_no_text(api, runtime, tenant, store):
    await create_configuration(api, store)
    await text_in(api, tenant, Body="text 0")
    moves: list[int] = []
    bodies = ["text 0"]

    async def text() -> None:
        while len(moves) < 15:
            bodies.append(f"text {len(bodies)}")
            await text_in(api, tenant, Body=bodies[-1])

    async def move() -> None:
        for n in range(15):
            newest = "SELECT * FROM participant WHERE type = 'AGENT' ORDER BY conversation_id DESC LIMIT 1"
            [one] = await rows(runtime, newest)
            url = f"/v2/Conversations/{one['conversation_id']}/Participants/{one['participant_id']}"
            moves.append((await api.put(url, json=agent(f"+1800555{n:04d}", type="AGENT"))).status_code)

    await asyncio.gather(move(), *(text() for _ in range(4)))
    assert set(moves) == {200}
    await assert_names_agree(runtime)
    said = await rows(runtime, "SELECT content FROM communication")
    assert sorted(one["content"]["text"] for one in said) == sorted(bodies)
    assert await rows(runtime, "SELECT FROM participant WHERE type = 'CUSTOMER' AND profile_id IS NULL") == []
