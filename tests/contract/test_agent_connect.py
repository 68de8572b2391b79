"""Twilio Agent Connect against our server: its constructor, and every call of its two clients that we answer."""

import os
from typing import Any

import pytest
from httpx import HTTPStatusError
from tests.contract.sdk import CONVERSATION, OCCURRED_AT
from tests.processes import Customer, Running, folder, join, key_for, nothing_left, serve

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
    return agent_connect(live, shop, monkeypatch)


def agent_connect(server: Running, shop: Customer, monkeypatch: pytest.MonkeyPatch) -> TAC:
    """With an API key, as it wants one. It has no option for the address of the server."""
    monkeypatch.setattr(BaseAPIClient, "_build_base_url", staticmethod(lambda product, region: shop.url))
    key_sid, secret = key_for(server, shop)
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


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}",
    "POST /v1/Stores/{storeId}/Profiles/Lookup",
)
async def test_agent_connect_makes_profiles_and_reads_them(tac: TAC) -> None:
    memory = tac.conversation_memory_client
    traits = {"email": "ada@example.com", "firstName": "Ada"}
    profile = await memory.create_profile({"Contact": traits})
    assert await memory.create_profile({"Contact": {"email": "ADA@example.com", "phone": CUSTOMER}}) == profile
    fetched = await memory.get_profile(profile, trait_groups=["Contact"])
    assert (fetched.id, fetched.traits["Contact"]["firstName"]) == (profile, "Ada")
    assert fetched.created_at
    assert (await memory.get_profile(profile, trait_groups=["Loyalty"])).traits == {}
    assert (await memory.get_profile(profile)).traits["Contact"]["phone"] == CUSTOMER
    assert (await memory.lookup_profile("email", "nobody@example.com")).profiles == []
    with pytest.raises(HTTPStatusError, match="400 Bad Request"):
        await memory.create_profile({"Contact": {"firstName": "Ada"}})
    with pytest.raises(HTTPStatusError, match="404 Not Found"):
        await memory.get_profile("mem_profile_" + "0" * 26)


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Recall",
)
async def test_agent_connect_remembers_and_recalls_with_and_without_a_query(tac: TAC) -> None:
    memory = tac.conversation_memory_client
    profile = await memory.create_profile({"Contact": {"phone": CUSTOMER}})
    told = await memory.create_observation(profile, "Wears shoe size 43", conversation_ids=[CONVERSATION])
    assert told == {"message": "Observations creation accepted"}
    summary = {"content": "They asked for shoes", "conversationId": CONVERSATION, "occurredAt": OCCURRED_AT}
    summed = await memory.create_conversation_summaries(profile, [summary])
    assert summed == {"message": "Summaries creation accepted"}

    newest = await memory.retrieve_memory(profile)
    ranked = await memory.retrieve_memory(profile, query="shoe size", relevance_threshold=0.01)
    for recalled in (newest, ranked):
        (observation,), (recap,) = recalled.observations, recalled.summaries
        assert (observation.content, observation.source) == ("Wears shoe size 43", "conversation-intelligence")
        assert observation.conversation_ids == [CONVERSATION]
        assert (recap.content, recap.conversation_id) == ("They asked for shoes", CONVERSATION)
    assert ranked.meta.query_time >= 0
    fewer = await memory.retrieve_memory(profile, observations_limit=0, summaries_limit=1)
    assert (len(fewer.observations), len(fewer.summaries)) == (0, 1)


@pytest.mark.endpoint(
    "GET /v1/Stores/{storeId}/Profiles/{profileId}",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Recall",
)
async def test_agent_connect_follows_a_merged_profile_to_the_one_that_stays(tac: TAC, shop: Customer) -> None:
    memory = tac.conversation_memory_client
    kept, lost = await two_that_are_one(memory, shop)
    assert (await memory.get_profile(lost)).id == kept
    assert (await memory.lookup_profile("email", "ada@example.com")).profiles == [kept]
    assert await memory.create_observation(lost, "Wears shoe size 43") == {"message": "Observations creation accepted"}
    summary = {"content": "They asked for shoes", "conversationId": CONVERSATION, "occurredAt": OCCURRED_AT}
    await memory.create_conversation_summaries(lost, [summary])
    for profile in (lost, kept):
        recalled = await memory.retrieve_memory(profile, query="shoes")
        assert [one.content for one in recalled.observations] == ["Wears shoe size 43"]
        assert [one.content for one in recalled.summaries] == ["They asked for shoes"]


async def test_agent_connect_follows_reads_too_where_the_server_sends_them_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with folder() as data_dir, nothing_left(data_dir), serve(data_dir, merged_profile_gets="redirect") as server:
        shop = join(server).settle()
        memory = agent_connect(server, shop, monkeypatch).conversation_memory_client
        kept, lost = await two_that_are_one(memory, shop)
        assert shop.request("GET", f"/v1/Stores/{shop.store_id}/Profiles/{lost}").status_code == 301
        found = await memory.get_profile(lost, trait_groups=["Contact"])
        assert (found.id, found.traits["Contact"]["email"]) == (kept, "ada@example.com")


async def two_that_are_one(memory: MemoryClient, shop: Customer) -> tuple[str, str]:
    """The profile that stays, and the one that became part of it."""
    kept = await memory.create_profile({"Contact": {"phone": CUSTOMER}})
    lost = await memory.create_profile({"Contact": {"email": "ada@example.com"}})
    assert await memory.create_profile({"Contact": {"phone": CUSTOMER, "email": "ada@example.com"}}) == kept
    moved = shop.request("POST", f"/v1/Stores/{shop.store_id}/Profiles/{lost}/Recall", {})
    assert (moved.status_code, moved.headers["Canonical-Profile-Id"]) == (308, kept)
    return kept, lost


async def test_agent_connect_uses_the_open_conversation_of_the_same_people_again(tac: TAC) -> None:
    conversations = tac.conversation_orchestrator_client
    people = [
        ParticipantRequest(type="CUSTOMER", addresses=[ParticipantAddress(channel="SMS", address=CUSTOMER)]),
        ParticipantRequest(type="AI_AGENT", addresses=[ParticipantAddress(channel="SMS", address=SHOP)]),
    ]
    first, reused = await conversations.create_or_reuse_conversation(people)
    assert not reused
    assert await conversations.create_or_reuse_conversation(people) == (first, True)
