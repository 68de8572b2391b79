"""Communications: added, deduplicated, listed, fetched."""

import asyncio
from dataclasses import replace

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    WHEN,
    assert_problem,
    communication,
    communications,
    create_configuration,
    ok,
    open_conversation,
    say,
    set_status,
    unknown,
)

from regulars.settings import Settings


@pytest.fixture
async def opened(api) -> dict:
    return await open_conversation(api, await create_configuration(api))


@pytest.fixture
def url(opened) -> str:
    return f"/v2/Conversations/{opened['id']}/Communications"


async def status_of(api, opened: dict) -> str:
    return ok(await api.get(f"/v2/Conversations/{opened['id']}"))["status"]


async def test_a_communication_has_the_keys_of_the_contract(api, opened, url, tenant):
    them, us = (one["id"] for one in opened["participants"])

    body = ok(await api.post(url, json=communication("Hi", channelId="SM1", resourceId="SM1", occurredAt=WHEN)), 201)

    assert body.pop("id").startswith("conv_communication_")
    assert body.pop("createdAt") == body.pop("updatedAt")
    assert body == {
        "conversationId": opened["id"],
        "accountId": tenant.account_sid,
        "author": {"address": CUSTOMER, "channel": "SMS", "participantId": them},
        "content": {"type": "TEXT", "text": "Hi"},
        "recipients": [{"address": BUSINESS, "channel": "SMS", "participantId": us}],
        "channelId": "SM1",
        "resourceId": "SM1",
        "occurredAt": WHEN,
    }


async def test_it_is_fetched_and_listed_as_it_was_created(api, url):
    body = ok(await api.post(url, json=communication()), 201)
    assert ok(await api.get(f"{url}/{body['id']}")) == body
    assert ok(await api.get(url)) == {"communications": [body], "meta": {"key": "communications", "pageSize": 1}}


async def test_without_a_time_it_occurred_now(api, url):
    body = ok(await api.post(url, json=communication()), 201)
    assert body["occurredAt"] == body["createdAt"]


async def test_a_transcription_keeps_its_words(api, url):
    transcription = {
        "channel": 1,
        "confidence": 0.93,
        "engine": "deepgram",
        "words": [{"text": "Hi", "startTime": "0.1", "endTime": "0.4"}],
    }
    content = {"type": "TRANSCRIPTION", "text": "Hi", "transcription": transcription}
    assert ok(await api.post(url, json=communication(content=content)), 201)["content"] == content


async def test_participants_may_be_named_by_id(api, opened, url):
    them = opened["participants"][0]["id"]
    author = {"address": "anything", "channel": "CHAT", "participantId": them}
    assert ok(await api.post(url, json=communication(author=author)), 201)["author"]["participantId"] == them


async def test_a_participant_of_another_conversation_is_refused(api, url):
    author = {"address": CUSTOMER, "channel": "SMS", "participantId": unknown("conv_participant")}
    assert_problem(await api.post(url, json=communication(author=author)), 400, 400)


async def test_strangers_join_as_unknown(api, opened, url):
    ok(await api.post(url, json=communication(author={"address": "someone", "channel": "CHAT"})), 201)
    people = ok(await api.get(f"/v2/Conversations/{opened['id']}"))["participants"]
    assert [(one["type"], one["name"]) for one in people[2:]] == [("UNKNOWN", "someone")]


async def test_a_stranger_who_writes_to_themselves_joins_once(api, opened, url):
    me = {"address": "someone", "channel": "CHAT"}
    ok(await api.post(url, json=communication(author=me, recipients=[me, me])), 201)
    assert len(ok(await api.get(f"/v2/Conversations/{opened['id']}"))["participants"]) == 3


@pytest.mark.parametrize("status", ["INITIATED", "IN_PROGRESS", "DELIVERED", "COMPLETED", "FAILED"])
async def test_the_delivery_status_is_kept(api, url, status):
    recipient = {"address": BUSINESS, "channel": "SMS", "deliveryStatus": status}
    body = ok(await api.post(url, json=communication(recipients=[recipient])), 201)
    assert body["recipients"][0]["deliveryStatus"] == status


async def test_read_is_told_as_delivered(api, url):
    """Agent Connect drops the whole list for a READ (contract §8a Q19)."""
    recipient = {"address": BUSINESS, "channel": "SMS", "deliveryStatus": "READ"}
    body = ok(await api.post(url, json=communication(recipients=[recipient])), 201)
    assert body["recipients"][0]["deliveryStatus"] == "DELIVERED"
    assert ok(await api.get(url))["communications"] == [body]


async def test_read_is_told_when_that_is_set(opened, url, tenant, runtime, application):
    recipient = {"address": BUSINESS, "channel": "SMS", "deliveryStatus": "READ"}
    receipts = replace(runtime, settings=Settings(read_receipts=True))
    async with application.client(receipts, tenant) as client:
        body = ok(await client.post(url, json=communication(recipients=[recipient])), 201)
    assert body["recipients"][0]["deliveryStatus"] == "READ"


async def test_an_inactive_conversation_wakes_up(api, opened, url):
    await set_status(api, opened["id"], "INACTIVE")
    ok(await api.post(url, json=communication()), 201)
    assert await status_of(api, opened) == "ACTIVE"


async def test_a_closed_conversation_takes_nothing(api, opened, url):
    await set_status(api, opened["id"], "CLOSED")
    assert_problem(await api.post(url, json=communication()), 400, 400)
    assert await communications(api, opened["id"]) == []


# Dedupe


async def test_the_same_resource_again_is_the_same_communication(api, opened):
    first = await say(api, opened["id"], "Hi", resourceId="SM1")
    assert await say(api, opened["id"], "Hi", resourceId="SM1") == first
    assert len(await communications(api, opened["id"])) == 1


async def test_the_same_resource_with_other_words_updates(api, opened):
    first = await say(api, opened["id"], "Hi", resourceId="SM1")
    second = await say(api, opened["id"], "Hi there", resourceId="SM1")
    assert second["id"] == first["id"]
    assert [one["content"]["text"] for one in await communications(api, opened["id"])] == ["Hi there"]


async def test_after_closing_a_repetition_is_known_but_nothing_changes(api, opened, url):
    first = await say(api, opened["id"], "Hi", resourceId="SM1")
    await set_status(api, opened["id"], "CLOSED")
    assert await say(api, opened["id"], "Hi", resourceId="SM1") == first
    assert_problem(await api.post(url, json=communication("Hi there", resourceId="SM1")), 400, 400)
    assert await communications(api, opened["id"]) == [first]


async def test_the_same_resource_in_another_conversation_is_another(api, opened):
    first = await say(api, opened["id"], "Hi", resourceId="SM1")
    other = await open_conversation(api, await create_configuration(api))
    assert (await say(api, other["id"], "Hi", resourceId="SM1"))["id"] != first["id"]


async def test_the_same_resource_many_times_at_once_is_stored_once(api, opened):
    found = await asyncio.gather(*(say(api, opened["id"], "Hi", resourceId="SM1") for _ in range(10)))
    assert len({one["id"] for one in found}) == 1
    assert len(await communications(api, opened["id"])) == 1


async def test_many_at_once_are_all_there_in_one_order(api, opened, runtime):
    await asyncio.gather(*(say(api, opened["id"], f"message {n}") for n in range(20)))
    async with runtime.db.read() as tx:
        positions = await tx.column("SELECT position FROM communication ORDER BY position")
    assert positions == list(range(1, 21))


# Refusals and limits


@pytest.mark.parametrize(
    "fields",
    [
        {"author": None},
        {"author": {"address": CUSTOMER}},
        {"author": {"channel": "SMS"}},
        {"author": {"address": "", "channel": "SMS"}},
        {"author": {"address": "x" * 255, "channel": "SMS"}},
        {"author": {"address": CUSTOMER, "channel": "PIGEON"}},
        {"author": {"address": CUSTOMER, "channel": "SMS", "participantId": "me"}},
        {"recipients": None},
        {"recipients": []},
        {"recipients": [{"address": BUSINESS, "channel": "SMS"}] * 101},
        {"recipients": [{"address": BUSINESS, "channel": "SMS", "deliveryStatus": "LOST"}]},
        {"content": None},
        {"content": {"text": "Hi"}},
        {"content": {"type": "TEXT"}},
        {"content": {"type": "PICTURE", "text": "Hi"}},
        {"content": {"type": "TEXT", "text": None}},
        {"content": {"type": "TRANSCRIPTION", "text": "Hi", "transcription": {"confidence": 1.1}}},
        {"content": {"type": "TRANSCRIPTION", "text": "Hi", "transcription": {"words": [{}]}}},
        {"channelId": ""},
        {"channelId": "x" * 257},
        {"resourceId": ""},
        {"resourceId": "x" * 257},
        {"resourceId": 7},
        {"occurredAt": "soon"},
    ],
    ids=lambda fields: repr(fields)[:80],
)
async def test_a_wrong_body_is_refused(api, opened, url, fields):
    assert_problem(await api.post(url, json=communication(**fields)), 400, 400)
    assert await communications(api, opened["id"]) == []


async def test_the_largest_of_everything_fits(api, url):
    recipients = [{"address": "é" * 254, "channel": "CHAT"}] * 100
    ok(
        await api.post(url, json=communication("", recipients=recipients, channelId="é" * 256, resourceId="é" * 256)),
        201,
    )


WORD = {"text": "w" * 256, "startTime": "0" * 64, "endTime": "0" * 64}


async def test_the_largest_transcription_fits(api, url):
    transcription = {"engine": "x" * 64, "words": [WORD] * 10_000}
    content = {"type": "TRANSCRIPTION", "text": "Hi", "transcription": transcription}
    assert ok(await api.post(url, json=communication(content=content)), 201)["content"] == content


@pytest.mark.parametrize(
    "transcription",
    [
        {"engine": "x" * 65},
        {"words": [{"text": "w"}] * 10_001},
        {"words": [{**WORD, "text": "w" * 257}]},
        {"words": [{**WORD, "startTime": "0" * 65}]},
        {"words": [{**WORD, "endTime": "0" * 65}]},
    ],
    ids=lambda transcription: repr(transcription)[:40],
)
async def test_a_larger_transcription_is_refused(api, opened, url, transcription):
    content = {"type": "TRANSCRIPTION", "text": "Hi", "transcription": transcription}
    assert_problem(await api.post(url, json=communication(content=content)), 400, 400)
    assert await communications(api, opened["id"]) == []


async def test_the_longest_text_fits_and_one_more_character_does_not(api, url):
    text = "x" * 8_388_608
    ok(await api.post(url, json=communication(text)), 201)
    assert_problem(await api.post(url, json=communication(text + "x")), 400, 400)


async def test_an_unknown_conversation_is_not_found_and_a_malformed_id_refused(api):
    for conversation, status, code in ((unknown("conv_conversation"), 404, 20404), ("seven", 400, 400)):
        url = f"/v2/Conversations/{conversation}/Communications"
        assert_problem(await api.get(url), status, code)
        assert_problem(await api.get(f"{url}/{unknown('conv_communication')}"), status, code)
        assert_problem(await api.post(url, json=communication()), status, code)


async def test_an_unknown_communication_is_not_found_and_a_malformed_id_refused(api, url):
    assert_problem(await api.get(f"{url}/{unknown('conv_communication')}"), 404, 20404)
    assert_problem(await api.get(f"{url}/seven"), 400, 400)


async def test_a_communication_of_another_conversation_is_not_found(api, url):
    other = await open_conversation(api, await create_configuration(api))
    said = await say(api, other["id"], "Hi")
    assert_problem(await api.get(f"{url}/{said['id']}"), 404, 20404)


async def test_they_are_filtered_by_channel(api, opened, url):
    wanted = await say(api, opened["id"], "one", channelId="CA1")
    await say(api, opened["id"], "two")
    assert ok(await api.get(url, params={"channelId": "CA1"}))["communications"] == [wanted]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, opened, url, order):
    await assert_walks(api, url, "communications", lambda: say(api, opened["id"], "x"), order)


async def test_inserts_do_not_disturb_pages(api, opened, url):
    await assert_inserts_do_not_disturb(api, url, "communications", lambda: say(api, opened["id"], "x"))


async def test_bad_page_parameters_are_refused(api, url):
    await assert_refuses_bad_parameters(api, url)
