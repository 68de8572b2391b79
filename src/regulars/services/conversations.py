"""Conversations: opened by a caller, changed by a caller or by time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, InvalidInput, NotFound
from regulars.core.ids import ConversationId, Mint, ProfileId, StoreId
from regulars.domain.configurations import ConfigurationDocument
from regulars.domain.conversations import (
    LIFE_MAX,
    Address,
    Conversation,
    Participant,
    ParticipantType,
    Status,
    channels_of,
    due_at,
    status_when_due,
)
from regulars.domain.events import ConversationEvent, Event, ParticipantEvent
from regulars.services import callbacks
from regulars.services.canonical import followed
from regulars.services.events import tell
from regulars.services.grouping import hold, regroup
from regulars.services.operations import Started, start
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import participant, recognise, resolve_customer
from regulars.services.participants import update as update_participant
from regulars.storage import conversations, erasures, jobs, merges, participants, stores
from regulars.storage.db import Db, RetryTransactionError, Tx

Edit = Callable[[Conversation], Conversation]
"""What a caller wants of a conversation: another status, name, metadata or status callbacks."""


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
    document: ConfigurationDocument,
    *,
    configuration_id: str | None,
    name: str | None,
    metadata: Mapping[str, str],
    people: Sequence[NewParticipant],
) -> tuple[Conversation, list[Participant]]:
    """Raises GroupTaken when the participants already have an open conversation of this configuration. Without a
    configuration id it is one that the caller brought along."""
    store_id = StoreId(document.memory_store_id)
    conversation_id = ConversationId(ctx.mint(ids.CONVERSATION))
    present: list[Participant] = []
    for person in people:
        one = await _participant(tx, ctx, store_id, conversation_id, person)
        _refuse_taken(one, present)
        present.append(one)
    addresses = [address for one in present for address in one.addresses]
    fresh = new_conversation(
        ctx, document, conversation_id, [], addresses, configuration_id=configuration_id, name=name, metadata=metadata
    )
    conversation = await regroup(tx, fresh, present, insist=True)
    await conversations.insert(tx, conversation)
    await insert_participants(tx, ctx, store_id, present)
    events: list[Event] = [ConversationEvent("CONVERSATION_CREATED", conversation, present)]
    events += [ParticipantEvent("PARTICIPANT_ADDED", one) for one in present]
    await tell(tx, ctx, conversation, events)
    return conversation, present


def new_conversation(
    ctx: Ctx,
    document: ConfigurationDocument,
    conversation_id: ConversationId,
    group_keys: Sequence[str],
    addresses: Sequence[Address],
    *,
    configuration_id: str | None,
    name: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Conversation:
    """Keeps the configuration as it is now: later versions do not reach conversations that have begun."""
    channels = {address.channel for address in addresses}
    return Conversation(
        store_id=document.memory_store_id,
        conversation_id=conversation_id,
        configuration_id=configuration_id,
        configuration=document,
        group_keys=group_keys,
        status="ACTIVE",
        name=name,
        metadata=metadata or {},
        last_position=0,
        last_communication_at=ctx.now,
        due_at=due_at(document.channel_settings, channels, "ACTIVE", ctx.now, ends_at=ctx.now + LIFE_MAX),
        created_at=ctx.now,
        updated_at=ctx.now,
    )


async def add_participant(
    tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, person: NewParticipant
) -> Participant:
    """Raises GroupTaken when that would make it the twin of another open conversation."""
    fresh = await _participant(tx, ctx, store_id, conversation_id, person)
    conversation, present = await _hold_open(tx, store_id, conversation_id)
    if len(present) >= limits.PARTICIPANTS_PER_CONVERSATION_MAX:
        raise InvalidInput(f"A conversation has at most {limits.PARTICIPANTS_PER_CONVERSATION_MAX} participants")
    _refuse_taken(fresh, present)
    everybody = [*present, fresh]
    grouped = await regroup(tx, conversation, everybody, insist=True)
    await insert_participants(tx, ctx, store_id, [fresh])
    await settle(tx, ctx, conversation, grouped, everybody, [ParticipantEvent("PARTICIPANT_ADDED", fresh)])
    if conversation.status == "INACTIVE":
        await _enqueue_extraction(tx, conversation, [fresh])
    return fresh


async def replace_participant(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    conversation_id: ConversationId,
    participant_id: str,
    person: NewParticipant,
) -> Participant:
    """Replaces name, type, profile and addresses; what is absent is cleared. Raises as `add_participant` does."""
    wanted = await _participant(tx, ctx, store_id, conversation_id, person)
    conversation, present = await _hold_open(tx, store_id, conversation_id)
    before = next((one for one in present if one.participant_id == participant_id), None)
    if before is None:
        raise NotFound(f"There is no participant {participant_id} in this conversation")
    others = [one for one in present if one is not before]
    _refuse_taken(wanted, others)
    changed = replace(wanted, participant_id=participant_id, created_at=before.created_at)
    if replace(changed, updated_at=before.updated_at) == before:
        return before
    everybody = [changed if one is before else one for one in present]
    grouped = await regroup(tx, conversation, everybody, insist=True)
    await update_participant(tx, ctx, conversation, before, changed)
    await _forget_who_left(tx, store_id, before, everybody)
    await settle(tx, ctx, conversation, grouped, everybody, [ParticipantEvent("PARTICIPANT_UPDATED", changed)])
    return changed


async def _forget_who_left(tx: Tx, store_id: StoreId, before: Participant, everybody: Sequence[Participant]) -> None:
    """What led to the conversation through somebody who is somebody else now."""
    left = before.profile_id
    if left is not None and all(one.profile_id != left for one in everybody):
        await merges.delete_conversations(tx, store_id, left, [before.conversation_id])
    named = {own.channel_id for one in everybody for own in one.addresses}
    await conversations.delete_channels(
        tx,
        store_id,
        before.conversation_id,
        [own.channel_id for own in before.addresses if own.channel_id not in named],
    )


async def resolve_later(
    db: Db, mint: Mint, now: datetime, store_id: StoreId, conversation_id: ConversationId, participant_id: str
) -> None:
    """`resolve_participant` as a job."""
    async with db.read() as tx:
        account_sid = await stores.fetch_account_sid(tx, store_id)
    if account_sid is not None:
        ctx = Ctx(account_sid=account_sid, store_ids=(store_id,), now=now, mint=mint, actor="capture")
        await db.write(lambda tx: resolve_participant(tx, ctx, store_id, conversation_id, participant_id))


async def resolve_participant(
    tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, participant_id: str
) -> None:
    """Asks again whose a customer is who joined while nobody could say. Nothing happens when somebody else was faster,
    or the conversation is gone."""
    found = await participants.fetch(tx, store_id, conversation_id, participant_id)
    if found is None or found.type != "CUSTOMER" or found.profile_id is not None:
        return
    profile_id = await resolve_customer(tx, ctx, store_id, found.addresses)
    conversation = await hold(tx, store_id, conversation_id)
    if profile_id is None or conversation is None:
        return
    present = await participants.list_all(tx, store_id, conversation_id)
    changed = replace(found, profile_id=profile_id, updated_at=ctx.now)
    everybody = [changed if one == found else one for one in present]
    if changed not in everybody:
        raise RetryTransactionError
    await update_participant(tx, ctx, conversation, found, changed)
    if conversation.status != "ACTIVE":
        await _enqueue_extraction(tx, conversation, [changed])
    if conversation.status == "CLOSED":
        await tell(tx, ctx, conversation, [ParticipantEvent("PARTICIPANT_UPDATED", changed)])
    else:
        grouped = await regroup(tx, conversation, everybody)
        await settle(tx, ctx, conversation, grouped, everybody, [ParticipantEvent("PARTICIPANT_UPDATED", changed)])


async def change(tx: Tx, ctx: Ctx, store_ids: Sequence[StoreId], conversation_id: str, edit: Edit) -> Conversation:
    """Applies `edit` to status, name, metadata and status callbacks. CLOSED is final; leaving ACTIVE sets the
    extraction going.

    `edit` is asked twice: before the row is held, as whoever closes takes the groups first, and again on the row.
    """
    before = await conversations.fetch(tx, store_ids, conversation_id)
    if before is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    store_id = StoreId(before.store_id)
    closes = edit(before).status == "CLOSED"
    take = hold if closes else conversations.lock
    current = await take(tx, store_id, ConversationId(conversation_id))
    if current is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    wanted = edit(current)
    if current.status == "CLOSED" and wanted != current:
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and cannot change any more")
    if wanted == current:
        return current
    if wanted.configuration != current.configuration:
        listeners = wanted.configuration.status_callbacks
        await callbacks.switch_on(tx, ctx.account_sid, [one.url for one in listeners], ctx.now)
    present = await participants.list_all(tx, store_id, ConversationId(conversation_id))
    return await settle(tx, ctx, current, wanted, present)


async def remove(tx: Tx, ctx: Ctx, store_ids: Sequence[StoreId], conversation_id: ConversationId) -> Started:
    """The conversation with everything said in it. What was learned from it stays with the customers, and its messages
    stay known by their ids alone, so that a webhook that comes again does not bring them back."""
    before = await conversations.fetch(tx, store_ids, conversation_id)
    if before is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    store_id = StoreId(before.store_id)
    conversation = await hold(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    present = await participants.list_all(tx, store_id, conversation_id)
    await tell(tx, ctx, conversation, [ParticipantEvent("PARTICIPANT_REMOVED", one) for one in present])
    for profile_id in sorted({one.profile_id for one in present if one.profile_id}):
        await merges.delete_conversations(tx, store_id, profile_id, [conversation_id])
    channels = [(conversation_id, own.channel_id) for one in present for own in one.addresses if own.channel_id]
    await erasures.delete_conversations(tx, store_id, [conversation_id], channels)
    return await start(tx, ctx, conversation_id, prefix=ids.CONVERSATIONS_OPERATION)


async def advance_due(tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId) -> Status | None:
    """Applies the timers that ran out by now. None when there was nothing to do any more: somebody else did it, or a
    message came in between."""
    before = await conversations.fetch(tx, [store_id], conversation_id)
    if before is None or before.due_at is None or before.due_at > ctx.now:
        return None
    present = await participants.list_all(tx, store_id, conversation_id)
    status = _status_by(before, present, ctx.now)
    take = hold if status == "CLOSED" else conversations.lock
    current = await take(tx, store_id, conversation_id)
    if current is None or current != before:
        raise LostRaceError
    await settle(tx, ctx, current, replace(current, status=status), present)
    return status


class LostRaceError(Exception):
    """The conversation changed while its timer was being applied; the next tick looks again."""


def _status_by(conversation: Conversation, present: Sequence[Participant], now: datetime) -> Status:
    settings = conversation.configuration.channel_settings
    return status_when_due(
        settings,
        channels_of(present),
        conversation.status,
        conversation.last_communication_at,
        now,
        ends_at=conversation.ends_at,
    )


async def settle(
    tx: Tx,
    ctx: Ctx,
    current: Conversation,
    wanted: Conversation,
    present: Sequence[Participant],
    events: Sequence[Event] = (),
) -> Conversation:
    """Writes what a conversation is now, and tells it after what led to it. The caller holds it. Leaving ACTIVE sets
    the extraction going."""
    settings = wanted.configuration.channel_settings
    due = due_at(settings, channels_of(present), wanted.status, current.last_communication_at, ends_at=current.ends_at)
    keys = () if wanted.status == "CLOSED" else wanted.group_keys
    changed = replace(wanted, group_keys=keys, due_at=due, updated_at=ctx.now)
    if wanted.status == "CLOSED":
        await conversations.delete_groups(tx, current, current.group_keys)
    await conversations.update(tx, changed)
    if changed.status not in {current.status, "ACTIVE"}:
        await _enqueue_extraction(tx, changed, present)
    if (changed.status, changed.name) != (current.status, current.name):
        events = [*events, ConversationEvent("CONVERSATION_UPDATED", changed, present)]
    await tell(tx, ctx, changed, events)
    return changed


async def _enqueue_extraction(tx: Tx, conversation: Conversation, present: Sequence[Participant]) -> None:
    if not conversation.configuration.memory_extraction_enabled:
        return
    store_id = StoreId(conversation.store_id)
    conversation_id = ConversationId(conversation.conversation_id)
    for profile_id in sorted({one.profile_id for one in present if one.type == "CUSTOMER" and one.profile_id}):
        await jobs.enqueue_extract(tx, store_id, ProfileId(profile_id), conversation_id)


async def _hold_open(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId
) -> tuple[Conversation, list[Participant]]:
    conversation = await hold(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    if conversation.status == "CLOSED":
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED: its participants cannot change any more")
    return conversation, await participants.list_all(tx, store_id, conversation_id)


def _refuse_taken(one: Participant, others: Sequence[Participant]) -> None:
    if any(other.speaks_from(own.channel, own.address) for other in others for own in one.addresses):
        raise Conflict("A participant with this address is in the conversation already")


async def _participant(
    tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, person: NewParticipant
) -> Participant:
    """A CUSTOMER is looked up, and made when there is none; an UNKNOWN who turns out to be a known one becomes one."""
    profile_id = ProfileId(person.profile_id) if person.profile_id else None
    type_ = person.type
    if profile_id is not None:
        profile_id = await followed(tx, store_id, profile_id)
        if profile_id is None:
            raise InvalidInput(f"profileId {person.profile_id} is not a profile of this store")
    if profile_id is None and person.type == "CUSTOMER":
        profile_id = await resolve_customer(tx, ctx, store_id, person.addresses)
    if profile_id is None and person.type == "UNKNOWN" and person.addresses:
        found = await recognise(tx, store_id, person.addresses)
        profile_id = next(iter(found.values()), None)
        type_ = "CUSTOMER" if found else "UNKNOWN"
    return participant(
        ctx,
        conversation_id,
        addresses=person.addresses,
        type_=type_,
        name=person.name,
        profile_id=profile_id,
    )
