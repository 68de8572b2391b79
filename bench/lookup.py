"""Find by identifier, beside a bare SELECT of the same row through the same driver. In stores of several sizes."""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import psycopg
import uvloop
from psycopg.rows import dict_row

from bench import crowd, stats
from bench.client import Client
from bench.crowd import Person
from bench.server import Server, data_directory, serving
from regulars.core.ids import StoreId
from regulars.domain.identity import RawIdentifier
from regulars.services import profiles
from regulars.storage.db import Db

WARM_UPS = 200
ASKED = 10_000
"""So many people are asked for in turn."""

SELECT: Final = (
    "SELECT profile_id FROM identifier"
    " WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s LIMIT 1"
)
BARE = "floor: bare SELECT on one connection"
POOLED = "floor: bare SELECT on the pool of the service"
SERVICE = "service function in process"
HTTP = "HTTP, one connection"
LIVE = "floor: GET /health/live"


def measure(*, sizes: Sequence[int], seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    return {f"store of {size:,}": _measure(size, seconds, say) for size in sizes}


def _measure(size: int, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    with data_directory() as data_dir, serving(data_dir) as server:
        store_id = crowd.settle(server, size, say)
        time.sleep(3)  # the model has loaded by then
        say("lookups in process")
        took = uvloop.run(_in_process(server, StoreId(store_id), size, seconds))
        say("lookups over HTTP")
        took |= _over_http(server, store_id, size, seconds)
    p50 = {name: stats.percentile(times, 50) for name, times in took.items()}
    return {
        **{name: stats.latency(times) for name, times in took.items()},
        "service function for each bare SELECT on the pool, p50": p50[SERVICE] / p50[POOLED],
        "service function for each bare SELECT on one connection, p50": p50[SERVICE] / p50[BARE],
        "HTTP for each bare SELECT on the pool, p50": p50[HTTP] / p50[POOLED],
        "HTTP for each GET /health/live, p50": p50[HTTP] / p50[LIVE],
    }


def _people(size: int) -> Iterator[Person]:
    dice = random.Random(7)
    return itertools.cycle([crowd.person(dice.randrange(size)) for _ in range(min(size, ASKED))])


async def _in_process(server: Server, store_id: StoreId, size: int, seconds: float) -> dict[str, list[float]]:
    """Three ways to the same row, in turn."""
    conninfo = crowd.conninfo(server)
    db = Db(conninfo, connections_max=1)
    await db.open()
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=dict_row)

    async def bare(phone: str) -> list[str]:
        return await _select(connection, store_id, phone)

    async def pooled(phone: str) -> list[str]:
        async with db.read() as tx:
            return await _select(tx.connection, store_id, phone)

    async def service(phone: str) -> list[str]:
        async with db.read() as tx:
            return [*(await profiles.lookup(tx, store_id, RawIdentifier("phone", phone)))[1]]

    try:
        return await _in_turn({BARE: bare, POOLED: pooled, SERVICE: service}, _people(size), seconds)
    finally:
        await connection.close()
        await db.close()


async def _select(connection: psycopg.AsyncConnection, store_id: str, phone: str) -> list[str]:
    given = {"store_id": store_id, "id_type": "phone", "value": phone}
    cursor = await connection.execute(SELECT, given, prepare=True)
    return [row["profile_id"] for row in await cursor.fetchall()]


async def _in_turn(
    works: dict[str, Callable[[str], Awaitable[list[str]]]], people: Iterator[Person], seconds: float
) -> dict[str, list[float]]:
    """Each person by every way, so that none has the advantage of a row that was just read."""
    took: dict[str, list[float]] = {name: [] for name in works}
    deadline = None
    for turn in itertools.count():
        if turn == WARM_UPS:
            took = {name: [] for name in works}
            deadline = time.perf_counter() + seconds
        if deadline is not None and time.perf_counter() > deadline:
            return took
        for name, work in works.items():
            phone = next(people).phone
            began = time.perf_counter()
            found = await work(phone)
            took[name].append(time.perf_counter() - began)
            if len(found) != 1:
                raise RuntimeError(f"{name} found {len(found)} profiles instead of one")
    raise AssertionError


def _over_http(server: Server, store_id: str, size: int, seconds: float) -> dict[str, list[float]]:
    client, path, people = Client(server), f"/v1/Stores/{store_id}/Profiles/Lookup", _people(size)

    async def ask(phone: str) -> list[str]:
        return client.post(path, {"idType": "phone", "value": phone})["profiles"]

    async def live(_: str) -> list[str]:
        client.live()
        return [""]

    return asyncio.run(_in_turn({HTTP: ask, LIVE: live}, people, seconds))
