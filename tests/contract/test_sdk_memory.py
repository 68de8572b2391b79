"""The Memory API through the official Python SDK."""

import re
from datetime import UTC, datetime

import pytest
from tests.contract.refusals import refusal
from tests.processes import Customer, Running, key_for, until
from twilio.rest import Client
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.observation import ObservationList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallList
from twilio.rest.memory.v1.store import StoreList

NO_PROFILE = "mem_profile_" + "0" * 26
NO_STORE = "mem_store_" + "0" * 26


def new_store(client: Client, name: str = "shop") -> str:
    return client.memory.v1.stores.create(StoreList.ServiceRequest({"displayName": name})).id


def new_profile(client: Client, store: str, phone: str = "+13175550100", **traits: str) -> str:
    body = ProfileList.ProfileData({"traits": {"Contact": {"phone": phone, **traits}}})
    return client.memory.v1.profiles(store).create(body).id


def observe(client: Client, store: str, profile: str, *contents: str, **more) -> None:
    body = {
        "observations": [
            {"content": content, "source": "crm/import", "occurredAt": "2026-11-20T10:00:00Z", **more}
            for content in contents
        ]
    }
    client.memory.v1.observations(store, profile).create(ObservationList.CreateObservationsRequest(body))


def ask(client: Client, store: str, profile: str, **question):
    return client.memory.v1.recall(store, profile).create(RecallList.MemoryRetrievalRequest(question))


def test_a_store_is_created_by_an_operation_that_is_complete_and_fetched(client: Client, customer: Customer) -> None:
    request = StoreList.ServiceRequest({"displayName": "shop_1", "description": "Everything about shoes"})
    created = client.memory.v1.stores.create_with_http_info(request)
    assert created.status_code == 202
    assert created.data.message == "Memory Store creation accepted for processing."
    assert created.data.status_url.startswith(customer.url + "/v1/ControlPlane/Operations/")
    operation_id = created.headers["operation-id"]
    assert created.headers["location"] == created.data.status_url
    assert created.headers["retry-after"].isdigit()

    operation = client.memory.v1.operations(operation_id).fetch()
    assert (operation.operation_id, operation.status) == (operation_id, "COMPLETED")
    assert operation.status_url == created.data.status_url
    assert operation.result == {"type": "RESOURCE_ID", "id": created.data.id}
    assert isinstance(operation.created_at, datetime)
    assert isinstance(operation.completed_at, datetime)

    fetched = client.memory.v1.stores(created.data.id).fetch_with_http_info()
    store = fetched.data
    assert (store.id, store.display_name, store.description) == (created.data.id, "shop_1", "Everything about shoes")
    assert (store.status, store.version, store.intelligence_service_id) == ("ACTIVE", 1, None)
    assert isinstance(store.data_as_of, datetime)
    assert fetched.headers["etag"]


def test_stores_are_listed_by_id_over_several_pages(client: Client) -> None:
    made = [new_store(client, f"shop-{number}") for number in range(7)]
    assert all(re.fullmatch(r"mem_store_[0-7][0-9a-z]{25}", one) for one in made)
    stores = client.memory.v1.stores
    assert list(stores.stream(page_size=3)) == made[::-1]
    assert stores.list(page_size=3, order_by="ASC") == made
    assert stores.list(limit=4) == made[:2:-1]
    page = stores.page(page_size=3)
    assert (page.key, page.page_size, page.previous_token) == ("stores", 3, None)
    assert list(page.next_page().next_page()) == made[:1]
    assert page.next_page().next_page().next_token is None


def test_a_profile_is_found_again_by_its_identifiers(client: Client) -> None:
    store = new_store(client)
    first = new_profile(client, store, "+1 (317) 555-0100", firstName="Ada", email="ADA@Example.com")
    again = new_profile(client, store, "3175550100", city="London")
    other = new_profile(client, store, "+13175550199")
    assert again == first != other

    profile = client.memory.v1.profiles(store, first).fetch()
    assert (profile.id, profile.traits["Contact"]["firstName"], profile.traits["Contact"]["city"]) == (
        first,
        "Ada",
        "London",
    )
    assert isinstance(profile.created_at, datetime)
    assert client.memory.v1.profiles(store, first).fetch(trait_groups="contact,Loyalty").traits == profile.traits
    assert client.memory.v1.profiles(store, first).fetch(trait_groups="Loyalty").traits == {}

    by_email = client.memory.v1.lookup(store).create(
        LookupList.Identifier({"idType": "email", "value": "ada@example.COM"})
    )
    assert (by_email.normalized_value, by_email.profiles) == ("ada@example.com", [first])
    nobody = client.memory.v1.lookup(store).create(LookupList.Identifier({"idType": "phone", "value": "+13175550777"}))
    assert nobody.profiles == []


def test_profiles_are_listed_by_id_over_several_pages(client: Client) -> None:
    store = new_store(client)
    made = [new_profile(client, store, f"+131755501{number:02}") for number in range(10)]
    profiles = client.memory.v1.profiles(store)
    assert list(profiles.stream(page_size=3)) == made[::-1]
    assert profiles.list(page_size=4, order_by="ASC") == made
    assert profiles.list(limit=5, page_size=2) == made[:4:-1]


def test_observations_are_written_listed_filtered_and_fetched(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    conversation = "conv_conversation_" + "0" * 26
    observe(client, store, profile, *(f"Owns {number} dogs" for number in range(1, 8)))
    observe(client, store, profile, "Is allergic to nuts", conversationIds=[conversation])
    observations = client.memory.v1.observations(store, profile)

    listed = list(observations.stream(page_size=3))
    assert [one.content for one in listed] == ["Is allergic to nuts", *(f"Owns {n} dogs" for n in range(7, 0, -1))]
    assert all(isinstance(one.created_at, datetime) and isinstance(one.updated_at, datetime) for one in listed)
    assert listed[0].occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert [one.content for one in observations.list(conversation_id=conversation)] == ["Is allergic to nuts"]
    assert len(observations.list(source="crm/import")) == 8
    assert observations.list(source="elsewhere") == []
    assert len(observations.list(created_after=datetime(2026, 1, 1, tzinfo=UTC))) == 8
    assert observations.list(created_before=datetime(2026, 1, 1, tzinfo=UTC)) == []

    one = client.memory.v1.observations(store, profile, listed[0].id).fetch()
    assert (one.content, one.source, one.conversation_ids) == ("Is allergic to nuts", "crm/import", [conversation])


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


def test_a_conversation_becomes_observations_and_a_summary(client: Client, customer: Customer) -> None:
    customer.settle()
    assert customer.sms("+13175550100", "Hi, my name is Ada. I live in Berlin.") == 200
    (conversation,) = client.conversations.v2.conversations.list(status=["ACTIVE"])
    customer.request("PATCH", f"/v2/Conversations/{conversation.id}", {"status": "CLOSED"}).raise_for_status()
    profile = client.memory.v1.profiles(customer.store_id).list()[0]
    summaries = client.memory.v1.conversation_summaries(customer.store_id, profile)

    (summary,) = until(lambda: list(summaries.stream(page_size=1)))
    assert (summary.conversation_id, summary.source) == (conversation.id, "conversations")
    assert isinstance(summary.occurred_at, datetime)
    assert isinstance(summary.created_at, datetime)
    assert [one.id for one in summaries.list(conversation_id=conversation.id)] == [summary.id]
    assert summaries.list(conversation_id="conv_conversation_" + "0" * 26) == []
    observations = client.memory.v1.observations(customer.store_id, profile).list()
    assert any("Berlin" in one.content for one in observations)
    assert all(one.conversation_ids == [conversation.id] for one in observations)
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
        ("no such profile", 404, 20404),
        ("no promoted trait", 400, 400),
        ("unknown trait group", 400, 520047),
        ("no such observation", 404, 20404),
        ("eleven observations", 400, 400),
        ("no such operation", 404, 20404),
        ("unknown id type", 400, 400),
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
    calls = {
        "nothing": lambda: memory.stores.create(StoreList.ServiceRequest({})),
        "bad name": lambda: new_store(client, "no spaces here"),
        "taken name": lambda: new_store(client, "taken"),
        "bad store id": lambda: memory.stores("mem_store_1").fetch(),
        "no such store": lambda: memory.stores(NO_STORE).fetch(),
        "no such profile": lambda: memory.profiles(store, NO_PROFILE).fetch(),
        "no promoted trait": lambda: memory.profiles(store).create(
            ProfileList.ProfileData({"traits": {"Contact": {"city": "Rome"}}})
        ),
        "unknown trait group": lambda: memory.profiles(store).create(
            ProfileList.ProfileData({"traits": {"Contact": {"phone": "+13175550100"}, "Loyalty": {"tier": "gold"}}})
        ),
        "no such observation": lambda: memory.observations(store, profile, "mem_observation_" + "0" * 26).fetch(),
        "eleven observations": lambda: observe(client, store, profile, *["x"] * 11),
        "no such operation": lambda: memory.operations("mem_operation_" + "0" * 26).fetch(),
        "unknown id type": lambda: memory.lookup(store).create(LookupList.Identifier({"idType": "shoe", "value": "4"})),
        "broken page token": lambda: memory.stores.list(page_token="nonsense"),
        "wrong token": lambda: customer.sdk(customer.account_sid, "wrong").memory.v1.stores(store).fetch(),
        "wrong token in a list": customer.sdk(customer.account_sid, "wrong").memory.v1.stores.list,
        "a page of 1001": lambda: memory.stores.list(page_size=1001),
    }
    assert refusal(calls[name]) == (status, code)


def test_a_key_of_the_account_does_what_the_account_may(client: Client, customer: Customer, live: Running) -> None:
    store = new_store(client)
    assert customer.sdk(*key_for(live, customer)).memory.v1.stores.list() == [store]
