"""The tasks, bound to a runtime."""

from typing import Final

from procrastinate import App, PsycopgConnector, RetryStrategy

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.runtime import Runtime, clock, mint
from regulars.services import embedding, extraction
from regulars.services.extraction import Subject
from regulars.storage.jobs import EMBED, EXTRACT

CONCURRENCY: Final = 4
"""Jobs at once in one worker."""

_RETRY: Final = RetryStrategy(max_attempts=10, exponential_wait=2)
"""2 s, 4 s, … about 17 minutes in all; then the job stays in the table as failed, for somebody to look at."""


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

    return app
