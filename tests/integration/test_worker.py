"""The worker's loops, and the accounts that only one key can read."""

import asyncio

import psycopg
import pytest
from structlog.testing import capture_logs
from tests.conftest import clock
from tests.helpers import CUSTOMER, create_store, ok, run_jobs

from regulars.core.errors import MisconfiguredError
from regulars.jobs import worker
from regulars.services import accounts
from regulars.services.sealing import Sealer
from regulars.storage.migrate import migrate


async def test_a_round_that_fails_is_followed_by_another():
    rounds = 0

    async def work():
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise ConnectionError
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await worker._forever("test", 0, work)
    assert rounds == 2


async def test_whoever_fails_while_being_cancelled_ends_all_the_same():
    started = asyncio.Event()

    async def work():
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError from None

    task = asyncio.create_task(worker._forever("test", 0, work))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


async def test_a_job_that_fails_says_so_each_time(api, runtime, database):
    store = await create_store(api)
    body = {"profiles": [{"traits": {"Contact": {"phone": CUSTOMER}}}]}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("ALTER TABLE bulk_batch RENAME TO elsewhere")
        with capture_logs() as told:
            await run_jobs(runtime)
        await connection.execute("ALTER TABLE elsewhere RENAME TO bulk_batch")
    [failure] = [event for event in told if event["event"] == "job_failed"]
    assert (failure["task"], failure["error"]) == ("apply_bulk", "UndefinedTable")
    assert CUSTOMER not in str(failure)


async def test_an_account_is_not_sealed_with_a_key_that_the_others_do_not_share(runtime, tenant):
    stranger = Sealer("another secret key, also long enough")
    with pytest.raises(MisconfiguredError):
        await runtime.db.write(
            lambda tx: accounts.create(tx, stranger, clock(), account_sid="AC" + "0" * 32, auth_token="t")
        )


async def test_a_wrong_database_url_is_told_without_its_password():
    with pytest.raises(MisconfiguredError) as told:
        await migrate("postgres//user:s3cret@host/db")
    assert "s3cret" not in told.value.message
