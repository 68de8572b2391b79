"""What the machine can do at best: rows committed one by one by a Postgres, and writes that reach the disk.

`python -m bench.floor CONNECTIONS SECONDS` reads the conninfo from its standard input, inserts for as long, and prints
JSON.
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import uvloop

from bench.stats import latency

ROOT = Path(__file__).parents[1]
BLOCK = b"\0" * 8192


def inserts(conninfo: str, connections: int, seconds: float) -> dict[str, float]:
    """Rows as long as a communication, each in a transaction of its own. In another process."""
    command = [sys.executable, "-m", "bench.floor", str(connections), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, input=conninfo.encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def disk_syncs(folder: Path, seconds: float) -> dict[str, float]:
    """One block written over and over, each time until the disk has it: what one commit alone must wait for."""
    took: list[float] = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        descriptor = file.fileno()
        os.pwrite(descriptor, BLOCK * 64, 0)
        os.fsync(descriptor)
        deadline = time.perf_counter() + seconds
        while (began := time.perf_counter()) < deadline:
            os.pwrite(descriptor, BLOCK, 0)
            os.fdatasync(descriptor)
            took.append(time.perf_counter() - began)
    return {"per_s": len(took) / sum(took), **latency(took)}


async def _insert(conninfo: str, connections: int, seconds: float) -> dict[str, float]:
    table = f"bench_floor_{os.getpid()}"
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as owner:
        await owner.execute(f"CREATE TABLE {table} (id text PRIMARY KEY, author jsonb, content jsonb)")
        try:
            return await _rate(conninfo, table, connections, seconds)
        finally:
            await owner.execute(f"DROP TABLE {table}")


async def _rate(conninfo: str, table: str, connections: int, seconds: float) -> dict[str, float]:
    numbers = itertools.count()
    took: list[float] = []
    statement = f"INSERT INTO {table} (id, author, content) VALUES (%s, %s, %s)"
    author, content = '{"address": "+13172000000", "channel": "SMS"}', '{"type": "TEXT", "text": "%s"}' % ("word " * 16)

    async def work(connection: psycopg.AsyncConnection) -> None:
        while (began := time.perf_counter()) < deadline:
            await connection.execute(statement, (f"conv_communication_{next(numbers):026d}", author, content))
            took.append(time.perf_counter() - began)

    opened = [await psycopg.AsyncConnection.connect(conninfo, autocommit=True) for _ in range(connections)]
    started = time.perf_counter()
    deadline = started + seconds
    await asyncio.gather(*map(work, opened))
    elapsed = time.perf_counter() - started
    for connection in opened:
        await connection.close()
    return {"per_s": len(took) / elapsed, **latency(took)}


if __name__ == "__main__":
    connections, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(_insert(sys.stdin.read(), int(connections), float(seconds)))))
