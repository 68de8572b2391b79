"""The Orchestrator API through the official Python SDK."""

from datetime import UTC, datetime

import pytest
from tests.contract.refusals import refusal
from tests.processes import Customer
from twilio.rest import Client
from twilio.rest.conversations.v2.communication import CommunicationList
from twilio.rest.conversations.v2.configuration import ConfigurationList
from twilio.rest.conversations.v2.conversation import ConversationList
from twilio.rest.conversations.v2.participant import ParticipantList

CUSTOMER, SHOP = "+13175550100", "+15550001111"


@pytest.fixture
def shop(customer: Customer) -> Customer:
    return customer.settle()


def configure(client: Client, **fields):
    body = {"displayName": "second", "description": "", "conversationGroupingType": "GROUP_BY_PROFILE", **fields}
    request = ConfigurationList.CreateConfigurationRequest(body)
    return client.conversations.v2.configurations.create(create_configuration_request=request)


def open_conversation(client: Client, shop: Customer, address: str = CUSTOMER, **fields):
    body = {
        "configurationId": shop.configuration_id,
        "participants": [
            {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": address}]},
            {"type": "AI_AGENT", "name": "Bot", "addresses": [{"channel": "SMS", "address": SHOP}]},
        ],
        **fields,
    }
    request = ConversationList.CreateConversationWithConfigRequest(body)
    return client.conversations.v2.conversations.create(create_conversation_with_config_request=request)


def say(client: Client, conversation: str, text: str, **fields):
    body = {
        "author": {"address": CUSTOMER, "channel": "SMS"},
        "recipients": [{"address": SHOP, "channel": "SMS"}],
        "content": {"type": "TEXT", "text": text},
        **fields,
    }
    request = CommunicationList.CreateCommunicationInConversationRequest(body)
    return client.conversations.v2.communications(conversation).create(
        create_communication_in_conversation_request=request
    )


def update(client: Client, conversation: str, **fields):
    request = ConversationList.UpdateConversationByIdRequest(fields)
    return client.conversations.v2.conversations(conversation).update(update_conversation_by_id_request=request)


def patch(client: Client, conversation: str, **fields):
    request = ConversationList.PatchConversationByIdRequest(fields)
    return client.conversations.v2.conversations(conversation).patch(patch_conversation_by_id_request=request)


@pytest.mark.endpoint(
    "POST /v2/ControlPlane/Configurations",
    "GET /v2/ControlPlane/Configurations/{configurationId}",
    "GET /v2/ControlPlane/Operations/{operationId}",
)
def test_a_configuration_is_created_by_an_operation_and_fetched(client: Client, shop: Customer) -> None:
    settings = {
        "SMS": {
            "statusTimeouts": {"inactive": 10, "closed": 60},
            "captureRules": [{"from": "*", "to": SHOP}, {"from": SHOP, "to": "*"}],
        },
        "VOICE": {"captureRules": [{"from": "*", "to": SHOP, "metadata": {"callType": "PSTN"}}]},
    }
    body = {
        "displayName": "all of it",
        "description": "Support",
        "conversationGroupingType": "GROUP_BY_PROFILE",
        "memoryStoreId": shop.store_id,
        "channelSettings": settings,
        "statusCallbacks": [{"url": "https://example.com/webhook"}],
        "memoryExtractionEnabled": True,
    }
    created = client.conversations.v2.configurations.create_with_http_info(
        create_configuration_request=ConfigurationList.CreateConfigurationRequest(body)
    )
    assert created.status_code == 202
    assert created.data.related == {"configurationId": created.data.id}
    assert created.data.status_url.startswith(shop.url + "/v2/ControlPlane/Operations/")

    operation = client.conversations.v2.operations(created.headers["operation-id"]).fetch()
    assert (operation.status, operation.related) == ("COMPLETED", {"configurationId": created.data.id})
    assert isinstance(operation.created_at, datetime)

    found = client.conversations.v2.configurations(created.data.id).fetch()
    assert (found.id, found.display_name, found.description) == (created.data.id, "all of it", "Support")
    assert (found.conversation_grouping_type, found.memory_store_id) == ("GROUP_BY_PROFILE", shop.store_id)
    assert (found.memory_extraction_enabled, found.version) == (True, 1)
    assert found.status_callbacks == [{"url": "https://example.com/webhook", "method": "POST"}]
    assert found.channel_settings["SMS"]["statusTimeouts"] == {"inactive": 10, "closed": 60}
    assert [rule["to"] for rule in found.channel_settings["SMS"]["captureRules"]] == [SHOP, "*"]
    assert found.channel_settings["VOICE"]["captureRules"][0]["metadata"] == {"callType": "PSTN"}
    assert isinstance(found.created_at, datetime)
    assert isinstance(found.updated_at, datetime)


@pytest.mark.endpoint(
    "GET /v2/ControlPlane/Configurations",
)
def test_configurations_are_listed_over_several_pages(client: Client, shop: Customer) -> None:
    made = [shop.configuration_id]
    made += [configure(client, displayName=f"number-{n}", memoryStoreId=shop.store_id).id for n in range(6)]
    configurations = client.conversations.v2.configurations
    assert [one.id for one in configurations.stream(page_size=3)] == made[::-1]
    assert [one.id for one in configurations.list(memory_store_id=shop.store_id, page_size=2)] == made[::-1]
    assert configurations.list(memory_store_id="mem_store_" + "0" * 26) == []


@pytest.mark.endpoint(
    "POST /v2/Conversations",
    "GET /v2/Conversations/{conversationId}",
    "PUT /v2/Conversations/{conversationId}",
    "PATCH /v2/Conversations/{conversationId}",
)
def test_a_conversation_is_opened_changed_and_closed(client: Client, shop: Customer) -> None:
    made = open_conversation(client, shop, name="Ada", metadata={"ticket": "12"})
    assert (made.status, made.name, made.metadata) == ("ACTIVE", "Ada", {"ticket": "12"})
    assert (made.configuration_id, made.account_id) == (shop.configuration_id, shop.account_sid)
    assert [one["type"] for one in made.participants] == ["CUSTOMER", "AI_AGENT"]
    assert made.participants[0]["profileId"].startswith("mem_profile_")
    assert isinstance(made.created_at, datetime)
    assert isinstance(made.updated_at, datetime)

    patched = patch(client, made.id, metadata={"priority": "high"})
    assert (patched.name, patched.metadata) == ("Ada", {"ticket": "12", "priority": "high"})
    replaced = update(client, made.id, status="INACTIVE", name="Ada L.")
    assert (replaced.status, replaced.name, replaced.metadata) == ("INACTIVE", "Ada L.", {})
    assert patch(client, made.id, status="CLOSED").status == "CLOSED"
    fetched = client.conversations.v2.conversations(made.id).fetch()
    assert (fetched.status, fetched.name) == ("CLOSED", "Ada L.")
    assert refusal(lambda: update(client, made.id, status="ACTIVE")) == (400, 400)


@pytest.mark.endpoint(
    "GET /v2/Conversations",
)
def test_conversations_are_listed_by_status_and_channel_over_several_pages(client: Client, shop: Customer) -> None:
    made = [open_conversation(client, shop, f"+131755501{n:02}").id for n in range(7)]
    update(client, made[0], status="CLOSED")
    update(client, made[1], status="INACTIVE")
    say(client, made[3], "Hello", channelId="SM" + "3" * 32)
    conversations = client.conversations.v2.conversations
    assert [one.id for one in conversations.stream(page_size=3)] == made[::-1]
    assert [one.id for one in conversations.list(status=["CLOSED"])] == made[:1]
    assert [one.id for one in conversations.list(status=["CLOSED", "INACTIVE"], page_size=1)] == [made[1], made[0]]
    assert [one.id for one in conversations.list(channel_id="SM" + "3" * 32, status=["ACTIVE"])] == [made[3]]
    assert conversations.list(channel_id="SM" + "4" * 32) == []


@pytest.mark.endpoint(
    "POST /v2/Conversations/{conversationId}/Participants",
    "GET /v2/Conversations/{conversationId}/Participants",
)
def test_participants_join_and_are_listed_over_several_pages(client: Client, shop: Customer) -> None:
    conversation = open_conversation(client, shop).id
    participants = client.conversations.v2.participants(conversation)
    for number in range(5):
        body = {"type": "HUMAN_AGENT", "addresses": [{"channel": "CHAT", "address": f"agent-{number}"}]}
        request = ParticipantList.CreateParticipantInConversationRequest(body)
        joined = participants.create(create_participant_in_conversation_request=request)
        assert (joined.type, joined.name, joined.conversation_id) == ("HUMAN_AGENT", f"agent-{number}", conversation)
        assert isinstance(joined.created_at, datetime)
    listed = list(participants.stream(page_size=3))
    assert len({one.id for one in listed}) == 7
    assert {one.account_id for one in listed} == {shop.account_sid}
    assert sorted(one.type for one in listed) == ["AI_AGENT", "CUSTOMER", *["HUMAN_AGENT"] * 5]


@pytest.mark.endpoint(
    "GET /v2/Conversations/{conversationId}/Participants/{participantId}",
    "PUT /v2/Conversations/{conversationId}/Participants/{participantId}",
)
def test_a_participant_is_fetched_and_replaced(client: Client, shop: Customer) -> None:
    opened = open_conversation(client, shop)
    before = opened.participants[1]
    one = client.conversations.v2.participants(opened.id, before["id"])
    assert (one.fetch().name, one.fetch().type) == ("Bot", "AI_AGENT")
    body = {"type": "HUMAN_AGENT", "name": "Grace", "addresses": before["addresses"]}
    request = ParticipantList.UpdateParticipantInConversationRequest(body)
    changed = one.update(update_participant_in_conversation_request=request)
    assert (changed.id, changed.name, changed.type) == (before["id"], "Grace", "HUMAN_AGENT")
    assert one.fetch().name == "Grace"


@pytest.mark.endpoint(
    "DELETE /v2/Conversations/{conversationId}",
)
def test_a_conversation_is_deleted(client: Client, shop: Customer) -> None:
    opened = open_conversation(client, shop)
    assert client.conversations.v2.conversations(opened.id).delete()
    assert refusal(lambda: client.conversations.v2.conversations(opened.id).fetch()) == (404, 20404)


def test_a_conversation_brings_its_configuration_along(client: Client, shop: Customer) -> None:
    given = {
        "conversationGroupingType": "GROUP_BY_PROFILE",
        "memoryStoreId": shop.store_id,
        "statusCallbacks": [{"url": "https://example.com/hook"}],
        "channelSettings": {"SMS": {"statusTimeouts": {"inactive": 1, "closed": 2}}},
    }
    opened = open_conversation(client, shop, configurationId=None, configuration=given)
    assert opened.configuration_id is None
    assert opened.configuration["statusCallbacks"] == [{"url": "https://example.com/hook", "method": "POST"}]
    silenced = patch(client, opened.id, configuration={"statusCallbacks": []})
    assert silenced.configuration["statusCallbacks"] == []


@pytest.mark.endpoint(
    "POST /v2/Conversations/{conversationId}/Communications",
    "GET /v2/Conversations/{conversationId}/Communications",
    "GET /v2/Conversations/{conversationId}/Communications/{communicationId}",
)
def test_communications_are_added_once_and_listed_over_several_pages(client: Client, shop: Customer) -> None:
    conversation = open_conversation(client, shop).id
    communications = client.conversations.v2.communications(conversation)
    made = [say(client, conversation, f"Message {number}").id for number in range(7)]
    assert sorted(one.id for one in communications.stream(page_size=3)) == sorted(made)
    assert len(communications.list(limit=4, page_size=3)) == 4

    said = say(
        client, conversation, "Again", resourceId="SM" + "1" * 32, channelId="SM" + "1" * 32,
        occurredAt="2026-11-20T10:00:00.123Z",
    )  # fmt: skip
    assert said.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert say(client, conversation, "Again", resourceId="SM" + "1" * 32).id == said.id
    assert [one.id for one in communications.list(channel_id="SM" + "1" * 32)] == [said.id]
    found = client.conversations.v2.communications(conversation, said.id).fetch()
    assert (found.conversation_id, found.account_id, found.resource_id) == (
        conversation,
        shop.account_sid,
        "SM" + "1" * 32,
    )
    assert found.content == {"type": "TEXT", "text": "Again"}
    assert found.author["participantId"].startswith("conv_participant_")
    assert found.recipients[0]["participantId"].startswith("conv_participant_")
    assert isinstance(found.created_at, datetime)


def test_an_inbound_message_is_one_communication_of_a_customer(client: Client, shop: Customer) -> None:
    assert shop.sms(CUSTOMER, "Where is my parcel?", sid="SM" + "a" * 32) == 200
    assert shop.sms(CUSTOMER, "Where is my parcel?", sid="SM" + "a" * 32) == 200
    (conversation,) = client.conversations.v2.conversations.list(channel_id="SM" + "a" * 32)
    (message,) = client.conversations.v2.communications(conversation.id).list()
    assert (message.channel_id, message.content["text"]) == ("SM" + "a" * 32, "Where is my parcel?")
    customers = [one for one in conversation.participants if one["type"] == "CUSTOMER"]
    assert [one["addresses"][0]["address"] for one in customers] == [CUSTOMER]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("no name", 400, 400),
        ("unknown grouping", 400, 400),
        ("taken name", 409, 20409),
        ("no such configuration", 404, 20404),
        ("no such conversation", 404, 20404),
        ("an id of another shape", 400, 400),
        ("conversation without configuration", 400, 400),
        ("the same group again", 409, 400),
        ("no such communication", 404, 20404),
        ("no recipients", 400, 400),
        ("unknown channel", 400, 400),
        ("too many metadata", 400, 400),
        ("a page of 1001", 400, 400),
    ],
)
def test_errors_arrive_as_the_sdk_expects_them(
    client: Client, shop: Customer, name: str, status: int, code: int
) -> None:
    conversations = client.conversations.v2
    taken = open_conversation(client, shop).id
    calls = {
        "no name": lambda: configure(client, displayName=None),
        "unknown grouping": lambda: configure(client, conversationGroupingType="GROUP_BY_MOOD"),
        "taken name": lambda: configure(client, displayName="support", memoryStoreId=shop.store_id),
        "no such configuration": lambda: conversations.configurations("conv_configuration_" + "0" * 26).fetch(),
        "no such conversation": lambda: conversations.conversations("conv_conversation_" + "0" * 26).fetch(),
        "an id of another shape": lambda: conversations.conversations("CH1").fetch(),
        "conversation without configuration": lambda: open_conversation(client, shop, configurationId=None),
        "the same group again": lambda: open_conversation(client, shop),
        "no such communication": lambda: conversations.communications(taken, "conv_communication_" + "0" * 26).fetch(),
        "no recipients": lambda: say(client, taken, "Hello", recipients=[]),
        "unknown channel": lambda: say(client, taken, "Hello", author={"channel": "FAX", "address": "1"}),
        "too many metadata": lambda: patch(client, taken, metadata={f"key{n}": "x" for n in range(9)}),
        "a page of 1001": lambda: conversations.conversations.list(page_size=1001),
    }
    assert refusal(calls[name]) == (status, code)
