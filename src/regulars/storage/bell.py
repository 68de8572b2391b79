"""A NOTIFY that tells other processes that there is something to do, outside of the transaction that made it.

Inside, every commit would wait for the others that notify: https://www.postgresql.org/docs/current/sql-notify.html and
the lock that PreCommit_Notify takes. A bell that nobody hears costs a moment: whoever listens also looks by itself.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, LiteralString

import structlog
from psycopg import AsyncConnection, Error
from psycopg_pool import AsyncConnectionPool, PoolTimeout

_PAUSE_S: Final = 0.002
"""Commits within so long are told together."""
_NOTIFY: Final[LiteralString] = "NOTIFY regulars_callbacks"
_LISTEN: Final[LiteralString] = "LISTEN regulars_callbacks"
_CONNECT_TIMEOUT_S: Final = 5
_SILENCE_S_MAX: Final = 15.0
"""After so long without a word the connection is tried."""

log = structlog.get_logger()


class Bell:
    """Rings through a pool of autocommitting connections."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def still(self) -> None:
        """Returns once everything that was to be told is told."""
        if self._ringing is not None:
            await self._ringing

    async def _ring(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        self._ringing = None
        try:
            async with self._pool.connection() as connection:
                await connection.execute(_NOTIFY)
        except (Error, PoolTimeout) as error:
            log.warning("bell_not_heard", error=type(error).__name__)


async def listen(conninfo: str, heard: Callable[[], None]) -> None:
    """Calls `heard` at the beginning and at each ring, until the connection is lost, which raises."""
    async with await AsyncConnection.connect(
        conninfo, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:
        await connection.execute(_LISTEN)
        heard()
        while True:
            async for _ in connection.notifies(timeout=_SILENCE_S_MAX):
                heard()
            await connection.execute("SELECT 1")
