"""The configuration that a caller gives along with a conversation (contract §3.2)."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import StoreId
from regulars.core.text import whole
from regulars.domain.configurations import (
    Channel,
    ChannelSettings,
    ConfigurationDocument,
    GroupingType,
    Workflow,
)
from regulars.http.conversations.configuration_bodies import IntelligenceIds, StatusTimeoutsIn, StrategyIds, timeouts
from regulars.http.conversations.status_callbacks import StatusCallbacks, callbacks
from regulars.settings import Settings


class TimeoutsOfChannel(msgspec.Struct, frozen=True, rename="camel"):
    """Null clears. Nothing is captured into a conversation by rules of its own, so there are none here."""

    status_timeouts: StatusTimeoutsIn | UnsetType | None = UNSET


class WorkflowIn(msgspec.Struct, frozen=True, rename="camel"):
    flow_id: Annotated[str, Limits(pattern=whole(r"FW[0-9a-fA-F]{32}"))]


class InlineConfiguration(msgspec.Struct, frozen=True, rename="camel"):
    """What is absent is as the configuration says that `configurationId` names, or as if nobody had said it."""

    conversation_grouping_type: GroupingType | None = None
    memory_store_id: str | None = None
    channel_settings: dict[Channel, TimeoutsOfChannel | None] | None = None
    status_callbacks: StatusCallbacks | None = None
    intelligence_configuration_ids: IntelligenceIds | None = None
    trait_extraction_strategy_ids: StrategyIds | None = None
    observation_extraction_strategy_ids: StrategyIds | None = None
    memory_extraction_enabled: bool | None = None
    workflows: Annotated[list[WorkflowIn], Limits(max_length=limits.WORKFLOWS_MAX)] | None = None


def inline(
    base: ConfigurationDocument | None,
    given: InlineConfiguration | None,
    store_ids: Sequence[StoreId],
    settings: Settings,
) -> ConfigurationDocument:
    """`base` with what is given put over it. Without a base, the grouping is by addresses and channel, the contract's
    default, and the account's only store is meant."""
    document = base or _alone(given, store_ids)
    if given is None:
        return document
    wanted: dict[str, Any] = {
        "conversation_grouping_type": given.conversation_grouping_type,
        "memory_store_id": None if given.memory_store_id is None else _own(given.memory_store_id, store_ids),
        "channel_settings": None if given.channel_settings is None else _timed(document, given.channel_settings),
        "status_callbacks": None if given.status_callbacks is None else callbacks(given.status_callbacks, settings),
        "intelligence_configuration_ids": given.intelligence_configuration_ids,
        "trait_extraction_strategy_ids": given.trait_extraction_strategy_ids,
        "observation_extraction_strategy_ids": given.observation_extraction_strategy_ids,
        "memory_extraction_enabled": given.memory_extraction_enabled,
        "workflows": None if given.workflows is None else [Workflow(flow_id=one.flow_id) for one in given.workflows],
    }
    return msgspec.structs.replace(document, **{name: value for name, value in wanted.items() if value is not None})


def _alone(given: InlineConfiguration | None, store_ids: Sequence[StoreId]) -> ConfigurationDocument:
    named = None if given is None else given.memory_store_id
    if named is None and len(store_ids) != 1:
        raise InvalidInput("configuration.memoryStoreId is required: the account has no store, or more than one")
    return ConfigurationDocument(
        display_name="",
        conversation_grouping_type="GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
        memory_store_id=store_ids[0] if named is None else _own(named, store_ids),
    )


def _own(store_id: str, store_ids: Sequence[StoreId]) -> str:
    if not ids.is_id(ids.STORE, store_id):
        raise InvalidInput("memoryStoreId must be the id of a memory store", code=520049)
    if store_id not in store_ids:
        raise NotFound(f"There is no store {store_id}", code=520041)
    return store_id


def _timed(
    document: ConfigurationDocument, given: dict[Channel, TimeoutsOfChannel | None]
) -> dict[str, ChannelSettings]:
    """Timeouts of the channels that are given; what is not said of them stays the configuration's."""
    known = dict(document.channel_settings)
    for name, one in given.items():
        before = known.get(name, ChannelSettings())
        told = None if one is None else one.status_timeouts
        if isinstance(told, UnsetType):
            known[name] = before
        else:
            wanted = None if told is None else timeouts(name, told)
            known[name] = msgspec.structs.replace(before, status_timeouts=wanted)
    return known
