"""Conversations (contract §3.2)."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import Parameter
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import ConversationId
from regulars.core.page import Order, Page, PageRequest, paginate
from regulars.core.text import whole
from regulars.domain.configurations import ConfigurationDocument
from regulars.domain.conversations import Conversation, Status
from regulars.domain.resources import ConversationResource, conversation_resource
from regulars.http.conversations.configurations import require as require_configuration
from regulars.http.conversations.idempotency import IdempotencyKey, fingerprint
from regulars.http.conversations.inline import InlineConfiguration, inline
from regulars.http.conversations.participants import NewParticipantIn, newcomer
from regulars.http.conversations.status_callbacks import StatusCallbacks, callbacks
from regulars.http.operations import headers_of, related, status_url
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import conversations as service
from regulars.services.idempotency import once
from regulars.settings import Settings
from regulars.storage import conversations, participants
from regulars.storage.db import Tx

Name = Annotated[str, Limits(max_length=limits.CONVERSATION_NAME_CHARS_MAX)]
MetadataKey = Annotated[
    str, Limits(min_length=1, max_length=limits.METADATA_KEY_CHARS_MAX, pattern=whole(r"[A-Za-z0-9._-]+"))
]
MetadataValue = Annotated[str, Limits(max_length=limits.METADATA_VALUE_CHARS_MAX)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Limits(max_length=limits.METADATA_KEYS_MAX)]


class CreateConversation(msgspec.Struct, frozen=True, rename="camel"):
    """`configuration_id`, or `configuration`, or both: then the latter is said for this conversation alone."""

    configuration_id: str | None = None
    configuration: InlineConfiguration | None = None
    name: Name | None = None
    participants: Annotated[list[NewParticipantIn], Limits(max_length=limits.PARTICIPANTS_PER_CREATE_MAX)] | None = None
    metadata: Metadata | None = None


class ReplaceConversation(msgspec.Struct, frozen=True):
    """Replaces all three: what is absent is cleared."""

    status: Status
    name: Name | None = None
    metadata: Metadata | None = None


class CallbacksOnly(msgspec.Struct, frozen=True, rename="camel"):
    """An empty list, or null, stops the callbacks of this conversation."""

    status_callbacks: StatusCallbacks | UnsetType | None = UNSET


class PatchConversation(msgspec.Struct, frozen=True):
    """Changes what is present. A null name clears it, a null metadata value removes its key."""

    status: Status | None = None
    name: Name | UnsetType | None = UNSET
    metadata: dict[MetadataKey, MetadataValue | None] | None = None
    configuration: CallbacksOnly | None = None


class ConversationList(msgspec.Struct, frozen=True):
    conversations: list[ConversationResource]
    meta: Meta


class ConversationAccepted(msgspec.Struct, frozen=True, rename="camel"):
    status_url: str
    related: dict[str, str]


@post("/v2/Conversations", status_code=201, responses=PROBLEMS, tags=["Conversations"], summary="Open a conversation")
async def create(rt: Runtime, ctx: Ctx, data: CreateConversation) -> ConversationResource:
    people = [newcomer(person) for person in data.participants or ()]
    document = await _document(rt, ctx, data)
    conversation, present = await rt.db.write(
        lambda tx: service.create(
            tx,
            ctx,
            document,
            configuration_id=data.configuration_id,
            name=data.name,
            metadata=data.metadata or {},
            people=people,
        )
    )
    return conversation_resource(ctx.account_sid, conversation, present)


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
    items = [conversation_resource(ctx.account_sid, one, present[one.conversation_id]) for one in found.items]
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
    return conversation_resource(ctx.account_sid, found, present[conversation])


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
        configuration = _with_callbacks(current.configuration, data.configuration, rt.settings)
        status = data.status or current.status
        return replace(current, status=status, name=name, metadata=metadata, configuration=configuration)

    return await _change(rt, ctx, conversation, edit)


@delete(
    "/v2/Conversations/{conversation_id:str}",
    status_code=202,
    responses=PROBLEMS,
    tags=["Conversations"],
    summary="Delete a conversation",
)
async def remove(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    conversation: ConversationId,
    idempotency_key: IdempotencyKey = None,
) -> Response[ConversationAccepted]:
    """With everything said in it. What was learned from it stays with the customers."""
    same = await fingerprint(request)
    started = await rt.db.write(
        lambda tx: once(tx, ctx, idempotency_key, same, lambda: service.remove(tx, ctx, ctx.store_ids, conversation))
    )
    url = status_url(request, "v2", started.operation_id)
    return Response(ConversationAccepted(url, related(started.resource_id)), headers=headers_of(started, url))


async def _document(rt: Runtime, ctx: Ctx, data: CreateConversation) -> ConfigurationDocument:
    """What the configuration says, and over it what the caller says for this conversation alone."""
    if data.configuration_id is None and data.configuration is None:
        raise InvalidInput("Give a configurationId, or a configuration")
    async with rt.db.read() as tx:
        known = None if data.configuration_id is None else await require_configuration(tx, ctx, data.configuration_id)
    base = None if known is None else known.document
    return inline(base, data.configuration, ctx.store_ids, rt.settings)


def _with_callbacks(
    document: ConfigurationDocument, given: CallbacksOnly | None, settings: Settings
) -> ConfigurationDocument:
    if given is None or isinstance(given.status_callbacks, UnsetType):
        return document
    return msgspec.structs.replace(document, status_callbacks=callbacks(given.status_callbacks, settings))


async def require(tx: Tx, ctx: Ctx, conversation_id: ConversationId) -> Conversation:
    found = await conversations.fetch(tx, ctx.store_ids, conversation_id)
    if found is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    return found


async def _change(rt: Runtime, ctx: Ctx, conversation_id: ConversationId, edit: service.Edit) -> ConversationResource:
    changed = await rt.db.write(lambda tx: service.change(tx, ctx, ctx.store_ids, conversation_id, edit))
    async with rt.db.read() as tx:
        present = await participants.list_of(tx, ctx.store_ids, [conversation_id])
    return conversation_resource(ctx.account_sid, changed, present[conversation_id])


async def _page(
    tx: Tx, ctx: Ctx, page: PageRequest, status: list[Status] | None, channel_id: str | None
) -> Page[Conversation]:
    async def fetch_rows(order: Order, key: str, limit: int) -> list[Conversation]:
        if channel_id is not None:
            return await conversations.list_of_channel(
                tx, ctx.store_ids, channel_id, order, key, limit, statuses=status
            )
        return await conversations.list_page(tx, ctx.store_ids, order, key, limit, statuses=status)

    return await paginate(page, fetch_rows, lambda conversation: conversation.conversation_id)
