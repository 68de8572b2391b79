"""Identity resolution settings: defaults, replacement, limits, versions."""

import pytest
from tests.api.etags import assert_if_match
from tests.helpers import CUSTOMER, assert_accepted, assert_problem, create_profile, create_store, lookup, ok, unknown


def url(store: str) -> str:
    return f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings"


def of_types(*id_types: str, **fields) -> dict:
    return {"identifierConfigs": [{"idType": name} for name in id_types], "matchingRules": list(id_types), **fields}


async def put(api, store: str, body):
    return await api.put(url(store), json=body)


async def test_a_new_store_has_the_defaults(api):
    response = await api.get(url(await create_store(api)))

    body = ok(response)
    assert set(body) == {"identifierConfigs", "matchingRules", "sharingLimit", "version"}
    assert [config["idType"] for config in body["identifierConfigs"]] == body["matchingRules"]
    assert body["matchingRules"] == ["email", "whatsapp", "phone", "chat", "pushUserID"]
    assert (body["sharingLimit"], body["version"]) == (10, 1)
    assert response.headers["ETag"]


async def test_only_the_type_is_needed_and_the_rest_is_filled_in(api):
    store = await create_store(api)

    accepted = await put(api, store, {"identifierConfigs": [{"idType": "loyalty"}, {"idType": "phone"}]})

    operation = assert_accepted(accepted, "Identity Resolution Settings accepted for processing.")
    assert ok(await api.get(operation))["status"] == "COMPLETED"
    assert ok(await api.get(operation))["result"]["id"] == store
    body = ok(await api.get(url(store)))
    assert body["identifierConfigs"][0] == {
        "idType": "loyalty",
        "matchingAlgo": "exact",
        "matchingThreshold": 75,
        "limit": 100,
        "limitPolicy": "fifo",
        "enforceUnique": True,
        "normalization": "trim",
    }
    assert body["matchingRules"] == ["loyalty", "phone"]
    assert (body["sharingLimit"], body["version"]) == (10, 2)


async def test_words_count_in_any_case_and_come_out_in_lower_case(api):
    store = await create_store(api)
    said = {
        "idType": "loyalty",
        "matchingAlgo": "FUZZY",
        "matchingThreshold": 90,
        "limit": 3,
        "limitPolicy": "Lifo",
        "enforceUnique": False,
        "normalization": "NONE",
    }
    ok(await put(api, store, {"identifierConfigs": [said], "matchingRules": ["loyalty"], "sharingLimit": 3}), 202)
    body = ok(await api.get(url(store)))
    words = {"matchingAlgo": "fuzzy", "limitPolicy": "lifo", "normalization": "none"}
    assert body["identifierConfigs"] == [{**said, **words}]
    assert body["sharingLimit"] == 3


async def test_what_was_fetched_can_be_put_back(api):
    store = await create_store(api)
    fetched = ok(await api.get(url(store)))
    fetched["identifierConfigs"].append({"idType": "loyalty"})
    fetched["matchingRules"].append("loyalty")
    ok(await put(api, store, fetched), 202)
    body = ok(await api.get(url(store)))
    assert body["matchingRules"] == fetched["matchingRules"]
    assert body["version"] == 2


async def test_the_settings_take_effect_at_once(api):
    store = await create_store(api)
    profile = await create_profile(api, store)
    body = {"idType": "phone", "value": CUSTOMER}
    ok(await put(api, store, of_types("email")), 202)
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json=body), 400, 400)
    ok(await put(api, store, {"identifierConfigs": [{"idType": "phone", "normalization": "phone"}]}), 202)
    assert await lookup(api, store, CUSTOMER) == [profile]


async def test_a_trait_whose_type_was_dropped_is_a_trait_like_others(api):
    store = await create_store(api)
    ok(await put(api, store, {"identifierConfigs": [{"idType": "phone", "normalization": "phone"}]}), 202)
    profile = await create_profile(api, store, email="ann@example.com")
    found = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))
    assert found["traits"]["Contact"] == {"phone": CUSTOMER, "email": "ann@example.com"}
    body = {"traits": {"Contact": {"email": "ann@example.com"}}}
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 400, 400)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"identifierConfigs": None},
        {"identifierConfigs": []},
        {"identifierConfigs": {}},
        {"identifierConfigs": [{}]},
        {"identifierConfigs": [{"idType": "a/b"}]},
        {"identifierConfigs": [{"idType": ".."}]},
        {"identifierConfigs": [{"idType": "loyalty id"}]},
        {"identifierConfigs": [{"idType": 7}]},
        {"identifierConfigs": [{"idType": "x"}]},
        {"identifierConfigs": [{"idType": "x" * 33}]},
        {"identifierConfigs": [{"idType": "loyalty"}, {"idType": "loyalty"}]},
        {"identifierConfigs": [{"idType": "loyalty", "matchingAlgo": "vague"}]},
        {"identifierConfigs": [{"idType": "loyalty", "matchingAlgo": 1}]},
        {"identifierConfigs": [{"idType": "loyalty", "matchingThreshold": 49}]},
        {"identifierConfigs": [{"idType": "loyalty", "matchingThreshold": 100}]},
        {"identifierConfigs": [{"idType": "loyalty", "limit": 0}]},
        {"identifierConfigs": [{"idType": "loyalty", "limit": 101}]},
        {"identifierConfigs": [{"idType": "loyalty", "limit": "many"}]},
        {"identifierConfigs": [{"idType": "loyalty", "limitPolicy": "random"}]},
        {"identifierConfigs": [{"idType": "loyalty", "enforceUnique": "yes"}]},
        {"identifierConfigs": [{"idType": "loyalty", "normalization": "upper"}]},
        {"identifierConfigs": [{"idType": "loyalty"}], "matchingRules": ["phone"]},
        {"identifierConfigs": [{"idType": "loyalty"}], "matchingRules": []},
        {"identifierConfigs": [{"idType": "loyalty"}], "matchingRules": ["loyalty"] * 16},
        {"identifierConfigs": [{"idType": "loyalty"}], "sharingLimit": 0},
        {"identifierConfigs": [{"idType": "loyalty"}], "sharingLimit": 1001},
        of_types(*(f"type{n}" for n in range(16)), matchingRules=["type0"]),
    ],
    ids=repr,
)
async def test_wrong_settings_are_refused_and_change_nothing(api, body):
    store = await create_store(api)
    assert_problem(await put(api, store, body), 400, 400)
    assert ok(await api.get(url(store)))["version"] == 1


async def test_the_limits_themselves_fit(api):
    store = await create_store(api)
    ok(await put(api, store, of_types(*(f"type{n}" for n in range(15)), sharingLimit=1000)), 202)
    for config in (
        {"idType": "xx", "matchingThreshold": 50, "limit": 1},
        {"idType": "x" * 32, "matchingThreshold": 99, "limit": 100},
    ):
        ok(await put(api, store, {"identifierConfigs": [config], "sharingLimit": 1}), 202)


async def test_if_match_holds_on_to_a_version(api):
    address = url(await create_store(api))
    await assert_if_match(api, address, lambda n: of_types("phone", sharingLimit=n), "PUT")


async def test_an_unknown_store_is_not_found(api):
    assert_problem(await api.get(url(unknown("mem_store"))), 404, 520041)
    assert_problem(await put(api, unknown("mem_store"), of_types("phone")), 404, 520041)
    assert_problem(await api.get(url("shop")), 400, 520049)
