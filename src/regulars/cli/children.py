"""Several processes behind one port: the parent keeps the database and the listening socket, children do the rest."""

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Final

import msgspec
import structlog

from regulars.settings import Settings

_GRACE_S: Final = 20.0

log = structlog.get_logger()


def run_children(settings: Settings, conninfo: str, secret_key: str, listener: socket.socket) -> None:
    """Starts the web processes and, when wanted, a worker; starts anew what dies; ends them all on SIGTERM or SIGINT.

    Children notice the death of the parent by the end of their standard input, even after `kill -9`.
    """
    environment = _environment(settings, conninfo, secret_key)
    commands = [["web", "--fd", str(listener.fileno())]] * settings.processes
    commands += [["worker"]] if settings.worker else []
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    keepers = [
        threading.Thread(target=_keep, args=(command, environment, listener.fileno(), stopping), daemon=True)
        for command in commands
    ]
    for keeper in keepers:
        keeper.start()
    stopping.wait()
    for keeper in keepers:
        keeper.join(2 * _GRACE_S)


def stop_with_parent() -> None:
    """In a child: asks this process to end when the parent has gone."""
    if os.environ.get("REGULARS_CHILD") == "1":
        threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _keep(command: list[str], environment: dict[str, str], descriptor: int, stopping: threading.Event) -> None:
    while not stopping.is_set():
        child = subprocess.Popen(
            [sys.executable, "-m", "regulars", *command],
            env=environment,
            pass_fds=[descriptor] if command[0] == "web" else [],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        while child.poll() is None and not stopping.wait(0.2):
            pass
        if child.poll() is None:
            child.terminate()
            _end(child)
        elif not stopping.wait(1.0):
            log.warning("child_restarted", command=command[0], status=child.returncode)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        log.warning("child_killed", pid=child.pid)
        child.kill()
        child.wait()


def _environment(settings: Settings, conninfo: str, secret_key: str) -> dict[str, str]:
    """The whole of the parent's settings: children read nothing else."""
    given = {name: value for name, value in msgspec.structs.asdict(settings).items() if value is not None}
    given |= {"database_url": conninfo, "secret_key": secret_key}
    mine = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**mine, **{f"REGULARS_{name.upper()}": str(value) for name, value in given.items()}, "REGULARS_CHILD": "1"}
