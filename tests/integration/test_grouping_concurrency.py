"""Many first messages at once are one conversation, and many timers at once move each conversation once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    communications,
    conversations,
    create_configuration,
    create_store,
    lookup,
    profile_ids,
    text_in,
)

from regulars.runtime import clock, mint
from regulars.services.lifecycle import tick
from regulars.storage.db import Db

MESSAGES = 50
CONVERSATIONS = 80
WORKERS = 4
CALLBACKS = [{"url": "https://example.com/hook"}]

pytestmark = pytest.mark.timeout(120)


# Grouping


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])
async def test_first_messages_at_once_are_one_conversation_of_one_profile(api, runtime, tenant, grouping):
    store = await create_store(api)
    await create_configuration(api, store, conversationGroupingType=grouping)
    texts = [f"message {n}" for n in range(MESSAGES)]
    await asyncio.gather(*(text_in(api, tenant, Body=text) for text in texts))
    [conversation] = await conversations(api)
    said = await communications(api, conversation["id"])
    assert sorted(one["content"]["text"] for one in said) == sorted(texts)
    assert await positions(runtime, conversation["id"]) == list(range(1, MESSAGES + 1))
    [profile] = await profile_ids(api, store)
    assert await lookup(api, store, CUSTOMER) == [profile]
    people = {one["type"]: one for one in conversation["participants"]}
    assert len(conversation["participants"]) == 2
    assert people.pop("CUSTOMER")["profileId"] == profile
    assert {one["author"]["participantId"] for one in said} < {one["id"] for one in conversation["participants"]}


@pytest.mark.parametrize(("grouping", "expected"), [(BY_ADDRESS, 1), (BY_ADDRESS_AND_CHANNEL, 2)])
async def test_first_messages_over_two_channels_at_once(api, runtime, tenant, grouping, expected):
    await create_configuration(api, conversationGroupingType=grouping)
    ends = [
        {"From": CUSTOMER, "To": BUSINESS},
        {"From": f"whatsapp:{CUSTOMER}", "To": f"whatsapp:{BUSINESS}"},
    ]
    await asyncio.gather(*(text_in(api, tenant, **ends[n % 2]) for n in range(MESSAGES)))
    found = await conversations(api)
    assert len(found) == expected
    for one in found:
        assert await positions(runtime, one["id"]) == list(range(1, MESSAGES // expected + 1))


async def test_the_same_message_at_once_is_one_communication(api, runtime, tenant):
    await create_configuration(api)
    await asyncio.gather(*(text_in(api, tenant, MessageSid="SM" + "7" * 32) for _ in range(MESSAGES)))
    [conversation] = await conversations(api)
    assert await positions(runtime, conversation["id"]) == [1]


async def positions(runtime, conversation: str) -> list[int]:
    statement = "SELECT position FROM communication WHERE conversation_id = %(conversation_id)s ORDER BY position"
    async with runtime.db.read() as tx:
        return await tx.column(statement, conversation_id=conversation)


# Timers


@pytest.fixture
async def opened(api, tenant) -> list[str]:
    """Conversations of one message each: quiet after 10 minutes, closed after 60."""
    await create_configuration(api, statusCallbacks=CALLBACKS)
    await asyncio.gather(*(text_in(api, tenant, From=f"+1317555{n:04d}") for n in range(CONVERSATIONS)))
    found = [one["id"] for one in await conversations(api, pageSize=1000)]
    assert len(found) == CONVERSATIONS
    return found


@pytest.fixture
async def workers(database: str) -> AsyncIterator[list[Db]]:
    """Each with connections of its own, as other processes have."""
    made = [Db(database, connections_max=3) for _ in range(WORKERS)]
    for one in made:
        await one.open()
    yield made
    for one in made:
        await one.close()


def after(minutes: float) -> Callable[[], datetime]:
    """A clock that stands so many minutes, and a second, in the future."""
    then = clock() + timedelta(minutes=minutes, seconds=1)
    return lambda: then


async def statuses(runtime) -> Counter[str]:
    async with runtime.db.read() as tx:
        return Counter(await tx.column("SELECT status FROM conversation"))


async def updates(runtime) -> Counter[str]:
    """How often listeners are told that a conversation changed, by conversation."""
    statement = "SELECT conversation_id FROM delivery WHERE event_type = 'CONVERSATION_UPDATED'"
    async with runtime.db.read() as tx:
        return Counter(await tx.column(statement))


async def jobs(runtime) -> Counter[str]:
    """How often a conversation is to be looked at for memories."""
    statement = "SELECT args ->> 'conversation_id' FROM procrastinate_jobs WHERE task_name = 'extract'"
    async with runtime.db.read() as tx:
        return Counter(await tx.column(statement))


async def assert_moved(runtime, opened: list[str], status: str, times: int = 1) -> None:
    """Every conversation stands there, and each step that it took was told once."""
    assert await statuses(runtime) == {status: len(opened)}
    assert await updates(runtime) == dict.fromkeys(opened, times)
    assert await jobs(runtime) == dict.fromkeys(opened, times)


async def test_many_workers_move_each_conversation_once(runtime, workers, opened):
    for times, (minutes, status) in enumerate([(10, "INACTIVE"), (60, "CLOSED")], 1):
        late = after(minutes)
        moved = await asyncio.gather(*(tick(db, mint, late) for db in workers for _ in range(2)))
        assert sum(moved) == len(opened)
        await assert_moved(runtime, opened, status, times)


async def test_a_worker_that_dies_in_the_middle_leaves_the_rest_to_the_next(runtime, workers, opened):
    late = after(60)
    dying = asyncio.create_task(tick(workers[0], mint, late))
    while (await statuses(runtime))["CLOSED"] < len(opened) // 4:
        assert not dying.done()
        await asyncio.sleep(0)
    dying.cancel()
    with suppress(asyncio.CancelledError):
        await dying
    left = (await statuses(runtime))["ACTIVE"]
    assert 0 < left < len(opened)
    rest = sum(await asyncio.gather(*(tick(db, mint, late) for db in workers[1:])))
    rest += await tick(workers[1], mint, late)
    assert left - 4 <= rest <= left  # what the dying one was committing may have been committed
    await assert_moved(runtime, opened, "CLOSED")


async def test_a_clock_that_jumps_over_both_timeouts_closes_in_one_step(runtime, workers, opened):
    late = after(100_000)
    assert sum(await asyncio.gather(*(tick(db, mint, late) for db in workers))) == len(opened)
    await assert_moved(runtime, opened, "CLOSED")


async def test_a_clock_that_goes_back_moves_nothing_and_undoes_nothing(runtime, workers, opened):
    for minutes in (-100_000, -10, 9):
        assert sum(await asyncio.gather(*(tick(db, mint, after(minutes)) for db in workers))) == 0
    assert await statuses(runtime) == {"ACTIVE": len(opened)}
    assert sum(await asyncio.gather(*(tick(db, mint, after(10)) for db in workers))) == len(opened)
    assert sum(await asyncio.gather(*(tick(db, mint, after(-100_000)) for db in workers))) == 0
    await assert_moved(runtime, opened, "INACTIVE")
    assert sum(await asyncio.gather(*(tick(db, mint, after(60)) for db in workers))) == len(opened)
    await assert_moved(runtime, opened, "CLOSED", 2)


async def test_workers_whose_clocks_differ_agree_in_the_end(runtime, workers, opened):
    clocks = [after(-500), after(10), after(59), after(60)]
    await asyncio.gather(*(tick(db, mint, one) for db, one in zip(workers, clocks, strict=True)))
    await tick(workers[0], mint, after(60))  # what two of them wanted at once waits for the next round
    assert await tick(workers[0], mint, after(60)) == 0
    assert await statuses(runtime) == {"CLOSED": len(opened)}
    told = await updates(runtime)
    assert set(told) == set(opened)
    assert set(told.values()) <= {1, 2}
    assert await jobs(runtime) == told


async def test_messages_in_the_middle_bring_back_what_is_quiet_and_open_anew_what_is_closed(
    api, runtime, tenant, workers, opened
):
    """Whoever wins, each message is stored once, and each customer has one conversation that is open at most."""
    ticks = [tick(db, mint, after(minutes)) for db, minutes in zip(workers, (10, 10, 60, 60), strict=True)]
    customers = [f"+1317555{n:04d}" for n in range(CONVERSATIONS)]
    await asyncio.gather(*ticks, *(text_in(api, tenant, From=one) for one in customers))
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM communication") == 2 * len(customers)
        assert await tx.value("SELECT count(*) FROM communication WHERE position > 2") == 0
        doubles = await tx.column("SELECT unnest(group_keys) FROM conversation WHERE status <> 'CLOSED'")
    assert len(doubles) == len(set(doubles))
    await tick(workers[0], mint, after(61))
    assert set(await statuses(runtime)) == {"CLOSED"}
