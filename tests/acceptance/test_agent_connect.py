"""Twilio Agent Connect, unmodified but for its base URL, serves customers on Regulars: real processes and sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.outside import SHOP, Call, Phone, Stage, agent, settle
from tests.acceptance.processes import free_port
from tests.messages_api import messages_api
from tests.processes import join, serve, until

COLLEAGUE = "+15550002222"
QUESTION = "What may I do for you?"
TOLD = "Hello! I am vegetarian. Do you have a table for tonight?"
LEARNED = "vegetarian"


@pytest.fixture(scope="module")
def stage(shared_dir: Path) -> Iterator[Stage]:
    with messages_api() as carrier:
        settings = {"development": "true", "messages_api_url": carrier.url, "lifecycle_interval_s": "0.2"}
        with serve(shared_dir, **settings) as server:
            port, shop = free_port(), join(server)
            settle(shop, port)
            with agent(server, shop, port) as process:
                yield Stage(server, shop, carrier, process)


@pytest.mark.parametrize("whatsapp", [False, True], ids=["SMS", "WhatsApp"])
def test_what_a_customer_wrote_is_remembered_when_they_write_again(stage: Stage, whatsapp: bool) -> None:
    phone = Phone(stage, "+13175550102" if whatsapp else "+13175550101", whatsapp)
    strangers = stage.profiles()
    with stage.explained():
        written = phone.write(TOLD)
        answer = phone.reads(1)
        assert (answer.from_, answer.body) == (phone.shop, QUESTION)

        first = phone.conversation()
        people = stage.participants(first)
        profile = people["CUSTOMER"]["profileId"]
        assert set(stage.profiles()) - set(strangers) == {profile}
        business = people.get("AI_AGENT") or people["AGENT"]
        assert len(people) == 2
        assert business["addresses"][0]["address"] == phone.shop
        (asked,) = stage.agent.events("asked", first)
        assert (asked["profile"], asked["known"], asked["message"]) == (profile, [], TOLD)

        question, reply = stage.said(first, 2)
        assert (question["resourceId"], question["author"]["participantId"]) == (written, people["CUSTOMER"]["id"])
        assert (reply["resourceId"], reply["content"]["text"]) == (answer.sid, QUESTION)
        assert reply["author"]["participantId"] == business["id"]
        assert [one["participantId"] for one in reply["recipients"]] == [people["CUSTOMER"]["id"]]

        status = f"{stage.server.url}/webhooks/twilio/messaging/status"
        assert stage.carrier.report(answer, "read", status) == 200
        (told,) = stage.said(first, 2)[1]["recipients"]
        assert told["deliveryStatus"] == "DELIVERED"  # Agent Connect knows no READ

        stage.falls_silent(first)
        until(lambda: LEARNED in stage.observations(profile), what="an observation")
        assert [one.sid for one in phone.received()] == [answer.sid]

        phone.write("Good evening! What would you recommend to me?")
        assert LEARNED in phone.reads(2).body
        second = phone.conversation()
        assert {first, second} == set(phone.conversations())
        assert first != second
        assert stage.participants(second)["CUSTOMER"]["profileId"] == profile
        assert set(stage.profiles()) - set(strangers) == {profile}

        stage.said(second, 2)
        assert stage.check_callbacks(first).count("COMMUNICATION_CREATED") == 2
        assert "CONVERSATION_CREATED" in stage.check_callbacks(second)
        tokens = [one["token"] for c in (first, second) for one in stage.agent.events("callback", c)]
        assert len(set(tokens)) == len(tokens)
        assert len(phone.received()) == 2


@pytest.mark.parametrize("added", [False, True], ids=["promotes itself", "adds itself"])
def test_it_makes_a_customer_of_somebody_whom_nobody_knew(stage: Stage, added: bool) -> None:
    """Conversations that another system opened: the customer is UNKNOWN, the agent is UNKNOWN or was never there."""
    phone = Phone(stage, "+13175550104" if added else "+13175550103")
    strangers = stage.profiles()
    receiver = {"address": COLLEAGUE if added else SHOP, "channel": "SMS"}
    people = [{"type": "UNKNOWN", "addresses": [{"address": phone.address, "channel": "SMS"}]}]
    if added:
        people.append({"type": "HUMAN_AGENT", "addresses": [receiver]})
    with stage.explained():
        body = {"configurationId": stage.shop.configuration_id, "participants": people}
        conversation = stage.shop.post("/v2/Conversations", body)["id"]
        said = {
            "author": {"address": phone.address, "channel": "SMS"},
            "recipients": [receiver],
            "content": {"type": "TEXT", "text": TOLD},
        }
        stage.shop.post(f"/v2/Conversations/{conversation}/Communications", said)
        answer = phone.reads(1)
        assert (answer.from_, answer.body) == (SHOP, QUESTION)
        types = stage.participants(conversation)
        assert set(types) == {"CUSTOMER", "AI_AGENT", *(["HUMAN_AGENT"] if added else [])}
        assert types["AI_AGENT"]["addresses"] == [{"channel": "SMS", "address": SHOP}]
        assert set(stage.profiles()) - set(strangers) == {types["CUSTOMER"]["profileId"]}
        expected = {"PARTICIPANT_ADDED", "PARTICIPANT_UPDATED", "COMMUNICATION_CREATED"}
        stage.said(conversation, 2)
        assert expected <= set(stage.check_callbacks(conversation))
        assert phone.conversation() == conversation
        assert len(phone.received()) == 1


def test_what_a_caller_said_is_remembered_when_they_call_again_or_write(stage: Stage) -> None:
    number = "+13175550105"
    strangers = stage.profiles()
    with stage.explained():
        with Call(stage, number).connected() as call:
            first = call.conversation()  # before anybody said anything: Agent Connect looks for it now
            assert stage.communications(first) == []
            call.greeted()
            assert call.say(TOLD) == QUESTION
        people = stage.participants(first)
        profile = people["CUSTOMER"]["profileId"]
        assert people["CUSTOMER"]["addresses"][0]["address"] == number
        assert set(stage.profiles()) - set(strangers) == {profile}
        said = stage.communications(first)
        assert {one["content"]["type"] for one in said} == {"TRANSCRIPTION"}
        assert {one["channelId"] for one in said} == {call.sid}
        authors = {one["author"]["participantId"]: one["content"]["text"] for one in said}
        assert authors[people["CUSTOMER"]["id"]] == TOLD
        (asked,) = stage.agent.events("asked", first)
        assert (asked["call"], asked["profile"], asked["channel"]) == (call.sid, profile, "VOICE")
        assert [one["content"]["text"] for one in said][1:] == [TOLD, QUESTION]

        stage.falls_silent(first)
        until(lambda: LEARNED in stage.observations(profile), what="an observation")

        with Call(stage, number).connected() as call:
            assert LEARNED in call.say("Good evening! What would you recommend to me?")
            second = call.conversation()
        assert second != first
        assert stage.participants(second)["CUSTOMER"]["profileId"] == profile
        stage.check_callbacks(first)
        stage.falls_silent(second)
        stage.check_callbacks(second)

        phone = Phone(stage, number)
        phone.write("Now I write. Do you still know what I eat?")
        assert LEARNED in phone.reads(1).body
        assert set(stage.profiles()) - set(strangers) == {profile}
