"""The traits of a profile as a list."""

import json

import pytest
from psycopg.types.json import Jsonb
from tests.api.paging import assert_refuses_bad_parameters
from tests.helpers import (
    CUSTOMER,
    assert_problem,
    create_profile,
    create_store,
    create_store_and_profile,
    ok,
    pages,
    unknown,
)

from regulars.runtime import clock


async def write(runtime, profile: str, group: str, **values) -> None:
    """Straight into the table, so that groups need no definition; `profile` is the path of a profile."""
    _, _, _, store, _, profile_id = profile.split("/")
    statement = "INSERT INTO trait VALUES (%(store)s, %(profile_id)s, %(group)s, %(name)s, %(value)s, %(now)s)"
    rows = [
        {"store": store, "profile_id": profile_id, "group": group, "name": name, "value": Jsonb(value), "now": clock()}
        for name, value in values.items()
    ]
    await runtime.db.write(lambda tx: tx.run_each(statement, rows))


async def listed(api, profile: str, **params) -> list[tuple[str, str]]:
    found = ok(await api.get(f"{profile}/Traits", params=params))["traits"]
    return [(one["traitGroup"], one["name"]) for one in found]


async def test_a_trait_has_the_keys_of_the_contract(api):
    store = await create_store(api)
    profile = await create_profile(api, store)

    body = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Traits"))

    assert body["meta"] == {"key": "traits", "pageSize": 1}
    [trait] = body["traits"]
    assert set(trait) == {"name", "value", "traitGroup", "timestamp"}
    assert (trait["traitGroup"], trait["name"], trait["value"]) == ("Contact", "phone", CUSTOMER)
    assert len(trait["timestamp"]) == len("2026-11-22T06:00:00Z")


async def test_the_timestamp_is_when_the_value_was_written(api, runtime):
    profile = await create_store_and_profile(api)
    statement = "UPDATE trait SET updated_at = '2026-01-02 03:04:05.678+00'"
    await runtime.db.write(lambda tx: tx.run(statement))
    [trait] = ok(await api.get(f"{profile}/Traits"))["traits"]
    assert trait["timestamp"] == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize("value", ["gold", "1250", 1250, -1, 0, True, False, [], ["a", 1, True]], ids=repr)
async def test_values_keep_their_type(api, runtime, value):
    profile = await create_store_and_profile(api)
    await write(runtime, profile, "Loyalty", tier=value)
    [found] = ok(await api.get(f"{profile}/Traits", params={"traitGroups": "Loyalty"}))["traits"]
    assert json.dumps(found["value"]) == json.dumps(value)


async def test_groups_can_be_chosen_in_any_case(api, runtime):
    profile = await create_store_and_profile(api)
    await write(runtime, profile, "Loyalty", tier="gold")
    await write(runtime, profile, "Billing", plan="pro")
    assert await listed(api, profile, traitGroups="loyalty") == [("Loyalty", "tier")]
    assert await listed(api, profile, traitGroups=" CONTACT ,Billing,", orderBy="ASC") == [
        ("Billing", "plan"),
        ("Contact", "phone"),
    ]
    assert len(await listed(api, profile, traitGroups=["Billing", "Contact,Loyalty"])) == 3
    assert await listed(api, profile, traitGroups="Nothing") == []
    assert len(await listed(api, profile, traitGroups="")) == 3
    assert len(await listed(api, profile)) == 3


async def test_a_filter_of_256_characters_fits_and_one_more_does_not(api):
    profile = await create_store_and_profile(api)
    assert await listed(api, profile, traitGroups="Contact," + "x" * 248) == [("Contact", "phone")]
    assert_problem(await api.get(f"{profile}/Traits", params={"traitGroups": "x" * 257}), 400, 400)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, runtime, order):
    """Names whose order depends on the separator are among them."""
    profile = await create_store_and_profile(api)
    await write(runtime, profile, "Loyalty", tier="gold", points=1, since="2026")
    await write(runtime, profile, "Loyalty-2", tier="gold")
    await write(runtime, profile, "Loyalty.a", tier="gold", z=1)
    url = f"{profile}/Traits"
    everything = await listed(api, profile, orderBy=order)
    assert everything == sorted(everything, key="/".join, reverse=order == "DESC")
    assert len(everything) == 7
    forwards = [body async for body in pages(api, url, orderBy=order, pageSize=3)]
    assert [(one["traitGroup"], one["name"]) for body in forwards for one in body["traits"]] == everything
    assert [body["meta"]["pageSize"] for body in forwards] == [3, 3, 1]
    token = forwards[-1]["meta"]["previousToken"]
    back = [body async for body in pages(api, url, "previous", orderBy=order, pageSize=3, pageToken=token)]
    assert [body["traits"] for body in back] == [forwards[1]["traits"], forwards[0]["traits"]]


async def test_a_page_holds_a_hundred_at_most(api, runtime):
    profile = await create_store_and_profile(api)
    await write(runtime, profile, "Loyalty", **{f"trait{n}": n for n in range(100)})
    sizes = [body["meta"]["pageSize"] async for body in pages(api, f"{profile}/Traits", pageSize=1000)]
    assert sizes == [100, 1]


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, f"{await create_store_and_profile(api)}/Traits")


async def test_a_profile_without_traits_has_an_empty_list(api, runtime):
    profile = await create_store_and_profile(api)
    await runtime.db.write(lambda tx: tx.run("DELETE FROM trait"))
    assert ok(await api.get(f"{profile}/Traits")) == {"traits": [], "meta": {"key": "traits", "pageSize": 0}}


async def test_ids_that_lead_nowhere(api):
    store, other = await create_store(api), await create_store(api)
    profile = await create_profile(api, store)
    assert_problem(await api.get(f"/v1/Stores/{store}/Profiles/{unknown('mem_profile')}/Traits"), 404, 20404)
    assert_problem(await api.get(f"/v1/Stores/{other}/Profiles/{profile}/Traits"), 404, 20404)
    assert_problem(await api.get(f"/v1/Stores/{store}/Profiles/ada/Traits"), 400, 400)
