"""A server of a command's own: a child process in a temporary directory, gone without a trace afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from regulars.core.errors import RegularsError
from regulars.runtime import new_account_sid, new_secret
from regulars.storage.embedded_home import Home

_START_S: Final = 60.0
_STOP_S: Final = 40.0
"""Longer than the server grants its own children: else it is killed while it tidies up."""
_LOOK_S: Final = 0.05
_LOG_LINES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    base_url: str
    data_dir: Path
    account_sid: str
    auth_token: str


def leave_in_order() -> None:
    """From now on SIGTERM ends this process through every `finally`, so that nothing stays behind."""
    signal.signal(signal.SIGTERM, _leave)


@contextmanager
def own_server(**settings: str) -> Generator[Server]:
    """Up when entered; stopped, and its directory removed, when left, however it is left."""
    account_sid, auth_token = new_account_sid(), new_secret()[:32]
    with tempfile.TemporaryDirectory(prefix="regulars-own-", ignore_cleanup_errors=True) as folder:
        data_dir, log_path = Path(folder) / "data", Path(folder) / "log"
        settings |= {"account_sid": account_sid, "auth_token": auth_token}
        environment = _environment(**{f"REGULARS_{name.upper()}": value for name, value in settings.items()})
        command = _command("serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", str(data_dir))
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            base_url = _address(process, log_path)
            yield Server(base_url=base_url, data_dir=data_dir, account_sid=account_sid, auth_token=auth_token)
        finally:
            _stop(process)
            if data_dir.exists():  # a server that was interrupted at its start may not have got as far as this
                shutil.rmtree(Home.at(data_dir).socket_dir(), ignore_errors=True)


def last_failure(data_dir: Path) -> str:
    """The job that failed last on a server of our own, for messages; empty when none did."""
    try:
        lines = (data_dir.parent / "log").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    told = next((line for line in reversed(lines) if line.startswith("{") and '"job_failed"' in line), None)
    if told is None:
        return ""
    failure = json.loads(told)
    return f"{failure['task']} failed with {failure['error']} at {failure['frames'][-1]}"


def create_key(server: Server) -> tuple[str, str]:
    """An API key and its secret, made by the command that an operator uses."""
    command = _command("keys", "create", "--account", server.account_sid, "--data-dir", str(server.data_dir), "--json")
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RegularsError(f"No API key could be made: {done.stderr.strip()}")
    key = json.loads(done.stdout)
    return key["sid"], key["secret"]


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "regulars", *words]


def _environment(**ours: str) -> dict[str, str]:
    """Nothing of the user's own settings: we must not touch their database."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**others, "REGULARS_LOG_FORMAT": "json", **ours}


def _address(process: subprocess.Popen[bytes], log_path: Path) -> str:
    """Waits for the line in which the server says where it listens."""
    give_up = time.monotonic() + _START_S
    while time.monotonic() < give_up and process.poll() is None:
        for line in log_path.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}") and '"listening"' in line:
                return json.loads(line)["url"]
        time.sleep(_LOOK_S)
    last = "\n".join(log_path.read_text("utf-8", errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
    raise RegularsError(f"The server did not start. Its last words:\n{last}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
