"""Actions: messages sent through a Messages API on loopback, and those that need no carrier."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    OTHER_CUSTOMER,
    act,
    action,
    agent,
    assert_problem,
    chat_action,
    communications,
    create_configuration,
    customer,
    fetch_action,
    ok,
    open_conversation,
    run_jobs,
    say,
    set_status,
    unknown,
)
from tests.messages_api import (
    MessagesApi as Carrier,
)
from tests.messages_api import (
    accepts_and_answers,
    accepts_and_hangs_up,
    accepts_and_mumbles,
    answers,
    hangs_up,
    messages_api,
)

from regulars.core import limits
from regulars.core.ids import AccountSid, ConversationId, StoreId
from regulars.outbound.messages_api import MessagesApi, NotSent, Unclear
from regulars.runtime import Runtime, clock
from regulars.services import accounts, actions
from regulars.settings import Settings
from regulars.storage.actions import ActionKey

HX = "HX" + "a" * 32
MG = "MG" + "b" * 32


@pytest.fixture
def carrier():
    with messages_api() as api:
        yield api


@pytest.fixture
async def runtime(runtime: Runtime, carrier: Carrier):
    """One whose Messages API is the one on loopback."""
    messages = MessagesApi(carrier.url, public_url="https://memory.example.com/")
    yield replace(runtime, settings=Settings(messages_api_url=carrier.url), messages=messages)
    await messages.close()


@pytest.fixture
async def opened(api) -> dict:
    return await open_conversation(api, await create_configuration(api))


async def refused(api, opened, body: dict, words: str) -> None:
    message = assert_problem(await api.post(f"/v2/Conversations/{opened['id']}/Actions", json=body), 400)
    assert words in message, message


async def acted(api, runtime, opened, body: dict | None = None) -> dict:
    """The action after the job has run."""
    asked = await act(api, opened["id"], body)
    await run_jobs(runtime)
    return await fetch_action(api, opened["id"], asked["id"])


async def names_of(api, opened: dict) -> list[str]:
    people = ok(await api.get(f"/v2/Conversations/{opened['id']}/Participants"))["participants"]
    return sorted(one["name"] for one in people)


class Tries:
    """Tries to send, one by one, at times of our choice."""

    def __init__(self, runtime: Runtime, tenant, opened: dict, asked: dict) -> None:
        self.runtime = runtime
        store = StoreId(opened["configuration"]["memoryStoreId"])
        self.key = ActionKey(AccountSid(tenant.account_sid), store, ConversationId(opened["id"]), asked["id"])

    async def once(self, *, later_s: float = 0, last: bool = False) -> None:
        desk = replace(self.runtime.desk, clock=lambda: clock() + timedelta(seconds=later_s))
        await actions.send(self.runtime.db, desk, self.key, last=last)


@pytest.fixture
async def tries(api, runtime, tenant, opened) -> Tries:
    return Tries(runtime, tenant, opened, await act(api, opened["id"]))


async def state(api, tries: Tries) -> dict:
    return await fetch_action(api, tries.key.conversation_id, tries.key.action_id)


# What a message becomes


async def test_an_action_waits_until_its_message_was_sent(api, runtime, opened, carrier):
    asked = await act(api, opened["id"])

    assert asked["id"].startswith("conv_action_")
    assert asked["createdAt"] == asked["updatedAt"]
    assert {name: value for name, value in asked.items() if not name.endswith("At") and name != "id"} == {
        "type": "SEND_MESSAGE",
        "status": "PENDING",
        "conversationId": opened["id"],
        "related": {},
        "failureReason": None,
    }
    assert asked["completedAt"] is None
    assert await fetch_action(api, opened["id"], asked["id"]) == asked
    assert carrier.sent == []

    await run_jobs(runtime)

    [sent] = carrier.sent
    [said] = await communications(api, opened["id"])
    done = await fetch_action(api, opened["id"], asked["id"])
    assert done["status"] == "COMPLETED"
    assert done["completedAt"] == done["updatedAt"]
    assert done["failureReason"] is None
    assert done["related"] == {"messageSid": sent.sid, "communicationId": said["id"]}


async def test_what_was_sent_is_a_communication_by_its_sender(api, runtime, opened, carrier, tenant):
    them, us = opened["participants"]
    await acted(api, runtime, opened)

    [sent] = carrier.sent
    assert (sent.account_sid, sent.auth_token) == (tenant.account_sid, tenant.auth_token)
    assert sent.form == {
        "From": [BUSINESS],
        "To": [CUSTOMER],
        "Body": ["On its way"],
        "StatusCallback": ["https://memory.example.com/webhooks/twilio/messaging/status"],
    }
    [said] = await communications(api, opened["id"])
    assert said["author"] == {"address": BUSINESS, "channel": "SMS", "participantId": us["id"]}
    assert said["recipients"] == [
        {"address": CUSTOMER, "channel": "SMS", "participantId": them["id"], "deliveryStatus": "INITIATED"}
    ]
    assert said["content"] == {"type": "TEXT", "text": "On its way"}
    assert said["resourceId"] == said["channelId"] == sent.sid


async def test_messages_go_out_in_the_order_in_which_they_were_asked_for(api, runtime, opened, carrier):
    words = [f"word {number}" for number in range(12)]
    for word in words:
        await act(api, opened["id"], action(word))
    await run_jobs(runtime)
    assert [sent.body for sent in carrier.sent] == words
    assert [said["content"]["text"] for said in await communications(api, opened["id"])] == words


async def test_the_type_is_told_as_it_came(api, opened):
    assert (await act(api, opened["id"], {**action(), "type": "action-send-message"}))["type"] == "action-send-message"


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ({"participantId": "us"}, {"participantId": "them"}),
        ({"participantId": "us", "channel": "SMS"}, {"participantId": "them", "channel": "SMS"}),
        ({"participantId": "us", "channel": "SMS", "address": BUSINESS}, {"address": CUSTOMER, "channel": "SMS"}),
    ],
)
async def test_sender_and_recipient_are_found_by_id_or_address(api, runtime, opened, carrier, sender, recipient):
    them, us = (one["id"] for one in opened["participants"])
    named = [
        {**one, **({"participantId": {"us": us, "them": them}[one["participantId"]]} if "participantId" in one else {})}
        for one in (sender, recipient)
    ]
    done = await acted(api, runtime, opened, action(**{"from": named[0], "to": [named[1]]}))
    assert done["status"] == "COMPLETED"
    assert (carrier.sent[0].from_, carrier.sent[0].to) == (BUSINESS, CUSTOMER)
    [said] = await communications(api, opened["id"])
    assert (said["author"]["participantId"], said["recipients"][0]["participantId"]) == (us, them)


async def test_one_of_several_addresses_is_chosen_by_channel(api, runtime, carrier):
    addresses = [{"channel": "SMS", "address": CUSTOMER}, {"channel": "WHATSAPP", "address": f"whatsapp:{CUSTOMER}"}]
    own = [{"channel": "SMS", "address": BUSINESS}, {"channel": "WHATSAPP", "address": BUSINESS}]
    people = [{**customer(), "addresses": addresses}, {**agent(), "addresses": own}]
    opened = await open_conversation(api, await create_configuration(api), participants=people)
    them, us = (one["id"] for one in opened["participants"])

    await refused(
        api, opened, action(**{"from": {"participantId": us}, "to": [{"participantId": them}]}), "several addresses"
    )
    ends = {
        "from": {"participantId": us, "channel": "WHATSAPP"},
        "to": [{"participantId": them, "channel": "WHATSAPP"}],
    }
    await acted(api, runtime, opened, action(**ends))

    assert (carrier.sent[0].from_, carrier.sent[0].to) == (f"whatsapp:{BUSINESS}", f"whatsapp:{CUSTOMER}")


async def test_an_address_of_nobody_joins(api, runtime, opened, carrier):
    await acted(api, runtime, opened, action(to=[{"address": OTHER_CUSTOMER, "channel": "SMS"}]))
    assert carrier.sent[0].to == OTHER_CUSTOMER
    people = ok(await api.get(f"/v2/Conversations/{opened['id']}/Participants"))["participants"]
    assert OTHER_CUSTOMER in [one["name"] for one in people]


async def test_a_messaging_service_sends_with_a_template(api, runtime, opened, carrier):
    content = {"contentId": HX, "variables": {"1": "Ada", "2": "Paris \u2014 Süd"}}
    done = await acted(api, runtime, opened, action(**{"from": {"address": MG, "channel": "SMS"}, "content": content}))
    [sent] = carrier.sent
    assert sent.form["MessagingServiceSid"] == [MG]
    assert "From" not in sent.form
    assert "Body" not in sent.form
    assert sent.form["ContentSid"] == [HX]
    assert json.loads(sent.form["ContentVariables"][0]) == content["variables"]
    [said] = await communications(api, opened["id"])
    assert said["content"]["text"] == f"Template {HX}", "as the carrier put it"
    assert done["related"]["communicationId"] == said["id"]


async def test_a_messaging_service_speaks_for_the_agent(api, runtime, opened, carrier):
    """Nobody joins on its account: the group would be another one for good."""
    us = opened["participants"][1]
    await acted(api, runtime, opened, action(**{"from": {"address": MG, "channel": "SMS"}}))
    [said] = await communications(api, opened["id"])
    assert said["author"] == {"address": BUSINESS, "channel": "SMS", "participantId": us["id"]}
    assert await names_of(api, opened) == [CUSTOMER, BUSINESS]


@pytest.mark.parametrize("chosen", [BUSINESS, "+18005550111"])
async def test_the_number_that_a_messaging_service_chose_is_the_authors(api, runtime, tenant, opened, carrier, chosen):
    """Also one that nobody in the conversation has: it is the agent who uses it."""
    us = opened["participants"][1]
    asked = await act(api, opened["id"], action(**{"from": {"address": MG, "channel": "SMS"}}))
    tries = Tries(runtime, tenant, opened, asked)
    carrier.next(accepts_and_hangs_up())
    with pytest.raises(Unclear):
        await tries.once()
    carrier.sent[0].from_ = chosen

    await tries.once()

    [said] = await communications(api, opened["id"])
    assert said["author"] == {"address": chosen, "channel": "SMS", "participantId": us["id"]}
    assert await names_of(api, opened) == [CUSTOMER, BUSINESS]


async def test_a_messaging_service_speaks_for_itself_where_there_is_no_agent(api, runtime, carrier):
    alone = await open_conversation(api, await create_configuration(api), participants=[customer()])
    await acted(api, runtime, alone, action(**{"from": {"address": MG, "channel": "SMS"}}))
    [said] = await communications(api, alone["id"])
    assert said["author"]["address"] == MG


async def test_media_go_with_or_without_words(api, runtime, opened, carrier):
    urls = ["https://example.com/a.png", "https://example.com/b.png"]
    await acted(api, runtime, opened, action(content={"text": "Look", "mediaUrls": urls}))
    await acted(api, runtime, opened, action(content={"mediaUrls": urls[:1]}))
    assert [sent.form.get("MediaUrl") for sent in carrier.sent] == [urls, urls[:1]]
    assert [said["content"]["text"] for said in await communications(api, opened["id"])] == ["Look", ""]


async def test_channel_settings_are_handed_on_but_do_not_say_who_and_what(api, runtime, opened, carrier):
    settings = {
        "messagingServiceSid": MG,
        "statusCallback": "https://example.com/own",
        "smartEncoded": True,
        "validityPeriod": 600,
        "to": OTHER_CUSTOMER,
        "Body": "other words",
        "mediaUrl": "https://example.com/x.png",
        "channelId": "thread-7",
        "nested": {"a": 1},
    }
    await acted(api, runtime, opened, action(channelSettings=settings))
    [sent] = carrier.sent
    assert sent.form == {
        "From": [BUSINESS],
        "To": [CUSTOMER],
        "Body": ["On its way"],
        "MessagingServiceSid": [MG],
        "StatusCallback": ["https://example.com/own"],
        "SmartEncoded": ["true"],
        "ValidityPeriod": ["600"],
    }
    assert (await communications(api, opened["id"]))[0]["channelId"] == "thread-7"


@pytest.mark.parametrize("channel", ["CHAT", "API"])
async def test_a_channel_without_a_carrier_is_said_at_once(api, runtime, opened, carrier, channel):
    ends = [{"address": name, "channel": channel} for name in ("bot", "visitor-1", "visitor-2")]
    body = action("Hello there", **{"from": ends[0], "to": ends[1:], "channelSettings": {"channelId": "chat-1"}})

    asked = await act(api, opened["id"], body)

    [said] = await communications(api, opened["id"])
    assert asked["status"] == "COMPLETED"
    assert asked["related"] == {"communicationId": said["id"]}
    assert asked["completedAt"] == asked["createdAt"]
    assert await fetch_action(api, opened["id"], asked["id"]) == asked
    assert [one["address"] for one in said["recipients"]] == ["visitor-1", "visitor-2"]
    assert said["channelId"] == "chat-1"
    await run_jobs(runtime)
    assert carrier.requests == []


# What is refused at once


@pytest.mark.parametrize("channel", ["EMAIL", "VOICE", "VIDEO", "SYSTEM"])
async def test_channels_that_cannot_be_sent_on(api, opened, channel):
    ends = {"from": {"address": "a@example.com", "channel": channel}, "to": [{"address": "b", "channel": channel}]}
    await refused(api, opened, action(**ends), f"cannot be sent over {channel}")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"from": {"participantId": unknown("conv_participant")}}, "is not in this conversation"),
        ({"to": [{"participantId": unknown("conv_participant")}]}, "to[0]"),
        ({"from": {"address": BUSINESS}}, "an address and its channel"),
        ({"from": {"channel": "SMS"}}, "from: name a participantId"),
        ({"from": {}}, "from: name a participantId"),
        ({"from": {"address": BUSINESS, "channel": "WHATSAPP"}}, "same channel"),
        ({"to": [{"address": CUSTOMER, "channel": "SMS"}] * 2}, "one recipient"),
        ({"content": {}}, "content is empty"),
        ({"content": {"text": ""}}, "content is empty"),
        ({"content": {"mediaUrls": []}}, "content is empty"),
        ({"content": {"variables": {"1": "x"}}}, "content is empty"),
        ({"content": {"text": "x", "variables": {"1": "x"}}}, "contentId"),
        ({"content": {"text": "x", "contentId": HX}}, "either"),
        ({"content": {"contentId": HX, "mediaUrls": ["https://example.com/a.png"]}}, "either"),
        ({"content": {"contentId": "nonsense"}}, "contentId"),
        ({"to": []}, "to"),
        ({"to": [{"address": "", "channel": "SMS"}]}, "address"),
        ({"to": [{"address": CUSTOMER, "channel": "PIGEON"}]}, "channel"),
        ({"channelSettings": []}, "channelSettings"),
    ],
)
async def test_a_payload_that_nobody_could_send(api, opened, carrier, payload, words):
    await refused(api, opened, action(**payload), words)
    assert carrier.requests == []


async def test_an_address_that_the_participant_has_not(api, opened):
    them = opened["participants"][0]["id"]
    for wrong in ({"channel": "WHATSAPP"}, {"channel": "SMS", "address": OTHER_CUSTOMER}):
        await refused(api, opened, action(to=[{"participantId": them, **wrong}]), "has no such address")


async def test_media_alone_is_nothing_for_a_chat(api, opened):
    body = chat_action()
    body["payload"]["content"] = {"mediaUrls": ["https://example.com/a.png"]}
    await refused(api, opened, body, "needs text")


@pytest.mark.parametrize("type_", ["START_FLOW", "", None, 1])
async def test_other_types_of_action(api, opened, type_):
    await refused(api, opened, {**action(), "type": type_}, "type")


@pytest.mark.parametrize("body", [{}, {"type": "SEND_MESSAGE"}, {"type": "SEND_MESSAGE", "payload": {}}, [], None])
async def test_bodies_that_lack_what_they_need(api, opened, body):
    assert_problem(await api.post(f"/v2/Conversations/{opened['id']}/Actions", json=body), 400)


async def test_a_closed_conversation_takes_no_more(api, opened, carrier):
    await set_status(api, opened["id"], "CLOSED")
    for body in (action(), chat_action()):
        await refused(api, opened, body, "CLOSED")
    assert carrier.requests == []


@pytest.mark.parametrize(
    ("payload", "most"),
    [
        (lambda n: {"content": {"mediaUrls": ["https://example.com/a.png"] * n}}, limits.MEDIA_URLS_MAX),
        (lambda n: {"content": {"mediaUrls": ["u" * n]}}, limits.MEDIA_URL_CHARS_MAX),
        (
            lambda n: {"content": {"contentId": HX, "variables": {str(i): "x" for i in range(n)}}},
            limits.CONTENT_VARIABLES_MAX,
        ),
        (lambda n: {"content": {"contentId": HX, "variables": {"1": "x" * n}}}, limits.CONTENT_VARIABLE_CHARS_MAX),
        (lambda n: {"to": [{"address": "5" * n, "channel": "SMS"}]}, limits.ADDRESS_CHARS_MAX),
        (lambda n: {"channelSettings": {f"key{i}": "x" for i in range(n)}}, limits.ACTION_CHANNEL_SETTINGS_MAX),
    ],
)
async def test_limits_at_their_edge(api, opened, payload, most):
    url = f"/v2/Conversations/{opened['id']}/Actions"
    assert (await api.post(url, json=action(**payload(most)))).status_code == 202
    assert_problem(await api.post(url, json=action(**payload(most + 1))), 400)


async def test_as_many_recipients_of_a_chat_as_a_communication_has(api, opened):
    url = f"/v2/Conversations/{opened['id']}/Actions"
    body = chat_action()
    for count, status in ((limits.RECIPIENTS_MAX, 202), (limits.RECIPIENTS_MAX + 1, 400)):
        body["payload"]["to"] = [{"address": f"visitor-{number}", "channel": "CHAT"} for number in range(count)]
        assert (await api.post(url, json=body)).status_code == status


async def test_unknown_and_malformed_ids(api, opened):
    url = f"/v2/Conversations/{opened['id']}/Actions"
    assert_problem(await api.get(f"{url}/{unknown('conv_action')}"), 404, 20404)
    assert_problem(await api.get(f"{url}/conv_action_1"), 400)
    assert_problem(await api.post(f"/v2/Conversations/{unknown('conv_conversation')}/Actions", json=action()), 404)
    asked = await act(api, opened["id"])
    other = await open_conversation(api, await create_configuration(api))
    assert_problem(await api.get(f"/v2/Conversations/{other['id']}/Actions/{asked['id']}"), 404, 20404)


# Sent once, whatever happens


async def test_a_refusal_fails_with_the_reason(api, runtime, opened, carrier):
    carrier.next(answers(400, 21211, "The 'To' number is not a valid phone number."))
    done = await acted(api, runtime, opened)
    assert done["status"] == "FAILED"
    assert done["failureReason"] == "21211: The 'To' number is not a valid phone number."
    assert done["related"] == {}
    assert done["completedAt"] is not None
    assert carrier.sent == []
    assert await communications(api, opened["id"]) == []


async def test_wrong_credentials_fail_without_telling_them(api, runtime, opened, carrier, tenant):
    carrier.next(answers(401, 20003, "Authenticate"))
    done = await acted(api, runtime, opened)
    assert (done["status"], done["failureReason"]) == ("FAILED", "20003: Authenticate")
    assert tenant.auth_token not in json.dumps(done)


async def test_a_long_reason_is_cut(api, runtime, opened, carrier):
    carrier.next(answers(400, 1, "x" * 5000))
    assert len((await acted(api, runtime, opened))["failureReason"]) == limits.FAILURE_REASON_CHARS_MAX


async def test_too_many_requests_are_tried_again_without_looking(api, tries, carrier):
    carrier.next(answers(429, 20429, "Too many requests"))
    with pytest.raises(NotSent):
        await tries.once()
    assert (await state(api, tries))["status"] == "PENDING"
    await tries.once()
    assert (await state(api, tries))["status"] == "COMPLETED"
    assert len(carrier.sent) == 1
    assert [method for method, _ in carrier.requests] == ["POST", "POST"]


async def test_nobody_there_is_tried_again_until_the_last_time(api, tries, carrier):
    away = replace(tries.runtime, messages=MessagesApi("http://127.0.0.1:9"))
    elsewhere = Tries.__new__(Tries)
    elsewhere.runtime, elsewhere.key = away, tries.key
    with pytest.raises(NotSent):
        await elsewhere.once()
    await elsewhere.once(last=True)
    done = await state(api, tries)
    assert done["status"] == "FAILED"
    assert done["failureReason"].startswith("Not sent: ")
    await tries.once()
    assert carrier.sent == [], "an action that has ended stays so"


@pytest.mark.parametrize("how", [accepts_and_answers(500), accepts_and_answers(503), accepts_and_hangs_up()])
async def test_a_message_that_was_sent_without_an_answer_is_found_not_sent_again(api, opened, tries, carrier, how):
    carrier.next(how)
    with pytest.raises(Unclear):
        await tries.once()
    assert (await state(api, tries))["status"] == "PENDING"

    await tries.once()

    done = await state(api, tries)
    assert done["status"] == "COMPLETED"
    assert [sent.sid for sent in carrier.sent] == [done["related"]["messageSid"]]
    assert len(await communications(api, opened["id"])) == 1


@pytest.mark.parametrize("how", [answers(500), answers(503), hangs_up()])
async def test_a_message_that_was_not_sent_is_sent_once_the_try_is_surely_over(api, tries, carrier, how):
    carrier.next(how)
    for later_s in (0, 1, limits.ACTION_SETTLES_S - 3):
        with pytest.raises(Unclear):
            await tries.once(later_s=later_s)
    assert carrier.sent == []
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert (await state(api, tries))["status"] == "COMPLETED"
    assert len(carrier.sent) == 1


async def test_nothing_is_sent_while_it_cannot_be_looked_for(api, tries, carrier):
    carrier.next(accepts_and_answers(500))
    with pytest.raises(Unclear):
        await tries.once()
    carrier.get_status = 503
    with pytest.raises(Unclear):
        await tries.once(later_s=600)
    await tries.once(later_s=600, last=True)
    done = await state(api, tries)
    assert done["status"] == "FAILED"
    assert "not known whether" in done["failureReason"]
    assert len(carrier.sent) == 1


async def test_a_message_that_waits_at_the_carrier_is_found(api, tries, carrier):
    """It has no DateSent yet, so that the filter alone would not find it."""
    carrier.statuses = ()
    carrier.next(accepts_and_answers(500))
    with pytest.raises(Unclear):
        await tries.once()
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert len(carrier.sent) == 1


async def test_the_same_words_twice_are_two_messages(api, runtime, tenant, opened, carrier):
    first = Tries(runtime, tenant, opened, await act(api, opened["id"], action("OK")))
    second = Tries(runtime, tenant, opened, await act(api, opened["id"], action("OK")))
    await first.once()
    carrier.next(answers(500))
    with pytest.raises(Unclear):
        await second.once()
    await second.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert len(carrier.sent) == 2
    done = [await state(api, one) for one in (first, second)]
    assert len({one["related"]["messageSid"] for one in done}) == 2
    assert len(await communications(api, opened["id"])) == 2


async def test_other_peoples_messages_are_not_taken_for_ours(api, tries, carrier, tenant):
    carrier.next(answers(500))
    with pytest.raises(Unclear):
        await tries.once()
    old = clock() - timedelta(hours=1)
    carrier.add(tenant.account_sid, from_=BUSINESS, to=CUSTOMER, body="Other words")
    carrier.add(tenant.account_sid, from_=BUSINESS, to=CUSTOMER, body="On its way", created_at=old, sent_at=clock())
    carrier.add(tenant.account_sid, from_=CUSTOMER, to=BUSINESS, body="On its way", direction="inbound")
    carrier.add("AC" + "9" * 32, from_=BUSINESS, to=CUSTOMER, body="On its way")
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert (await state(api, tries))["related"]["messageSid"] == carrier.sent[-1].sid
    assert len(carrier.sent) == 5


@pytest.fixture(params=["same store", "another store"])
async def theirs(request, api, runtime, tenant, opened) -> Tries:
    """The same words to the same customer, in a conversation of another configuration."""
    store = opened["configuration"]["memoryStoreId"] if request.param == "same store" else None
    other = await open_conversation(api, await create_configuration(api, store))
    return Tries(runtime, tenant, other, await act(api, other["id"]))


async def one_message_each(api, carrier: Carrier, *tries: Tries) -> None:
    done = [await state(api, one) for one in tries]
    assert [one["status"] for one in done] == ["COMPLETED"] * len(tries)
    assert {one["related"]["messageSid"] for one in done} == {sent.sid for sent in carrier.sent}
    assert len(carrier.sent) == len(tries)


@pytest.mark.parametrize("closed", [False, True])
async def test_a_message_of_another_conversation_is_not_taken_for_ours(api, tries, theirs, carrier, closed):
    carrier.next(hangs_up())
    with pytest.raises(Unclear):
        await tries.once()
    if closed:
        await set_status(api, theirs.key.conversation_id, "CLOSED")
    await theirs.once()
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    await one_message_each(api, carrier, tries, theirs)


async def test_a_message_that_may_be_one_under_way_elsewhere_is_not_taken_for_ours(api, tries, theirs, carrier):
    carrier.next(hangs_up(), accepts_and_hangs_up())
    for one in (tries, theirs):
        with pytest.raises(Unclear):
            await one.once()
    with pytest.raises(Unclear):
        await tries.once()
    await theirs.once(later_s=limits.ACTION_SETTLES_S + 1)
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    await one_message_each(api, carrier, tries, theirs)


async def test_two_that_look_at_once_do_not_take_the_same_message(api, tries, theirs, carrier):
    carrier.next(hangs_up(), accepts_and_hangs_up())
    for one in (tries, theirs):
        with pytest.raises(Unclear):
            await one.once()
    later_s = limits.ACTION_SETTLES_S + 1
    await asyncio.gather(*(one.once(later_s=later_s) for one in (tries, theirs)), return_exceptions=True)
    for one in (tries, theirs):
        await one.once(later_s=later_s)
    await one_message_each(api, carrier, tries, theirs)


async def test_our_message_is_found_although_another_conversation_captured_it_meanwhile(api, tries, theirs, carrier):
    carrier.next(accepts_and_hangs_up())
    with pytest.raises(Unclear):
        await tries.once()
    await say(api, theirs.key.conversation_id, "On its way", by_customer=False, resourceId=carrier.sent[0].sid)
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    await one_message_each(api, carrier, tries)


async def test_a_message_that_another_conversation_knew_before_is_not_taken_for_ours(
    api, tries, theirs, carrier, tenant
):
    known = carrier.add(tenant.account_sid, from_=BUSINESS, to=CUSTOMER, body="On its way")
    await say(api, theirs.key.conversation_id, "On its way", by_customer=False, resourceId=known.sid)
    carrier.next(hangs_up())
    with pytest.raises(Unclear):
        await tries.once()
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert (await state(api, tries))["related"]["messageSid"] != known.sid
    assert len(carrier.sent) == 2


async def test_one_of_two_workers_tries(api, tries, carrier):
    """A worker that was taken for dead and is not."""
    ends = await asyncio.gather(*(tries.once() for _ in range(5)), return_exceptions=True)
    assert len(carrier.sent) == 1
    assert all(end is None or isinstance(end, Unclear) for end in ends)
    assert (await state(api, tries))["status"] == "COMPLETED"


async def test_who_was_held_up_before_its_request_leaves_it_to_the_next_try(api, runtime, tries, carrier):
    """Otherwise the request could go out while another worker takes the try for over."""
    times = iter([clock(), clock() + timedelta(seconds=limits.ACTION_PROMPT_S + 1)])
    desk = replace(runtime.desk, clock=lambda: next(times))
    with pytest.raises(Unclear):
        await actions.send(runtime.db, desk, tries.key, last=False)
    assert carrier.requests == []
    await tries.once(later_s=limits.ACTION_SETTLES_S + 1)
    assert len(carrier.sent) == 1


async def test_a_conversation_that_was_closed_meanwhile_gets_no_communication(api, opened, tries, carrier):
    await set_status(api, opened["id"], "CLOSED")
    await tries.once()
    done = await state(api, tries)
    assert done["status"] == "COMPLETED"
    assert done["related"] == {"messageSid": carrier.sent[0].sid}
    assert await communications(api, opened["id"]) == []


async def test_a_job_repeated_after_its_end_changes_nothing(api, opened, tries, carrier):
    for _ in range(3):
        await tries.once()
    assert len(carrier.sent) == len(await communications(api, opened["id"])) == 1


async def test_nonsense_from_the_carrier_is_not_taken_for_an_answer(api, tries, carrier):
    carrier.next(accepts_and_mumbles())
    with pytest.raises(Unclear):
        await tries.once()
    await tries.once()
    assert len(carrier.sent) == 1
    assert (await state(api, tries))["status"] == "COMPLETED"


# Who may send


async def test_an_account_that_was_made_up_here_cannot_use_twilio(api, runtime, opened, application, tenant):
    """The action says so. What needs no carrier works."""
    bare = replace(runtime, settings=Settings())
    async with application.client(bare, tenant) as client:
        made = await act(client, opened["id"])
        assert made["status"] == "PENDING"
        await run_jobs(bare)
        done = await fetch_action(client, opened["id"], made["id"])
        assert done["status"] == "FAILED"
        assert "regulars accounts create" in done["failureReason"]
        assert (await act(client, opened["id"], chat_action()))["status"] == "COMPLETED"


async def test_an_account_that_was_imported_can(api, runtime, opened, application, tenant):
    await runtime.db.write(
        lambda tx: accounts.create(
            tx,
            runtime.sealer,
            clock(),
            account_sid=tenant.account_sid,
            auth_token=tenant.auth_token,
            imported=True,
        )
    )
    async with application.client(replace(runtime, settings=Settings()), tenant) as client:
        assert (await act(client, opened["id"]))["status"] == "PENDING"


async def test_an_account_that_may_not_any_more_fails(api, runtime, tries, carrier):
    bare = replace(runtime, settings=Settings())
    await actions.send(bare.db, bare.desk, tries.key, last=False)
    done = await state(api, tries)
    assert done["status"] == "FAILED"
    assert "cannot send" in done["failureReason"]
    assert carrier.sent == []
