"""Communications: one message or one piece of transcript after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import ConversationId, StoreId
from regulars.domain.configurations import Channel
from regulars.domain.conversations import (
    Address,
    Author,
    Communication,
    Content,
    Conversation,
    Participant,
    Recipient,
    due_at,
)
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import participant
from regulars.storage import communications, conversations, participants
from regulars.storage.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Author or recipient as a caller names it."""

    channel: Channel
    address: str
    participant_id: str | None = None
    delivery_status: str | None = None


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
    """Adds a communication to an open conversation. Unknown addresses join as participants of type UNKNOWN."""
    conversation = await conversations.lock(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    if message.resource_id is not None:
        known = await communications.fetch_by_resource(tx, store_id, conversation_id, message.resource_id)
        if known is not None and (known.content == message.content or conversation.status != "CLOSED"):
            return await _update(tx, ctx, store_id, known, message.content)
    if conversation.status == "CLOSED":
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and takes no more communications")
    present = await participants.list_all(tx, store_id, conversation_id)
    strangers = _strangers(ctx, conversation_id, message, present)
    await insert_participants(tx, ctx, store_id, strangers)
    return await append(tx, ctx, conversation, [*present, *strangers], message)


async def append(
    tx: Tx, ctx: Ctx, conversation: Conversation, present: Sequence[Participant], message: Message
) -> Communication:
    """Writes the next communication. The caller holds the conversation, and everybody in the message is present."""
    store_id = StoreId(conversation.store_id)
    conversation_id = ConversationId(conversation.conversation_id)
    position = conversation.last_position + 1
    communication = _communication(ctx, conversation_id, position, message, present)
    channels = {address.channel for one in present for address in one.addresses}
    due = due_at(conversation.configuration.channel_settings, channels, "ACTIVE", ctx.now)
    async with tx.together():
        await communications.insert(tx, store_id, communication)
        for channel_id in dict.fromkeys(filter(None, (message.channel_id, message.resource_id))):
            await conversations.insert_channel(tx, store_id, channel_id, conversation_id)
        await conversations.advance(tx, conversation, position=position, due_at=due, now=ctx.now)
    return communication


async def _update(tx: Tx, ctx: Ctx, store_id: StoreId, known: Communication, content: Content) -> Communication:
    """The same again changes nothing; other words replace the ones before."""
    if known.content == content:
        return known
    await communications.update(tx, store_id, known, content, ctx.now)
    return replace(known, content=content, updated_at=ctx.now)


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
    ctx: Ctx, conversation_id: ConversationId, message: Message, present: Sequence[Participant]
) -> list[Participant]:
    fresh: list[Participant] = []
    for party in (message.author, *message.recipients):
        if party.participant_id is None and find(party, [*present, *fresh]) is None:
            address = Address(channel=party.channel, address=party.address)
            fresh.append(participant(ctx, conversation_id, addresses=[address], type_="UNKNOWN"))
    return fresh
