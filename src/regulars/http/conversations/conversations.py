"""Conversations (contract §3.2)."""

from dataclasses import replace
from typing import Annotated

import msgspec
from litestar import get, patch, post, put
from litestar.params import Parameter
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import ConversationId
from regulars.core.page import Order, Page, PageRequest, paginate
from regulars.core.text import whole
from regulars.core.times import utc_text
from regulars.domain.configurations import ConfigurationDocument
from regulars.domain.conversations import Conversation, Participant, Status
from regulars.http.conversations.configurations import require as require_configuration
from regulars.http.conversations.participants import NewParticipantIn, ParticipantResource, newcomer
from regulars.http.conversations.participants import resource as participant_resource
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import conversations as service
from regulars.storage import conversations, participants
from regulars.storage.db import Tx

Name = Annotated[str, Limits(max_length=limits.CONVERSATION_NAME_CHARS_MAX)]
MetadataKey = Annotated[
    str, Limits(min_length=1, max_length=limits.METADATA_KEY_CHARS_MAX, pattern=whole(r"[A-Za-z0-9._-]+"))
]
MetadataValue = Annotated[str, Limits(max_length=limits.METADATA_VALUE_CHARS_MAX)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Limits(max_length=limits.METADATA_KEYS_MAX)]


class CreateConversation(msgspec.Struct, frozen=True, rename="camel"):
    configuration_id: str
    name: Name | None = None
    participants: Annotated[list[NewParticipantIn], Limits(max_length=limits.PARTICIPANTS_PER_CREATE_MAX)] | None = None
    metadata: Metadata | None = None


class ReplaceConversation(msgspec.Struct, frozen=True):
    """Replaces all three: what is absent is cleared."""

    status: Status
    name: Name | None = None
    metadata: Metadata | None = None


class PatchConversation(msgspec.Struct, frozen=True):
    """Changes what is present. A null name clears it, a null metadata value removes its key."""

    status: Status | None = None
    name: Name | UnsetType | None = UNSET
    metadata: dict[MetadataKey, MetadataValue | None] | None = None


class ConversationResource(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    account_id: str
    configuration_id: str
    status: Status
    name: str | None
    metadata: dict[str, str]
    configuration: ConfigurationDocument
    """As it was when the conversation began."""
    participants: list[ParticipantResource]
    created_at: str
    updated_at: str


class ConversationList(msgspec.Struct, frozen=True):
    conversations: list[ConversationResource]
    meta: Meta


@post("/v2/Conversations", status_code=201, responses=PROBLEMS, tags=["Conversations"], summary="Open a conversation")
async def create(rt: Runtime, ctx: Ctx, data: CreateConversation) -> ConversationResource:
    people = [newcomer(person) for person in data.participants or ()]
    async with rt.db.read() as tx:
        configuration = await require_configuration(tx, ctx, data.configuration_id)
    conversation, present = await rt.db.write(
        lambda tx: service.create(tx, ctx, configuration, name=data.name, metadata=data.metadata or {}, people=people)
    )
    return resource(ctx, conversation, present)


@get(
    "/v2/Conversations",
    responses=PROBLEMS,
    tags=["Conversations"],
    summary="List conversations",
    dependencies={"page": paged(limits.PAGE_SIZE_MAX)},
)
async def list_all(
    rt: Runtime,
    ctx: Ctx,
    page: PageRequest,
    status: Annotated[list[Status] | None, Parameter(query="status", description="May be repeated")] = None,
    channel_id: Annotated[
        str | None, Parameter(query="channelId", description="A call or message SID that the conversation holds")
    ] = None,
) -> ConversationList:
    async with rt.db.read() as tx:
        found = await _page(tx, ctx, page, status, channel_id)
        present = await participants.list_of(tx, ctx.store_ids, [one.conversation_id for one in found.items])
    items = [resource(ctx, one, present[one.conversation_id]) for one in found.items]
    return ConversationList(items, meta("conversations", found))


@get(
    "/v2/Conversations/{conversation_id:str}",
    responses=PROBLEMS,
    tags=["Conversations"],
    summary="Fetch a conversation",
)
async def fetch(rt: Runtime, ctx: Ctx, conversation: ConversationId) -> ConversationResource:
    async with rt.db.read() as tx:
        found = await require(tx, ctx, conversation)
        present = await participants.list_of(tx, ctx.store_ids, [conversation])
    return resource(ctx, found, present[conversation])


@put(
    "/v2/Conversations/{conversation_id:str}",
    responses=PROBLEMS,
    tags=["Conversations"],
    summary="Replace a conversation",
)
async def update(
    rt: Runtime, ctx: Ctx, conversation: ConversationId, data: ReplaceConversation
) -> ConversationResource:
    def edit(current: Conversation) -> Conversation:
        return replace(current, status=data.status, name=data.name, metadata=data.metadata or {})

    return await _change(rt, ctx, conversation, edit)


@patch(
    "/v2/Conversations/{conversation_id:str}",
    responses=PROBLEMS,
    tags=["Conversations"],
    summary="Change a conversation",
)
async def modify(rt: Runtime, ctx: Ctx, conversation: ConversationId, data: PatchConversation) -> ConversationResource:
    def edit(current: Conversation) -> Conversation:
        merged = {**current.metadata, **(data.metadata or {})}
        metadata = {key: value for key, value in merged.items() if value is not None}
        if len(metadata) > limits.METADATA_KEYS_MAX:
            raise InvalidInput(f"metadata may have at most {limits.METADATA_KEYS_MAX} keys")
        name = current.name if data.name is UNSET else data.name
        return replace(current, status=data.status or current.status, name=name, metadata=metadata)

    return await _change(rt, ctx, conversation, edit)


async def require(tx: Tx, ctx: Ctx, conversation_id: ConversationId) -> Conversation:
    found = await conversations.fetch(tx, ctx.store_ids, conversation_id)
    if found is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    return found


async def _change(rt: Runtime, ctx: Ctx, conversation_id: ConversationId, edit: service.Edit) -> ConversationResource:
    changed = await rt.db.write(lambda tx: service.change(tx, ctx, ctx.store_ids, conversation_id, edit))
    async with rt.db.read() as tx:
        present = await participants.list_of(tx, ctx.store_ids, [conversation_id])
    return resource(ctx, changed, present[conversation_id])


async def _page(
    tx: Tx, ctx: Ctx, page: PageRequest, status: list[Status] | None, channel_id: str | None
) -> Page[Conversation]:
    async def fetch_rows(order: Order, key: str, limit: int) -> list[Conversation]:
        if channel_id is not None:
            return await conversations.list_of_channel(tx, ctx.store_ids, channel_id, order, key, statuses=status)
        return await conversations.list_page(tx, ctx.store_ids, order, key, limit, statuses=status)

    return await paginate(page, fetch_rows, lambda conversation: conversation.conversation_id)


def resource(ctx: Ctx, conversation: Conversation, present: list[Participant]) -> ConversationResource:
    return ConversationResource(
        id=conversation.conversation_id,
        account_id=ctx.account_sid,
        configuration_id=conversation.configuration_id,
        status=conversation.status,
        name=conversation.name,
        metadata=dict(conversation.metadata),
        configuration=conversation.configuration,
        participants=[participant_resource(ctx, one) for one in present],
        created_at=utc_text(conversation.created_at),
        updated_at=utc_text(conversation.updated_at),
    )
