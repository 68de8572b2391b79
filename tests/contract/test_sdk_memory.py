"""Observations, their revisions, conversation summaries and recall through the official Python SDK."""

from datetime import UTC, datetime

import pytest
from tests.contract.refusals import refusal
from tests.contract.sdk import (
    CONVERSATION,
    NO_PROFILE,
    NO_STORE,
    ask,
    new_profile,
    new_store,
    observations,
    observe,
    summaries,
    summarise,
)
from tests.processes import Customer, until
from twilio.rest import Client
from twilio.rest.memory.v1.conversation_summary import ConversationSummaryList
from twilio.rest.memory.v1.observation import ObservationList
from twilio.rest.memory.v1.store import StoreList

OTHER_CONVERSATION = "conv_conversation_" + "1" * 26


def patch_of(**fields) -> ObservationList.ObservationBase:
    return ObservationList.ObservationBase(fields)


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Observations/{observationId}",
)
def test_observations_are_written_listed_filtered_and_fetched(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    made = client.memory.v1.observations(store, profile)
    created = made.create_with_http_info(observations(*(f"Owns {number} dogs" for number in range(1, 8))))
    assert (created.status_code, created.data.message) == (202, "Observations creation accepted")
    observe(client, store, profile, "Is allergic to nuts", conversationIds=[CONVERSATION])

    listed = list(made.stream(page_size=3))
    assert [one.content for one in listed] == ["Is allergic to nuts", *(f"Owns {n} dogs" for n in range(7, 0, -1))]
    assert all(isinstance(one.created_at, datetime) and isinstance(one.updated_at, datetime) for one in listed)
    assert listed[0].occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert [one.content for one in made.list(conversation_id=CONVERSATION)] == ["Is allergic to nuts"]
    assert len(made.list(source="crm/import")) == 8
    assert made.list(source="elsewhere") == []
    assert len(made.list(created_after=datetime(2026, 1, 1, tzinfo=UTC))) == 8
    assert made.list(created_before=datetime(2026, 1, 1, tzinfo=UTC)) == []

    one = client.memory.v1.observations(store, profile, listed[0].id).fetch()
    assert (one.content, one.source, one.conversation_ids) == ("Is allergic to nuts", "crm/import", [CONVERSATION])


@pytest.mark.endpoint(
    "PATCH /v1/Stores/{storeId}/Profiles/{profileId}/Observations/{observationId}",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Observations/{observationId}/Revisions",
)
def test_a_changed_observation_keeps_what_it_said_before(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    observe(client, store, profile, "Owns 0 dogs")
    (first,) = client.memory.v1.observations(store, profile).list()
    observation = client.memory.v1.observations(store, profile).get(first.id)
    patched = observation.patch_with_http_info(patch_of(content="Owns 1 dogs", source="desk"))
    assert (patched.status_code, patched.data.message) == (202, "Observation update accepted")
    for number in range(2, 7):
        observation.patch(patch_of(content=f"Owns {number} dogs"))
    observation.patch(patch_of(content="Owns 6 dogs"))

    now = observation.fetch()
    assert (now.content, now.source, now.occurred_at) == ("Owns 6 dogs", "desk", first.occurred_at)
    assert (now.created_at, now.updated_at >= first.updated_at) == (first.created_at, True)
    revisions = client.memory.v1.revisions(store, profile, first.id)
    listed = list(revisions.stream(page_size=3))
    assert [one.content for one in listed] == [f"Owns {number} dogs" for number in range(6, -1, -1)]
    assert {one.id for one in listed} == {first.id}
    assert [one.source for one in listed] == [*["desk"] * 6, "crm/import"]
    assert [one.content for one in revisions.list(page_size=2, limit=5)] == [one.content for one in listed[:5]]
    assert refusal(lambda: observation.patch(patch_of(content=""))) == (400, 400)


@pytest.mark.endpoint("DELETE /v1/Stores/{storeId}/Profiles/{profileId}/Observations/{observationId}")
def test_a_deleted_observation_is_not_recalled(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    observe(client, store, profile, "Wears shoe size 43", "Has two cats")
    (found,) = ask(client, store, profile, query="shoe size", observationsLimit=1).observations
    assert found["content"] == "Wears shoe size 43"
    observation = client.memory.v1.observations(store, profile).get(found["id"])
    deleted = observation.delete_with_http_info()
    assert (deleted.status_code, deleted.data) == (202, {"message": "Observation deletion accepted"})
    assert [one["content"] for one in ask(client, store, profile, query="shoe size").observations] == ["Has two cats"]
    assert refusal(observation.fetch) == (404, 20404)
    assert refusal(observation.delete) == (404, 20404)
    assert refusal(client.memory.v1.revisions(store, profile, found["id"]).list) == (404, 20404)


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries/{summaryId}",
)
def test_summaries_are_written_listed_filtered_and_fetched(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    made = client.memory.v1.conversation_summaries(store, profile)
    created = made.create_with_http_info(summaries(*(f"They called {number} times" for number in range(1, 7))))
    assert (created.status_code, created.data.message) == (202, "Summaries creation accepted")
    summarise(client, store, profile, "They asked for a refund", conversationId=OTHER_CONVERSATION, source="desk/phone")

    listed = list(made.stream(page_size=3))
    texts = ["They asked for a refund", *(f"They called {number} times" for number in range(6, 0, -1))]
    assert [one.content for one in listed] == texts
    assert all(isinstance(one.created_at, datetime) and isinstance(one.updated_at, datetime) for one in listed)
    assert [one.content for one in made.list(conversation_id=OTHER_CONVERSATION)] == texts[:1]
    assert len(made.list(conversation_id=CONVERSATION, page_size=2)) == 6
    one = made.get(listed[0].id).fetch()
    assert (one.content, one.source, one.conversation_id) == (texts[0], "desk/phone", OTHER_CONVERSATION)
    assert one.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.endpoint(
    "PATCH /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries/{summaryId}",
    "DELETE /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries/{summaryId}",
)
def test_a_summary_is_changed_and_deleted(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    summarise(client, store, profile, "They asked for a refund")
    (first,) = client.memory.v1.conversation_summaries(store, profile).list()
    summary = client.memory.v1.conversation_summaries(store, profile).get(first.id)
    change = ConversationSummaryList.SummaryCorePatch({"content": "They were refunded", "source": "desk"})
    patched = summary.patch_with_http_info(change)
    assert (patched.status_code, patched.data.message) == (202, "Conversation summary update accepted")
    now = summary.fetch()
    assert (now.content, now.source, now.conversation_id) == ("They were refunded", "desk", CONVERSATION)
    assert (now.occurred_at, now.created_at) == (first.occurred_at, first.created_at)
    assert [one["content"] for one in ask(client, store, profile, query="refund").summaries] == ["They were refunded"]

    deleted = summary.delete_with_http_info()
    assert (deleted.status_code, deleted.data) == (202, {"message": "Conversation summary deletion accepted"})
    assert refusal(summary.fetch) == (404, 20404)
    assert refusal(summary.delete) == (404, 20404)
    assert refusal(lambda: summary.patch(change)) == (404, 20404)
    assert ask(client, store, profile, query="refund").summaries == []


@pytest.mark.endpoint("POST /v1/Stores/{storeId}/Profiles/{profileId}/Recall")
def test_recall_ranks_by_the_query_and_without_one_by_time(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    observe(client, store, profile, "Wears shoe size 43", "Prefers deliveries in the evening", "Has two cats")
    asked = ask(client, store, profile, query="Which shoe size do they wear?", observationsLimit=2)
    assert asked.observations[0]["content"] == "Wears shoe size 43"
    assert len(asked.observations) <= 2
    assert 0 <= asked.observations[0]["score"] <= 1
    assert isinstance(asked.meta["queryTime"], int)

    newest = ask(client, store, profile)
    assert newest.observations[0]["content"] == "Has two cats"
    assert all("score" not in one for one in newest.observations)
    assert ask(client, store, profile, observationsLimit=0).observations == []
    assert ask(client, store, profile, beginDate="2026-11-21T00:00:00Z").observations == []
    assert len(ask(client, store, profile, endDate="2026-11-20T10:00:00.000Z").observations) == 3


@pytest.mark.endpoint(
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Recall",
)
def test_a_conversation_becomes_observations_and_a_summary(client: Client, customer: Customer) -> None:
    customer.settle()
    assert customer.sms("+13175550100", "Hi, my name is Ada. I live in Berlin.") == 200
    (conversation,) = client.conversations.v2.conversations.list(status=["ACTIVE"])
    customer.request("PATCH", f"/v2/Conversations/{conversation.id}", {"status": "CLOSED"}).raise_for_status()
    profile = client.memory.v1.profiles(customer.store_id).list()[0]
    recaps = client.memory.v1.conversation_summaries(customer.store_id, profile)

    (summary,) = until(lambda: list(recaps.stream(page_size=1)))
    assert (summary.conversation_id, summary.source) == (conversation.id, "conversations")
    assert isinstance(summary.occurred_at, datetime)
    assert isinstance(summary.created_at, datetime)
    assert [one.id for one in recaps.list(conversation_id=conversation.id)] == [summary.id]
    assert recaps.list(conversation_id=CONVERSATION) == []
    found = client.memory.v1.observations(customer.store_id, profile).list()
    assert any("Berlin" in one.content for one in found)
    assert all(one.conversation_ids == [conversation.id] for one in found)
    recalled = ask(client, customer.store_id, profile, conversationId=conversation.id, communicationsLimit=5)
    assert recalled.communications[0]["content"]["text"].startswith("Hi, my name is Ada")
    assert recalled.summaries[0]["id"] == summary.id


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("nothing", 400, 400),
        ("bad name", 400, 400),
        ("taken name", 409, 520045),
        ("bad store id", 400, 520049),
        ("no such store", 404, 520041),
        ("no such observation", 404, 20404),
        ("eleven observations", 400, 400),
        ("no observations", 400, 400),
        ("observations of nobody", 404, 20404),
        ("no such summary", 404, 20404),
        ("eleven summaries", 400, 400),
        ("a summary of nothing", 400, 400),
        ("no such operation", 404, 20404),
        ("a recall of 101", 400, 400),
        ("a recall of nobody", 404, 20404),
        ("broken page token", 400, 400),
        ("wrong token", 401, 20003),
        ("wrong token in a list", 401, 20003),
        ("a page of 1001", 400, 400),
    ],
)
def test_errors_arrive_as_the_sdk_expects_them(
    client: Client, customer: Customer, name: str, status: int, code: int
) -> None:
    memory = client.memory.v1
    store = new_store(client, "taken")
    profile = new_profile(client, store)
    nothing = "0" * 26
    calls = {
        "nothing": lambda: memory.stores.create(StoreList.ServiceRequest({})),
        "bad name": lambda: new_store(client, "no spaces here"),
        "taken name": lambda: new_store(client, "taken"),
        "bad store id": memory.stores("mem_store_1").fetch,
        "no such store": memory.stores(NO_STORE).fetch,
        "no such observation": memory.observations(store, profile).get("mem_observation_" + nothing).fetch,
        "eleven observations": lambda: observe(client, store, profile, *["x"] * 11),
        "no observations": lambda: observe(client, store, profile),
        "observations of nobody": lambda: observe(client, store, NO_PROFILE, "x"),
        "no such summary": memory.conversation_summaries(store, profile).get("mem_summary_" + nothing).fetch,
        "eleven summaries": lambda: summarise(client, store, profile, *["x"] * 11),
        "a summary of nothing": lambda: summarise(client, store, profile, "x", conversationId=None),
        "no such operation": memory.operations("mem_operation_" + nothing).fetch,
        "a recall of 101": lambda: ask(client, store, profile, observationsLimit=101),
        "a recall of nobody": lambda: ask(client, store, NO_PROFILE),
        "broken page token": lambda: memory.stores.list(page_token="nonsense"),
        "wrong token": customer.sdk(customer.account_sid, "wrong").memory.v1.stores(store).fetch,
        "wrong token in a list": customer.sdk(customer.account_sid, "wrong").memory.v1.stores.list,
        "a page of 1001": lambda: memory.stores.list(page_size=1001),
    }
    assert refusal(calls[name]) == (status, code)
