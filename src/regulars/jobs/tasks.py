"""The tasks, bound to a runtime."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Final, ParamSpec

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.runtime import Runtime, clock, mint
from regulars.services import bulk, embedding, extraction, importing, imports, stores, trait_groups
from regulars.services.extraction import Subject
from regulars.storage.jobs import (
    APPLY_BULK,
    DELETE_STORE,
    DROP_TRAITS,
    EMBED,
    EXPIRE_IMPORT,
    EXTRACT,
    IMPORT,
    LONG,
    SHORT,
)
from regulars.telemetry import frames_of

P = ParamSpec("P")

CONCURRENCY: Final = {SHORT: 4, LONG: 2}
"""Jobs at once in one worker, by queue."""

_RETRY: Final = RetryStrategy(max_attempts=10, exponential_wait=2)
"""2 s, 4 s, … about 17 minutes in all; then the job stays in the table as failed, for somebody to look at."""

_UNTIL_DONE: Final = RetryStrategy(wait=15)
"""For what was promised and needs nothing but the database: every 15 s until it succeeds."""

log = structlog.get_logger()


def create_app(rt: Runtime) -> App:
    """With a small pool of its own, which tries a connection before it hands it out: a job whose end could not be
    written would hold up all others of its profile."""
    app = App(connector=PsycopgConnector(conninfo=rt.db.conninfo, min_size=1, max_size=sum(CONCURRENCY.values())))

    @_task(app, EXTRACT, _RETRY)
    async def extract(store_id: str, profile_id: str, conversation_id: str) -> None:
        subject = Subject(
            store_id=StoreId(store_id),
            profile_id=ProfileId(profile_id),
            conversation_id=ConversationId(conversation_id),
        )
        await extraction.extract(rt.db, rt.models, mint, clock(), subject)

    @_task(app, EMBED, _RETRY)
    async def embed(store_id: str, profile_id: str, since_version: int) -> None:
        await embedding.embed_missing(
            rt.db, rt.models.embedder, StoreId(store_id), ProfileId(profile_id), since_version=since_version
        )

    @_task(app, APPLY_BULK, _UNTIL_DONE)
    async def apply_bulk(store_id: str, operation_id: str, actor: str) -> None:
        await bulk.apply(rt.db, mint, clock, StoreId(store_id), operation_id=operation_id, actor=actor)

    @_task(app, IMPORT, _UNTIL_DONE)
    async def import_profiles(store_id: str, import_id: str) -> None:
        await importing.run(rt.db, mint, clock, StoreId(store_id), import_id)

    @_task(app, EXPIRE_IMPORT, _UNTIL_DONE)
    async def expire_import(store_id: str, import_id: str) -> None:
        await imports.expire(rt.db, clock(), StoreId(store_id), import_id)

    @_task(app, DELETE_STORE, _UNTIL_DONE)
    async def delete_store(store_id: str, operation_id: str) -> None:
        await stores.erase(rt.db, clock, StoreId(store_id), operation_id)

    @_task(app, DROP_TRAITS, _UNTIL_DONE)
    async def drop_traits(
        store_id: str, trait_group: str, trait_names: list[str] | None, until: str, operation_id: str
    ) -> None:
        before = datetime.fromisoformat(until)
        await trait_groups.drop_values(rt.db, clock, StoreId(store_id), trait_group, trait_names, before, operation_id)

    return app


class _Told:
    """Logs what ends the block inside, and lets it pass."""

    def __init__(self, task: str) -> None:
        self._task = task

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception):
            log.warning("job_failed", task=self._task, error=type(error).__name__, frames=frames_of(error))


def _task(
    app: App, name: str, retry: RetryStrategy
) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """Registers a task. Each failure is told, also one that is tried again: the library tells the last alone."""

    def register(work: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @wraps(work)
        async def told(*args: P.args, **kwargs: P.kwargs) -> None:
            with _Told(name):
                await work(*args, **kwargs)

        app.task(name=name, retry=retry)(told)
        return told

    return register
