"""Recall on a real database: what was answered is found at once, by every process."""

from collections.abc import Awaitable, Callable

import pytest
from tests.helpers import (
    assert_problem,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    create_store_and_profile,
    observe,
    ok,
    profile_ids,
    recall,
    run_jobs,
    say,
    set_status,
    summarise,
    text_in,
    unknown,
)

from regulars.ai.hashing import HashingEmbedder
from regulars.core.ids import ProfileId, StoreId
from regulars.recall.cache import SnapshotCache
from regulars.services.embedding import embed_missing, packed_vectors
from regulars.services.recall import Question, Recalled, Recaller


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


def key(profile: str) -> tuple[StoreId, ProfileId]:
    _, _, _, store, _, profile_id = profile.split("/")
    return StoreId(store), ProfileId(profile_id)


async def asked(recaller: Recaller, profile: str, **fields) -> Recalled:
    return await recaller.recall(*key(profile), question(**fields))


def contents(found: dict, kind: str = "observations") -> list[str]:
    return [one["content"] for one in found[kind]]


async def test_the_answer_has_the_keys_of_the_contract(api, profile):
    await observe(api, profile, "Likes green tea")
    found = await recall(api, profile, query="tea")
    assert set(found) == {"observations", "summaries", "communications", "meta"}
    assert set(found["meta"]) == {"queryTime"}
    assert isinstance(found["meta"]["queryTime"], int)
    [one] = found["observations"]
    assert set(one) == {"id", "content", "source", "occurredAt", "conversationIds", "createdAt", "updatedAt", "score"}
    assert 0 <= one["score"] <= 1


async def test_an_empty_profile_has_nothing_to_tell(api, profile):
    found = await recall(api, profile)
    assert found["observations"] == found["summaries"] == found["communications"] == []


async def test_a_write_that_was_answered_is_in_the_next_recall(api, profile):
    for n in range(5):
        await observe(api, profile, f"Owns a gadget number {n}")
        assert len((await recall(api, profile, query="gadget"))["observations"]) == n + 1


async def test_words_are_found_before_their_vectors_are_computed(api, profile, runtime):
    await observe(api, profile, "Is allergic to peanuts", "Likes tea")
    before = await recall(api, profile, query="peanuts")
    await run_jobs(runtime)
    after = await recall(api, profile, query="peanuts")
    assert contents(before)[0] == contents(after)[0] == "Is allergic to peanuts"


async def test_the_same_text_is_as_relevant_as_can_be(api, profile, runtime):
    await observe(api, profile, "Is allergic to peanuts", "Likes tea", "Lives in Lisbon")
    await run_jobs(runtime)
    [first, *rest] = (await recall(api, profile, query="Is allergic to peanuts"))["observations"]
    assert first["content"] == "Is allergic to peanuts"
    assert first["score"] > 0.9
    assert all(one["score"] < first["score"] for one in rest)


# The three modes


async def test_without_a_question_the_newest_come_first_and_have_no_score(api, profile):
    for n in range(3):
        await observe(api, profile, f"fact {n}", occurredAt=f"2026-11-2{n}T06:00:00Z")
    found = await recall(api, profile, relevanceThreshold=1)
    assert contents(found) == ["fact 2", "fact 1", "fact 0"]
    assert all("score" not in one for one in found["observations"])


@pytest.mark.parametrize("query", ["", "   ", None])
async def test_an_empty_question_is_no_question(api, profile, query):
    await observe(api, profile, "fact")
    assert "score" not in (await recall(api, profile, query=query))["observations"][0]


async def test_with_a_question_the_most_relevant_come_first(api, profile):
    await observe(api, profile, "Has two cats", "Prefers mornings", "Lives in Lisbon")
    found = await recall(api, profile, query="Where do they live? Lisbon?")
    assert contents(found)[0] == "Lives in Lisbon"
    scores = [one["score"] for one in found["observations"]]
    assert scores == sorted(scores, reverse=True)


async def test_a_conversation_is_a_question_too(api, tenant):
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="Can somebody feed my cats while I am away?")
    [conversation] = await conversations(api)
    [profile_id] = await profile_ids(api, store)
    profile = f"/v1/Stores/{store}/Profiles/{profile_id}"
    await observe(api, profile, "Prefers mornings", "Has two cats called Tom and Kit")
    found = await recall(api, profile, conversationId=conversation["id"])
    assert contents(found)[0] == "Has two cats called Tom and Kit"
    assert "score" in found["observations"][0]


async def test_a_conversation_in_which_nobody_spoke_is_no_question(api):
    store = await create_store(api)
    conf = await create_configuration(api, store)
    opened = ok(await api.post("/v2/Conversations", json={"configurationId": conf}), 201)
    profile = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    await observe(api, profile, "fact")
    found = await recall(api, profile, conversationId=opened["id"])
    assert "score" not in found["observations"][0]


# Limits, threshold, dates


async def test_the_threshold_includes_its_value(api, profile):
    await observe(api, profile, "Likes green tea", "Likes tea", "Lives in Lisbon")
    scores = [one["score"] for one in (await recall(api, profile, query="tea"))["observations"]]
    at = (await recall(api, profile, query="tea", relevanceThreshold=scores[1]))["observations"]
    assert [one["score"] for one in at] == [score for score in scores if score >= scores[1]]


async def test_the_limits_have_their_defaults(api, profile):
    await observe(api, profile, *(f"fact {n}" for n in range(25)))
    assert len((await recall(api, profile))["observations"]) == 20
    assert len((await recall(api, profile, observationsLimit=None))["observations"]) == 20
    assert len((await recall(api, profile, observationsLimit=25))["observations"]) == 25


async def test_a_limit_of_nothing_gives_nothing(api, profile):
    await observe(api, profile, "Likes tea")
    for query in ("tea", ""):
        assert (await recall(api, profile, query=query, observationsLimit=0))["observations"] == []


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-11-21T06:00:00Z", None, ["fact 2", "fact 1"]),
        ("2026-11-21T06:00:01Z", None, ["fact 2"]),
        (None, "2026-11-21T06:00:00Z", ["fact 1", "fact 0"]),
        (None, "2026-11-21T05:59:59Z", ["fact 0"]),
        ("2026-11-21T07:00:00+01:00", "2026-11-21T06:00:00Z", ["fact 1"]),
        ("2026-11-23T00:00:00Z", "2026-11-20T00:00:00Z", []),
    ],
)
@pytest.mark.parametrize("query", ["", "fact"])
async def test_dates_include_both_ends(api, profile, begin, end, expected, query):
    for n in range(3):
        await observe(api, profile, f"fact {n}", occurredAt=f"2026-11-2{n}T06:00:00Z")
    found = await recall(api, profile, query=query, beginDate=begin, endDate=end)
    assert sorted(contents(found), reverse=True) == expected


async def test_the_end_can_be_left_out(api, profile, runtime):
    """The switch of decision U1: the newer behaviour of Twilio."""
    await observe(api, profile, "fact", occurredAt="2026-11-20T06:00:00Z")
    cache = SnapshotCache(1 << 20)
    recaller = Recaller(runtime.db, runtime.models.embedder, cache, end_inclusive=False)
    found = await recall(api, profile, endDate="2026-11-20T06:00:00Z")
    assert contents(found) == ["fact"]
    from regulars.core.times import parse_instant

    end = parse_instant("2026-11-20T06:00:00Z", field="endDate")
    assert (await asked(recaller, profile, end=end)).observations == []


@pytest.mark.parametrize(
    "body",
    [
        {"query": "x" * 1025},
        {"query": 7},
        {"conversationId": "seven"},
        {"beginDate": "soon"},
        {"endDate": "soon"},
        {"observationsLimit": -1},
        {"observationsLimit": 101},
        {"observationsLimit": 1.5},
        {"summariesLimit": -1},
        {"summariesLimit": 101},
        {"communicationsLimit": -1},
        {"communicationsLimit": 101},
        {"relevanceThreshold": -0.01},
        {"relevanceThreshold": 1.01},
        {"relevanceThreshold": "high"},
        [],
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_a_wrong_question_is_refused(api, profile, body):
    assert_problem(await api.post(f"{profile}/Recall", json=body), 400, 400)


async def test_the_largest_of_everything_fits(api, profile):
    await observe(api, profile, "Likes tea")
    await recall(
        api,
        profile,
        query="é" * 1024,
        observationsLimit=100,
        summariesLimit=100,
        communicationsLimit=100,
        relevanceThreshold=1,
    )


@pytest.mark.parametrize("query", ["?!", "the", "🫖", "\x01", "' OR 1=1 --", "%", "日本語", "a" * 1024])
async def test_any_question_is_answered(api, profile, query):
    await observe(api, profile, "Likes tea")
    assert len((await recall(api, profile, query=query))["observations"]) == 1


async def test_an_unknown_profile_or_conversation_is_not_found(api, profile):
    store = profile.split("/")[3]
    url = f"/v1/Stores/{store}/Profiles/{unknown('mem_profile')}/Recall"
    assert_problem(await api.post(url, json={}), 404, 20404)
    body = {"conversationId": unknown("conv_conversation")}
    assert_problem(await api.post(f"{profile}/Recall", json=body), 404, 20404)


async def test_a_conversation_of_another_store_is_not_found(api, profile):
    conf = await create_configuration(api)
    opened = ok(await api.post("/v2/Conversations", json={"configurationId": conf}), 201)
    assert_problem(await api.post(f"{profile}/Recall", json={"conversationId": opened["id"]}), 404, 20404)


# Summaries and communications


async def test_summaries_and_communications_have_the_keys_of_the_contract(api, runtime, tenant):
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="My parcel never came, I want a refund please", ProfileName="Ada")
    [conversation] = await conversations(api)
    await say(api, conversation["id"], "We will refund you today", by_customer=False)
    await set_status(api, conversation["id"], "CLOSED")
    await run_jobs(runtime)
    [profile_id] = await profile_ids(api, store)

    found = await recall(
        api,
        f"/v1/Stores/{store}/Profiles/{profile_id}",
        query="refund",
        conversationId=conversation["id"],
        communicationsLimit=1,
    )

    [summary] = found["summaries"]
    assert set(summary) == {
        *("id", "content", "conversationId", "occurredAt", "source", "createdAt", "updatedAt", "score"),
    }
    [said] = found["communications"]
    assert said["content"] == {"text": "We will refund you today"}
    assert set(said) <= {"id", "author", "content", "recipients", "channelId", "createdAt", "updatedAt"}
    assert set(said["author"]) == {"id", "name", "address", "channel", "type"}
    assert said["recipients"][0]["name"] == "Ada"
    assert said["recipients"][0]["profileId"] == profile_id


async def test_communications_come_only_when_asked_for(api, tenant):
    store = await create_store(api)
    await create_configuration(api, store)
    for n in range(4):
        await text_in(api, tenant, Body=f"message {n}")
    [conversation] = await conversations(api)
    profile = f"/v1/Stores/{store}/Profiles/{(await profile_ids(api, store))[0]}"
    without = await recall(api, profile, conversationId=conversation["id"])
    assert without["communications"] == []
    two = await recall(api, profile, conversationId=conversation["id"], communicationsLimit=2)
    assert {one["content"]["text"] for one in two["communications"]} == {"message 2", "message 3"}
    newest = (await recall(api, profile, communicationsLimit=2))["communications"]
    assert [one["content"]["text"] for one in newest] == ["message 3", "message 2"]
    assert (await recall(api, profile))["communications"] == []


# Two processes, and the vectors


def question(**fields) -> Question:
    return Question(
        **{
            "query": "",
            "conversation_id": None,
            "begin": None,
            "end": None,
            "observations_limit": 20,
            "summaries_limit": 5,
            "communications_limit": 0,
            "threshold": 0.0,
            **fields,
        }
    )


async def test_two_processes_see_what_the_other_wrote(api, profile, runtime):
    """Two recallers with caches of their own stand for two processes on one database."""
    one, two = (
        Recaller(runtime.db, runtime.models.embedder, SnapshotCache(1 << 20), end_inclusive=True) for _ in range(2)
    )
    for n in range(1, 4):
        await observe(api, profile, f"fact {n}")
        for recaller in (one, two):
            for query in ("", "fact"):
                found = await asked(recaller, profile, query=query)
                assert len(found.observations) == n


async def test_a_vector_that_arrives_later_is_seen_by_a_warm_cache(api, profile, runtime):
    await observe(api, profile, "Is allergic to peanuts", "Likes tea")
    before = (await recall(api, profile, query="peanut allergy"))["observations"]
    assert await embed_missing(runtime.db, runtime.models.embedder, *key(profile)) == 2
    after = (await recall(api, profile, query="peanut allergy"))["observations"]
    assert [one["score"] for one in before] != [one["score"] for one in after]


async def test_a_warm_cache_ranks_like_a_cold_one(api, profile, runtime):
    for n in range(6):
        await observe(api, profile, f"Owns a gadget number {n} and likes it")
        await recall(api, profile, query="gadget")
        if n % 2:
            await run_jobs(runtime)
    await run_jobs(runtime)
    cold = Recaller(runtime.db, runtime.models.embedder, SnapshotCache(1 << 20), end_inclusive=True)
    for query in ("gadget number 3", "likes", ""):
        warm = await asked(runtime.recaller, profile, query=query)
        fresh = await asked(cold, profile, query=query)
        assert [(hit.memory.memory_id, hit.score) for hit in warm.observations] == [
            (hit.memory.memory_id, hit.score) for hit in fresh.observations
        ]


async def test_without_room_in_the_cache_recall_still_works(api, profile, runtime):
    await observe(api, profile, "Likes tea")
    recaller = Recaller(runtime.db, runtime.models.embedder, SnapshotCache(0), end_inclusive=True)
    assert len((await asked(recaller, profile)).observations) == 1


async def test_the_embedding_job_does_what_is_missing_once(api, profile, runtime):
    await observe(api, profile, *(f"fact {n}" for n in range(12)), "fact 1")
    assert await embed_missing(runtime.db, runtime.models.embedder, *key(profile)) == 13
    assert await embed_missing(runtime.db, runtime.models.embedder, *key(profile)) == 0


async def test_the_embedding_job_of_an_unknown_profile_does_nothing(runtime):
    assert await embed_missing(runtime.db, runtime.models.embedder, StoreId("s"), ProfileId("p")) == 0


async def test_another_model_computes_its_own_vectors(api, profile, runtime):
    await observe(api, profile, "Likes tea")
    await embed_missing(runtime.db, runtime.models.embedder, *key(profile))
    other = HashingEmbedder(64)
    assert await embed_missing(runtime.db, other, *key(profile)) == 1
    recaller = Recaller(runtime.db, other, SnapshotCache(1 << 20), end_inclusive=True)
    assert len((await asked(recaller, profile, query="tea")).observations) == 1


# What left, and what changed


PATHS = {"observation": "Observations", "summary": "ConversationSummaries"}


async def urls(api, profile: str, kind: str) -> dict[str, str]:
    """By content."""
    listed = ok(await api.get(f"{profile}/{PATHS[kind]}"))
    [items] = [value for key, value in listed.items() if key != "meta"]
    return {one["content"]: f"{profile}/{PATHS[kind]}/{one['id']}" for one in items}


@pytest.fixture
def recallers(runtime) -> list[Recaller]:
    """Two with caches of their own stand for two processes on one database."""
    embedder = runtime.models.embedder
    return [Recaller(runtime.db, embedder, SnapshotCache(1 << 20), end_inclusive=True) for _ in range(2)]


async def recalled(recallers: list[Recaller], profile: str, **fields) -> list[list[str]]:
    """What each of them tells, the best first."""
    found = [await asked(recaller, profile, **fields) for recaller in recallers]
    return [[hit.memory.content for hit in (*one.observations, *one.summaries)] for one in found]


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize("query", ["", "cats"])
@pytest.mark.parametrize("kind", ["observation", "summary"])
async def test_what_was_deleted_is_recalled_by_no_process(api, profile, runtime, recallers, kind, query, embedded):
    add = {"observation": observe, "summary": summarise}[kind]
    await add(api, profile, "Has two cats", "Likes tea", "Lives in Lisbon")
    if embedded:
        await run_jobs(runtime)
    assert [len(one) for one in await recalled(recallers, profile, query=query)] == [3, 3]
    ok(await api.delete((await urls(api, profile, kind))["Has two cats"]), 202)
    for one in await recalled(recallers, profile, query=query):
        assert sorted(one) == ["Likes tea", "Lives in Lisbon"]
    await add(api, profile, "Owns a boat")
    for one in await recalled(recallers, profile, query=query):
        assert sorted(one) == ["Likes tea", "Lives in Lisbon", "Owns a boat"]


async def test_the_last_memory_of_a_profile_can_leave(api, profile, recallers):
    await observe(api, profile, "Has two cats")
    assert await recalled(recallers, profile) == [["Has two cats"]] * 2
    ok(await api.delete((await urls(api, profile, "observation"))["Has two cats"]), 202)
    assert await recalled(recallers, profile) == [[]] * 2
    assert await recalled(recallers, profile, query="cats") == [[]] * 2


async def test_what_came_and_went_between_two_recalls_is_never_seen(api, profile, recallers):
    await observe(api, profile, "Likes tea")
    assert await recalled(recallers, profile) == [["Likes tea"]] * 2
    await observe(api, profile, "Has two cats")
    ok(await api.delete((await urls(api, profile, "observation"))["Has two cats"]), 202)
    assert await recalled(recallers, profile) == [["Likes tea"]] * 2


async def test_many_memories_lose_one(api, profile, recallers):
    """More than are handled on the event loop."""
    await observe(api, profile, *(f"Owns gadget number {n}" for n in range(510)))
    await recalled(recallers, profile)
    listed = ok(await api.get(f"{profile}/Observations", params={"pageSize": 1}))["observations"]
    ok(await api.delete(f"{profile}/Observations/{listed[0]['id']}"), 202)
    for one in await recalled(recallers, profile, observations_limit=1000):
        assert len(one) == 509
        assert "Owns gadget number 509" not in one


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize("kind", ["observation", "summary"])
async def test_what_was_changed_is_found_by_its_new_words_and_not_by_its_old(
    api, profile, runtime, recallers, kind, embedded
):
    add = {"observation": observe, "summary": summarise}[kind]
    await add(api, profile, "Has two cats", "Plays chess on Sundays")
    await run_jobs(runtime)
    for query, first in (("cats", "Has two cats"), ("sailing boat", None)):
        for one in await recalled(recallers, profile, query=query, threshold=0.3):
            assert one == ([first] if first else [])
    ok(await api.patch((await urls(api, profile, kind))["Has two cats"], json={"content": "Owns a sailing boat"}), 202)
    if embedded:
        await run_jobs(runtime)
    for query, first in (("cats", None), ("sailing boat", "Owns a sailing boat")):
        for one in await recalled(recallers, profile, query=query, threshold=0.3):
            assert one == ([first] if first else [])


async def test_a_profile_that_is_gone_leaves_no_snapshot_behind(api, profile, runtime):
    await observe(api, profile, "Has two cats")
    await recall(api, profile)
    assert runtime.recaller.cache.get(key(profile)) is not None
    await runtime.db.write(lambda tx: tx.run("DELETE FROM profile"))
    assert_problem(await api.post(f"{profile}/Recall", json={}), 404, 20404)
    assert runtime.recaller.cache.get(key(profile)) is None


class Interrupted(HashingEmbedder):
    """Something happens once while documents are embedded, as it may while a model works."""

    def __init__(self, happening: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._happening: Callable[[], Awaitable[None]] | None = happening

    async def embed(self, texts, *, kind):
        happening, self._happening = self._happening, None
        if happening is not None and kind == "document":
            await happening()
        return await super().embed(texts, kind=kind)


@pytest.mark.parametrize("kind", ["observation", "summary"])
async def test_words_that_change_while_they_are_embedded_get_no_vector_of_the_old(api, profile, runtime, kind):
    await {"observation": observe, "summary": summarise}[kind](api, profile, "Has two cats", "Likes tea")
    url = (await urls(api, profile, kind))["Has two cats"]

    async def change() -> None:
        ok(await api.patch(url, json={"content": "Owns a sailing boat"}), 202)

    await embed_missing(runtime.db, Interrupted(change), *key(profile))
    async with runtime.db.read() as tx:
        stored = await tx.value(
            "SELECT vector FROM embedding WHERE memory_id = %(memory_id)s", memory_id=url.rpartition("/")[2]
        )
        assert await tx.value("SELECT count(*) FROM embedding") == 2
    expected = await packed_vectors(HashingEmbedder(), ["Owns a sailing boat"])
    assert stored == expected["Owns a sailing boat"]


async def test_what_is_deleted_while_it_is_embedded_leaves_no_vector(api, profile, runtime):
    await observe(api, profile, "Has two cats", "Likes tea")
    url = (await urls(api, profile, "observation"))["Has two cats"]

    async def erase() -> None:
        ok(await api.delete(url), 202)

    await embed_missing(runtime.db, Interrupted(erase), *key(profile))
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM embedding") == 1
