"""The tasks, bound to a runtime."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryStrategy

from regulars.core import limits
from regulars.core.ids import AccountSid, ConversationId, ProfileId, StoreId
from regulars.jobs import retries
from regulars.jobs.turns import Turns
from regulars.runtime import Runtime, clock, mint
from regulars.services import (
    actions,
    bulk,
    conversations,
    embedding,
    extraction,
    importing,
    imports,
    messaging_status,
    stores,
    trait_groups,
    transcription,
)
from regulars.services.extraction import Subject
from regulars.storage.actions import ActionKey
from regulars.storage.jobs import (
    APPLY_BULK,
    DELETE_STORE,
    DROP_TRAITS,
    EMBED,
    EXPIRE_IMPORT,
    EXTRACT,
    FETCH_CALL,
    FETCH_MESSAGE,
    IMPORT,
    LONG,
    OUTWARD,
    READING,
    RESOLVE_PARTICIPANT,
    SEND_MESSAGE,
    SHORT,
)
from regulars.telemetry import frames_of

P = ParamSpec("P")

CONCURRENCY: Final = {SHORT: 4, LONG: 2, READING: 4, OUTWARD: 64}
"""Jobs at once in one worker, by queue. What goes outward does little but wait."""

POLLING_S: Final = {SHORT: 5.0, LONG: 5.0, READING: 5.0, OUTWARD: 0.5}
"""How often a queue is looked at unasked: nothing tells that the job which kept another from its turn has ended."""

_CONNECTIONS_MAX: Final = 16
"""Of the library's own pool. Jobs need one for moments, when they are taken and when they end."""

_RETRY: Final = RetryStrategy(max_attempts=10, exponential_wait=2)
"""2 s, 4 s, … about 17 minutes in all; then the job stays in the table as failed, for somebody to look at."""

_UNTIL_DONE: Final = RetryStrategy(wait=15)
"""For what was promised and needs nothing but the database: every 15 s until it succeeds."""

_SEND: Final = RetryStrategy(wait=2, linear_wait=2)
"""2 s, 4 s, 6 s, …; the action itself says when it is enough."""

log = structlog.get_logger()


def create_app(rt: Runtime) -> App:
    """With a small pool of its own, which tries a connection before it hands it out: a job whose end could not be
    written would hold up all others of its profile."""
    app = App(connector=PsycopgConnector(conninfo=rt.db.conninfo, min_size=1, max_size=_CONNECTIONS_MAX))
    app.job_manager = Turns(app.connector, OUTWARD, places=CONCURRENCY[OUTWARD])

    patience_s = rt.settings.model_patience_s if rt.settings.model else 0

    @_task(app, EXTRACT, retries.Reading(patience_s), pass_context=True)
    async def extract(context: JobContext, store_id: str, profile_id: str, conversation_id: str) -> None:
        tries = context.job.attempts
        subject = Subject(
            store_id=StoreId(store_id),
            profile_id=ProfileId(profile_id),
            conversation_id=ConversationId(conversation_id),
        )
        with structlog.contextvars.bound_contextvars(conversation_id=conversation_id):
            models = rt.models_after(tries, retries.waited_s(tries))
            await extraction.extract(rt.db, models, mint, clock(), subject)

    @_task(app, RESOLVE_PARTICIPANT, _RETRY)
    async def resolve_participant(store_id: str, conversation_id: str, participant_id: str) -> None:
        await conversations.resolve_later(
            rt.db, mint, clock(), StoreId(store_id), ConversationId(conversation_id), participant_id
        )

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

    _add_outward(app, rt)
    return app


def _add_outward(app: App, rt: Runtime) -> None:
    @_task(app, SEND_MESSAGE, _SEND, pass_context=True)
    async def send_message(
        context: JobContext, account_sid: str, store_id: str, conversation_id: str, action_id: str
    ) -> None:
        key = ActionKey(AccountSid(account_sid), StoreId(store_id), ConversationId(conversation_id), action_id)
        await actions.send(rt.db, rt.desk, key, last=context.job.attempts + 1 >= limits.ACTION_TRIES_MAX)

    @_task(app, FETCH_MESSAGE, _RETRY)
    async def fetch_message(account_sid: str, message_sid: str, status: str) -> None:
        await messaging_status.fetch(rt.db, rt.desk, AccountSid(account_sid), message_sid, status)

    @_task(app, FETCH_CALL, _RETRY)
    async def fetch_call(account_sid: str, piece: dict[str, Any]) -> None:
        await transcription.fetch(rt.db, rt.desk, AccountSid(account_sid), piece)


class _Told:
    """Logs what ends the block inside, and lets it pass."""

    def __init__(self, task: str) -> None:
        self._task = task

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception):
            log.warning("job_failed", task=self._task, error=type(error).__name__, frames=frames_of(error))


def _task(
    app: App, name: str, retry: BaseRetryStrategy, *, pass_context: bool = False
) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """Registers a task. Each failure is told, also one that is tried again: the library tells the last alone."""

    def register(work: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @wraps(work)
        async def told(*args: P.args, **kwargs: P.kwargs) -> None:
            with _Told(name):
                await work(*args, **kwargs)

        registered: Any = app.task(name=name, retry=retry, pass_context=pass_context)
        registered(told)
        return told

    return register
