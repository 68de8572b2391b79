"""Idempotency-Key on batches of observations and of summaries: what is sent twice is added once."""

import asyncio
from uuid import uuid4

import pytest
from tests.helpers import assert_problem, create_profile, create_store_and_profile, observation, ok, summary

KINDS = [("Observations", "observations", observation), ("ConversationSummaries", "summaries", summary)]
by_kind = pytest.mark.parametrize(("path", "name", "item"), KINDS, ids=[path for path, _, _ in KINDS])

KEY = "4f3c1f0e-6f0a-4f3c-9a53-0d6a1f6a3f10"


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


async def post(api, url: str, name: str, *items: dict, key: str):
    return await api.post(url, json={name: list(items)}, headers={"Idempotency-Key": key})


async def contents(api, url: str, name: str) -> list[str]:
    return sorted(one["content"] for one in ok(await api.get(url))[name])


async def age(runtime, seconds: int) -> None:
    """As if every key had come so much earlier."""
    statement = "UPDATE accepted_batch SET created_at = created_at - %(seconds)s * interval '1 second'"
    await runtime.db.write(lambda tx: tx.run(statement, seconds=seconds))


@by_kind
async def test_a_repeated_key_adds_nothing_and_is_answered_alike(api, profile, path, name, item):
    url, key = f"{profile}/{path}", str(uuid4())
    first = await post(api, url, name, item("a"), item("b"), key=key)
    again = await post(api, url, name, item("a"), item("b"), key=key.upper())
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.status_code == 202
    assert await contents(api, url, name) == ["a", "b"]


@by_kind
async def test_another_key_or_none_adds(api, profile, path, name, item):
    url = f"{profile}/{path}"
    for _ in range(2):
        ok(await post(api, url, name, item("keyed"), key=str(uuid4())), 202)
        ok(await api.post(url, json={name: [item("bare")]}), 202)
    assert await contents(api, url, name) == ["bare", "bare", "keyed", "keyed"]


@by_kind
async def test_of_twins_at_once_one_is_added(api, profile, path, name, item):
    url, key = f"{profile}/{path}", str(uuid4())
    answers = await asyncio.gather(*(post(api, url, name, item("a"), item("b"), key=key) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [202] * 6
    assert await contents(api, url, name) == ["a", "b"]


@by_kind
async def test_a_key_holds_for_a_day(api, profile, runtime, path, name, item):
    url, key = f"{profile}/{path}", str(uuid4())
    ok(await post(api, url, name, item("a"), key=key), 202)
    await age(runtime, 24 * 60 * 60 - 60)
    ok(await post(api, url, name, item("a"), key=key), 202)
    assert await contents(api, url, name) == ["a"]
    await age(runtime, 60)
    ok(await post(api, url, name, item("a"), key=key), 202)
    assert await contents(api, url, name) == ["a", "a"]


async def test_old_keys_are_removed_by_the_next(api, profile, runtime):
    url = f"{profile}/Observations"
    for _ in range(3):
        ok(await post(api, url, "observations", observation("a"), key=str(uuid4())), 202)
    await age(runtime, 24 * 60 * 60)
    ok(await post(api, url, "observations", observation("a"), key=str(uuid4())), 202)
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM accepted_batch") == 1


async def test_a_key_is_of_one_profile_and_one_kind(api, profile):
    other = f"{profile.rpartition('/')[0]}/{await create_profile(api, profile.split('/')[3], '+12025550188')}"
    key = str(uuid4())
    for one in (profile, other):
        for path, name, item in KINDS:
            ok(await post(api, f"{one}/{path}", name, item("a"), key=key), 202)
            assert await contents(api, f"{one}/{path}", name) == ["a"]


@by_kind
@pytest.mark.parametrize("key", ["", "first", KEY + "0", KEY.replace("-", ""), "{" + KEY + "}", "g" * 36])
async def test_a_key_that_is_no_uuid_is_refused(api, profile, path, name, item, key):
    url = f"{profile}/{path}"
    assert_problem(await post(api, url, name, item("a"), key=key), 400, 400)
    assert await contents(api, url, name) == []


async def test_a_refused_batch_does_not_use_up_its_key(api, profile):
    url, key = f"{profile}/Observations", str(uuid4())
    assert_problem(await post(api, url, "observations", observation("a\x00"), key=key), 400, 400)
    ok(await post(api, url, "observations", observation("a"), key=key), 202)
    assert await contents(api, url, "observations") == ["a"]
