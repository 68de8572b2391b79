"""Status callbacks: order, retries, endpoints that fail or hang, and several senders at once."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from tests.conftest import Tenant, new_tenant
from tests.helpers import ok, run_jobs, unknown
from tests.listener import Listener, Told, listening
from twilio.request_validator import RequestValidator

from regulars.core import ids
from regulars.core.errors import NotFound
from regulars.core.ids import ConversationId
from regulars.outbound.http import Http, Reach
from regulars.runtime import clock, mint
from regulars.services import callbacks as service
from regulars.services import deliveries as later
from regulars.services.callbacks import Sender
from regulars.storage import callbacks, deliveries
from regulars.storage.bell import listen
from regulars.storage.callbacks import Endpoint, EventRow
from regulars.storage.db import Db
from regulars.storage.deliveries import Delivery

DELAYS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
]
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = clock()

    def __call__(self):
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class Scene:
    """A tenant, a clock that the test holds, and a sender."""

    def __init__(self, runtime, ctx, tenant: Tenant) -> None:
        self.runtime, self.ctx, self.tenant = runtime, ctx, tenant
        self.db: Db = runtime.db
        self.clock = Clock()
        self.sender = self.new_sender()

    def new_sender(self, db: Db | None = None, **options) -> Sender:
        options = {"limit_s": 5, **options}
        return Sender(db or self.db, self.runtime.outbound, self.runtime.sealer, self.clock, **options)

    async def tell(self, conversation: str, *urls: str, method: str = "POST", count: int = 1) -> list[str]:
        """Events of a conversation. Returns their ids."""
        events = [EventRow(mint(ids.EVENT), "COMMUNICATION_CREATED", body(conversation, n)) for n in range(count)]
        await self.db.write(
            lambda tx: callbacks.append(
                tx,
                account_sid=self.ctx.account_sid,
                store_id=self.ctx.store_ids[0],
                conversation_id=ConversationId(conversation),
                endpoints=[Endpoint(url, method) for url in urls],
                events=events,
                delivery_ids=lambda: mint(ids.DELIVERY),
                now=self.clock(),
            )
        )
        return [event.event_id for event in events]

    async def list(self, **filters) -> list[Delivery]:
        """The oldest first."""
        given = {"account_sid": None, "conversation_id": None, "statuses": None, "since": None, **filters}
        async with self.db.read() as tx:
            return (await deliveries.list_deliveries(tx, **given, limit=10_000))[::-1]

    async def statuses(self) -> dict[str, int]:
        return dict(Counter(one.status for one in await self.list()))

    async def waiting(self) -> int:
        async with self.db.read() as tx:
            return await tx.value("SELECT count(*) FROM callback_queue WHERE due_at IS NOT NULL")


def body(conversation: str, number: int) -> str:
    data = {"conversationId": conversation, "number": number, "content": {"text": "Grüße, 你好 & 1+1=2"}}
    event = {"eventType": "COMMUNICATION_CREATED", "timestamp": "2026-11-22T06:00:00Z", "data": data}
    return json.dumps(event, ensure_ascii=False)


def numbers(told: list[Told]) -> list[int]:
    return [one.event["data"]["number"] for one in told]


@pytest.fixture
def scene(runtime, ctx, tenant) -> Scene:
    return Scene(runtime, ctx, tenant)


@pytest.fixture
def listener():
    with listening() as found:
        yield found


@asynccontextmanager
async def running(*senders: Sender, conninfo: str | None = None):
    """Senders at work; with `conninfo`, they hear the bell."""
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    if conninfo is not None:
        tasks += [asyncio.create_task(listen(conninfo, sender.wake)) for sender in senders]
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def until(condition, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


# What is sent


async def test_an_event_arrives_signed_under_its_token(scene, listener):
    url = f"{listener.url}/hook;v=1?a=1&a=2&q=%C3%BC"
    [token] = await scene.tell("c", url)
    await scene.sender.drain()
    [told] = listener.told
    assert told.method == "POST"
    assert told.headers["content-type"] == "application/json"
    assert told.headers["user-agent"].startswith("Regulars/")
    assert told.token == token
    assert told.body == body("c", 0)
    assert told.path.startswith("/hook;v=1?a=1&a=2&q=%C3%BC&bodySHA256=")
    validator = RequestValidator(scene.tenant.auth_token)
    seen = f"http://{told.headers['host']}{told.path}"
    assert validator.validate(seen, told.body, told.headers["x-twilio-signature"])
    assert not validator.validate(seen, told.body + " ", told.headers["x-twilio-signature"])
    [delivery] = await scene.list()
    assert (delivery.status, delivery.attempts, delivery.answer_status, delivery.answer) == (
        "DELIVERED",
        1,
        200,
        "thanks",
    )
    assert await scene.waiting() == 0


async def test_by_get_the_event_is_in_the_query(scene, listener):
    await scene.tell("c", f"{listener.url}/hook?a=1", method="GET")
    await scene.sender.drain()
    [told] = listener.told
    assert (told.method, told.body) == ("GET", "")
    assert "content-type" not in told.headers
    assert told.path.startswith("/hook?a=1&eventType=COMMUNICATION_CREATED&timestamp=2026-11-22T06%3A00%3A00Z&data=")
    assert told.event == {**json.loads(body("c", 0)), "a": "1"}
    seen = f"http://{told.headers['host']}{told.path}"
    assert RequestValidator(scene.tenant.auth_token).validate(seen, {}, told.headers["x-twilio-signature"])


async def test_each_endpoint_has_its_own_delivery_under_the_same_token(scene, listener):
    await scene.tell("c", f"{listener.url}/a", f"{listener.url}/b", f"{listener.url}/a")
    await scene.sender.drain()
    assert sorted(told.path.partition("?")[0] for told in listener.told) == ["/a", "/b"]
    assert len({told.token for told in listener.told}) == 1
    assert len({one.delivery_id for one in await scene.list()}) == 2


async def test_nothing_is_sent_of_a_transaction_that_failed(scene, listener):
    async def work(tx) -> None:
        await callbacks.append(
            tx,
            account_sid=scene.ctx.account_sid,
            store_id=scene.ctx.store_ids[0],
            conversation_id=ConversationId("c"),
            endpoints=[Endpoint(listener.url, "POST")],
            events=[EventRow("e", "CONVERSATION_CREATED", body("c", 0))],
            delivery_ids=lambda: "d",
            now=scene.clock(),
        )
        raise ValueError

    with pytest.raises(ValueError):
        await scene.db.write(work)
    await scene.sender.drain()
    assert listener.told == []


async def test_of_a_long_answer_the_beginning_is_kept(scene):
    with listening(lambda _: 200, body=b"\0\xff" + b"a" * 5000) as listener:
        await scene.tell("c", listener.url)
        await scene.sender.drain()
    [delivery] = await scene.list()
    assert delivery.answer == "\N{REPLACEMENT CHARACTER}" * 2 + "a" * 510


# Order and retries


async def test_events_arrive_in_order_however_often_they_fail(scene):
    dice = random.Random(4)
    with listening(lambda _: dice.choice([200, 500])) as listener:
        for conversation in ("a", "b", "c"):
            await scene.tell(conversation, listener.url, count=15)
            await scene.tell(conversation, listener.url, count=15)
        for _ in range(100):
            await scene.sender.drain()
            scene.clock.forward(timedelta(hours=11))
    said = defaultdict(list)
    for told in listener.told:
        said[told.event["data"]["conversationId"]].append(told)
    for told in said.values():
        tokens = [one.token for one in told]
        in_order = list(dict.fromkeys(tokens))
        assert tokens == sorted(tokens, key=in_order.index)  # all attempts of one, then all of the next
        firsts = [next(one for one in told if one.token == token) for token in in_order]
        assert numbers(firsts) == [*range(15), *range(15)]
    assert set(await scene.statuses()) <= {"DELIVERED", "FAILED"}


async def test_the_schedule(scene):
    with listening(lambda told: 500 if told.event["data"]["number"] == 0 else 200) as listener:
        [token, _] = await scene.tell("c", listener.url, count=2)
        await scene.sender.drain()
        assert len(listener.told) == 1
        for attempts, delay in enumerate(DELAYS, start=1):
            scene.clock.forward(delay - SECOND)
            await scene.sender.drain()
            assert len(listener.told) == attempts
            scene.clock.forward(SECOND)
            await scene.sender.drain()
    assert [told.token for told in listener.told[:-1]] == [token] * 7
    assert numbers(listener.told[-1:]) == [1]
    [failed, delivered] = await scene.list()
    assert (failed.status, failed.attempts, failed.answer_status) == ("FAILED", 7, 500)
    assert (delivered.status, delivered.attempts) == ("DELIVERED", 1)
    assert await scene.waiting() == 0


@pytest.mark.parametrize("status", [199 + 1, 204, 299])
async def test_success(scene, status):
    with listening(lambda _: status, body=b"") as listener:
        await scene.tell("c", listener.url)
        await scene.sender.drain()
    assert await scene.statuses() == {"DELIVERED": 1}


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
async def test_failure(scene, status):
    with listening() as victim, listening(lambda _: status, body=victim.url.encode()) as listener:
        await scene.tell("c", listener.url)
        await scene.sender.drain()
        assert victim.told == []
    [delivery] = await scene.list()
    assert (delivery.status, delivery.answer_status, delivery.attempts) == ("PENDING", status, 1)


async def test_what_may_not_be_reached_fails_with_the_reason(scene, listener):
    guarded = Http(Reach())
    await scene.tell("c", listener.url)
    await Sender(scene.db, guarded, scene.runtime.sealer, scene.clock).drain()
    await guarded.close()
    [delivery] = await scene.list()
    assert (delivery.status, delivery.answer_status) == ("PENDING", None)
    assert "not public" in delivery.answer
    assert listener.told == []


async def test_an_endpoint_that_takes_too_long_has_failed(scene):
    with listening(lambda _: time.sleep(1) or 200) as listener:
        await scene.tell("c", listener.url)
        await scene.new_sender(limit_s=0.2).drain()
    [delivery] = await scene.list()
    assert (delivery.status, delivery.answer) == ("PENDING", "timeout: no answer within 0.2 s")


async def test_what_was_never_finished_is_taken_up_after_the_lease(scene, listener):
    """As after `kill -9`: the turn was taken, and nobody ever ends it."""
    await scene.tell("c", listener.url)
    async with scene.db.read() as tx:
        [turn] = await callbacks.list_due(tx, scene.clock(), 10, full_urls=[], full_accounts=[])
    until_ = scene.clock() + service.LEASE
    assert await scene.db.write(lambda tx: callbacks.take_turn(tx, turn, until_, 20))
    assert await scene.db.write(lambda tx: callbacks.take_turn(tx, turn, until_, 20)) is None
    scene.clock.forward(service.LEASE - SECOND)
    await scene.sender.drain()
    assert listener.told == []
    scene.clock.forward(SECOND)
    await scene.sender.drain()
    assert len(listener.told) == 1


async def test_a_sender_that_is_told_to_end_leaves_its_turn_to_others_at_once(scene):
    with listening(lambda _: time.sleep(1) or 200) as listener:
        await scene.tell("c", listener.url)
        async with running(scene.sender):
            await until(lambda: listener.told)
        async with scene.db.read() as tx:
            assert await tx.value("SELECT due_at FROM callback_queue") <= scene.clock()
    assert await scene.statuses() == {"PENDING": 1}


# Endpoints that fail


async def fail_for(scene: Scene, days: float, listener: Listener, conversation: str) -> None:
    """A delivery each half day, each tried until it is given up."""
    end = scene.clock() + timedelta(days=days)
    while scene.clock() < end:
        await scene.tell(conversation, listener.url)
        scene.clock.forward(timedelta(hours=2))
        await scene.sender.drain()


async def health(scene: Scene):
    async with scene.db.read() as tx:
        return await callbacks.list_endpoints(tx, None, 10)


async def test_an_endpoint_is_switched_off_after_five_days(scene, tenant):
    with listening(lambda _: 500) as listener:
        await scene.tell("other", listener.url, count=3)
        began = scene.clock()
        await fail_for(scene, 4.9, listener, "c")
        [one] = await health(scene)
        assert (one.url, one.account_sid, one.switched_off_at) == (listener.url, tenant.account_sid, None)
        assert one.failing_since - began < timedelta(hours=3)
        await fail_for(scene, 1.5, listener, "c")
        [one] = await health(scene)
        assert one.switched_off_at is not None
        assert timedelta(days=5) <= one.switched_off_at - one.failing_since < timedelta(days=6)
        count = len(listener.told)
        scene.clock.forward(timedelta(days=1))
        await scene.tell("c", listener.url)
        await scene.sender.drain()
        assert len(listener.told) == count
    statuses = await scene.statuses()
    assert set(statuses) == {"FAILED", "SKIPPED"}
    assert await scene.waiting() == 0
    assert {one.answer for one in await scene.list(statuses=["SKIPPED"])} == {service._SWITCHED_OFF}


async def test_one_success_and_the_days_begin_anew(scene):
    works = [False]
    with listening(lambda _: 200 if works[0] else 500) as listener:
        await fail_for(scene, 4, listener, "c")
        works[0] = True
        scene.clock.forward(timedelta(days=2))
        await scene.sender.drain()
        assert await health(scene) == []
        works[0] = False
        await fail_for(scene, 4, listener, "c")
        [one] = await health(scene)
        assert one.switched_off_at is None


async def test_the_first_failure_after_a_quiet_week_switches_nothing_off(scene):
    with listening(lambda _: 500) as listener:
        await scene.tell("a", listener.url)
        for _ in range(8):
            await scene.sender.drain()
            scene.clock.forward(timedelta(hours=11))
        scene.clock.forward(timedelta(days=7))
        await scene.tell("b", listener.url)
        await scene.sender.drain()
        [one] = await health(scene)
        assert one.switched_off_at is None


async def test_naming_an_endpoint_again_switches_it_on(scene):
    works = [False]
    with listening(lambda _: 200 if works[0] else 500) as listener:
        await fail_for(scene, 6.5, listener, "c")
        works[0] = True
        await scene.db.write(lambda tx: service.switch_on(tx, scene.ctx.account_sid, [listener.url], scene.clock()))
        assert await health(scene) == []
        await scene.tell("c", listener.url)
        await scene.sender.drain()
        assert (await scene.list())[-1].status == "DELIVERED"


async def test_an_endpoint_of_another_account_is_another(scene, runtime):
    with listening(lambda _: 500) as listener:
        await fail_for(scene, 6.5, listener, "c")
        other = await other_scene(scene, runtime)
        listener.answer = lambda _: 200
        await other.tell("d", listener.url)
        await scene.sender.drain()
        [one] = await other.list(account_sid=other.tenant.account_sid)
        assert one.status == "DELIVERED"


async def other_scene(scene: Scene, runtime) -> Scene:
    """Another tenant under the same clock, with a store."""
    tenant = await new_tenant(runtime)
    store = mint(ids.STORE)
    async with scene.db.read() as tx:
        columns = await tx.all("SELECT * FROM store WHERE store_id = %(id)s", dict, id=scene.ctx.store_ids[0])
    row = {**columns[0], "store_id": store, "account_sid": tenant.account_sid}
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    await scene.db.write(lambda tx: tx.run(f"INSERT INTO store ({names}) VALUES ({values})", **row))  # type: ignore[arg-type]
    ctx = type(scene.ctx)(
        account_sid=tenant.account_sid, store_ids=(store,), now=scene.clock(), mint=mint, actor=tenant.account_sid
    )
    other = Scene(runtime, ctx, tenant)
    other.clock = scene.clock
    return other


# By hand


async def test_a_delivery_can_be_sent_once_more_under_its_token(scene, listener):
    [first, second] = await scene.tell("c", listener.url, count=2)
    await scene.sender.drain()
    [delivery, _] = await scene.list()
    await scene.db.write(lambda tx: later.replay(tx, delivery.delivery_id, scene.clock()))
    await scene.sender.drain()
    assert [told.token for told in listener.told] == [first, second, first]
    assert (await scene.list())[0].attempts == 1


async def test_what_failed_goes_out_in_its_old_place(scene):
    with listening(lambda _: 500) as listener:
        await scene.tell("c", listener.url, count=3)
        for _ in range(21):
            await scene.sender.drain()
            scene.clock.forward(timedelta(hours=11))
        assert set(await scene.statuses()) == {"FAILED", "SKIPPED"}
        listener.answer = lambda _: 200
        listener.told.clear()
        count = await later.replay_failed(scene.db, scene.clock, account_sid=None, since=None)
        assert count == 3
        await scene.tell("c", listener.url)
        await scene.sender.drain()
    assert numbers(listener.told) == [0, 1, 2, 0]
    assert await scene.statuses() == {"DELIVERED": 4}


async def test_one_that_waits_for_its_next_try_can_be_sent_at_once(scene):
    with listening(lambda _: 500) as listener:
        await scene.tell("c", listener.url)
        await scene.sender.drain()
        scene.clock.forward(timedelta(seconds=5))
        await scene.sender.drain()
        assert len(listener.told) == 2
        listener.answer = lambda _: 200
        [delivery] = await scene.list()
        await scene.db.write(lambda tx: later.replay(tx, delivery.delivery_id, scene.clock()))
        await scene.sender.drain()
    assert await scene.statuses() == {"DELIVERED": 1}


async def test_a_delivery_that_nobody_knows(scene):
    with pytest.raises(NotFound):
        await scene.db.write(lambda tx: later.replay(tx, unknown(ids.DELIVERY), scene.clock()))


async def test_filters_of_the_list(scene, runtime, listener):
    other = await other_scene(scene, runtime)
    await scene.tell("a", listener.url)
    await scene.tell("b", listener.url)
    await other.tell("c", listener.url)
    scene.clock.forward(timedelta(hours=1))
    await scene.tell("a", listener.url)
    assert [one.conversation_id for one in await scene.list()] == ["a", "b", "c", "a"]
    assert len(await scene.list(account_sid=scene.tenant.account_sid)) == 3
    assert len(await scene.list(conversation_id="a")) == 2
    assert len(await scene.list(statuses=["DELIVERED"])) == 0
    assert len(await scene.list(since=scene.clock())) == 1


async def test_what_ended_is_forgotten_in_time(scene, listener):
    await scene.tell("old", listener.url, count=600)
    await scene.sender.drain()
    await scene.tell("waits", listener.url)
    scene.clock.forward(timedelta(days=29))
    assert await later.forget_old(scene.db, scene.clock(), 30) == 0
    await scene.tell("new", listener.url)
    scene.clock.forward(timedelta(days=2))
    assert await later.forget_old(scene.db, scene.clock(), 30) == 600
    assert [one.conversation_id for one in await scene.list()] == ["waits", "new"]
    async with scene.db.read() as tx:
        kept = await tx.column("SELECT conversation_id FROM callback_queue ORDER BY 1")
    assert kept == ["new", "waits"]
    await scene.tell("old", listener.url)
    await scene.sender.drain()
    assert await scene.statuses() == {"DELIVERED": 3}


async def test_a_store_that_is_deleted_takes_its_deliveries_along(scene, runtime, api, listener):
    store = scene.ctx.store_ids[0]
    await scene.tell("c", listener.url, count=3)
    ok(await api.delete(f"/v1/ControlPlane/Stores/{store}"), 202)
    await run_jobs(runtime)
    assert await scene.list() == []
    async with scene.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM store") == 0
    await scene.sender.drain()
    assert listener.told == []


# Many at once


async def test_two_senders_send_each_delivery_once_and_in_order(scene, database):
    with listening() as listener:
        for conversation in range(60):
            await scene.tell(f"c{conversation}", f"{listener.url}/{conversation % 5}", count=5)
        second = Db(database, connections_max=4)
        await second.open()
        senders = [scene.sender, scene.new_sender(second)]
        await asyncio.gather(*(sender.drain() for sender in senders for _ in range(1)))
        await asyncio.gather(*(sender.drain() for sender in senders))
        await second.close()
    said = defaultdict(list)
    for told in listener.told:
        said[told.event["data"]["conversationId"]].append(told)
    assert len(said) == 60
    assert all(numbers(told) == [0, 1, 2, 3, 4] for told in said.values())


async def test_an_endpoint_that_hangs_holds_up_nobody_else(scene, runtime):
    """Neither one endpoint with many conversations nor an account with many endpoints."""
    other = await other_scene(scene, runtime)
    with listening(lambda _: time.sleep(4) or 200) as hanging, listening() as listener:
        for conversation in range(40):
            await scene.tell(f"one{conversation}", hanging.url)
        for endpoint in range(100):
            await scene.tell(f"many{endpoint}", f"{hanging.url}/{endpoint}")
        async with running(scene.sender):
            await until(lambda: len(hanging.told) >= 64)
            for conversation in range(30):
                await other.tell(f"d{conversation}", listener.url)
            scene.sender.wake()
            began = time.monotonic()
            await until(lambda: len(listener.told) == 30, 3)
            assert time.monotonic() - began < 2
            assert len(hanging.told) == 64
            assert sum(told.path.startswith("/?") for told in hanging.told) <= 16


async def test_whoever_stands_behind_a_crowd_is_found_at_once(scene, runtime):
    other = await other_scene(scene, runtime)
    with listening(lambda _: time.sleep(4) or 200) as hanging, listening() as listener:
        for conversation in range(200):
            await scene.tell(f"c{conversation}", hanging.url)
        scene.clock.forward(SECOND)
        await other.tell("d", listener.url)
        async with running(scene.new_sender(poll_s=60)):
            await until(lambda: listener.told, 3)
            await until(lambda: len(hanging.told) == 16)


async def test_an_endpoint_that_failed_gets_little_room_until_it_works(scene):
    with listening(lambda _: 500) as listener:
        await scene.tell("first", listener.url)
        await scene.sender.drain()
        listener.answer = lambda _: time.sleep(1) or 200
        for conversation in range(10):
            await scene.tell(f"c{conversation}", listener.url)
        async with running(scene.sender):
            await until(lambda: len(listener.told) >= 3)
            await asyncio.sleep(0.3)
            assert len(listener.told) == 3
            await until(lambda: len(listener.told) == 11, 5)


async def test_nothing_is_lost_between_a_writer_and_a_sender_that_ends_its_turn(scene, database):
    """Each event is written while the one before may just be ending the turn; nobody polls."""
    second = Db(database, connections_max=4)
    await second.open()
    with listening() as listener:
        senders = [scene.new_sender(poll_s=60), scene.new_sender(second, poll_s=60)]

        async def write(conversation: int) -> None:
            dice = random.Random(conversation)
            for _ in range(40):
                scene.clock.forward(timedelta(microseconds=1))
                await scene.tell(f"c{conversation}", listener.url)
                await asyncio.sleep(dice.uniform(0, 0.02))

        async with running(*senders, conninfo=database):
            await asyncio.gather(*(write(conversation) for conversation in range(8)))
            await until(lambda: len(listener.told) >= 320, 20)
            await asyncio.sleep(0.3)
    await second.close()
    assert len(listener.told) == len({told.token for told in listener.told}) == 320
    assert await scene.waiting() == 0


async def test_a_commit_wakes_the_senders_at_once(scene, database, listener):
    async with running(scene.new_sender(poll_s=60), conninfo=database):
        for count in range(1, 6):
            began = time.monotonic()
            await scene.tell("c", listener.url)
            await until(lambda count=count: len(listener.told) == count, 5)
            assert time.monotonic() - began < 1


async def test_without_the_bell_they_look_by_themselves(scene, listener):
    async with running(scene.new_sender(poll_s=0.2)):
        await asyncio.sleep(0.1)
        await scene.tell("c", listener.url)
        await until(lambda: listener.told, 2)


async def test_a_database_that_goes_away_ends_nothing(scene, database, listener, monkeypatch):
    asked = []
    original = callbacks.list_due

    async def away(*args, **options):
        asked.append(args)
        if len(asked) == 1:
            await args[0].value("SELECT pg_terminate_backend(pg_backend_pid())")
        return await original(*args, **options)

    monkeypatch.setattr(callbacks, "list_due", away)
    await scene.tell("c", listener.url)
    async with running(scene.new_sender(poll_s=0.1)):
        await until(lambda: listener.told, 5)
    assert len(asked) > 1
