"""Configurations are replaced, changed and deleted."""

import asyncio

import pytest
from tests.conftest import new_tenant
from tests.helpers import (
    BY_ADDRESS,
    BY_PROFILE,
    OTHER_CUSTOMER,
    assert_problem,
    configuration,
    conversations,
    create_configuration,
    create_store,
    fresh,
    ok,
    text_in,
    unknown,
)

URL = "/v2/ControlPlane/Configurations"
TIMED = {"statusTimeouts": {"inactive": 5, "closed": 9}, "captureRules": []}
RULED = {"statusTimeouts": None, "captureRules": [{"from": "*", "to": "*", "metadata": {}}]}
EVERYTHING = {
    "description": "All of it",
    "channelSettings": {"SMS": TIMED, "CHAT": RULED},
    "statusCallbacks": [{"url": "http://example.com:9/hook", "method": "GET"}],
    "intelligenceConfigurationIds": ["intelligence_configuration_1"],
    "traitExtractionStrategyIds": ["trait_strategy_1"],
    "observationExtractionStrategyIds": ["observation_strategy_1"],
    "memoryExtractionEnabled": True,
    "redactionConfigurationId": "redaction_1",
    "conversationsV1Bridge": {"serviceId": "IS" + "0" * 32},
}
NOTHING = {
    "description": "",
    "channelSettings": {},
    "statusCallbacks": [],
    "intelligenceConfigurationIds": [],
    "traitExtractionStrategyIds": [],
    "observationExtractionStrategyIds": [],
    "memoryExtractionEnabled": False,
    "redactionConfigurationId": None,
    "conversationsV1Bridge": None,
}


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@pytest.fixture
async def made(api, store) -> str:
    """The path of a configuration that has everything."""
    return f"{URL}/{await create_configuration(api, store, displayName='made', **EVERYTHING)}"


def least(store: str, **fields) -> dict:
    """The least that PUT takes."""
    body = {"description": "", "channelSettings": {}, "conversationGroupingType": BY_ADDRESS, "memoryStoreId": store}
    return {**body, **fields}


async def fetched(api, path: str) -> dict:
    return ok(await api.get(path))


async def version(api, path: str) -> int:
    return (await fetched(api, path))["version"]


# What all of them answer


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_the_acceptance_carries_a_completed_operation(api, store, made, method):
    body = {"PUT": least(store), "PATCH": {}, "DELETE": None}[method]
    answer = await api.request(method, made, json=body)
    accepted = ok(answer, 202)
    assert set(accepted) == {"statusUrl", "related", "id"}
    assert accepted["related"] == {"configurationId": accepted["id"]}
    assert made.endswith(accepted["id"])
    assert answer.headers["Location"] == accepted["statusUrl"]
    assert answer.headers["Retry-After"].isdigit()
    path = f"/v2/ControlPlane/Operations/{answer.headers['Operation-Id']}"
    assert accepted["statusUrl"].endswith(path)
    operation = ok(await api.get(path))
    assert (operation["status"], operation["related"]) == ("COMPLETED", accepted["related"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("configuration_id", [unknown("conv_configuration"), "nonsense", "x" * 300])
async def test_an_unknown_one_is_not_found(api, store, method, configuration_id):
    body = {"PUT": least(store), "PATCH": {}, "DELETE": None}[method]
    assert_problem(await api.request(method, f"{URL}/{configuration_id}", json=body), 404, 20404)


# PUT


async def test_put_replaces_everything_but_the_name(api, store, made):
    before = await fetched(api, made)
    ok(await api.put(made, json=least(store)), 202)
    after = await fetched(api, made)
    assert after["updatedAt"] >= before["updatedAt"]
    assert after == {**before, **NOTHING, "version": 2, "updatedAt": after["updatedAt"]}


async def test_what_was_fetched_can_be_put_back(api, made):
    before = await fetched(api, made)
    ok(await api.put(made, json={**before, "displayName": "renamed", "version": 99}), 202)
    after = await fetched(api, made)
    assert after == {**before, "displayName": "renamed", "version": 2, "updatedAt": after["updatedAt"]}


async def test_put_takes_nulls_for_what_it_may_leave_out(api, store, made):
    may = [name for name in NOTHING if name not in ("description", "channelSettings")]
    ok(await api.put(made, json=least(store, displayName=None, **dict.fromkeys(may))), 202)
    found = await fetched(api, made)
    assert found["displayName"] == "made"
    assert {name: found[name] for name in NOTHING} == NOTHING


@pytest.mark.parametrize("name", ["description", "channelSettings", "conversationGroupingType", "memoryStoreId"])
async def test_put_needs_what_the_contract_requires(api, store, made, name):
    body = least(store)
    assert_problem(await api.put(made, json={**body, name: None}), 400, 400 if name != "memoryStoreId" else None)
    del body[name]
    assert name in assert_problem(await api.put(made, json=body), 400, 400)
    assert await version(api, made) == 1


# PATCH


@pytest.mark.parametrize("name", EVERYTHING)
async def test_patch_clears_what_is_null_and_keeps_the_rest(api, made, name):
    before = await fetched(api, made)
    ok(await api.patch(made, json={name: None}), 202)
    after = await fetched(api, made)
    assert after == {**before, name: NOTHING[name], "version": 2, "updatedAt": after["updatedAt"]}


@pytest.mark.parametrize("name", EVERYTHING)
async def test_patch_sets_what_it_names(api, store, name):
    path = f"{URL}/{await create_configuration(api, store, **dict.fromkeys(NOTHING))}"
    before = await fetched(api, path)
    ok(await api.patch(path, json={name: EVERYTHING[name]}), 202)
    after = await fetched(api, path)
    assert after == {**before, name: EVERYTHING[name], "version": 2, "updatedAt": after["updatedAt"]}


async def test_patch_leaves_a_name_a_grouping_and_a_store_that_are_null(api, made):
    before = await fetched(api, made)
    nulls = dict.fromkeys(["displayName", "conversationGroupingType", "memoryStoreId"])
    ok(await api.patch(made, json=nulls), 202)
    after = await fetched(api, made)
    assert after == {**before, "version": 2, "updatedAt": after["updatedAt"]}


async def test_patch_merges_channels_one_by_one(api, made):
    voice = {"statusTimeouts": {"inactive": None, "closed": 3}, "captureRules": []}
    ok(
        await api.patch(made, json={"channelSettings": {"VOICE": voice, "CHAT": None, "SMS": {"captureRules": []}}}),
        202,
    )
    empty = {"statusTimeouts": None, "captureRules": []}
    assert (await fetched(api, made))["channelSettings"] == {"SMS": empty, "VOICE": voice}


async def test_patch_removes_a_channel_that_is_not_there(api, made):
    ok(await api.patch(made, json={"channelSettings": {"EMAIL": None}}), 202)
    assert set((await fetched(api, made))["channelSettings"]) == {"SMS", "CHAT"}


async def test_patches_of_different_channels_at_once_all_survive(api, made):
    names = ["VOICE", "RCS", "EMAIL", "WHATSAPP", "VIDEO", "API", "SYSTEM"]
    answers = await asyncio.gather(*(api.patch(made, json={"channelSettings": {name: TIMED}}) for name in names))
    assert [answer.status_code for answer in answers] == [202] * len(names)
    found = await fetched(api, made)
    assert set(found["channelSettings"]) == {"SMS", "CHAT", *names}
    assert found["version"] == 1 + len(names)


async def test_every_update_counts_even_one_that_changes_nothing(api, made):
    for expected in (2, 3, 4):
        ok(await api.patch(made, json={}), 202)
        assert await version(api, made) == expected


# What PUT and PATCH share


async def change(api, store: str, path: str, method: str, **fields):
    return await api.request(method, path, json=least(store, **fields) if method == "PUT" else fields)


by_change = pytest.mark.parametrize("method", ["PUT", "PATCH"])


@by_change
@pytest.mark.parametrize(
    "fields",
    [
        {"displayName": ""},
        {"displayName": "x" * 33},
        {"displayName": "what?"},
        {"description": "x" * 513},
        {"conversationGroupingType": "GROUP_BY_MOOD"},
        {"conversationGroupingType": BY_PROFILE},
        {"channelSettings": {"PIGEON": {}}},
        {"channelSettings": {"SMS": {"captureRules": [{"from": "*", "to": "*"}] * 101}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 60}}}},
        {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 60, "closed": 10}}}},
        {"statusCallbacks": [{"url": "http://example.com"}] * 2},
        {"statusCallbacks": [{"url": f"http://example.com/{n}"} for n in range(21)]},
        {"statusCallbacks": [{"url": "http://u:p@localhost"}]},
        {"intelligenceConfigurationIds": ["x"] * 6},
        {"traitExtractionStrategyIds": ["x"] * 2},
        {"observationExtractionStrategyIds": ["x"] * 2},
        {"redactionConfigurationId": "x" * 65},
        {"conversationsV1Bridge": {"serviceId": "IS1"}},
        {"memoryExtractionEnabled": "yes"},
    ],
    ids=lambda fields: repr(fields)[:80],
)
async def test_a_wrong_body_changes_nothing(api, store, made, method, fields):
    before = await fetched(api, made)
    assert_problem(await change(api, store, made, method, **fields), 400, 400)
    assert await fetched(api, made) == before


@by_change
async def test_the_largest_fits(api, store, made, method):
    fields = {
        "displayName": "x" * 32,
        "description": "x" * 512,
        "channelSettings": {"SMS": {"captureRules": [{"from": "*", "to": "*"}] * 100}},
        "statusCallbacks": [{"url": f"http://example.com/{n}"} for n in range(20)],
        "intelligenceConfigurationIds": ["x" * 64] * 5,
    }
    ok(await change(api, store, made, method, **fields), 202)
    found = await fetched(api, made)
    assert (len(found["statusCallbacks"]), found["displayName"]) == (20, "x" * 32)


@by_change
async def test_the_same_grouping_may_be_named(api, store, made, method):
    ok(await change(api, store, made, method, conversationGroupingType=BY_ADDRESS), 202)


@by_change
async def test_a_taken_name_is_a_conflict_and_its_own_is_not(api, store, made, method):
    await create_configuration(api, store, displayName="other")
    assert_problem(await change(api, store, made, method, displayName="other"), 409, 20409)
    assert await version(api, made) == 1
    ok(await change(api, store, made, method, displayName="made"), 202)


@by_change
async def test_another_store_of_the_account_may_take_over(api, store, made, method):
    second = await create_store(api)
    ok(await change(api, store, made, method, memoryStoreId=second), 202)
    assert (await fetched(api, made))["memoryStoreId"] == second
    listed = ok(await api.get(URL, params={"memoryStoreId": second}))["configurations"]
    assert [one["id"] for one in listed] == [made.rpartition("/")[2]]


@by_change
async def test_a_store_that_is_unknown_foreign_malformed_or_deleted_is_refused(api, runtime, store, made, method):
    other = await new_tenant(runtime)
    foreign = ok(await api.post("/v1/ControlPlane/Stores", json={"displayName": "own"}, auth=other.auth), 202)["id"]
    gone = await create_store(api)
    ok(await api.delete(f"/v1/ControlPlane/Stores/{gone}"), 202)
    for wanted in (unknown("mem_store"), foreign, gone):
        assert_problem(await change(api, store, made, method, memoryStoreId=wanted), 404, 520041)
    assert_problem(await change(api, store, made, method, memoryStoreId="shop"), 400, 520049)
    assert (await fetched(api, made))["memoryStoreId"] == store


@by_change
async def test_a_classic_service_is_taken_by_one_only(api, store, made, method):
    bridge = {"conversationsV1Bridge": EVERYTHING["conversationsV1Bridge"]}
    second = f"{URL}/{await create_configuration(api, store)}"
    assert_problem(await change(api, store, second, method, **bridge), 409, 20409)
    ok(await change(api, store, made, method, **bridge), 202)
    ok(await change(api, store, made, method, conversationsV1Bridge=None), 202)
    ok(await change(api, store, second, method, **bridge), 202)


# DELETE, and conversations that have begun


async def test_a_deleted_one_is_gone_and_makes_room(api, store, made):
    ok(await api.delete(made), 202)
    assert_problem(await api.get(made), 404, 20404)
    assert_problem(await api.delete(made), 404, 20404)
    assert ok(await api.get(URL))["configurations"] == []
    for _ in range(10):
        await create_configuration(api, store, displayName=fresh("made"))


async def test_what_is_captured_changes_with_the_configuration_and_conversations_keep_theirs(api, tenant, store):
    path = f"{URL}/{await create_configuration(api, store, description='before')}"
    await text_in(api, tenant)
    ok(await api.patch(path, json={"description": "after"}), 202)
    await text_in(api, tenant, From=OTHER_CUSTOMER)
    second, first = await conversations(api)
    assert [one["configuration"]["description"] for one in (first, second)] == ["before", "after"]
    ok(await api.patch(path, json={"channelSettings": {"SMS": None}}), 202)
    await text_in(api, tenant, From="+12025550109")
    assert len(await conversations(api)) == 2


async def test_nothing_more_is_captured_after_it_was_deleted(api, tenant, store):
    body = configuration(store)
    path = f"{URL}/{ok(await api.post(URL, json=body), 202)['id']}"
    await text_in(api, tenant)
    before = await conversations(api)
    ok(await api.delete(path), 202)
    await text_in(api, tenant, From=OTHER_CUSTOMER)
    assert await conversations(api) == before
    assert before[0]["configuration"]["displayName"] == body["displayName"]
