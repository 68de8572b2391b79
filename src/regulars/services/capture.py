"""Passive capture: from what a channel tells to a communication in the right conversation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec
import structlog

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import RegularsError
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.capture import ChannelMessage, captures
from regulars.domain.configurations import Configuration
from regulars.domain.conversations import (
    Address,
    Communication,
    Content,
    Conversation,
    DeliveryStatus,
    Participant,
    ParticipantType,
    further_delivered,
    group_key,
)
from regulars.domain.events import ConversationEvent, Event, ParticipantEvent
from regulars.domain.transcription_events import placed, track_of
from regulars.services.communications import Message, Party, append, change, find, stir
from regulars.services.conversations import new_conversation
from regulars.services.grouping import is_found_by
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import participant, recognise, resolve_customer
from regulars.services.participants import update as update_participant
from regulars.storage import communications, conversations, jobs, participants
from regulars.storage.conversations import ConversationKey
from regulars.storage.db import Db, Tx

_UNTYPED: Final = frozenset({"UNKNOWN", "CUSTOMER"})

log = structlog.get_logger()


class Captured(NamedTuple):
    """`stored` counts the configurations that took the message now, `known` those that had it before."""

    stored: int
    known: int


class _Side(NamedTuple):
    """One end of a message: whose it is, and by which type they join."""

    address: Address
    type: ParticipantType
    name: str | None = None
    profile_id: ProfileId | None = None


async def ingest(db: Db, ctx: Ctx, configurations: Sequence[Configuration], message: ChannelMessage) -> Captured:
    """One conversation for each configuration whose rules match (contract §8b U15), one transaction for each."""
    stored = known = 0
    for configuration in configurations:
        if captures(configuration.document, message):
            if await _capture_openly(db, ctx, configuration, message):
                stored += 1
            else:
                known += 1
    return Captured(stored, known)


async def set_delivery_status(db: Db, ctx: Ctx, resource_id: str, status: DeliveryStatus) -> int:
    """How many communications are this message. Also of conversations that have been closed since."""
    async with db.read() as tx:
        keys = await conversations.list_holding(tx, ctx.store_ids, resource_id)
    found = [await db.write(lambda tx, key=key: _deliver(tx, ctx, key, resource_id, status)) for key in keys]
    return sum(found)


async def _capture_openly(db: Db, ctx: Ctx, configuration: Configuration, message: ChannelMessage) -> bool:
    """A message is never lost to the question whose it is: when that fails, the customer joins without a profile, and
    a job asks again (contract §5, Profile resolution)."""
    try:
        return await db.write(lambda tx: _capture(tx, ctx, configuration, message, resolving=True))
    except RegularsError as error:
        log.warning("profile_not_resolved", resource_id=message.resource_id, error=type(error).__name__)
        return await db.write(lambda tx: _capture(tx, ctx, configuration, message, resolving=False))


async def _capture(tx: Tx, ctx: Ctx, configuration: Configuration, message: ChannelMessage, *, resolving: bool) -> bool:
    """False for a repetition, which leaves nothing."""
    store_id = StoreId(configuration.document.memory_store_id)
    if not await conversations.claim_message(tx, store_id, configuration.configuration_id, message.resource_id):
        return False
    sides = await _sides(tx, ctx, store_id, message, resolving=resolving)
    opened = await _open_conversation(tx, ctx, configuration, message.resource_id, sides)
    conversation, present = opened.conversation, opened.present
    if opened.has_message:
        return True  # a caller posted it before the channel told it; from now on the configuration knows it too
    if present and await _is_more_of_an_utterance(tx, ctx, conversation, present, message):
        return True
    call_sid = message.channel_id if message.channel == "VOICE" else None
    everybody, events = await _take_seats(tx, ctx, conversation, present, sides, call_sid)
    if not present:
        events.insert(0, ConversationEvent("CONVERSATION_CREATED", conversation, everybody))
    if not resolving:
        await _resolve_later(tx, store_id, everybody)
    if message.content is None:
        await stir(tx, ctx, conversation, everybody, message.channel_id, events)
    else:
        await append(tx, ctx, conversation, everybody, _message(message, message.content), events)
    return True


async def _sides(
    tx: Tx, ctx: Ctx, store_id: StoreId, message: ChannelMessage, *, resolving: bool
) -> tuple[_Side, _Side]:
    """Author and recipient. The account's side is the agent, the other the customer; where nobody knows which is the
    account's, one that is a known customer's is, unless both are (contract §5, Participant types)."""
    author = Address(channel=message.channel, address=message.from_)
    recipient = Address(channel=message.channel, address=message.to)
    name = message.from_name
    if message.direction is None:
        found = await recognise(tx, store_id, [author, recipient]) if resolving else {}
        known = found if len(found) == 1 else {}
        return _unsure(author, known, name), _unsure(recipient, known)
    customer = author if message.direction == "INBOUND" else recipient
    profile_id = await resolve_customer(tx, ctx, store_id, [customer]) if resolving else None
    if message.direction == "INBOUND":
        return _Side(author, "CUSTOMER", name, profile_id), _Side(recipient, "AGENT")
    return _Side(author, "AGENT", name), _Side(recipient, "CUSTOMER", None, profile_id)


def _unsure(address: Address, known: dict[Address, ProfileId], name: str | None = None) -> _Side:
    return _Side(address, "CUSTOMER" if address in known else "UNKNOWN", name, known.get(address))


class _Opened(NamedTuple):
    """The conversation of a message, held, and who is in it: nobody when it is new."""

    conversation: Conversation
    present: Sequence[Participant] = ()
    has_message: bool = False


async def _open_conversation(
    tx: Tx, ctx: Ctx, configuration: Configuration, resource_id: str, sides: Sequence[_Side]
) -> _Opened:
    document = configuration.document
    store_id = StoreId(document.memory_store_id)
    addresses = [side.address for side in sides]
    profile_ids = [side.profile_id for side in sides if side.profile_id is not None]
    key = group_key(document.conversation_grouping_type, configuration.configuration_id, addresses, profile_ids)
    minted = ConversationId(ctx.mint(ids.CONVERSATION))
    owner = await conversations.claim_group(tx, store_id, key, minted)
    if owner != minted:
        async with tx.together():
            held = await conversations.ask_lock(tx, store_id, owner)
            there = await participants.ask_all(tx, store_id, owner)
            said = await communications.ask_by_resource(tx, store_id, owner, resource_id)
        conversation = next(iter(await held()), None)
        if conversation is not None and is_found_by(conversation, key):
            return _Opened(conversation, await there(), bool(await said()))
        await conversations.take_group(tx, store_id, key, minted)
    conversation = new_conversation(
        ctx, document, minted, [key], addresses, configuration_id=configuration.configuration_id
    )
    await conversations.insert(tx, conversation)
    return _Opened(conversation)


async def _take_seats(
    tx: Tx,
    ctx: Ctx,
    conversation: Conversation,
    present: Sequence[Participant],
    sides: Sequence[_Side],
    call_sid: str | None,
) -> tuple[list[Participant], list[Event]]:
    """Everybody who is there once both sides are. Who took part without a profile, and turns out to be a customer,
    becomes one; who is missing joins."""
    store_id, conversation_id = StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    everybody, events = list(present), list[Event]()
    missing: list[Participant] = []
    for side in sides:
        one = find(Party(channel=side.address.channel, address=side.address.address), [*present, *missing])
        if one is None:
            joined = participant(
                ctx,
                conversation_id,
                addresses=[msgspec.structs.replace(side.address, channel_id=call_sid)],
                type_=side.type,
                name=side.name,
                profile_id=side.profile_id,
            )
            missing.append(joined)
            events.append(ParticipantEvent("PARTICIPANT_ADDED", joined))
        elif side.profile_id is not None and one.profile_id is None and one.type in _UNTYPED:
            customer = replace(one, type="CUSTOMER", profile_id=side.profile_id, updated_at=ctx.now)
            await update_participant(tx, ctx, conversation, one, customer)
            everybody[everybody.index(one)] = customer
            events.append(ParticipantEvent("PARTICIPANT_UPDATED", customer))
    await insert_participants(tx, ctx, store_id, missing)
    return [*everybody, *missing], events


async def _resolve_later(tx: Tx, store_id: StoreId, everybody: Sequence[Participant]) -> None:
    for one in everybody:
        if one.type == "CUSTOMER" and one.profile_id is None:
            await jobs.enqueue_resolve_participant(
                tx, store_id, ConversationId(one.conversation_id), one.participant_id
            )


async def _is_more_of_an_utterance(
    tx: Tx, ctx: Ctx, conversation: Conversation, present: Sequence[Participant], message: ChannelMessage
) -> bool:
    """Whether a piece of speech is further recognised than the one that is known, or was overtaken by it."""
    if message.content is None or message.content.type != "TRANSCRIPTION":
        return False
    store_id, conversation_id = StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    newest = await communications.fetch_last_resource(tx, store_id, conversation_id, track_of(message.resource_id))
    place = placed(message.content, None if newest is None else newest.content)
    if newest is not None and place == "REPLACE":
        await stir(tx, ctx, conversation, present, message.channel_id)
        await change(tx, ctx, conversation, newest, content=message.content, resource_id=message.resource_id)
    return place != "ADD"


async def _deliver(tx: Tx, ctx: Ctx, key: ConversationKey, resource_id: str, status: DeliveryStatus) -> bool:
    held = await _hold(tx, key, resource_id)
    if held is None:
        return False
    recipients = [further_delivered(one, status) for one in held.communication.recipients]
    await change(tx, ctx, held.conversation, held.communication, recipients=recipients)
    return True


class _Held(NamedTuple):
    conversation: Conversation
    communication: Communication


async def _hold(tx: Tx, key: ConversationKey, resource_id: str) -> _Held | None:
    conversation = await conversations.lock(tx, *key)
    communication = await communications.fetch_by_resource(tx, *key, resource_id)
    return None if conversation is None or communication is None else _Held(conversation, communication)


def _message(message: ChannelMessage, content: Content) -> Message:
    status = message.delivery_status
    return Message(
        author=Party(channel=message.channel, address=message.from_),
        recipients=[Party(channel=message.channel, address=message.to, delivery_status=status)],
        content=content,
        channel_id=message.channel_id,
        resource_id=message.resource_id,
        occurred_at=message.occurred_at,
    )
