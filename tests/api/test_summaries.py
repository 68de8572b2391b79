"""Conversation summaries: written by extraction, listed here."""

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import assert_problem, create_store, create_store_and_profile, ok, unknown

from regulars.core import ids
from regulars.domain.summaries import Summary
from regulars.runtime import clock, mint
from regulars.storage import profiles, summaries


async def summarise(runtime, profile: str, conversation: str | None = None) -> Summary:
    """As the extraction job writes it; `profile` is the path of a profile."""
    _, _, _, store, _, profile_id = profile.split("/")
    now = clock()
    summary = Summary(
        summary_id=mint(ids.SUMMARY),
        content="They asked for a refund.",
        source="conversations",
        conversation_id=conversation or mint(ids.CONVERSATION),
        occurred_at=now,
        created_at=now,
        updated_at=now,
    )

    async def write(tx) -> None:
        version = await profiles.next_memory_version(tx, store, profile_id)
        await summaries.insert(tx, store, profile_id, summary, version)

    await runtime.db.write(write)
    return summary


async def test_a_summary_has_the_keys_of_the_contract(api, runtime):
    profile = await create_store_and_profile(api)
    written = await summarise(runtime, profile)

    body = ok(await api.get(f"{profile}/ConversationSummaries"))

    assert body["meta"] == {"key": "summaries", "pageSize": 1}
    [found] = body["summaries"]
    assert set(found) == {"id", "content", "conversationId", "occurredAt", "source", "createdAt", "updatedAt"}
    assert found["id"] == written.summary_id
    assert found["conversationId"] == written.conversation_id


async def test_they_are_filtered_by_conversation(api, runtime):
    profile = await create_store_and_profile(api)
    wanted = await summarise(runtime, profile)
    await summarise(runtime, profile)
    params = {"conversationId": wanted.conversation_id}
    body = ok(await api.get(f"{profile}/ConversationSummaries", params=params))
    assert [one["id"] for one in body["summaries"]] == [wanted.summary_id]


async def test_an_unknown_profile_is_not_found(api):
    url = f"/v1/Stores/{await create_store(api)}/Profiles/{unknown('mem_profile')}/ConversationSummaries"
    assert_problem(await api.get(url), 404, 20404)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, runtime, order):
    profile = await create_store_and_profile(api)
    url = f"{profile}/ConversationSummaries"
    await assert_walks(api, url, "summaries", lambda: summarise(runtime, profile), order)


async def test_inserts_do_not_disturb_pages(api, runtime):
    profile = await create_store_and_profile(api)
    url = f"{profile}/ConversationSummaries"
    await assert_inserts_do_not_disturb(api, url, "summaries", lambda: summarise(runtime, profile))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, f"{await create_store_and_profile(api)}/ConversationSummaries")
