"""Actions through the official Python SDK, sent by a Messages API on loopback."""

from datetime import UTC, datetime

import pytest
from tests.contract.refusals import refusal
from tests.contract.test_sdk_conversations import CUSTOMER, SHOP, open_conversation
from tests.messages_api import MessagesApi
from tests.processes import Customer, until
from twilio.rest import Client
from twilio.rest.conversations.v2.action import ActionList


@pytest.fixture
def shop(customer: Customer) -> Customer:
    return customer.settle()


def act(client: Client, conversation: str, **payload):
    body = {
        "type": "SEND_MESSAGE",
        "payload": {
            "from": {"channel": "SMS", "address": SHOP},
            "to": [{"channel": "SMS", "address": CUSTOMER}],
            "content": {"text": "On its way"},
            **payload,
        },
    }
    request = ActionList.CreateConversationActionRequest(body)
    return client.conversations.v2.actions(conversation).create_with_http_info(
        create_conversation_action_request=request
    )


def ended(client: Client, conversation: str, action: str):
    return until(lambda: done if (done := fetched(client, conversation, action)).status != "PENDING" else None)


def fetched(client: Client, conversation: str, action: str):
    return client.conversations.v2.actions(conversation, action).fetch()


@pytest.mark.endpoint(
    "POST /v2/Conversations/{conversationId}/Actions",
    "GET /v2/Conversations/{conversationId}/Actions/{actionId}",
)
def test_a_message_is_sent_and_becomes_a_communication(client: Client, shop: Customer, carrier: MessagesApi) -> None:
    conversation = open_conversation(client, shop).id
    asked = act(client, conversation)
    assert asked.status_code == 202
    assert asked.data.type == "SEND_MESSAGE"
    assert asked.data.status == "PENDING"
    assert asked.data.conversation_id == conversation
    done = ended(client, conversation, asked.data.id)
    assert done.status == "COMPLETED"
    assert done.failure_reason is None
    assert isinstance(done.created_at, datetime)
    assert done.created_at <= done.completed_at <= datetime.now(UTC)
    [sent] = [one for one in carrier.sent if one.account_sid == shop.account_sid]
    [said] = client.conversations.v2.communications(conversation).list()
    assert done.related == {"messageSid": sent.sid, "communicationId": said.id}
    assert (sent.from_, sent.to, sent.body) == (SHOP, CUSTOMER, "On its way")


def test_participants_are_named_by_id_and_templates_have_variables(
    client: Client, shop: Customer, carrier: MessagesApi
) -> None:
    conversation = open_conversation(client, shop)
    them, us = (one["id"] for one in conversation.participants)
    content = {"contentId": "HX" + "a" * 32, "variables": {"1": "Ada"}}
    asked = act(
        client, conversation.id, **{"from": {"participantId": us}, "to": [{"participantId": them}]}, content=content
    )
    assert ended(client, conversation.id, asked.data.id).status == "COMPLETED"
    [sent] = [one for one in carrier.sent if one.account_sid == shop.account_sid]
    assert sent.form["ContentVariables"] == ['{"1":"Ada"}']


def test_what_the_carrier_refuses_fails_with_its_reason(client: Client, shop: Customer) -> None:
    conversation = open_conversation(client, shop).id
    asked = act(client, conversation, content={"text": "x" * 1601})
    done = ended(client, conversation, asked.data.id)
    assert done.status == "FAILED"
    assert done.failure_reason.startswith("21617: ")


def test_what_cannot_be_sent_is_refused(client: Client, shop: Customer) -> None:
    conversation = open_conversation(client, shop).id
    assert refusal(lambda: act(client, conversation, content={})) == (400, 400)
    assert refusal(lambda: fetched(client, conversation, "conv_action_" + "0" * 26)) == (404, 20404)
