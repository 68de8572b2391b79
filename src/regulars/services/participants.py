"""Participants: who takes part in a conversation, and which of them is which customer."""

from collections.abc import Sequence

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.capture import contact_trait, identifiers_of
from regulars.domain.conversations import Address, Conversation, Participant, ParticipantType
from regulars.domain.identity import Identifier, identify_what_can_be, ordered
from regulars.domain.plans import Item
from regulars.domain.traits import Trait
from regulars.services import profiles, resolution
from regulars.storage import communications, conversations, identifiers, identity_settings, memories, participants
from regulars.storage.db import RetryTransactionError, Tx
from regulars.storage.profiles import next_memory_version


def participant(
    ctx: Ctx,
    conversation_id: ConversationId,
    *,
    addresses: Sequence[Address],
    type_: ParticipantType,
    name: str | None = None,
    profile_id: ProfileId | None = None,
) -> Participant:
    """Without a name it goes by its first address: Agent Connect insists on a name (contract §8a Q18)."""
    return Participant(
        participant_id=ctx.mint(ids.PARTICIPANT),
        conversation_id=conversation_id,
        name=name or (addresses[0].address if addresses else type_),
        type=type_,
        profile_id=profile_id,
        addresses=addresses,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


async def resolve_customer(tx: Tx, ctx: Ctx, store_id: StoreId, addresses: Sequence[Address]) -> ProfileId | None:
    """The profile behind these addresses, made when there is none. None when no address names anybody.

    An address that cannot be an identifier (a short code, say) never costs us the message: it just names nobody.
    """
    settings = await identity_settings.fetch(tx, store_id)
    raw = [item for address in addresses for item in identifiers_of(address.channel, address.address)]
    wanted = identify_what_can_be(raw, settings)
    if not wanted:
        return None
    planned = await resolution.resolve(tx, ctx, store_id, [Item((), wanted)], settings)
    profile_id = ProfileId(planned.profile_ids[0])
    if planned.claims:
        fresh = [claim.identifier for claim in planned.claims]
        await profiles.show_as_traits(tx, ctx, store_id, profile_id, _traits(fresh))
    return profile_id


async def recognise(tx: Tx, store_id: StoreId, addresses: Sequence[Address]) -> dict[Address, ProfileId]:
    """The customers among these addresses that are known already; nobody is made. Holds who is found."""
    settings = await identity_settings.fetch(tx, store_id)
    named = {
        address: identify_what_can_be(identifiers_of(address.channel, address.address), settings)
        for address in addresses
    }
    holders = await identifiers.list_holders(tx, store_id, sorted({one for wanted in named.values() for one in wanted}))
    owners = {holder.identifier: ProfileId(holder.profile_id) for holder in holders if not holder.shared}
    found = {
        address: owners[next(one for one in ordered(wanted, settings) if one in owners)]
        for address, wanted in named.items()
        if not owners.keys().isdisjoint(wanted)
    }
    await resolution.hold(tx, store_id, {*found.values()})
    return found


async def insert(tx: Tx, ctx: Ctx, store_id: StoreId, fresh: Sequence[Participant]) -> None:
    """Writes participants with the lookups that find them: their customers' conversations, their calls and chats."""
    taking = {
        (one.profile_id, one.conversation_id) for one in fresh if one.type == "CUSTOMER" and one.profile_id is not None
    }
    for profile_id, conversation_id in sorted(taking):
        await _take_part(tx, ctx, store_id, ProfileId(profile_id), ConversationId(conversation_id))
    for one in fresh:
        await _find_by_channels(tx, store_id, one)
    await participants.insert_each(tx, store_id, fresh)


async def update(tx: Tx, ctx: Ctx, conversation: Conversation, before: Participant, changed: Participant) -> None:
    """Writes what a participant is now, with the lookups that find them. The caller holds the conversation."""
    store_id, conversation_id = StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    if changed.type == "CUSTOMER" and changed.profile_id is not None:
        await _take_part(tx, ctx, store_id, ProfileId(changed.profile_id), conversation_id)
    await _find_by_channels(tx, store_id, changed)
    async with tx.together():
        await participants.update(tx, store_id, changed)
        if _who(changed) != _who(before):
            version = conversation.communications_version + 1
            await communications.touch_said_by(tx, store_id, conversation_id, changed.participant_id, version)
            await conversations.touch(tx, store_id, conversation_id, ctx.now)


def _who(one: Participant) -> tuple[str, str, str | None]:
    """What recall tells of whoever said something."""
    return one.name, one.type, one.profile_id


async def _find_by_channels(tx: Tx, store_id: StoreId, one: Participant) -> None:
    for address in one.addresses:
        if address.channel_id is not None:
            await conversations.insert_channel(tx, store_id, address.channel_id, ConversationId(one.conversation_id))


async def _take_part(
    tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, conversation_id: ConversationId
) -> None:
    """The conversation joins what the profile remembers. Begins anew when the profile has become part of another one
    since it was found."""
    version = await next_memory_version(tx, store_id, profile_id)
    if version is None:
        raise RetryTransactionError
    await memories.insert_profile_conversation(tx, store_id, profile_id, conversation_id, version, ctx.now)


def _traits(fresh: Sequence[Identifier]) -> list[Trait]:
    named = [(contact_trait(identifier.id_type), identifier.value) for identifier in fresh]
    return [Trait(trait_group="Contact", trait_name=name, value=value) for name, value in named if name is not None]
