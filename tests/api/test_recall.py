"""Recall over HTTP: communications, their neighbours, and explanations."""

import pytest
from tac.models.memory import MemoryRetrievalResponse
from tests.helpers import (
    CUSTOMER,
    assert_problem,
    conversations,
    create_configuration,
    create_store,
    observe,
    ok,
    profile_ids,
    recall,
    run_jobs,
    say,
    summarise,
    text_in,
    unknown,
)

OF_PERSON = {"id", "name", "address", "channel", "type"}
OF_COMMUNICATION = {"id", "author", "content", "recipients", "channelId", "createdAt", "updatedAt"}


@pytest.fixture
async def profile(api, tenant) -> str:
    """The path of a profile that has texted three times."""
    store = await create_store(api)
    await create_configuration(api, store)
    for text in ("Good morning", "I have two cats", "And a dog"):
        await text_in(api, tenant, Body=text, ProfileName="Ada")
    [profile_id] = await profile_ids(api, store)
    return f"/v1/Stores/{store}/Profiles/{profile_id}"


def texts(found: dict) -> list[str]:
    return [one["content"]["text"] for one in found["communications"]]


async def test_with_a_query_the_most_relevant_come_first_with_their_scores(api, profile):
    [conversation] = await conversations(api)
    found = await recall(api, profile, query="two cats", communicationsLimit=2)
    first, second = found["communications"]
    assert set(first) == OF_COMMUNICATION | {"conversationId", "occurredAt", "score"}
    assert first["content"] == {"text": "I have two cats"}
    assert first["conversationId"] == second["conversationId"] == conversation["id"]
    assert 0 <= second["score"] <= first["score"] <= 1
    assert set(first["author"]) == OF_PERSON | {"profileId"}
    assert (first["author"]["name"], first["author"]["address"]) == ("Ada", CUSTOMER)
    assert set(first["recipients"][0]) == OF_PERSON | {"deliveryStatus"}


async def test_without_a_query_the_newest_come_first_without_a_score(api, profile):
    found = await recall(api, profile, communicationsLimit=2, relevanceThreshold=1)
    assert texts(found) == ["And a dog", "I have two cats"]
    assert all(set(one) == OF_COMMUNICATION | {"conversationId", "occurredAt"} for one in found["communications"])


async def test_with_a_conversation_its_newest_come_first_as_the_contract_says(api, profile):
    [conversation] = await conversations(api)
    for query in ("two cats", ""):
        found = await recall(
            api, profile, query=query, conversationId=conversation["id"], communicationsLimit=2, communicationsContext=1
        )
        assert texts(found) == ["And a dog", "I have two cats"]
        assert all(set(one) == OF_COMMUNICATION for one in found["communications"])


async def test_neighbours_come_along_in_the_same_shape(api, profile):
    found = await recall(api, profile, query="two cats", communicationsLimit=1, communicationsContext=1)
    [hit] = found["communications"]
    assert [one["content"]["text"] for one in hit["context"]] == ["Good morning", "And a dog"]
    assert all(set(one) == OF_COMMUNICATION | {"conversationId", "occurredAt"} for one in hit["context"])
    none = await recall(api, profile, query="two cats", communicationsLimit=1, communicationsContext=0)
    assert "context" not in none["communications"][0]


async def test_a_hit_without_neighbours_has_none(api, tenant):
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="I have two cats")
    [profile_id] = await profile_ids(api, store)
    path = f"/v1/Stores/{store}/Profiles/{profile_id}"
    [hit] = (await recall(api, path, communicationsLimit=1, communicationsContext=5))["communications"]
    assert hit["context"] == []


async def test_every_hit_is_explained_when_somebody_asks(api, runtime, profile):
    await observe(api, profile, "Has two cats")
    await summarise(api, profile, "They talked about their two cats")
    await run_jobs(runtime)
    found = await recall(api, profile, query="two cats", communicationsLimit=3, explain=True)
    hits = [*found["observations"], *found["summaries"], *found["communications"]]
    assert len(hits) == 5
    for hit in hits:
        told = hit["explanation"]["signals"]
        assert all(set(one) == {"name", "value", "weight", "contribution"} for one in told)
        assert all(one["contribution"] == pytest.approx(one["value"] * one["weight"]) for one in told)
        strengths = [abs(one["contribution"]) for one in told]
        assert strengths == sorted(strengths, reverse=True)
        assert len({one["name"] for one in told}) == len(told) > 0


@pytest.mark.parametrize("fields", [{}, {"explain": False}, {"explain": None}])
async def test_nothing_is_explained_unasked(api, profile, fields):
    await observe(api, profile, "Has two cats")
    found = await recall(api, profile, query="two cats", communicationsLimit=3, **fields)
    assert not any("explanation" in one for one in (*found["observations"], *found["communications"]))


async def test_what_has_no_score_has_no_explanation(api, profile):
    await observe(api, profile, "Has two cats")
    found = await recall(api, profile, communicationsLimit=3, explain=True)
    assert not any("explanation" in one for one in (*found["observations"], *found["communications"]))


@pytest.mark.parametrize("context", [0, 1, 5])
@pytest.mark.parametrize("limit", [0, 1, 100])
async def test_the_limits_include_their_values(api, profile, limit, context):
    found = await recall(api, profile, query="cats", communicationsLimit=limit, communicationsContext=context)
    assert len(found["communications"]) == min(limit, 3)


@pytest.mark.parametrize(
    "body",
    [
        {"communicationsLimit": 101},
        {"communicationsLimit": -1},
        {"communicationsContext": 6},
        {"communicationsContext": -1},
        {"communicationsContext": 1.5},
        {"communicationsContext": "all"},
        {"explain": "yes"},
    ],
    ids=repr,
)
async def test_a_wrong_question_is_refused(api, profile, body):
    assert_problem(await api.post(f"{profile}/Recall", json=body), 400, 400)


async def test_a_hundred_communications_are_told_and_no_more(api, tenant, profile):
    [conversation] = await conversations(api)
    for n in range(100):
        await say(api, conversation["id"], f"cats number {n}")
    for query in ("cats", ""):
        found = await recall(api, profile, query=query, communicationsLimit=100, communicationsContext=5)
        assert len({one["id"] for one in found["communications"]}) == 100
        assert all(len(one["context"]) >= 5 for one in found["communications"])


async def test_what_others_said_elsewhere_is_not_told(api, tenant, profile):
    """Neither that of another profile of the store nor that of another store."""
    store = profile.split("/")[3]
    await text_in(api, tenant, From="+12025550188", Body="I have two cats as well")
    ids = await profile_ids(api, store)
    assert len(ids) == 2
    for one in ids:
        path = f"/v1/Stores/{store}/Profiles/{one}"
        told = texts(await recall(api, path, query="cats", communicationsLimit=100))
        assert told == ["I have two cats as well"] if path != profile else len(told) == 3
    other = await create_store(api)
    assert_problem(await api.post(f"/v1/Stores/{other}/Profiles/{ids[0]}/Recall", json={}), 404, 20404)
    assert_problem(
        await api.post(f"{profile}/Recall", json={"conversationId": unknown("conv_conversation"), "query": ""}), 404
    )


async def test_agent_connect_reads_communications_with_what_is_added(api, profile):
    found = await recall(api, profile, query="two cats", communicationsLimit=3, communicationsContext=1, explain=True)
    read = MemoryRetrievalResponse.model_validate(found)
    assert [one.content.text for one in read.communications] == texts(found)


async def test_a_replayed_message_is_recalled_at_its_time(api, tenant, profile):
    await text_in(api, tenant, Body="I had a parrot", OccurredAt="2025-03-01T10:00:00Z")
    fields = {"beginDate": "2025-02-01T00:00:00Z", "endDate": "2025-04-01T00:00:00Z", "communicationsLimit": 10}
    for query in ("parrot", ""):
        [hit] = (await recall(api, profile, query=query, **fields))["communications"]
        assert hit["occurredAt"] == "2025-03-01T10:00:00Z"
    assert ok(await api.post(f"{profile}/Recall", json={"communicationsLimit": 10}))["communications"][-1] == hit
