"""Timers: conversations grow quiet, and close, by a clock that the test holds."""

import asyncio
from datetime import datetime, timedelta

import pytest
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    conversations,
    create_configuration,
    ok,
    open_conversation,
    say,
    set_status,
    text_in,
)

from regulars.runtime import clock, mint
from regulars.services.lifecycle import tick

TIMEOUTS = {"inactive": 10, "closed": 60}


def after(minutes: float):
    """A clock that stands so many minutes, and a second, in the future."""
    then = clock() + timedelta(minutes=minutes, seconds=1)
    return lambda: then


async def statuses(api) -> list[str]:
    return [one["status"] for one in await conversations(api)]


async def jobs(runtime) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'extract'")


@pytest.fixture
async def opened(api, tenant) -> dict:
    """A conversation of one message, that goes quiet after 10 minutes and closes after 60."""
    await create_configuration(api)
    await text_in(api, tenant)
    [conversation] = await conversations(api)
    return conversation


async def test_before_its_time_nothing_happens(api, runtime, opened):
    assert await tick(runtime.db, mint, after(9.9)) == 0
    assert await statuses(api) == ["ACTIVE"]
    assert await jobs(runtime) == 0


async def test_it_goes_quiet(api, runtime, opened):
    assert await tick(runtime.db, mint, after(10)) == 1
    assert await statuses(api) == ["INACTIVE"]
    assert await jobs(runtime) == 1


async def test_then_it_closes_counted_from_the_last_communication(api, runtime, opened):
    await tick(runtime.db, mint, after(10))
    assert await tick(runtime.db, mint, after(59.9)) == 0
    assert await tick(runtime.db, mint, after(60)) == 1
    assert await statuses(api) == ["CLOSED"]
    assert await jobs(runtime) == 2


async def test_one_that_slept_through_both_closes_at_once(api, runtime, opened):
    assert await tick(runtime.db, mint, after(500)) == 1
    assert await statuses(api) == ["CLOSED"]
    assert await jobs(runtime) == 1


async def test_closed_is_the_end(api, runtime, opened):
    await tick(runtime.db, mint, after(500))
    assert await tick(runtime.db, mint, after(5000)) == 0


async def test_a_message_starts_the_clock_again(api, runtime, opened, tenant):
    await tick(runtime.db, mint, after(10))
    await text_in(api, tenant)
    assert await statuses(api) == ["ACTIVE"]
    assert await tick(runtime.db, mint, after(9.9)) == 0
    assert await tick(runtime.db, mint, after(10)) == 1
    assert await statuses(api) == ["INACTIVE"]


async def test_after_closing_a_message_opens_another(api, runtime, opened, tenant):
    await tick(runtime.db, mint, after(60))
    await text_in(api, tenant)
    assert await statuses(api) == ["ACTIVE", "CLOSED"]


async def test_many_ticks_at_once_move_it_once(api, runtime, opened):
    moved = await asyncio.gather(*(tick(runtime.db, mint, after(60)) for _ in range(8)))
    assert sum(moved) == 1
    assert await jobs(runtime) == 1


async def test_many_are_moved_by_one_tick(api, runtime, opened, tenant):
    for n in range(12):
        await text_in(api, tenant, From=f"+1202555{n:04d}")
    assert await tick(runtime.db, mint, after(10)) == 13


async def test_ticks_and_messages_at_once_lose_nothing(api, runtime, opened, tenant):
    """Whoever wins, a message is stored, and never in a conversation that is over."""
    late = after(60)
    await asyncio.gather(
        *(tick(runtime.db, mint, late) for _ in range(4)), *(text_in(api, tenant, Body=f"late {n}") for n in range(6))
    )
    async with runtime.db.read() as tx:
        stored = await tx.value("SELECT count(*) FROM communication")
    assert stored == 7
    found = await conversations(api)
    assert len([one for one in found if one["status"] != "CLOSED"]) <= 1


async def test_without_timeouts_nothing_moves(api, runtime, tenant):
    await create_configuration(api, channelSettings={"SMS": {"captureRules": [{"from": "*", "to": "*"}]}})
    await text_in(api, tenant)
    assert await tick(runtime.db, mint, after(1_000_000)) == 0


async def test_no_conversation_lives_longer_than_three_years(api, runtime, tenant):
    await create_configuration(api, channelSettings={"SMS": {"captureRules": [{"from": "*", "to": "*"}]}})
    await text_in(api, tenant)
    minutes = 3 * 365 * 24 * 60
    assert await tick(runtime.db, mint, after(minutes - 1)) == 0
    assert await tick(runtime.db, mint, after(minutes)) == 1
    (ended,) = await conversations(api)
    assert ended["status"] == "CLOSED"


async def test_without_inactive_it_closes_directly(api, runtime, tenant):
    rules = {"captureRules": [{"from": "*", "to": "*"}], "statusTimeouts": {"closed": 5}}
    await create_configuration(api, channelSettings={"SMS": rules})
    await text_in(api, tenant)
    assert await tick(runtime.db, mint, after(4.9)) == 0
    assert await tick(runtime.db, mint, after(5)) == 1
    assert await statuses(api) == ["CLOSED"]


async def test_the_channel_that_lives_longest_governs(api, runtime, tenant):
    rules = [{"from": "*", "to": "*"}]
    settings = {
        "SMS": {"captureRules": rules, "statusTimeouts": {"inactive": 5, "closed": 10}},
        "WHATSAPP": {"captureRules": rules, "statusTimeouts": {"inactive": 50, "closed": 100}},
    }
    await create_configuration(api, channelSettings=settings)
    await text_in(api, tenant, From=f"whatsapp:{CUSTOMER}", To=f"whatsapp:{BUSINESS}")
    await text_in(api, tenant)
    assert await tick(runtime.db, mint, after(49.9)) == 0
    assert await tick(runtime.db, mint, after(50)) == 1
    assert await statuses(api) == ["INACTIVE"]


async def test_one_that_the_api_put_to_sleep_still_closes(api, runtime, opened):
    await set_status(api, opened["id"], "INACTIVE")
    assert await tick(runtime.db, mint, after(59.9)) == 0
    assert await tick(runtime.db, mint, after(60)) == 1


async def test_one_that_the_api_closed_is_left_alone(api, runtime, opened):
    await set_status(api, opened["id"], "CLOSED")
    assert await tick(runtime.db, mint, after(5000)) == 0


async def test_one_without_any_message_counts_from_its_beginning(api, runtime):
    await open_conversation(api, await create_configuration(api))
    assert await tick(runtime.db, mint, after(10)) == 1


async def test_a_later_message_of_the_past_does_not_shorten_the_clock(api, runtime, opened):
    """`occurredAt` tells when it was said; the timer runs from when we received it."""
    await say(api, opened["id"], "long ago", occurredAt="2017-01-01T00:00:00Z")
    assert await tick(runtime.db, mint, after(9)) == 0


async def test_without_extraction_no_job_is_made(api, runtime, tenant):
    await create_configuration(api, memoryExtractionEnabled=False)
    await text_in(api, tenant)
    await tick(runtime.db, mint, after(500))
    assert await statuses(api) == ["CLOSED"]
    assert await jobs(runtime) == 0


async def test_a_conversation_keeps_the_timers_it_began_with(api, runtime, opened):
    async with runtime.db.read() as tx:
        due: datetime = await tx.value("SELECT due_at FROM conversation")
    configuration = ok(await api.get(f"/v2/Conversations/{opened['id']}"))["configuration"]
    assert configuration["channelSettings"]["SMS"]["statusTimeouts"] == TIMEOUTS
    assert timedelta(minutes=9) < due - clock() <= timedelta(minutes=10)
