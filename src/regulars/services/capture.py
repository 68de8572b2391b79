"""Passive capture: from a message that a customer sent to a communication in the right conversation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.capture import InboundMessage, captures
from regulars.domain.configurations import Configuration
from regulars.domain.conversations import Address, Content, Conversation, Participant, group_key
from regulars.services.communications import Message, Party, append, find
from regulars.services.conversations import new_conversation
from regulars.services.participants import insert as insert_participants
from regulars.services.participants import make_customer, participant, resolve_customer
from regulars.storage import communications, conversations, participants
from regulars.storage.db import Db, Tx


class Captured(NamedTuple):
    """`stored` counts the configurations that took the message now, `known` those that had it before."""

    stored: int
    known: int


class _AlreadyCapturedError(Exception):
    """Rolls back what was prepared for a message that turns out to be a repetition."""


async def ingest(db: Db, ctx: Ctx, configurations: Sequence[Configuration], message: InboundMessage) -> Captured:
    """One conversation for each configuration whose rules match (contract §8b U15), one transaction for each."""
    stored = known = 0
    for configuration in configurations:
        if captures(configuration.document, message):
            if await _capture_once(db, ctx, configuration, message):
                stored += 1
            else:
                known += 1
    return Captured(stored, known)


async def _capture_once(db: Db, ctx: Ctx, configuration: Configuration, message: InboundMessage) -> bool:
    try:
        await db.write(lambda tx: _capture(tx, ctx, configuration, message))
    except _AlreadyCapturedError:
        return False
    return True


async def _capture(tx: Tx, ctx: Ctx, configuration: Configuration, message: InboundMessage) -> None:
    store_id = StoreId(configuration.document.memory_store_id)
    customer = Address(channel=message.channel, address=message.from_)
    business = Address(channel=message.channel, address=message.to)
    profile_id = await resolve_customer(tx, ctx, store_id, [customer])
    conversation, present = await _open_conversation(
        tx, ctx, configuration, message.message_sid, [customer, business], profile_id
    )
    if present and await communications.fetch_by_resource(
        tx, store_id, ConversationId(conversation.conversation_id), message.message_sid
    ):
        return  # a caller posted it before Twilio did; from now on the configuration knows it too
    present = await _recognised(tx, ctx, store_id, message, present, profile_id)
    missing = _missing(ctx, ConversationId(conversation.conversation_id), message, present, profile_id)
    await insert_participants(tx, ctx, store_id, missing)
    await append(tx, ctx, conversation, [*present, *missing], _message(message))


async def _open_conversation(
    tx: Tx,
    ctx: Ctx,
    configuration: Configuration,
    message_sid: str,
    addresses: Sequence[Address],
    profile_id: ProfileId | None,
) -> tuple[Conversation, list[Participant]]:
    """The open conversation of this group, locked, with who is in it; a new one when there is none."""
    document = configuration.document
    store_id = StoreId(document.memory_store_id)
    profile_ids = [] if profile_id is None else [profile_id]
    key = group_key(document.conversation_grouping_type, configuration.configuration_id, addresses, profile_ids)
    minted = ConversationId(ctx.mint(ids.CONVERSATION))
    conversation_id = await conversations.claim_group(tx, store_id, key, minted)
    if not await conversations.claim_message(
        tx, store_id, configuration.configuration_id, message_sid, conversation_id
    ):
        raise _AlreadyCapturedError
    if conversation_id != minted:
        conversation = await conversations.lock(tx, store_id, conversation_id)
        if conversation is not None:
            return conversation, await participants.list_all(tx, store_id, conversation_id)
    conversation = new_conversation(ctx, configuration, conversation_id, key, addresses)
    await conversations.insert(tx, conversation)
    return conversation, []


async def _recognised(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    message: InboundMessage,
    present: list[Participant],
    profile_id: ProfileId | None,
) -> list[Participant]:
    """A sender who took part as UNKNOWN and turns out to be a customer becomes one (contract §5, Participant types)."""
    sender = find(_message(message).author, present)
    if sender is None or sender.type != "UNKNOWN" or profile_id is None:
        return present
    customer = replace(sender, type="CUSTOMER", profile_id=profile_id, updated_at=ctx.now)
    await make_customer(tx, ctx, store_id, customer)
    return [customer if one is sender else one for one in present]


def _missing(
    ctx: Ctx,
    conversation_id: ConversationId,
    message: InboundMessage,
    present: Sequence[Participant],
    profile_id: ProfileId | None,
) -> list[Participant]:
    """An inbound message came to a number of the account: its receiver is the agent, its sender the customer."""
    written = _message(message)
    missing: list[Participant] = []
    if find(written.author, present) is None:
        own = [Address(channel=message.channel, address=message.from_)]
        missing.append(
            participant(
                ctx,
                conversation_id,
                addresses=own,
                type_="CUSTOMER",
                name=message.profile_name,
                profile_id=profile_id,
            )
        )
    if find(written.recipients[0], present) is None:
        own = [Address(channel=message.channel, address=message.to)]
        missing.append(participant(ctx, conversation_id, addresses=own, type_="AGENT"))
    return missing


def _message(message: InboundMessage) -> Message:
    return Message(
        author=Party(channel=message.channel, address=message.from_),
        recipients=[Party(channel=message.channel, address=message.to, delivery_status="DELIVERED")],
        content=Content(type="TEXT", text=message.text),
        channel_id=message.message_sid,
        resource_id=message.message_sid,
        occurred_at=message.received_at,
    )
