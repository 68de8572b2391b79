"""Stores, their operations and their identity resolution settings through the official Python SDK."""

import re
from datetime import datetime

import pytest
from tests.contract.refusals import refusal
from tests.contract.sdk import ended, lookup, new_profile, new_store, settings
from tests.processes import Customer, Running, key_for
from twilio.rest import Client
from twilio.rest.memory.v1.store import StoreList


@pytest.mark.endpoint(
    "POST /v1/ControlPlane/Stores",
    "GET /v1/ControlPlane/Stores/{storeId}",
    "GET /v1/ControlPlane/Operations/{operationId}",
)
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


@pytest.mark.endpoint("GET /v1/ControlPlane/Stores")
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


@pytest.mark.endpoint("PATCH /v1/ControlPlane/Stores/{storeId}")
def test_a_store_is_renamed_by_whoever_saw_it_last(client: Client) -> None:
    store = client.memory.v1.stores(new_store(client))
    seen = store.fetch_with_http_info().headers["etag"]
    renamed = store.patch_with_http_info(StoreList.PatchStoreRequest({"displayName": "outlet"}), if_match=seen)
    assert (renamed.status_code, renamed.headers["location"]) == (202, renamed.data.status_url)
    assert ended(client, renamed.data.status_url).result["id"] == store.fetch().id
    assert (store.fetch().display_name, store.fetch().version) == ("outlet", 2)

    late = StoreList.PatchStoreRequest({"displayName": "too-late"})
    assert refusal(lambda: store.patch(late, if_match=seen)) == (412, 520043)
    assert store.fetch().display_name == "outlet"
    new_store(client, "shop")
    assert refusal(lambda: store.patch(StoreList.PatchStoreRequest({"displayName": "shop"}))) == (409, 520045)
    store.patch(StoreList.PatchStoreRequest({"description": "Last pairs"}), if_match="*")
    assert (store.fetch().display_name, store.fetch().description) == ("outlet", "Last pairs")


@pytest.mark.endpoint("DELETE /v1/ControlPlane/Stores/{storeId}")
def test_a_deleted_store_is_gone_at_once_and_its_operation_ends(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    deleted = client.memory.v1.stores(store).delete_with_http_info()
    assert deleted.status_code == 202
    assert deleted.data["message"] == "Memory Store deletion request accepted for processing."
    assert refusal(client.memory.v1.stores(store).fetch) == (404, 520041)
    assert refusal(client.memory.v1.profiles(store, profile).fetch) == (404, 520041)
    assert refusal(client.memory.v1.stores(store).delete) == (404, 520041)
    assert client.memory.v1.stores.list() == []
    assert new_store(client, "shop") != store
    assert ended(client, deleted.data["statusUrl"]).result["id"] == store


@pytest.mark.endpoint(
    "GET /v1/ControlPlane/Stores/{storeId}/IdentityResolutionSettings",
    "PUT /v1/ControlPlane/Stores/{storeId}/IdentityResolutionSettings",
)
def test_identity_settings_are_fetched_and_replaced(client: Client) -> None:
    store = new_store(client)
    identity = client.memory.v1.identity_resolution_settings(store)
    fetched = identity.fetch_with_http_info()
    assert fetched.data.matching_rules == ["email", "whatsapp", "phone", "chat", "pushUserID"]
    assert fetched.data.version == 1
    (email,) = [config for config in fetched.data.identifier_configs if config["idType"] == "email"]
    assert email == {
        "idType": "email",
        "matchingAlgo": "exact",
        "matchingThreshold": 75,
        "limit": 100,
        "limitPolicy": "fifo",
        "enforceUnique": True,
        "normalization": "email",
    }

    loyalty = settings("phone", "loyaltyId", limitPolicy="LIFO", normalization="trim", limit=1)
    updated = identity.update_with_http_info(loyalty, if_match=fetched.headers["etag"])
    assert updated.status_code == 202
    assert updated.data.message == "Identity Resolution Settings accepted for processing."
    assert ended(client, updated.data.status_url).result["id"] == store
    now = identity.fetch()
    assert (now.matching_rules, now.version) == (["phone", "loyaltyId"], 2)
    assert [(one["idType"], one["limitPolicy"], one["limit"]) for one in now.identifier_configs] == [
        ("phone", "lifo", 1),
        ("loyaltyId", "lifo", 1),
    ]
    assert lookup(client, store, "loyaltyId", "A1") == []
    assert refusal(lambda: lookup(client, store, "email", "ada@example.com")) == (400, 400)

    assert refusal(lambda: identity.update(loyalty, if_match=fetched.headers["etag"])) == (412, 520043)
    assert refusal(lambda: identity.update(settings("phone", "phone"))) == (400, 400)
    assert refusal(lambda: identity.update(settings())) == (400, 400)


@pytest.mark.endpoint("GET /v1/ControlPlane/Stores")
def test_a_key_of_the_account_does_what_the_account_may(client: Client, customer: Customer, live: Running) -> None:
    store = new_store(client)
    assert customer.sdk(*key_for(live, customer)).memory.v1.stores.list() == [store]
