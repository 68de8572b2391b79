"""Waits until a server has computed the vectors of all that it was told, and made its memories of it.

Nothing in the public API says so. Of a server of our own the database is asked; of another it is taken for done when
the same questions get the same answers for a while.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from regulars.cli.client import Json
from regulars.cli.demo_server import last_failure
from regulars.cli.quality.corpus import Mode
from regulars.cli.quality.ingest import Known
from regulars.cli.quality.place import Place
from regulars.core import limits
from regulars.core.errors import RegularsError
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.runtime import embedder_name, monotonic
from regulars.storage import conversations, memories
from regulars.storage.db import Db
from regulars.storage.embedded import running

_PATIENCE_S: Final = 1800.0
_READING_S: Final = 600.0
"""For one conversation more."""
_POLL_S: Final = 0.25
_EVER: Final = datetime.max.replace(tzinfo=UTC)
_PROBES: Final = 3
"""Questions of each dialogue."""


async def settled_here(data_dir: Path, place: Place, known: Sequence[Known], mode: Mode) -> None:
    async with _database(data_dir) as db:
        await _until_settled(db, place, known, mode)


async def extracted_here(
    data_dir: Path, place: Place, known: Sequence[Known], on_conversation: Callable[[], None]
) -> None:
    """Every conversation was read to its end; in the order in which they were told."""
    async with _database(data_dir) as db:
        for one in known:
            for conversation_id in one.conversations:
                give_up = monotonic() + _READING_S
                while not await _is_extracted(db, place, one.profile_id, conversation_id):
                    if monotonic() > give_up:
                        trouble = last_failure(data_dir) or "does a worker run?"
                        raise RegularsError(f"A conversation was not read within {_READING_S:.0f} seconds: {trouble}")
                    await asyncio.sleep(_POLL_S)
                on_conversation()


async def settled_there(place: Place, known: Sequence[Known], mode: Mode, quiet_s: float) -> None:
    give_up = monotonic() + _PATIENCE_S
    answers = await _probe(place, known, mode)
    unchanged_since = monotonic()
    while monotonic() - unchanged_since < quiet_s:
        _check_patience(give_up)
        await asyncio.sleep(_POLL_S)
        fresh = await _probe(place, known, mode)
        if fresh != answers:
            answers, unchanged_since = fresh, monotonic()


@asynccontextmanager
async def _database(data_dir: Path) -> AsyncGenerator[Db]:
    conninfo = running(data_dir)
    if conninfo is None:
        raise RegularsError("The server's database is gone")
    db = Db(conninfo, connections_max=1)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def _is_extracted(db: Db, place: Place, profile_id: str, conversation_id: str) -> bool:
    async with db.read() as tx:
        progress = await memories.fetch_progress(
            tx, StoreId(place.store_id), ProfileId(profile_id), ConversationId(conversation_id)
        )
    return progress is not None and progress.summarised_at is not None


async def _until_settled(db: Db, place: Place, known: Sequence[Known], mode: Mode) -> None:
    give_up = monotonic() + _PATIENCE_S
    waiting = list(known)
    while waiting:
        _check_patience(give_up)
        waiting = [one for one in waiting if await _lacks(db, place, one, mode)]
        if waiting:
            await asyncio.sleep(_POLL_S)


async def _lacks(db: Db, place: Place, known: Known, mode: Mode) -> bool:
    async with db.read() as tx:
        if mode == "communications":
            return bool(await conversations.list_embedding_due(tx, _EVER, limit=1))
        lacking = await memories.list_unembedded(
            tx,
            StoreId(place.store_id),
            ProfileId(known.profile_id),
            model=embedder_name(),
            since_version=0,
            limit=1,
        )
        return bool(lacking)


async def _probe(place: Place, known: Sequence[Known], mode: Mode) -> list[Json]:
    asked = {"observationsLimit": 0, "summariesLimit": 0, f"{mode}Limit": limits.RECALL_ITEMS_MAX}
    return [
        (await place.recall(one.profile_id, asked | {"query": question.text[: limits.RECALL_QUERY_CHARS_MAX]}))[mode]
        for one in known
        for question in one.dialogue.questions[:_PROBES]
    ]


def _check_patience(give_up: float) -> None:
    if monotonic() > give_up:
        raise RegularsError(f"The vectors did not come within {_PATIENCE_S:.0f} seconds: does a worker run?")
