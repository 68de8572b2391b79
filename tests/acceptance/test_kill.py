"""`kill -9` in the middle: what was acknowledged is there exactly once, what was closed is extracted once."""

import os
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.processes import Customer, Running, database, join, rows, serve, until, value, worker

pytestmark = pytest.mark.timeout(180)
SENDERS = 8


class Traffic:
    """Customers who write all the time, each message under a SID of its own."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.sent: dict[str, str] = {}
        self.acknowledged: set[str] = set()
        self.answers: Counter[int | str] = Counter()
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def write(self, number: int) -> None:
        from_ = f"+131755502{number:02}"
        with httpx.Client() as client:
            while not self.stopping.is_set():
                sid = "SM" + secrets.token_hex(16)
                self.sent[sid] = from_
                try:
                    status: int | str = self.customer.sms(from_, "I live in Berlin.", sid=sid, client=client)
                except httpx.HTTPError as error:
                    status = type(error).__name__
                    time.sleep(0.05)
                with self._lock:
                    self.answers[status] += 1
                    if status == 200:
                        self.acknowledged.add(sid)


@contextmanager
def traffic(customer: Customer) -> Iterator[Traffic]:
    flow = Traffic(customer)
    threads = [threading.Thread(target=flow.write, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(flow.acknowledged) > 40, what="messages")
        yield flow
    finally:
        flow.stopping.set()
        for thread in threads:
            thread.join()


def check(flow: Traffic, conninfo: str) -> None:
    """Every acknowledged message once, none twice, and none that nobody sent."""
    found = Counter(row["resource_id"] for row in rows(conninfo, "SELECT resource_id FROM communication"))
    ours = {sid: count for sid, count in found.items() if sid in flow.sent}
    assert flow.acknowledged <= set(ours)
    assert set(ours.values()) == {1}
    unsure = [sid for sid in flow.sent if sid not in flow.acknowledged][:20]
    for sid in [*unsure, *sorted(flow.acknowledged)[:20]]:  # as Twilio does after a failure
        assert flow.customer.sms(flow.sent[sid], "I live in Berlin.", sid=sid) == 200
    found = Counter(row["resource_id"] for row in rows(conninfo, "SELECT resource_id FROM communication"))
    assert {found[sid] for sid in [*unsure, *flow.acknowledged]} == {1}
    people = "SELECT count(*) FROM (SELECT store_id, value FROM profile_identifier GROUP BY 1, 2 HAVING count(*) > 1) t"
    assert value(conninfo, people) == 0
    assert value(conninfo, "SELECT count(*) FROM conversation WHERE status = 'ACTIVE'") == SENDERS


class Place:
    """A data directory, and the server on it: whoever kills it, `up` brings it back."""

    def __init__(self, data_dir: Path, stack: ExitStack) -> None:
        self.data_dir, self._stack = data_dir, stack
        self.server: Running | None = None
        self.customer: Customer | None = None

    def up(self) -> tuple[Running, Customer]:
        if self.server is None or self.server.process.poll() is not None:
            self.server = self._stack.enter_context(serve(self.data_dir))
        if self.customer is None:
            self.customer = join(self.server).settle()
        self.customer.url = self.server.url
        return self.server, self.customer


@pytest.fixture(scope="module")
def place(shared_dir: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(shared_dir, stack)


@pytest.mark.parametrize("with_postgres", [False, True], ids=["the server", "the server and Postgres"])
def test_killed_amid_messages_it_loses_none_that_it_acknowledged(place: Place, with_postgres: bool) -> None:
    server, customer = place.up()
    with traffic(customer) as flow:
        time.sleep(0.5)
        victims = [server.process.pid, *([server.postmaster()] if with_postgres else [])]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        server.process.wait()
    assert any(isinstance(answer, str) for answer in flow.answers)  # connections broke
    place.up()
    check(flow, database(place.data_dir))


def test_postgres_killed_amid_messages_is_back_at_once_and_lost_nothing(place: Place) -> None:
    server, customer = place.up()
    with traffic(customer) as flow:
        before = server.postmaster()
        os.kill(before, signal.SIGKILL)
        began = time.monotonic()
        until(lambda: flow.answers[503], within_s=10, what="a 503")
        known = len(flow.acknowledged)
        until(lambda: len(flow.acknowledged) > known + 50, within_s=20, what="recovery")
        assert time.monotonic() - began < 20
    assert set(flow.answers) == {200, 503}
    assert server.process.poll() is None
    assert server.postmaster() != before
    assert httpx.get(f"{server.url}/health/ready").status_code == 200
    check(flow, database(place.data_dir))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told to end"])
def test_a_worker_ended_amid_extraction_leaves_no_conversation_out_and_does_none_twice(
    data_dir: Path, how: signal.Signals
) -> None:
    """The database holds four profiles back, so that the worker is in the middle of four jobs when it dies."""
    with serve(data_dir, "--no-worker") as server:
        customer = join(server).settle()
        for number in range(30):
            assert customer.sms(f"+131755501{number:02}", "I live in Berlin. I have two dogs.") == 200
        for conversation in customer.get("/v2/Conversations?pageSize=100")["conversations"]:
            customer.request(
                "PATCH", f"/v2/Conversations/{conversation['id']}", {"status": "CLOSED"}
            ).raise_for_status()
        conninfo = database(data_dir)
        held = "SELECT * FROM profile ORDER BY profile_id OFFSET 10 LIMIT 4 FOR UPDATE"
        with worker(data_dir) as doomed, psycopg.connect(conninfo) as holder:
            # the worker waits for these rows in the transaction that would write what it found
            holder.execute(held)
            until(
                lambda: (
                    value(conninfo, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 4
                    and value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") >= 4
                ),
                what="four jobs in the middle",
            )
            doomed.process.send_signal(how)
            doomed.process.wait(20)
        assert 0 < value(conninfo, "SELECT count(*) FROM summary") < 30
        held_jobs = value(conninfo, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert held_jobs == (4 if how == signal.SIGKILL else 0)  # in peace, it hands back what it cannot finish
        # a dead one's last sign of life was long ago, as far as the others can tell: saves the wait of 20 s for that
        rows(conninfo, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
        with worker(data_dir) as heir:
            until(lambda: value(conninfo, "SELECT count(*) FROM summary") == 30, within_s=45, what="30 summaries")
            until(lambda: value(conninfo, "SELECT count(*) FROM procrastinate_jobs") == 0)
            assert len(heir.events("job_rescued")) == held_jobs
        once = "SELECT max(n) FROM (SELECT count(*) AS n FROM {} GROUP BY store_id, profile_id{}) t"
        assert value(conninfo, once.format("summary", ", conversation_id")) == 1
        assert value(conninfo, once.format("observation", ", content")) == 1
        assert value(conninfo, "SELECT count(DISTINCT profile_id) FROM observation") == 30
