"""Communications (contract §3.4)."""

from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import Parameter
from msgspec import UNSET
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ConversationId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import parse_instant
from regulars.domain.configurations import Channel
from regulars.domain.conversations import Content
from regulars.domain.resources import CommunicationResource, communication_resource
from regulars.http.auth import checked
from regulars.http.conversations.participants import AddressText, ChannelId, store_of
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import communications as service
from regulars.storage import communications

ParticipantIdText = Annotated[str, Limits(pattern=ids.pattern(ids.PARTICIPANT))]
TimeText = Annotated[str, Limits(max_length=limits.TRANSCRIPTION_TIME_CHARS_MAX)]


class PartyIn(msgspec.Struct, frozen=True, rename="camel"):
    address: AddressText
    channel: Channel
    participant_id: ParticipantIdText | None = None
    delivery_status: Literal["INITIATED", "IN_PROGRESS", "DELIVERED", "READ", "COMPLETED", "FAILED"] | None = None


class WordIn(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    text: Annotated[str, Limits(max_length=limits.TRANSCRIPTION_WORD_CHARS_MAX)]
    start_time: TimeText | None = None
    end_time: TimeText | None = None


class TranscriptionIn(msgspec.Struct, frozen=True, omit_defaults=True):
    channel: int | None = None
    confidence: Annotated[float, Limits(ge=0, le=1)] | None = None
    engine: Annotated[str, Limits(max_length=limits.TRANSCRIPTION_ENGINE_CHARS_MAX)] | None = None
    words: Annotated[list[WordIn], Limits(max_length=limits.TRANSCRIPTION_WORDS_MAX)] | None = None


class ContentIn(msgspec.Struct, frozen=True):
    type: Literal["TEXT", "TRANSCRIPTION"]
    text: Annotated[str, Limits(max_length=limits.COMMUNICATION_TEXT_CHARS_MAX)]
    transcription: TranscriptionIn | None = None


class CreateCommunication(msgspec.Struct, frozen=True, rename="camel"):
    author: PartyIn
    content: ContentIn
    recipients: Annotated[list[PartyIn], Limits(min_length=1, max_length=limits.RECIPIENTS_MAX)]
    channel_id: ChannelId | None = None
    resource_id: ChannelId | None = None
    occurred_at: str | None = None


class CommunicationList(msgspec.Struct, frozen=True):
    communications: list[CommunicationResource]
    meta: Meta


@post(
    "/v2/Conversations/{conversation_id:str}/Communications",
    status_code=201,
    responses=PROBLEMS,
    tags=["Communications"],
    summary="Add a communication",
    request_max_body_size=limits.COMMUNICATION_BODY_BYTES_MAX,
)
async def create(
    rt: Runtime, ctx: Ctx, conversation: ConversationId, data: CreateCommunication
) -> CommunicationResource:
    store_id = await store_of(rt, ctx, conversation)
    message = _message(ctx, data, read_receipts=rt.settings.read_receipts)
    added = await rt.db.write(lambda tx: service.add(tx, ctx, store_id, conversation, message))
    return communication_resource(ctx.account_sid, added)


@get(
    "/v2/Conversations/{conversation_id:str}/Communications",
    responses=PROBLEMS,
    tags=["Communications"],
    summary="List communications",
    dependencies={"page": paged(limits.PAGE_SIZE_MAX)},
)
async def list_all(
    rt: Runtime,
    ctx: Ctx,
    conversation: ConversationId,
    page: PageRequest,
    channel_id: Annotated[str | None, Parameter(query="channelId")] = None,
) -> CommunicationList:
    store_id = await store_of(rt, ctx, conversation)
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: communications.list_page(
                tx, store_id, conversation, order, key, limit, channel_id=channel_id
            ),
            lambda communication: communication.communication_id,
        )
    items = [communication_resource(ctx.account_sid, one) for one in found.items]
    return CommunicationList(items, meta("communications", found))


@get(
    "/v2/Conversations/{conversation_id:str}/Communications/{communication_id:str}",
    responses=PROBLEMS,
    tags=["Communications"],
    summary="Fetch a communication",
)
async def fetch(rt: Runtime, ctx: Ctx, conversation: ConversationId, communication_id: str) -> CommunicationResource:
    store_id = await store_of(rt, ctx, conversation)
    async with rt.db.read() as tx:
        found = await communications.fetch(
            tx, store_id, conversation, checked(ids.COMMUNICATION, communication_id, "communication")
        )
    if found is None:
        raise NotFound(f"There is no communication {communication_id} in this conversation")
    return communication_resource(ctx.account_sid, found)


def _message(ctx: Ctx, data: CreateCommunication, *, read_receipts: bool) -> service.Message:
    content = data.content
    transcription = UNSET if content.transcription is None else msgspec.to_builtins(content.transcription)
    return service.Message(
        author=_party(data.author, read_receipts=read_receipts),
        recipients=[_party(one, read_receipts=read_receipts) for one in data.recipients],
        content=Content(type=content.type, text=content.text, transcription=transcription),
        channel_id=data.channel_id,
        resource_id=data.resource_id,
        occurred_at=parse_instant(data.occurred_at, field="occurredAt") if data.occurred_at else ctx.now,
    )


def _party(data: PartyIn, *, read_receipts: bool) -> service.Party:
    """READ is told only where that is set: Agent Connect drops the whole list for it (contract §8a Q19)."""
    status = data.delivery_status
    return service.Party(
        channel=data.channel,
        address=data.address,
        participant_id=data.participant_id,
        delivery_status="DELIVERED" if status == "READ" and not read_receipts else status,
    )
