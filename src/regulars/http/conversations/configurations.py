"""Configurations (contract §3.1)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import Parameter

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.configurations import (
    ChannelSettings,
    Configuration,
    ConfigurationDocument,
    ConversationsV1Bridge,
    StatusCallback,
)
from regulars.http.conversations.configuration_bodies import (
    CreateConfiguration,
    PatchConfiguration,
    ReplaceConfiguration,
    document,
    patched,
)
from regulars.http.conversations.idempotency import IdempotencyKey, fingerprint
from regulars.http.conversations.status_callbacks import urls_of
from regulars.http.operations import headers_of, related, status_url
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import configurations as service
from regulars.services.idempotency import once
from regulars.services.operations import Started
from regulars.storage import configurations
from regulars.storage.db import Tx

_ALL: Final = "/v2/ControlPlane/Configurations"
_ONE: Final = "/v2/ControlPlane/Configurations/{configuration_id:str}"


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
    trait_extraction_strategy_ids: list[str]
    observation_extraction_strategy_ids: list[str]
    memory_extraction_enabled: bool
    redaction_configuration_id: str | None
    conversations_v1_bridge: ConversationsV1Bridge | None
    created_at: str
    updated_at: str
    version: int


class ConfigurationList(msgspec.Struct, frozen=True):
    configurations: list[ConfigurationResource]
    meta: Meta


@post(
    _ALL,
    status_code=202,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Create a configuration",
)
async def create(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    data: CreateConfiguration,
    idempotency_key: IdempotencyKey = None,
) -> Response[ConfigurationAccepted]:
    def wanted(store_id: str) -> ConfigurationDocument:
        return document(data, display_name=data.display_name, store_id=store_id, settings=rt.settings)

    return await _accepted(
        request,
        rt,
        ctx,
        idempotency_key,
        lambda tx: service.create(tx, ctx, store_id=data.memory_store_id, document_of=wanted),
    )


@get(
    _ALL,
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
    _ONE,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Fetch a configuration",
)
async def fetch(rt: Runtime, ctx: Ctx, configuration_id: str) -> ConfigurationResource:
    async with rt.db.read() as tx:
        return resource(await require(tx, ctx, configuration_id))


@put(
    _ONE,
    status_code=202,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Replace a configuration",
)
async def replace(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    configuration_id: str,
    data: ReplaceConfiguration,
    idempotency_key: IdempotencyKey = None,
) -> Response[ConfigurationAccepted]:
    def wanted(current: ConfigurationDocument) -> ConfigurationDocument:
        name = data.display_name or current.display_name
        return document(data, display_name=name, store_id=data.memory_store_id, settings=rt.settings)

    return await _accepted(
        request,
        rt,
        ctx,
        idempotency_key,
        lambda tx: service.update(tx, ctx, configuration_id, wanted, named=urls_of(data.status_callbacks)),
    )


@patch(
    _ONE,
    status_code=202,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Change a configuration",
)
async def modify(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    configuration_id: str,
    data: PatchConfiguration,
    idempotency_key: IdempotencyKey = None,
) -> Response[ConfigurationAccepted]:
    def wanted(current: ConfigurationDocument) -> ConfigurationDocument:
        return patched(current, data, rt.settings)

    return await _accepted(
        request,
        rt,
        ctx,
        idempotency_key,
        lambda tx: service.update(tx, ctx, configuration_id, wanted, named=urls_of(data.status_callbacks)),
    )


@delete(
    _ONE,
    status_code=202,
    responses=PROBLEMS,
    tags=["Configurations"],
    summary="Delete a configuration",
)
async def remove(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    configuration_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response[ConfigurationAccepted]:
    """Nothing more is captured by it. Conversations that have begun keep what they took from it."""
    return await _accepted(request, rt, ctx, idempotency_key, lambda tx: service.delete(tx, ctx, configuration_id))


async def require(tx: Tx, ctx: Ctx, configuration_id: str) -> Configuration:
    found = await configurations.fetch(tx, ctx.account_sid, configuration_id)
    if found is None:
        raise NotFound(f"There is no configuration {configuration_id[:64]}")
    return found


def resource(configuration: Configuration) -> ConfigurationResource:
    kept = configuration.document
    return ConfigurationResource(
        id=configuration.configuration_id,
        display_name=kept.display_name,
        description=kept.description,
        conversation_grouping_type=kept.conversation_grouping_type,
        memory_store_id=kept.memory_store_id,
        channel_settings=dict(kept.channel_settings),
        status_callbacks=list(kept.status_callbacks),
        intelligence_configuration_ids=list(kept.intelligence_configuration_ids),
        trait_extraction_strategy_ids=list(kept.trait_extraction_strategy_ids),
        observation_extraction_strategy_ids=list(kept.observation_extraction_strategy_ids),
        memory_extraction_enabled=kept.memory_extraction_enabled,
        redaction_configuration_id=kept.redaction_configuration_id,
        conversations_v1_bridge=kept.conversations_v1_bridge,
        created_at=utc_text(configuration.created_at),
        updated_at=utc_text(configuration.updated_at),
        version=configuration.version,
    )


async def _accepted(
    request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx, key: str | None, work: Callable[[Tx], Awaitable[Started]]
) -> Response[ConfigurationAccepted]:
    """Does `work` in one transaction, once for each key."""
    same = await fingerprint(request)
    started = await rt.db.write(lambda tx: once(tx, ctx, key, same, lambda: work(tx)))
    url = status_url(request, "v2", started.operation_id)
    body = ConfigurationAccepted(url, related(started.resource_id), started.resource_id)
    return Response(body, headers=headers_of(started, url))
