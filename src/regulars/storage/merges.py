"""Merges of profiles: rows that change their profile, and the record of why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import StoreId
from regulars.core.page import Order
from regulars.domain.identity import Identifier
from regulars.domain.merges import Ledger, MergeRecord
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("merges")


class Locked(NamedTuple):
    memory_version: int
    merged_into: str | None
    created_at: datetime


class Memories(NamedTuple):
    """The ids of what moved."""

    observation_ids: list[str]
    summary_ids: list[str]


async def lock(tx: Tx, store_id: StoreId, profile_id: str) -> Locked | None:
    """Keeps every other writer from the profile until the transaction ends."""
    return await tx.maybe(SQL["lock_profile"], Locked, store_id=store_id, profile_id=profile_id)


async def next_memory_version_after(tx: Tx, store_id: StoreId, profile_id: str, memory_version: int) -> int:
    return await tx.value(
        SQL["next_memory_version_after"], store_id=store_id, profile_id=profile_id, memory_version=memory_version
    )


async def move_memories(
    tx: Tx,
    store_id: StoreId,
    *,
    from_id: str,
    to_id: str,
    memory_version: int,
    observation_ids: Sequence[str] | None = None,
    summary_ids: Sequence[str] | None = None,
) -> Memories:
    """Copies observations with their revisions, summaries and vectors; None stands for all. The rows that they were
    copied from are the caller's to delete."""
    way: dict[str, Any] = {"store_id": store_id, "from_id": from_id, "to_id": to_id}
    chosen = None if observation_ids is None else list(observation_ids)
    observations = await tx.column(SQL["move_observations"], **way, memory_version=memory_version, ids=chosen)
    await tx.run(SQL["move_revisions"], **way, ids=chosen)
    chosen = None if summary_ids is None else list(summary_ids)
    summaries = await tx.column(SQL["move_summaries"], **way, memory_version=memory_version, ids=chosen)
    await tx.run(SQL["move_embeddings"], **way, ids=[*observations, *summaries])
    return Memories(observations, summaries)


async def delete_memories(tx: Tx, store_id: StoreId, profile_id: str, moved: Memories) -> None:
    """What was copied elsewhere leaves this profile."""
    key: dict[str, Any] = {"store_id": store_id, "profile_id": profile_id}
    await tx.run(SQL["delete_observations"], **key, ids=moved.observation_ids)
    await tx.run(SQL["delete_summaries"], **key, ids=moved.summary_ids)
    await tx.run(SQL["delete_embeddings"], **key, ids=[*moved.observation_ids, *moved.summary_ids])


async def move_rest(tx: Tx, store_id: StoreId, *, from_id: str, to_id: str) -> None:
    """Identifiers, accepted batches and the record of earlier merges, all of them."""
    way = {"store_id": store_id, "from_id": from_id, "to_id": to_id}
    await tx.run(SQL["move_identifiers"], **way)
    await tx.run(SQL["move_batches"], **way)
    await tx.run(SQL["move_merges"], **way, ids=None)


async def move_merges(tx: Tx, store_id: StoreId, merge_ids: Sequence[str], *, from_id: str, to_id: str) -> None:
    ids = list(merge_ids)
    await tx.run(SQL["move_merges"], store_id=store_id, from_id=from_id, to_id=to_id, ids=ids)
    await tx.run(SQL["delete_merges"], store_id=store_id, profile_id=from_id, ids=ids)


async def list_conversation_ids(tx: Tx, store_id: StoreId, profile_id: str) -> list[str]:
    return await tx.column(SQL["list_conversation_ids"], store_id=store_id, profile_id=profile_id)


async def move_conversations(
    tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], *, from_id: str, to_id: str, memory_version: int
) -> None:
    """The lookup beside the profiles; from the first it goes when its profile does, or by `delete_conversations`. The
    version is the second's next."""
    await tx.run(
        SQL["move_conversations"],
        store_id=store_id,
        from_id=from_id,
        to_id=to_id,
        ids=list(conversation_ids),
        memory_version=memory_version,
    )


async def touch_conversations(
    tx: Tx, store_id: StoreId, profile_id: str, conversation_ids: Sequence[str], memory_version: int
) -> None:
    """Marks conversations as joined anew, so that snapshots read them again."""
    await tx.run(
        SQL["touch_conversations"],
        store_id=store_id,
        profile_id=profile_id,
        ids=list(conversation_ids),
        memory_version=memory_version,
    )


async def delete_conversations(tx: Tx, store_id: StoreId, profile_id: str, conversation_ids: Sequence[str]) -> None:
    await tx.run(SQL["delete_conversations"], store_id=store_id, profile_id=profile_id, ids=list(conversation_ids))


async def take_over_participants(
    tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], *, from_id: str, to_id: str
) -> list[str]:
    """Who takes part in these conversations as one profile does so as another from now on. Returns their ids."""
    return await tx.column(
        SQL["take_over_participants"],
        store_id=store_id,
        conversation_ids=list(conversation_ids),
        from_id=from_id,
        to_id=to_id,
    )


async def give_back_participants(
    tx: Tx,
    store_id: StoreId,
    conversation_ids: Sequence[str],
    participant_ids: Sequence[str],
    *,
    from_id: str,
    to_id: str,
) -> None:
    await tx.run(
        SQL["give_back_participants"],
        store_id=store_id,
        conversation_ids=list(conversation_ids),
        participant_ids=list(participant_ids),
        from_id=from_id,
        to_id=to_id,
    )


async def delete_profiles(tx: Tx, store_id: StoreId, profile_ids: Sequence[str]) -> None:
    """With everything in their scope; their values in the lookup are the caller's."""
    await tx.run(SQL["delete_profiles"], store_id=store_id, profile_ids=list(profile_ids))


async def insert_signpost(tx: Tx, store_id: StoreId, profile_id: str, was: Locked, merged_into: str) -> None:
    await tx.run(
        SQL["insert_signpost"],
        store_id=store_id,
        profile_id=profile_id,
        memory_version=was.memory_version + 1,
        created_at=was.created_at,
        merged_into=merged_into,
    )


async def point_to(tx: Tx, store_id: StoreId, profile_ids: Sequence[str], canonical_id: str | None) -> None:
    """Signposts lead to another profile, or with None become profiles again."""
    await tx.run(SQL["point_to"], store_id=store_id, profile_ids=list(profile_ids), merged_into=canonical_id)


async def hold(tx: Tx, store_id: StoreId, profile_ids: Iterable[str]) -> bool:
    """Nobody merges or deletes these until the transaction ends. False when that happened to one of them already."""
    rows = [{"store_id": store_id, "profile_id": profile_id} for profile_id in sorted(profile_ids)]
    return await tx.run_each(SQL["hold_profile"], rows) == len(rows)


async def list_apart(tx: Tx, store_id: StoreId, profile_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """To each profile those that somebody separated from it, or what they are part of by now."""
    rows = await tx.all(SQL["list_apart"], _pair, store_id=store_id, profile_ids=list(profile_ids))
    others = sorted({other_id for _, other_id in rows})
    moved = dict(await tx.all(SQL["list_signposts"], _signpost, store_id=store_id, profile_ids=others))
    apart: dict[str, frozenset[str]] = {}
    for profile_id, other_id in rows:
        apart[profile_id] = apart.get(profile_id, frozenset()) | {moved.get(other_id, other_id)}
    return apart


async def insert(
    tx: Tx,
    store_id: StoreId,
    *,
    merge_id: str,
    canonical_id: str,
    other_id: str,
    identifier: Identifier,
    actor: str,
    ledger: Ledger,
    now: datetime,
) -> None:
    await tx.run(
        SQL["insert_merge"],
        store_id=store_id,
        profile_id=canonical_id,
        merge_id=merge_id,
        other_profile_id=other_id,
        id_type=identifier.id_type,
        value=identifier.value,
        actor=actor,
        ledger=Jsonb(ledger),
        now=now,
    )


async def insert_refusal(
    tx: Tx,
    store_id: StoreId,
    *,
    merge_id: str,
    profile_id: str,
    other_id: str,
    identifier: Identifier,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Nothing happens when the same was refused before."""
    await tx.run(
        SQL["insert_refusal"],
        store_id=store_id,
        profile_id=profile_id,
        merge_id=merge_id,
        other_profile_id=other_id,
        id_type=identifier.id_type,
        value=identifier.value,
        reason=reason,
        actor=actor,
        now=now,
    )


async def mark_undone(tx: Tx, store_id: StoreId, profile_id: str, merge_id: str, *, actor: str, now: datetime) -> None:
    await tx.run(SQL["mark_undone"], store_id=store_id, profile_id=profile_id, merge_id=merge_id, actor=actor, now=now)


async def fetch(tx: Tx, store_id: StoreId, profile_id: str, merge_id: str) -> MergeRecord | None:
    return await tx.maybe(SQL["fetch_merge"], MergeRecord, store_id=store_id, profile_id=profile_id, merge_id=merge_id)


async def list_ledgers(tx: Tx, store_id: StoreId, profile_id: str) -> dict[str, Ledger]:
    """Of the merges that made this profile what it is, by their ids."""
    return dict(await tx.all(SQL["list_ledgers"], _ledger, store_id=store_id, profile_id=profile_id))


async def update_ledgers(tx: Tx, store_id: StoreId, profile_id: str, ledgers: Mapping[str, Ledger]) -> None:
    key = {"store_id": store_id, "profile_id": profile_id}
    rows = [{**key, "merge_id": merge_id, "ledger": Jsonb(ledger)} for merge_id, ledger in ledgers.items()]
    await tx.run_each(SQL["update_ledger"], rows)


async def list_page(
    tx: Tx, store_id: StoreId, profile_id: str, order: Order, key: str, limit: int
) -> list[MergeRecord]:
    return await tx.all(
        SQL[f"list_merges.{order}"], MergeRecord, store_id=store_id, profile_id=profile_id, key=key, limit=limit
    )


async def list_of_family(tx: Tx, store_id: StoreId, profile_id: str, into_ids: Sequence[str]) -> list[str]:
    """The ids of all merges on record into these, also of those that were undone or refused."""
    return await tx.column(SQL["list_of_family"], store_id=store_id, profile_id=profile_id, into_ids=list(into_ids))


async def list_active(tx: Tx, store_id: StoreId, profile_id: str) -> list[MergeRecord]:
    return await tx.all(SQL["list_active"], MergeRecord, store_id=store_id, profile_id=profile_id)


def _pair(*, profile_id: str, other_profile_id: str) -> tuple[str, str]:
    return profile_id, other_profile_id


def _signpost(*, profile_id: str, merged_into: str) -> tuple[str, str]:
    return profile_id, merged_into


def _ledger(*, merge_id: str, ledger: object) -> tuple[str, Ledger]:
    return merge_id, msgspec.convert(ledger, Ledger)
