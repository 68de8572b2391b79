"""What those who listen to a conversation are told: which events, in which order, with what in them."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from tests.helpers import (
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    communication,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    observe,
    ok,
    open_conversation,
    text_in,
)

from regulars.runtime import Runtime, clock, mint
from regulars.services.lifecycle import tick

LISTENER = "https://hooks.example.com/twilio?tenant=1"
OTHER_LISTENER = "https://elsewhere.example.com/"

Told = list[tuple[str, dict]]


async def told(runtime: Runtime, conversation_id: str | None = None, url: str = LISTENER) -> Told:
    """The events of a conversation, or of all, for one endpoint in the order in which they go out."""
    async with runtime.db.read() as tx:
        cursor = await tx.connection.execute(
            "SELECT body, event_type, conversation_id FROM delivery WHERE url = %s ORDER BY conversation_id, position",
            (url,),
        )
        rows = await cursor.fetchall()
    bodies = [(row, json.loads(row["body"])) for row in rows]
    for row, body in bodies:
        assert set(body) == {"eventType", "timestamp", "data"}
        assert body["eventType"] == row["event_type"]
        assert body["timestamp"].endswith("Z")
    return [
        (body["eventType"], body["data"]) for row, body in bodies if conversation_id in (None, row["conversation_id"])
    ]


def types(events: Told) -> list[str]:
    return [type_ for type_, _ in events]


@pytest.fixture
async def store(api: httpx.AsyncClient) -> str:
    return await create_store(api)


@pytest.fixture
async def conf(api: httpx.AsyncClient, store: str) -> str:
    return await create_configuration(api, store, statusCallbacks=[{"url": LISTENER}])


async def test_a_first_message_tells_of_all_that_it_brought(api, runtime, conf, tenant):
    await text_in(api, tenant)
    (opened,) = await conversations(api)
    events = await told(runtime)

    assert types(events) == [
        *("CONVERSATION_CREATED", "PARTICIPANT_ADDED", "PARTICIPANT_ADDED", "COMMUNICATION_CREATED")
    ]
    assert events[0][1] == opened | {"updatedAt": events[0][1]["updatedAt"]}
    path = f"/v2/Conversations/{opened['id']}"
    people = ok(await api.get(path + "/Participants"))["participants"]
    assert sorted((one for type_, one in events if type_ == "PARTICIPANT_ADDED"), key=lambda one: one["id"]) == sorted(
        people, key=lambda one: one["id"]
    )
    assert [events[-1][1]] == ok(await api.get(path + "/Communications"))["communications"]


async def test_the_next_message_tells_of_itself_alone(api, runtime, conf, tenant):
    await text_in(api, tenant)
    before = len(await told(runtime))
    await text_in(api, tenant, Body="again")
    assert types((await told(runtime))[before:]) == ["COMMUNICATION_CREATED"]


async def test_a_message_that_comes_again_tells_nothing(api, runtime, conf, tenant):
    for _ in range(3):
        await text_in(api, tenant, MessageSid="SM" + "2" * 32)
    assert types(await told(runtime)).count("COMMUNICATION_CREATED") == 1


async def test_simultaneous_messages_tell_of_one_beginning(api, runtime, conf, tenant):
    await asyncio.gather(*(text_in(api, tenant, Body=f"number {n}") for n in range(12)))
    events = types(await told(runtime))
    assert events[:3] == ["CONVERSATION_CREATED", "PARTICIPANT_ADDED", "PARTICIPANT_ADDED"]
    assert events[3:] == ["COMMUNICATION_CREATED"] * 12


async def test_every_endpoint_is_told_under_one_event_id(api, runtime, store, tenant):
    await create_configuration(
        api, store, statusCallbacks=[{"url": LISTENER}, {"url": OTHER_LISTENER, "method": "GET"}]
    )
    await text_in(api, tenant)
    async with runtime.db.read() as tx:
        cursor = await tx.connection.execute("SELECT url, method, event_id, delivery_id FROM delivery")
        rows = await cursor.fetchall()
    by_url = {url: [row["event_id"] for row in rows if row["url"] == url] for url in (LISTENER, OTHER_LISTENER)}
    assert len(by_url[LISTENER]) == 4
    assert sorted(by_url[LISTENER]) == sorted(by_url[OTHER_LISTENER])
    assert len({row["delivery_id"] for row in rows}) == 8
    assert {row["method"] for row in rows if row["url"] == OTHER_LISTENER} == {"GET"}


async def test_without_listeners_nothing_is_kept(api, runtime, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant)
    assert await told(runtime) == []


async def test_status_and_name_are_told_and_metadata_is_not(api, runtime, conf):
    opened = await open_conversation(api, conf)
    path = f"/v2/Conversations/{opened['id']}"
    before = len(await told(runtime))
    ok(await api.patch(path, json={"metadata": {"a": "b"}}))
    ok(await api.patch(path, json={"name": "The first"}))
    ok(await api.patch(path, json={"name": "The first"}))
    ok(await api.patch(path, json={"status": "INACTIVE"}))
    ok(await api.post(path + "/Communications", json=communication("back again")), 201)
    ok(await api.put(path, json={"status": "CLOSED"}))

    events = (await told(runtime))[before:]
    assert types(events) == [
        *("CONVERSATION_UPDATED", "CONVERSATION_UPDATED", "CONVERSATION_UPDATED"),
        *("COMMUNICATION_CREATED", "CONVERSATION_UPDATED"),
    ]
    said = [(one["status"], one["name"]) for type_, one in events if type_ == "CONVERSATION_UPDATED"]
    assert said == [("ACTIVE", "The first"), ("INACTIVE", "The first"), ("ACTIVE", "The first"), ("CLOSED", None)]
    assert events[-1][1] == ok(await api.get(path))


async def test_participants_are_told_of_when_they_join_and_change(api, runtime, conf):
    opened = await open_conversation(api, conf, participants=[customer()])
    path = f"/v2/Conversations/{opened['id']}/Participants"
    before = len(await told(runtime))
    joined = ok(await api.post(path, json=agent(type="AGENT")), 201)
    changed = ok(await api.put(f"{path}/{joined['id']}", json=agent(name="Robo")))
    ok(await api.put(f"{path}/{joined['id']}", json=agent(name="Robo")))
    assert (await told(runtime))[before:] == [("PARTICIPANT_ADDED", joined), ("PARTICIPANT_UPDATED", changed)]


async def test_strangers_in_a_communication_join_before_it(api, runtime, conf):
    opened = await open_conversation(api, conf, participants=None)
    before = len(await told(runtime))
    ok(await api.post(f"/v2/Conversations/{opened['id']}/Communications", json=communication("who are we?")), 201)
    assert types((await told(runtime))[before:]) == ["PARTICIPANT_ADDED", "PARTICIPANT_ADDED", "COMMUNICATION_CREATED"]


async def test_other_words_for_the_same_resource_are_told_and_the_same_words_are_not(api, runtime, conf):
    opened = await open_conversation(api, conf)
    path = f"/v2/Conversations/{opened['id']}/Communications"
    ok(await api.post(path, json=communication("first", resourceId="R1")), 201)
    before = len(await told(runtime))
    ok(await api.post(path, json=communication("first", resourceId="R1")), 201)
    changed = ok(await api.post(path, json=communication("second", resourceId="R1")), 201)
    assert (await told(runtime))[before:] == [("COMMUNICATION_UPDATED", changed)]


async def test_an_end_is_told_of_everybody_who_was_there(api, runtime, conf):
    opened = await open_conversation(api, conf)
    before = len(await told(runtime))
    ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    events = (await told(runtime, opened["id"]))[before:]
    assert types(events) == ["PARTICIPANT_REMOVED"] * 2
    assert sorted(one["id"] for _, one in events) == sorted(one["id"] for one in opened["participants"])


async def test_a_conversation_can_be_given_other_listeners_or_none(api, runtime, conf):
    opened = await open_conversation(api, conf)
    path = f"/v2/Conversations/{opened['id']}"
    before = len(await told(runtime))
    listening = {"configuration": {"statusCallbacks": [{"url": OTHER_LISTENER}]}}
    body = ok(await api.patch(path, json=listening))
    assert body["configuration"]["statusCallbacks"] == [{"url": OTHER_LISTENER, "method": "POST"}]
    ok(await api.patch(path, json={"name": "heard elsewhere"}))
    ok(await api.patch(path, json={"configuration": {"statusCallbacks": []}}))
    ok(await api.patch(path, json={"name": "heard by nobody"}))
    assert len(await told(runtime)) == before
    heard = await told(runtime, url=OTHER_LISTENER)
    assert [one["name"] for _, one in heard] == ["heard elsewhere"]
    others = await open_conversation(api, conf, participants=[customer(OTHER_CUSTOMER), agent()])
    assert others["configuration"]["statusCallbacks"] == [{"url": LISTENER, "method": "POST"}]


@pytest.mark.parametrize("callbacks", [[{"url": "ftp://x"}], [{"url": "http://10.0.0.1/"}], [{"url": LISTENER}] * 2])
async def test_a_listener_that_cannot_be_is_refused(api, conf, callbacks):
    opened = await open_conversation(api, conf)
    answer = await api.patch(
        f"/v2/Conversations/{opened['id']}", json={"configuration": {"statusCallbacks": callbacks}}
    )
    assert answer.status_code == 400, answer.text


async def test_erasing_a_customer_takes_along_what_was_told_of_them(api, runtime, store, tenant):
    await create_configuration(api, store, statusCallbacks=[{"url": LISTENER}])
    profile = await create_profile(api, store)
    await observe(api, f"/v1/Stores/{store}/Profiles/{profile}", "is vegetarian")
    await text_in(api, tenant, Body="my secret")
    assert len(await told(runtime)) == 4
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{profile}"), 202)
    assert await told(runtime) == []


async def test_erasing_one_of_two_leaves_what_was_told_of_the_other(api, runtime, store):
    conf = await create_configuration(
        api, store, statusCallbacks=[{"url": LISTENER}], conversationGroupingType=BY_PROFILE
    )
    opened = await open_conversation(api, conf, participants=[customer(), customer(OTHER_CUSTOMER), agent()])
    path = f"/v2/Conversations/{opened['id']}/Communications"
    ok(await api.post(path, json=communication("mine")), 201)
    other = {"author": {"address": OTHER_CUSTOMER, "channel": "SMS"}}
    ok(await api.post(path, json=communication("theirs", **other)), 201)
    erased = next(one for one in opened["participants"] if one["name"] == CUSTOMER)
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{erased['profileId']}"), 202)
    left = await told(runtime)
    assert CUSTOMER not in json.dumps(left)
    assert [one["content"]["text"] for type_, one in left if type_ == "COMMUNICATION_CREATED"] == ["theirs"]


async def test_timers_tell_what_they_do(api, runtime, conf, tenant):
    await text_in(api, tenant)
    for minutes in (10, 60):
        later = clock() + timedelta(minutes=minutes, seconds=5)
        await asyncio.gather(*(tick(runtime.db, mint, lambda later=later: later) for _ in range(4)))
    ended = [data for type_, data in await told(runtime) if type_ == "CONVERSATION_UPDATED"]
    assert [one["status"] for one in ended] == ["INACTIVE", "CLOSED"]
    assert ended[-1] == (await conversations(api))[0]
    assert ended[-1]["accountId"] == tenant.account_sid
