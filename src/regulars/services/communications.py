"""Communications: one message or one piece of transcript after another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.configurations import Channel
from regulars.domain.conversations import (
    Address,
    Author,
    Communication,
    Content,
    Conversation,
    Participant,
    Recipient,
    TellableStatus,
    channels_of,
    comparable,
    due_at,
    further_delivered,
)
from regulars.domain.events import CommunicationEvent, ConversationEvent, Event, ParticipantEvent
from regulars.services.events import tell
from regulars.services.grouping import regroup
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import participant, recognise
from regulars.services.participants import update as update_participant
from regulars.storage import communications, conversations, participants
from regulars.storage.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Author or recipient as a caller names it."""

    channel: Channel
    address: str
    participant_id: str | None = None
    delivery_status: TellableStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`resource_id` is the sender's own id of the message: the same one again updates instead of adding."""

    author: Party
    recipients: Sequence[Party]
    content: Content
    channel_id: str | None
    resource_id: str | None
    occurred_at: datetime


async def add(tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, message: Message) -> Communication:
    """Adds a communication to an open conversation, or changes the one that has this resource id.

    Unknown addresses join: as CUSTOMER when exactly one of them is a customer's, else as UNKNOWN (contract §5).
    """
    customer = await _stranger_known(tx, store_id, conversation_id, message)
    conversation = await conversations.lock(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    if message.resource_id is not None:
        known = await communications.fetch_by_resource(tx, store_id, conversation_id, message.resource_id)
        if known is not None and (known.content == message.content or conversation.status != "CLOSED"):
            recipients = [_further(one, message) for one in known.recipients]
            return await change(tx, ctx, conversation, known, content=message.content, recipients=recipients)
    if conversation.status == "CLOSED":
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and takes no more communications")
    present = await participants.list_all(tx, store_id, conversation_id)
    joined = _strangers(ctx, conversation_id, message, present, customer)
    looked_at = [_recognised(ctx, one, customer) for one in present]
    recognised = [one for one, before in zip(looked_at, present, strict=True) if one is not before]
    await insert_participants(tx, ctx, store_id, joined)
    for one, before in zip(looked_at, present, strict=True):
        if one is not before:
            await update_participant(tx, ctx, conversation, before, one)
    everybody = [*looked_at, *joined]
    events: list[Event] = [ParticipantEvent("PARTICIPANT_UPDATED", one) for one in recognised]
    events += [ParticipantEvent("PARTICIPANT_ADDED", one) for one in joined]
    return await append(tx, ctx, conversation, everybody, message, events)


async def append(
    tx: Tx,
    ctx: Ctx,
    conversation: Conversation,
    present: Sequence[Participant],
    message: Message,
    events: Sequence[Event] = (),
) -> Communication:
    """Writes the next communication and tells `events`, which led to it, and itself. The caller holds the conversation,
    and everybody in the message is present."""
    conversation_id = ConversationId(conversation.conversation_id)
    communication = _communication(ctx, conversation_id, conversation.last_position + 1, message, present)
    grouped = await regroup(tx, conversation, present) if events else conversation
    channel_ids = dict.fromkeys(filter(None, (message.channel_id, message.resource_id)))
    if message.channel_id and message.content.type == "TRANSCRIPTION":
        channel_ids = [message.channel_id]  # a call is found by its own id; its pieces change theirs
    async with tx.together():
        version = conversation.communications_version + 1
        await communications.insert(tx, StoreId(conversation.store_id), communication, version)
        created = CommunicationEvent("COMMUNICATION_CREATED", communication)
        told = [*events, *_woken(ctx, conversation, present), created]
        await _go_on(tx, ctx, grouped, present, channel_ids, told, said=1)
    return communication


async def stir(
    tx: Tx,
    ctx: Ctx,
    conversation: Conversation,
    present: Sequence[Participant],
    channel_id: str,
    events: Sequence[Event] = (),
) -> None:
    """Something goes on in the conversation that is no communication of its own: the clock begins anew."""
    grouped = await regroup(tx, conversation, present) if events else conversation
    async with tx.together():
        told = [*events, *_woken(ctx, conversation, present)]
        await _go_on(tx, ctx, grouped, present, [channel_id], told, said=0)


async def _go_on(
    tx: Tx,
    ctx: Ctx,
    conversation: Conversation,
    present: Sequence[Participant],
    channel_ids: Iterable[str],
    events: Sequence[Event],
    *,
    said: int,
) -> None:
    store_id = StoreId(conversation.store_id)
    conversation_id = ConversationId(conversation.conversation_id)
    settings = conversation.configuration.channel_settings
    due = due_at(settings, channels_of(present), "ACTIVE", ctx.now, ends_at=conversation.ends_at)
    for channel_id in channel_ids:
        await conversations.insert_channel(tx, store_id, channel_id, conversation_id)
    await conversations.advance(tx, conversation, said=said, due_at=due, now=ctx.now)
    await tell(tx, ctx, conversation, events)


async def change(
    tx: Tx,
    ctx: Ctx,
    conversation: Conversation,
    known: Communication,
    *,
    content: Content | None = None,
    recipients: Sequence[Recipient] | None = None,
    resource_id: str | None = None,
) -> Communication:
    """The same again changes nothing; other words replace the ones before. The caller holds the conversation."""
    changed = replace(
        known,
        content=content or known.content,
        recipients=recipients or known.recipients,
        resource_id=resource_id or known.resource_id,
    )
    if changed == known:
        return known
    changed = replace(changed, updated_at=ctx.now)
    async with tx.together():
        await _write(tx, ctx, conversation, changed, has_other_words=changed.content.text != known.content.text)
    await tell(tx, ctx, conversation, [CommunicationEvent("COMMUNICATION_UPDATED", changed)])
    return changed


async def _write(
    tx: Tx, ctx: Ctx, conversation: Conversation, changed: Communication, *, has_other_words: bool
) -> None:
    """Only other words are news for recall: it reads the rest when it answers."""
    store_id, conversation_id = StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    version = conversation.communications_version + 1 if has_other_words else None
    await communications.update(tx, store_id, changed, version)
    if version is not None:
        await communications.forget_embeddings(tx, store_id, changed, version)
        await conversations.touch(tx, store_id, conversation_id, ctx.now)


def _further(recipient: Recipient, message: Message) -> Recipient:
    """With the delivery status that is told now, if it is further than what is known."""
    for party in message.recipients:
        same = comparable(party.channel, party.address) == comparable(recipient.channel, recipient.address)
        if party.delivery_status is not None and (party.participant_id == recipient.participant_id or same):
            return further_delivered(recipient, party.delivery_status)
    return recipient


def _woken(ctx: Ctx, conversation: Conversation, present: Sequence[Participant]) -> list[Event]:
    """A message brings an INACTIVE conversation back."""
    if conversation.status != "INACTIVE":
        return []
    active = replace(conversation, status="ACTIVE", updated_at=ctx.now)
    return [ConversationEvent("CONVERSATION_UPDATED", active, present)]


class _Customer(NamedTuple):
    address: Address
    profile_id: ProfileId


async def _stranger_known(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, message: Message
) -> _Customer | None:
    """Asked before the conversation is held: profiles come first, for everybody who holds both."""
    present = await participants.list_all(tx, store_id, conversation_id)
    strangers = [
        Address(channel=party.channel, address=party.address)
        for party in (message.author, *message.recipients)
        if (one := find(party, present)) is None or (one.type == "UNKNOWN" and one.profile_id is None)
    ]
    found = await recognise(tx, store_id, list(dict.fromkeys(strangers))) if strangers else {}
    return _Customer(*next(iter(found.items()))) if len(found) == 1 else None


def _recognised(ctx: Ctx, one: Participant, customer: _Customer | None) -> Participant:
    """The participant as a customer when it is the one that was found, else as it is."""
    if customer is None or one.type != "UNKNOWN" or not one.speaks_from(*_place(customer.address)):
        return one
    return replace(one, type="CUSTOMER", profile_id=customer.profile_id, updated_at=ctx.now)


def _place(address: Address) -> tuple[str, str]:
    return address.channel, address.address


def _communication(
    ctx: Ctx, conversation_id: str, position: int, message: Message, present: Sequence[Participant]
) -> Communication:
    author = message.author
    return Communication(
        communication_id=ctx.mint(ids.COMMUNICATION),
        conversation_id=conversation_id,
        position=position,
        author=Author(
            address=author.address, channel=author.channel, participant_id=_of(author, present).participant_id
        ),
        content=message.content,
        recipients=[
            Recipient(
                address=party.address,
                channel=party.channel,
                participant_id=_of(party, present).participant_id,
                delivery_status=party.delivery_status,
            )
            for party in message.recipients
        ],
        channel_id=message.channel_id,
        resource_id=message.resource_id,
        occurred_at=message.occurred_at,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def _of(party: Party, present: Sequence[Participant]) -> Participant:
    found = find(party, present)
    if found is None:
        raise InvalidInput(f"Participant {party.participant_id} is not in this conversation")
    return found


def find(party: Party, present: Sequence[Participant]) -> Participant | None:
    """By id when one is given, else by channel and address."""
    if party.participant_id is not None:
        return next((one for one in present if one.participant_id == party.participant_id), None)
    return next((one for one in present if one.speaks_from(party.channel, party.address)), None)


def _strangers(
    ctx: Ctx,
    conversation_id: ConversationId,
    message: Message,
    present: Sequence[Participant],
    customer: _Customer | None,
) -> list[Participant]:
    fresh: list[Participant] = []
    for party in (message.author, *message.recipients):
        if party.participant_id is None and find(party, [*present, *fresh]) is None:
            address = Address(channel=party.channel, address=party.address)
            stranger = participant(ctx, conversation_id, addresses=[address], type_="UNKNOWN")
            fresh.append(_recognised(ctx, stranger, customer))
    return fresh
