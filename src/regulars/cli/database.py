"""The database of the settings: an existing one, the one a running `serve` keeps, or one started for the occasion."""

from collections.abc import Generator
from contextlib import contextmanager

from regulars.settings import Settings
from regulars.storage.embedded import EmbeddedPostgres, running


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
