"""Conversations: opened by a caller, changed by a caller or by time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, GroupTaken, InvalidInput, NotFound
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.configurations import Configuration
from regulars.domain.conversations import (
    Address,
    Conversation,
    Participant,
    ParticipantType,
    Status,
    due_at,
    group_key,
    status_when_due,
)
from regulars.services.canonical import followed
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import participant, resolve_customer
from regulars.storage import conversations, jobs, participants
from regulars.storage.db import Tx

Edit = Callable[[Conversation], Conversation]
"""What a caller wants of a conversation: another status, name or metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParticipant:
    """A participant as a caller describes it. A CUSTOMER without a profile is resolved by their addresses."""

    addresses: Sequence[Address]
    type: ParticipantType
    name: str | None
    profile_id: str | None


async def create(
    tx: Tx,
    ctx: Ctx,
    configuration: Configuration,
    *,
    name: str | None,
    metadata: Mapping[str, str],
    people: Sequence[NewParticipant],
) -> tuple[Conversation, list[Participant]]:
    """Raises GroupTaken when the participants already have an open conversation of this configuration."""
    store_id = StoreId(configuration.document.memory_store_id)
    conversation_id = ConversationId(ctx.mint(ids.CONVERSATION))
    present = [await _participant(tx, ctx, store_id, conversation_id, person) for person in people]
    addresses = [address for one in present for address in one.addresses]
    key = await _claim(tx, configuration, conversation_id, addresses, present) if addresses else None
    conversation = new_conversation(
        ctx, configuration, conversation_id, key, addresses, name=name, metadata=dict(metadata)
    )
    await conversations.insert(tx, conversation)
    await insert_participants(tx, ctx, store_id, present)
    return conversation, present


def new_conversation(
    ctx: Ctx,
    configuration: Configuration,
    conversation_id: ConversationId,
    key: str | None,
    addresses: Sequence[Address],
    *,
    name: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Conversation:
    """Keeps the configuration as it is now: later versions do not reach conversations that have begun."""
    channels = {address.channel for address in addresses}
    return Conversation(
        store_id=configuration.document.memory_store_id,
        conversation_id=conversation_id,
        configuration_id=configuration.configuration_id,
        configuration=configuration.document,
        group_key=key,
        status="ACTIVE",
        name=name,
        metadata=metadata or {},
        last_position=0,
        last_communication_at=ctx.now,
        due_at=due_at(configuration.document.channel_settings, channels, "ACTIVE", ctx.now),
        created_at=ctx.now,
        updated_at=ctx.now,
    )


async def add_participant(
    tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, person: NewParticipant
) -> Participant:
    fresh = await _participant(tx, ctx, store_id, conversation_id, person)
    conversation = await conversations.lock(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    if conversation.status == "CLOSED":
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and takes no more participants")
    present = await participants.list_all(tx, store_id, conversation_id)
    if any(one.speaks_from(own.channel, own.address) for one in present for own in fresh.addresses):
        raise Conflict("A participant with this address is in the conversation already")
    await insert_participants(tx, ctx, store_id, [fresh])
    await _apply(tx, ctx.now, conversation, conversation)
    return fresh


async def change(
    tx: Tx,
    ctx: Ctx,
    store_ids: Sequence[StoreId],
    conversation_id: str,
    edit: Edit,
) -> Conversation:
    """Applies `edit` to status, name and metadata. CLOSED is final; leaving ACTIVE sets the extraction going.

    `edit` is asked twice: before the row is held, to give the group free in the order in which messages claim it, and
    again on the row itself.
    """
    before = await conversations.fetch(tx, store_ids, conversation_id)
    if before is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    store_id = StoreId(before.store_id)
    if edit(before).status == "CLOSED":
        await conversations.delete_group(tx, before)
    current = await conversations.lock(tx, store_id, ConversationId(conversation_id))
    if current is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    wanted = edit(current)
    if current.status == "CLOSED" and wanted != current:
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and cannot change any more")
    if wanted == current:
        return current
    return await _apply(tx, ctx.now, current, wanted)


async def advance_due(tx: Tx, key: conversations.ConversationKey, now: datetime) -> Status | None:
    """Applies the timers that ran out by `now`. None when there was nothing to do any more: somebody else did it, or
    a message came in between."""
    before = await conversations.fetch(tx, [key.store_id], key.conversation_id)
    if before is None or before.due_at is None or before.due_at > now:
        return None
    status = await _status_by(tx, before, now)
    if status == "CLOSED":
        await conversations.delete_group(tx, before)
    current = await conversations.lock(tx, key.store_id, key.conversation_id)
    if current is None or current != before or await _status_by(tx, current, now) != status:
        raise LostRaceError
    await _apply(tx, now, current, replace(current, status=status))
    return status


class LostRaceError(Exception):
    """The conversation changed while its timer was being applied; the next tick looks again."""


async def _status_by(tx: Tx, conversation: Conversation, now: datetime) -> Status:
    channels = await _channels(tx, conversation)
    settings = conversation.configuration.channel_settings
    return status_when_due(settings, channels, conversation.status, conversation.last_communication_at, now)


async def _apply(tx: Tx, now: datetime, current: Conversation, wanted: Conversation) -> Conversation:
    channels = await _channels(tx, current)
    due = due_at(current.configuration.channel_settings, channels, wanted.status, current.last_communication_at)
    changed = replace(wanted, due_at=due, updated_at=now)
    await conversations.update(
        tx,
        current,
        status=changed.status,
        name=changed.name,
        metadata=changed.metadata,
        due_at=changed.due_at,
        now=now,
    )
    if changed.status not in {current.status, "ACTIVE"}:
        await _enqueue_extraction(tx, changed)
    return changed


async def _enqueue_extraction(tx: Tx, conversation: Conversation) -> None:
    if not conversation.configuration.memory_extraction_enabled:
        return
    store_id = StoreId(conversation.store_id)
    conversation_id = ConversationId(conversation.conversation_id)
    present = await participants.list_all(tx, store_id, conversation_id)
    for profile_id in sorted({one.profile_id for one in present if one.type == "CUSTOMER" and one.profile_id}):
        await jobs.enqueue_extract(tx, store_id, ProfileId(profile_id), conversation_id)


async def _channels(tx: Tx, conversation: Conversation) -> set[str]:
    present = await participants.list_all(
        tx, StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    )
    return {address.channel for one in present for address in one.addresses}


async def _claim(
    tx: Tx,
    configuration: Configuration,
    conversation_id: ConversationId,
    addresses: Sequence[Address],
    present: Sequence[Participant],
) -> str:
    document = configuration.document
    profile_ids = [one.profile_id for one in present if one.type == "CUSTOMER" and one.profile_id]
    key = group_key(document.conversation_grouping_type, configuration.configuration_id, addresses, profile_ids)
    owner = await conversations.claim_group(tx, StoreId(document.memory_store_id), key, conversation_id)
    if owner != conversation_id:
        raise GroupTaken(owner)
    return key


async def _participant(
    tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, person: NewParticipant
) -> Participant:
    profile_id = ProfileId(person.profile_id) if person.profile_id else None
    if profile_id is not None:
        profile_id = await followed(tx, store_id, profile_id)
        if profile_id is None:
            raise InvalidInput(f"profileId {person.profile_id} is not a profile of this store")
    if profile_id is None and person.type == "CUSTOMER":
        profile_id = await resolve_customer(tx, ctx, store_id, person.addresses)
    return participant(
        ctx,
        conversation_id,
        addresses=person.addresses,
        type_=person.type,
        name=person.name,
        profile_id=profile_id,
    )
