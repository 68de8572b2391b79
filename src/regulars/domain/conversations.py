"""Conversations: participants, communications, lifecycle, and the key that groups messages into one."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final, Literal

import msgspec

from regulars.core import limits
from regulars.domain.configurations import Channel, ChannelSettings, ConfigurationDocument, GroupingType
from regulars.domain.identity import bare_address

_GROUP_KEY_CHARS_MAX: Final = 512
GROUP_KEYS_MAX: Final = 50
"""Of one conversation: every message reads and writes them."""

LIFE_MAX: Final = timedelta(minutes=limits.STATUS_TIMEOUT_MINUTES_MAX)
_INLINE: Final = "inline"
"""Stands for the configuration of conversations that brought their own."""

Status = Literal["ACTIVE", "INACTIVE", "CLOSED"]
ParticipantType = Literal["CUSTOMER", "HUMAN_AGENT", "AI_AGENT", "AGENT", "UNKNOWN"]


DeliveryStatus = Literal["INITIATED", "IN_PROGRESS", "FAILED", "DELIVERED", "READ"]

TellableStatus = Literal[DeliveryStatus, "COMPLETED"]
"""COMPLETED is an older word for DELIVERED (contract §3.4)."""

_DELIVERY_RANKS: Final[Mapping[str | None, int]] = {
    None: 0,
    "INITIATED": 1,
    "IN_PROGRESS": 2,
    "FAILED": 3,
    "COMPLETED": 4,
    "DELIVERED": 4,
    "READ": 5,
}


class Address(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    channel: Channel
    address: str
    channel_id: str | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    address: str
    channel: Channel
    participant_id: str


class Recipient(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    address: str
    channel: Channel
    participant_id: str
    delivery_status: str | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    type: Literal["TEXT", "TRANSCRIPTION"]
    text: str
    transcription: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`group_keys` are the names under which messages find it while it is open. `communications_version` counts what
    changed of what was said in it; it is no part of what a conversation is."""

    store_id: str
    conversation_id: str
    configuration_id: str | None
    configuration: ConfigurationDocument
    group_keys: Sequence[str]
    status: Status
    name: str | None
    metadata: Mapping[str, str]
    last_position: int
    last_communication_at: datetime
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    communications_version: int = field(default=0, compare=False)

    @property
    def ends_at(self) -> datetime:
        """However much is said, no conversation lives longer (contract §1.8)."""
        return self.created_at + LIFE_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    participant_id: str
    conversation_id: str
    name: str
    type: ParticipantType
    profile_id: str | None
    addresses: Sequence[Address]
    created_at: datetime
    updated_at: datetime

    def speaks_from(self, channel: str, address: str) -> bool:
        wanted = (channel, comparable(channel, address))
        return any((own.channel, comparable(own.channel, own.address)) == wanted for own in self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """`position` counts from 1 within its conversation, without gaps, in the order of commit."""

    communication_id: str
    conversation_id: str
    position: int
    author: Author
    content: Content
    recipients: Sequence[Recipient]
    channel_id: str | None
    resource_id: str | None
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime


def further_delivered(recipient: Recipient, status: TellableStatus) -> Recipient:
    """Reports of a message's way overtake each other: the furthest counts, whatever the order in which they come."""
    known = _DELIVERY_RANKS.get(recipient.delivery_status, 0)
    if known >= _DELIVERY_RANKS[status]:
        return recipient
    return msgspec.structs.replace(recipient, delivery_status=status)


def channels_of(present: Iterable[Participant]) -> set[str]:
    return {address.channel for one in present for address in one.addresses}


def keys_of(grouping: GroupingType, configuration_id: str | None, present: Sequence[Participant]) -> tuple[str, ...]:
    """The names of an open conversation with these participants: that of all of them first, then those under which
    messages between two of them look for it, so that whoever joins does not lead the others elsewhere.

    The first is what no other open conversation may have (contract §5, Grouping key).
    """
    profile_ids = [one.profile_id for one in present if one.type == "CUSTOMER" and one.profile_id]
    addresses = [address for one in present for address in one.addresses]
    if not addresses and not profile_ids:
        return ()
    parts: Iterable[tuple[Iterable[Address], Iterable[str]]]
    if grouping == "GROUP_BY_PROFILE" and profile_ids:
        parts = [((), [profile_id]) for profile_id in sorted(set(profile_ids))]
    else:
        parts = [((one, other), ()) for one, other in _pairs(present)]
    names = [
        group_key(grouping, configuration_id, addresses, profile_ids),
        *(group_key(grouping, configuration_id, some, profiles) for some, profiles in parts),
    ]
    return tuple(dict.fromkeys(names))[:GROUP_KEYS_MAX]


def _pairs(present: Sequence[Participant]) -> Iterable[tuple[Address, Address]]:
    """Addresses between which a customer and the business may write to each other."""
    for one, other in combinations(present, 2):
        if _side(one) is None or _side(other) is None or _side(one) != _side(other):
            yield from ((a, b) for a in one.addresses for b in other.addresses if a.channel == b.channel)


def _side(one: Participant) -> Literal["customer", "business"] | None:
    """None for somebody of whom nobody knows it."""
    if one.type == "UNKNOWN":
        return None
    return "customer" if one.type == "CUSTOMER" else "business"


def group_key(
    grouping: GroupingType, configuration_id: str | None, addresses: Iterable[Address], profile_ids: Iterable[str]
) -> str:
    """The name under which at most one conversation of a configuration is open (contract §5, Grouping key).

    Without a profile, GROUP_BY_PROFILE falls back to the addresses (§8b U16).
    """
    scope = configuration_id or _INLINE
    profiles = sorted(set(profile_ids))
    if grouping == "GROUP_BY_PROFILE" and profiles:
        return _named(scope, "profile", *profiles)
    known = list(addresses)
    bare = sorted({comparable(address.channel, address.address) for address in known})
    if grouping == "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE":
        return _named(scope, "+".join(sorted({address.channel for address in known})), *bare)
    return _named(scope, "addresses", *bare)


def comparable(channel: str, address: str) -> str:
    """What two spellings of an address have in common: no prefix of its channel, and e-mail in lower case."""
    bare = bare_address(address)
    return bare.lower() if channel == "EMAIL" else bare


def _named(scope: str, *parts: str) -> str:
    """Readable while it is short. An index holds keys of about 2,700 bytes at most, so long ones are hashed."""
    text = "|".join(part.replace("\\", r"\\").replace("|", r"\|") for part in parts)
    if len(text) > _GROUP_KEY_CHARS_MAX:
        text = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return f"{scope}|{text}"


def due_at(
    settings: Mapping[str, ChannelSettings],
    channels: Iterable[str],
    status: Status,
    last_communication_at: datetime,
    *,
    ends_at: datetime | None = None,
) -> datetime | None:
    """When a timer changes the status next, or None. Both timeouts run from the last communication.

    In a conversation over several channels the longest timeout governs; a channel without one holds it open, but not
    beyond `ends_at`.
    """
    if status == "CLOSED":
        return None
    timeouts = [settings[c].status_timeouts for c in channels if c in settings]
    inactive = _longest([t.inactive if t else None for t in timeouts]) if status == "ACTIVE" else None
    closed = _longest([t.closed if t else None for t in timeouts])
    timers = [last_communication_at + timedelta(minutes=m) for m in (inactive, closed) if m is not None]
    return min([*timers, *([] if ends_at is None else [ends_at])], default=None)


def status_when_due(
    settings: Mapping[str, ChannelSettings],
    channels: Iterable[str],
    status: Status,
    last_communication_at: datetime,
    now: datetime,
    *,
    ends_at: datetime | None = None,
) -> Status:
    """The status after every timer that ran out by `now`: one that slept through both goes straight to CLOSED."""
    places = list(channels)
    while (due := due_at(settings, places, status, last_communication_at, ends_at=ends_at)) and due <= now:
        closing = due_at(settings, places, "INACTIVE", last_communication_at, ends_at=ends_at)
        status = "CLOSED" if closing is not None and closing <= due else "INACTIVE"
    return status


def _longest(minutes: Sequence[int | None]) -> int | None:
    set_ones = [m for m in minutes if m is not None]
    return max(set_ones) if len(set_ones) == len(minutes) and set_ones else None
