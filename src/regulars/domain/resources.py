"""Conversations, participants and communications as the outside world sees them (contract §3.9): over HTTP and in
status callbacks alike."""

from collections.abc import Sequence

import msgspec

from regulars.core.times import utc_text
from regulars.domain.configurations import ConfigurationDocument
from regulars.domain.conversations import (
    Address,
    Author,
    Communication,
    Content,
    Conversation,
    Participant,
    ParticipantType,
    Recipient,
    Status,
)


class ParticipantResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    conversation_id: str
    account_id: str
    name: str
    type: ParticipantType
    profile_id: str | None
    addresses: list[Address]
    created_at: str
    updated_at: str


class ConversationResource(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`configuration_id` is None for a conversation that brought its configuration along."""

    id: str
    account_id: str
    configuration_id: str | None
    status: Status
    name: str | None
    metadata: dict[str, str]
    configuration: ConfigurationDocument
    """As it was when the conversation began."""
    participants: list[ParticipantResource]
    created_at: str
    updated_at: str


class CommunicationResource(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    conversation_id: str
    account_id: str
    author: Author
    content: Content
    recipients: list[Recipient]
    channel_id: str | None
    resource_id: str | None
    occurred_at: str
    created_at: str
    updated_at: str


def participant_resource(account_sid: str, participant: Participant) -> ParticipantResource:
    return ParticipantResource(
        id=participant.participant_id,
        conversation_id=participant.conversation_id,
        account_id=account_sid,
        name=participant.name,
        type=participant.type,
        profile_id=participant.profile_id,
        addresses=list(participant.addresses),
        created_at=utc_text(participant.created_at),
        updated_at=utc_text(participant.updated_at),
    )


def conversation_resource(
    account_sid: str, conversation: Conversation, present: Sequence[Participant]
) -> ConversationResource:
    return ConversationResource(
        id=conversation.conversation_id,
        account_id=account_sid,
        configuration_id=conversation.configuration_id,
        status=conversation.status,
        name=conversation.name,
        metadata=dict(conversation.metadata),
        configuration=conversation.configuration,
        participants=[participant_resource(account_sid, one) for one in present],
        created_at=utc_text(conversation.created_at),
        updated_at=utc_text(conversation.updated_at),
    )


def communication_resource(account_sid: str, communication: Communication) -> CommunicationResource:
    return CommunicationResource(
        id=communication.communication_id,
        conversation_id=communication.conversation_id,
        account_id=account_sid,
        author=communication.author,
        content=communication.content,
        recipients=list(communication.recipients),
        channel_id=communication.channel_id,
        resource_id=communication.resource_id,
        occurred_at=utc_text(communication.occurred_at),
        created_at=utc_text(communication.created_at),
        updated_at=utc_text(communication.updated_at),
    )
