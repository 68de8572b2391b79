"""Sends ready-made requests over keep-alive connections, in a process of its own.

Standard input: one pickled `Load`. Standard output: one pickled `Outcome`. It does as little as it can for each
request, for it shares the machine with the server it measures.
"""

import asyncio
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Load:
    port: int
    connections: int
    seconds: float
    requests: list[bytes]


@dataclass
class Outcome:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Of the answers with 200, in seconds."""
    failures: dict[int, int] = field(default_factory=dict)
    """Other statuses and how often."""
    ran_out: bool = False
    """Every request was sent before the time was over: the rate is that of a shorter run."""
    processor_s: float = 0.0


def run(load: Load) -> Outcome:
    """In another process, so that the work of sending does not take the interpreter of whoever calls."""
    command = [sys.executable, "-c", "from bench.load import answer; answer()"]
    done = subprocess.run(command, cwd=ROOT, input=pickle.dumps(load), stdout=subprocess.PIPE, check=True)
    return pickle.loads(done.stdout)


class _Connection(asyncio.Protocol):
    """One request after the other; the next one goes out when the answer is complete."""

    def __init__(self, pending: Iterator[bytes], deadline: float, outcome: Outcome) -> None:
        self._pending, self._deadline, self._outcome = pending, deadline, outcome
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < _content_length(head):
            return
        self._buffer = b""
        status = int(head[9:12])
        if status == 200:
            self._outcome.latencies.append(time.perf_counter() - self._sent)
        else:
            self._outcome.failures[status] = self._outcome.failures.get(status, 0) + 1
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self._outcome.failures[0] = self._outcome.failures.get(0, 0) + 1
            self.done.set_result(None)

    def _send(self) -> None:
        now = time.perf_counter()
        request = next(self._pending, None)
        if request is None or now >= self._deadline:
            self._outcome.ran_out |= request is None
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = now
        self._transport.write(request)


async def send(load: Load) -> Outcome:
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    pending = iter(load.requests)
    began, processor = time.perf_counter(), time.process_time()
    made = [
        await loop.create_connection(
            lambda: _Connection(pending, began + load.seconds, outcome), "127.0.0.1", load.port
        )
        for _ in range(load.connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    outcome.seconds = time.perf_counter() - began
    outcome.processor_s = time.process_time() - processor
    return outcome


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.index(b"content-length:") + len(b"content-length:")
    return int(lowered[start:].split(b"\r\n", 1)[0])


def answer() -> None:
    given = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(uvloop.run(send(given))))
