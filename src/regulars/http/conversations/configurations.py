"""Configurations (contract §3.1)."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.page import PageRequest, paginate
from regulars.core.text import whole
from regulars.core.times import utc_text
from regulars.domain.configurations import (
    CaptureRule,
    Channel,
    ChannelSettings,
    Configuration,
    ConfigurationDocument,
    GroupingType,
    StatusCallback,
    StatusTimeouts,
)
from regulars.http.operations import headers_of, related, status_url
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import configurations as service
from regulars.storage import configurations
from regulars.storage.db import Tx

Minutes = Annotated[int, Limits(ge=1, le=limits.STATUS_TIMEOUT_MINUTES_MAX)]
IntelligenceId = Annotated[str, Limits(min_length=1, max_length=limits.INTELLIGENCE_ID_CHARS_MAX)]
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


class StatusCallbackIn(msgspec.Struct, frozen=True):
    url: Annotated[str, Limits(min_length=1, max_length=2048, pattern=r"^https?://")]
    method: Literal["POST", "GET"] | None = None


class CreateConfiguration(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    display_name: Annotated[
        str,
        Limits(
            min_length=1,
            max_length=limits.CONFIGURATION_DISPLAY_NAME_CHARS_MAX,
            pattern=whole(r"[a-zA-Z0-9_ -]+"),
        ),
    ]
    description: Annotated[str, Limits(max_length=limits.CONFIGURATION_DESCRIPTION_CHARS_MAX)] | None = None
    conversation_grouping_type: GroupingType
    memory_store_id: str | None = None
    channel_settings: dict[Channel, ChannelSettingsIn | None] | None = None
    status_callbacks: Annotated[list[StatusCallbackIn], Limits(max_length=limits.STATUS_CALLBACKS_MAX)] | None = None
    intelligence_configuration_ids: (
        Annotated[list[IntelligenceId], Limits(max_length=limits.INTELLIGENCE_CONFIGURATIONS_MAX)] | None
    ) = None
    memory_extraction_enabled: bool | None = None


class ConfigurationAccepted(msgspec.Struct, frozen=True, rename="camel"):
    """`id` is ours: clients read it out of the 202."""

    status_url: str
    related: dict[str, str]
    id: str


class ConfigurationResource(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    display_name: str
    description: str
    conversation_grouping_type: str
    memory_store_id: str
    channel_settings: dict[str, ChannelSettings]
    status_callbacks: list[StatusCallback]
    intelligence_configuration_ids: list[str]
    memory_extraction_enabled: bool
    created_at: str
    updated_at: str
    version: int


class ConfigurationList(msgspec.Struct, frozen=True):
    configurations: list[ConfigurationResource]
    meta: Meta


@post(
    "/v2/ControlPlane/Configurations",
    status_code=202,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Create a configuration",
)
async def create(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, data: CreateConfiguration
) -> Response[ConfigurationAccepted]:
    configuration, started = await rt.db.write(
        lambda tx: service.create(
            tx, ctx, store_id=data.memory_store_id, document_of=lambda store_id: document(data, store_id)
        )
    )
    url = status_url(request, "v2", started.operation_id)
    body = ConfigurationAccepted(url, related(started.resource_id), configuration.configuration_id)
    return Response(body, headers=headers_of(started, url))


@get(
    "/v2/ControlPlane/Configurations",
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="List configurations",
    dependencies={"page": paged(limits.PAGE_SIZE_MAX)},
)
async def list_all(
    rt: Runtime,
    ctx: Ctx,
    page: PageRequest,
    memory_store_id: Annotated[str | None, Parameter(query="memoryStoreId")] = None,
) -> ConfigurationList:
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: configurations.list_page(
                tx, ctx.account_sid, order, key, limit, store_id=memory_store_id
            ),
            lambda configuration: configuration.configuration_id,
        )
    return ConfigurationList([resource(one) for one in found.items], meta("configurations", found))


@get(
    "/v2/ControlPlane/Configurations/{configuration_id:str}",
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Fetch a configuration",
)
async def fetch(rt: Runtime, ctx: Ctx, configuration_id: str) -> ConfigurationResource:
    async with rt.db.read() as tx:
        return resource(await require(tx, ctx, configuration_id))


async def require(tx: Tx, ctx: Ctx, configuration_id: str) -> Configuration:
    found = await configurations.fetch(tx, ctx.account_sid, configuration_id)
    if found is None:
        raise NotFound(f"There is no configuration {configuration_id[:64]}")
    return found


def document(data: CreateConfiguration, store_id: str) -> ConfigurationDocument:
    settings = {name: _channel(name, one) for name, one in (data.channel_settings or {}).items() if one is not None}
    return ConfigurationDocument(
        display_name=data.display_name,
        description=data.description or "",
        conversation_grouping_type=data.conversation_grouping_type,
        memory_store_id=store_id,
        channel_settings=settings,
        status_callbacks=tuple(
            StatusCallback(url=c.url, method=c.method or "POST") for c in data.status_callbacks or ()
        ),
        intelligence_configuration_ids=tuple(data.intelligence_configuration_ids or ()),
        memory_extraction_enabled=data.memory_extraction_enabled or False,
    )


def resource(configuration: Configuration) -> ConfigurationResource:
    document = configuration.document
    return ConfigurationResource(
        id=configuration.configuration_id,
        display_name=document.display_name,
        description=document.description,
        conversation_grouping_type=document.conversation_grouping_type,
        memory_store_id=document.memory_store_id,
        channel_settings=dict(document.channel_settings),
        status_callbacks=list(document.status_callbacks),
        intelligence_configuration_ids=list(document.intelligence_configuration_ids),
        memory_extraction_enabled=document.memory_extraction_enabled,
        created_at=utc_text(configuration.created_at),
        updated_at=utc_text(configuration.updated_at),
        version=configuration.version,
    )


def _channel(name: str, settings: ChannelSettingsIn) -> ChannelSettings:
    timeouts = settings.status_timeouts
    return ChannelSettings(
        status_timeouts=None if timeouts is None else _timeouts(name, timeouts),
        capture_rules=tuple(
            CaptureRule(from_=rule.from_, to=rule.to, metadata=rule.metadata or {})
            for rule in settings.capture_rules or ()
        ),
    )


def _timeouts(name: str, timeouts: StatusTimeoutsIn) -> StatusTimeouts | None:
    """Both or only `closed`: Agent Connect refuses timeouts without it (contract §8a Q17)."""
    if timeouts.closed is None:
        if timeouts.inactive is None:
            return None
        raise InvalidInput(f"channelSettings.{name}.statusTimeouts needs closed")
    if timeouts.inactive is not None and timeouts.inactive > timeouts.closed:
        raise InvalidInput(f"channelSettings.{name}.statusTimeouts.inactive must not be longer than closed")
    return StatusTimeouts(inactive=timeouts.inactive, closed=timeouts.closed)
