"""Configurations of capture and lifecycle."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, InvalidInput, NotFound
from regulars.domain.configurations import Configuration, ConfigurationDocument
from regulars.services.callbacks import switch_on
from regulars.services.operations import Started, start
from regulars.storage import configurations, stores
from regulars.storage.db import Tx


async def create(
    tx: Tx, ctx: Ctx, *, store_id: str | None, document_of: Callable[[str], ConfigurationDocument]
) -> Started:
    """Without a store id the account's only store is meant (contract §0). `document_of` fills the id in."""
    document = document_of(_only_store(ctx) if store_id is None else store_id)
    await stores.lock_account(tx, ctx.account_sid)
    if await configurations.count(tx, ctx.account_sid) >= limits.CONFIGURATIONS_PER_ACCOUNT_MAX:
        raise Conflict(f"An account may have at most {limits.CONFIGURATIONS_PER_ACCOUNT_MAX} configurations")
    configuration = Configuration(
        configuration_id=ctx.mint(ids.CONFIGURATION),
        document=document,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    await _require_store(tx, ctx, document.memory_store_id)
    await _require_free_bridge(tx, ctx, configuration)
    await configurations.insert(tx, configuration, ctx.account_sid)
    await switch_on(tx, ctx.account_sid, [one.url for one in document.status_callbacks], ctx.now)
    return await _started(tx, ctx, configuration.configuration_id)


async def update(
    tx: Tx,
    ctx: Ctx,
    configuration_id: str,
    change: Callable[[ConfigurationDocument], ConfigurationDocument],
    *,
    named: Sequence[str],
) -> Started:
    """Every update counts, even one that changes nothing. Conversations that have begun keep what they took.

    `named` are the callback addresses that the caller spelled out: they are called again if they had been given up.
    """
    await stores.lock_account(tx, ctx.account_sid)
    current = await configurations.lock(tx, ctx.account_sid, configuration_id)
    if current is None:
        raise _unknown(configuration_id)
    document = change(current.document)
    grouping = current.document.conversation_grouping_type
    if document.conversation_grouping_type != grouping:
        raise InvalidInput(
            f"conversationGroupingType stays {grouping}: create another configuration to group otherwise"
        )
    if document.memory_store_id != current.document.memory_store_id:
        await _require_store(tx, ctx, document.memory_store_id)
    changed = replace(current, document=document, version=current.version + 1, updated_at=ctx.now)
    await _require_free_bridge(tx, ctx, changed)
    await configurations.update(tx, changed, ctx.account_sid)
    await switch_on(tx, ctx.account_sid, named, ctx.now)
    return await _started(tx, ctx, configuration_id)


async def delete(tx: Tx, ctx: Ctx, configuration_id: str) -> Started:
    """Captures nothing from now on. Conversations that have begun keep what they took from it."""
    if not await configurations.delete(tx, ctx.account_sid, configuration_id):
        raise _unknown(configuration_id)
    return await _started(tx, ctx, configuration_id)


async def _started(tx: Tx, ctx: Ctx, configuration_id: str) -> Started:
    return await start(tx, ctx, configuration_id, prefix=ids.CONVERSATIONS_OPERATION)


def _only_store(ctx: Ctx) -> str:
    if len(ctx.store_ids) != 1:
        raise InvalidInput("memoryStoreId is required: the account has no store, or more than one")
    return ctx.store_ids[0]


async def _require_store(tx: Tx, ctx: Ctx, store_id: str) -> None:
    """The caller holds the account, so the store stays until the end of the transaction."""
    if not ids.is_id(ids.STORE, store_id):
        raise InvalidInput("memoryStoreId must be the id of a memory store", code=520049)
    if await stores.fetch(tx, ctx.account_sid, store_id) is None:
        raise NotFound(f"There is no store {store_id}", code=520041)


async def _require_free_bridge(tx: Tx, ctx: Ctx, configuration: Configuration) -> None:
    """A Conversations V1 service belongs to one configuration of an account."""
    bridge = configuration.document.conversations_v1_bridge
    if bridge is None:
        return
    holder = await configurations.fetch_bridged(tx, ctx.account_sid, bridge.service_id)
    if holder not in (None, configuration.configuration_id):
        raise Conflict(f"conversationsV1Bridge.serviceId is in use by configuration {holder}")


def _unknown(configuration_id: str) -> NotFound:
    return NotFound(f"There is no configuration {configuration_id[:64]}")
