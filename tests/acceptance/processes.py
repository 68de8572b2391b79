"""Real processes for the acceptance tests: `regulars` commands, and a server on a port of its own."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

START_S = 90


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment(**ours: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**others, "COLUMNS": "80", **ours}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "regulars", *words]


@dataclass
class Served:
    """A `serve` that can be killed and started again on the same data, at the same address."""

    folder: Path
    port: int = field(default_factory=free_port)
    account_sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        return {"REGULARS_ACCOUNT_SID": self.account_sid, "REGULARS_AUTH_TOKEN": self.auth_token}

    def start(self) -> None:
        words = ("serve", "--port", str(self.port), "--data-dir", str(self.folder / "data"))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command(*words),
                env=environment(**self.credentials),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        give_up = time.monotonic() + START_S
        while time.monotonic() < give_up:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """As `kill -9` of the server does."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def collect(self, path: str, **query: str) -> list:
        items, token = [], {}
        with httpx.Client(base_url=self.url, auth=(self.account_sid, self.auth_token), timeout=30) as http:
            while True:
                response = http.get(path, params={**query, **token})
                response.raise_for_status()
                page = response.json()
                items += page[page["meta"]["key"]]
                if not page["meta"].get("nextToken"):
                    return items
                token = {"pageToken": page["meta"]["nextToken"]}

    def replay(self, file: Path, *options: str) -> subprocess.Popen:
        words = ("replay", str(file), "--base-url", self.url, "--json", *options)
        return subprocess.Popen(
            command(*words),
            env=environment(**self.credentials),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def replayed(self, file: Path, *options: str) -> dict:
        return report_of(self.replay(file, *options))


def report_of(process: subprocess.Popen, timeout_s: float = 100) -> dict:
    try:
        out, err = process.communicate(timeout=timeout_s)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return json.loads(out)
