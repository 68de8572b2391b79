"""Vectors of what was said: computed in batches, by one worker at a time, followed when it dies, never of old words."""

import asyncio
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.conftest import _create, _drop
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    create_configuration,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    rows,
    say,
    set_status,
)

from regulars.ai.hashing import HashingEmbedder
from regulars.core import limits
from regulars.domain.transcripts import BEFORE_CHARS
from regulars.jobs import worker
from regulars.runtime import clock
from regulars.services import embedding
from regulars.services.embedding import embed_due, packed_vectors
from regulars.storage.migrate import migrate

VECTORS = "SELECT communication_id, model, vector FROM communication_embedding ORDER BY communication_id"
DUE = "SELECT conversation_id FROM conversation WHERE embedding_due_at IS NOT NULL ORDER BY conversation_id"


class Counting(HashingEmbedder):
    """Tells how it was asked; the first `failures` times it fails."""

    def __init__(self, *, failures: int = 0) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self._failures = failures

    async def embed(self, texts, *, kind):
        self.asked.append(list(texts))
        if len(self.asked) <= self._failures:
            raise ConnectionError
        return await super().embed(texts, kind=kind)


class Interrupted(HashingEmbedder):
    """Something happens once while a batch is embedded."""

    def __init__(self, happening) -> None:
        super().__init__()
        self._happening = happening

    async def embed(self, texts, *, kind):
        happening, self._happening = self._happening, None
        if happening is not None:
            await happening()
        return await super().embed(texts, kind=kind)


@pytest.fixture
async def configuration(api) -> str:
    return await create_configuration(api, await create_store(api))


@pytest.fixture
async def opened(api, configuration) -> str:
    return (await open_conversation(api, configuration))["id"]


async def talked(api) -> tuple[str, str]:
    """A store, and a conversation of two customers in it: one tells something, the other answers twice."""
    store = await create_store(api)
    people = [customer(), customer(OTHER_CUSTOMER), agent()]
    shared = (await open_conversation(api, await create_configuration(api, store), participants=people))["id"]
    mine, theirs, business = ({"address": one, "channel": "SMS"} for one in (CUSTOMER, OTHER_CUSTOMER, BUSINESS))
    await say(api, shared, "I have gout", author=mine, recipients=[theirs])
    await say(api, shared, "Oh dear", author=theirs, recipients=[business])
    await say(api, shared, "Get well", author=theirs, recipients=[business])
    return store, shared


async def erase_customer(api, store: str) -> None:
    [profile] = await lookup(api, store, CUSTOMER)
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{profile}"), 202)


async def versions(runtime) -> dict[str, int]:
    """By what is said."""
    said = await rows(runtime, "SELECT content ->> 'text' AS text, version FROM communication ORDER BY position")
    return {one["text"]: one["version"] for one in said}


async def assert_embedded(runtime, made_from: dict[str, str]) -> None:
    """What is said, and from what its vector was made; there are no others."""
    found = await rows(
        runtime,
        "SELECT c.content ->> 'text' AS text, e.vector FROM communication c"
        " JOIN communication_embedding e USING (store_id, conversation_id, communication_id)",
    )
    known = await packed_vectors(HashingEmbedder(), list(made_from.values()))
    assert {one["text"]: one["vector"] for one in found} == {text: known[made_from[text]] for text in made_from}


async def test_everything_that_was_said_gets_its_vector_once(api, runtime, opened):
    first, *others = [await say(api, opened, text) for text in ("I have two cats", "And a dog", "And a dog")]
    said = {
        first["id"]: "I have two cats",
        others[0]["id"]: "I have two cats\nAnd a dog",
        others[1]["id"]: "And a dog\nAnd a dog",
    }
    embedder = Counting()
    assert await embed_due(runtime.db, embedder, clock) == 3
    assert embedder.asked == [sorted(said.values())]
    expected = await packed_vectors(HashingEmbedder(), list(said.values()))
    assert await rows(runtime, VECTORS) == [
        {
            "communication_id": communication_id,
            "model": HashingEmbedder().name,
            "vector": expected[text],
        }
        for communication_id, text in sorted(said.items())
    ]
    assert await rows(runtime, DUE) == []
    assert await embed_due(runtime.db, embedder, clock) == 0
    assert len(embedder.asked) == 1


async def test_a_vector_knows_who_spoke_and_what_was_answered(api, runtime, configuration):
    people = [customer() | {"name": "Ada"}, agent() | {"name": "Bo"}]
    opened = (await open_conversation(api, configuration, participants=people))["id"]
    await say(api, opened, "x" * 300 + " Do you have pets?", by_customer=False)
    await say(api, opened, "Two cats")
    await say(api, opened, "y" * 300)
    embedder = Counting()
    await embed_due(runtime.db, embedder, clock)
    before = ("x" * 300 + " Do you have pets?")[-BEFORE_CHARS:]
    long = ["Bo: " + "x" * 300 + " Do you have pets?", "Ada: " + "y" * 300]
    assert embedder.asked == [sorted([*long, f"Bo: {before}\nAda: Two cats"])]


async def test_several_conversations_share_a_batch(api, runtime, configuration):
    for n in range(3):
        opened = await open_conversation(api, configuration)
        await say(api, opened["id"], f"conversation {n}")
        await set_status(api, opened["id"], "CLOSED")
    embedder = Counting()
    assert await embed_due(runtime.db, embedder, clock) == 3
    assert embedder.asked == [["conversation 0", "conversation 1", "conversation 2"]]


async def test_what_is_too_much_for_a_batch_is_done_in_several(api, runtime, configuration, monkeypatch):
    monkeypatch.setattr(embedding, "_BATCH_TEXTS", 4)
    monkeypatch.setattr(embedding, "_BATCH_CONVERSATIONS", 2)
    for _ in range(3):
        opened = await open_conversation(api, configuration)
        for n in range(5):
            await say(api, opened["id"], f"number {n}")
        await set_status(api, opened["id"], "CLOSED")
    embedder = Counting()
    assert await embed_due(runtime.db, embedder, clock) == 15
    assert max(map(len, embedder.asked)) == 4
    assert await rows(runtime, DUE) == []
    assert len(await rows(runtime, VECTORS)) == 15


@pytest.mark.parametrize("texts", [[""], ["", "Good morning"]])
async def test_an_empty_text_has_no_vector_and_is_not_asked_for_again(api, runtime, opened, texts):
    for text in texts:
        await say(api, opened, text)
    assert await embed_due(runtime.db, HashingEmbedder(), clock) == len(texts) - 1
    assert await rows(runtime, DUE) == []


async def test_of_a_long_text_the_beginning_is_embedded(api, runtime, opened):
    await say(api, opened, "word " * 50_000)
    embedder = Counting()
    await embed_due(runtime.db, embedder, clock)
    [[text]] = embedder.asked
    assert len(text) == limits.MEMORY_CONTENT_CHARS_MAX


async def test_another_model_computes_its_own_vectors(api, runtime, opened):
    await say(api, opened, "I have two cats")
    await embed_due(runtime.db, HashingEmbedder(), clock)
    await say(api, opened, "And a dog")
    assert await embed_due(runtime.db, HashingEmbedder(64), clock) == 2
    assert {row["model"] for row in await rows(runtime, VECTORS)} == {HashingEmbedder(64).name}


async def test_words_that_change_while_they_are_embedded_get_the_vector_of_the_new(api, runtime, opened):
    said = await say(api, opened, "I have two cats", resourceId="r1")

    async def change() -> None:
        await say(api, opened, "I would like to book a piano lesson", resourceId="r1")

    assert await embed_due(runtime.db, Interrupted(change), clock) == 1
    expected = await packed_vectors(HashingEmbedder(), ["I would like to book a piano lesson"])
    [row] = await rows(runtime, VECTORS)
    assert (row["communication_id"], row["vector"]) == (said["id"], *expected.values())


async def test_what_is_said_while_others_are_embedded_is_done_next(api, runtime, opened):
    await say(api, opened, "I have two cats")

    async def go_on() -> None:
        await say(api, opened, "And a dog")

    assert await embed_due(runtime.db, Interrupted(go_on), clock) == 2
    assert await rows(runtime, DUE) == []


async def test_a_new_name_while_words_are_embedded_costs_no_vector(api, runtime, opened):
    await say(api, opened, "I have two cats")
    one = ok(await api.get(f"/v2/Conversations/{opened}/Participants"))["participants"][0]

    async def rename() -> None:
        body = {"name": "Ada", "type": one["type"], "addresses": one["addresses"], "profileId": one["profileId"]}
        ok(await api.put(f"/v2/Conversations/{opened}/Participants/{one['id']}", json=body))

    await embed_due(runtime.db, Interrupted(rename), clock)
    assert len(await rows(runtime, VECTORS)) == 1
    assert await rows(runtime, DUE) == []


async def test_a_conversation_that_is_erased_while_it_is_embedded_leaves_no_vector(api, runtime, configuration):
    mine = (await open_conversation(api, configuration))["id"]
    await say(api, mine, "I have two cats")
    await set_status(api, mine, "CLOSED")
    other = (await open_conversation(api, configuration))["id"]
    await say(api, other, "And a dog")

    async def erase() -> None:
        ok(await api.delete(f"/v2/Conversations/{mine}"), 202)

    assert await embed_due(runtime.db, Interrupted(erase), clock) == 1
    assert len(await rows(runtime, VECTORS)) == 1
    assert await rows(runtime, DUE) == []


async def test_other_words_leave_the_vector_of_what_was_said_next(api, runtime, opened):
    await say(api, opened, "Hello")
    await say(api, opened, "My code is swordfish", resourceId="SM1")
    await say(api, opened, "Thanks")
    last = await say(api, opened, "Bye")
    await embed_due(runtime.db, HashingEmbedder(), clock)
    before = await versions(runtime)
    await say(api, opened, "Never mind", resourceId="SM1")
    await assert_embedded(runtime, {"Hello": "Hello", "Bye": "Thanks\nBye"})
    after = await versions(runtime)
    assert [text for text in before if after.get(text) != before[text]] == ["My code is swordfish", "Thanks"]
    assert after["Never mind"] == after["Thanks"] > before[last["content"]["text"]]
    embedder = Counting()
    assert await embed_due(runtime.db, embedder, clock) == 2
    assert embedder.asked == [["Hello\nNever mind", "Never mind\nThanks"]]


async def test_words_that_change_while_the_next_are_embedded_are_in_no_vector(api, runtime, opened):
    await say(api, opened, "My code is swordfish", resourceId="SM1")
    await embed_due(runtime.db, HashingEmbedder(), clock)
    await say(api, opened, "Thanks")

    async def change() -> None:
        await say(api, opened, "Never mind", resourceId="SM1")

    await embed_due(runtime.db, Interrupted(change), clock)
    await assert_embedded(runtime, {"Never mind": "Never mind", "Thanks": "Never mind\nThanks"})


@pytest.mark.parametrize("status", ["ACTIVE", "CLOSED"])
async def test_who_is_erased_leaves_the_vectors_of_what_others_answered(api, runtime, status):
    store, shared = await talked(api)
    await set_status(api, shared, status)
    await embed_due(runtime.db, HashingEmbedder(), clock)
    assert len(await rows(runtime, VECTORS)) == 3
    before = await versions(runtime)
    await erase_customer(api, store)
    assert await rows(runtime, VECTORS) == []
    assert await rows(runtime, DUE) == [{"conversation_id": shared}]
    after = await versions(runtime)
    assert after.keys() == {"Oh dear", "Get well"}
    [there] = await rows(runtime, "SELECT communications_version AS version, removed_version FROM conversation")
    assert {*after.values()} == {there["version"]} == {there["removed_version"]}
    assert there["version"] > max(before.values())
    assert await embed_due(runtime.db, HashingEmbedder(), clock) == 2
    await assert_embedded(runtime, {"Oh dear": "Oh dear", "Get well": "Oh dear\nGet well"})
    assert await rows(runtime, DUE) == []


async def test_who_is_erased_while_others_are_embedded_is_in_no_vector(api, runtime):
    store, _ = await talked(api)

    async def erase() -> None:
        await erase_customer(api, store)

    assert await embed_due(runtime.db, Interrupted(erase), clock) == 2
    await assert_embedded(runtime, {"Oh dear": "Oh dear", "Get well": "Oh dear\nGet well"})


async def test_a_worker_that_is_killed_in_between_is_followed(api, runtime, opened):
    """Not before the lease has ended; what came meanwhile is not held up by it."""
    await say(api, opened, "I have two cats")
    with pytest.raises(ConnectionError):
        await embed_due(runtime.db, Counting(failures=1), clock)
    assert await rows(runtime, VECTORS) == []
    assert len(await rows(runtime, DUE)) == 1
    assert await embed_due(runtime.db, HashingEmbedder(), clock) == 0

    def later() -> datetime:
        return clock() + embedding._LEASE + timedelta(seconds=1)

    assert await embed_due(runtime.db, HashingEmbedder(), later) == 1
    assert await rows(runtime, DUE) == []


async def test_what_comes_after_a_worker_was_killed_need_not_wait(api, runtime, opened):
    await say(api, opened, "I have two cats")
    with pytest.raises(ConnectionError):
        await embed_due(runtime.db, Counting(failures=1), clock)
    await say(api, opened, "And a dog")
    assert await embed_due(runtime.db, HashingEmbedder(), clock) == 2


async def test_two_workers_at_once_do_nothing_twice(api, runtime, configuration, monkeypatch):
    monkeypatch.setattr(embedding, "_BATCH_CONVERSATIONS", 2)
    for n in range(6):
        opened = await open_conversation(api, configuration)
        await say(api, opened["id"], f"conversation {n}")
        await set_status(api, opened["id"], "CLOSED")
    workers = [Counting(), Counting(), Counting()]
    done = await asyncio.gather(*(embed_due(runtime.db, one, clock) for one in workers))
    assert sum(done) == 6
    assert sorted(text for one in workers for texts in one.asked for text in texts) == [
        f"conversation {n}" for n in range(6)
    ]


async def test_the_worker_looks_every_second(api, runtime, opened):
    await say(api, opened, "I have two cats")
    task = asyncio.create_task(worker.run_worker(runtime))
    try:
        for _ in range(600):
            if await rows(runtime, VECTORS):
                break
            await asyncio.sleep(0.05)
        assert len(await rows(runtime, VECTORS)) == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# An older release


@pytest.fixture
def older(server) -> Iterator[str]:
    """Conninfo of a database as the release before the one that embeds what is said left it."""
    name = f"older_{secrets.token_hex(6)}"
    _create(server, name)
    conninfo = make_conninfo(server, dbname=name)
    with psycopg.connect(conninfo) as connection:
        connection.execute('CREATE TABLE schema_migration (name text COLLATE "C" PRIMARY KEY, applied_at timestamptz)')
        for migration in ("0001_foundation", "0002_memory_api", "0003_orchestrator"):
            file = resources.files("regulars.storage") / "migrations" / f"{migration}.sql"
            connection.execute(file.read_text("utf-8").encode())
            connection.execute("INSERT INTO schema_migration VALUES (%s, clock_timestamp())", (migration,))
    yield conninfo
    _drop(server, name)


async def test_what_an_older_release_heard_is_due(older):
    statements = """
        INSERT INTO account (account_sid, auth_token_sealed, created_at) VALUES ('AC1', '', now());
        INSERT INTO store (store_id, account_sid, display_name, description, status, version, created_at, updated_at)
        VALUES ('s', 'AC1', 's', '', 'ACTIVE', 1, now(), now());
        INSERT INTO conversation (
            store_id, conversation_id, configuration, status, metadata, last_position, last_communication_at,
            created_at, updated_at
        )
        SELECT 's', c.id, '{}', c.status, '{}', c.last_position, now(), now(), now()
        FROM (VALUES ('open', 'ACTIVE', 2), ('silent', 'ACTIVE', 0), ('over', 'CLOSED', 1))
            AS c (id, status, last_position)"""
    with psycopg.connect(older) as connection:
        connection.execute(statements)
    assert "0004_recall" in await migrate(older)
    with psycopg.connect(older) as connection:
        assert connection.execute(DUE).fetchall() == [("open",), ("over",)]
