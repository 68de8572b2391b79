"""Observations changed and deleted, and the states they had."""

import asyncio

import pytest
from tests.api.paging import assert_refuses_bad_parameters, ids
from tests.helpers import (
    assert_problem,
    create_profile,
    create_store_and_profile,
    observe,
    ok,
    pages,
    run_jobs,
    unknown,
)

CONVERSATION = unknown("conv_conversation")


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


@pytest.fixture
async def url(api, profile) -> str:
    """Of an observation."""
    await observe(api, profile, "Likes tea", source="crm", conversationIds=[CONVERSATION])
    [one] = ok(await api.get(f"{profile}/Observations"))["observations"]
    return f"{profile}/Observations/{one['id']}"


async def change(api, url: str, **fields) -> None:
    assert ok(await api.patch(url, json=fields), 202) == {"message": "Observation update accepted"}


async def revisions(api, url: str, **params) -> list[dict]:
    return ok(await api.get(f"{url}/Revisions", params=params))["revisions"]


async def contents(api, url: str, **params) -> list[str]:
    return [one["content"] for one in await revisions(api, url, **params)]


async def count(runtime, table: str) -> int:
    async with runtime.db.read() as tx:
        return await tx.value(f"SELECT count(*) FROM {table}")


# Change


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"content": "Likes coffee"}, {"content": "Likes coffee"}),
        ({"source": "notes"}, {"source": "notes"}),
        ({"occurredAt": "2026-11-23T07:00:00.5+01:00"}, {"occurredAt": "2026-11-23T06:00:00Z"}),
        ({"conversationIds": []}, {"conversationIds": []}),
        ({"content": "Likes rum", "source": "x"}, {"content": "Likes rum", "source": "x"}),
        ({"content": None, "source": "x", "importance": 1}, {"source": "x"}),
    ],
)
async def test_what_is_named_changes_and_the_rest_stays(api, url, given, shown):
    before = ok(await api.get(url))
    await change(api, url, **given)
    after = ok(await api.get(url))
    assert after == {**before, **shown, "updatedAt": after["updatedAt"]}
    assert await revisions(api, url) == [after, before]


async def test_a_change_moves_the_time_of_the_update(api, url, runtime):
    await change(api, url, content="Likes coffee")
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT updated_at > created_at FROM observation")


@pytest.mark.parametrize(
    "fields", [{}, {"content": "Likes tea"}, {"conversationIds": [CONVERSATION], "source": "crm"}, {"content": None}]
)
async def test_what_changes_nothing_leaves_no_revision(api, url, fields):
    before = ok(await api.get(url))
    await change(api, url, **fields)
    assert ok(await api.get(url)) == before
    assert await revisions(api, url) == [before]


@pytest.mark.parametrize(
    "body",
    [
        {"content": ""},
        {"content": 1},
        {"content": "é" * 4097},
        {"source": ""},
        {"source": "a,b"},
        {"source": "a" * 101},
        {"occurredAt": "yesterday"},
        {"occurredAt": ""},
        {"occurredAt": 1700000000},
        {"conversationIds": "x"},
        {"conversationIds": ["nonsense"]},
        {"conversationIds": [CONVERSATION] * 11},
        [],
        None,
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_a_wrong_change_is_refused(api, url, body):
    before = ok(await api.get(url))
    assert_problem(await api.patch(url, json=body), 400, 400)
    assert ok(await api.get(url)) == before


async def test_the_largest_of_everything_fits(api, url):
    await change(api, url, content="é" * 4096, source="a" * 100, conversationIds=[CONVERSATION] * 10)


async def test_changed_words_lose_their_vector_and_get_another(api, url, runtime):
    await run_jobs(runtime)
    assert await count(runtime, "embedding") == 1
    await change(api, url, source="notes")
    assert await count(runtime, "embedding") == 1
    await change(api, url, content="Likes coffee")
    assert await count(runtime, "embedding") == 0
    await run_jobs(runtime)
    assert await count(runtime, "embedding") == 1


async def test_changes_at_once_are_all_kept(api, url):
    await asyncio.gather(*(change(api, url, content=f"Likes {n}") for n in range(5)))
    states = await contents(api, url)
    assert sorted(states) == sorted(["Likes tea", *(f"Likes {n}" for n in range(5))])
    assert states[0] == ok(await api.get(url))["content"]
    assert states[-1] == "Likes tea"


# Revisions


async def test_revisions_come_newest_first_each_with_the_id_of_the_observation(api, url):
    await change(api, url, content="Likes coffee")
    await change(api, url, content="Likes rum")
    body = ok(await api.get(f"{url}/Revisions"))
    assert body["meta"] == {"key": "revisions", "pageSize": 3}
    assert [one["content"] for one in body["revisions"]] == ["Likes rum", "Likes coffee", "Likes tea"]
    assert set(ids(body["revisions"])) == {url.rpartition("/")[2]}
    assert len({one["createdAt"] for one in body["revisions"]}) == 1


async def test_a_vector_that_arrives_is_no_revision(api, url, runtime):
    await change(api, url, content="Likes coffee")
    await run_jobs(runtime)
    assert await contents(api, url) == ["Likes coffee", "Likes tea"]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_revisions_walk_both_ways(api, url, order):
    for n in range(1, 7):
        await change(api, url, content=f"Likes {n}")
    everything = ["Likes tea", *(f"Likes {n}" for n in range(1, 7))]
    everything = everything if order == "ASC" else everything[::-1]
    forwards = [body async for body in pages(api, f"{url}/Revisions", orderBy=order, pageSize=3)]
    assert [one["content"] for body in forwards for one in body["revisions"]] == everything
    assert [body["meta"]["pageSize"] for body in forwards] == [3, 3, 1]
    token = forwards[-1]["meta"]["previousToken"]
    back = [
        body async for body in pages(api, f"{url}/Revisions", "previous", orderBy=order, pageSize=3, pageToken=token)
    ]
    assert [[one["content"] for one in body["revisions"]] for body in back] == [everything[3:6], everything[:3]]


async def test_more_than_nine_revisions_stay_in_order(api, url):
    for n in range(12):
        await change(api, url, content=f"Likes {n}")
    assert await contents(api, url) == [*(f"Likes {n}" for n in reversed(range(12))), "Likes tea"]


async def test_a_change_meanwhile_disturbs_no_page(api, url, runtime):
    for n in range(3):
        await change(api, url, content=f"Likes {n}")
    first = ok(await api.get(f"{url}/Revisions", params={"pageSize": 2}))
    await change(api, url, content="Likes rum")
    await run_jobs(runtime)
    rest = await contents(api, url, pageToken=first["meta"]["nextToken"])
    assert [one["content"] for one in first["revisions"]] + rest == ["Likes 2", "Likes 1", "Likes 0", "Likes tea"]


async def test_a_page_holds_fifty_at_most(api, url):
    for n in range(51):
        await change(api, url, content=f"Likes {n}")
    sizes = [body["meta"]["pageSize"] async for body in pages(api, f"{url}/Revisions", pageSize=1000)]
    assert sizes == [50, 2]


async def test_bad_page_parameters_are_refused(api, url):
    await assert_refuses_bad_parameters(api, f"{url}/Revisions")


# Delete


async def test_what_is_deleted_is_gone_with_its_revisions_and_its_vector(api, profile, url, runtime):
    await observe(api, profile, "Has two cats")
    await change(api, url, content="Likes coffee")
    await run_jobs(runtime)

    assert ok(await api.delete(url), 202) == {"message": "Observation deletion accepted"}

    assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.get(f"{url}/Revisions"), 404, 20404)
    assert_problem(await api.patch(url, json={"content": "x"}), 404, 20404)
    assert_problem(await api.patch(url, json={}), 404, 20404)
    assert_problem(await api.delete(url), 404, 20404)
    [left] = ok(await api.get(f"{profile}/Observations"))["observations"]
    assert left["content"] == "Has two cats"
    assert [await count(runtime, table) for table in ("observation_revision", "embedding")] == [0, 1]


async def test_of_two_that_delete_at_once_one_finds_it_gone(api, url):
    statuses = [response.status_code for response in await asyncio.gather(api.delete(url), api.delete(url))]
    assert sorted(statuses) == [202, 404]


# Ids that lead nowhere


async def test_ids_that_lead_nowhere(api, profile, url):
    observation_id = url.rpartition("/")[2]
    other = f"{profile.rpartition('/')[0]}/{await create_profile(api, profile.split('/')[3], '+12025550188')}"
    nobody = f"{profile.rpartition('/')[0]}/{unknown('mem_profile')}"
    for address in (
        f"{profile}/Observations/{unknown('mem_observation')}",
        f"{other}/Observations/{observation_id}",
        f"{nobody}/Observations/{observation_id}",
    ):
        assert_problem(await api.patch(address, json={"content": "x"}), 404, 20404)
        assert_problem(await api.delete(address), 404, 20404)
        assert_problem(await api.get(f"{address}/Revisions"), 404, 20404)
    malformed = f"{profile}/Observations/first"
    assert_problem(await api.patch(malformed, json={"content": "x"}), 400, 400)
    assert_problem(await api.delete(malformed), 400, 400)
    assert_problem(await api.get(f"{malformed}/Revisions"), 400, 400)
    assert await contents(api, url) == ["Likes tea"]
