"""Actions: messages that a caller wants sent in a conversation, and which of those that a carrier has are ours.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from regulars.core.errors import InvalidInput
from regulars.core.ids import is_sid
from regulars.domain.configurations import Channel
from regulars.domain.conversations import Address, DeliveryStatus, Participant, comparable

ActionStatus = Literal["PENDING", "COMPLETED", "FAILED"]

CARRIED: Final = frozenset({"SMS", "WHATSAPP", "RCS"})
"""Channels whose messages go through the Messages API."""
_TOLD: Final = frozenset({"CHAT", "API"})
"""Channels without a carrier: a message in them is a communication, of which the callbacks tell the other side."""

_WHATSAPP: Final = "whatsapp:"
_CLOCKS_APART_S: Final = 60
"""Our clock and the carrier's may differ by so much. Theirs shows whole seconds, too."""

_TRIAL: Final = "Sent from your Twilio trial account - "
"""What a trial account says before its own words."""

_AGENTS: Final = ("AI_AGENT", "HUMAN_AGENT", "AGENT")
"""For whom a messaging service speaks, the first that is there."""

_OURS: Final = frozenset({"From", "To", "Body", "ContentSid", "ContentVariables", "MediaUrl"})
"""What the payload itself says; channelSettings cannot say otherwise."""

_DELIVERY: Final[Mapping[str, DeliveryStatus]] = {
    "accepted": "INITIATED",
    "scheduled": "INITIATED",
    "queued": "INITIATED",
    "sending": "IN_PROGRESS",
    "sent": "IN_PROGRESS",
    "delivered": "DELIVERED",
    "read": "READ",
    "undelivered": "FAILED",
    "failed": "FAILED",
    "canceled": "FAILED",
}


class Reference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Sender or recipient as a caller names it."""

    participant_id: str | None = None
    address: str | None = None
    channel: Channel | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Sender or recipient as it was found. Without a participant it is an address that nobody here had yet."""

    channel: Channel
    address: str
    participant_id: str | None = None


class MessageContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Words with pictures, or a template with what fills its gaps."""

    text: str | None = None
    content_id: str | None = None
    variables: Mapping[str, str] = {}
    media_urls: Sequence[str] = ()


class Payload(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A message as it is kept until it is sent."""

    sender: Place = msgspec.field(name="from")
    to: Sequence[Place]
    content: MessageContent
    channel_settings: Mapping[str, Any] = {}

    @property
    def channel(self) -> Channel:
        return self.sender.channel

    @property
    def channel_id(self) -> str | None:
        given = self.channel_settings.get("channelId")
        return given if isinstance(given, str) and given else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`sent_at` is when the last try to send it began whose end is not known yet."""

    store_id: str
    conversation_id: str
    action_id: str
    type: str
    payload: Payload
    status: ActionStatus
    message_sid: str | None
    communication_id: str | None
    failure_reason: str | None
    sent_at: datetime | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message as the Messages API takes it. `from_` is None when a messaging service chooses it."""

    from_: str | None
    to: str
    body: str | None
    content_sid: str | None
    content_variables: Mapping[str, str]
    media_urls: Sequence[str]
    others: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierMessage:
    """A message as the Messages API tells it. `from_` is empty while a messaging service has not chosen it."""

    sid: str
    from_: str
    to: str
    body: str
    status: str
    direction: str
    created_at: datetime
    sent_at: datetime | None


def resolve(field: str, wanted: Reference, present: Sequence[Participant]) -> Place:
    """The one address that is meant. Raises InvalidInput when there is none, or more than one."""
    if wanted.participant_id is None:
        return _by_address(field, wanted, present)
    one = next((one for one in present if one.participant_id == wanted.participant_id), None)
    if one is None:
        raise InvalidInput(f"{field}: participant {wanted.participant_id} is not in this conversation")
    found = _fitting(wanted, one.addresses)
    if not found:
        raise InvalidInput(f"{field}: participant {one.participant_id} has no such address")
    if len(found) > 1:
        raise InvalidInput(
            f"{field}: participant {one.participant_id} has several addresses; name the channel, or the address too"
        )
    return Place(channel=found[0].channel, address=found[0].address, participant_id=one.participant_id)


def _by_address(field: str, wanted: Reference, present: Sequence[Participant]) -> Place:
    if wanted.address is None or wanted.channel is None:
        raise InvalidInput(f"{field}: name a participantId, or an address and its channel")
    channel, address = wanted.channel, wanted.address
    one = next((one for one in present if one.speaks_from(channel, address)), None)
    return Place(channel=channel, address=address, participant_id=None if one is None else one.participant_id)


def _fitting(wanted: Reference, addresses: Sequence[Address]) -> list[Address]:
    places = {(own.channel, own.address): own for own in addresses}
    return [
        own
        for own in places.values()
        if wanted.channel in (None, own.channel) and wanted.address in (None, own.address)
    ]


def check(payload: Payload) -> None:
    """Raises InvalidInput for a message that nobody could send."""
    channel = payload.channel
    if channel not in CARRIED | _TOLD:
        raise InvalidInput(f"Messages cannot be sent over {channel}; use SMS, WHATSAPP, RCS, CHAT or API")
    if any(place.channel != channel for place in payload.to):
        raise InvalidInput("from and to must be on the same channel")
    if channel in CARRIED and len(payload.to) > 1:
        raise InvalidInput(f"A message over {channel} has one recipient; ask for one action for each")
    _check_content(channel, payload.content)


def _check_content(channel: Channel, content: MessageContent) -> None:
    own_words = bool(content.text) or bool(content.media_urls)
    if own_words and content.content_id:
        raise InvalidInput("content is either text and mediaUrls, or contentId and variables")
    if not own_words and not content.content_id:
        raise InvalidInput("content is empty: give text, mediaUrls or contentId")
    if content.variables and not content.content_id:
        raise InvalidInput("variables fill the gaps of a template: give its contentId")
    if channel in _TOLD and not content.text:
        raise InvalidInput(f"A message over {channel} needs text")


def outgoing(payload: Payload) -> Outgoing:
    """`from` may be a messaging service, MG…; other channelSettings are handed on under the names of the API."""
    sender = _carrier_address(payload.sender)
    others = {_api_name(name): _text(value) for name, value in payload.channel_settings.items() if _is_plain(value)}
    others = {name: value for name, value in others.items() if name not in _OURS and name != "ChannelId"}
    by_service = is_sid("MG", sender)
    if by_service:
        others["MessagingServiceSid"] = sender
    content = payload.content
    return Outgoing(
        from_=None if by_service else sender,
        to=_carrier_address(payload.to[0]),
        body=content.text or None,
        content_sid=content.content_id,
        content_variables=content.variables,
        media_urls=content.media_urls,
        others=others,
    )


def _carrier_address(place: Place) -> str:
    prefixed = place.address.lower().startswith(_WHATSAPP) or is_sid("MG", place.address)
    return f"{_WHATSAPP}{place.address}" if place.channel == "WHATSAPP" and not prefixed else place.address


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _api_name(name: str) -> str:
    return name[:1].upper() + name[1:]


def speaker(sender: Place, reported: str, present: Sequence[Participant]) -> Place:
    """Whose message it is. A messaging service speaks for whoever has the number that it chose, `reported`, else for
    the agent on that channel: nobody joins on its account while there is one."""
    if sender.participant_id is not None or not is_sid("MG", sender.address):
        return sender
    channel = sender.channel
    one = next((one for one in present if one.speaks_from(channel, reported)), None) or _agent(channel, present)
    if one is None:
        return Place(channel=channel, address=reported or sender.address)
    own = [address.address for address in one.addresses if address.channel == channel]
    same = [address for address in own if comparable(channel, address) == comparable(channel, reported)]
    return Place(channel=channel, address=[*same, reported or own[0]][0], participant_id=one.participant_id)


def _agent(channel: Channel, present: Sequence[Participant]) -> Participant | None:
    there = [one for one in present if any(address.channel == channel for address in one.addresses)]
    return next((one for type_ in _AGENTS for one in there if one.type == type_), None)


def spellings(place: Place) -> set[str]:
    """How the same address may stand elsewhere."""
    bare = comparable(place.channel, place.address)
    return {place.address, bare, _carrier_address(Place(channel=place.channel, address=bare))}


def looked_for_since(sent_at: datetime) -> datetime:
    return sent_at - timedelta(seconds=_CLOCKS_APART_S)


def find(
    wanted: Outgoing, listed: Sequence[CarrierMessage], sent_at: datetime, known: Collection[str]
) -> CarrierMessage | None:
    """The oldest message that a try which began at `sent_at` may have made and that is nobody else's.

    `listed` are messages between the same two.
    """
    since = looked_for_since(sent_at)
    fitting = [
        message
        for message in listed
        if message.sid not in known
        and message.direction.startswith("outbound")
        and message.created_at >= since
        and _says(message, wanted)
    ]
    return min(fitting, key=lambda message: message.created_at, default=None)


def _says(message: CarrierMessage, wanted: Outgoing) -> bool:
    """A template's words are not ours to compare."""
    return wanted.content_sid is not None or message.body.removeprefix(_TRIAL).strip() == (wanted.body or "").strip()


def delivery_status(message_status: str, *, read_receipts: bool) -> DeliveryStatus | None:
    """A carrier's word for how far a message is. None for those that say nothing of a message that we sent."""
    status = _DELIVERY.get(message_status)
    return "DELIVERED" if status == "READ" and not read_receipts else status


def display(content: MessageContent, sent: CarrierMessage | None) -> str:
    """What was said: a template's words are known to the carrier alone."""
    return content.text or (sent.body if sent is not None and content.content_id else "")
