"""Twilio's real-time transcription: from signed callbacks to communications of a VOICE conversation."""

import asyncio
import itertools
import json
import random
import secrets
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import structlog
from tests.conftest import new_tenant
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_store,
    lookup,
    ok,
    open_conversation,
    profile_ids,
    run_jobs,
    set_status,
    signed,
)
from tests.messages_api import messages_api

from regulars.outbound.messages_api import MessagesApi
from regulars.settings import Settings

URL = "/webhooks/twilio/transcription"
RULES = [{"from": "*", "to": BUSINESS}]
OUTWARD = [{"from": BUSINESS, "to": "*"}]
INBOUND = {"From": CUSTOMER, "To": BUSINESS, "Direction": "inbound"}
OUTBOUND = {"From": BUSINESS, "To": CUSTOMER, "Direction": "outbound-api"}
CUSTOMER_TRACK, AGENT_TRACK = "inbound_track", "outbound_track"


class Call:
    """One call as Twilio tells it: every callback has the next SequenceId."""

    def __init__(self, api, tenant, **query: str) -> None:
        self.api = api
        self.tenant = tenant
        self.sid = "CA" + secrets.token_hex(16)
        self.transcription = "GT" + secrets.token_hex(16)
        self.url = URL + (f"?{urlencode(query)}" if query else "")
        self.numbers = itertools.count(2)

    def form(self, event: str, **fields: str) -> dict[str, str]:
        return {
            "LanguageCode": "en-US",
            "TranscriptionSid": self.transcription,
            "TranscriptionEvent": event,
            "CallSid": self.sid,
            "Timestamp": "2026-11-22T05:45:21.454203Z",
            "AccountSid": self.tenant.account_sid,
            **fields,
        }

    def started(self) -> dict[str, str]:
        config = '{"profanityFilter":"true","speechModel":"telephony"}'
        fields = {"Track": "both_tracks", "TranscriptionEngine": "google", "ProviderConfiguration": config}
        return self.form("transcription-started", SequenceId="1", **fields)

    def said(self, text: str, track: str = CUSTOMER_TRACK, *, final: bool = True) -> dict[str, str]:
        data = {"transcript": text, **({"confidence": 0.9956335} if final else {})}
        told = {"TranscriptionData": json.dumps(data), "Final": "true" if final else "false", "Track": track}
        return self.form("transcription-content", SequenceId=str(next(self.numbers)), **told)

    def stopped(self) -> dict[str, str]:
        return self.form("transcription-stopped", SequenceId=str(next(self.numbers)))

    async def post(self, form: dict[str, str]):
        headers = signed(self.tenant.auth_token, form, f"http://testserver{self.url}")
        return await self.api.post(self.url, data=form, headers=headers, auth=None)

    async def tell(self, *forms: dict[str, str]) -> None:
        for form in forms:
            response = await self.post(form)
            assert response.status_code == 200, response.text


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


async def listen(api, store, rules=RULES, **fields) -> str:
    settings = {"VOICE": {"captureRules": rules, "statusTimeouts": {"inactive": 10, "closed": 60}}}
    return await create_configuration(api, store, channelSettings=settings, **fields)


async def heard(api) -> list[tuple[str, str]]:
    """Who said what in the only conversation, by resource id: the order of the call, track by track."""
    [conversation] = await conversations(api)
    told = sorted(await communications(api, conversation["id"]), key=lambda one: one["resourceId"])
    return [(one["author"]["address"], one["content"]["text"]) for one in told]


async def test_a_call_becomes_a_conversation(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)

    await call.tell(
        call.started(), call.said("Where is my order?"), call.said("Let me see.", AGENT_TRACK), call.stopped()
    )

    [conversation] = await conversations(api, channelId=call.sid)
    assert conversation["status"] == "ACTIVE"
    them, us = conversation["participants"]
    assert (them["type"], us["type"]) == ("CUSTOMER", "AGENT")
    assert await lookup(api, store, CUSTOMER) == [them["profileId"]]
    one, two = await communications(api, conversation["id"])
    assert one["content"] == {
        "type": "TRANSCRIPTION",
        "text": "Where is my order?",
        "transcription": {"channel": 0, "confidence": 0.9956335, "final": True, "sequenceId": 2},
    }
    assert one["channelId"] == call.sid
    assert one["resourceId"].startswith(call.transcription)
    assert one["occurredAt"] == "2026-11-22T05:45:21Z"
    assert (one["author"]["participantId"], one["recipients"][0]["participantId"]) == (them["id"], us["id"])
    assert (two["author"]["participantId"], two["recipients"][0]["participantId"]) == (us["id"], them["id"])
    assert two["content"]["transcription"]["channel"] == 1


async def test_a_beginning_opens_the_conversation_before_anything_is_said(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.started(), call.started())
    [conversation] = await conversations(api, channelId=call.sid, status="ACTIVE")
    assert [one["type"] for one in conversation["participants"]] == ["CUSTOMER", "AGENT"]
    assert await communications(api, conversation["id"]) == []
    await call.tell(call.said("Hello"))
    assert await heard(api) == [(CUSTOMER, "Hello")]


async def test_of_an_outbound_call_the_one_who_was_called_is_the_customer(api, store, tenant):
    await listen(api, store, OUTWARD)
    call = Call(api, tenant, **OUTBOUND)
    await call.tell(call.said("Hello?"), call.said("This is the shop.", AGENT_TRACK))
    assert await heard(api) == [(CUSTOMER, "Hello?"), (BUSINESS, "This is the shop.")]
    assert len(await lookup(api, store, CUSTOMER)) == 1
    assert await lookup(api, store, BUSINESS) == []


async def test_rules_look_at_the_call_whoever_speaks(api, store, tenant):
    await listen(api, store, OUTWARD)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.said("one"), call.said("two", AGENT_TRACK))
    assert await conversations(api) == []


@pytest.mark.parametrize(
    ("metadata", "caller", "captured"),
    [
        ({}, CUSTOMER, True),
        ({}, "client:ada", False),
        ({"callType": "PSTN"}, CUSTOMER, True),
        ({"callType": "CLIENT"}, "client:ada", True),
        ({"callType": "CLIENT"}, CUSTOMER, False),
        ({"callType": "PUBLIC_SIP"}, "sip:ada@example.com", True),
    ],
)
async def test_rules_ask_for_a_kind_of_call(api, store, tenant, metadata, caller, captured):
    await listen(api, store, [{"from": "*", "to": "*", "metadata": metadata}])
    call = Call(api, tenant, **{**INBOUND, "From": caller})
    await call.tell(call.said("Hello"))
    assert len(await conversations(api)) == captured


async def test_of_a_call_by_a_client_nobody_knows_who_is_the_customer(api, store, tenant):
    await listen(api, store, [{"from": "*", "to": "*", "metadata": {"callType": "CLIENT"}}])
    call = Call(api, tenant, **{**INBOUND, "From": "client:ada"})
    await call.tell(call.said("Hello"))
    [conversation] = await conversations(api)
    assert {one["type"] for one in conversation["participants"]} == {"UNKNOWN"}
    assert await profile_ids(api, store) == []


# Partial results

TALK = ["where", "where is", "Where is it?", "I", "I need", "I need it.", "and"]
FINAL = {2, 5}


async def test_partial_results_become_the_final_one(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    texts, ids = [], set()
    for number, text in enumerate(TALK):
        await call.tell(call.said(text, final=number in FINAL))
        [conversation] = await conversations(api)
        told = await communications(api, conversation["id"])
        texts.append([one["content"]["text"] for one in told])
        ids |= {one["id"] for one in told}
    assert texts == [
        ["where"],
        ["where is"],
        ["Where is it?"],
        ["Where is it?", "I"],
        ["Where is it?", "I need"],
        ["Where is it?", "I need it."],
        ["Where is it?", "I need it.", "and"],
    ]
    assert len(ids) == 3


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("at_once", [False, True])
async def test_three_times_in_any_order_ends_the_same(api, store, tenant, seed, at_once):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    forms = [call.started()]
    for number, text in enumerate(TALK):
        forms.append(call.said(text, final=number in FINAL))
        forms.append(call.said(text.upper(), AGENT_TRACK, final=number in FINAL))
    deliveries = forms * 3
    random.Random(seed).shuffle(deliveries)

    if at_once:
        await asyncio.gather(*(call.tell(form) for form in deliveries))
    else:
        await call.tell(*deliveries)

    ours = [(BUSINESS, "WHERE IS IT?"), (BUSINESS, "I NEED IT."), (BUSINESS, "AND")]
    assert await heard(api) == [(CUSTOMER, "Where is it?"), (CUSTOMER, "I need it."), (CUSTOMER, "and"), *ours]
    [conversation] = await conversations(api)
    told = await communications(api, conversation["id"])
    numbers = {one["content"]["text"]: one["content"]["transcription"] for one in told}
    assert (numbers["Where is it?"]["sequenceId"], numbers["Where is it?"]["final"]) == (6, True)
    assert (numbers["AND"]["sequenceId"], numbers["AND"]["final"]) == (15, False)
    assert len(conversation["participants"]) == 2
    assert len(await profile_ids(api, store)) == 1


async def test_the_same_words_twice_are_said_twice(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.said("yes"), call.said("yes"))
    assert await heard(api) == [(CUSTOMER, "yes"), (CUSTOMER, "yes")]


async def test_a_repetition_after_the_end_opens_nothing(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    forms = [call.started(), call.said("a", final=False), call.said("a b")]
    await call.tell(*forms)
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    await call.tell(*forms)
    assert len(await conversations(api)) == 1


# Who is in the call


async def test_a_conversation_that_has_the_call_tells_who_is_in_it(api, store, tenant):
    conf = await listen(api, store)
    call = Call(api, tenant)
    ends = [
        {"type": "CUSTOMER", "addresses": [{"channel": "VOICE", "address": CUSTOMER, "channelId": call.sid}]},
        {"type": "AI_AGENT", "addresses": [{"channel": "VOICE", "address": BUSINESS, "channelId": call.sid}]},
    ]
    await open_conversation(api, conf, participants=ends)
    await call.tell(call.said("Hello"), call.said("Hi", AGENT_TRACK))
    assert await heard(api) == [(CUSTOMER, "Hello"), (BUSINESS, "Hi")]
    assert len((await conversations(api))[0]["participants"]) == 2


async def test_a_call_that_nobody_knows_is_answered_and_told_in_the_log(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant)
    with structlog.testing.capture_logs() as logs:
        await call.tell(call.started(), call.said("Hello"))
    hints = [one["hint"] for one in logs if one["event"] == "call_unknown"]
    assert len(hints) == 2
    assert "statusCallbackUrl" in hints[0]
    assert await conversations(api) == []


async def test_a_plus_that_became_a_blank_is_a_plus(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant)
    call.url = f"{URL}?From={CUSTOMER}&To={BUSINESS}"
    await call.tell(call.said("Hello"))
    assert await heard(api) == [(CUSTOMER, "Hello")]


@pytest.mark.parametrize(("known", "rules"), [(INBOUND, RULES), (OUTBOUND, OUTWARD)])
async def test_a_call_is_fetched_when_the_account_can(api, runtime, application, store, tenant, known, rules):
    await listen(api, store, rules)
    call = Call(api, tenant)
    with messages_api() as carrier:
        carrier.calls[call.sid] = {"from": known["From"], "to": known["To"], "direction": known["Direction"]}
        messages = MessagesApi(carrier.url)
        able = replace(runtime, settings=Settings(messages_api_url=carrier.url), messages=messages)
        application.litestar.state.runtime = able
        forms = [call.started(), call.said("Hel", final=False), call.said("Hello"), call.said("Hi", AGENT_TRACK)]
        await call.tell(*forms, *forms)
        await run_jobs(able)
        await call.tell(call.said("Are you there?"))
        await messages.close()
    assert await heard(api) == [(CUSTOMER, "Hello"), (CUSTOMER, "Are you there?"), (BUSINESS, "Hi")]
    assert len(await lookup(api, store, CUSTOMER)) == 1


async def test_a_call_that_is_not_there_is_given_up(api, runtime, application, store, tenant):
    await listen(api, store)
    call = Call(api, tenant)
    with messages_api() as carrier:
        messages = MessagesApi(carrier.url)
        able = replace(runtime, settings=Settings(messages_api_url=carrier.url), messages=messages)
        application.litestar.state.runtime = able
        await call.tell(call.said("Hello"))
        await run_jobs(able)
        await messages.close()
    assert await conversations(api) == []


# Forms


@pytest.mark.parametrize("offered", [None, "", "bm9uc2Vuc2U="])
async def test_a_wrong_signature_is_refused_and_nothing_stored(api, store, tenant, offered):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    headers = {} if offered is None else {"X-Twilio-Signature": offered}
    assert_problem(await api.post(call.url, data=call.said("Hello"), headers=headers, auth=None), 403, 403)
    assert await conversations(api) == []


async def test_a_query_that_was_changed_is_refused(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    form = call.said("Hello")
    headers = signed(tenant.auth_token, form, f"http://testserver{call.url}")
    forged = call.url.replace("0101", "0102")
    assert_problem(await api.post(forged, data=form, headers=headers, auth=None), 403, 403)


async def test_another_account_reaches_nothing_of_ours(api, runtime, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.said("Hello"))
    other = Call(api, await new_tenant(runtime))
    other.sid, other.transcription = call.sid, call.transcription
    await other.tell(other.said("not yours"), other.said("not yours either"))
    assert await heard(api) == [(CUSTOMER, "Hello")]


@pytest.mark.parametrize(
    "wrong", [{"TranscriptionData": "{"}, {"Track": "x"}, {"SequenceId": "x"}, {"CallSid": ""}, {"Timestamp": "x"}]
)
async def test_a_piece_that_is_none_is_refused(api, store, tenant, wrong):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    assert_problem(await call.post({**call.said("Hello"), **wrong}), 400, 400)
    assert await conversations(api) == []


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
async def test_silence_is_no_communication(api, store, tenant, text):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.said(text))
    assert await conversations(api) == []


async def test_other_events_are_answered(api, store, tenant):
    await listen(api, store)
    call = Call(api, tenant, **INBOUND)
    error = {"TranscriptionErrorCode": "32650", "TranscriptionError": "Invalid engine"}
    await call.tell(call.stopped(), call.form("transcription-error", **error), call.form("something-new"))
    assert await conversations(api) == []
    assert ok(await api.get("/v2/Conversations"))["conversations"] == []
