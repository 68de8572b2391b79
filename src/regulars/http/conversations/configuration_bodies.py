"""What configurations are made of, as callers send it (contract §3.1). Conversations take some of it, too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.core.text import whole
from regulars.domain.configurations import (
    CaptureRule,
    Channel,
    ChannelSettings,
    ConfigurationDocument,
    ConversationsV1Bridge,
    GroupingType,
    StatusTimeouts,
    merged_channels,
)
from regulars.http.conversations.status_callbacks import StatusCallbacks, callbacks
from regulars.settings import Settings

T = TypeVar("T")
Out = TypeVar("Out")

DisplayName = Annotated[
    str,
    Limits(min_length=1, max_length=limits.CONFIGURATION_DISPLAY_NAME_CHARS_MAX, pattern=whole(r"[a-zA-Z0-9_ -]+")),
]
Description = Annotated[str, Limits(max_length=limits.CONFIGURATION_DESCRIPTION_CHARS_MAX)]
Minutes = Annotated[int, Limits(ge=1, le=limits.STATUS_TIMEOUT_MINUTES_MAX)]
IntelligenceId = Annotated[str, Limits(min_length=1, max_length=limits.INTELLIGENCE_ID_CHARS_MAX)]
IntelligenceIds = Annotated[list[IntelligenceId], Limits(max_length=limits.INTELLIGENCE_CONFIGURATIONS_MAX)]
StrategyIds = Annotated[list[IntelligenceId], Limits(max_length=limits.EXTRACTION_STRATEGIES_MAX)]
Pattern = Annotated[str, Limits(min_length=1, max_length=limits.ADDRESS_CHARS_MAX)]
MetadataKey = Annotated[str, Limits(min_length=1, max_length=limits.METADATA_KEY_CHARS_MAX)]
MetadataValue = Annotated[str, Limits(max_length=limits.METADATA_VALUE_CHARS_MAX)]


class StatusTimeoutsIn(msgspec.Struct, frozen=True):
    inactive: Minutes | None = None
    closed: Minutes | None = None


class CaptureRuleIn(msgspec.Struct, frozen=True, kw_only=True):
    from_: Pattern = msgspec.field(name="from")
    to: Pattern
    metadata: Annotated[dict[MetadataKey, MetadataValue], Limits(max_length=limits.METADATA_KEYS_MAX)] | None = None


class ChannelSettingsIn(msgspec.Struct, frozen=True, rename="camel"):
    status_timeouts: StatusTimeoutsIn | None = None
    capture_rules: Annotated[list[CaptureRuleIn], Limits(max_length=limits.CAPTURE_RULES_PER_CHANNEL_MAX)] | None = None


ChannelsIn = dict[Channel, ChannelSettingsIn | None]


class BridgeIn(msgspec.Struct, frozen=True, rename="camel"):
    service_id: Annotated[str, Limits(pattern=whole("IS[0-9a-fA-F]{32}"))]


class _Optional(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What POST and PUT may leave out."""

    status_callbacks: StatusCallbacks | None = None
    intelligence_configuration_ids: IntelligenceIds | None = None
    trait_extraction_strategy_ids: StrategyIds | None = None
    observation_extraction_strategy_ids: StrategyIds | None = None
    memory_extraction_enabled: bool | None = None
    redaction_configuration_id: IntelligenceId | None = None
    conversations_v1_bridge: BridgeIn | None = None


class CreateConfiguration(_Optional, frozen=True, kw_only=True):
    display_name: DisplayName
    description: Description | None = None
    conversation_grouping_type: GroupingType
    memory_store_id: str | None = None
    channel_settings: ChannelsIn | None = None


class ReplaceConfiguration(_Optional, frozen=True, kw_only=True):
    """What is left out is cleared, but for the name, which stays."""

    display_name: DisplayName | None = None
    description: Description
    conversation_grouping_type: GroupingType
    memory_store_id: str
    channel_settings: ChannelsIn


class PatchConfiguration(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What is left out stays, null clears; a name, grouping or store cannot be cleared, so there null leaves it."""

    display_name: DisplayName | None = None
    conversation_grouping_type: GroupingType | None = None
    memory_store_id: str | None = None
    description: Description | UnsetType | None = UNSET
    channel_settings: ChannelsIn | UnsetType | None = UNSET
    status_callbacks: StatusCallbacks | UnsetType | None = UNSET
    intelligence_configuration_ids: IntelligenceIds | UnsetType | None = UNSET
    trait_extraction_strategy_ids: StrategyIds | UnsetType | None = UNSET
    observation_extraction_strategy_ids: StrategyIds | UnsetType | None = UNSET
    memory_extraction_enabled: bool | UnsetType | None = UNSET
    redaction_configuration_id: IntelligenceId | UnsetType | None = UNSET
    conversations_v1_bridge: BridgeIn | UnsetType | None = UNSET


def document(
    data: CreateConfiguration | ReplaceConfiguration, *, display_name: str, store_id: str, settings: Settings
) -> ConfigurationDocument:
    return ConfigurationDocument(
        display_name=display_name,
        description=data.description or "",
        conversation_grouping_type=data.conversation_grouping_type,
        memory_store_id=store_id,
        channel_settings=merged_channels({}, channels(data.channel_settings)),
        status_callbacks=callbacks(data.status_callbacks, settings),
        intelligence_configuration_ids=_listed(data.intelligence_configuration_ids),
        trait_extraction_strategy_ids=_listed(data.trait_extraction_strategy_ids),
        observation_extraction_strategy_ids=_listed(data.observation_extraction_strategy_ids),
        memory_extraction_enabled=bool(data.memory_extraction_enabled),
        redaction_configuration_id=data.redaction_configuration_id,
        conversations_v1_bridge=_bridge(data.conversations_v1_bridge),
    )


def patched(current: ConfigurationDocument, data: PatchConfiguration, settings: Settings) -> ConfigurationDocument:
    wanted: dict[str, Any] = {
        "display_name": data.display_name or UNSET,
        "conversation_grouping_type": data.conversation_grouping_type or UNSET,
        "memory_store_id": UNSET if data.memory_store_id is None else data.memory_store_id,
        "description": _given(data.description, lambda text: text or ""),
        "channel_settings": _given(data.channel_settings, lambda given: _merged(current, given)),
        "status_callbacks": _given(data.status_callbacks, lambda given: callbacks(given, settings)),
        "intelligence_configuration_ids": _given(data.intelligence_configuration_ids, _listed),
        "trait_extraction_strategy_ids": _given(data.trait_extraction_strategy_ids, _listed),
        "observation_extraction_strategy_ids": _given(data.observation_extraction_strategy_ids, _listed),
        "memory_extraction_enabled": _given(data.memory_extraction_enabled, bool),
        "redaction_configuration_id": data.redaction_configuration_id,
        "conversations_v1_bridge": _given(data.conversations_v1_bridge, _bridge),
    }
    return msgspec.structs.replace(current, **{name: value for name, value in wanted.items() if value is not UNSET})


def channels(given: ChannelsIn | None) -> Mapping[str, ChannelSettings | None]:
    """Raises InvalidInput for timeouts that contradict each other."""
    return {name: None if one is None else _channel(name, one) for name, one in (given or {}).items()}


def timeouts(name: str, given: StatusTimeoutsIn) -> StatusTimeouts | None:
    """Both or only `closed`: Agent Connect refuses timeouts without it (contract §8a Q17)."""
    if given.closed is None:
        if given.inactive is None:
            return None
        raise InvalidInput(f"channelSettings.{name}.statusTimeouts needs closed")
    if given.inactive is not None and given.inactive > given.closed:
        raise InvalidInput(f"channelSettings.{name}.statusTimeouts.inactive must not be longer than closed")
    return StatusTimeouts(inactive=given.inactive, closed=given.closed)


def _channel(name: str, given: ChannelSettingsIn) -> ChannelSettings:
    return ChannelSettings(
        status_timeouts=None if given.status_timeouts is None else timeouts(name, given.status_timeouts),
        capture_rules=tuple(
            CaptureRule(from_=rule.from_, to=rule.to, metadata=rule.metadata or {})
            for rule in given.capture_rules or ()
        ),
    )


def _merged(current: ConfigurationDocument, given: ChannelsIn | None) -> Mapping[str, ChannelSettings]:
    """Null for all of them takes all of them away."""
    return {} if given is None else merged_channels(current.channel_settings, channels(given))


def _listed(given: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(given or ())


def _bridge(given: BridgeIn | None) -> ConversationsV1Bridge | None:
    return None if given is None else ConversationsV1Bridge(service_id=given.service_id)


def _given(value: T | UnsetType | None, build: Callable[[T | None], Out]) -> Out | UnsetType:
    return UNSET if isinstance(value, UnsetType) else build(value)
