"""Transactions: what reads may not, what is tried again, what a lost connection costs."""

import asyncio
import secrets

import psycopg
import pytest
import structlog
from psycopg.types.json import Jsonb

from regulars.core.errors import InvalidInput, NotReady
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.storage import db as module
from regulars.storage import jobs
from regulars.storage.db import Db, RetryTransactionError

INSERT = "INSERT INTO account VALUES (%(sid)s, '\\x00', '2026-01-01')"
COUNT = "SELECT count(*) FROM account"


async def count(db: Db, statement: str = COUNT) -> int:
    async with db.read() as tx:
        return await tx.value(statement)  # type: ignore[arg-type]


async def test_a_read_cannot_write(db):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with db.read() as tx:
            await tx.run(INSERT, sid="AC1")
    assert await count(db) == 0


async def test_a_write_commits(db):
    assert await db.write(lambda tx: tx.run(INSERT, sid="AC1")) == 1
    assert await count(db) == 1


async def test_a_write_that_fails_leaves_nothing(db):
    async def work(tx) -> None:
        await tx.run(INSERT, sid="AC1")
        raise ValueError

    with pytest.raises(ValueError):
        await db.write(work)
    assert await count(db) == 0


async def test_a_lost_race_begins_again(db):
    attempts = []

    async def work(tx) -> str:
        attempts.append(await tx.run(INSERT, sid="AC1"))
        if len(attempts) < 3:
            raise RetryTransactionError
        return "done"

    assert await db.write(work) == "done"
    assert len(attempts) == 3
    assert await count(db) == 1


async def test_a_race_that_is_always_lost_ends(db):
    attempts = []

    async def work(tx) -> None:
        attempts.append(tx)
        raise RetryTransactionError

    with pytest.raises(NotReady):
        await db.write(work)
    assert 2 <= len(attempts) <= 10


async def test_a_deadlock_is_survived_by_both(db):
    """Two transactions take the same two rows in opposite order."""
    for sid in ("AC1", "AC2"):
        await db.write(lambda tx, sid=sid: tx.run(INSERT, sid=sid))
    met = asyncio.Barrier(2)
    runs = {"there": 0, "back": 0}

    async def work(tx, name: str, sids: tuple[str, str]) -> None:
        runs[name] += 1
        lock = "SELECT account_sid FROM account WHERE account_sid = %(sid)s FOR UPDATE"
        await tx.value(lock, sid=sids[0])
        if sum(runs.values()) <= 2:
            await met.wait()
        await tx.value(lock, sid=sids[1])

    with structlog.testing.capture_logs() as logged:
        await asyncio.gather(
            db.write(lambda tx: work(tx, "there", ("AC1", "AC2"))),
            db.write(lambda tx: work(tx, "back", ("AC2", "AC1"))),
        )
    assert 3 <= sum(runs.values()) <= 4  # Postgres may find both guilty
    attempts = [line["attempt"] for line in logged if line["event"] == "transaction_retried"]
    assert attempts[0] == 1
    assert max(attempts) <= 2


def end_connections(conninfo: str, state: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = %s",
            (state,),
        )


async def test_a_lost_connection_is_told_as_not_ready_and_the_next_read_works(db, database):
    assert await count(db) == 0
    end_connections(database, "idle")
    with pytest.raises(NotReady):
        await count(db)
    assert await count(db) == 0


async def test_a_connection_lost_under_a_write_leaves_nothing_and_the_next_write_works(db, database):
    async def work(tx) -> None:
        await tx.run(INSERT, sid="AC1")
        await asyncio.to_thread(end_connections, database, "idle in transaction")
        await tx.run(INSERT, sid="AC2")

    with pytest.raises(NotReady):
        await db.write(work)
    await db.write(lambda tx: tx.run(INSERT, sid="AC3"))
    assert await count(db, "SELECT count(*) FROM account WHERE account_sid = 'AC3'") == 1
    assert await count(db) == 1


async def test_an_unknown_server_is_not_ready(monkeypatch):
    monkeypatch.setattr(module, "_POOL_TIMEOUT_S", 0.3)
    with pytest.raises(NotReady):
        await Db("host=127.0.0.1 port=1", connections_max=1).open()


async def test_a_text_that_postgres_cannot_keep_is_the_callers_fault(db):
    with pytest.raises(InvalidInput):
        await db.write(lambda tx: tx.run(INSERT, sid="AC\x00"))


JOBS = "SELECT count(*) FROM procrastinate_jobs"
SUBJECT = (StoreId("s"), ProfileId("p"))


async def test_a_job_is_there_once_its_transaction_is(db):
    await db.write(lambda tx: jobs.enqueue_extract(tx, *SUBJECT, ConversationId("c")))
    async with db.read() as tx:
        rows = await tx.all("SELECT task_name, lock, args FROM procrastinate_jobs", dict)
    assert rows == [
        {
            "task_name": "extract",
            "lock": "extract/s/p",
            "args": {"store_id": "s", "profile_id": "p", "conversation_id": "c"},
        }
    ]


async def test_a_job_vanishes_with_its_transaction(db):
    async def work(tx) -> None:
        await jobs.enqueue_embed(tx, *SUBJECT, since_version=1)
        await jobs.enqueue_extract(tx, *SUBJECT, ConversationId("c"))
        raise ValueError

    with pytest.raises(ValueError):
        await db.write(work)
    assert await count(db, JOBS) == 0


async def test_what_passes_a_limit_of_postgres_is_the_callers_fault(db):
    async def work(tx):
        await tx.run("CREATE TEMP TABLE wide (word text PRIMARY KEY)")
        await tx.run("INSERT INTO wide VALUES (%(word)s)", word=secrets.token_hex(8000))

    with pytest.raises(InvalidInput):
        await db.write(work)


async def test_a_list_with_a_text_that_cannot_be_stored_is_the_callers_fault(db):
    with pytest.raises(InvalidInput):
        async with db.read() as tx:
            await tx.value("SELECT %(texts)s::text[]", texts=["a\0b", "c"])


async def test_lists_arrive_as_they_were(db):
    texts = ["", "NULL", "null", None, 'a"b', "a\\b", "{x}", "a,b", " padded ", "two\nlines", "é", "\u2003"]
    bodies = [{"a": 'q"\\'}, "text", None, 7, ["x"]]
    async with db.read() as tx:
        assert await tx.value("SELECT %(texts)s::text[]", texts=texts) == texts
        assert await tx.value("SELECT %(full)s::text[]", full=[t for t in texts if t is not None]) == [
            t for t in texts if t is not None
        ]
        assert await tx.value("SELECT %(none)s::text[]", none=[]) == []
        assert await tx.value("SELECT %(numbers)s::bigint[]", numbers=[1, -(2**60)]) == [1, -(2**60)]
        assert await tx.value("SELECT %(bodies)s::jsonb[]", bodies=[Jsonb(one) for one in bodies]) == bodies
        assert await tx.value("SELECT %(bytes)s::bytea[]", bytes=[b"\0\\", b'"', b""]) == [b"\0\\", b'"', b""]
        assert await tx.value("SELECT %(nested)s::text[]", nested=[["a", "b"], ['"', None]]) == [
            ["a", "b"],
            ['"', None],
        ]
