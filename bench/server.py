"""A server of its own, as a user runs it: `regulars serve` in a data directory that goes away afterwards."""

import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY_PATIENCE_S = 120
STOP_PATIENCE_S = 30


@dataclass(frozen=True)
class Server:
    pid: int
    port: int
    account_sid: str
    auth_token: str
    data_dir: Path
    log: Path
    started_at: float
    ready_s: float
    """From the start of the process to the first answer of /health/ready."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        return self.account_sid, self.auth_token


@contextmanager
def data_directory() -> Generator[Path]:
    """Its parent can be entered by others: a server started as root runs Postgres as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    folder.chmod(0o755)
    try:
        yield folder / "data"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(data_dir: Path, *options: str, environment: dict[str, str] | None = None) -> Generator[Server]:
    port = _free_port()
    sid, token = _credentials(data_dir)
    data_dir.parent.mkdir(exist_ok=True)
    log = data_dir.parent / f"serve-{time.monotonic_ns()}.log"
    given = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    given |= {"REGULARS_ACCOUNT_SID": sid, "REGULARS_AUTH_TOKEN": token, "REGULARS_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "regulars", "serve", "--data-dir", str(data_dir), "--port", str(port), *options]
    with log.open("wb") as output:
        began, began_at = time.perf_counter(), time.time()
        process = subprocess.Popen(
            command,
            env=given | (environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us, who end it in order
        )
    try:
        _wait(process, port, log)
        yield Server(process.pid, port, sid, token, data_dir, log, began_at, time.perf_counter() - began)
    finally:
        _stop(process)


def _credentials(data_dir: Path) -> tuple[str, str]:
    """The same account at each start on a data directory."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()
    return "AC" + digest[:32], digest[32:]


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """The socket listens before the server is ready: a request waits there, so its answer is the moment."""
    deadline = time.monotonic() + READY_PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"serve ended with {process.returncode}: {log.read_text()[-2000:]}")
        try:
            if _status(port) == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.005)
    raise RuntimeError(f"serve was not ready in {READY_PATIENCE_S} s: {log.read_text()[-2000:]}")


def _status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_PATIENCE_S)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
