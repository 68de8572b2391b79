"""Migrations: once, by whoever comes first, and never backwards."""

import asyncio
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.conftest import _create, _drop

from regulars.core.errors import MisconfiguredError
from regulars.storage import migrate as module
from regulars.storage.migrate import migrate


@pytest.fixture
def blank(server) -> Iterator[str]:
    """Conninfo of a database without any schema."""
    name = f"blank_{secrets.token_hex(6)}"
    _create(server, name)
    yield make_conninfo(server, dbname=name)
    _drop(server, name)


def names(conninfo: str) -> list[str]:
    with psycopg.connect(conninfo) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM schema_migration ORDER BY name")]


async def test_the_first_run_applies_everything_and_the_second_nothing(blank):
    applied = await migrate(blank)
    assert "0001_foundation" in applied
    assert sorted(applied) == names(blank)
    assert await migrate(blank) == []


async def test_many_at_once_apply_each_migration_once(blank):
    runs = await asyncio.gather(*(migrate(blank) for _ in range(5)))
    assert sorted(len(run) > 0 for run in runs) == [False] * 4 + [True]
    assert sorted(name for run in runs for name in run) == names(blank)


async def test_a_database_of_a_newer_release_is_refused(blank):
    await migrate(blank)
    with psycopg.connect(blank) as connection:
        connection.execute("INSERT INTO schema_migration VALUES ('9999_future', clock_timestamp())")
    with pytest.raises(MisconfiguredError, match="9999_future"):
        await migrate(blank)


async def test_a_failure_leaves_nothing_behind(blank):
    with psycopg.connect(blank) as connection:
        connection.execute("CREATE TABLE conversation (oops int)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        await migrate(blank)
    with psycopg.connect(blank) as connection:
        assert connection.execute("SELECT to_regclass('schema_migration'), to_regclass('account')").fetchone() == (
            None,
            None,
        )


@pytest.mark.parametrize("version", [90624, 130020])
def test_a_server_below_14_is_refused(version):
    with pytest.raises(MisconfiguredError, match=f"needs PostgreSQL 14 or newer; this server is {version // 10000}"):
        module._require_version(version)


@pytest.mark.parametrize("version", [140000, 150014, 180000])
def test_a_server_from_14_on_is_fine(version):
    module._require_version(version)


async def test_a_server_that_is_not_there_is_told_plainly():
    with pytest.raises(MisconfiguredError, match="Cannot connect"):
        await migrate("host=127.0.0.1 port=1 connect_timeout=1")
