"""What happens in a conversation, as its status callbacks tell it (contract §6)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import msgspec

from regulars.domain.conversations import Communication, Conversation, Participant
from regulars.domain.resources import (
    CommunicationResource,
    ConversationResource,
    ParticipantResource,
    communication_resource,
    conversation_resource,
    participant_resource,
)

Resource = ConversationResource | ParticipantResource | CommunicationResource


class ConversationEvent(NamedTuple):
    type: Literal["CONVERSATION_CREATED", "CONVERSATION_UPDATED"]
    conversation: Conversation
    present: Sequence[Participant]


class ParticipantEvent(NamedTuple):
    type: Literal["PARTICIPANT_ADDED", "PARTICIPANT_UPDATED", "PARTICIPANT_REMOVED"]
    participant: Participant


class CommunicationEvent(NamedTuple):
    type: Literal["COMMUNICATION_CREATED", "COMMUNICATION_UPDATED"]
    communication: Communication


Event = ConversationEvent | ParticipantEvent | CommunicationEvent


def encode(event: Event, account_sid: str, now: datetime) -> str:
    """The body that is sent, and signed, byte for byte at every attempt."""
    timestamp = now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    body = {"eventType": event.type, "timestamp": timestamp, "data": _resource(event, account_sid)}
    return msgspec.json.encode(body).decode()


def _resource(event: Event, account_sid: str) -> Resource:
    match event:
        case ConversationEvent():
            return conversation_resource(account_sid, event.conversation, event.present)
        case ParticipantEvent():
            return participant_resource(account_sid, event.participant)
        case CommunicationEvent():
            return communication_resource(account_sid, event.communication)
