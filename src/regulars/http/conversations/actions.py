"""Actions: messages sent in a conversation (contract §3.5)."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ConversationId
from regulars.core.text import whole
from regulars.core.times import utc_text
from regulars.domain.actions import Action, ActionStatus, MessageContent, Reference
from regulars.domain.configurations import Channel
from regulars.http.auth import checked
from regulars.http.conversations.participants import AddressText, store_of
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import actions as service
from regulars.storage import actions

ParticipantIdText = Annotated[str, Limits(pattern=ids.pattern(ids.PARTICIPANT))]
TemplateId = Annotated[str, Limits(pattern=whole(r"HX[0-9a-fA-F]{32}"))]
Variable = Annotated[str, Limits(max_length=limits.CONTENT_VARIABLE_CHARS_MAX)]
MediaUrl = Annotated[str, Limits(min_length=1, max_length=limits.MEDIA_URL_CHARS_MAX)]


class ReferenceIn(msgspec.Struct, frozen=True, rename="camel"):
    """A participant of the conversation, an address, or both."""

    participant_id: ParticipantIdText | None = None
    address: AddressText | None = None
    channel: Channel | None = None


class MessageContentIn(msgspec.Struct, frozen=True, rename="camel"):
    text: Annotated[str, Limits(max_length=limits.COMMUNICATION_TEXT_CHARS_MAX)] | None = None
    content_id: TemplateId | None = None
    variables: Annotated[dict[str, Variable], Limits(max_length=limits.CONTENT_VARIABLES_MAX)] | None = None
    media_urls: Annotated[list[MediaUrl], Limits(max_length=limits.MEDIA_URLS_MAX)] | None = None


class SendMessagePayload(msgspec.Struct, frozen=True, rename="camel"):
    to: Annotated[list[ReferenceIn], Limits(min_length=1, max_length=limits.RECIPIENTS_MAX)]
    content: MessageContentIn
    from_: ReferenceIn = msgspec.field(name="from")
    channel_settings: Annotated[dict[str, Any], Limits(max_length=limits.ACTION_CHANNEL_SETTINGS_MAX)] | None = None


class CreateAction(msgspec.Struct, frozen=True):
    type: Literal["SEND_MESSAGE", "action-send-message"]
    payload: SendMessagePayload


class Related(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    message_sid: str | UnsetType = UNSET
    communication_id: str | UnsetType = UNSET


class ActionResource(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    type: str
    status: ActionStatus
    conversation_id: str
    related: Related
    created_at: str
    updated_at: str
    completed_at: str | None
    failure_reason: str | None


@post(
    "/v2/Conversations/{conversation_id:str}/Actions",
    status_code=202,
    responses=PROBLEMS,
    tags=["Actions"],
    summary="Send a message",
    request_max_body_size=limits.COMMUNICATION_BODY_BYTES_MAX,
)
async def create(rt: Runtime, ctx: Ctx, conversation: ConversationId, data: CreateAction) -> ActionResource:
    store_id = await store_of(rt, ctx, conversation)
    asked = _asked(data)
    made = await rt.db.write(lambda tx: service.create(tx, ctx, store_id, conversation, asked))
    return resource(made)


@get(
    "/v2/Conversations/{conversation_id:str}/Actions/{action_id:str}",
    responses=PROBLEMS,
    tags=["Actions"],
    summary="Fetch an action",
)
async def fetch(rt: Runtime, ctx: Ctx, conversation: ConversationId, action_id: str) -> ActionResource:
    store_id = await store_of(rt, ctx, conversation)
    async with rt.db.read() as tx:
        found = await actions.fetch(tx, store_id, conversation, checked(ids.ACTION, action_id, "action"))
    if found is None:
        raise NotFound(f"There is no action {action_id} in this conversation")
    return resource(found)


def resource(action: Action) -> ActionResource:
    return ActionResource(
        id=action.action_id,
        type=action.type,
        status=action.status,
        conversation_id=action.conversation_id,
        related=Related(message_sid=action.message_sid or UNSET, communication_id=action.communication_id or UNSET),
        created_at=utc_text(action.created_at),
        updated_at=utc_text(action.updated_at),
        completed_at=None if action.completed_at is None else utc_text(action.completed_at),
        failure_reason=action.failure_reason,
    )


def _asked(data: CreateAction) -> service.Asked:
    payload, content = data.payload, data.payload.content
    return service.Asked(
        type=data.type,
        sender=_reference(payload.from_),
        to=[_reference(one) for one in payload.to],
        content=MessageContent(
            text=content.text or None,
            content_id=content.content_id,
            variables=content.variables or {},
            media_urls=content.media_urls or (),
        ),
        channel_settings=payload.channel_settings or {},
    )


def _reference(data: ReferenceIn) -> Reference:
    return Reference(participant_id=data.participant_id, address=data.address, channel=data.channel)
