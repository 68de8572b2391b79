"""A real Postgres for every test that wants one: one server and one database a test process,
migrated once and wiped after each test."""

import asyncio
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests import budget  # noqa: F401 - sets hypothesis up before any test

from regulars.ai.hashing import HashingEmbedder
from regulars.ai.rules.extractor import RuleExtractor
from regulars.ai.rules.summariser import RuleSummariser
from regulars.core.context import Ctx
from regulars.core.ids import AccountSid, StoreId
from regulars.http.app import create_app
from regulars.outbound.http import Http, Reach
from regulars.outbound.messages_api import MessagesApi
from regulars.recall.cache import SnapshotCache
from regulars.runtime import Runtime, clock, mint
from regulars.services import accounts, stores
from regulars.services.extraction import Models
from regulars.services.recall import Recaller
from regulars.services.sealing import Sealer
from regulars.settings import Settings
from regulars.storage.db import Db
from regulars.storage.embedded import EmbeddedPostgres
from regulars.storage.migrate import migrate

SECRET_KEY = "the secret key of the tests, long enough"


def pytest_collection_finish() -> None:
    """What was imported stays to the end. Looking for garbage in it would take a third of a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Conninfo of a Postgres for this run: an embedded one, or the one that REGULARS_TEST_DATABASE_URL names."""
    given = os.environ.get("REGULARS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="regulars-test-"))
    postgres = EmbeddedPostgres(folder)
    try:
        conninfo = postgres.start()
        _forgo_safety(conninfo)
        yield conninfo
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _forgo_safety(server: str) -> None:
    """Nothing here outlives the run: no commit need wait for the disk."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    name = f"template_{secrets.token_hex(4)}"
    _create(server, name)
    asyncio.run(migrate(make_conninfo(server, dbname=name)))
    yield name
    _drop(server, name)


class Scratch:
    """The one database of a test process, wiped after each test: copying the template takes ten times as long."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._name = f"test_{secrets.token_hex(6)}"
        self._wiper: psycopg.Connection | None = None
        self.conninfo = make_conninfo(server, dbname=self._name)
        _create(server, self._name, template=template)

    def wipe(self) -> None:
        try:
            self._wiper = self._wiper or psycopg.connect(self.conninfo, options="-c lock_timeout=2s")
            with self._wiper.transaction():
                self._wiper.execute(self._deletions(self._wiper))
        except psycopg.Error:  # somebody still holds a lock, or the schema is another one, or our connection is gone
            self.drop()
            _create(self._server, self._name, template=self._template)

    def drop(self) -> None:
        if self._wiper is not None:
            self._wiper.close()
            self._wiper = None
        _drop(self._server, self._name)

    @staticmethod
    def _deletions(connection: psycopg.Connection) -> sql.Composed:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> 'schema_migration'"
        ).fetchall()
        deletions = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for (name,) in rows]
        return sql.SQL(" ").join([sql.SQL("SET LOCAL session_replication_role = replica;"), *deletions])


@pytest.fixture(scope="session")
def scratch(server: str, template: str) -> Iterator[Scratch]:
    scratch = Scratch(server, template)
    yield scratch
    scratch.drop()


@pytest.fixture
def database(scratch: Scratch) -> Iterator[str]:
    """Conninfo of a migrated, empty database that no other test uses meanwhile."""
    yield scratch.conninfo
    scratch.wipe()


@pytest.fixture
async def db(database: str) -> AsyncIterator[Db]:
    db = Db(database, connections_max=8)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
async def runtime(db: Db) -> AsyncIterator[Runtime]:
    """A runtime on the test's database, with rules for models and an embedder that hashes words."""
    embedder = HashingEmbedder()
    outbound = Http(Reach(development=True))
    yield Runtime(
        settings=Settings(),
        db=db,
        sealer=Sealer(SECRET_KEY),
        models=Models(RuleExtractor(), RuleSummariser(), embedder),
        recaller=Recaller(db, embedder, SnapshotCache(64 * 1024 * 1024), end_inclusive=True),
        outbound=outbound,
        messages=MessagesApi("http://127.0.0.1:9"),
    )
    await outbound.close()


@dataclass(frozen=True)
class Tenant:
    """An account with its credentials."""

    account_sid: str
    auth_token: str

    @property
    def auth(self) -> tuple[str, str]:
        return self.account_sid, self.auth_token


async def new_tenant(runtime: Runtime) -> Tenant:
    tenant = Tenant("AC" + secrets.token_hex(16), secrets.token_hex(16))
    await runtime.db.write(
        lambda tx: accounts.create(
            tx, runtime.sealer, clock(), account_sid=tenant.account_sid, auth_token=tenant.auth_token
        )
    )
    return tenant


@pytest.fixture
async def tenant(runtime: Runtime) -> Tenant:
    return await new_tenant(runtime)


@pytest.fixture
async def ctx(runtime: Runtime, tenant: Tenant) -> Ctx:
    """A context of the tenant, who has one store: `ctx.store_ids[0]`."""
    sid = AccountSid(tenant.account_sid)
    bare = Ctx(account_sid=sid, store_ids=(), now=clock(), mint=mint, actor=sid)
    store, _ = await runtime.db.write(lambda tx: stores.create(tx, bare, display_name="first", description=""))
    return replace(bare, store_ids=(StoreId(store.store_id),), now=clock())


class Application:
    """The whole application, built once a process: only its runtime differs from test to test."""

    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self.asgi = create_app(self._lifespan)
        self.litestar = None

    @asynccontextmanager
    async def _lifespan(self, app) -> AsyncIterator[None]:
        app.state.runtime = self._runtime
        self.litestar = app
        yield

    @asynccontextmanager
    async def client(self, runtime: Runtime, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
        self._runtime = runtime
        async with _started(self.asgi):
            transport = httpx.ASGITransport(app=self.asgi, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver", auth=tenant.auth) as client:
                yield client


@pytest.fixture(scope="session")
def application() -> Application:
    return Application()


@pytest.fixture
async def api(application: Application, runtime: Runtime, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """The whole application in process, as the tenant."""
    async with application.client(runtime, tenant) as client:
        yield client


@asynccontextmanager
async def _started(app) -> AsyncIterator:
    """Drives the application's lifespan, which httpx does not."""
    inbox: asyncio.Queue = asyncio.Queue()
    outbox: asyncio.Queue = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.create_task(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    message = await outbox.get()
    assert message["type"] == "lifespan.startup.complete", message
    try:
        yield app
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await task


def _create(server: str, name: str, *, template: str = "template1") -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
