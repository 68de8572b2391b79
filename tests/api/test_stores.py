"""Stores: success, errors, paging, limits."""

import asyncio

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import assert_problem, create_store, fresh, ok, unknown

URL = "/v1/ControlPlane/Stores"


async def test_a_store_is_there_as_soon_as_it_is_accepted(api):
    created = await api.post(URL, json={"displayName": "shop", "description": "A shop"})

    assert created.status_code == 202
    operation = await api.get(f"/v1/ControlPlane/Operations/{created.headers['Operation-Id']}")
    assert operation.json()["status"] == "COMPLETED"
    store = await api.get(f"{URL}/{operation.json()['result']['id']}")
    assert store.json()["displayName"] == "shop"
    assert store.json()["status"] == "ACTIVE"


async def test_the_acceptance_carries_the_operation_and_the_id(api):
    created = await api.post(URL, json={"displayName": "shop"})

    body = ok(created, 202)
    assert set(body) == {"message", "statusUrl", "id", "displayName", "status"}
    assert body["message"] == "Memory Store creation accepted for processing."
    assert created.headers["Location"] == body["statusUrl"]
    assert created.headers["Retry-After"].isdigit()
    assert body["statusUrl"].endswith("/v1/ControlPlane/Operations/" + created.headers["Operation-Id"])


async def test_a_store_has_the_keys_of_the_contract_and_an_etag(api):
    store = await create_store(api, description="A shop")

    response = await api.get(f"{URL}/{store}")

    body = ok(response)
    assert set(body) == {
        "id",
        "displayName",
        "description",
        "status",
        "version",
        "dataAsOf",
        "intelligenceServiceId",
    }
    assert body["id"] == store
    assert body["description"] == "A shop"
    assert body["version"] == 1
    assert body["intelligenceServiceId"] is None
    assert response.headers["ETag"].strip('"')


async def test_a_store_without_description_has_an_empty_one(api):
    store = await create_store(api, description=None)
    assert ok(await api.get(f"{URL}/{store}"))["description"] == ""


async def test_a_taken_name_is_a_conflict(api):
    await create_store(api, displayName="shop")
    assert_problem(await api.post(URL, json={"displayName": "shop"}), 409, 520045)


async def test_names_that_differ_in_case_are_two(api):
    await create_store(api, displayName="shop")
    await create_store(api, displayName="Shop")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        {"displayName": None},
        {"displayName": 7},
        {"displayName": "two words"},
        {"displayName": "shop\n"},
        {"displayName": "x" * 65},
        {"displayName": "shop", "description": "x" * 129},
        {"displayName": "shop", "description": 7},
    ],
    ids=repr,
)
async def test_a_wrong_body_is_refused(api, body):
    assert_problem(await api.post(URL, json=body), 400, 400)


async def test_the_longest_name_and_description_fit(api):
    await create_store(api, displayName="x" * 64, description="x" * 128)


async def test_names_may_have_letters_digits_dashes_and_underscores(api):
    await create_store(api, displayName="My_Shop-2")


async def test_fifteen_stores_fit_in_an_account_and_no_more(api):
    for _ in range(15):
        await create_store(api)
    assert_problem(await api.post(URL, json={"displayName": fresh("store")}), 400, 520044)


async def test_the_limit_holds_when_all_come_at_once(api):
    responses = await asyncio.gather(*(api.post(URL, json={"displayName": fresh("store")}) for _ in range(20)))
    assert sorted(response.status_code for response in responses) == [202] * 15 + [400] * 5


async def test_a_malformed_id_has_a_code_of_its_own(api):
    assert_problem(await api.get(f"{URL}/shop"), 400, 520049)


async def test_an_unknown_store_is_not_found(api):
    assert_problem(await api.get(f"{URL}/{unknown('mem_store')}"), 404, 520041)


async def test_the_former_prefix_is_well_formed(api):
    assert_problem(await api.get(f"{URL}/{unknown('mem_service')}"), 404, 520041)


async def test_the_list_holds_ids_and_nothing_else(api):
    store = await create_store(api)
    assert ok(await api.get(URL)) == {"stores": [store], "meta": {"key": "stores", "pageSize": 1}}


async def test_an_empty_list_has_its_meta(api):
    assert ok(await api.get(URL)) == {"stores": [], "meta": {"key": "stores", "pageSize": 0}}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    await assert_walks(api, URL, "stores", lambda: create_store(api), order)


async def test_inserts_do_not_disturb_pages(api):
    await assert_inserts_do_not_disturb(api, URL, "stores", lambda: create_store(api))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, URL)


async def test_a_page_size_over_the_cap_is_clamped(api):
    await create_store(api)
    assert len(ok(await api.get(URL, params={"pageSize": 1000}))["stores"]) == 1
