"""Observations: added, listed, fetched. What happens to them later is in test_revisions.py."""

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks, ids
from tests.helpers import (
    assert_problem,
    create_store,
    create_store_and_profile,
    observation,
    observe,
    ok,
    unknown,
)

CONVERSATION = unknown("conv_conversation")


async def post(api, profile: str, *items: dict):
    return await api.post(f"{profile}/Observations", json={"observations": list(items)})


async def listed(api, profile: str, **params) -> list[dict]:
    return ok(await api.get(f"{profile}/Observations", params=params))["observations"]


async def test_they_are_accepted_and_there(api):
    profile = await create_store_and_profile(api)

    accepted = ok(await post(api, profile, observation("Likes tea", conversationIds=[CONVERSATION])), 202)

    assert accepted == {"message": "Observations creation accepted"}
    [found] = await listed(api, profile)
    assert set(found) == {
        *("id", "content", "source", "occurredAt", "conversationIds", "createdAt", "updatedAt"),
        "communicationIds",
    }
    assert found["content"] == "Likes tea"
    assert found["source"] == "test"
    assert found["occurredAt"] == "2026-11-22T06:00:00Z"
    assert found["conversationIds"] == [CONVERSATION]


async def test_one_is_fetched_as_it_is_listed(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "Likes tea")
    [found] = await listed(api, profile)
    assert ok(await api.get(f"{profile}/Observations/{found['id']}")) == found


async def test_a_batch_is_listed_newest_first(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, *(f"fact {n}" for n in range(10)))
    assert [one["content"] for one in await listed(api, profile)] == [f"fact {n}" for n in reversed(range(10))]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"observations": None},
        {"observations": []},
        {"observations": {}},
        {"observations": [None]},
        {"observations": [{}]},
        {"observations": [observation(None)]},
        {"observations": [observation("")]},
        {"observations": [observation(1)]},
        {"observations": [observation("x", source=None)]},
        {"observations": [observation("x", source="")]},
        {"observations": [observation("x", source="a,b")]},
        {"observations": [observation("x", source="test\n")]},
        {"observations": [observation("x", occurredAt=None)]},
        {"observations": [observation("x", occurredAt="yesterday")]},
        {"observations": [observation("x", occurredAt=1700000000)]},
        {"observations": [observation("x", conversationIds="x")]},
        {"observations": [observation("x", conversationIds=["nonsense"])]},
        {"observations": [observation("x", conversationIds=[CONVERSATION + "\n"])]},
    ],
    ids=repr,
)
async def test_a_wrong_body_is_refused(api, body):
    profile = await create_store_and_profile(api)
    assert_problem(await api.post(f"{profile}/Observations", json=body), 400, 400)
    assert await listed(api, profile) == []


async def test_one_wrong_item_keeps_the_whole_batch_out(api):
    profile = await create_store_and_profile(api)
    assert_problem(await post(api, profile, observation("fine"), observation("x", occurredAt="?")), 400, 400)
    assert await listed(api, profile) == []


async def test_ten_fit_in_a_batch_and_eleven_do_not(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, *[observation("x")] * 10), 202)
    assert_problem(await post(api, profile, *[observation("x")] * 11), 400, 400)


async def test_4096_characters_fit_and_one_more_does_not(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, observation("é" * 4096)), 202)
    assert_problem(await post(api, profile, observation("é" * 4097)), 400, 400)


async def test_a_source_of_100_characters_fits_and_one_more_does_not(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, observation("x", source="a" * 100)), 202)
    assert_problem(await post(api, profile, observation("x", source="a" * 101)), 400, 400)


async def test_a_source_may_name_a_path(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, observation("x", source="crm/v2 notes_1.0-a")), 202)


async def test_ten_conversations_fit_and_eleven_do_not(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, observation("x", conversationIds=[CONVERSATION] * 10)), 202)
    assert_problem(await post(api, profile, observation("x", conversationIds=[CONVERSATION] * 11)), 400, 400)


async def test_nulls_and_unknown_keys_do_no_harm(api):
    profile = await create_store_and_profile(api)
    ok(await post(api, profile, observation("x", conversationIds=None, importance="high")), 202)
    assert (await listed(api, profile))[0]["conversationIds"] == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-11-22T06:16:00Z", "2026-11-22T06:16:00Z"),
        ("2026-11-22T06:16:00.123Z", "2026-11-22T06:16:00Z"),
        ("2026-11-22T06:16:00.002187+00:00", "2026-11-22T06:16:00Z"),
        ("2026-11-22T06:16:00+02:00", "2026-11-22T04:16:00Z"),
        ("2026-11-22T06:16:00", "2026-11-22T06:16:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
async def test_times_come_in_many_forms_and_go_out_in_one(api, given, shown):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "x", occurredAt=given)
    assert (await listed(api, profile))[0]["occurredAt"] == shown


async def test_they_are_filtered_by_source(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "a", source="crm")
    await observe(api, profile, "b", source="test")
    assert [one["content"] for one in await listed(api, profile, source="crm")] == ["a"]


async def test_they_are_filtered_by_conversation(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "a", conversationIds=[CONVERSATION])
    await observe(api, profile, "b")
    assert [one["content"] for one in await listed(api, profile, conversationId=CONVERSATION)] == ["a"]


async def test_created_after_includes_and_created_before_excludes(api, runtime):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "a")
    async with runtime.db.read() as tx:
        created = (await tx.value("SELECT created_at FROM observation")).isoformat()
    assert len(await listed(api, profile, createdAfter=created)) == 1
    assert len(await listed(api, profile, createdBefore=created)) == 0
    assert len(await listed(api, profile, createdBefore="2999-01-01T00:00:00Z")) == 1
    assert len(await listed(api, profile, createdAfter="2999-01-01T00:00:00Z")) == 0


@pytest.mark.parametrize("name", ["createdAfter", "createdBefore"])
async def test_a_wrong_date_is_refused(api, name):
    profile = await create_store_and_profile(api)
    assert_problem(await api.get(f"{profile}/Observations", params={name: "soon"}), 400, 400)


async def test_an_unknown_profile_is_not_found(api):
    url = f"/v1/Stores/{await create_store(api)}/Profiles/{unknown('mem_profile')}/Observations"
    assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.get(f"{url}/{unknown('mem_observation')}"), 404, 20404)
    assert_problem(await api.post(url, json={"observations": [observation("x")]}), 404, 20404)


async def test_an_unknown_observation_is_not_found_and_a_malformed_id_refused(api):
    profile = await create_store_and_profile(api)
    assert_problem(await api.get(f"{profile}/Observations/{unknown('mem_observation')}"), 404, 20404)
    assert_problem(await api.get(f"{profile}/Observations/first"), 400, 400)


async def test_another_profile_does_not_show_it(api):
    one, two = await create_store_and_profile(api), await create_store_and_profile(api)
    await observe(api, one, "x")
    [found] = await listed(api, one)
    assert_problem(await api.get(f"{two}/Observations/{found['id']}"), 404, 20404)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    profile = await create_store_and_profile(api)
    await assert_walks(api, f"{profile}/Observations", "observations", lambda: observe(api, profile, "x"), order)


async def test_inserts_do_not_disturb_pages(api):
    profile = await create_store_and_profile(api)
    url = f"{profile}/Observations"
    await assert_inserts_do_not_disturb(api, url, "observations", lambda: observe(api, profile, "x"))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, f"{await create_store_and_profile(api)}/Observations")


async def test_a_page_holds_fifty_at_most(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, *(f"fact {n}" for n in range(60)))
    first = ok(await api.get(f"{profile}/Observations", params={"pageSize": 1000}))
    assert len(first["observations"]) == first["meta"]["pageSize"] == 50
    rest = ok(await api.get(f"{profile}/Observations", params={"pageToken": first["meta"]["nextToken"]}))
    assert len({*ids(first["observations"]), *ids(rest["observations"])}) == 60
