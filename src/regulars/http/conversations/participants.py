"""Participants (contract §3.3)."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ConversationId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.domain.configurations import Channel
from regulars.domain.conversations import Address, ParticipantType
from regulars.domain.resources import ParticipantResource, participant_resource
from regulars.http.auth import checked
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import conversations as service
from regulars.storage import conversations, participants

AddressText = Annotated[str, Limits(min_length=1, max_length=limits.ADDRESS_CHARS_MAX)]
ChannelId = Annotated[str, Limits(min_length=1, max_length=limits.CHANNEL_ID_CHARS_MAX)]


class AddressIn(msgspec.Struct, frozen=True, rename="camel"):
    channel: Channel
    address: AddressText
    channel_id: ChannelId | None = None


class _ParticipantIn(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    name: Annotated[str, Limits(max_length=limits.PARTICIPANT_NAME_CHARS_MAX)] | None = None
    type: ParticipantType | None = None
    profile_id: Annotated[str, Limits(pattern=ids.pattern(ids.PROFILE))] | None = None


class NewParticipantIn(_ParticipantIn, frozen=True, kw_only=True):
    addresses: Annotated[list[AddressIn], Limits(max_length=limits.PARTICIPANT_ADDRESSES_MAX)] | None = None


class AddedParticipantIn(_ParticipantIn, frozen=True, kw_only=True):
    """Who joins a conversation must be told with an address (contract §3.3)."""

    addresses: Annotated[list[AddressIn], Limits(min_length=1, max_length=limits.PARTICIPANT_ADDRESSES_MAX)]


class ParticipantList(msgspec.Struct, frozen=True):
    participants: list[ParticipantResource]
    meta: Meta


@get(
    "/v2/Conversations/{conversation_id:str}/Participants",
    responses=PROBLEMS,
    tags=["Participants"],
    summary="List participants",
    dependencies={"page": paged(limits.PAGE_SIZE_MAX)},
)
async def list_all(rt: Runtime, ctx: Ctx, conversation: ConversationId, page: PageRequest) -> ParticipantList:
    store_id = await store_of(rt, ctx, conversation)
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: participants.list_page(tx, store_id, conversation, order, key, limit),
            lambda participant: participant.participant_id,
        )
    items = [participant_resource(ctx.account_sid, one) for one in found.items]
    return ParticipantList(items, meta("participants", found))


@post(
    "/v2/Conversations/{conversation_id:str}/Participants",
    status_code=201,
    responses=PROBLEMS,
    tags=["Participants"],
    summary="Add a participant",
)
async def create(rt: Runtime, ctx: Ctx, conversation: ConversationId, data: AddedParticipantIn) -> ParticipantResource:
    store_id = await store_of(rt, ctx, conversation)
    person = newcomer(data)
    added = await rt.db.write(lambda tx: service.add_participant(tx, ctx, store_id, conversation, person))
    return participant_resource(ctx.account_sid, added)


@get(
    "/v2/Conversations/{conversation_id:str}/Participants/{participant_id:str}",
    responses=PROBLEMS,
    tags=["Participants"],
    summary="Fetch a participant",
)
async def fetch(rt: Runtime, ctx: Ctx, conversation: ConversationId, participant_id: str) -> ParticipantResource:
    wanted = checked(ids.PARTICIPANT, participant_id, "participant")
    store_id = await store_of(rt, ctx, conversation)
    async with rt.db.read() as tx:
        found = await participants.fetch(tx, store_id, conversation, wanted)
    if found is None:
        raise NotFound(f"There is no participant {wanted} in this conversation")
    return participant_resource(ctx.account_sid, found)


@put(
    "/v2/Conversations/{conversation_id:str}/Participants/{participant_id:str}",
    responses=PROBLEMS,
    tags=["Participants"],
    summary="Replace a participant",
)
async def update(
    rt: Runtime, ctx: Ctx, conversation: ConversationId, participant_id: str, data: NewParticipantIn
) -> ParticipantResource:
    """What is absent is cleared."""
    wanted = checked(ids.PARTICIPANT, participant_id, "participant")
    store_id = await store_of(rt, ctx, conversation)
    person = newcomer(data)
    changed = await rt.db.write(lambda tx: service.replace_participant(tx, ctx, store_id, conversation, wanted, person))
    return participant_resource(ctx.account_sid, changed)


async def store_of(rt: Runtime, ctx: Ctx, conversation_id: ConversationId) -> StoreId:
    """The store of a conversation, when it is one of the caller's."""
    async with rt.db.read() as tx:
        found = await conversations.fetch(tx, ctx.store_ids, conversation_id)
    if found is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    return StoreId(found.store_id)


def newcomer(data: NewParticipantIn | AddedParticipantIn) -> service.NewParticipant:
    return service.NewParticipant(
        addresses=[
            Address(channel=one.channel, address=one.address, channel_id=one.channel_id) for one in data.addresses or ()
        ],
        type=data.type or "UNKNOWN",
        name=data.name,
        profile_id=data.profile_id,
    )
