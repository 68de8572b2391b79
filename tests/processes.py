"""Regulars and PostgreSQL as real processes, on free ports and in directories of their own, ended for certain."""

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from regulars.runtime import clock
from regulars.services import accounts
from regulars.services.sealing import Sealer
from regulars.storage.db import Db, Tx
from regulars.storage.embedded import running
from regulars.storage.embedded_home import Home

T = TypeVar("T")

NOBODY = 65534
START_PATIENCE_S = 40.0
STOP_PATIENCE_S = 20.0
POLL_S = 0.05


def until(condition: Callable[[], Any], *, within_s: float = 20.0, what: str = "") -> Any:
    """The first true answer of `condition`."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or condition}"
        time.sleep(POLL_S)
    return answer


@contextmanager
def folder(*, owner: int | None = None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="regulars-process-"))
    try:
        if owner is not None:
            os.chown(path, owner, owner)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(**settings: str) -> dict[str, str]:
    """Ours without what the developer has set for Regulars; `port="1"` becomes REGULARS_PORT."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("REGULARS_", "PG"))}
    return {**bare, "REGULARS_LOG_FORMAT": "json", **{f"REGULARS_{k.upper()}": v for k, v in settings.items()}}


def regulars(*words: str | Path, as_nobody: bool = False) -> list[str]:
    command = [sys.executable, "-m", "regulars", *map(str, words)]
    if not as_nobody:
        return command
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def run(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        regulars(*words), env=environment(**settings), capture_output=True, text=True, timeout=60, check=False
    )


def everybody_may_enter(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


in_an_open_place = pytest.mark.skipif(
    os.geteuid() == 0 and not everybody_may_enter(Path(sys.prefix)),
    reason="only root may enter the directories that this environment is in",
)
"""For tests in which somebody else than root runs what is installed here."""


def together(*calls: Callable[[], T]) -> list[T]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


def run_json(*words: str | Path, **settings: str) -> Any:
    done = run(*words, "--json", **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass
class Running:
    """A process of Regulars. Its data directory, or whatever else is in `mark`, tells which others belong to it."""

    process: subprocess.Popen[bytes]
    output: Path
    data_dir: Path
    url: str = ""

    def text(self) -> str:
        return self.output.read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        lines = [line for line in self.text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [event for event in map(json.loads, lines) if event.get("event") == name]

    def wait_for(self, name: str, *, count: int = 1) -> list[dict[str, Any]]:
        def seen() -> list[dict[str, Any]] | None:
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.text()}"
            found = self.events(name)
            return found if len(found) >= count else None

        return until(seen, within_s=START_PATIENCE_S, what=f"{count} x {name} in {self.text()}")

    def children(self) -> dict[int, str]:
        """Direct children with their command lines."""
        return {pid: command for pid, parent, command in processes() if parent == self.process.pid}

    def web_children(self) -> list[int]:
        return sorted(pid for pid, command in self.children().items() if "regulars web" in command)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(STOP_PATIENCE_S)

    def stop(self) -> int:
        """SIGTERM, and how it ended."""
        self.process.terminate()
        return self.process.wait(STOP_PATIENCE_S)

    def postmaster(self) -> int:
        pid = Home.at(self.data_dir).postmaster()
        assert pid is not None
        return pid


def processes() -> Iterator[tuple[int, int, str]]:
    """Everything that lives: pid, parent's pid, command line. Zombies do not live."""
    for entry in Path("/proc").glob("[1-9]*"):
        with suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(") ")[2].split()[:2]
            if state != "Z":
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(entry.name), int(parent), words.decode(errors="replace")


def belonging_to(data_dir: Path) -> dict[int, str]:
    """Everything alive that names this data directory in its command line or environment, and its Postgres."""
    mark = os.fsencode(data_dir)
    found: dict[int, str] = {}
    for pid, _, command in processes():
        with suppress(OSError):
            if mark in os.fsencode(command) or mark in Path(f"/proc/{pid}/environ").read_bytes():
                found[pid] = command
    if data_dir.exists():
        found |= dict.fromkeys(Home.at(data_dir).processes(), "postgres")
    return {pid: command for pid, command in found.items() if pid != os.getpid()}


@contextmanager
def started(data_dir: Path, *words: str | Path, as_nobody: bool = False, **settings: str) -> Iterator[Running]:
    """`regulars WORDS --data-dir …`; whatever happens, nothing of it survives the block."""
    handle, name = tempfile.mkstemp(prefix="regulars-output-")
    output = Path(name)
    running_ = Running(
        subprocess.Popen(
            regulars(*words, "--data-dir", data_dir, as_nobody=as_nobody),
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd="/",
            start_new_session=True,
        ),
        output,
        data_dir,
    )
    os.close(handle)
    try:
        yield running_
    finally:
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            running_.process.terminate()
            running_.process.wait(STOP_PATIENCE_S)
        running_.kill()
        output.unlink()


@contextmanager
def serve(data_dir: Path, *words: str | Path, as_nobody: bool = False, **settings: str) -> Iterator[Running]:
    """`regulars serve` on a free port, ready for requests."""
    with started(data_dir, "serve", "--port", "0", *words, as_nobody=as_nobody, **settings) as server:
        server.url = server.wait_for("listening")[0]["url"]
        yield server


@contextmanager
def worker(data_dir: Path, *words: str | Path, **settings: str) -> Iterator[Running]:
    with started(data_dir, "worker", *words, **settings) as process:
        process.wait_for("working")
        yield process


@contextmanager
def nothing_left(data_dir: Path) -> Iterator[None]:
    """Ends what a test that failed left behind, and fails when a test that passed left something."""
    try:
        yield
        until(lambda: not belonging_to(data_dir), within_s=10, what=f"the end of {belonging_to(data_dir)}")
    finally:
        for pid in belonging_to(data_dir):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@dataclass
class Customer:
    """Somebody who uses a server: credentials, the official SDK, a store and a configuration that captures SMS."""

    url: str
    account_sid: str
    auth_token: str
    store_id: str = ""
    configuration_id: str = ""

    @property
    def auth(self) -> tuple[str, str]:
        return self.account_sid, self.auth_token

    def sdk(self, *credentials: str) -> Client:
        client = Client(*(credentials or self.auth), account_sid=self.account_sid)
        client.memory.base_url = client.conversations.base_url = self.url
        return client

    def settle(self, *, extraction: bool = True, inactive: int | None = None, closed: int = 60) -> "Customer":
        timeouts = {"closed": closed} | ({"inactive": inactive} if inactive else {})
        self.store_id = self.post("/v1/ControlPlane/Stores", {"displayName": "shop"})["id"]
        body = {
            "displayName": "support",
            "description": "",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES",
            "memoryStoreId": self.store_id,
            "memoryExtractionEnabled": extraction,
            "channelSettings": {
                "SMS": {"statusTimeouts": timeouts, "captureRules": [{"from": "*", "to": "+15550001111"}]}
            },
        }
        self.configuration_id = self.post("/v2/ControlPlane/Configurations", body)["id"]
        return self

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """On a connection of its own, so that any process may answer it."""
        return httpx.request(method, self.url + path, json=body, auth=self.auth, timeout=20)

    def get(self, path: str) -> Any:
        return self.request("GET", path).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.request("POST", path, body).raise_for_status().json()

    def sms(self, from_: str, text: str, *, sid: str | None = None, client: httpx.Client | None = None) -> int:
        """A signed inbound message; the status of the answer."""
        form = {
            "MessageSid": sid or "SM" + secrets.token_hex(16),
            "AccountSid": self.account_sid,
            "From": from_,
            "To": "+15550001111",
            "Body": text,
            "NumMedia": "0",
        }
        url = f"{self.url}/webhooks/twilio/messaging"
        headers = {"X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(url, form)}
        return (client or httpx).post(url, data=form, headers=headers, timeout=20).status_code


def join(server: Running, *, conninfo: str | None = None) -> Customer:
    """A new account, made beside the running server."""
    account_sid, auth_token = "AC" + secrets.token_hex(16), secrets.token_hex(16)
    sealer = Sealer((server.data_dir / "secret.key").read_text().strip())
    beside(
        conninfo or database(server.data_dir),
        lambda tx: accounts.create(tx, sealer, clock(), account_sid=account_sid, auth_token=auth_token),
    )
    return Customer(server.url, account_sid, auth_token)


def key_for(server: Running, customer: Customer) -> tuple[str, str]:
    sid, secret = "SK" + secrets.token_hex(16), secrets.token_hex(16)
    beside(
        database(server.data_dir),
        lambda tx: accounts.create_key(tx, clock(), account_sid=customer.account_sid, key_sid=sid, secret=secret),
    )
    return sid, secret


def beside(conninfo: str, work: Callable[[Tx], Awaitable[Any]]) -> None:
    """What a command does, without the seconds that its start takes."""

    async def write() -> None:
        db = Db(conninfo, connections_max=1)
        await db.open()
        try:
            await db.write(work)
        finally:
            await db.close()

    with ThreadPoolExecutor(1) as thread:  # away from the event loop of an asynchronous test
        thread.submit(asyncio.run, write()).result()


def database(data_dir: Path) -> str:
    conninfo = running(data_dir)
    assert conninfo is not None, "no server runs here"
    return conninfo


def rows(conninfo: str, statement: str, *parameters: object) -> list[dict[str, Any]]:
    with psycopg.connect(conninfo, row_factory=dict_row, autocommit=True) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def value(conninfo: str, statement: str, *parameters: object) -> Any:
    return next(iter(rows(conninfo, statement, *parameters)[0].values()))


def debian_binaries() -> Path | None:
    """The newest PostgreSQL that the system brought."""
    found = sorted(Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def system_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of the system, on a unix socket, that ends with the block."""
    binaries = debian_binaries()
    assert binaries is not None
    as_root = os.geteuid() == 0
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if as_root else []
    with folder(owner=NOBODY if as_root else None) as path:
        cluster = path / "cluster"
        options = ["-D", str(cluster), "-U", "owner", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*drop, str(binaries / "initdb"), *options], check=True, capture_output=True, cwd="/")
        options = ["-D", str(cluster), "-k", str(path), "-c", "listen_addresses=", "-c", "fsync=off"]
        with (path / "log").open("wb") as log:
            process = subprocess.Popen([*drop, str(binaries / "postgres"), *options], stdout=log, stderr=log, cwd="/")
        url = f"postgresql://owner@/postgres?host={path}"
        try:
            until(lambda: _accepts(url), what="PostgreSQL ready")
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_PATIENCE_S)
            process.kill()
            process.wait()


def _accepts(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url):
        return True
    return False


def lines(text: str) -> Sequence[str]:
    """What is left of the output of a command for the eye: no colours, no empty lines."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [line for line in plain.splitlines() if line.strip()]
