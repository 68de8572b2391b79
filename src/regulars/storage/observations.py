"""Observations and their revisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import Order
from regulars.domain.observations import Observation
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("observations")


class Revision(NamedTuple):
    """One state of an observation; `place` orders the states."""

    place: str
    observation: Observation


class Related(NamedTuple):
    """An observation with its vector, when there is one of the model in use."""

    observation: Observation
    vector: bytes | None


async def insert_each(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, observations: Sequence[Observation], memory_version: int
) -> None:
    """In one round trip. `memory_version` is the profile's next."""
    await tx.run_each(
        SQL["insert_observation"],
        [
            {
                "store_id": store_id,
                "profile_id": profile_id,
                "memory_version": memory_version,
                "now": observation.created_at,
                **_columns(observation),
            }
            for observation in observations
        ],
    )


async def revise_each(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, observations: Sequence[Observation], memory_version: int
) -> None:
    """Keeps the states before as revisions, then writes the new ones under the same ids. Each at most once."""
    key = {"store_id": store_id, "profile_id": profile_id}
    await tx.run_each(SQL["insert_revision"], [{**key, "observation_id": one.observation_id} for one in observations])
    await tx.run_each(
        SQL["revise_observation"],
        [{**key, "memory_version": memory_version, "now": one.updated_at, **_columns(one)} for one in observations],
    )


async def fetch(tx: Tx, store_id: StoreId, profile_id: ProfileId, observation_id: str) -> Observation | None:
    return await tx.maybe(
        SQL["fetch_observation"],
        _observation,
        store_id=store_id,
        profile_id=profile_id,
        observation_id=observation_id,
    )


async def delete(tx: Tx, store_id: StoreId, profile_id: ProfileId, observation_id: str) -> bool:
    """With its revisions. False when it is not there."""
    return bool(
        await tx.run(SQL["delete_observation"], store_id=store_id, profile_id=profile_id, observation_id=observation_id)
    )


async def list_revisions(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, observation_id: str, order: Order, key: str, limit: int
) -> list[Revision]:
    """The state that holds and all before it."""
    return await tx.all(
        SQL[f"list_revisions.{order}"],
        _revision,
        store_id=store_id,
        profile_id=profile_id,
        observation_id=observation_id,
        key=key,
        limit=limit,
    )


async def list_former(tx: Tx, store_id: StoreId, profile_id: ProfileId, key: str, limit: int) -> list[Revision]:
    """Former states of all observations, those of one together, the oldest first."""
    return await tx.all(SQL["list_former"], _revision, store_id=store_id, profile_id=profile_id, key=key, limit=limit)


async def list_page(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    order: Order,
    key: str,
    limit: int,
    *,
    source: str | None,
    created_after: datetime | None,
    created_before: datetime | None,
    conversation_id: str | None,
) -> list[Observation]:
    return await tx.all(
        SQL[f"list_observations.{order}"],
        _observation,
        store_id=store_id,
        profile_id=profile_id,
        key=key,
        limit=limit,
        source=source,
        created_after=created_after,
        created_before=created_before,
        conversation_id=conversation_id,
    )


async def list_related(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    *,
    model: str,
    attributes: Sequence[str],
    near: Sequence[str],
    known_version: int,
) -> list[Related]:
    """What is filed under one of the attributes, is one of those `near`, or changed after version `known_version`."""
    return await tx.all(
        SQL["list_related"],
        _related,
        store_id=store_id,
        profile_id=profile_id,
        model=model,
        attributes=list(attributes),
        near=list(near),
        known_version=known_version,
    )


async def list_vectors(
    tx: Tx, store_id: StoreId, profile_id: ProfileId, *, model: str, key: str, limit: int
) -> list[tuple[str, bytes | None]]:
    """By id, those after `key`."""
    return await tx.many(
        SQL["list_vectors"], _pair, store_id=store_id, profile_id=profile_id, model=model, key=key, limit=limit
    )


def _pair(observation_id: str, vector: bytes | None) -> tuple[str, bytes | None]:
    return observation_id, vector


def _related(*, vector: bytes | None, **columns: Any) -> Related:
    return Related(_observation(**columns), vector)


def _columns(observation: Observation) -> dict[str, Any]:
    return {
        "observation_id": observation.observation_id,
        "content": observation.content,
        "source": observation.source,
        "occurred_at": observation.occurred_at,
        "conversation_ids": list(observation.conversation_ids),
        "communication_ids": list(observation.communication_ids),
        "attribute": observation.attribute,
        "confidence": observation.confidence,
        "flags": list(observation.flags),
        "extracted_by": observation.extracted_by,
    }


def _observation(
    *, conversation_ids: list[str], communication_ids: list[str], flags: list[str], **columns: Any
) -> Observation:
    return Observation(
        conversation_ids=tuple(conversation_ids),
        communication_ids=tuple(communication_ids),
        flags=tuple(flags),
        **columns,
    )


def _revision(*, place: str, **columns: Any) -> Revision:
    return Revision(place, _observation(**columns))
