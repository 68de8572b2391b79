"""A language model in every bad mood, with the real job on a real Postgres: nothing is lost, nothing is invented."""

import json
from dataclasses import dataclass, replace

import pytest
from tests.helpers import (
    conversations,
    create_configuration,
    create_store,
    observe,
    ok,
    profile_ids,
    rows,
    run_jobs,
    say,
    set_status,
    text_in,
)
from tests.model_server import (
    KEY,
    Asked,
    ModelServer,
    Reply,
    answers,
    drops,
    fails,
    first,
    honest,
    item,
    lying,
    model_server,
    raw,
    says,
    stalls,
)

from regulars.ai.llm import caller
from regulars.core import limits
from regulars.runtime import Runtime, models_of
from regulars.settings import Settings
from regulars.storage.jobs import enqueue_extract

SAID = {
    "I like green tea": "The customer likes green tea.",
    "My kettle is broken since yesterday": "The customer's kettle is broken since 2026-11-21.",
}
KNOWN = "The customer has a dog called Rex."
TEA = "The customer likes green tea."
MODEL = "openai:scripted"


@pytest.fixture
def model():
    with model_server(honest(SAID)) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Seconds become hundredths; what is waited for stays the same."""
    monkeypatch.setattr(caller, "_PAUSE_S", 0.005)


@dataclass
class Case:
    """A closed conversation of one customer, of whom one thing is known, and a runtime that asks the model."""

    api: object
    runtime: Runtime
    model: ModelServer
    store: str
    profile_id: str
    conversation: str

    @property
    def profile(self) -> str:
        return f"/v1/Stores/{self.store}/Profiles/{self.profile_id}"

    async def close(self) -> None:
        if self.runtime.settings.model is not None:
            await self.runtime.models.extractor.close()

    async def work(self) -> None:
        """Every job that waits, also for another time."""
        await self.runtime.db.write(lambda tx: tx.run("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
        await run_jobs(self.runtime)

    async def again(self) -> None:
        """The same job once more, as if it had been enqueued twice."""
        await self.runtime.db.write(lambda tx: enqueue_extract(tx, self.store, self.profile_id, self.conversation))
        await self.work()

    async def jobs(self) -> list[dict]:
        """Those that have not succeeded."""
        statement = "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = 'extract'"
        return await rows(self.runtime, f"{statement} AND status <> 'succeeded'")

    async def observations(self) -> list[dict]:
        found = ok(await self.api.get(f"{self.profile}/Observations", params={"orderBy": "ASC"}))["observations"]
        return [one for one in found if one["content"] != KNOWN]

    async def contents(self) -> list[str]:
        return sorted(one["content"] for one in await self.observations())

    async def summaries(self) -> list[dict]:
        return ok(await self.api.get(f"{self.profile}/ConversationSummaries"))["summaries"]

    async def memory(self) -> str:
        """Every bit of it."""
        tables = ("observation", "observation_revision", "summary", "profile_conversation", "embedding")
        return repr([await rows(self.runtime, f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables])

    async def ask(self, **settings: object) -> None:
        """From now on the model, with these settings besides what it needs."""
        await self.close()
        given = {"model": MODEL, "model_api_key": KEY, "model_base_url": self.model.base_url, "model_timeout_s": 2.0}
        changed = Settings(**{**given, **settings})
        models = models_of(changed, self.runtime.models.embedder)
        self.runtime = replace(self.runtime, settings=changed, models=models)


@pytest.fixture
async def case(api, runtime, tenant, model):
    store = await create_store(api)
    await create_configuration(api, store)
    for number, text in enumerate(SAID):
        await text_in(api, tenant, Body=text, OccurredAt=f"2026-11-22T06:0{number}:00Z")
    [conversation] = await conversations(api)
    [profile_id] = await profile_ids(api, store)
    await observe(api, f"/v1/Stores/{store}/Profiles/{profile_id}", KNOWN)
    await run_jobs(runtime)
    await set_status(api, conversation["id"], "CLOSED")
    case = Case(api, runtime, model, store, profile_id, conversation["id"])
    await case.ask()
    yield case
    await case.close()


async def test_what_the_model_writes_is_kept_with_its_evidence(case):
    await case.work()
    tea, kettle = await case.observations()
    assert (tea["content"], kettle["content"]) == tuple(SAID.values())
    assert tea["extractedBy"] == MODEL
    assert tea["confidence"] == 0.9
    assert tea["occurredAt"] == "2026-11-22T06:00:00Z"
    assert len(tea["communicationIds"]) == 1
    assert tea["communicationIds"] != kettle["communicationIds"]
    [summary] = await case.summaries()
    assert summary["content"] == " ".join(SAID.values())
    assert summary["extractedBy"] == MODEL
    assert len(summary["communicationIds"]) == 2
    assert await case.jobs() == []
    before = await case.memory()
    await case.again()
    assert await case.memory() == before


async def test_one_question_a_conversation_and_one_for_its_summary(case):
    await case.work()
    assert [asked.what for asked in case.model.asked] == ["observations", "sentences"]
    asked = case.model.asked[0]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert [message["text"] for message in asked.messages] == list(SAID)
    assert asked.messages[0] | {"name": ""} == {
        "number": 1, "from": "customer", "name": "", "date": "2026-11-22", "weekday": "Sunday", "new": True,
        "text": "I like green tea",
    }  # fmt: skip
    assert "I like green tea" not in asked.instructions


def _cut_off(asked: Asked) -> Reply:
    whole = json.dumps(honest(SAID)(asked).content)
    return Reply(whole[: len(whole) // 2])


def _at_the_limit(asked: Asked) -> Reply:
    return replace(honest(SAID)(asked), finish_reason="length")


UNUSABLE = {
    "an empty body": raw(b""),
    "an empty object": raw(b"{}"),
    "no JSON": raw(b"<html>I like green tea</html>"),
    "text in place of JSON": raw(b"I like green tea", headers={"Content-Type": "text/plain"}),
    "an empty answer": says(""),
    "null": says("null"),
    "words": says("Certainly! The customer likes green tea."),
    "cut-off JSON": _cut_off,
    "cut off at the limit of tokens": _at_the_limit,
    "another form": says('{"facts": ["The customer likes green tea."]}'),
    "a list in place of an object": says('["The customer likes green tea."]'),
    "no list": says('{"observations": "The customer likes green tea.", "sentences": "The customer likes green tea."}'),
    "a refusal": lambda _: Reply(None, refusal="I cannot help with that."),
    "a filtered answer": says("", finish_reason="content_filter"),
    "no choices": raw(b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[]}'),
    "deep nesting": says("[" * 100_000),
}
DOWN = {
    "a dropped connection": drops,
    "429": fails(429),
    "429 until the deadline": fails(429, Retry_After="40"),
    "500": fails(500),
    "503": fails(503),
    "a wrong key": fails(401),
    "a forbidden model": fails(403),
    "an unknown model": fails(404),
    "a refused request": fails(400),
    "no money": fails(402),
}


async def test_a_fault_changes_no_row_and_the_job_comes_again(case, capsys):
    before = await case.memory()
    for fault, script in (UNUSABLE | DOWN).items():
        await case.ask()
        await case.runtime.db.write(lambda tx: tx.run("UPDATE procrastinate_jobs SET attempts = 0"))
        case.model.asked.clear()
        case.model.script = script
        await case.work()
        assert await case.memory() == before, fault
        assert await case.jobs() == [{"status": "todo", "attempts": 1}], fault
        assert 1 <= len(case.model.asked) <= caller.TRIES_MAX, fault
        told = capsys.readouterr()
        assert "job_failed" in told.out
        assert "tea" not in told.err + told.out, fault
        assert KEY not in told.err + told.out, fault
    case.model.script = honest(SAID)
    await case.work()
    assert await case.contents() == sorted(SAID.values())
    assert {one["extractedBy"] for one in await case.observations()} == {MODEL}
    assert await case.jobs() == []


async def test_a_model_that_stalls_costs_its_time_and_no_more(case):
    await case.ask(model_timeout_s=0.2)
    before = await case.memory()
    case.model.script = stalls()
    await case.work()
    assert await case.memory() == before
    assert len(case.model.asked) == 1
    assert await case.jobs() == [{"status": "todo", "attempts": 1}]


@pytest.mark.parametrize("fault", [fails(500), fails(429, Retry_After="0.05"), drops, fails(429, Retry_After_Ms="20")])
async def test_a_passing_fault_is_waited_out_within_the_call(case, fault):
    case.model.script = first(fault, honest(SAID))
    await case.work()
    assert await case.contents() == sorted(SAID.values())
    assert len(case.model.asked) == 3


async def test_a_wrong_key_is_not_tried_at_once_again(case):
    case.model.script = fails(401)
    await case.work()
    assert len(case.model.asked) == 1


async def test_a_summary_that_fails_takes_the_observations_along(case):
    """Both are written in one transaction, with the progress, or neither."""
    before = await case.memory()
    case.model.script = first(honest(SAID), fails(404))
    await case.work()
    assert await case.memory() == before
    case.model.script = honest(SAID)
    await case.work()
    assert await case.contents() == sorted(SAID.values())


async def test_a_model_that_finds_nothing_is_believed(case):
    case.model.script = first(answers(), honest(SAID))
    await case.work()
    assert await case.contents() == []
    assert await case.jobs() == []


LIES = {
    "not supported": lying("The customer is an administrator with full access.", "The customer likes black coffee."),
    "messages that do not exist": answers(item(TEA, 7), item(TEA, 0), item(TEA, -1), item(TEA, 1, 99)),
    "no message": answers(item(TEA)),
    "another language": answers(item("A la clienta le gusta el t\u00e9 verde.", 1)),
}


@pytest.mark.parametrize("lie", list(LIES))
async def test_a_lie_is_dropped_and_the_rules_serve(case, lie):
    case.model.script = LIES[lie]
    await case.work()
    found = await case.observations()
    assert {one["extractedBy"] for one in found} == {"rules"}
    assert all(one["communicationIds"] for one in found)
    [summary] = await case.summaries()
    assert summary["extractedBy"] == "rules"
    assert await case.jobs() == []
    before = await case.memory()
    await case.again()
    assert await case.memory() == before


async def test_what_is_true_among_lies_is_kept(case):
    case.model.script = answers(
        item("The customer is an administrator.", 1), item(TEA, 1), item(TEA.upper(), 1), item(TEA, 1), item(TEA, 44)
    )
    await case.work()
    assert await case.contents() == [TEA]


async def test_a_huge_answer_is_read_up_to_a_limit(case):
    many = [item(f"The customer likes green tea number {number}.", 1) for number in range(5_000)]
    case.model.script = answers(*many[: limits.MODEL_ITEMS_MAX - 1], item(TEA, 1), *many, item(TEA[:-1], 1))
    await case.work()
    assert await case.contents() == [TEA]


async def test_a_model_deletes_nothing(case):
    """Whatever its answer looks like: there is no such word."""
    wishes = [{**item(KNOWN, 1), "action": "DELETE", "id": "all"}, {"delete": "*"}]
    case.model.script = lambda asked: Reply({asked.what: wishes, "deletions": ["all"], "operation": "DELETE"})
    before = await rows(case.runtime, "SELECT * FROM observation")
    await case.work()
    assert before[0] in await rows(case.runtime, "SELECT * FROM observation")


async def test_after_its_patience_the_rules_serve_and_the_record_says_so(case, capsys):
    await case.ask(model_patience_s=0.0)
    case.model.script = fails(500)
    await case.work()
    found = await case.observations()
    assert {one["extractedBy"] for one in found} == {"rules"}
    [summary] = await case.summaries()
    assert summary["extractedBy"] == "rules"
    assert await case.jobs() == []
    assert capsys.readouterr().out.count("rules_serve") == 2


async def test_patience_is_counted_in_tries(case):
    """Two seconds pass before the second try, six before the third."""
    await case.ask(model_patience_s=6.0)
    case.model.script = fails(500)
    for tries in (1, 2):
        await case.work()
        assert await case.jobs() == [{"status": "todo", "attempts": tries}]
    await case.work()
    assert await case.jobs() == []
    assert {one["extractedBy"] for one in await case.observations()} == {"rules"}


async def test_a_model_whose_answers_are_never_usable_is_given_up_sooner(case):
    case.model.script = says("")
    for _ in range(limits.EXTRACT_UNUSABLE_MAX):
        assert await case.contents() == []
        await case.work()
    assert await case.contents() == []
    await case.work()
    assert {one["extractedBy"] for one in await case.observations()} == {"rules"}
    assert await case.jobs() == []


async def test_who_fails_often_is_left_alone_for_a_while(case):
    case.model.script = fails(500)
    for _ in range(4):
        await case.work()
    assert len(case.model.asked) == 5
    [job] = await case.jobs()
    assert job["attempts"] == 4


async def test_a_conversation_that_goes_on_is_read_from_where_it_was_left(case, tenant):
    case.model.script = honest({**SAID, "I moved to Lisbon": "The customer moved to Lisbon."})
    await case.work()
    await text_in(case.api, tenant, Body="I moved to Lisbon", OccurredAt="2026-11-22T07:00:00Z")
    newest = (await conversations(case.api))[0]["id"]
    await say(case.api, newest, "Welcome there", by_customer=False)
    await set_status(case.api, newest, "INACTIVE")
    await case.work()
    assert "The customer moved to Lisbon." in await case.contents()
    await text_in(case.api, tenant, Body="I like green tea", OccurredAt="2026-11-22T08:00:00Z")
    await set_status(case.api, newest, "INACTIVE")
    await case.work()
    asked = case.model.asked[-1]
    assert [(message["text"], message["new"]) for message in asked.messages] == [
        ("I moved to Lisbon", False),
        ("Welcome there", False),
        ("I like green tea", True),
    ]


@pytest.mark.parametrize(("name", "field"), [(MODEL, "max_completion_tokens"), ("mine", "max_tokens")])
async def test_servers_of_ones_own_know_the_older_name_of_the_limit(case, name, field):
    await case.ask(model=name, model_output_tokens_max=321)
    await case.work()
    body = case.model.asked[0].body
    assert {key: value for key, value in body.items() if key.startswith("max_")} == {field: 321}
    assert {one["extractedBy"] for one in await case.observations()} == {name}


@pytest.mark.parametrize("mode", ["schema", "tool", "prompt"])
async def test_each_way_to_ask_for_a_form(case, mode):
    await case.ask(model_output=mode)
    await case.work()
    assert await case.contents() == sorted(SAID.values())
    body = case.model.asked[0].body
    assert ("response_format" in body, "tools" in body) == (mode == "schema", mode == "tool")
    if mode == "tool":
        assert body["tool_choice"] == {"type": "function", "function": {"name": "observations"}}
    assert json.dumps(body).count("confidence") >= 1
