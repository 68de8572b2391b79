"""Configurations through the official Python SDK. What it strips of a body, such as nulls, tests/api sends itself."""

from uuid import uuid4

import pytest
from tests.contract.refusals import refusal
from tests.processes import Customer
from twilio.rest import Client
from twilio.rest.conversations.v2.configuration import ConfigurationInstance, ConfigurationList

SHOP = "+15550001111"
TIMED = {"statusTimeouts": {"inactive": 10, "closed": 60}, "captureRules": []}
RULED = {"statusTimeouts": None, "captureRules": [{"from": "*", "to": SHOP, "metadata": {}}]}
BRIDGE = {"serviceId": "IS" + "a" * 32}


@pytest.fixture
def shop(customer: Customer) -> Customer:
    return customer.settle()


def body(shop: Customer, **fields) -> dict:
    return {
        "displayName": "second",
        "description": "Support",
        "conversationGroupingType": "GROUP_BY_PROFILE",
        "memoryStoreId": shop.store_id,
        "channelSettings": {"SMS": TIMED, "CHAT": RULED},
        "statusCallbacks": [{"url": "https://example.com/webhook", "method": "GET"}],
        "intelligenceConfigurationIds": ["intelligence_configuration_1"],
        "memoryExtractionEnabled": True,
        "conversationsV1Bridge": BRIDGE,
        **fields,
    }


def create(client: Client, shop: Customer, *, key: str | None = None, **fields) -> ConfigurationInstance:
    request = ConfigurationList.CreateConfigurationRequest(body(shop, **fields))
    more = {} if key is None else {"idempotency_key": key}
    return client.conversations.v2.configurations.create(create_configuration_request=request, **more)


def fetch(client: Client, configuration: str) -> ConfigurationInstance:
    return client.conversations.v2.configurations(configuration).fetch()


def replace(client: Client, configuration: str, fields: dict, **more) -> ConfigurationInstance:
    request = ConfigurationList.UpdateConfigurationRequest(fields)
    return client.conversations.v2.configurations(configuration).update(update_configuration_request=request, **more)


def patch(client: Client, configuration: str, fields: dict, **more) -> ConfigurationInstance:
    request = ConfigurationList.PatchConfigurationRequest(fields)
    return client.conversations.v2.configurations(configuration).patch(patch_configuration_request=request, **more)


def assert_completed(client: Client, answer: ConfigurationInstance, configuration: str) -> None:
    assert answer.related == {"configurationId": configuration}
    operation = client.conversations.v2.operations(answer.status_url.rpartition("/")[2]).fetch()
    assert (operation.status, operation.related) == ("COMPLETED", {"configurationId": configuration})


@pytest.mark.endpoint(
    "PUT /v2/ControlPlane/Configurations/{configurationId}",
    "GET /v2/ControlPlane/Configurations/{configurationId}",
)
def test_a_configuration_is_replaced(client: Client, shop: Customer) -> None:
    made = create(client, shop).id
    wanted = {"description": "", "channelSettings": {"VOICE": TIMED}, "conversationGroupingType": "GROUP_BY_PROFILE"}
    assert_completed(client, replace(client, made, {**wanted, "memoryStoreId": shop.store_id}), made)
    found = fetch(client, made)
    assert (found.display_name, found.description, found.version) == ("second", "", 2)
    assert found.channel_settings == {"VOICE": {**TIMED, "captureRules": []}}
    assert (found.status_callbacks, found.intelligence_configuration_ids) == ([], [])
    assert (found.memory_extraction_enabled, found.conversations_v1_bridge) == (False, None)


@pytest.mark.endpoint(
    "PUT /v2/ControlPlane/Configurations/{configurationId}",
)
def test_what_was_fetched_is_edited_and_put_back(client: Client, shop: Customer) -> None:
    made = create(client, shop).id
    found = fetch(client, made)
    fields = body(shop, displayName="renamed", channelSettings=found.channel_settings)
    fields["statusCallbacks"] = [*found.status_callbacks, {"url": "https://example.com/another"}]
    replace(client, made, fields)
    found = fetch(client, made)
    assert (found.display_name, found.version) == ("renamed", 2)
    assert found.channel_settings == {"SMS": TIMED, "CHAT": RULED}
    assert [(one["url"], one["method"]) for one in found.status_callbacks] == [
        ("https://example.com/webhook", "GET"),
        ("https://example.com/another", "POST"),
    ]
    assert found.conversations_v1_bridge == BRIDGE


@pytest.mark.endpoint(
    "PATCH /v2/ControlPlane/Configurations/{configurationId}",
)
def test_a_configuration_is_changed_channel_by_channel(client: Client, shop: Customer) -> None:
    made = create(client, shop).id
    assert_completed(client, patch(client, made, {"channelSettings": {"SMS": RULED, "VOICE": TIMED}}), made)
    patch(client, made, {"displayName": "renamed", "memoryExtractionEnabled": False, "statusCallbacks": []})
    found = fetch(client, made)
    assert found.channel_settings == {"SMS": RULED, "CHAT": RULED, "VOICE": TIMED}
    assert (found.display_name, found.description, found.version) == ("renamed", "Support", 3)
    assert (found.memory_extraction_enabled, found.status_callbacks) == (False, [])
    assert found.intelligence_configuration_ids == ["intelligence_configuration_1"]
    assert found.conversations_v1_bridge == BRIDGE


@pytest.mark.endpoint(
    "DELETE /v2/ControlPlane/Configurations/{configurationId}",
    "GET /v2/ControlPlane/Configurations",
)
def test_a_configuration_is_deleted(client: Client, shop: Customer) -> None:
    made = create(client, shop).id
    deleted = client.conversations.v2.configurations(made).delete_with_http_info(idempotency_key=str(uuid4()))
    assert deleted.status_code == 202
    operation = client.conversations.v2.operations(deleted.headers["operation-id"]).fetch()
    assert (operation.status, operation.related) == ("COMPLETED", {"configurationId": made})
    assert [one.id for one in client.conversations.v2.configurations.list()] == [shop.configuration_id]
    assert refusal(lambda: fetch(client, made)) == (404, 20404)


@pytest.mark.endpoint(
    "POST /v2/ControlPlane/Configurations",
    "PATCH /v2/ControlPlane/Configurations/{configurationId}",
    "PUT /v2/ControlPlane/Configurations/{configurationId}",
)
def test_what_is_sent_twice_with_a_key_happens_once(client: Client, shop: Customer) -> None:
    keys = [str(uuid4()) for _ in range(3)]
    first, again = (create(client, shop, key=keys[0]) for _ in range(2))
    assert (first.id, first.status_url) == (again.id, again.status_url)
    twice = [patch(client, first.id, {"description": "changed"}, idempotency_key=keys[1]) for _ in range(2)]
    twice += [replace(client, first.id, body(shop), idempotency_key=keys[2]) for _ in range(2)]
    assert len({one.status_url for one in twice}) == 2
    assert fetch(client, first.id).version == 3
    other = refusal(lambda: patch(client, first.id, {"description": "otherwise"}, idempotency_key=keys[1]))
    assert other == (409, 20409)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("put without a description", 400, 400),
        ("another grouping", 400, 400),
        ("an address of ours", 400, 400),
        ("a service that is taken", 409, 20409),
        ("a name that is taken", 409, 20409),
        ("a store of nobody", 404, 520041),
        ("nothing to delete", 404, 20404),
        ("a key that is none", 400, 400),
    ],
)
def test_errors_arrive_as_the_sdk_expects_them(
    client: Client, shop: Customer, name: str, status: int, code: int
) -> None:
    made = create(client, shop).id
    nobody = "conv_configuration_" + "0" * 26
    calls = {
        "put without a description": lambda: replace(client, made, body(shop, description=None)),
        "another grouping": lambda: patch(client, made, {"conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES"}),
        "an address of ours": lambda: patch(client, made, {"statusCallbacks": [{"url": "http://169.254.169.254/"}]}),
        "a service that is taken": lambda: patch(client, shop.configuration_id, {"conversationsV1Bridge": BRIDGE}),
        "a name that is taken": lambda: patch(client, shop.configuration_id, {"displayName": "second"}),
        "a store of nobody": lambda: patch(client, made, {"memoryStoreId": "mem_store_" + "0" * 26}),
        "nothing to delete": lambda: client.conversations.v2.configurations(nobody).delete(),
        "a key that is none": lambda: patch(client, made, {}, idempotency_key="first"),
    }
    assert refusal(calls[name]) == (status, code)
