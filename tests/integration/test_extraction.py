"""Extraction: what of a conversation lasts, written once whatever happens."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from tests.helpers import (
    CUSTOMER,
    conversations,
    create_configuration,
    create_store,
    observe,
    ok,
    profile_ids,
    run_jobs,
    say,
    set_status,
    text_in,
)

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.transcripts import Candidate, Digest, Extraction, Transcript
from regulars.runtime import clock, mint
from regulars.services.extraction import Models, Subject, SupersededError, extract
from regulars.storage.db import Tx


@dataclass
class Scripted:
    """An extractor and summariser that proposes what each fresh turn of the customer says, and remembers its reads."""

    attribute: str | None = None
    splits: bool = False
    reads: list[list[str]] = field(default_factory=list)
    summaries: int = 0
    gate: asyncio.Barrier | None = None
    fails: bool = False

    async def extract(self, transcript: Transcript) -> Extraction:
        self.reads.append([turn.text for turn in transcript.fresh])
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise TimeoutError
        said = [turn for turn in transcript.fresh if turn.by_customer]
        found = [
            Candidate(text, turn.occurred_at, (turn.communication_id,), self.attribute)
            for turn in said
            for text in (turn.text.split(". ") if self.splits else [turn.text])
        ]
        return Extraction(found, "script")

    async def summarise(self, transcript: Transcript) -> Digest:
        self.summaries += 1
        cited = tuple(turn.communication_id for turn in transcript.turns)
        return Digest(f"They wrote {len(transcript.turns)} messages.", cited, "script")


@dataclass(frozen=True)
class Case:
    """One captured conversation and a way to run its job."""

    api: object
    runtime: object
    tenant: object
    conversation: str
    profile: str
    subject: Subject

    async def run(self, script: Scripted, db=None) -> str:
        models = Models(script, script, self.runtime.models.embedder)
        return await extract(db or self.runtime.db, models, mint, clock(), self.subject)

    async def observations(self) -> list[dict]:
        url = f"{self.profile}/Observations"
        return ok(await self.api.get(url, params={"orderBy": "ASC"}))["observations"]

    async def summaries(self) -> list[dict]:
        return ok(await self.api.get(f"{self.profile}/ConversationSummaries"))["summaries"]

    async def contents(self) -> list[str]:
        return [one["content"] for one in await self.observations()]

    async def set_status(self, status: str) -> None:
        await set_status(self.api, self.conversation, status)

    async def text(self, body: str, **fields: str) -> None:
        await text_in(self.api, self.tenant, Body=body, **fields)

    async def later(self, text: str, occurred_at: str) -> "Case":
        """The same customer in a conversation of its own, which is over."""
        for one in await conversations(self.api):
            await set_status(self.api, one["id"], "CLOSED")
        await self.text(text, OccurredAt=occurred_at)
        [begun] = await conversations(self.api, status="ACTIVE")
        await set_status(self.api, begun["id"], "CLOSED")
        subject = replace(self.subject, conversation_id=ConversationId(begun["id"]))
        return replace(self, conversation=begun["id"], subject=subject)

    async def revisions(self, observation: dict) -> list[dict]:
        """The last first."""
        url = f"{self.profile}/Observations/{observation['id']}/Revisions"
        return ok(await self.api.get(url, params={"orderBy": "DESC"}))["revisions"]

    async def fact(self, statement: str):
        async with self.runtime.db.read() as tx:
            return await tx.value(statement)


@pytest.fixture
async def case(api, runtime, tenant) -> Case:
    """A conversation in which the customer wrote "I like tea"."""
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="I like tea", OccurredAt="2026-11-22T06:00:00Z")
    [conversation] = await conversations(api)
    [profile] = await profile_ids(api, store)
    subject = Subject(
        store_id=StoreId(store), profile_id=ProfileId(profile), conversation_id=ConversationId(conversation["id"])
    )
    return Case(api, runtime, tenant, conversation["id"], f"/v1/Stores/{store}/Profiles/{profile}", subject)


async def test_an_observation_says_where_it_comes_from(case):
    await case.set_status("INACTIVE")
    assert await case.run(Scripted()) == "written"
    [found] = await case.observations()
    assert found["content"] == "I like tea"
    assert found["source"] == "conversation-intelligence"
    assert found["conversationIds"] == [case.conversation]
    assert len(found["communicationIds"]) == 1
    assert found["occurredAt"] == "2026-11-22T06:00:00Z"


async def test_running_it_twice_writes_once(case):
    await case.set_status("CLOSED")
    assert await case.run(Scripted()) == "written"
    again = Scripted()
    assert await case.run(again) == "nothing new"
    assert again.reads == []
    assert await case.contents() == ["I like tea"]
    assert len(await case.summaries()) == 1


async def test_two_at_once_write_once(case):
    await case.set_status("CLOSED")
    script = Scripted(gate=asyncio.Barrier(2))
    outcomes = await asyncio.gather(case.run(script), case.run(script), return_exceptions=True)
    assert sorted(map(str, outcomes)) == ["", "written"]
    assert any(isinstance(outcome, SupersededError) for outcome in outcomes)
    assert await case.run(script) == "nothing new"
    assert await case.contents() == ["I like tea"]
    assert len(await case.summaries()) == 1


async def test_closing_reads_only_what_is_new_since_it_went_quiet(case):
    await case.set_status("INACTIVE")
    await case.run(Scripted())
    await case.text("I live in Lisbon")
    await case.set_status("CLOSED")
    script = Scripted()
    await case.run(script)
    assert script.reads == [["I live in Lisbon"]]
    assert await case.contents() == ["I like tea", "I live in Lisbon"]


async def test_closing_without_anything_new_writes_the_summary_only(case):
    await case.set_status("INACTIVE")
    await case.run(Scripted())
    await case.set_status("CLOSED")
    script = Scripted()
    assert await case.run(script) == "written"
    assert script.reads == []
    assert len(await case.summaries()) == 1


async def test_going_quiet_writes_no_summary(case):
    await case.set_status("INACTIVE")
    await case.run(Scripted())
    assert await case.summaries() == []


async def test_a_summary_belongs_to_its_conversation(case):
    await case.set_status("CLOSED")
    await case.run(Scripted())
    [summary] = await case.summaries()
    assert summary["conversationId"] == case.conversation
    assert summary["content"] == "They wrote 1 messages."
    assert summary["source"] == "conversations"


async def test_a_later_statement_revises_and_the_state_before_is_kept(case):
    await case.set_status("INACTIVE")
    await case.run(Scripted())
    [before] = await case.observations()
    await case.text("I don't like tea any more", OccurredAt="2026-11-23T06:00:00Z")
    await case.set_status("CLOSED")
    await case.run(Scripted())

    [after] = await case.observations()
    assert after["id"] == before["id"]
    assert after["content"] == "I don't like tea any more"
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] >= before["updatedAt"]
    assert after["conversationIds"] == [case.conversation]
    assert len(after["communicationIds"]) == 2
    assert await case.fact("SELECT string_agg(content, '|') FROM observation_revision") == "I like tea"


async def test_another_conversation_revises_and_is_added_to_the_observation(case):
    await case.set_status("CLOSED")
    await case.run(Scripted())
    other = await case.later("I don't like tea any more", "2026-11-23T06:00:00Z")
    await other.run(Scripted())
    [after] = await case.observations()
    assert after["conversationIds"] == [case.conversation, other.conversation]


async def test_what_is_known_is_not_added_again(case):
    await case.set_status("CLOSED")
    await case.run(Scripted())
    other = await case.later("i like TEA!", "2026-11-21T06:00:00Z")
    await other.run(Scripted())
    assert await case.contents() == ["I like tea"]


async def test_what_is_said_again_keeps_its_words_and_cites_both(case):
    """So that what was said in between, and arrives late, changes nothing."""
    await case.set_status("CLOSED")
    await case.run(Scripted())
    again = await case.later("I love tea", "2026-11-25T06:00:00Z")
    between = await case.later("I don't like tea any more", "2026-11-23T06:00:00Z")
    await again.run(Scripted())
    await between.run(Scripted())
    [found] = await case.observations()
    assert (found["content"], found["occurredAt"]) == ("I like tea", "2026-11-25T06:00:00Z")
    assert found["conversationIds"] == [case.conversation, again.conversation]
    assert len(found["communicationIds"]) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
async def test_what_was_said_last_holds_whenever_it_arrives(case, order):
    said = [
        await case.later("I live in Leeds", "2026-11-23T06:00:00Z"),
        await case.later("I moved to York", "2026-11-24T06:00:00Z"),
        await case.later("I live in Bath now", "2026-11-25T06:00:00Z"),
    ]
    for number in order:
        await said[number].run(Scripted())
    assert await case.contents() == ["I live in Bath now"]


async def test_what_came_through_the_api_is_revised_too_and_its_revisions_tell_by_what(case):
    await observe(case.api, case.profile, "Lives in Leeds", source="crm", occurredAt="2026-11-01T06:00:00Z")
    other = await case.later("I moved to York", "2026-11-24T06:00:00Z")
    await other.run(Scripted())
    [found] = await case.observations()
    assert (found["content"], found["source"]) == ("I moved to York", "conversation-intelligence")
    now, before = await case.revisions(found)
    assert (before["content"], before["source"], before["conversationIds"]) == ("Lives in Leeds", "crm", [])
    assert (now["conversationIds"], len(now["communicationIds"])) == ([other.conversation], 1)


async def test_a_revision_can_be_reverted_for_good(case):
    """The job that revised does not do it again, and what the customer says later still counts."""
    await observe(case.api, case.profile, "Lives in Leeds", occurredAt="2026-11-01T06:00:00Z")
    moved = await case.later("I moved to York", "2026-11-24T06:00:00Z")
    await moved.run(Scripted())
    [found] = await case.observations()
    await case.api.patch(f"{case.profile}/Observations/{found['id']}", json={"content": "Lives in Leeds"})
    assert await moved.run(Scripted()) == "nothing new"
    assert await case.contents() == ["Lives in Leeds"]

    await (await case.later("I live in Bath", "2026-11-25T06:00:00Z")).run(Scripted())
    [after] = await case.observations()
    assert (after["id"], after["content"]) == (found["id"], "I live in Bath")
    assert [one["content"] for one in await case.revisions(after)] == [
        "I live in Bath",
        "Lives in Leeds",
        "I moved to York",
        "Lives in Leeds",
    ]


async def test_words_put_right_by_patch_are_about_something_else(case):
    """What was changed into another statement is not retired by what the first was about."""
    await observe(case.api, case.profile, "Lives in Leeds", occurredAt="2026-11-01T06:00:00Z")
    [found] = await case.observations()
    await case.api.patch(f"{case.profile}/Observations/{found['id']}", json={"content": "Plays the violin"})
    await (await case.later("I moved to York", "2026-11-24T06:00:00Z")).run(Scripted())
    assert await case.contents() == ["Plays the violin", "I moved to York"]


@pytest.mark.parametrize("words", [("I live in Leeds", "I moved to York"), ("I live in York", "i live in York!")])
async def test_two_jobs_of_one_profile_at_once_leave_what_was_said_last(case, words):
    """Neither had seen what the other wrote when it looked."""
    gate = asyncio.Barrier(2)
    said = [await case.later(text, f"2026-11-2{day}T06:00:00Z") for day, text in enumerate(words, 3)]
    outcomes = await asyncio.gather(*(one.run(Scripted(gate=gate)) for one in said))
    assert outcomes == ["written", "written"]
    [found] = await case.observations()
    assert found["occurredAt"] == "2026-11-24T06:00:00Z"
    assert "York" in found["content"]


async def test_a_job_that_is_killed_leaves_nothing_and_its_successor_everything(case):
    await case.set_status("CLOSED")
    job = asyncio.create_task(case.run(Scripted(gate=asyncio.Barrier(2))))
    await asyncio.sleep(0.2)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await case.contents(), await case.summaries()) == ([], [])
    assert await case.run(Scripted()) == "written"
    assert await case.contents() == ["I like tea"]


class CountingTx(Tx):
    trips = 0

    async def all(self, *args, **params):
        type(self).trips += 1
        return await super().all(*args, **params)

    async def maybe(self, *args, **params):
        type(self).trips += 1
        return await super().maybe(*args, **params)

    async def value(self, *args, **params):
        type(self).trips += 1
        return await super().value(*args, **params)

    async def run(self, *args, **params):
        type(self).trips += 1
        return await super().run(*args, **params)

    async def run_each(self, statement, rows):
        type(self).trips += bool(rows)
        return await super().run_each(statement, rows)


class CountingDb:
    """Counts the round trips of what is written."""

    def __init__(self, db) -> None:
        self.read, self._db = db.read, db

    async def write(self, work):
        CountingTx.trips = 0
        return await self._db.write(lambda tx: work(CountingTx(tx.connection)))


async def test_many_memories_and_candidates_take_as_many_round_trips_as_few(case):
    db = CountingDb(case.runtime.db)
    trips = []
    for day, text in enumerate(
        ("I live in Leeds. I like rum", "I moved to York. I hate rum. I have a dog. I read"), 23
    ):
        said = await case.later(text, f"2026-11-{day}T06:00:00Z")
        await said.run(Scripted(splits=True), db=db)
        trips.append(CountingTx.trips)
        await observe(case.api, case.profile, *(f"Owns machine number {number}." for number in range(1, 40)))
        await run_jobs(case.runtime)
    assert await case.fact("SELECT count(*) FROM observation") > 80
    assert await case.fact("SELECT count(*) FROM observation_revision") == 2
    assert trips == [6, 8]


async def test_a_model_that_fails_changes_nothing_and_may_be_asked_again(case):
    await case.set_status("CLOSED")
    with pytest.raises(TimeoutError):
        await case.run(Scripted(fails=True))
    assert await case.contents() == []
    assert await case.summaries() == []
    assert await case.run(Scripted()) == "written"
    assert await case.contents() == ["I like tea"]


async def test_an_embedder_that_fails_changes_nothing(case):
    class Broken:
        name = "broken"
        dimensions = 4

        async def embed(self, texts, *, kind):
            raise TimeoutError

    await case.set_status("CLOSED")
    script = Scripted()
    with pytest.raises(TimeoutError):
        await extract(case.runtime.db, Models(script, script, Broken()), mint, clock(), case.subject)
    assert await case.contents() == []


async def test_no_connection_is_held_while_a_model_works(case, database):
    """The model waits for as long as it likes: nobody waits for a lock behind it."""
    await case.set_status("CLOSED")
    busy: list[int] = []

    class Watching(Scripted):
        async def extract(self, transcript):
            busy.append(
                await case.fact(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%%'"
                )
            )
            return await super().extract(transcript)

    await case.run(Watching())
    assert busy == [0]


async def test_only_the_customer_is_remembered(case):
    await say(case.api, case.conversation, "We sell tea", by_customer=False)
    await case.set_status("CLOSED")
    await case.run(Scripted())
    assert await case.contents() == ["I like tea"]


async def test_an_unknown_conversation_or_profile_is_nothing_new(case):
    script = Scripted()
    for subject in (
        replace(case.subject, conversation_id=ConversationId("conv_conversation_x")),
        replace(case.subject, profile_id=ProfileId("mem_profile_x")),
        replace(case.subject, store_id=StoreId("mem_store_x")),
    ):
        assert await replace(case, subject=subject).run(script) == "nothing new"


async def test_while_it_is_active_it_is_read_but_not_summarised(case):
    """The job may run late, after a message woke the conversation: what was said is not lost."""
    await case.run(Scripted())
    assert await case.contents() == ["I like tea"]
    assert await case.summaries() == []


# The job, run by a real worker


async def test_the_worker_extracts_after_closing(case):
    await case.set_status("CLOSED")
    await run_jobs(case.runtime)
    assert len(await case.summaries()) == 1
    assert await case.fact("SELECT count(*) FROM procrastinate_jobs WHERE status NOT IN ('succeeded', 'doing')") == 0


async def test_the_worker_may_find_the_same_job_twice(case):
    await case.set_status("INACTIVE")
    await case.set_status("CLOSED")
    await run_jobs(case.runtime)
    assert len(await case.summaries()) == 1


async def test_a_conversation_without_a_customer_makes_no_job(api, runtime, tenant):
    await create_configuration(api)
    await text_in(api, tenant, From="26262")
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_every_customer_of_a_conversation_has_a_job(api, runtime):
    conf = await create_configuration(api)
    people = [
        {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": address}]}
        for address in (CUSTOMER, "+12025550133")
    ]
    opened = ok(await api.post("/v2/Conversations", json={"configurationId": conf, "participants": people}), 201)
    await set_status(api, opened["id"], "CLOSED")
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM procrastinate_jobs") == 2
