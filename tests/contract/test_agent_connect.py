"""Twilio Agent Connect against our server: its constructor, and every call of its two clients that we answer."""

import os
from typing import Any

import pytest
from tests.processes import Customer, Running, key_for

os.environ["TAC_ANALYTICS_DISABLED"] = "true"  # before the import: its telemetry would leave the machine

from tac import TAC, TACConfig
from tac.context.base import BaseAPIClient
from tac.context.conversation import ConversationClient
from tac.context.memory import MemoryClient
from tac.models.conversation import (
    CommunicationContent,
    CommunicationParticipant,
    CommunicationRequest,
    ParticipantAddress,
    ParticipantRequest,
)

CUSTOMER, SHOP = "+13175550100", "+15550001111"


@pytest.fixture
def shop(customer: Customer) -> Customer:
    return customer.settle(inactive=10)


@pytest.fixture
def tac(shop: Customer, live: Running, monkeypatch: pytest.MonkeyPatch) -> TAC:
    """With an API key, as it wants one. It has no option for the address of the server."""
    monkeypatch.setattr(BaseAPIClient, "_build_base_url", staticmethod(lambda product, region: shop.url))
    key_sid, secret = key_for(live, shop)
    return TAC(
        TACConfig(
            conversation_configuration_id=shop.configuration_id,
            account_sid=shop.account_sid,
            auth_token=shop.auth_token,
            api_key=key_sid,
            api_secret=secret,
            phone_number=SHOP,
        )
    )


def party(**fields: Any) -> CommunicationParticipant:
    return CommunicationParticipant.model_validate({"channel": "SMS", **fields})


async def test_agent_connect_finds_the_customer_who_wrote_and_what_is_known(tac: TAC, shop: Customer) -> None:
    """The sequence that it runs on an inbound message."""
    conversations, memory = tac.conversation_orchestrator_client, tac.conversation_memory_client
    assert isinstance(conversations, ConversationClient)
    assert isinstance(memory, MemoryClient)
    assert memory.store_id == shop.store_id
    assert shop.sms(CUSTOMER, "Where is my parcel?", sid="SM" + "c" * 32) == 200

    (conversation,) = await conversations.list_conversations(status=["ACTIVE"], channel_id="SM" + "c" * 32)
    assert (conversation.account_id, conversation.configuration_id) == (shop.account_sid, shop.configuration_id)
    people = await conversations.list_participants(conversation.id)
    (person,) = [one for one in people if one.type == "CUSTOMER"]
    assert (person.name, person.addresses[0].address) == (CUSTOMER, CUSTOMER)
    found = await memory.lookup_profile("phone", CUSTOMER)
    assert (found.normalized_value, found.profiles) == (CUSTOMER, [person.profile_id])
    assert (await memory.lookup_profile("phone", "whatsapp:" + CUSTOMER)).profiles == [person.profile_id]
    recalled = await memory.retrieve_memory(person.profile_id, conversation_id=conversation.id, communications_limit=10)
    assert [one.content.text for one in recalled.communications] == ["Where is my parcel?"]
    assert recalled.communications[0].author.name == CUSTOMER

    agent = await conversations.add_participant(
        conversation.id, [ParticipantAddress(channel="CHAT", address="bot")], "AI_AGENT"
    )
    said = await conversations.create_communication(
        conversation.id,
        CommunicationRequest(
            author=party(address="bot", channel="CHAT", participantId=agent.id),
            content=CommunicationContent(type="TEXT", text="It comes tomorrow."),
            recipients=[party(address=CUSTOMER, participantId=person.id)],
        ),
    )
    assert said.author.participant_id == agent.id
    listed = await conversations.list_communications(conversation.id)
    assert sorted(one.content.text for one in listed) == ["It comes tomorrow.", "Where is my parcel?"]
    assert await conversations.list_communications(conversation.id, channel_id="SM" + "d" * 32) == []
    assert (await conversations.update_conversation(conversation.id, "CLOSED")).status == "CLOSED"
    assert await conversations.list_conversations(status=["ACTIVE"]) == []


async def test_agent_connect_makes_profiles_and_reads_them(tac: TAC) -> None:
    memory = tac.conversation_memory_client
    profile = await memory.create_profile({"Contact": {"email": "ada@example.com", "firstName": "Ada"}})
    assert (await memory.get_profile(profile, trait_groups=["Contact"])).traits["Contact"]["firstName"] == "Ada"
    assert (await memory.lookup_profile("email", "nobody@example.com")).profiles == []


async def test_agent_connect_recalls_observations_with_and_without_a_query(tac: TAC, shop: Customer) -> None:
    memory = tac.conversation_memory_client
    profile = await memory.create_profile({"Contact": {"phone": CUSTOMER}})
    await memory.create_observation(profile, "Wears shoe size 43")
    newest = await memory.retrieve_memory(profile)
    ranked = await memory.retrieve_memory(profile, query="shoe size", relevance_threshold=0.01)
    assert [one.content for one in newest.observations] == [one.content for one in ranked.observations]
    assert newest.observations[0].content == "Wears shoe size 43"
    assert ranked.meta.query_time >= 0


async def test_agent_connect_uses_the_open_conversation_of_the_same_people_again(tac: TAC) -> None:
    conversations = tac.conversation_orchestrator_client
    people = [
        ParticipantRequest(type="CUSTOMER", addresses=[ParticipantAddress(channel="SMS", address=CUSTOMER)]),
        ParticipantRequest(type="AI_AGENT", addresses=[ParticipantAddress(channel="SMS", address=SHOP)]),
    ]
    first, reused = await conversations.create_or_reuse_conversation(people)
    assert not reused
    assert await conversations.create_or_reuse_conversation(people) == (first, True)
