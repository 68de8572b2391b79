"""What was known at some time: recall as it would have been."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from regulars.ai.ports import Embedder
from regulars.core.ids import ProfileId, StoreId
from regulars.recall.snapshot import KINDS, Kind, Memory, Snapshot
from regulars.recall.spoken import KIND
from regulars.services.recall_communications import CommunicationHit
from regulars.services.recall_lines import memory_of
from regulars.storage import memories
from regulars.storage.db import Db

_EMBEDDED_MAX: Final = 64
"""Former wordings that get a vector for the request, about 5 ms each; the others are found by their words."""


async def read_former(db: Db, store_id: StoreId, profile_id: ProfileId, as_of: datetime) -> list[Memory]:
    """Observations that have been changed since, as they stood, the newest first. No vectors of those are kept."""
    async with db.read() as tx:
        rows = await memories.list_former(tx, store_id, profile_id, as_of)
    former = [memory_of(row, None) for row in rows]
    return sorted(former, key=lambda memory: memory.updated_at, reverse=True)


async def embedded(embedder: Embedder, former: Sequence[Memory]) -> list[Memory]:
    """With vectors of the first of them."""
    chosen = former[:_EMBEDDED_MAX]
    vectors = await embedder.embed([memory.content for memory in chosen], kind="document") if chosen else ()
    return [
        *(replace(memory, vector=vector) for memory, vector in zip(chosen, vectors, strict=True)),
        *former[_EMBEDDED_MAX:],
    ]


def stood(now: Snapshot, kinds: Sequence[Kind], as_of: datetime) -> bool:
    """Whether all of it was there already, in its present words where former ones are kept."""
    views = [now.view(kind) for kind in kinds]
    return all(_was_there(view.memory(row), as_of) for view in views for row in np.flatnonzero(view.alive()).tolist())


def own_then(now: Snapshot, dimensions: int, former: Sequence[Memory], as_of: datetime) -> Snapshot:
    """Observations in the wording that they had, and summaries that were there. What was deleted since is not in `now`,
    what is there today, and stays deleted."""
    unchanged, there = ([one for one in now.view(kind) if _was_there(one, as_of)] for kind in KINDS)
    return _made(now, dimensions, KINDS, [*unchanged, *former, *there])


def said_then(now: Snapshot, dimensions: int, as_of: datetime) -> Snapshot:
    """Communications that had been captured by then, in their present words."""
    return _made(now, dimensions, (KIND,), [one for one in now.view(KIND) if _was_there(one, as_of)])


def told_then(hits: Iterable[CommunicationHit], as_of: datetime) -> list[CommunicationHit]:
    """Without the neighbours that came later."""
    return [replace(hit, context=[one for one in hit.context if one.created_at <= as_of]) for hit in hits]


def _was_there(memory: Memory, as_of: datetime) -> bool:
    return (memory.updated_at if memory.kind == "observation" else memory.created_at) <= as_of


def _made(now: Snapshot, dimensions: int, kinds: Sequence[Kind], memories_then: Sequence[Memory]) -> Snapshot:
    return Snapshot.empty(dimensions, kinds).updated(memories_then, now.version)
