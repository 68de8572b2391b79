"""Identifiers of a profile: added, replaced, removed, kept under their limits."""

import pytest
from tests.helpers import CUSTOMER, OTHER_CUSTOMER, assert_problem, create_profile, create_store, lookup, ok, unknown

PATH = "/v1/Stores/{store}/Profiles/{profile}/Identifiers"


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


async def add(api, url: str, value: str, id_type: str = "phone"):
    return await api.post(url, json={"idType": id_type, "value": value})


async def values(api, url: str, id_type: str = "phone") -> list[str]:
    return ok(await api.get(f"{url}/{id_type}"))["values"]


async def configure(api, store: str, *configs: dict, **fields) -> None:
    body = {"identifierConfigs": list(configs), "matchingRules": [config["idType"] for config in configs], **fields}
    ok(await api.put(f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings", json=body), 202)


def number(n: int) -> str:
    return f"+1202555{n:04d}"


async def customer(api, store: str, phone: str = CUSTOMER) -> tuple[str, str]:
    """A profile and the address of its identifiers."""
    profile = await create_profile(api, store, phone)
    return profile, PATH.format(store=store, profile=profile)


async def test_the_list_is_grouped_and_not_paged(api, store):
    profile, url = await customer(api, store)
    ok(await add(api, url, " Ada@Example.COM ", "email"), 202)
    ok(await add(api, url, "(202) 555-0102"), 202)
    assert ok(await api.get(url)) == {
        "identifiers": [
            {"idType": "email", "values": ["ada@example.com"]},
            {"idType": "phone", "values": [CUSTOMER, "+12025550102"]},
        ]
    }
    assert await lookup(api, store, "ada@example.com", "email") == [profile]


async def test_adding_answers_with_a_message(api, store):
    _, url = await customer(api, store)
    assert ok(await add(api, url, OTHER_CUSTOMER), 202) == {"message": "Identifier accepted for processing."}
    assert ok(await api.get(f"{url}/phone")) == {"idType": "phone", "values": [CUSTOMER, OTHER_CUSTOMER]}


async def test_adding_what_is_there_changes_nothing(api, store):
    _, url = await customer(api, store)
    ok(await add(api, url, "202-555-0101"), 202)
    assert await values(api, url) == [CUSTOMER]


async def test_a_value_of_another_profile_merges(api, store):
    first, url = await customer(api, store)
    second, _ = await customer(api, store, OTHER_CUSTOMER)
    ok(await add(api, url, OTHER_CUSTOMER), 202)
    assert await lookup(api, store, OTHER_CUSTOMER) == [first]
    assert await values(api, PATH.format(store=store, profile=second)) == [CUSTOMER, OTHER_CUSTOMER]


async def test_the_earliest_profile_stays_even_when_the_later_one_is_named(api, store):
    first, _ = await customer(api, store)
    _, url = await customer(api, store, OTHER_CUSTOMER)
    ok(await add(api, url, CUSTOMER), 202)
    assert await lookup(api, store, OTHER_CUSTOMER) == [first]


@pytest.mark.parametrize("policy", ["fifo", "lifo"])
async def test_a_limit_keeps_n_values_and_drops_one(api, store, policy):
    await configure(api, store, {"idType": "phone", "normalization": "phone", "limit": 3, "limitPolicy": policy})
    _, url = await customer(api, store, number(1))
    for n in (2, 3):
        ok(await add(api, url, number(n)), 202)
    assert await values(api, url) == [number(1), number(2), number(3)]
    ok(await add(api, url, number(4)), 202)
    kept = [number(2), number(3), number(4)] if policy == "fifo" else [number(1), number(2), number(3)]
    gone = number(1) if policy == "fifo" else number(4)
    assert await values(api, url) == kept
    assert await lookup(api, store, gone) == []


async def test_100_values_are_kept_by_default_and_the_oldest_of_101_goes(api, store):
    _, url = await customer(api, store, number(0))
    for n in range(1, 100):
        ok(await add(api, url, number(n)), 202)
    assert len(await values(api, url)) == 100
    ok(await add(api, url, number(100)), 202)
    assert await values(api, url) == [number(n) for n in range(1, 101)]


async def test_a_value_is_replaced(api, store):
    profile, url = await customer(api, store)
    body = {"idType": "phone", "oldValue": "202 555 0101", "newValue": "202 555 0102"}
    assert ok(await api.patch(f"{url}/phone", json=body), 202) == {"message": "Identifier update accepted."}
    assert await values(api, url) == [OTHER_CUSTOMER]
    assert await lookup(api, store, CUSTOMER) == []
    assert await lookup(api, store, OTHER_CUSTOMER) == [profile]


async def test_a_value_of_another_profile_replaces_nothing(api, store):
    _, url = await customer(api, store)
    other, _ = await customer(api, store, OTHER_CUSTOMER)
    body = {"idType": "phone", "oldValue": CUSTOMER, "newValue": OTHER_CUSTOMER}
    assert_problem(await api.patch(f"{url}/phone", json=body), 409, 20409)
    assert await values(api, url) == [CUSTOMER]
    assert await lookup(api, store, OTHER_CUSTOMER) == [other]


async def test_replacing_by_what_is_there_already_leaves_one(api, store):
    _, url = await customer(api, store)
    ok(await add(api, url, OTHER_CUSTOMER), 202)
    same = {"idType": "phone", "oldValue": CUSTOMER, "newValue": CUSTOMER}
    ok(await api.patch(f"{url}/phone", json=same), 202)
    assert await values(api, url) == [CUSTOMER, OTHER_CUSTOMER]
    ok(await api.patch(f"{url}/phone", json={**same, "newValue": OTHER_CUSTOMER}), 202)
    assert await values(api, url) == [OTHER_CUSTOMER]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"oldValue": OTHER_CUSTOMER}, 404),
        ({"idType": "email"}, 400),
        ({"newValue": "not a phone"}, 400),
        ({"newValue": ""}, 400),
        ({"newValue": "x" * 256}, 400),
        ({"oldValue": None}, 400),
        ({"newValue": 5}, 400),
    ],
    ids=str,
)
async def test_wrong_replacements_are_refused(api, store, change, status):
    _, url = await customer(api, store)
    body = {"idType": "phone", "oldValue": CUSTOMER, "newValue": "+12025550199", **change}
    assert_problem(await api.patch(f"{url}/phone", json=body), status)
    assert await values(api, url) == [CUSTOMER]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"idType": "phone"},
        {"value": CUSTOMER},
        {"idType": "p", "value": CUSTOMER},
        {"idType": "p" * 33, "value": CUSTOMER},
        {"idType": "loyalty", "value": "1"},
        {"idType": "phone", "value": ""},
        {"idType": "email", "value": " "},
        {"idType": "phone", "value": "x" * 256},
        {"idType": "phone", "value": 12025550101},
        {"idType": 5, "value": CUSTOMER},
        [],
    ],
    ids=lambda body: str(body)[:40],
)
async def test_wrong_identifiers_are_refused(api, store, body):
    _, url = await customer(api, store)
    assert_problem(await api.post(url, json=body), 400, 400)
    assert await values(api, url) == [CUSTOMER]


async def test_255_characters_fit_and_one_more_does_not(api, store):
    _, url = await customer(api, store)
    ok(await add(api, url, "x" * 255, "chat"), 202)
    assert_problem(await add(api, url, "x" * 256, "chat"), 400, 400)


@pytest.mark.parametrize("policy", ["fifo", "lifo"])
async def test_one_value_is_removed_by_the_policy_then_all(api, store, policy):
    await configure(api, store, {"idType": "phone", "normalization": "phone", "limitPolicy": policy})
    _, url = await customer(api, store, number(1))
    for n in (2, 3, 4):
        ok(await add(api, url, number(n)), 202)
    assert ok(await api.delete(f"{url}/phone"), 202) == {"message": "Identifier removal accepted."}
    left = [2, 3, 4] if policy == "fifo" else [1, 2, 3]
    assert await values(api, url) == [number(n) for n in left]
    ok(await api.delete(f"{url}/phone", params={"removeAll": "true"}), 202)
    assert_problem(await api.get(f"{url}/phone"), 404, 20404)
    assert_problem(await api.delete(f"{url}/phone"), 404, 20404)
    assert all([await lookup(api, store, number(n)) == [] for n in range(1, 5)])


async def test_a_removed_value_may_become_somebody_elses(api, store):
    first, url = await customer(api, store)
    ok(await api.delete(f"{url}/phone"), 202)
    assert await create_profile(api, store, CUSTOMER) != first


async def test_types_that_are_not_there(api, store):
    _, url = await customer(api, store)
    assert_problem(await api.get(f"{url}/email"), 404, 20404)
    assert_problem(await api.get(f"{url}/nonsense"), 404, 20404)
    assert_problem(await api.delete(f"{url}/nonsense"), 404, 20404)
    assert_problem(await api.delete(f"{url}/phone", params={"removeAll": "perhaps"}), 400, 400)


async def test_an_unknown_profile_has_none(api, store):
    url = PATH.format(store=store, profile=unknown("mem_profile"))
    body = {"idType": "phone", "oldValue": CUSTOMER, "newValue": OTHER_CUSTOMER}
    for response in (
        await api.get(url),
        await api.get(f"{url}/phone"),
        await add(api, url, CUSTOMER),
        await api.patch(f"{url}/phone", json=body),
        await api.delete(f"{url}/phone"),
    ):
        assert_problem(response, 404, 20404)
    assert await lookup(api, store, CUSTOMER) == []


async def test_values_that_several_may_share(api, store):
    shared = {"idType": "phone", "normalization": "phone", "enforceUnique": False}
    await configure(api, store, {"idType": "email", "normalization": "email"}, shared)
    ids = []
    for name in ("ada", "bob"):
        body = {"traits": {"Contact": {"email": f"{name}@example.com", "phone": CUSTOMER}}}
        ids.append(ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"])
    assert len(set(ids)) == 2
    assert await lookup(api, store, CUSTOMER) == ids
    assert await lookup(api, store, "bob@example.com", "email") == [ids[1]]
    alone = ok(await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": {"Contact": {"phone": CUSTOMER}}}), 202)
    assert alone["id"] == ids[0]
