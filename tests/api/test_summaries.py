"""Summaries: added, listed, fetched, changed, deleted."""

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    assert_problem,
    create_profile,
    create_store,
    create_store_and_profile,
    ok,
    run_jobs,
    summarise,
    summary,
    unknown,
)

from regulars.core import ids
from regulars.runtime import mint

CONVERSATION = unknown("conv_conversation")


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


@pytest.fixture
async def url(api, profile) -> str:
    """Of a summary."""
    await summarise(api, profile, "They asked for a refund", source="crm")
    [one] = await listed(api, profile)
    return f"{profile}/ConversationSummaries/{one['id']}"


async def post(api, profile: str, *items: dict):
    return await api.post(f"{profile}/ConversationSummaries", json={"summaries": list(items)})


async def listed(api, profile: str, **params) -> list[dict]:
    return ok(await api.get(f"{profile}/ConversationSummaries", params=params))["summaries"]


async def count_vectors(runtime) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM embedding")


# Add


async def test_they_are_accepted_and_there(api, profile):
    accepted = ok(await post(api, profile, summary("They asked for a refund", source="crm")), 202)

    assert accepted == {"message": "Summaries creation accepted"}
    body = ok(await api.get(f"{profile}/ConversationSummaries"))
    assert body["meta"] == {"key": "summaries", "pageSize": 1}
    [found] = body["summaries"]
    assert set(found) == {"id", "content", "conversationId", "occurredAt", "source", "createdAt", "updatedAt"}
    assert ids.is_id(ids.SUMMARY, found["id"])
    assert found["content"] == "They asked for a refund"
    assert found["conversationId"] == CONVERSATION
    assert found["occurredAt"] == "2026-11-22T06:00:00Z"
    assert found["source"] == "crm"


async def test_one_is_fetched_as_it_is_listed(api, profile, url):
    assert [ok(await api.get(url))] == await listed(api, profile)


@pytest.mark.parametrize("fields", [{}, {"source": None}])
async def test_without_a_source_it_is_of_conversations(api, profile, fields):
    await summarise(api, profile, "x", **fields)
    assert (await listed(api, profile))[0]["source"] == "conversations"


async def test_a_batch_is_listed_newest_first(api, profile):
    await summarise(api, profile, *(f"recap {n}" for n in range(10)))
    assert [one["content"] for one in await listed(api, profile)] == [f"recap {n}" for n in reversed(range(10))]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"summaries": None},
        {"summaries": []},
        {"summaries": {}},
        {"summaries": [None]},
        {"summaries": [summary("x")] * 11},
        {"summaries": [summary(None)]},
        {"summaries": [summary("")]},
        {"summaries": [summary(1)]},
        {"summaries": [summary("é" * 4097)]},
        {"summaries": [summary("x", conversationId=None)]},
        {"summaries": [summary("x", conversationId="nonsense")]},
        {"summaries": [summary("x", conversationId=CONVERSATION + "\n")]},
        {"summaries": [summary("x", occurredAt=None)]},
        {"summaries": [summary("x", occurredAt="yesterday")]},
        {"summaries": [summary("fine"), summary("x", occurredAt="?")]},
        {"summaries": [summary("x", source="")]},
        {"summaries": [summary("x", source="a,b")]},
        {"summaries": [summary("x", source="a" * 101)]},
    ],
    ids=lambda body: repr(body)[:60],
)
async def test_a_wrong_body_is_refused(api, profile, body):
    assert_problem(await api.post(f"{profile}/ConversationSummaries", json=body), 400, 400)
    assert await listed(api, profile) == []


async def test_the_largest_of_everything_fits(api, profile):
    ok(await post(api, profile, *[summary("é" * 4096, source="a" * 100)] * 10), 202)
    assert len(await listed(api, profile)) == 10


async def test_they_get_their_vectors(api, profile, runtime):
    await summarise(api, profile, "They asked for a refund", "They moved to Lisbon")
    await run_jobs(runtime)
    assert await count_vectors(runtime) == 2


# List


async def test_they_are_filtered_by_conversation(api, profile):
    wanted = mint(ids.CONVERSATION)
    await summarise(api, profile, "a", conversationId=wanted)
    await summarise(api, profile, "b")
    assert [one["content"] for one in await listed(api, profile, conversationId=wanted)] == ["a"]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, profile, order):
    url = f"{profile}/ConversationSummaries"
    await assert_walks(api, url, "summaries", lambda: summarise(api, profile, "x"), order)


async def test_inserts_do_not_disturb_pages(api, profile):
    url = f"{profile}/ConversationSummaries"
    await assert_inserts_do_not_disturb(api, url, "summaries", lambda: summarise(api, profile, "x"))


async def test_bad_page_parameters_are_refused(api, profile):
    await assert_refuses_bad_parameters(api, f"{profile}/ConversationSummaries")


async def test_a_page_holds_fifty_at_most(api, profile):
    for _ in range(6):
        await summarise(api, profile, *["x"] * 10)
    assert len(await listed(api, profile, pageSize=1000)) == 50


# Change


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"content": "They were refunded"}, {"content": "They were refunded"}),
        ({"source": "notes"}, {"source": "notes"}),
        ({"occurredAt": "2026-11-23T06:00:00Z"}, {"occurredAt": "2026-11-23T06:00:00Z"}),
        (
            {"conversationId": "conv_conversation_00000000000000000000000001"},
            {"conversationId": "conv_conversation_00000000000000000000000001"},
        ),
        ({}, {}),
        ({"content": None, "occurredAt": None}, {}),
    ],
)
async def test_what_is_named_changes_and_the_rest_stays(api, url, given, shown):
    before = ok(await api.get(url))
    assert ok(await api.patch(url, json=given), 202) == {"message": "Conversation summary update accepted"}
    after = ok(await api.get(url))
    assert after == {**before, **shown, "updatedAt": after["updatedAt"]}


async def test_only_a_change_moves_the_time_of_the_update(api, url, runtime):
    async def is_moved() -> bool:
        async with runtime.db.read() as tx:
            return await tx.value("SELECT updated_at > created_at FROM summary")

    ok(await api.patch(url, json={"content": "They asked for a refund"}), 202)
    assert not await is_moved()
    ok(await api.patch(url, json={"content": "They were refunded"}), 202)
    assert await is_moved()


@pytest.mark.parametrize(
    "body",
    [
        {"content": ""},
        {"content": "é" * 4097},
        {"source": "a,b"},
        {"source": "a" * 101},
        {"occurredAt": "soon"},
        {"conversationId": "nonsense"},
        [],
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_a_wrong_change_is_refused(api, url, body):
    before = ok(await api.get(url))
    assert_problem(await api.patch(url, json=body), 400, 400)
    assert ok(await api.get(url)) == before


async def test_changed_words_lose_their_vector_and_get_another(api, url, runtime):
    await run_jobs(runtime)
    ok(await api.patch(url, json={"source": "notes"}), 202)
    assert await count_vectors(runtime) == 1
    ok(await api.patch(url, json={"content": "They were refunded"}), 202)
    assert await count_vectors(runtime) == 0
    await run_jobs(runtime)
    assert await count_vectors(runtime) == 1


# Delete


async def test_what_is_deleted_is_gone_with_its_vector(api, profile, url, runtime):
    await summarise(api, profile, "They moved")
    await run_jobs(runtime)
    assert ok(await api.delete(url), 202) == {"message": "Conversation summary deletion accepted"}
    assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.patch(url, json={}), 404, 20404)
    assert_problem(await api.delete(url), 404, 20404)
    assert [one["content"] for one in await listed(api, profile)] == ["They moved"]
    assert await count_vectors(runtime) == 1


# Ids that lead nowhere


async def test_an_unknown_profile_is_not_found(api):
    url = f"/v1/Stores/{await create_store(api)}/Profiles/{unknown('mem_profile')}/ConversationSummaries"
    assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.get(f"{url}/{unknown('mem_summary')}"), 404, 20404)
    assert_problem(await api.post(url, json={"summaries": [summary("x")]}), 404, 20404)


async def test_ids_that_lead_nowhere(api, profile, url):
    other = f"{profile.rpartition('/')[0]}/{await create_profile(api, profile.split('/')[3], '+12025550188')}"
    for address in (
        f"{profile}/ConversationSummaries/{unknown('mem_summary')}",
        f"{other}/ConversationSummaries/{url.rpartition('/')[2]}",
    ):
        assert_problem(await api.get(address), 404, 20404)
        assert_problem(await api.patch(address, json={"content": "x"}), 404, 20404)
        assert_problem(await api.delete(address), 404, 20404)
    malformed = f"{profile}/ConversationSummaries/first"
    assert_problem(await api.get(malformed), 400, 400)
    assert_problem(await api.patch(malformed, json={"content": "x"}), 400, 400)
    assert_problem(await api.delete(malformed), 400, 400)
    assert ok(await api.get(url))["content"] == "They asked for a refund"
