"""Configurations of capture and lifecycle."""

import asyncio

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.conftest import new_tenant
from tests.helpers import (
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    assert_problem,
    configuration,
    create_configuration,
    create_store,
    ok,
    unknown,
)

URL = "/v2/ControlPlane/Configurations"
RULE = {"from": "*", "to": "*"}
SERVICE = "IS" + "0" * 31 + "a"
NOTHING = {
    "traitExtractionStrategyIds": [],
    "observationExtractionStrategyIds": [],
    "redactionConfigurationId": None,
    "conversationsV1Bridge": None,
}
REST = {
    "traitExtractionStrategyIds": ["trait_strategy_1"],
    "observationExtractionStrategyIds": ["observation_strategy_1"],
    "redactionConfigurationId": "redaction_1",
    "conversationsV1Bridge": {"serviceId": SERVICE},
}


async def test_the_acceptance_carries_the_operation_and_the_id(api):
    created = await api.post(URL, json=configuration(await create_store(api)))

    body = ok(created, 202)
    assert set(body) == {"statusUrl", "related", "id"}
    assert body["related"] == {"configurationId": body["id"]}
    assert created.headers["Location"] == body["statusUrl"]
    assert created.headers["Retry-After"].isdigit()
    assert body["statusUrl"].endswith("/v2/ControlPlane/Operations/" + created.headers["Operation-Id"])


async def test_a_configuration_has_the_keys_of_the_contract(api):
    store = await create_store(api)
    body = configuration(
        store,
        displayName="my config",
        statusCallbacks=[{"url": "http://example.com:9/hook"}],
        intelligenceConfigurationIds=["intelligence_configuration_1"],
        channelSettings={
            "SMS": {
                "statusTimeouts": {"inactive": 10, "closed": 60},
                "captureRules": [{"from": "*", "to": "+18005550199", "metadata": {}}],
            },
            "VOICE": {"statusTimeouts": None, "captureRules": []},
        },
    )
    created = ok(await api.post(URL, json=body), 202)["id"]

    found = ok(await api.get(f"{URL}/{created}"))

    times = {found.pop("createdAt"), found.pop("updatedAt")}
    assert len(times) == 1
    assert found == {
        **body,
        "id": created,
        "statusCallbacks": [{"url": "http://example.com:9/hook", "method": "POST"}],
        "version": 1,
        **NOTHING,
    }


async def test_the_least_that_is_needed(api):
    store = await create_store(api)
    body = {"displayName": "least", "conversationGroupingType": BY_ADDRESS}
    found = ok(await api.get(f"{URL}/{ok(await api.post(URL, json=body), 202)['id']}"))
    assert found["memoryStoreId"] == store
    assert found["description"] == ""
    assert found["channelSettings"] == {}
    assert found["statusCallbacks"] == []
    assert found["intelligenceConfigurationIds"] == []
    assert found["memoryExtractionEnabled"] is False


async def test_nulls_and_read_only_keys_do_no_harm(api):
    kinds = ["description", "channelSettings", "statusCallbacks", "intelligenceConfigurationIds", *REST]
    nulls = dict.fromkeys(kinds)
    body = configuration(await create_store(api), **nulls, id="x", version=7, createdAt="then")
    ok(await api.post(URL, json=body), 202)


async def test_what_only_newer_clients_know_is_kept(api):
    created = await create_configuration(api, **REST)
    found = ok(await api.get(f"{URL}/{created}"))
    assert {name: found[name] for name in REST} == REST


async def test_a_configuration_from_before_they_were_known_is_read(api, runtime):
    created = await create_configuration(api, **REST)
    statement = "UPDATE configuration SET document = document - %(names)s::text[]"
    await runtime.db.write(lambda tx: tx.run(statement, names=[*REST, "workflows"]))
    found = ok(await api.get(f"{URL}/{created}"))
    assert {name: found[name] for name in REST} == NOTHING


async def test_a_classic_service_has_one_configuration_in_an_account(api, runtime):
    store = await create_store(api)
    first = await create_configuration(api, store, conversationsV1Bridge={"serviceId": SERVICE})
    message = assert_problem(
        await api.post(URL, json=configuration(store, conversationsV1Bridge={"serviceId": SERVICE})), 409, 20409
    )
    assert first in message
    other = await new_tenant(runtime)
    body = {"displayName": "other"}
    ok(await api.post("/v1/ControlPlane/Stores", json=body, auth=other.auth), 202)
    ok(await api.post(URL, json=configuration(conversationsV1Bridge={"serviceId": SERVICE}), auth=other.auth), 202)


async def test_a_channel_that_is_null_is_absent(api):
    store = await create_store(api)
    created = await create_configuration(api, store, channelSettings={"SMS": None, "CHAT": {}})
    assert ok(await api.get(f"{URL}/{created}"))["channelSettings"] == {
        "CHAT": {"statusTimeouts": None, "captureRules": []}
    }


async def test_without_a_store_id_the_only_store_is_meant(api):
    store = await create_store(api)
    body = configuration()
    created = ok(await api.post(URL, json=body), 202)["id"]
    assert ok(await api.get(f"{URL}/{created}"))["memoryStoreId"] == store


async def test_without_a_store_id_two_stores_are_too_many_and_none_too_few(api):
    assert_problem(await api.post(URL, json=configuration()), 400, 400)
    await create_store(api)
    await create_store(api)
    assert_problem(await api.post(URL, json=configuration()), 400, 400)


async def test_an_unknown_store_is_not_found_and_a_malformed_one_refused(api):
    assert_problem(await api.post(URL, json=configuration(unknown("mem_store"))), 404, 520041)
    assert_problem(await api.post(URL, json=configuration("shop")), 400, 520049)


async def test_a_taken_name_is_a_conflict(api):
    store = await create_store(api)
    await create_configuration(api, store, displayName="one")
    assert_problem(await api.post(URL, json=configuration(store, displayName="one")), 409, 20409)


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])
async def test_all_three_groupings_are_known(api, grouping):
    created = await create_configuration(api, conversationGroupingType=grouping)
    assert ok(await api.get(f"{URL}/{created}"))["conversationGroupingType"] == grouping


async def test_every_channel_is_known(api):
    channels = ["VOICE", "SMS", "RCS", "EMAIL", "WHATSAPP", "CHAT", "VIDEO", "API", "SYSTEM"]
    await create_configuration(api, channelSettings={channel: {"captureRules": [RULE]} for channel in channels})


@pytest.mark.parametrize(
    "fields",
    [
        {"displayName": None},
        {"displayName": ""},
        {"displayName": "x" * 33},
        {"displayName": "what?"},
        {"displayName": "x\n"},
        {"description": "x" * 513},
        {"description": 1},
        {"conversationGroupingType": None},
        {"conversationGroupingType": "GROUP_BY_MOOD"},
        {"channelSettings": []},
        {"channelSettings": {"PIGEON": {}}},
        {"channelSettings": {"SMS": {"captureRules": [{"from": "*"}]}}},
        {"channelSettings": {"SMS": {"captureRules": [{"to": "*"}]}}},
        {"channelSettings": {"SMS": {"captureRules": [{"from": "", "to": "*"}]}}},
        {"channelSettings": {"SMS": {"captureRules": [{"from": "*", "to": "*", "metadata": {"a": 1}}]}}},
        {"channelSettings": {"SMS": {"captureRules": [RULE] * 101}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 0, "closed": 5}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"closed": 0}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"closed": 1.5}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"closed": "sixty"}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 5}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 60, "closed": 10}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"closed": 3 * 365 * 24 * 60 + 1}}}},
        {"statusCallbacks": [{"url": "ftp://example.com"}]},
        {"statusCallbacks": [{"url": "http://example.com", "method": "PUT"}]},
        {"statusCallbacks": [{}]},
        {"statusCallbacks": [{"url": f"http://example.com/{n}"} for n in range(21)]},
        {"statusCallbacks": [{"url": "http://example.com"}] * 2},
        {"statusCallbacks": [{"url": "http://example.com"}, {"url": "http://example.com", "method": "GET"}]},
        {"statusCallbacks": [{"url": "http://user:secret@example.com/"}]},
        {"statusCallbacks": [{"url": "http://user@example.com/"}]},
        {"statusCallbacks": [{"url": "http://"}]},
        {"statusCallbacks": [{"url": "http:///path"}]},
        {"statusCallbacks": [{"url": "http://[::1"}]},
        {"statusCallbacks": [{"url": "http://example.com:port/"}]},
        {"statusCallbacks": [{"url": "http://example.com:70000/"}]},
        {"statusCallbacks": [{"url": "http://example.com/a b"}]},
        {"statusCallbacks": [{"url": "http://example.com/\n"}]},
        {"statusCallbacks": [{"url": "http://example.com/ü"}]},
        {"statusCallbacks": [{"url": "http://example.com/" + "x" * 2030}]},
        {"intelligenceConfigurationIds": ["x"] * 6},
        {"intelligenceConfigurationIds": [1]},
        {"intelligenceConfigurationIds": ["x" * 65]},
        {"intelligenceConfigurationIds": [""]},
        {"traitExtractionStrategyIds": ["x", "y"]},
        {"traitExtractionStrategyIds": ["x" * 65]},
        {"observationExtractionStrategyIds": ["x", "y"]},
        {"observationExtractionStrategyIds": [""]},
        {"redactionConfigurationId": "x" * 65},
        {"redactionConfigurationId": ""},
        {"redactionConfigurationId": 1},
        {"conversationsV1Bridge": {}},
        {"conversationsV1Bridge": SERVICE},
        {"conversationsV1Bridge": {"serviceId": SERVICE[:-1]}},
        {"conversationsV1Bridge": {"serviceId": SERVICE + "0"}},
        {"conversationsV1Bridge": {"serviceId": "IS" + "g" * 32}},
        {"memoryExtractionEnabled": "yes"},
    ],
    ids=lambda fields: repr(fields)[:80],
)
async def test_a_wrong_body_is_refused(api, fields):
    body = {**configuration(await create_store(api)), **fields}
    assert_problem(await api.post(URL, json=body), 400, 400)


async def test_the_largest_of_everything_fits(api):
    await create_configuration(
        api,
        displayName="x" * 32,
        description="x" * 512,
        channelSettings={
            "SMS": {
                "captureRules": [{"from": "x" * 254, "to": "x" * 254, "metadata": {"k": "v" * 512}}] * 100,
                "statusTimeouts": {"inactive": 3 * 365 * 24 * 60, "closed": 3 * 365 * 24 * 60},
            }
        },
        statusCallbacks=[{"url": f"http://example.com/{n:02}".ljust(2048, "x")} for n in range(20)],
        intelligenceConfigurationIds=["x" * 64] * 5,
        traitExtractionStrategyIds=["x" * 64],
        observationExtractionStrategyIds=["x" * 64],
        redactionConfigurationId="x" * 64,
    )


async def test_ten_fit_in_an_account_and_no_more_even_at_once(api):
    store = await create_store(api)
    responses = await asyncio.gather(*(api.post(URL, json=configuration(store)) for _ in range(12)))
    assert sorted(response.status_code for response in responses) == [202] * 10 + [409] * 2
    assert_problem(await api.post(URL, json=configuration(store)), 409, 20409)


async def test_an_unknown_configuration_is_not_found(api):
    assert_problem(await api.get(f"{URL}/{unknown('conv_configuration')}"), 404, 20404)


async def test_the_list_holds_whole_configurations(api):
    created = await create_configuration(api)
    body = ok(await api.get(URL))
    assert body == {
        "configurations": [ok(await api.get(f"{URL}/{created}"))],
        "meta": {"key": "configurations", "pageSize": 1},
    }


async def test_the_list_is_filtered_by_store(api):
    store = await create_store(api)
    created = await create_configuration(api, store)
    await create_configuration(api)
    body = ok(await api.get(URL, params={"memoryStoreId": store}))
    assert [one["id"] for one in body["configurations"]] == [created]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    store = await create_store(api)
    await assert_walks(api, URL, "configurations", lambda: create_configuration(api, store), order)


async def test_inserts_do_not_disturb_pages(api):
    store = await create_store(api)
    await assert_inserts_do_not_disturb(api, URL, "configurations", lambda: create_configuration(api, store))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, URL)
