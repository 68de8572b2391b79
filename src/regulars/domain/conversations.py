"""Conversations: participants, communications, lifecycle, and the key that groups messages into one."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from regulars.domain.configurations import Channel, ChannelSettings, ConfigurationDocument, GroupingType
from regulars.domain.identity import bare_address

_GROUP_KEY_CHARS_MAX: Final = 512

Status = Literal["ACTIVE", "INACTIVE", "CLOSED"]
ParticipantType = Literal["CUSTOMER", "HUMAN_AGENT", "AI_AGENT", "AGENT", "UNKNOWN"]


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
    store_id: str
    conversation_id: str
    configuration_id: str
    configuration: ConfigurationDocument
    group_key: str | None
    status: Status
    name: str | None
    metadata: Mapping[str, str]
    last_position: int
    last_communication_at: datetime
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime


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
        wanted = (channel, bare_address(address))
        return any((own.channel, bare_address(own.address)) == wanted for own in self.addresses)


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


def group_key(
    grouping: GroupingType, configuration_id: str, addresses: Iterable[Address], profile_ids: Iterable[str]
) -> str:
    """The name under which at most one conversation of a configuration is open (contract §5, Grouping key).

    Without a profile, GROUP_BY_PROFILE falls back to the addresses (§8b U16).
    """
    profiles = sorted(set(profile_ids))
    if grouping == "GROUP_BY_PROFILE" and profiles:
        return _named(configuration_id, "profile", *profiles)
    known = list(addresses)
    bare = sorted({bare_address(address.address) for address in known})
    if grouping == "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE":
        return _named(configuration_id, *sorted({address.channel for address in known}), *bare)
    return _named(configuration_id, "addresses", *bare)


def _named(configuration_id: str, *parts: str) -> str:
    """Readable while it is short. An index holds keys of about 2,700 bytes at most, so long ones are hashed."""
    text = "|".join(part.replace("\\", r"\\").replace("|", r"\|") for part in parts)
    if len(text) > _GROUP_KEY_CHARS_MAX:
        text = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return f"{configuration_id}|{text}"


def due_at(
    settings: Mapping[str, ChannelSettings], channels: Iterable[str], status: Status, last_communication_at: datetime
) -> datetime | None:
    """When a timer changes the status next, or None. Both timeouts run from the last communication.

    In a conversation over several channels the longest timeout governs; a channel without one holds it open.
    """
    timeouts = [settings[c].status_timeouts for c in channels if c in settings]
    if status == "CLOSED" or not timeouts:
        return None
    inactive = _longest([t.inactive if t else None for t in timeouts]) if status == "ACTIVE" else None
    closed = _longest([t.closed if t else None for t in timeouts])
    minutes = min((m for m in (inactive, closed) if m is not None), default=None)
    return None if minutes is None else last_communication_at + timedelta(minutes=minutes)


def status_when_due(
    settings: Mapping[str, ChannelSettings],
    channels: Iterable[str],
    status: Status,
    last_communication_at: datetime,
    now: datetime,
) -> Status:
    """The status after every timer that ran out by `now`: one that slept through both goes straight to CLOSED."""
    places = list(channels)
    while (due := due_at(settings, places, status, last_communication_at)) is not None and due <= now:
        closing = due_at(settings, places, "INACTIVE", last_communication_at)
        status = "CLOSED" if closing is not None and closing <= due else "INACTIVE"
    return status


def _longest(minutes: Sequence[int | None]) -> int | None:
    set_ones = [m for m in minutes if m is not None]
    return max(set_ones) if len(set_ones) == len(minutes) and set_ones else None
