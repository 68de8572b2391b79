"""Status callbacks: sent in the order of a conversation, tried again, given up, and sent once more by hand."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec
import structlog

from regulars import __version__
from regulars.core import limits
from regulars.core.errors import RegularsError
from regulars.core.ids import AccountSid
from regulars.domain import signatures
from regulars.domain.callbacks import Said, is_given_up, outcome
from regulars.outbound.http import Http, NoAnswer, canonical, refused
from regulars.services.accounts import auth_token
from regulars.services.sealing import Sealer
from regulars.storage import callbacks
from regulars.storage.callbacks import Attempt, Health, Pending, Turn
from regulars.storage.db import Db, Tx

LEASE: Final = timedelta(seconds=30)
"""For so long at least nobody else takes a turn: twice what one request may take."""
_POLL_S: Final = 1.0
_BATCH_DELIVERIES: Final = 20
"""Sent in one turn; then other conversations have theirs."""
_IN_FLIGHT_MAX: Final = 128
_IN_FLIGHT_PER_ACCOUNT_MAX: Final = 64
_IN_FLIGHT_PER_ENDPOINT_MAX: Final = 16
_IN_FLIGHT_PER_FAILING_ENDPOINT_MAX: Final = 2
_GRACE_S: Final = 1.0
_BREATH_S: Final = 0.005
"""Between two looks: under load, more is found at once."""
_BREATH_CROWDED_S: Final = 0.05
"""While an endpoint has no room: each look passes over all that waits for it, 20 ms for 100,000 conversations."""
_FAILING_REMEMBERED_MAX: Final = 10_000
_NO_ACCOUNT: Final = "the account is gone"
_SWITCHED_OFF: Final = "the endpoint is switched off: it failed for days"

log = structlog.get_logger()


class _Job(NamedTuple):
    """A turn that was taken, with what there is to send in it."""

    turn: Turn
    pending: Sequence[Pending]
    health: Health | None
    auth_token: str


async def switch_on(tx: Tx, account_sid: AccountSid, urls: Sequence[str], now: datetime) -> None:
    """Somebody names these endpoints anew: what they failed is forgotten, and what waits for them goes out."""
    if urls and await callbacks.delete_endpoints(tx, account_sid, urls):
        await callbacks.hasten(tx, account_sid, urls, now=now, held_until=now + LEASE)
        tx.wake()


class Sender:
    """Sends what is due until it is cancelled. Any number of senders may work on one database."""

    def __init__(
        self,
        db: Db,
        http: Http,
        sealer: Sealer,
        clock: Callable[[], datetime],
        *,
        limit_s: float = limits.OUTBOUND_S_MAX,
        poll_s: float = _POLL_S,
    ) -> None:
        self._db, self._http, self._sealer, self._clock = db, http, sealer, clock
        self._limit_s, self._poll_s = limit_s, poll_s
        self._woken = asyncio.Event()
        self._others_wait = self._crowded = False
        self._failing: set[str] = set()
        self._tasks: dict[asyncio.Task[None], Turn] = {}

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Looks when it is woken, when a turn ends while others wait, and every second."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                try:
                    await self._begin_due(group)
                except RegularsError as error:  # what is under way goes on
                    log.warning("callbacks_not_listed", error=type(error).__name__)
                await asyncio.sleep(_BREATH_CROWDED_S if self._crowded else _BREATH_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_s):
                        await self._woken.wait()

    async def drain(self) -> None:
        """Sends until nothing is due any more."""
        while True:
            async with asyncio.TaskGroup() as group:
                if not await self._begin_due(group):
                    return

    async def _begin_due(self, group: asyncio.TaskGroup) -> int:
        """Takes as many turns as there is room for. The number of queues that were due."""
        urls, accounts = self._in_flight()
        free = _IN_FLIGHT_MAX - len(self._tasks)
        if free <= 0:
            self._others_wait = True
            return 0
        full_urls = [url for url, count in urls.items() if count >= self._room(url)]
        full_accounts = [sid for sid, count in accounts.items() if count >= _IN_FLIGHT_PER_ACCOUNT_MAX]
        async with self._db.read() as tx:
            due = await callbacks.list_due(tx, self._clock(), free, full_urls=full_urls, full_accounts=full_accounts)
        held = {turn[:3] for turn in self._tasks.values()}
        self._crowded = bool(full_urls or full_accounts)
        self._others_wait = self._crowded or len(due) == free
        for turn in due:
            if turn[:3] in held:  # it is about to end
                self._others_wait = True
            elif urls[turn.url] >= self._room(turn.url) or accounts[turn.account_sid] >= _IN_FLIGHT_PER_ACCOUNT_MAX:
                self._woken.set()  # the next look leaves these out, and finds whoever stands behind them
            else:
                urls[turn.url] += 1
                accounts[turn.account_sid] += 1
                self._begin(group, turn)
        return len(due)

    def _begin(self, group: asyncio.TaskGroup, turn: Turn) -> None:
        task = group.create_task(self._take(turn))
        self._tasks[task] = turn
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if self._others_wait:
            self._woken.set()

    def _in_flight(self) -> tuple[Counter[str], Counter[str]]:
        turns = self._tasks.values()
        return Counter(turn.url for turn in turns), Counter(turn.account_sid for turn in turns)

    def _room(self, url: str) -> int:
        return _IN_FLIGHT_PER_FAILING_ENDPOINT_MAX if url in self._failing else _IN_FLIGHT_PER_ENDPOINT_MAX

    async def _take(self, turn: Turn) -> None:
        """A database that goes away costs the rest of this turn; it comes again when the lease is over."""
        try:
            job = await self._db.write(lambda tx: self._claim(tx, turn))
            if job is not None and await self._work(job):
                self._woken.set()
        except RegularsError as error:
            log.warning("callback_turn_lost", error=type(error).__name__)

    async def _claim(self, tx: Tx, due: Turn) -> _Job | None:
        """None when somebody else was faster, or there is nothing to send."""
        now = self._clock()
        taken = await callbacks.take_turn(tx, due, now + LEASE, _BATCH_DELIVERIES)
        if taken is None:
            return None
        off = taken.health is not None and taken.health.switched_off_at is not None
        token = None if off else await auth_token(tx, self._sealer, due.account_sid)
        if taken.pending and token is not None:
            return _Job(taken.turn, taken.pending, taken.health, token)
        if taken.pending:
            await callbacks.skip_pending(tx, taken.turn, _SWITCHED_OFF if off else _NO_ACCOUNT)
        await callbacks.end_turn(tx, taken.turn, None, now)
        return None

    async def _work(self, job: _Job) -> bool:
        """Whether something is due at once when the turn has ended."""
        turn, health = job.turn, job.health
        for delivery in job.pending:
            attempt = self._attempt(delivery, await self._say(job, delivery, turn))
            if delivery is job.pending[-1] or not attempt.said.delivered:
                return await self._db.write(partial(self._end_turn, turn=turn, attempt=attempt, health=health))
            kept = await self._db.write(partial(self._go_on, turn=turn, attempt=attempt, health=health))
            if kept is None:
                break
            turn, health = kept, None
        return False

    async def _say(self, job: _Job, delivery: Pending, turn: Turn) -> Said:
        """Cancelled, it gives its turn to others at once instead of when the lease is over."""
        try:
            said = await send(self._http, turn.url, delivery, job.auth_token, limit_s=self._limit_s)
        except asyncio.CancelledError:
            with suppress(RegularsError, TimeoutError):
                async with asyncio.timeout(_GRACE_S):
                    await self._db.write(lambda tx: callbacks.move_turn(tx, turn, self._clock()))
            raise
        self._learn(turn.url, works=said.delivered)
        return said

    def _learn(self, url: str, *, works: bool) -> None:
        if works:
            self._failing.discard(url)
        elif len(self._failing) < _FAILING_REMEMBERED_MAX:
            self._failing.add(url)

    async def _go_on(self, tx: Tx, turn: Turn, attempt: Attempt, health: Health | None) -> Turn | None:
        """After a success with more to send: None when somebody else has the turn by now."""
        kept = await callbacks.go_on(tx, turn, attempt, attempt.at + LEASE)
        await _note(tx, turn, attempt, health)
        return kept

    async def _end_turn(self, tx: Tx, turn: Turn, attempt: Attempt, health: Health | None) -> bool:
        """Whether something is due at once."""
        due = await callbacks.end_turn(tx, turn, attempt, attempt.at)
        await _note(tx, turn, attempt, health)
        return due

    def _attempt(self, delivery: Pending, said: Said) -> Attempt:
        now = self._clock()
        then = outcome(delivered=said.delivered, attempts_before=delivery.attempts, now=now)
        return Attempt(delivery, said, then.status, then.retry_at, now)


async def send(http: Http, url: str, delivery: Pending, token: str, *, limit_s: float) -> Said:
    """One attempt. A GET carries the event in its query (contract §8b U17)."""
    reason = refused(url, http.reach)
    if reason is not None:
        return Said(None, f"address not allowed: the URL {reason}")
    body = delivery.body.encode() if delivery.method == "POST" else b""
    target = canonical(url)
    target = signatures.with_digest(target, body) if body else signatures.with_query(target, _query(delivery.body))
    headers = {
        **({"Content-Type": "application/json"} if body else {}),
        "User-Agent": f"Regulars/{__version__}",
        "i-twilio-idempotency-token": delivery.event_id,
        signatures.HEADER: signatures.signature(token, target, {}),
    }
    try:
        answer = await http.send(delivery.method, target, headers=headers, content=body, limit_s=limit_s)
    except NoAnswer as error:
        return Said(None, error.reason[: limits.CALLBACK_ANSWER_CHARS_MAX])
    text = answer.body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Said(answer.status, text[: limits.CALLBACK_ANSWER_CHARS_MAX])


def _query(body: str) -> str:
    event = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    timestamp = msgspec.json.decode(event["timestamp"], type=str)
    event_type = msgspec.json.decode(event["eventType"], type=str)
    return urlencode({"eventType": event_type, "timestamp": timestamp, "data": bytes(event["data"]).decode()})


async def _note(tx: Tx, turn: Turn, attempt: Attempt, health: Health | None) -> None:
    """How the endpoint does. `health` is what was known when the turn began."""
    now = attempt.at
    if attempt.said.delivered:
        if health is not None:
            await callbacks.delete_endpoints(tx, turn.account_sid, [turn.url])
    elif health is None:
        await callbacks.insert_endpoint(tx, turn.account_sid, turn.url, now)
    elif (
        health.switched_off_at is None
        and is_given_up(health.failing_since, attempt.delivery.attempts + 1, now)
        and await callbacks.switch_off(tx, turn.account_sid, turn.url, now)
    ):
        await callbacks.hasten(tx, turn.account_sid, [turn.url], now=now, held_until=now + LEASE)
        log.warning("callback_endpoint_switched_off", account_sid=turn.account_sid)
