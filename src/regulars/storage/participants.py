"""Participants of conversations."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import ConversationId, StoreId
from regulars.core.page import Order
from regulars.domain.conversations import Address, Participant, ParticipantType
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("participants")


class Speaker(NamedTuple):
    """A participant as recall reads it."""

    conversation_id: str
    participant_id: str
    name: str
    type: ParticipantType
    profile_id: str | None


async def insert_each(tx: Tx, store_id: StoreId, participants: Sequence[Participant]) -> None:
    await tx.run_each(
        SQL["insert_participant"],
        [
            {
                "store_id": store_id,
                "conversation_id": participant.conversation_id,
                "participant_id": participant.participant_id,
                "name": participant.name,
                "type": participant.type,
                "profile_id": participant.profile_id,
                "addresses": Jsonb(participant.addresses),
                "now": participant.created_at,
            }
            for participant in participants
        ],
    )


async def update(tx: Tx, store_id: StoreId, participant: Participant) -> None:
    await tx.run(
        SQL["update_participant"],
        store_id=store_id,
        conversation_id=participant.conversation_id,
        participant_id=participant.participant_id,
        name=participant.name,
        type=participant.type,
        profile_id=participant.profile_id,
        addresses=Jsonb(participant.addresses),
        now=participant.updated_at,
    )


async def fetch(tx: Tx, store_id: StoreId, conversation_id: ConversationId, participant_id: str) -> Participant | None:
    return await tx.maybe(
        SQL["fetch_participant"],
        _participant,
        store_id=store_id,
        conversation_id=conversation_id,
        participant_id=participant_id,
    )


async def list_all(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> list[Participant]:
    return await tx.all(SQL["list_participants"], _participant, store_id=store_id, conversation_id=conversation_id)


async def ask_all(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> Answer[Participant]:
    """`list_all` inside `together`."""
    return await tx.ask(SQL["list_participants"], _participant, store_id=store_id, conversation_id=conversation_id)


async def list_of(
    tx: Tx, store_ids: Sequence[StoreId], conversation_ids: Sequence[str]
) -> dict[str, list[Participant]]:
    """The participants of several conversations, by conversation."""
    rows = await tx.all(
        SQL["list_participants_of"],
        _participant,
        store_ids=list(store_ids),
        conversation_ids=list(conversation_ids),
    )
    found: dict[str, list[Participant]] = {conversation_id: [] for conversation_id in conversation_ids}
    for participant in rows:
        found[participant.conversation_id].append(participant)
    return found


async def list_page(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, order: Order, key: str, limit: int
) -> list[Participant]:
    return await tx.all(
        SQL[f"page_participants.{order}"],
        _participant,
        store_id=store_id,
        conversation_id=conversation_id,
        key=key,
        limit=limit,
    )


async def ask_speakers(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> Answer[Speaker]:
    """Inside `together`: of several conversations."""
    return await tx.ask(SQL["list_speakers"], Speaker, store_id=store_id, conversation_ids=list(conversation_ids))


async def ask_of(tx: Tx, store_ids: Sequence[StoreId], conversation_ids: Sequence[str]) -> Answer[Participant]:
    """The participants of several conversations, inside `together`."""
    return await tx.ask(
        SQL["list_participants_of"], _participant, store_ids=list(store_ids), conversation_ids=list(conversation_ids)
    )


def _participant(*, addresses: list[Any], **columns: Any) -> Participant:
    return Participant(addresses=msgspec.convert(addresses, list[Address]), **columns)
