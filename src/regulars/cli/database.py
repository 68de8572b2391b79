"""The database of the settings: an existing one, the one a running `serve` keeps, or one started for the occasion."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from regulars.cli.options import run, settings_from
from regulars.settings import Settings
from regulars.storage.db import Db
from regulars.storage.embedded import EmbeddedPostgres, running
from regulars.storage.migrate import migrate
from regulars.telemetry import configure

T = TypeVar("T")


def with_database(
    config: Path | None, data_dir: str | None, database_url: str | None, work: Callable[[Db], Awaitable[T]]
) -> T:
    """Does the work of a command on the database that these options name, migrated."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url)
    configure(log_format=settings.log_format)

    async def connected(conninfo: str) -> T:
        await migrate(conninfo)
        db = Db(conninfo, connections_max=1)
        await db.open()
        try:
            return await work(db)
        finally:
            await db.close()

    with any_database(settings) as conninfo:
        return run(connected(conninfo))


@contextmanager
def own_database(settings: Settings) -> Generator[str]:
    """Conninfo for a server process: with an embedded Postgres, this process is the one that runs it."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    postgres = EmbeddedPostgres(settings.data_path)
    conninfo = postgres.start()
    try:
        yield conninfo
    finally:
        postgres.stop()


@contextmanager
def any_database(settings: Settings) -> Generator[str]:
    """Conninfo for a command: beside a running server it uses that server's Postgres."""
    conninfo = settings.database_url or running(settings.data_path)
    if conninfo is not None:
        yield conninfo
        return
    with own_database(settings) as conninfo:
        yield conninfo
