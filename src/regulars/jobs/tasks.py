"""The tasks, bound to a runtime."""

from datetime import datetime
from typing import Final

from procrastinate import App, PsycopgConnector, RetryStrategy

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.runtime import Runtime, clock, mint
from regulars.services import bulk, embedding, extraction, importing, imports, stores, trait_groups
from regulars.services.extraction import Subject
from regulars.storage.jobs import APPLY_BULK, DELETE_STORE, DROP_TRAITS, EMBED, EXPIRE_IMPORT, EXTRACT, IMPORT

CONCURRENCY: Final = 4
"""Jobs at once in one worker."""

_RETRY: Final = RetryStrategy(max_attempts=10, exponential_wait=2)
"""2 s, 4 s, … about 17 minutes in all; then the job stays in the table as failed, for somebody to look at."""

_UNTIL_DONE: Final = RetryStrategy(wait=15)
"""For what was promised and needs nothing but the database: every 15 s until it succeeds."""


def create_app(rt: Runtime) -> App:
    """With a small pool of its own, which tries a connection before it hands it out: a job whose end could not be
    written would hold up all others of its profile."""
    app = App(connector=PsycopgConnector(conninfo=rt.db.conninfo, min_size=1, max_size=CONCURRENCY))

    @app.task(name=EXTRACT, retry=_RETRY)
    async def extract(store_id: str, profile_id: str, conversation_id: str) -> None:
        subject = Subject(
            store_id=StoreId(store_id),
            profile_id=ProfileId(profile_id),
            conversation_id=ConversationId(conversation_id),
        )
        await extraction.extract(rt.db, rt.models, mint, clock(), subject)

    @app.task(name=EMBED, retry=_RETRY)
    async def embed(store_id: str, profile_id: str, since_version: int) -> None:
        await embedding.embed_missing(
            rt.db, rt.models.embedder, StoreId(store_id), ProfileId(profile_id), since_version=since_version
        )

    @app.task(name=APPLY_BULK, retry=_UNTIL_DONE)
    async def apply_bulk(store_id: str, operation_id: str, actor: str) -> None:
        await bulk.apply(rt.db, mint, clock, StoreId(store_id), operation_id=operation_id, actor=actor)

    @app.task(name=IMPORT, retry=_UNTIL_DONE)
    async def import_profiles(store_id: str, import_id: str) -> None:
        await importing.run(rt.db, mint, clock, StoreId(store_id), import_id)

    @app.task(name=EXPIRE_IMPORT, retry=_UNTIL_DONE)
    async def expire_import(store_id: str, import_id: str) -> None:
        await imports.expire(rt.db, clock(), StoreId(store_id), import_id)

    @app.task(name=DELETE_STORE, retry=_UNTIL_DONE)
    async def delete_store(store_id: str, operation_id: str) -> None:
        await stores.erase(rt.db, clock, StoreId(store_id), operation_id)

    @app.task(name=DROP_TRAITS, retry=_UNTIL_DONE)
    async def drop_traits(
        store_id: str, trait_group: str, trait_names: list[str] | None, until: str, operation_id: str
    ) -> None:
        before = datetime.fromisoformat(until)
        await trait_groups.drop_values(rt.db, clock, StoreId(store_id), trait_group, trait_names, before, operation_id)

    return app
