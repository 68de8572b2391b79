"""Several processes: web processes that share a port, workers beside them, and the end of them all."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.contract.test_mission import five_steps
from tests.processes import (
    NOBODY,
    Running,
    belonging_to,
    database,
    debian_binaries,
    folder,
    in_an_open_place,
    join,
    key_for,
    nothing_left,
    rows,
    run,
    serve,
    system_postgres,
    until,
    value,
    worker,
)

pytestmark = pytest.mark.timeout(180)


@contextmanager
def alone(server: Running, chosen: int) -> Iterator[None]:
    """Only one of the web processes takes new connections; the others stand still."""
    others = [pid for pid in server.web_children() if pid != chosen]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def pair(shared_dir: Path) -> Iterator[Running]:
    with serve(shared_dir, "--processes", "2") as server:
        server.wait_for("listening", count=2)
        server.wait_for("working")
        yield server


def test_both_web_processes_answer_and_each_recalls_what_the_other_wrote(pair: Running) -> None:
    customer = join(pair).settle()
    profile = customer.post(
        f"/v1/Stores/{customer.store_id}/Profiles", {"traits": {"Contact": {"phone": "+13175550100"}}}
    )["id"]
    path = f"/v1/Stores/{customer.store_id}/Profiles/{profile}"
    written: list[str] = []
    first, second = pair.web_children()
    for number in range(6):
        writer, reader = (first, second) if number % 2 else (second, first)
        content = f"Owns {number} dogs"
        with alone(pair, writer):
            body = {"observations": [{"content": content, "source": "t", "occurredAt": "2026-11-20T10:00:00Z"}]}
            customer.post(f"{path}/Observations", body)
        written.append(content)
        with alone(pair, reader):
            recalled = customer.post(f"{path}/Recall", {"query": "dogs", "observationsLimit": 100})["observations"]
        assert sorted(one["content"] for one in recalled) == written


def test_a_revoked_key_is_refused_by_every_process(pair: Running) -> None:
    customer = join(pair)
    key = key_for(pair, customer)

    def answers() -> list[int]:
        statuses = []
        for pid in pair.web_children():
            with alone(pair, pid):
                statuses.append(httpx.get(f"{pair.url}/v1/ControlPlane/Stores", auth=key).status_code)
        return statuses

    assert answers() == [200, 200]
    assert run("keys", "revoke", key[0], "--data-dir", pair.data_dir).returncode == 0
    assert answers() == [401, 401]


def test_a_web_process_that_is_killed_comes_back(pair: Running) -> None:
    first, second = pair.web_children()
    os.kill(first, signal.SIGKILL)
    assert httpx.get(f"{pair.url}/health/ready").status_code == 200
    pair.wait_for("listening", count=3)
    survivors = pair.web_children()
    assert len(survivors) == 2
    assert second in survivors
    (newcomer,) = {*survivors} - {second}
    with alone(pair, newcomer):
        assert httpx.get(f"{pair.url}/health/ready").status_code == 200


def test_sigterm_ends_every_process_within_seconds(pair: Running) -> None:
    """Comes last: it ends the server that the tests above share."""
    assert len(belonging_to(pair.data_dir)) >= 5  # the parent, two web processes, a worker, Postgres and its own
    began = time.monotonic()
    assert pair.stop() == 0
    assert belonging_to(pair.data_dir) == {}
    assert time.monotonic() - began < 10
    assert "database system is shut down" in (pair.data_dir / "postgres.log").read_text()


def test_sigterm_ends_a_server_of_one_process_and_its_postgres_in_peace(data_dir: Path) -> None:
    with serve(data_dir) as server:
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10
        assert belonging_to(data_dir) == {}
        assert "database system is shut down" in (data_dir / "postgres.log").read_text()


@in_an_open_place
def test_an_ordinary_user_can_serve() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; all other tests ran as an ordinary user")
    with (
        folder(owner=NOBODY) as home,
        nothing_left(home),
        serve(home / "data", as_nobody=True) as server,
    ):
        five_steps(join(server).sdk())
        assert {path.stat().st_uid for path in home.rglob("*")} == {NOBODY}


@pytest.fixture(scope="module")
def external() -> Iterator[str]:
    if debian_binaries() is None:
        pytest.skip("no PostgreSQL of the system")
    with system_postgres() as url:
        yield url


def test_an_existing_postgres_serves_as_well(external: str, data_dir: Path) -> None:
    with serve(data_dir, "--database-url", external) as server:
        customer = join(server, conninfo=external)
        five_steps(customer.sdk())
        assert not (data_dir / "postgres").exists()
        assert value(external, "SELECT count(*) FROM account") == 2


def test_workers_beside_a_server_apply_each_timer_once(data_dir: Path) -> None:
    """Two workers, and a server without one."""
    fast = {"lifecycle_interval_s": "0.2"}
    with (
        serve(data_dir, "--no-worker", **fast) as server,
        worker(data_dir, **fast) as one,
        worker(data_dir, **fast) as two,
    ):
        customer = join(server).settle(inactive=1, closed=2)
        for number in range(20):
            assert customer.sms(f"+131755501{number:02}", "I live in Berlin.") == 200
        conninfo = database(data_dir)

        def pass_a_minute_until(status: str) -> None:
            rows(
                conninfo,
                "UPDATE conversation SET due_at = due_at - interval '61 s',"
                " last_communication_at = last_communication_at - interval '61 s'",
            )
            until(lambda: value(conninfo, "SELECT count(*) FROM conversation WHERE status = %s", status) == 20)
            until(lambda: value(conninfo, "SELECT count(*) FROM procrastinate_jobs") == 0)

        assert value(conninfo, "SELECT count(*) FROM observation") == 0
        pass_a_minute_until("INACTIVE")
        assert value(conninfo, "SELECT count(*) FROM observation") == 20
        assert value(conninfo, "SELECT count(*) FROM summary") == 0
        pass_a_minute_until("CLOSED")
        assert value(conninfo, "SELECT count(*) FROM observation") == 20
        assert value(conninfo, "SELECT count(*) FROM summary") == 20
        timers = [
            (event["conversation_id"], event["status"])
            for w in (one, two)
            for event in w.events("conversation_timed_out")
        ]
        assert len(timers) == len(set(timers)) == 40
        extracted = [event["conversation_id"] for w in (one, two) for event in w.events("conversation_extracted")]
        assert len(extracted) == 40
        assert server.events("conversation_extracted") == []
