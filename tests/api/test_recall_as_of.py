"""Recall over HTTP of what was known at some time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import clock
from tests.helpers import (
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    create_store_and_profile,
    observe,
    ok,
    pages,
    profile_ids,
    recall,
    rows,
    run_jobs,
    say,
    summarise,
    text_in,
    unknown,
)

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.services.recall import Question

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


@pytest.fixture
async def talk(api, tenant) -> tuple[str, str]:
    """A conversation in which one thing was said, and the path of the profile whose it is."""
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="I have two cats", ProfileName="Ada")
    [conversation] = await conversations(api)
    [profile_id] = await profile_ids(api, store)
    return conversation["id"], f"/v1/Stores/{store}/Profiles/{profile_id}"


def now() -> str:
    """To the microsecond: what is written before and after is never at the same time."""
    return clock().isoformat()


def contents(found: dict, kind: str = "observations") -> list[str]:
    return [one["content"] for one in found[kind]]


def texts(found: dict) -> list[str]:
    return [one["content"]["text"] for one in found["communications"]]


async def observed(api, profile: str) -> dict[str, str]:
    """The paths of observations by their content."""
    url = f"{profile}/Observations"
    return {one["content"]: f"{url}/{one['id']}" async for page in pages(api, url) for one in page["observations"]}


async def reword(api, url: str, **fields) -> None:
    ok(await api.patch(url, json=fields), 202)


def without_time(found: dict) -> dict:
    return {name: hits for name, hits in found.items() if name != "meta"}


# Observations


@pytest.mark.parametrize("query", ["", "drinks"])
async def test_an_observation_answers_in_the_words_it_had(api, profile, query):
    times = []
    for n, drink in enumerate(("tea", "coffee", "rum")):
        times.append(now())
        if n == 0:
            await observe(api, profile, "Drinks tea", source="crm")
            [url] = (await observed(api, profile)).values()
        else:
            await reword(api, url, content=f"Drinks {drink}", source=f"crm-{n}", occurredAt=f"2026-11-2{n}T06:00:00Z")
    times.append(now())
    await recall(api, profile, query=query)
    known = [(await recall(api, profile, query=query, asOf=time))["observations"] for time in times]
    assert known[0] == []
    [first], [second], [third] = known[1:]
    assert {one["id"] for one in (first, second, third)} == {url.rpartition("/")[2]}
    assert [one["content"] for one in (first, second, third)] == ["Drinks tea", "Drinks coffee", "Drinks rum"]
    assert [one["source"] for one in (first, second, third)] == ["crm", "crm-1", "crm-2"]
    assert [one["occurredAt"][:10] for one in (second, third)] == ["2026-11-21", "2026-11-22"]
    assert contents(await recall(api, profile, query=query)) == ["Drinks rum"]


async def test_former_words_are_found_and_later_ones_are_not(api, profile):
    await observe(api, profile, "Drinks tea", "Drives a van")
    url = (await observed(api, profile))["Drinks tea"]
    between = now()
    await reword(api, url, content="Plays chess")
    [tea, _] = (await recall(api, profile, query="tea", asOf=between))["observations"]
    assert tea["content"] == "Drinks tea"
    then = await recall(api, profile, query="chess", asOf=between, explain=True)
    names = {signal["name"] for one in then["observations"] for signal in one["explanation"]["signals"]}
    assert "coverage" not in names
    assert contents(await recall(api, profile, query="chess"))[0] == "Plays chess"


async def test_what_came_later_is_absent(api, profile):
    await observe(api, profile, "Drinks tea")
    between = now()
    await observe(api, profile, "Drinks more tea")
    for query in ("tea", ""):
        assert contents(await recall(api, profile, query=query, asOf=between)) == ["Drinks tea"]
        assert len((await recall(api, profile, query=query))["observations"]) == 2


async def test_what_was_deleted_since_stays_deleted(api, profile):
    await observe(api, profile, "Drinks tea", "Drinks coffee", "Drinks rum")
    urls = await observed(api, profile)
    between = now()
    await reword(api, urls["Drinks tea"], content="Drinks water")
    for drink in ("tea", "coffee"):
        assert (await api.delete(urls[f"Drinks {drink}"])).is_success
    for query in ("tea", ""):
        assert contents(await recall(api, profile, query=query, asOf=between)) == ["Drinks rum"]


@pytest.mark.parametrize("query", ["tea", ""])
async def test_the_instant_itself_counts(api, runtime, profile, query):
    await observe(api, profile, "Drinks tea")
    await summarise(api, profile, "Talked about tea")
    [observation] = await rows(runtime, "SELECT created_at FROM observation")
    [summary] = await rows(runtime, "SELECT created_at FROM summary")

    async def found(kind: str, instant: datetime) -> int:
        return len((await recall(api, profile, query=query, asOf=instant.isoformat()))[kind])

    for kind, row in (("observations", observation), ("summaries", summary)):
        assert await found(kind, row["created_at"]) == 1
        assert await found(kind, row["created_at"] - timedelta(microseconds=1)) == 0


async def test_the_instant_of_a_change_has_the_new_words(api, runtime, profile):
    await observe(api, profile, "Drinks tea")
    [url] = (await observed(api, profile)).values()
    await reword(api, url, content="Drinks rum")
    [row] = await rows(runtime, "SELECT updated_at FROM observation")
    changed = row["updated_at"]
    assert contents(await recall(api, profile, asOf=changed.isoformat())) == ["Drinks rum"]
    before = (changed - timedelta(microseconds=1)).isoformat()
    assert contents(await recall(api, profile, asOf=before)) == ["Drinks tea"]


async def test_of_states_of_one_instant_the_last_counts(api, runtime, profile):
    await observe(api, profile, "Drinks tea")
    [url] = (await observed(api, profile)).values()
    for drink in ("coffee", "rum", "water"):
        await reword(api, url, content=f"Drinks {drink}")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    await runtime.db.write(
        lambda tx: tx.run("UPDATE observation_revision SET created_at = %(at)s, updated_at = %(at)s", at=at)
    )
    assert contents(await recall(api, profile, asOf=at.isoformat())) == ["Drinks rum"]


async def test_former_words_are_found_by_what_they_mean(api, runtime, profile):
    """As they were when they had a vector. The embedder of the tests takes words that share letters for alike."""
    await observe(api, profile, "A believable story", "Drives a van")
    await run_jobs(runtime)
    url = (await observed(api, profile))["A believable story"]
    between = now()

    async def first(**fields) -> tuple[str, dict[str, float]]:
        hit = (await recall(api, profile, query="unbelievably", explain=True, **fields))["observations"][0]
        return hit["content"], {signal["name"]: signal["value"] for signal in hit["explanation"]["signals"]}

    before = await first()
    assert "coverage" not in before[1]
    assert before[1]["cosine"] > 0
    await reword(api, url, content="Plays chess")
    content, signals = await first(asOf=between)
    assert content == before[0] == "A believable story"
    assert signals == pytest.approx(before[1], rel=0.01)


async def test_any_number_of_former_words_is_found(api, profile):
    """More than get a vector for the request."""
    await observe(api, profile, *[f"Visited city number {n}" for n in range(70)])
    urls = await observed(api, profile)
    between = now()
    for start in range(0, 70, 10):
        some = [urls[f"Visited city number {n}"] for n in range(start, start + 10)]
        await asyncio.gather(*(reword(api, url, content="Stays at home") for url in some))
    for query in ("city", ""):
        found = await recall(api, profile, query=query, asOf=between, observationsLimit=100)
        assert set(contents(found)) == set(urls)
    for n in (0, 35, 69):
        found = await recall(api, profile, query=f"city number {n}", asOf=between, observationsLimit=1)
        assert contents(found) == [f"Visited city number {n}"]


async def test_other_profiles_and_stores_say_nothing(api, profile):
    store = profile.split("/")[3]
    neighbour = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store, '+12025550188')}"
    await observe(api, neighbour, "Drinks tea")
    [url] = (await observed(api, neighbour)).values()
    between = now()
    await reword(api, url, content="Drinks rum")
    assert contents(await recall(api, neighbour, query="tea", asOf=between)) == ["Drinks tea"]
    assert contents(await recall(api, profile, query="tea", asOf=between)) == []


async def test_after_a_merge_each_memory_counts_from_its_own_time(api):
    store = await create_store(api)
    head = f"/v1/Stores/{store}/Profiles"
    first = await create_profile(api, store)
    body = {"traits": {"Contact": {"email": "ada@example.com"}}}
    second = ok(await api.post(head, json=body), 202)["id"]
    await observe(api, f"{head}/{second}", "Drinks tea")
    [url] = (await observed(api, f"{head}/{second}")).values()
    early = now()
    await reword(api, url, content="Drinks coffee")
    await observe(api, f"{head}/{second}", "Plays chess")
    late = now()
    assert await create_profile(api, store, email="ada@example.com") == first
    assert set(await observed(api, f"{head}/{first}")) == {"Drinks coffee", "Plays chess"}
    for query in ("tea", ""):
        assert contents(await recall(api, f"{head}/{first}", query=query, asOf=early)) == ["Drinks tea"]
        found = await recall(api, f"{head}/{first}", query=query, asOf=late)
        assert sorted(contents(found)) == ["Drinks coffee", "Plays chess"]
    response = await api.post(f"{head}/{second}/Recall", json={"asOf": early})
    assert response.status_code == 308


# Summaries


async def test_summaries_that_were_there_come_as_they_read_today(api, profile):
    await summarise(api, profile, "Asked about tea")
    between = now()
    await summarise(api, profile, "Asked about coffee")
    listed = ok(await api.get(f"{profile}/ConversationSummaries"))["summaries"]
    [tea] = [one for one in listed if one["content"] == "Asked about tea"]
    await reword(api, f"{profile}/ConversationSummaries/{tea['id']}", content="Asked about green tea")
    for query in ("tea", ""):
        found = await recall(api, profile, query=query, asOf=between)
        assert contents(found, "summaries") == ["Asked about green tea"]
        assert (await recall(api, profile, query=query, asOf=LONG_AGO))["summaries"] == []


# Communications


@pytest.mark.parametrize("query", ["cats and dogs", ""])
async def test_communications_that_came_later_are_absent(api, talk, query):
    conversation, profile = talk
    between = now()
    await say(api, conversation, "And a dog")
    fields = {"query": query, "communicationsLimit": 10, "communicationsContext": 5}
    assert len(texts(await recall(api, profile, **fields))) == 2
    found = await recall(api, profile, asOf=between, **fields)
    [hit] = found["communications"]
    assert hit["content"] == {"text": "I have two cats"}
    assert hit["context"] == []
    assert ("score" in hit) == bool(query)
    assert (await recall(api, profile, asOf=LONG_AGO, **fields))["communications"] == []


async def test_neighbours_that_were_there_come_along(api, talk):
    conversation, profile = talk
    await say(api, conversation, "And a dog")
    between = now()
    await say(api, conversation, "And a bird")
    fields = {"query": "dog", "communicationsLimit": 1, "communicationsContext": 2}
    [then] = (await recall(api, profile, asOf=between, **fields))["communications"]
    assert [one["content"]["text"] for one in then["context"]] == ["I have two cats"]
    [hit] = (await recall(api, profile, **fields))["communications"]
    assert [one["content"]["text"] for one in hit["context"]] == ["I have two cats", "And a bird"]


async def test_the_instant_a_communication_came_counts(api, runtime, talk):
    conversation, profile = talk
    [row] = await rows(runtime, "SELECT created_at FROM communication")
    for fields in ({"query": "cats"}, {}, {"conversationId": conversation}):
        for instant, there in ((row["created_at"], 1), (row["created_at"] - timedelta(microseconds=1), 0)):
            found = await recall(api, profile, asOf=instant.isoformat(), communicationsLimit=10, **fields)
            assert len(found["communications"]) == there


@pytest.mark.parametrize("query", ["cats", ""])
async def test_of_a_conversation_the_newest_of_then_come(api, talk, query):
    conversation, profile = talk
    await say(api, conversation, "And a dog")
    between = now()
    for n in range(12):
        await say(api, conversation, f"And bird number {n}")
    fields = {"query": query, "conversationId": conversation}
    found = await recall(api, profile, asOf=between, communicationsLimit=10, **fields)
    assert texts(found) == ["And a dog", "I have two cats"]
    assert texts(await recall(api, profile, asOf=between, communicationsLimit=1, **fields)) == ["And a dog"]
    assert len(await communications(api, conversation)) == 14


async def test_what_a_conversation_was_about_then(api, talk):
    """And what it is about now is not mixed up with it."""
    conversation, profile = talk
    await observe(api, profile, "Has two cats called Tom and Kit", "Drives a blue van to the garage")
    between = now()
    await say(api, conversation, "Which garage can repair the blue van that I drive?")

    async def first(**fields) -> str:
        found = await recall(api, profile, conversationId=conversation, **fields)
        assert "score" in found["observations"][0]
        return contents(found)[0]

    for _ in range(2):
        for limit in (0, 1):
            assert (await first(asOf=between, communicationsLimit=limit)).startswith("Has two cats")
            assert (await first(communicationsLimit=limit)).startswith("Drives a blue van")


async def test_a_conversation_that_began_later_was_about_nothing(api, tenant):
    """So the newest memories of then come, as in any conversation in which nothing was said yet."""
    store = await create_store(api)
    await create_configuration(api, store)
    profile = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    await observe(api, profile, "Drinks tea")
    between = now()
    await text_in(api, tenant, Body="I drink coffee")
    [conversation] = await conversations(api)
    found = await recall(api, profile, conversationId=conversation["id"], asOf=between, communicationsLimit=5)
    [tea] = found["observations"]
    assert tea["content"] == "Drinks tea"
    assert "score" not in tea
    assert found["communications"] == []


async def test_an_unknown_conversation_is_unknown_at_any_time(api, profile):
    body = {"conversationId": unknown("conv_conversation"), "asOf": now()}
    assert_problem(await api.post(f"{profile}/Recall", json=body), 404)


# With the other fields


async def test_the_answer_of_now_is_the_same_before_and_after(api, runtime, talk):
    """Nothing that was made for another time is kept."""
    conversation, profile = talk
    await observe(api, profile, *[f"Has cat number {n}" for n in range(60)])
    urls = await observed(api, profile)
    between = now()
    await reword(api, urls["Has cat number 1"], content="Has a dog")
    await say(api, conversation, "I have three cats now")
    questions = [
        {"query": "cat number 1", "communicationsLimit": 5},
        {"conversationId": conversation},
        {"communicationsLimit": 5},
    ]
    before = [without_time(await recall(api, profile, **fields)) for fields in questions]
    then = [without_time(await recall(api, profile, asOf=between, **fields)) for fields in questions]
    assert [without_time(await recall(api, profile, **fields)) for fields in questions] == before
    assert [without_time(await recall(api, profile, asOf=between, **fields)) for fields in questions] == then
    assert all(one != other for one, other in zip(then, before, strict=True))


async def test_a_question_of_then_leaves_no_trace_in_what_is_kept(api, runtime, talk):
    conversation, profile = talk
    await observe(api, profile, "Has two cats")
    _, _, _, store, _, profile_id = profile.split("/")
    recaller = runtime.recaller
    for query in ("cats", ""):
        question = Question(
            query=query,
            conversation_id=None if query else ConversationId(conversation),
            begin=None,
            end=None,
            observations_limit=20,
            summaries_limit=5,
            communications_limit=5 if query else 0,
            threshold=0.0,
            as_of=clock(),
        )
        assert (await recaller.recall(StoreId(store), ProfileId(profile_id), question)).observations
    assert len(recaller._rankings) == len(recaller._inferred) == 0


@pytest.mark.parametrize("fields", [{"query": "cats"}, {}, {"conversation": True}], ids=repr)
async def test_a_time_to_come_is_now(api, talk, fields):
    conversation, profile = talk
    await observe(api, profile, "Has two cats")
    [url] = (await observed(api, profile)).values()
    await reword(api, url, content="Has three cats")
    await summarise(api, profile, "Talked about cats")
    asked = {"conversationId": conversation} if "conversation" in fields else fields
    present = await recall(api, profile, communicationsLimit=5, **asked)
    for time in ("9999-12-31T23:59:59Z", (clock() + timedelta(hours=1)).isoformat(), None, ""):
        found = await recall(api, profile, communicationsLimit=5, asOf=time, **asked)
        assert without_time(found) == without_time(present)


async def test_it_goes_together_with_dates(api, profile):
    """They look at the time at which something occurred, as it was known then."""
    for month in (1, 2, 3):
        await observe(api, profile, f"Drank tea in month {month}", occurredAt=f"2026-0{month}-15T00:00:00Z")
    url = (await observed(api, profile))["Drank tea in month 2"]
    between = now()
    await reword(api, url, occurredAt="2026-06-15T00:00:00Z")
    await observe(api, profile, "Drank tea in February", occurredAt="2026-02-15T00:00:00Z")
    dates = {"beginDate": "2026-02-01T00:00:00Z", "endDate": "2026-03-01T00:00:00Z"}
    for query in ("tea", ""):
        assert contents(await recall(api, profile, query=query, asOf=between, **dates)) == ["Drank tea in month 2"]
        assert contents(await recall(api, profile, query=query, **dates)) == ["Drank tea in February"]


async def test_it_goes_together_with_a_threshold_and_explanations(api, profile):
    await observe(api, profile, "Drinks tea", "Drives a van")
    url = (await observed(api, profile))["Drinks tea"]
    between = now()
    await reword(api, url, content="Plays chess")
    fields = {"query": "drinks tea", "asOf": between, "explain": True}
    found = (await recall(api, profile, **fields))["observations"]
    assert [one["content"] for one in found] == ["Drinks tea", "Drives a van"]
    assert all(one["explanation"]["signals"] for one in found)
    threshold = (found[0]["score"] + found[1]["score"]) / 2
    kept = (await recall(api, profile, relevanceThreshold=threshold, **fields))["observations"]
    assert kept == found[:1]


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01T00:00:00Z", "now", 1700000000, [], {}], ids=repr)
async def test_what_is_no_time_is_refused(api, profile, value):
    message = assert_problem(await api.post(f"{profile}/Recall", json={"asOf": value}), 400, 400)
    assert "asOf" in message
