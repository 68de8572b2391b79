"""From a customer's signed inbound message to the arrival of its callback at a listener on loopback, on a real server.

Messages go out at a steady rate; each is timed from the moment at which it was to be sent, so that a server that falls
behind shows. The listener, the sender and the server share this machine.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import uvloop

from bench import messages, stats
from bench.server import Server, data_directory, serving

CONNECTIONS = 32
WARM_UP_MESSAGES = 200
WARM_UP_RATE = 40
PATIENCE_S = 30.0
_SID = re.compile(rb"SM[0-9a-f]{32}")
_CREATED = b'"COMMUNICATION_CREATED"'
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Times:
    """By the SID of the message, in seconds of one clock."""

    planned: dict[bytes, float] = field(default_factory=dict[bytes, float])
    answered: dict[bytes, float] = field(default_factory=dict[bytes, float])
    arrived: dict[bytes, float] = field(default_factory=dict[bytes, float])
    callbacks: int = 0


def measure(*, seconds: float, rates: list[int], say: Callable[[str], None]) -> dict[str, object]:
    with data_directory() as data_dir, serving(data_dir, "--development") as server:
        capture = messages.prepare(server)
        return uvloop.run(_measure(server, capture.configuration_id, seconds, rates, say))


async def _measure(
    server: Server, configuration_id: str, seconds: float, rates: list[int], say: Callable[[str], None]
) -> dict[str, object]:
    times = Times()
    async with _listening(times) as port:
        await _subscribe(server, configuration_id, f"http://127.0.0.1:{port}/callbacks")
        await _play(server, times, 0, WARM_UP_MESSAGES, WARM_UP_RATE)
        first = WARM_UP_MESSAGES
        figures: dict[str, object] = {}
        for rate in rates:
            count = max(1, int(seconds * rate))
            before = times.callbacks
            took = await _play(server, times, first, count, rate)
            sids = list(times.planned)[first : first + count]
            first += count
            figures[f"{rate} messages a second"] = _figures(times, sids, took, times.callbacks - before)
            say(f"{rate} a second: done")
        return figures


def _figures(times: Times, sids: list[bytes], took: float, callbacks: int) -> dict[str, object]:
    arrived = [times.arrived[sid] - times.planned[sid] for sid in sids if sid in times.arrived]
    answered = [times.answered[sid] - times.planned[sid] for sid in sids if sid in times.answered]
    return {
        "message to callback": stats.latency(arrived),
        "message to answer": stats.latency(answered),
        "callbacks a second, all events": callbacks / took,
        "messages without a callback": len(sids) - len(arrived),
    }


async def _subscribe(server: Server, configuration_id: str, url: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, auth=server.auth, timeout=60) as client:
        body = {"statusCallbacks": [{"url": url}]}
        answer = await client.patch(f"/v2/ControlPlane/Configurations/{configuration_id}", json=body)
        answer.raise_for_status()


async def _play(server: Server, times: Times, first: int, count: int, rate: int) -> float:
    """Sends messages `first` to `first + count`, and waits for their callbacks. Seconds that it took."""
    requests = messages.requests(server, first, count)
    free: asyncio.Queue[_Stream] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", server.port))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            planned = began + number / rate
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            group.create_task(_send(free, request, planned, times))
    sids = list(times.planned)[first:]
    give_up = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < give_up and not times.arrived.keys() >= set(sids):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    while not free.empty():
        free.get_nowait()[1].close()
    return time.perf_counter() - began


_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _send(free: asyncio.Queue[_Stream], request: bytes, planned: float, times: Times) -> None:
    match = _SID.search(request)
    sid = match[0] if match else b""
    times.planned[sid] = planned
    reader, writer = await free.get()
    writer.write(request)
    if b" 200 " in await _message(reader):
        times.answered[sid] = time.perf_counter()
    free.put_nowait((reader, writer))


@asynccontextmanager
async def _listening(times: Times) -> AsyncGenerator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                text = await _message(reader)
                writer.write(_OK)
                times.callbacks += 1
                match = _SID.search(text) if _CREATED in text else None
                if match:
                    times.arrived.setdefault(match[0], time.perf_counter())
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the end of either side
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    match = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head + await reader.readexactly(int(match[1]) if match else 0)
