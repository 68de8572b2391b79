"""From the start of the process to the first answer of /health/ready, on an empty and on a used data directory."""

import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from bench import processes
from bench.server import Server, data_directory, serving
from bench.stats import spread

PACKAGES_SHOWN = 14

ALONE = {
    "import of the command line": "import regulars.cli.main",
    "local model: read, verify, warm up": """
from regulars.ai.local_embedder import LocalEmbedder
begin()
LocalEmbedder().load()""",
    "local model: sha256 alone": """
from regulars.ai.local_embedder import RESOURCES, SHA256, _verify
begin()
for name, digest in SHA256.items(): _verify(RESOURCES / name, digest)""",
    "Postgres: initdb and start": """
from pathlib import Path
from regulars.storage.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(folder) / "cluster")
begin()
postgres.start(); end(); postgres.stop()""",
    "Postgres: start": """
from pathlib import Path
from regulars.storage.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(folder) / "cluster")
begin()
postgres.start(); end(); postgres.stop()""",
    "migration of an empty database": """
import asyncio
from pathlib import Path
from regulars.storage.embedded import EmbeddedPostgres
from regulars.storage.migrate import migrate
postgres = EmbeddedPostgres(Path(folder) / "cluster")
conninfo = postgres.start()
begin()
asyncio.run(migrate(conninfo)); end(); postgres.stop()""",
}
"""Each in a process of its own. In a start some of them run side by side, so they add up to more than it takes."""

FRAME = """
import logging, sys, time, structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
folder, times = sys.argv[1], []
def begin(): times[:] = [time.perf_counter()]
def end(): times.append(time.perf_counter())
begin()
{code}
if len(times) < 2: end()
print(times[1] - times[0])
"""


def measure(*, rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    cold, warm, steps, used = [], [], [], []
    for number in range(rounds):
        with data_directory() as data_dir:
            with serving(data_dir) as server:
                cold.append(server.ready_s)
            with serving(data_dir) as server:
                warm.append(server.ready_s)
                used.append(processes.processor_s(server.pid))
                steps.append(_steps(server))
        say(f"start {number + 1} of {rounds}: cold {cold[-1]:.2f} s, warm {warm[-1]:.2f} s")
    return {
        "cold start, s": spread(cold),
        "warm start, s": spread(warm),
        "warm start, processor seconds of Python": spread(used),
        "warm start, seconds after the start at which it says": {
            name: statistics.median(step[name] for step in steps)
            for name in steps[0]
            if all(name in step for step in steps)
        },
        "parts alone, s": _alone(rounds, say),
        "imports by package, their own time under importtime, ms": _imports(),
    }


def _steps(server: Server) -> dict[str, float]:
    """The first time of each event that the server logs before it answers, and when it answered."""
    found: dict[str, float] = {}
    for line in server.log.read_bytes().splitlines():
        if not line.startswith(b"{"):
            continue
        event = msgspec.json.decode(line)
        at = datetime.fromisoformat(event["timestamp"]).timestamp() - server.started_at
        if event["event"] != "request":
            found.setdefault(event["event"], at)
    return found | {"ready": server.ready_s}


def _alone(rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    times: dict[str, list[float]] = {name: [] for name in ALONE}
    for number in range(rounds):
        say(f"parts alone, round {number + 1} of {rounds}")
        with data_directory() as folder:
            folder.mkdir()
            folder.chmod(0o755)
            for name, code in ALONE.items():
                times[name].append(float(_run(FRAME.format(code=code), folder)))
    return {name: spread(values) for name, values in times.items()}


def _run(code: str, folder: Path, *options: str) -> str:
    command = [sys.executable, *options, "-c", code, str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _imports() -> dict[str, float]:
    """The modules of each package summed, the dearest first. Measuring each import makes all of them slower."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import regulars.cli.main"],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    own: dict[str, float] = {}
    for microseconds, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", said):
        package = name.partition(".")[0]
        own[package] = own.get(package, 0.0) + int(microseconds) / 1000
    dearest = sorted(own.items(), key=lambda item: -item[1])[:PACKAGES_SHOWN]
    return {**dict(dearest), "all": sum(own.values())}
