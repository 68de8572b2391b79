"""A tick of the timers with none, one, a hundred and a thousand conversations due, while many others are open.

The conversations are copies, made by SQL, of one that was opened through the API: with two participants, a group and
timers in the future. Those that are due go from ACTIVE to INACTIVE and are set back before the next round. No worker
runs beside it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

import psycopg
import structlog

from bench import messages, stats
from bench.client import Client
from bench.crowd import conninfo
from bench.server import Server, data_directory, serving
from regulars.runtime import clock, mint
from regulars.services.lifecycle import tick
from regulars.storage.db import Db

DUE: Final = (0, 1, 100, 1_000)

_IDS: Final = "jsonb_build_object('conversation_id', 'conv_conversation_00' || lpad(n::text, 24, '0'))"
_CONVERSATIONS: Final = f"""
INSERT INTO conversation
SELECT (jsonb_populate_record(c, {_IDS} || jsonb_build_object('group_keys', jsonb_build_array('bench|' || n)))).*
FROM conversation AS c, generate_series(1, %(count)s) AS n
"""
_PARTICIPANTS: Final = f"""
INSERT INTO participant
SELECT (jsonb_populate_record(p, {_IDS})).* FROM participant AS p, generate_series(1, %(count)s) AS n
"""
_GROUPS: Final = """
INSERT INTO conversation_group (store_id, group_key, conversation_id)
SELECT store_id, unnest(group_keys), conversation_id FROM conversation
ON CONFLICT DO NOTHING
"""
_RESET: Final = """
UPDATE conversation
SET status = 'ACTIVE', last_communication_at = now(), due_at = now() + interval '600 minutes'
WHERE status <> 'ACTIVE' OR due_at <= now() + interval '1 minute'
"""
_MAKE_DUE: Final = """
UPDATE conversation
SET last_communication_at = now() - interval '601 minutes', due_at = now() - interval '1 minute'
WHERE conversation_id IN (SELECT conversation_id FROM conversation ORDER BY md5(conversation_id) LIMIT %(due)s)
"""
_COUNT: Final = "SELECT count(*) FROM conversation WHERE status = 'INACTIVE'"


def measure(*, sizes: Sequence[int], rounds: int, say: Callable[[str], None]) -> dict[str, object]:
    """`sizes` is how many conversations are open. Milliseconds of one tick, and how they compare."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    took = {size: _measure(size, rounds, say) for size in sizes}
    figures: dict[str, object] = {
        f"{size:,} open": {f"{due:,} due: ms": stats.spread(one) for due, one in by_due.items()}
        for size, by_due in took.items()
    }
    least, most = sizes[0], sizes[-1]
    if least != most:
        figures[f"{most:,} open for each of {least:,}, medians"] = {
            f"{due:,} due": stats.ratio(took[most][due], took[least][due]) for due in took[most] if due in took[least]
        }
    return figures


def _measure(size: int, rounds: int, say: Callable[[str], None]) -> dict[int, list[float]]:
    with data_directory() as data_dir, serving(data_dir, "--no-worker") as server:
        _open(server, size, say)
        return asyncio.run(_ticks(conninfo(server), [due for due in DUE if due <= size], rounds, say))


def _open(server: Server, size: int, say: Callable[[str], None]) -> None:
    people = [
        {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": "+13175550100"}]},
        {"type": "AGENT", "addresses": [{"channel": "SMS", "address": messages.BUSINESS}]},
    ]
    capture = messages.prepare(server)
    body = {"configurationId": capture.configuration_id, "participants": people}
    Client(server).post("/v2/Conversations", body)
    say(f"{size:,} conversations are opened")
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in (_PARTICIPANTS, _CONVERSATIONS):
            connection.execute(statement, {"count": size - 1})
        connection.execute(_GROUPS)
        connection.execute("VACUUM (ANALYZE) conversation, participant, conversation_group")
        connection.execute("CHECKPOINT")


async def _ticks(
    database: str, counts: Sequence[int], rounds: int, say: Callable[[str], None]
) -> dict[int, list[float]]:
    """Milliseconds of each tick, by how many were due. The first of each number only warms up."""
    db = Db(database, connections_max=1)
    await db.open()
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            took: dict[int, list[float]] = {}
            for due in counts:
                say(f"ticks with {due:,} due")
                took[due] = [await _tick(db, connection, due) for _ in range(rounds + 1)][1:]
            return took
    finally:
        await db.close()


async def _tick(db: Db, connection: psycopg.Connection, due: int) -> float:
    connection.execute(_RESET)
    connection.execute(_MAKE_DUE, {"due": due})
    connection.execute("TRUNCATE procrastinate_jobs CASCADE")
    connection.execute("VACUUM (ANALYZE) conversation")
    began = time.perf_counter()
    moved = await tick(db, mint, clock)
    elapsed = time.perf_counter() - began
    (quiet,) = connection.execute(_COUNT).fetchone() or (None,)
    if not moved == quiet == due:
        raise RuntimeError(f"{due} were due, {moved} were moved, {quiet} are quiet")
    return elapsed * 1000
