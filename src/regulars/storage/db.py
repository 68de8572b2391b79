"""Connections and transactions."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import starmap
from typing import Any, Final, LiteralString, TypeVar, cast

import msgspec
import structlog
from psycopg import AsyncConnection, errors
from psycopg.abc import Buffer
from psycopg.rows import dict_row, tuple_row
from psycopg.types.array import ListDumper
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.core.errors import InvalidInput, NotReady, RegularsError
from regulars.storage.bell import Bell

T = TypeVar("T")
Answer = Callable[[], Awaitable[list[T]]]
Row = Mapping[str, Any]
Connection = AsyncConnection[dict[str, Any]]
Pool = AsyncConnectionPool[Connection]

_ATTEMPTS_MAX: Final = 8
_RETRY_PAUSE_S: Final = 0.002
"""Longer each time, with the square of the attempts: whoever won the race is done by then."""
_POOL_TIMEOUT_S: Final = 10.0
_IDLE_S_MAX: Final = 60.0
"""A connection beyond the first that was not used for so long is given back: each is a process of Postgres."""
_CONNECT_TIMEOUT_S: Final = 5
_SILENCE_MS_MAX: Final = 10_000
"""A server that has not acknowledged a byte for so long is gone."""
_UNAVAILABLE: Final = "The database does not answer. Try again in a moment."
_NESTED_OR_NULL: Final = frozenset({list, type(None)})
_CONTENDED: Final = "Too many writers wanted the same thing at once. Try again in a moment."
_REFUSED: Final = "The database refused a statement"
_UNSTORABLE: Final = "A text holds a character, or a number a value, that cannot be stored (such as U+0000)"

log = structlog.get_logger()


class RetryTransactionError(Exception):
    """Raised by the work of a transaction that lost a race: it is rolled back and begins again."""


_RETRIED: Final = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.ForeignKeyViolation,  # what a row belongs to was there a moment ago: it was merged or deleted meanwhile
    RetryTransactionError,
)


class _FlatLists(ListDumper):
    """Quotes every value, all at once, instead of asking of each whether it must: batches hand over thousands."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        if not obj or not _NESTED_OR_NULL.isdisjoint(map(type, obj)):
            return super().dump(obj)
        dump = cast("Callable[[Any], bytes]", self.sub_dumper.dump if self.sub_dumper else self._dump_item)
        quoted = b"\0".join(map(dump, obj)).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        return b'{"' + quoted.replace(b"\0", b'"' + self.delimiter + b'"') + b'"}'


class Tx:
    """A connection inside a transaction, or of the read-only pool. Statements are named SQL, parameters by name."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.wakes = False

    def wake(self) -> None:
        """Once this is committed, whoever sends callbacks is woken."""
        self.wakes = True

    async def all(self, statement: LiteralString, build: Callable[..., T], /, **params: object) -> list[T]:
        """Every row, each passed to `build` by column name."""
        cursor = await self.connection.execute(statement, params)
        return [build(**row) for row in await cursor.fetchall()]

    async def many(self, statement: LiteralString, build: Callable[..., T], /, **params: object) -> list[T]:
        """Like `all`, for thousands of rows: they come in binary and are passed to `build` by position."""
        cursor = self.connection.cursor(binary=True, row_factory=tuple_row)
        await cursor.execute(statement, params)
        return list(starmap(build, await cursor.fetchall()))

    async def maybe(self, statement: LiteralString, build: Callable[..., T], /, **params: object) -> T | None:
        """The first row, or None."""
        cursor = await self.connection.execute(statement, params)
        row = await cursor.fetchone()
        return None if row is None else build(**row)

    async def value(self, statement: LiteralString, /, **params: object) -> Any:
        """The first column of the first row, or None."""
        cursor = await self.connection.execute(statement, params)
        row = await cursor.fetchone()
        return None if row is None else next(iter(row.values()))

    async def column(self, statement: LiteralString, /, **params: object) -> list[Any]:
        """The first column of every row."""
        cursor = await self.connection.execute(statement, params)
        return [next(iter(row.values())) for row in await cursor.fetchall()]

    async def run(self, statement: LiteralString, /, **params: object) -> int:
        """The number of rows it touched."""
        return (await self.connection.execute(statement, params)).rowcount

    async def send(self, statement: LiteralString, /, **params: object) -> Callable[[], int]:
        """Like `run`, for use inside `together`: the number of rows can be asked once that has ended."""
        cursor = await self.connection.execute(statement, params)
        return lambda: cursor.rowcount

    async def ask(self, statement: LiteralString, build: Callable[..., T], /, **params: object) -> Answer[T]:
        """Like `all`, for use inside `together`: the rows can be had once that has ended."""
        cursor = await self.connection.execute(statement, params)

        async def rows() -> list[T]:
            return [build(**row) for row in await cursor.fetchall()]

        return rows

    @asynccontextmanager
    async def together(self) -> AsyncGenerator[None]:
        """Sends the statements inside in one round trip. None of them may need what another one answers."""
        async with self.connection.pipeline():
            yield

    async def run_each(self, statement: LiteralString, rows: list[dict[str, Any]], /) -> int:
        """The same statement for many rows in one round trip. The number of rows it touched, or found."""
        if not rows:
            return 0
        async with self.connection.cursor() as cursor:
            await cursor.executemany(statement, rows)
            return cursor.rowcount


class Db:
    """Two pools on one database: transactions that write, and autocommitted statements that cannot."""

    def __init__(self, conninfo: str, *, connections_max: int) -> None:
        self.conninfo = conninfo
        self._writers = _pool(conninfo, connections_max, read_only=False)
        self._readers = _pool(conninfo, connections_max, read_only=True)
        self._bell = Bell(self._readers)

    async def open(self) -> None:
        try:
            await self._writers.open(wait=True, timeout=_POOL_TIMEOUT_S)
            await self._readers.open(wait=True, timeout=_POOL_TIMEOUT_S)
        except PoolTimeout:
            await self.close()
            raise NotReady("The database cannot be reached. Check the database URL and that the server runs.") from None

    async def close(self) -> None:
        await self._bell.still()
        await self._writers.close()
        await self._readers.close()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Tx]:
        """Statements that the database itself keeps from writing. Each sees what was committed when it began."""
        async with _translated(self._readers), self._readers.connection() as connection:
            yield Tx(connection)

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Runs `work` in one transaction and commits it; again when it lost a race or a deadlock.

        `work` may therefore run several times and must have no effect but through its transaction.
        """
        for attempt in range(1, _ATTEMPTS_MAX + 1):
            try:
                async with _translated(self._writers), self._writers.connection() as connection:
                    tx = Tx(connection)
                    result = await work(tx)
                if tx.wakes:
                    self._bell.ring()
                return result  # noqa: TRY300 - what was committed
            except _RETRIED:
                if attempt == _ATTEMPTS_MAX:
                    raise NotReady(_CONTENDED) from None
                log.info("transaction_retried", attempt=attempt)
                await asyncio.sleep(attempt**2 * _RETRY_PAUSE_S)
            except errors.Error as error:
                log.error("statement_refused", sqlstate=error.sqlstate)  # noqa: TRY400 - its text may be a customer's
                raise RegularsError(_REFUSED) from error
        raise AssertionError

    async def ping(self) -> None:
        async with self.read() as tx:
            await tx.value("SELECT 1")


@asynccontextmanager
async def _translated(pool: Pool) -> AsyncGenerator[None]:
    """A lost connection is not the caller's fault: they may try again, and the next one finds a fresh pool."""
    try:
        yield
    except (errors.DeadlockDetected, errors.SerializationFailure):
        raise
    except PoolTimeout:
        raise NotReady(_UNAVAILABLE) from None
    except errors.DataError:
        raise InvalidInput(_UNSTORABLE) from None
    except errors.ProgramLimitExceeded:
        raise InvalidInput(_UNSTORABLE) from None
    except errors.OperationalError as error:
        log.warning("database_unavailable", sqlstate=error.sqlstate)
        if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            await pool.check()
        raise NotReady(_UNAVAILABLE) from None


def _pool(conninfo: str, connections_max: int, *, read_only: bool) -> Pool:
    async def configure(connection: Connection) -> None:
        set_json_loads(msgspec.json.decode, connection)
        set_json_dumps(msgspec.json.encode, connection)
        connection.adapters.register_dumper(list, _FlatLists)
        await connection.set_autocommit(True)
        await connection.execute("SET statement_timeout = '30s'")
        if read_only:
            await connection.execute("SET default_transaction_read_only = on")
            await connection.execute("SET synchronous_commit = off")  # the bell alone has something to commit
        await connection.set_autocommit(read_only)

    return AsyncConnectionPool(
        conninfo,
        connection_class=AsyncConnection[dict[str, Any]],
        kwargs={"row_factory": dict_row, "connect_timeout": _CONNECT_TIMEOUT_S, "tcp_user_timeout": _SILENCE_MS_MAX},
        min_size=1,
        max_size=connections_max,
        timeout=_POOL_TIMEOUT_S,
        max_idle=_IDLE_S_MAX,
        configure=configure,
        open=False,
        name="read" if read_only else "write",
    )
