"""`regulars serve` and `regulars worker`: the processes that run Regulars."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Annotated, Final

import structlog
import typer
import uvicorn
from litestar import Litestar
from rich.console import Console

from regulars.cli.children import run_children, stop_with_parent
from regulars.cli.database import any_database, own_database
from regulars.cli.options import Config, DatabaseUrl, DataDir, settings_from, told_plainly
from regulars.core.errors import MisconfiguredError
from regulars.http.app import create_app
from regulars.jobs.worker import run_worker
from regulars.runtime import (
    Runtime,
    clock,
    new_account_sid,
    new_secret,
    open_runtime,
    reach,
    secret_key,
)
from regulars.services import accounts
from regulars.services.sealing import Sealer
from regulars.settings import Settings
from regulars.storage.accounts import list_accounts
from regulars.storage.db import Db
from regulars.storage.migrate import migrate
from regulars.telemetry import configure

_BACKLOG: Final = 2048
_GRACE_S: Final = 10
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)

Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option("--port", help="The port; 0 takes a free one.  [default: 8080]")]
Processes = Annotated[
    int | None, typer.Option("--processes", min=1, help="Web processes; with more than one, a worker runs apart.")
]
RunWorker = Annotated[
    bool | None,
    typer.Option("--worker/--no-worker", help="Whether to run jobs and timers here too.", show_default=False),
]
Development = Annotated[
    bool | None,
    typer.Option(
        "--development/--no-development",
        help="Lets status callbacks reach this machine itself.  [default: no-development]",
        show_default=False,
    ),
]

console = Console()
log = structlog.get_logger()


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    processes: Processes = None,
    worker: RunWorker = None,
    development: Development = None,
    config: Config = None,
) -> None:
    """Run the server. Without a database URL it brings its own PostgreSQL, in the data directory.

    Every option is also an environment variable (REGULARS_PORT) and a key of the TOML file (port).
    """
    with told_plainly():
        settings = settings_from(
            config,
            host=host,
            port=port,
            data_dir=data_dir,
            database_url=database_url,
            processes=processes,
            worker=worker,
            development=development,
        )
        configure(log_format=settings.log_format)
        _require_both_or_neither(settings)
        reach(settings)
        listener = _listen(settings)
        with own_database(settings) as conninfo:
            asyncio.run(_prepare(settings, conninfo))
            if settings.processes == 1:
                _serve_here(settings, conninfo, listener, worker=settings.worker)
            else:
                run_children(settings, conninfo, secret_key(settings), listener)


def worker(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    development: Development = None,
    config: Config = None,
) -> None:
    """Run jobs and timers only, beside servers that were started with --no-worker."""
    with told_plainly():
        settings = settings_from(config, data_dir=data_dir, database_url=database_url, development=development)
        configure(log_format=settings.log_format)
        reach(settings)
        stop_with_parent()
        with any_database(settings) as conninfo:
            asyncio.run(_work(settings, conninfo))


def web(descriptor: Annotated[int, typer.Option("--fd")]) -> None:
    """One of several web processes; `serve --processes` starts them with all they need in the environment."""
    with told_plainly():
        settings = settings_from(None)
        configure(log_format=settings.log_format)
        stop_with_parent()
        listener = socket.socket(fileno=descriptor)
        _serve_here(settings, settings.database_url or "", listener, worker=False)


def _require_both_or_neither(settings: Settings) -> None:
    if (settings.account_sid is None) != (settings.auth_token is None):
        raise MisconfiguredError("Set both REGULARS_ACCOUNT_SID and REGULARS_AUTH_TOKEN, or neither.")


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise MisconfiguredError(
            f"Cannot listen on {settings.host}:{settings.port} ({os.strerror(error.errno or 0)}). "
            "Choose another address with --host and --port."
        ) from None


async def _prepare(settings: Settings, conninfo: str) -> None:
    """The schema of this release, and at least one account."""
    await migrate(conninfo)
    db = Db(conninfo, connections_max=1)
    await db.open()
    try:
        await _make_sure_of_account(settings, db)
    finally:
        await db.close()


async def _make_sure_of_account(settings: Settings, db: Db) -> None:
    sealer = Sealer(secret_key(settings))
    sid, token = settings.account_sid, settings.auth_token
    async with db.read() as tx:
        await accounts.require_same_key(tx, sealer)
        known = await list_accounts(tx)
    if sid is None or token is None:
        if known:
            return
        await _create_first_account(sealer, db)
        return
    await db.write(lambda tx: accounts.create(tx, sealer, clock(), account_sid=sid, auth_token=token, imported=True))


async def _create_first_account(sealer: Sealer, db: Db) -> None:
    sid, token = new_account_sid(), new_secret()[:32]
    await db.write(lambda tx: accounts.create(tx, sealer, clock(), account_sid=sid, auth_token=token))
    _show_credentials(sid, token)


def _show_credentials(sid: str, token: str) -> None:
    console.print("An account was made for you. Its credentials are shown this once:", style="bold")
    console.print(f"  Account SID  {sid}\n  Auth token   {token}", highlight=False)
    hint = f"Make an API key for daily use: regulars keys create --account {sid}"
    console.print(hint, highlight=False, soft_wrap=True, style="dim")


def _serve_here(settings: Settings, conninfo: str, listener: socket.socket, *, worker: bool) -> None:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with open_runtime(settings, conninfo) as rt, _working(rt, wanted=worker):
            app.state.runtime = rt
            log.info("listening", url=_url(listener), worker=worker)
            yield

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(lifespan),
            access_log=False,
            http="httptools",
            log_config=None,
            loop="uvloop",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws="none",
        )
    )
    for number in _ENDING:  # uvicorn raises again what it caught, when Postgres is still to be stopped
        signal.signal(number, lambda _number, _frame: None)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _working(rt: Runtime, *, wanted: bool) -> AbstractAsyncContextManager[None]:
    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        task = asyncio.create_task(run_worker(rt)) if wanted else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    return running()


async def _work(settings: Settings, conninfo: str) -> None:
    await migrate(conninfo)
    async with open_runtime(settings, conninfo) as rt:
        log.info("working")
        task = asyncio.create_task(run_worker(rt))
        for number in _ENDING:  # jobs get their moment to finish, or are free for others at once
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
