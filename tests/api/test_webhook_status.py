"""Twilio's message status callbacks: how far a known message is, and messages that are known by them alone."""

import asyncio
import itertools
import random
from dataclasses import replace

import pytest
from tests.conftest import new_tenant
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    WEBHOOK,
    act,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_store,
    fetch_action,
    open_conversation,
    profile_ids,
    run_jobs,
    say,
    set_status,
    signed,
    text_in,
)
from tests.messages_api import MessagesApi as Carrier
from tests.messages_api import messages_api, status_form

from regulars.outbound.messages_api import MessagesApi, Unclear
from regulars.runtime import Runtime
from regulars.services import messaging_status
from regulars.settings import Settings

URL = f"{WEBHOOK}/status"
SID = "SM" + "5" * 32
HURRY = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"


@pytest.fixture
def carrier():
    with messages_api() as api:
        api.statuses = ()
        yield api


@pytest.fixture
async def runtime(runtime: Runtime, carrier: Carrier):
    messages = MessagesApi(carrier.url)
    yield replace(runtime, settings=Settings(messages_api_url=carrier.url), messages=messages)
    await messages.close()


@pytest.fixture
async def sent(api) -> str:
    """The conversation of an outbound message that is known."""
    opened = await open_conversation(api, await create_configuration(api))
    await say(api, opened["id"], "On its way", by_customer=False, resourceId=SID)
    return opened["id"]


async def report(api, tenant, status: str, sid: str = SID, from_: str = BUSINESS, to: str = CUSTOMER, **fields: str):
    form = status_form(tenant.account_sid, sid, status, from_, to, **fields)
    headers = signed(tenant.auth_token, form, f"http://testserver{URL}")
    response = await api.post(URL, data=form, headers=headers, auth=None)
    assert response.status_code == 200, response.text
    return response


async def delivery(api, conversation: str) -> list[str | None]:
    said = await communications(api, conversation)
    return [one.get("deliveryStatus") for each in said for one in each["recipients"]]


async def hurry(runtime: Runtime) -> int:
    """Runs what waits for its time; how many jobs that were."""
    waiting = await runtime.db.write(lambda tx: tx.run(HURRY))
    await run_jobs(runtime)
    return waiting


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", "INITIATED"),
        ("scheduled", "INITIATED"),
        ("queued", "INITIATED"),
        ("sending", "IN_PROGRESS"),
        ("sent", "IN_PROGRESS"),
        ("delivered", "DELIVERED"),
        ("read", "DELIVERED"),
        ("undelivered", "FAILED"),
        ("failed", "FAILED"),
        ("canceled", "FAILED"),
        ("receiving", None),
        ("received", None),
        ("something new", None),
    ],
)
async def test_a_status_becomes_the_contracts_word_for_it(api, sent, tenant, status, expected):
    response = await report(api, tenant, status)
    assert response.headers["Content-Type"].startswith("text/xml")
    assert response.text.endswith("<Response/>")
    assert await delivery(api, sent) == [expected]


async def test_read_receipts_are_told_when_that_is_set(api, sent, tenant, runtime, application):
    receipts = replace(runtime, settings=Settings(read_receipts=True))
    async with application.client(receipts, tenant) as client:
        await report(client, tenant, "delivered")
        await report(client, tenant, "read")
        assert await delivery(client, sent) == ["READ"]


async def test_each_status_three_times_in_any_order_and_at_once_ends_the_same(api, sent, tenant):
    statuses = ["queued", "sending", "sent", "delivered", "read"] * 3
    for seed in range(3):
        random.Random(seed).shuffle(statuses)
        await asyncio.gather(*(report(api, tenant, status) for status in statuses))
        assert await delivery(api, sent) == ["DELIVERED"]


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "failed"])))
async def test_the_furthest_status_stays(api, sent, tenant, order):
    for status in order:
        await report(api, tenant, status, ErrorCode="30003")
    assert await delivery(api, sent) == ["FAILED"]


async def test_a_closed_conversation_still_learns_how_far_its_message_is(api, sent, tenant):
    await set_status(api, sent, "CLOSED")
    await report(api, tenant, "delivered")
    assert await delivery(api, sent) == ["DELIVERED"]


async def test_an_action_hears_of_its_message(api, runtime, tenant, carrier):
    opened = await open_conversation(api, await create_configuration(api))
    asked = await act(api, opened["id"])
    await run_jobs(runtime)
    sid = (await fetch_action(api, opened["id"], asked["id"]))["related"]["messageSid"]
    assert await delivery(api, opened["id"]) == ["INITIATED"]
    await report(api, tenant, "delivered", sid)
    assert await delivery(api, opened["id"]) == ["DELIVERED"]


async def test_a_status_that_overtakes_its_action_is_kept(api, runtime, tenant, carrier):
    """The message was just sent: the job that sent it makes it known before anybody fetches it."""
    opened = await open_conversation(api, await create_configuration(api))
    asked = await act(api, opened["id"])
    await report(api, tenant, "sent", SID)
    await run_jobs(runtime)
    sid = (await fetch_action(api, opened["id"], asked["id"]))["related"]["messageSid"]
    await messaging_status.fetch(runtime.db, runtime.desk, tenant.account_sid, sid, "delivered")
    assert await delivery(api, opened["id"]) == ["DELIVERED"]
    assert len(await conversations(api)) == 1


# Messages that somebody else sent


@pytest.fixture
async def configured(api) -> str:
    """A store whose configuration captures whatever goes to the customer or comes from them."""
    store = await create_store(api)
    await create_configuration(api, store)
    return store


def other_peoples(carrier: Carrier, tenant, **fields):
    message = {"from_": BUSINESS, "to": CUSTOMER, "body": "Your order has left", "status": "sent", **fields}
    return carrier.add(tenant.account_sid, tenant.auth_token, **message)


async def test_an_unknown_message_is_fetched_and_captured(api, runtime, configured, carrier, tenant):
    message = other_peoples(carrier, tenant)

    await report(api, tenant, "sent", message.sid)
    assert carrier.requests == [], "not while somebody waits for the answer"
    await run_jobs(runtime)
    assert carrier.requests == [], "nor at once: it may become known by itself"
    await hurry(runtime)

    [conversation] = await conversations(api)
    types = {one["addresses"][0]["address"]: one["type"] for one in conversation["participants"]}
    assert types == {BUSINESS: "AGENT", CUSTOMER: "CUSTOMER"}
    assert len(await profile_ids(api, configured)) == 1
    [said] = await communications(api, conversation["id"])
    assert said["author"]["address"] == BUSINESS
    assert said["content"] == {"type": "TEXT", "text": "Your order has left"}
    assert said["resourceId"] == said["channelId"] == message.sid
    assert await delivery(api, conversation["id"]) == ["IN_PROGRESS"]


async def test_it_joins_the_conversation_of_its_customer(api, runtime, configured, carrier, tenant):
    await text_in(api, tenant, Body="Where is my order?")
    message = other_peoples(carrier, tenant)
    await report(api, tenant, "delivered", message.sid)
    await hurry(runtime)
    [conversation] = await conversations(api)
    texts = [one["content"]["text"] for one in await communications(api, conversation["id"])]
    assert texts == ["Where is my order?", "Your order has left"]


async def test_whatsapp_keeps_its_channel(api, runtime, configured, carrier, tenant):
    ends = {"from_": f"whatsapp:{BUSINESS}", "to": f"whatsapp:{CUSTOMER}"}
    message = other_peoples(carrier, tenant, **ends)
    await report(api, tenant, "delivered", message.sid, **ends)
    await hurry(runtime)
    [conversation] = await conversations(api)
    assert (await communications(api, conversation["id"]))[0]["author"]["channel"] == "WHATSAPP"


async def test_its_statuses_three_times_out_of_order_and_at_once_capture_it_once(
    api, runtime, configured, carrier, tenant
):
    message = other_peoples(carrier, tenant, status="delivered")
    for seed in range(2):
        statuses = ["queued", "sent", "delivered"] * 3
        random.Random(seed).shuffle(statuses)
        await asyncio.gather(*(report(api, tenant, status, message.sid) for status in statuses))
        await asyncio.gather(*(hurry(runtime) for _ in range(2)))
    [conversation] = await conversations(api)
    assert len(await communications(api, conversation["id"])) == 1
    assert await delivery(api, conversation["id"]) == ["DELIVERED"]


async def test_a_status_that_the_message_itself_does_not_show_yet_counts(api, runtime, configured, carrier, tenant):
    message = other_peoples(carrier, tenant, status="queued")
    await report(api, tenant, "delivered", message.sid)
    await hurry(runtime)
    [conversation] = await conversations(api)
    assert await delivery(api, conversation["id"]) == ["DELIVERED"]


async def test_messages_that_came_in_are_not_ours(api, runtime, configured, carrier, tenant):
    message = other_peoples(carrier, tenant, direction="inbound")
    await report(api, tenant, "delivered", message.sid)
    assert await hurry(runtime) == 1
    assert await conversations(api) == []


async def test_what_the_carrier_does_not_know_either_is_forgotten(api, runtime, configured, carrier, tenant):
    await report(api, tenant, "delivered", SID)
    assert await hurry(runtime) == 1
    assert await hurry(runtime) == 0
    assert await conversations(api) == []


async def test_a_message_without_a_sender_waits_for_its_next_status(api, runtime, configured, carrier, tenant):
    """A messaging service has not chosen one yet."""
    message = other_peoples(carrier, tenant, from_="", status="accepted")
    await report(api, tenant, "accepted", message.sid, from_="")
    await hurry(runtime)
    assert await conversations(api) == []
    message.from_ = BUSINESS
    await report(api, tenant, "sent", message.sid)
    await hurry(runtime)
    assert len(await conversations(api)) == 1


async def test_what_no_rule_wants_is_not_asked_for(api, runtime, carrier, tenant):
    own = {"SMS": {"captureRules": [{"from": BUSINESS, "to": "*"}]}}
    await create_configuration(api, channelSettings=own)
    await report(api, tenant, "sent", from_="+19998887777")
    await report(api, tenant, "sent", from_=f"whatsapp:{BUSINESS}", to=f"whatsapp:{CUSTOMER}")
    assert await hurry(runtime) == 0
    await report(api, tenant, "sent")
    assert await hurry(runtime) == 1


async def test_an_api_that_does_not_answer_is_asked_again(api, runtime, configured, carrier, tenant):
    message = other_peoples(carrier, tenant)
    carrier.get_status = 503
    with pytest.raises(Unclear):
        await messaging_status.fetch(runtime.db, runtime.desk, tenant.account_sid, message.sid, "sent")
    carrier.get_status = 200
    await messaging_status.fetch(runtime.db, runtime.desk, tenant.account_sid, message.sid, "sent")
    assert len(await conversations(api)) == 1


async def test_without_credentials_an_unknown_message_is_left_alone(
    api, runtime, configured, carrier, tenant, application
):
    message = other_peoples(carrier, tenant)
    async with application.client(replace(runtime, settings=Settings()), tenant) as client:
        await report(client, tenant, "sent", message.sid)
    assert await hurry(runtime) == 0
    assert carrier.requests == []


@pytest.mark.parametrize("sid", ["XX1", "SM1", "../../Calls/CA1", "SM" + "g" * 32])
async def test_only_message_sids_are_asked_for(api, runtime, configured, carrier, tenant, sid):
    await report(api, tenant, "sent", sid)
    assert await hurry(runtime) == 0


# Who may tell


async def test_only_the_account_itself_may_tell(api, sent, tenant, runtime):
    other = await new_tenant(runtime)
    form = status_form(tenant.account_sid, SID, "failed", BUSINESS, CUSTOMER)
    url = f"http://testserver{URL}"
    for headers in (
        {},
        signed("wrong", form, url),
        signed(other.auth_token, form, url),
        signed(tenant.auth_token, form),
    ):
        assert_problem(await api.post(URL, data=form, headers=headers, auth=None), 403, 403)
    assert await delivery(api, sent) == [None]


async def test_a_status_reaches_nothing_of_another_account(api, sent, tenant, runtime):
    other = await new_tenant(runtime)
    await report(api, other, "failed")
    assert await delivery(api, sent) == [None]


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
async def test_a_status_needs_its_fields(api, tenant, missing):
    form = status_form(tenant.account_sid, SID, "sent", BUSINESS, CUSTOMER)
    del form[missing]
    headers = signed(tenant.auth_token, form, f"http://testserver{URL}")
    assert missing in assert_problem(await api.post(URL, data=form, headers=headers, auth=None), 400)


async def test_other_bodies_are_refused(api, tenant):
    assert_problem(await api.post(URL, json={}, auth=None), 400)
    assert_problem(await api.post(URL, auth=None), 400)
