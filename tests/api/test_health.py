"""Probes."""

from tests.helpers import assert_problem, ok

from regulars.storage.db import Db


async def test_live_says_so_to_anybody(api):
    assert ok(await api.get("/health/live", auth=None)) == {"status": "live"}


async def test_ready_says_so_to_anybody(api):
    assert ok(await api.get("/health/ready", auth=None)) == {"status": "ready"}


async def test_without_a_database_it_is_live_but_not_ready(api, db: Db):
    await db.close()
    ok(await api.get("/health/live"))
    response = await api.get("/health/ready")
    assert_problem(response, 503, 20503)
    assert response.headers["Retry-After"].isdigit()
