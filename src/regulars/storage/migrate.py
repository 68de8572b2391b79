"""Brings a database to the schema of this release: our numbered files, then those of the job library."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, LiteralString, NamedTuple, cast

import psycopg
import structlog

from regulars.core.errors import MisconfiguredError

_LOCK_KEY: Final = 0x7265_6775_6C61_7273
_SERVER_VERSION_MIN: Final = 140000

log = structlog.get_logger()


class Migration(NamedTuple):
    name: str
    statements: LiteralString


async def migrate(conninfo: str) -> list[str]:
    """Applies what is missing, one transaction for all, under an advisory lock: many processes may start at once.

    Returns the names of what it applied. A database that a newer release has migrated is refused.
    """
    try:
        async with await psycopg.AsyncConnection.connect(conninfo) as connection:
            _require_version(connection.info.server_version)
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
            done = await _applied(connection)
            known = [*_own(), *_job_library(fresh=not any(name.startswith("jobs/") for name in done))]
            _refuse_newer(done, {migration.name for migration in known})
            return [m.name for m in known if m.name not in done and await _apply(connection, m)]
    except psycopg.ProgrammingError as error:
        if error.sqlstate is not None:
            raise
        raise MisconfiguredError("The database URL is not valid. It looks like postgresql://user@host/name") from None
    except psycopg.OperationalError as error:
        raise MisconfiguredError(f"Cannot connect to the database: {str(error).splitlines()[0]}") from None


def _require_version(version: int) -> None:
    if version < _SERVER_VERSION_MIN:
        raise MisconfiguredError(f"Regulars needs PostgreSQL 14 or newer; this server is {version // 10000}.")


async def _applied(connection: psycopg.AsyncConnection) -> set[str]:
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS schema_migration
           (name text COLLATE "C" PRIMARY KEY, applied_at timestamptz NOT NULL)"""
    )
    rows = await (await connection.execute("SELECT name FROM schema_migration")).fetchall()
    return {name for (name,) in rows}


def _refuse_newer(done: set[str], known: set[str]) -> None:
    ahead = sorted(name for name in done - known if not name.startswith("jobs/"))
    if ahead:
        raise MisconfiguredError(
            f"A newer release of Regulars has migrated this database (to {ahead[-1]}). Run that release or newer."
        )


async def _apply(connection: psycopg.AsyncConnection, migration: Migration) -> bool:
    if migration.statements:
        await connection.execute(migration.statements)
        log.info("migration_applied", name=migration.name)
    await connection.execute(
        "INSERT INTO schema_migration (name, applied_at) VALUES (%s, clock_timestamp())", (migration.name,)
    )
    return True


def _own() -> Iterator[Migration]:
    yield from _files(resources.files("regulars.storage") / "migrations", prefix="")


def _job_library(*, fresh: bool) -> Iterator[Migration]:
    """Procrastinate ships a whole schema for a fresh database and one file a change for an older one."""
    sql = resources.files("procrastinate") / "sql"
    if fresh:
        yield Migration("jobs/schema", _text(sql / "schema.sql"))
    for migration in _files(sql / "migrations", prefix="jobs/"):
        yield migration._replace(statements="") if fresh else migration


def _files(folder: Traversable, *, prefix: str) -> Iterator[Migration]:
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            yield Migration(prefix + file.name.removesuffix(".sql"), _text(file))


def _text(file: Traversable) -> LiteralString:
    return cast("LiteralString", file.read_text("utf-8"))
