"""Participants: listed, added."""

from itertools import count

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    assert_problem,
    create_configuration,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    set_status,
    unknown,
)

_numbers = count(1)


def somebody() -> dict:
    """Whom no other call of this process gives."""
    return agent(f"person-{next(_numbers)}", "CHAT")


@pytest.fixture
async def url(api) -> str:
    """The participants of an open conversation that has none yet."""
    opened = await open_conversation(api, await create_configuration(api), participants=None)
    return f"/v2/Conversations/{opened['id']}/Participants"


async def test_a_participant_has_the_keys_of_the_contract(api, url, tenant):
    body = ok(await api.post(url, json=agent(name="Robo")), 201)

    assert set(body) == {
        *("id", "conversationId", "accountId", "name", "type", "profileId", "addresses", "createdAt", "updatedAt"),
    }
    assert body["accountId"] == tenant.account_sid
    assert body["conversationId"] in url
    assert body["name"] == "Robo"
    assert body["type"] == "AI_AGENT"
    assert body["profileId"] is None
    assert body["addresses"] == [{"channel": "SMS", "address": BUSINESS}]
    assert ok(await api.get(url)) == {"participants": [body], "meta": {"key": "participants", "pageSize": 1}}


async def test_a_customer_is_resolved(api):
    store = await create_store(api)
    opened = await open_conversation(api, await create_configuration(api, store))
    body = ok(await api.post(f"/v2/Conversations/{opened['id']}/Participants", json=customer(OTHER_CUSTOMER)), 201)
    assert await lookup(api, store, OTHER_CUSTOMER) == [body["profileId"]]


async def test_without_a_name_it_goes_by_its_address(api, url):
    assert ok(await api.post(url, json=customer()), 201)["name"] == CUSTOMER


async def test_without_a_type_it_is_unknown(api, url):
    body = ok(await api.post(url, json={"addresses": customer()["addresses"]}), 201)
    assert body["type"] == "UNKNOWN"


async def test_the_channel_id_of_an_address_is_kept(api, url):
    address = {"channel": "VOICE", "address": CUSTOMER, "channelId": "CA1"}
    assert ok(await api.post(url, json={"addresses": [address]}), 201)["addresses"] == [address]


@pytest.mark.parametrize("kind", ["CUSTOMER", "HUMAN_AGENT", "AI_AGENT", "AGENT", "UNKNOWN"])
async def test_every_type_is_known(api, url, kind):
    assert ok(await api.post(url, json=customer(type=kind)), 201)["type"] == kind


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"type": "AI_AGENT", "name": "Robo"},
        {"addresses": None},
        {"addresses": []},
        customer(type="ROBOT"),
        customer(name=1),
        customer(name="x" * 257),
        {"addresses": {}},
        {"addresses": [{}]},
        customer("x" * 255),
        customer("", "CHAT"),
        customer(channel="sms"),
        customer(profileId="ada"),
        customer(profileId=unknown("mem_profile")),
        {"addresses": [{"channel": "CHAT", "address": "a"}] * 51},
    ],
    ids=lambda body: repr(body)[:60],
)
async def test_a_wrong_body_is_refused(api, url, body):
    assert_problem(await api.post(url, json=body), 400, 400)
    assert ok(await api.get(url))["participants"] == []


async def test_the_largest_of_everything_fits(api, url):
    addresses = [{"channel": "CHAT", "address": f"{n:02d}" + "x" * 252, "channelId": "c" * 256} for n in range(50)]
    ok(await api.post(url, json={"name": "x" * 256, "addresses": addresses}), 201)


async def test_a_closed_conversation_takes_nobody(api, url):
    await set_status(api, url.split("/")[3], "CLOSED")
    assert_problem(await api.post(url, json=customer()), 400, 400)


async def test_nobody_is_created_for_a_closed_conversation(api):
    store = await create_store(api)
    opened = await open_conversation(api, await create_configuration(api, store))
    await set_status(api, opened["id"], "CLOSED")
    assert_problem(
        await api.post(f"/v2/Conversations/{opened['id']}/Participants", json=customer(OTHER_CUSTOMER)), 400, 400
    )
    assert await lookup(api, store, OTHER_CUSTOMER) == []


async def test_an_unknown_conversation_is_not_found_and_a_malformed_id_refused(api):
    for conversation, status, code in ((unknown("conv_conversation"), 404, 20404), ("seven", 400, 400)):
        url = f"/v2/Conversations/{conversation}/Participants"
        assert_problem(await api.get(url), status, code)
        assert_problem(await api.post(url, json=customer()), status, code)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, url, order):
    await assert_walks(api, url, "participants", lambda: api.post(url, json=somebody()), order)


async def test_inserts_do_not_disturb_pages(api, url):
    await assert_inserts_do_not_disturb(api, url, "participants", lambda: api.post(url, json=somebody()))


async def test_bad_page_parameters_are_refused(api, url):
    await assert_refuses_bad_parameters(api, url)


async def test_an_address_takes_part_once(api, url):
    ok(await api.post(url, json=customer()), 201)
    assert_problem(await api.post(url, json=customer(name="again")), 409, 20409)


async def test_the_timer_follows_the_channels_of_those_who_join(api, url, db):
    async def minutes_left() -> int:
        async with db.read() as tx:
            return await tx.value(
                "SELECT round(extract(epoch FROM due_at - last_communication_at) / 60)::int FROM conversation"
            )

    assert await minutes_left() == 3 * 365 * 24 * 60
    ok(await api.post(url, json=customer()), 201)
    assert await minutes_left() == 10
