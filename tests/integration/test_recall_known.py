"""What recall need not ask or work out again, and when it must."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from tests.conftest import clock
from tests.helpers import (
    conversations,
    create_configuration,
    create_store,
    create_store_and_profile,
    observe,
    ok,
    profile_ids,
    recall,
    rows,
    say,
    summarise,
    text_in,
)

from regulars.core.errors import Moved, NotFound, NotReady
from regulars.core.ids import ProfileId, StoreId
from regulars.recall.cache import SnapshotCache
from regulars.recall.snapshot import Memory
from regulars.services.recall import Question, Recaller
from regulars.services.recall_inferred import InferredQueries
from regulars.storage.db import Db
from regulars.storage.profiles import Place, fetch_place


@pytest.fixture
async def profile(api) -> str:
    return await create_store_and_profile(api)


def key(profile: str) -> tuple[StoreId, ProfileId]:
    _, _, _, store, _, profile_id = profile.split("/")
    return StoreId(store), ProfileId(profile_id)


def question(query: str) -> Question:
    return Question(
        query=query,
        conversation_id=None,
        begin=None,
        end=None,
        observations_limit=20,
        summaries_limit=5,
        communications_limit=0,
        threshold=0.0,
    )


def contents(found: dict) -> list[str]:
    return [one["content"] for one in found["observations"]]


async def test_what_is_known_of_a_profile_is_recalled_without_the_database(api, profile, runtime):
    """The place, which came with the credentials, says that nothing is new."""
    await observe(api, profile, "Likes green tea")
    db = Db(runtime.db.conninfo, connections_max=1)
    await db.open()
    recaller = Recaller(db, runtime.models.embedder, SnapshotCache(1 << 20), end_inclusive=True)
    async with db.read() as tx:
        place = await fetch_place(tx, *key(profile))
    assert place is not None
    before = await recaller.recall(*key(profile), question("tea"), place)
    await db.close()
    for query in ("tea", "coffee", ""):
        after = await recaller.recall(*key(profile), question(query), place)
        assert [hit.memory for hit in after.observations] == [hit.memory for hit in before.observations]
    with pytest.raises(NotReady):
        await recaller.recall(*key(profile), question("tea"), place._replace(memory_version=place.memory_version + 1))


async def test_a_place_is_believed(profile, runtime):
    """Nothing is asked of a profile that is gone or has moved, and nothing stays cached."""
    gone = Place(memory_version=1, removed_version=0, merged_into="mem_profile_00000000000000000000000001")
    with pytest.raises(Moved):
        await runtime.recaller.recall(*key(profile), question("tea"), gone)
    unknown = key(profile)[0], ProfileId("mem_profile_00000000000000000000000001")
    with pytest.raises(NotFound):
        await runtime.recaller.recall(*unknown, question("tea"), None)


async def test_a_first_recall_finds_what_a_later_one_finds(api, profile, runtime):
    """All at once it is read in other ways than bit by bit."""
    recallers = [
        Recaller(runtime.db, runtime.models.embedder, SnapshotCache(1 << 20), end_inclusive=True) for _ in range(2)
    ]
    texts = [
        f"Fact {n} about tea, {'étoile' if n % 3 else 'snow'} and {'cats' if n % 2 else 'dogs'}" for n in range(80)
    ]
    for first in range(0, 80, 10):
        await observe(api, profile, *texts[first : first + 10])
        await recallers[0].recall(*key(profile), question("tea"))
    await summarise(api, profile, "Talked about tea")
    later, first = [await recaller.recall(*key(profile), question("cats in the snow")) for recaller in recallers]
    assert len(first.observations) == 20
    assert list(first.observations) == list(later.observations)
    assert list(first.summaries) == list(later.summaries)


@pytest.fixture
async def talk(api, tenant) -> tuple[str, str]:
    """A conversation, and the profile whose it is."""
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="Can somebody feed my cats while I am away?")
    [conversation] = await conversations(api)
    [profile_id] = await profile_ids(api, store)
    return conversation["id"], f"/v1/Stores/{store}/Profiles/{profile_id}"


async def test_what_a_conversation_is_about_changes_with_what_is_said(api, talk, runtime):
    conversation, profile = talk
    await observe(api, profile, "Has two cats called Tom and Kit", "Drives a blue van to the garage")
    for _ in range(3):
        assert contents(await recall(api, profile, conversationId=conversation))[0].startswith("Has two cats")
    await say(api, conversation, "And which garage can repair the van that I drive?")
    for _ in range(3):
        assert contents(await recall(api, profile, conversationId=conversation))[0].startswith("Drives a blue van")


async def test_what_a_conversation_is_about_does_not_hang_on_how_much_of_it_is_wanted(api, talk):
    conversation, profile = talk
    await observe(api, profile, "Has two cats called Tom and Kit", "Says ok to everything")
    for _ in range(11):
        await say(api, conversation, "ok")
    least = await recall(api, profile, conversationId=conversation)
    most = await recall(api, profile, conversationId=conversation, communicationsLimit=50)
    assert most["observations"] == least["observations"]


async def test_as_many_conversations_are_known_as_fit(api, talk, runtime):
    conversation, profile = talk
    store, _ = key(profile)
    [at] = await rows(runtime, "SELECT communications_version FROM conversation")
    known = InferredQueries(entries_max=1)
    known.keep(store, conversation, at["communications_version"], "cats")
    async with runtime.db.read() as tx:
        assert await known.current(tx, store, conversation) == "cats"
        known.keep(store, "conv_conversation_00000000000000000000000001", 1, "tea")
        assert await known.current(tx, store, conversation) is None
        assert len(known) == 1
        assert await known.current(tx, store, "conv_conversation_00000000000000000000000001") is None
        assert len(known) == 0


@pytest.mark.parametrize("limit", [0, 1])
async def test_what_a_conversation_was_about_is_forgotten_once_it_is_gone(api, talk, runtime, limit):
    conversation, profile = talk
    await recall(api, profile, conversationId=conversation)
    assert len(runtime.recaller._inferred) == 1
    ok(await api.delete(f"/v2/Conversations/{conversation}"), 202)
    body = {"conversationId": conversation, "communicationsLimit": limit}
    assert (await api.post(f"{profile}/Recall", json=body)).status_code == 404
    assert len(runtime.recaller._inferred) == 0


# What was known at some time


async def test_what_was_then_as_it_is_now_is_not_made_anew(api, profile, runtime):
    await observe(api, profile, "Has two cats")
    await summarise(api, profile, "Talked about cats")

    async def found(**fields) -> dict[str, tuple[float | None, Memory]]:
        asked = replace(question("cats"), communications_limit=0, **fields)
        recalled = await runtime.recaller.recall(*key(profile), asked)
        return {hit.memory.content: (hit.score, hit.memory) for hit in (*recalled.observations, *recalled.summaries)}

    before = clock()
    now, then = await found(), await found(as_of=before)
    assert now == then
    assert all(now[name][1] is then[name][1] for name in now)
    await observe(api, profile, "Has a dog")
    now, then = await found(), await found(as_of=before)
    assert set(then) == {"Has two cats", "Talked about cats"}
    assert not any(now[name][1] is then[name][1] for name in then)


async def test_large_snapshots_of_then_are_made_one_after_the_other(api, profile, runtime):
    async def asked(as_of: datetime) -> int:
        work = runtime.recaller.recall(*key(profile), replace(question("tea"), observations_limit=100, as_of=as_of))
        return len((await asyncio.wait_for(work, 1)).observations)

    times = []
    for first in range(0, 60, 10):
        await observe(api, profile, *(f"Fact {n} about tea" for n in range(first, first + 10)))
        times.append(clock())
    async with runtime.recaller._making:
        assert await asked(times[-1]) == 60
        with pytest.raises(TimeoutError):
            await asked(times[-2])
    assert await asyncio.gather(*map(asked, times)) == [10, 20, 30, 40, 50, 60]
