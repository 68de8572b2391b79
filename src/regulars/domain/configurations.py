"""Configurations: how conversations are captured, grouped and timed out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

Channel = Literal["VOICE", "SMS", "RCS", "EMAIL", "WHATSAPP", "CHAT", "VIDEO", "API", "SYSTEM"]

GroupingType = Literal[
    "GROUP_BY_PARTICIPANT_ADDRESSES", "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE", "GROUP_BY_PROFILE"
]


class StatusTimeouts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Minutes after the last communication. None: that change never comes by itself."""

    inactive: int | None = None
    closed: int | None = None


class CaptureRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`*` matches every address."""

    from_: str = msgspec.field(name="from")
    to: str
    metadata: Mapping[str, str] = {}


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status_timeouts: StatusTimeouts | None = None
    capture_rules: tuple[CaptureRule, ...] = ()


class StatusCallback(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    url: str
    method: Literal["POST", "GET"] = "POST"


class ConversationsV1Bridge(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Kept and told; nothing is bridged."""

    service_id: str


class Workflow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Kept and told; no flow is run."""

    flow_id: str


class ConfigurationDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a conversation keeps of its configuration from its first moment on.

    Fields that were added later have defaults: older documents lie in the database.
    """

    display_name: str
    description: str = ""
    conversation_grouping_type: GroupingType
    memory_store_id: str
    channel_settings: Mapping[str, ChannelSettings] = {}
    status_callbacks: tuple[StatusCallback, ...] = ()
    intelligence_configuration_ids: Sequence[str] = ()
    trait_extraction_strategy_ids: Sequence[str] = ()
    observation_extraction_strategy_ids: Sequence[str] = ()
    memory_extraction_enabled: bool = False
    redaction_configuration_id: str | None = None
    conversations_v1_bridge: ConversationsV1Bridge | None = None
    workflows: Sequence[Workflow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    configuration_id: str
    document: ConfigurationDocument
    version: int
    created_at: datetime
    updated_at: datetime


def merged_channels(
    current: Mapping[str, ChannelSettings], changes: Mapping[str, ChannelSettings | None]
) -> Mapping[str, ChannelSettings]:
    """A value replaces its channel as a whole, None takes it away."""
    wanted = {**current, **changes}
    return {channel: settings for channel, settings in wanted.items() if settings is not None}
