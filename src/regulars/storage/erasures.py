"""What conversations hold of a customer, taken out for good."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from regulars.core.ids import StoreId
from regulars.domain.conversations import Participant
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("erasures")

_NOBODY: Final = "erased"
"""Agent Connect insists on a name (contract §8a Q18)."""


class Stranger(NamedTuple):
    """A participant of whom nobody knows who it is."""

    conversation_id: str
    participant_id: str


class _Found(NamedTuple):
    conversation_id: str
    key: str


async def has_waiting_work(tx: Tx, store_id: StoreId) -> bool:
    """Whether something was accepted that may still name any customer."""
    batches = await tx.value(SQL["count_waiting_batches"], store_id=store_id)
    return bool(batches or await tx.value(SQL["count_waiting_imports"], store_id=store_id))


async def insert_erased(tx: Tx, store_id: StoreId, digests: Sequence[str], now: datetime) -> None:
    await tx.run(SQL["insert_erased"], store_id=store_id, digests=list(digests), now=now)


async def list_erased(tx: Tx, store_id: StoreId, since: datetime) -> frozenset[str]:
    return frozenset(await tx.column(SQL["list_erased"], store_id=store_id, since=since))


async def delete_erased(tx: Tx, store_id: StoreId) -> None:
    await tx.run(SQL["delete_erased"], store_id=store_id)


async def delete_conversations(
    tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], channel_ids: Iterable[tuple[str, str]]
) -> None:
    """Everything that was said, by whomever, and every way to find it. `channel_ids` are pairs of conversation and the
    channel id of an address."""
    scope: dict[str, Any] = {"store_id": store_id, "conversation_ids": list(conversation_ids)}
    found = await tx.all(SQL["list_channels"], _channel, **scope)
    await _delete_channels(tx, store_id, {*found, *channel_ids})
    await _delete_groups(tx, scope)
    await tx.run(SQL["delete_conversations"], **scope)


async def list_strangers(tx: Tx, store_id: StoreId, addresses: Iterable[str]) -> list[Stranger]:
    """Who takes part with one of these addresses and without a profile."""
    found = [
        await tx.all(SQL["list_strangers"], Stranger, store_id=store_id, wanted=Jsonb([{"address": address}]))
        for address in addresses
    ]
    return [one for some in found for one in some]


async def delete_deliveries(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> None:
    """What was told of these conversations, and what was still to be."""
    scope: dict[str, Any] = {"store_id": store_id, "conversation_ids": list(conversation_ids)}
    await tx.run(SQL["delete_deliveries"], **scope)
    await tx.run(SQL["delete_queues"], **scope)


async def forget_participants(
    tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], those: Sequence[Participant], now: datetime
) -> None:
    """Out of conversations that other customers take part in: what these said and were sent, their names and
    addresses. What is left gets new vectors, as those before were made from their words, too. The next message of the
    others opens another conversation, as the group that it was known by named them all."""
    scope: dict[str, Any] = {"store_id": store_id, "conversation_ids": list(conversation_ids)}
    await _delete_groups(tx, scope)
    await tx.run(SQL["ungroup"], **scope, now=now)
    who = [one.participant_id for one in those]
    theirs = await tx.all(SQL["list_channels_of"], _channel, **scope, participant_ids=who)
    addresses = [address.address for one in those for address in one.addresses]
    await tx.run(SQL["delete_actions"], **scope, participant_ids=who, addresses=addresses)
    await tx.run(SQL["delete_said"], **scope, participant_ids=who)
    await tx.run(SQL["delete_addressed"], **scope, participant_ids=who)
    await tx.run(SQL["delete_unaddressed"], **scope)
    await tx.run(SQL["delete_embeddings"], **scope)
    left = await tx.all(SQL["list_channels"], _channel, **scope)
    await _delete_channels(tx, store_id, {*theirs} - {*left})
    await tx.run(SQL["forget_participants"], **scope, participant_ids=who, name=_NOBODY)
    await tx.run(SQL["delete_deliveries_about"], **scope, patterns=[f"%{participant_id}%" for participant_id in who])


async def _delete_channels(tx: Tx, store_id: StoreId, found: Iterable[tuple[str, str | None]]) -> None:
    rows = [
        {"store_id": store_id, "conversation_id": conversation_id, "channel_id": channel_id}
        for conversation_id, channel_id in found
        if channel_id is not None
    ]
    await tx.run_each(SQL["delete_channel"], rows)


async def _delete_groups(tx: Tx, scope: dict[str, Any]) -> None:
    found = await tx.all(SQL["list_group_keys"], _group, **scope)
    rows = [
        {"store_id": scope["store_id"], "conversation_id": one.conversation_id, "group_key": one.key} for one in found
    ]
    await tx.run_each(SQL["delete_group"], rows)


def _group(*, conversation_id: str, group_key: str) -> _Found:
    return _Found(conversation_id, group_key)


def _channel(*, conversation_id: str, channel_id: str | None) -> tuple[str, str | None]:
    return conversation_id, channel_id
