"""The outward queue: one account's jobs never take every place, and none loses its turn or a try."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from procrastinate.jobs import Status
from tests.conftest import Application, clock, new_tenant
from tests.helpers import act, create_configuration, customer, fetch_action, open_conversation
from tests.helpers import action as message
from tests.messages_api import messages_api, slow

from regulars.core.ids import AccountSid, ConversationId, StoreId
from regulars.jobs import worker
from regulars.jobs.tasks import CONCURRENCY, create_app
from regulars.jobs.turns import Turns
from regulars.outbound.messages_api import MessagesApi
from regulars.settings import Settings
from regulars.storage.jobs import OUTWARD, enqueue_send_message

FIRST, SECOND, THIRD = (AccountSid("AC" + letter * 32) for letter in "abc")


@pytest.fixture
async def queue(runtime):
    """Fetches jobs as a worker with six places does."""
    app = create_app(runtime)
    async with app.open_async():
        turns = Turns(app.connector, OUTWARD, places=6)
        yield Queue(runtime, turns, await turns.register_worker())


class Queue:
    def __init__(self, runtime, turns: Turns, worker_id: int) -> None:
        self.runtime, self.turns, self.worker_id = runtime, turns, worker_id

    async def put(self, account: AccountSid, *words: str, conversation: str | None = None) -> None:
        for word in words:
            place = ConversationId(conversation or f"{account} {word}")
            await self.runtime.db.write(
                lambda tx, place=place, word=word: enqueue_send_message(tx, account, StoreId("s"), place, word)
            )

    async def take(self, most: int = 100) -> list:
        taken = []
        while len(taken) < most and (job := await self.turns.fetch_job([OUTWARD], self.worker_id)):
            taken.append(job)
        return taken

    async def end(self, job) -> None:
        await self.turns.finish_job(job, Status.SUCCEEDED, delete_job=True)


def words(jobs: list) -> list[str]:
    return [job.task_kwargs["action_id"] for job in jobs]


async def test_one_account_takes_half_of_the_places_and_leaves_some_for_each_other(queue):
    await queue.put(FIRST, *"abcdefgh")
    assert words(await queue.take()) == ["a", "b", "c"]
    await queue.put(SECOND, *"ijklm")
    assert words(await queue.take()) == ["i", "j"]
    await queue.put(THIRD, *"nop")
    assert words(await queue.take()) == ["n"]


async def test_what_was_passed_over_keeps_its_turn_and_its_tries(queue):
    await queue.put(FIRST, *"abcdef")
    await queue.put(SECOND, "z")
    first = await queue.take()
    assert words(first) == ["a", "b", "c", "z"]
    await queue.end(first[1])
    await queue.end(first[3])
    later = await queue.take()
    assert words(later) == ["d"]
    assert {job.attempts for job in later} == {0}


async def test_messages_of_one_conversation_take_turns_in_their_order(queue):
    await queue.put(FIRST, *"abc", conversation="one")
    for expected in "abc":
        jobs = await queue.take()
        assert words(jobs) == [expected]
        await queue.end(jobs[0])


async def test_a_failed_try_is_counted_and_keeps_the_others_of_its_conversation_waiting(queue):
    await queue.put(FIRST, *"ab", conversation="one")
    [job] = await queue.take()
    await queue.turns.retry_job(job, retry_at=clock().replace(year=2100))
    assert await queue.take() == []
    await queue.runtime.db.write(lambda tx: tx.run("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
    [job] = await queue.take()
    assert (words([job]), job.attempts) == (["a"], 1)


async def test_what_is_for_later_or_in_another_queue_is_not_taken(queue):
    await queue.put(FIRST, *"ab")
    await queue.runtime.db.write(
        lambda tx: tx.run(
            "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE args ->> 'action_id' = 'a'"
        )
    )
    await queue.runtime.db.write(
        lambda tx: tx.run("UPDATE procrastinate_jobs SET queue_name = 'long' WHERE args ->> 'action_id' = 'b'")
    )
    assert await queue.take() == []
    assert words([await queue.turns.fetch_job(["long"], queue.worker_id)]) == ["b"]


async def test_one_accounts_messages_do_not_hold_up_anothers(application: Application, runtime, tenant):
    """A slow carrier, and one account with more messages than there are places."""
    many = CONCURRENCY[OUTWARD] + 8
    with messages_api() as carrier:
        carrier.statuses = ()
        messages = MessagesApi(carrier.url)
        runtime = replace(runtime, settings=Settings(messages_api_url=carrier.url), messages=messages)
        async with application.client(runtime, tenant) as api:
            configuration = await create_configuration(api)
            for number in range(many):
                to = {"channel": "SMS", "address": f"+1202555{number:04}"}
                opened = await open_conversation(api, configuration, participants=[customer(to["address"])])
                if number < CONCURRENCY[OUTWARD]:
                    carrier.by_body[str(number)] = slow(after_s=3)
                await act(api, opened["id"], message(str(number), to=[to]))
        other = await new_tenant(runtime)
        async with application.client(runtime, other) as api:
            opened = await open_conversation(api, await create_configuration(api))
            app = create_app(runtime)
            async with app.open_async():
                working = asyncio.create_task(worker._work(app, OUTWARD))
                await _until(lambda: _posts(carrier) == CONCURRENCY[OUTWARD] // 2)
                asked = await act(api, opened["id"])
                await _until(lambda: any(sent.account_sid == other.account_sid for sent in carrier.sent))
                assert _posts(carrier) == CONCURRENCY[OUTWARD] // 2 + 1, "the first ones still hang"
                await _until(lambda: len(carrier.sent) == many + 1)
                assert (await fetch_action(api, opened["id"], asked["id"]))["status"] == "COMPLETED"
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
        await messages.close()
    assert len({sent.body for sent in carrier.sent}) == many + 1


def _posts(carrier) -> int:
    return sum(method == "POST" for method, _ in list(carrier.requests))


async def _until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
