"""Observations that come in through the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.observations import Observation
from regulars.storage import jobs, observations, profiles
from regulars.storage.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a caller says about a customer."""

    content: str
    source: str
    occurred_at: datetime
    conversation_ids: tuple[str, ...]


async def require_memory_version(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> int:
    """The next version of the profile's memory; holds the profile until the transaction ends."""
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is None:
        raise await gone(tx, store_id, profile_id)
    return version


async def gone(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Moved | NotFound:
    """Why a profile cannot be written to."""
    place = await profiles.fetch_place(tx, store_id, profile_id)
    if place is None or place.merged_into is None:
        return NotFound(f"There is no profile {profile_id} in this store")
    return Moved(profile_id, place.merged_into)


async def add(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, statements: Sequence[Statement]) -> None:
    """Words find them as soon as this commits, their vectors follow by a job."""
    version = await require_memory_version(tx, store_id, profile_id)
    fresh = [_observation(ctx, statement) for statement in statements]
    await observations.insert_each(tx, store_id, profile_id, fresh, version)
    await jobs.enqueue_embed(tx, store_id, profile_id, since_version=version)


def _observation(ctx: Ctx, statement: Statement) -> Observation:
    return Observation(
        observation_id=ctx.mint(ids.OBSERVATION),
        content=statement.content,
        source=statement.source,
        occurred_at=statement.occurred_at,
        conversation_ids=statement.conversation_ids,
        communication_ids=(),
        attribute=None,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
