"""Twilio's inbound message webhook: from a signed form to a communication in the right conversation."""

import asyncio
from urllib.parse import urlencode

import pytest
import structlog
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    WEBHOOK,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    lookup,
    message,
    ok,
    open_conversation,
    profile_ids,
    run_jobs,
    say,
    set_status,
    signed,
    text_in,
)

ALL = {"captureRules": [{"from": "*", "to": "*"}]}
SID = "SM" + "a" * 32


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


async def deliver(api, form: dict, **headers: str):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post(WEBHOOK, data=form, headers=names, auth=None)


async def texts(api) -> list[list[str]]:
    """The texts of every conversation, the newest conversation first."""
    found = [await communications(api, one["id"]) for one in await conversations(api)]
    return [[one["content"]["text"] for one in each] for each in found]


async def test_a_message_is_answered_with_an_empty_response(api, store, tenant):
    await create_configuration(api, store)
    response = await text_in(api, tenant)
    assert response.headers["Content-Type"].startswith("text/xml")
    assert response.text.endswith("<Response/>")


async def test_a_message_becomes_a_communication_of_a_conversation(api, store, tenant):
    conf = await create_configuration(api, store)

    await text_in(api, tenant, MessageSid=SID, Body="Where is my order?", ProfileName="Ada")

    [conversation] = await conversations(api)
    assert conversation["configurationId"] == conf
    assert conversation["status"] == "ACTIVE"
    them, us = conversation["participants"]
    assert (them["type"], them["name"], us["type"], us["name"]) == ("CUSTOMER", "Ada", "AGENT", BUSINESS)
    assert await lookup(api, store, CUSTOMER) == [them["profileId"]]
    [said] = await communications(api, conversation["id"])
    assert said["content"] == {"type": "TEXT", "text": "Where is my order?"}
    assert said["channelId"] == said["resourceId"] == SID
    assert said["author"] == {"address": CUSTOMER, "channel": "SMS", "participantId": them["id"]}
    assert said["recipients"] == [
        {"address": BUSINESS, "channel": "SMS", "participantId": us["id"], "deliveryStatus": "DELIVERED"}
    ]


async def test_the_phone_is_shown_as_a_trait(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant)
    [profile] = await profile_ids(api, store)
    assert ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"] == {"Contact": {"phone": CUSTOMER}}


async def test_the_next_message_joins(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant, Body="one")
    await text_in(api, tenant, Body="two")
    assert await texts(api) == [["one", "two"]]
    assert len((await conversations(api))[0]["participants"]) == 2


async def test_another_customer_has_another_conversation_and_profile(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant)
    await text_in(api, tenant, From=OTHER_CUSTOMER)
    assert len(await conversations(api)) == 2
    assert len(await profile_ids(api, store)) == 2


# Signatures


@pytest.mark.parametrize("offered", [None, "", "bm9uc2Vuc2U=", "é"])
async def test_a_wrong_signature_is_refused_and_nothing_stored(api, store, tenant, offered):
    await create_configuration(api, store)
    headers = {} if offered is None else {"X-Twilio-Signature": offered.encode()}
    assert_problem(await deliver(api, message(tenant.account_sid), **headers), 403, 403)
    assert await conversations(api) == []
    assert await profile_ids(api, store) == []


async def test_a_form_that_was_changed_is_refused(api, store, tenant):
    await create_configuration(api, store)
    form = message(tenant.account_sid)
    assert_problem(await deliver(api, {**form, "Body": "other"}, **signed(tenant.auth_token, form)), 403, 403)
    assert await conversations(api) == []


async def test_an_unknown_account_looks_like_a_wrong_signature(api, tenant):
    for sid in ("AC" + "0" * 32, "", "AC\x00", "nonsense"):
        form = message(sid)
        known = await deliver(api, message(tenant.account_sid), **signed("wrong", form))
        response = await deliver(api, form, **signed(tenant.auth_token, form))
        assert_problem(response, 403, 403)
        assert response.json() == known.json()


async def test_behind_a_proxy_the_outer_address_is_signed(api, store, tenant):
    await create_configuration(api, store)
    form = message(tenant.account_sid)
    outer = signed(tenant.auth_token, form, f"https://regulars.example{WEBHOOK}")
    assert_problem(await deliver(api, form, **outer), 403, 403)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "regulars.example"}
    assert (await deliver(api, form, **outer, **forwarded)).status_code == 200
    assert len(await conversations(api)) == 1


@pytest.mark.parametrize("query", ["a=b", "Tenant=A&b=%20c+d", "Z", "x=%e9&Y=", "a=1&A=2&a=1"])
async def test_the_query_string_is_signed_as_it_was_written(api, store, tenant, query):
    await create_configuration(api, store)
    form = message(tenant.account_sid)
    headers = signed(tenant.auth_token, form, f"http://testserver{WEBHOOK}?{query}")
    response = await api.post(f"{WEBHOOK}?{query}", data=form, headers=headers, auth=None)
    assert response.status_code == 200, response.text


async def test_parameters_that_repeat_or_are_unknown_are_signed_too(api, store, tenant):
    await create_configuration(api, store)
    form = message(tenant.account_sid, NewParameter="é ü & =", Empty="")
    content = urlencode(form) + "&Tag=b&Tag=a&Tag=b"

    class Multi(dict):
        def getall(self, name):
            return {"Tag": ["b", "a", "b"]}.get(name, [self.get(name, "")])

    headers = signed(tenant.auth_token, Multi({**form, "Tag": "b"}))
    headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    response = await api.post(WEBHOOK, content=content, headers=headers, auth=None)
    assert response.status_code == 200, response.text


# Bodies


@pytest.mark.parametrize("name", ["From", "To", "MessageSid"])
@pytest.mark.parametrize("value", ["", "x" * 257, "a\x00b"])
async def test_a_signed_message_that_lacks_something_is_refused(api, store, tenant, name, value):
    await create_configuration(api, store)
    form = message(tenant.account_sid, **{name: value})
    assert_problem(await deliver(api, form, **signed(tenant.auth_token, form)), 400, 400)
    assert await conversations(api) == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
async def test_another_content_type_is_refused(api, kind):
    assert_problem(await api.post(WEBHOOK, content=b"{}", headers={"Content-Type": kind}), 400, 400)


@pytest.mark.parametrize("content", [b"From=%ff%fe", b"From=\xff", b"&" * 100, b"a=b&" * 1001, b""])
async def test_an_odd_form_is_refused(api, content):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await api.post(WEBHOOK, content=content, headers=headers)
    assert response.status_code in {400, 403}, response.text


async def test_a_form_over_a_megabyte_is_refused(api, tenant):
    form = message(tenant.account_sid, Body="x" * 1024 * 1024)
    assert_problem(await deliver(api, form, **signed(tenant.auth_token, form)), 413, 413)


async def test_a_webhook_that_is_set_to_get_has_its_fields_in_the_query(api, store, tenant):
    await create_configuration(api, store)
    query = urlencode(message(tenant.account_sid, Body="Grüße & more"))
    headers = signed(tenant.auth_token, {}, f"http://testserver{WEBHOOK}?{query}")
    for _ in range(2):
        assert (await api.get(f"{WEBHOOK}?{query}", headers=headers, auth=None)).status_code == 200
    (conversation,) = await conversations(api)
    assert [one["content"]["text"] for one in await communications(api, conversation["id"])] == ["Grüße & more"]
    assert_problem(await api.get(f"{WEBHOOK}?{query}&x=1", headers=headers, auth=None), 403, 403)
    assert_problem(await api.get(WEBHOOK, auth=None), 403, 403)


@pytest.mark.parametrize("text", ["", "Grüße 👋🏽 \u202e\u0000 ok", "x" * 100_000])
async def test_any_text_is_taken(api, store, tenant, text):
    await create_configuration(api, store)
    await text_in(api, tenant, Body=text)
    assert await texts(api) == [[text.replace("\x00", "")]]


@pytest.mark.parametrize(("name", "told"), [("A\x00da", "Ada"), ("\x00", CUSTOMER), ("\x00" + "n" * 256, "n" * 256)])
async def test_any_name_is_taken(api, store, tenant, name, told):
    await create_configuration(api, store)
    await text_in(api, tenant, ProfileName=name)
    [conversation] = await conversations(api)
    assert conversation["participants"][0]["name"] == told


# Replays


async def test_a_message_that_is_delivered_again_changes_nothing(api, store, tenant):
    await create_configuration(api, store)
    for _ in range(3):
        await text_in(api, tenant, MessageSid=SID)
    assert [len(each) for each in await texts(api)] == [1]


async def test_a_message_that_is_delivered_many_times_at_once_is_stored_once(api, store, tenant):
    await create_configuration(api, store)
    await asyncio.gather(*(text_in(api, tenant, MessageSid=SID) for _ in range(20)))
    assert [len(each) for each in await texts(api)] == [1]
    assert len(await profile_ids(api, store)) == 1


async def test_a_message_that_comes_again_after_closing_opens_nothing(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant, MessageSid=SID)
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    await text_in(api, tenant, MessageSid=SID)
    assert len(await conversations(api)) == 1


# Rules


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"WHATSAPP": ALL},
        {"SMS": {}},
        {"SMS": {"captureRules": [{"from": "*", "to": OTHER_CUSTOMER}]}},
        {"SMS": {"captureRules": [{"from": OTHER_CUSTOMER, "to": "*"}]}},
        {"SMS": {"captureRules": [{"from": BUSINESS, "to": CUSTOMER}]}},
        {"SMS": {"captureRules": [{"from": "*", "to": "*", "metadata": {"callType": "PSTN"}}]}},
    ],
    ids=repr,
)
async def test_without_a_rule_that_matches_nothing_is_stored_but_the_log_tells(api, store, tenant, settings):
    await create_configuration(api, store, channelSettings=settings)
    with structlog.testing.capture_logs() as logged:
        await text_in(api, tenant)
    assert await conversations(api) == []
    assert await profile_ids(api, store) == []
    [line] = [line for line in logged if line["event"] == "message_matches_no_rule"]
    assert line["channel"] == "SMS"
    assert CUSTOMER not in repr(line)


@pytest.mark.parametrize(
    "rule",
    [
        {"from": "*", "to": BUSINESS},
        {"from": CUSTOMER, "to": "*"},
        {"from": CUSTOMER, "to": BUSINESS},
        {"from": "*", "to": "*", "metadata": {}},
    ],
    ids=repr,
)
async def test_a_rule_that_matches_captures(api, store, tenant, rule):
    await create_configuration(api, store, channelSettings={"SMS": {"captureRules": [rule]}})
    await text_in(api, tenant)
    assert len(await conversations(api)) == 1


async def test_two_rules_that_match_capture_once(api, store, tenant):
    rules = [{"from": "*", "to": "*"}, {"from": CUSTOMER, "to": "*"}]
    await create_configuration(api, store, channelSettings={"SMS": {"captureRules": rules}})
    await text_in(api, tenant)
    assert [len(each) for each in await texts(api)] == [1]


async def test_two_configurations_that_match_capture_once_each(api, store, tenant):
    one, two = await create_configuration(api, store), await create_configuration(api, store)
    await text_in(api, tenant, MessageSid=SID)
    await text_in(api, tenant, MessageSid=SID)
    assert {conversation["configurationId"] for conversation in await conversations(api)} == {one, two}
    assert [len(each) for each in await texts(api)] == [1, 1]
    assert len(await profile_ids(api, store)) == 1


async def test_configurations_of_two_stores_remember_apart(api, store, tenant):
    await create_configuration(api, store)
    await create_configuration(api)
    await text_in(api, tenant)
    first, second = [conversation["participants"][0]["profileId"] for conversation in await conversations(api)]
    assert first != second


# Channels and grouping


@pytest.mark.parametrize(("prefix", "channel"), [("whatsapp:", "WHATSAPP"), ("rcs:", "RCS"), ("", "SMS")])
async def test_the_prefix_tells_the_channel(api, store, tenant, prefix, channel):
    await create_configuration(api, store)
    await text_in(api, tenant, From=prefix + CUSTOMER, To=prefix + BUSINESS)
    [conversation] = await conversations(api)
    assert {one["channel"] for person in conversation["participants"] for one in person["addresses"]} == {channel}
    assert conversation["participants"][0]["addresses"][0]["address"] == prefix + CUSTOMER


@pytest.mark.parametrize("order", [("", "whatsapp:"), ("whatsapp:", ""), ("rcs:", "whatsapp:"), ("", "rcs:")])
async def test_the_same_person_on_two_channels_is_one_profile(api, store, tenant, order):
    await create_configuration(api, store, conversationGroupingType=BY_ADDRESS_AND_CHANNEL)
    for prefix in order:
        await text_in(api, tenant, From=prefix + CUSTOMER, To=prefix + BUSINESS)
    assert len(await profile_ids(api, store)) == 1
    assert len(await conversations(api)) == 2


@pytest.mark.parametrize(("grouping", "count"), [(BY_ADDRESS, 1), (BY_ADDRESS_AND_CHANNEL, 2), (BY_PROFILE, 1)])
async def test_two_channels_meet_as_the_grouping_says(api, store, tenant, grouping, count):
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant, Body="by SMS")
    await text_in(api, tenant, Body="by WhatsApp", From=f"whatsapp:{CUSTOMER}", To=f"whatsapp:{BUSINESS}")
    assert len(await conversations(api)) == count


@pytest.mark.parametrize(("grouping", "count"), [(BY_ADDRESS, 2), (BY_ADDRESS_AND_CHANNEL, 2), (BY_PROFILE, 1)])
async def test_two_business_numbers_meet_as_the_grouping_says(api, store, tenant, grouping, count):
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant)
    await text_in(api, tenant, To="+18005550177")
    assert len(await conversations(api)) == count


async def test_a_conversation_over_two_channels_has_each_person_on_each(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant)
    await text_in(api, tenant, From=f"whatsapp:{CUSTOMER}", To=f"whatsapp:{BUSINESS}")
    [conversation] = await conversations(api)
    customers = [one for one in conversation["participants"] if one["type"] == "CUSTOMER"]
    assert len({one["profileId"] for one in customers}) == 1


async def test_a_known_customer_is_recognised(api, store, tenant):
    await create_configuration(api, store)
    profile = await create_profile(api, store)
    await text_in(api, tenant, From=f"whatsapp:{CUSTOMER}", To=f"whatsapp:{BUSINESS}")
    assert (await conversations(api))[0]["participants"][0]["profileId"] == profile
    assert await lookup(api, store, f"whatsapp:{CUSTOMER}", "whatsapp") == [profile]


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_PROFILE])
async def test_a_short_code_has_a_conversation_but_no_profile(api, store, tenant, grouping):
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant, From="26262")
    await text_in(api, tenant, From="26262")
    assert [len(each) for each in await texts(api)] == [2]
    assert (await conversations(api))[0]["participants"][0]["profileId"] is None
    assert await profile_ids(api, store) == []


# Lifecycle


async def test_a_message_after_closing_opens_a_new_conversation(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant, Body="one")
    [first] = await conversations(api)
    await set_status(api, first["id"], "CLOSED")
    await text_in(api, tenant, Body="two")
    assert await texts(api) == [["two"], ["one"]]


async def test_a_message_wakes_an_inactive_conversation(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant)
    [first] = await conversations(api)
    await set_status(api, first["id"], "INACTIVE")
    await text_in(api, tenant)
    assert [one["status"] for one in await conversations(api)] == ["ACTIVE"]


async def test_a_conversation_opened_by_the_api_takes_the_message(api, store, tenant):
    conf = await create_configuration(api, store)
    people = [
        {"type": kind, "addresses": [{"channel": "SMS", "address": address}]}
        for kind, address in (("CUSTOMER", CUSTOMER), ("AI_AGENT", BUSINESS))
    ]
    body = {"configurationId": conf, "participants": people}
    opened = ok(await api.post("/v2/Conversations", json=body), 201)
    await text_in(api, tenant, Body="Hi")
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    assert len(ok(await api.get(f"/v2/Conversations/{opened['id']}"))["participants"]) == 2


async def test_fifty_first_messages_at_once_are_one_conversation_and_one_profile(api, store, tenant):
    await create_configuration(api, store)
    await asyncio.gather(*(text_in(api, tenant, Body=f"message {n}") for n in range(50)))
    [conversation] = await conversations(api)
    assert len(conversation["participants"]) == 2
    assert await profile_ids(api, store) == [conversation["participants"][0]["profileId"]]
    said = await communications(api, conversation["id"])
    assert {one["content"]["text"] for one in said} == {f"message {n}" for n in range(50)}
    assert len(said) == 50


async def test_messages_and_closings_at_once_lose_nothing(api, store, tenant):
    """Whatever the order, each message is in exactly one conversation, and at most one conversation is open."""
    await create_configuration(api, store)
    await text_in(api, tenant, Body="message 0")

    async def close() -> None:
        for conversation in await conversations(api, status="ACTIVE"):
            await set_status(api, conversation["id"], "CLOSED")

    await asyncio.gather(*(close() if n % 4 == 0 else text_in(api, tenant, Body=f"message {n}") for n in range(1, 30)))
    stored = sorted(text for each in await texts(api) for text in each)
    assert stored == sorted(f"message {n}" for n in range(30) if n == 0 or n % 4)
    assert len(await conversations(api, status="ACTIVE")) <= 1


async def test_ours_to_send_the_time_of_a_replayed_message(api, store, tenant):
    await create_configuration(api, store)
    await text_in(api, tenant, OccurredAt="2017-10-31T22:10:47Z")
    [conversation] = await conversations(api)
    [said] = await communications(api, conversation["id"])
    assert said["occurredAt"] == "2017-10-31T22:10:47Z"


async def test_a_sender_who_took_part_as_unknown_is_recognised_as_the_customer(api, runtime, store, tenant):
    conf = await create_configuration(api, store)
    people = [{"addresses": [{"channel": "SMS", "address": address}]} for address in (CUSTOMER, BUSINESS)]
    opened = ok(await api.post("/v2/Conversations", json={"configurationId": conf, "participants": people}), 201)
    assert {one["type"] for one in opened["participants"]} == {"UNKNOWN"}

    await text_in(api, tenant, Body="My kettle arrived broken")

    (conversation,) = await conversations(api)
    sender = next(one for one in conversation["participants"] if one["addresses"][0]["address"] == CUSTOMER)
    (profile,) = await lookup(api, store, CUSTOMER)
    assert (sender["type"], sender["profileId"]) == ("CUSTOMER", profile)
    await set_status(api, conversation["id"], "CLOSED")
    await run_jobs(runtime)
    url = f"/v1/Stores/{store}/Profiles/{profile}/ConversationSummaries"
    assert len(ok(await api.get(url))["summaries"]) == 1


async def test_a_message_that_a_caller_posted_before_is_not_stored_again(api, store, tenant):
    opened = await open_conversation(api, await create_configuration(api, store))
    sid = "SM" + "5" * 32
    await say(api, opened["id"], "Hi", resourceId=sid)

    for _ in range(2):
        await text_in(api, tenant, Body="Hi", MessageSid=sid)

    assert [one["resourceId"] for one in await communications(api, opened["id"])] == [sid]


async def test_a_whatsapp_trait_without_its_prefix_is_the_same_person(api, store, tenant):
    await create_configuration(api, store)
    traits = {"Contact": {"whatsapp": CUSTOMER}}
    known = ok(await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": traits}), 202)["id"]

    await text_in(api, tenant, From=f"whatsapp:{CUSTOMER}", To=f"whatsapp:{BUSINESS}")

    assert await profile_ids(api, store) == [known]
    for value in (CUSTOMER, f"whatsapp:{CUSTOMER}"):
        assert await lookup(api, store, value, "whatsapp") == [known]
