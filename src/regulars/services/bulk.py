"""Many profiles in one request: taken at once, applied by a job."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import Mint, StoreId
from regulars.domain import rows
from regulars.domain.identity import IdentitySettings
from regulars.domain.operations import OperationError
from regulars.domain.rows import Prepared
from regulars.domain.traits import TraitGroup, TraitValue
from regulars.services import operations as started_operations
from regulars.services import trait_groups as declared_groups
from regulars.services.erasing import forget_digests, upsert_unless_erased
from regulars.services.operations import Started
from regulars.storage import bulk_batches, identity_settings, jobs, operations, stores, trait_groups
from regulars.storage.bulk_batches import Batch
from regulars.storage.db import Db, Tx

log = structlog.get_logger()


class _Profile(msgspec.Struct, frozen=True):
    traits: dict[str, dict[str, TraitValue | None] | None] | None = None


class _Body(msgspec.Struct, frozen=True):
    profiles: list[_Profile]


_BODY: Final = msgspec.json.Decoder(_Body, strict=False)
"""As lenient as the check of the request was."""


async def accept(tx: Tx, ctx: Ctx, store_id: StoreId, body: bytes) -> Started:
    """`body` is that of the request, whose shape was checked: `{"profiles": [{"traits": …}]}`."""
    started = await started_operations.start(tx, ctx, store_id, status="PENDING")
    await bulk_batches.insert(tx, store_id, started.operation_id, body, ctx.now)
    await jobs.enqueue_apply_bulk(tx, store_id, operation_id=started.operation_id, actor=ctx.actor)
    return started


async def apply(
    db: Db, mint: Mint, clock: Callable[[], datetime], store_id: StoreId, *, operation_id: str, actor: str
) -> None:
    """All of them in one transaction, with the end of the operation. Running it again changes nothing."""
    while not await _apply(db, mint, clock, store_id, operation_id, actor):
        pass


async def _apply(
    db: Db, mint: Mint, clock: Callable[[], datetime], store_id: StoreId, operation_id: str, actor: str
) -> bool:
    """False when the store declares other traits than those by which the profiles were prepared."""
    async with db.read() as tx:
        batch = await bulk_batches.fetch(tx, store_id, operation_id)
        account_sid = await stores.fetch_account_sid(tx, store_id)
        groups = await trait_groups.list_all(tx, store_id)
        settings = await identity_settings.fetch(tx, store_id)
    if batch is None or account_sid is None:
        return True
    await db.write(lambda tx: operations.set_running(tx, operation_id))
    prepared = await asyncio.to_thread(_prepare, batch.profiles, groups, settings)
    ctx = Ctx(account_sid=account_sid, store_ids=(store_id,), now=clock(), mint=mint, actor=actor)
    try:
        if not await db.write(lambda tx: _write(tx, ctx, store_id, operation_id, batch, prepared, groups, settings)):
            return False
    except InvalidInput as error:
        told = OperationError(title="The batch was not applied", detail=error.message, status=400, code=error.code)
        await db.write(lambda tx: _give_up(tx, store_id, operation_id, clock(), told))
    log.info("bulk_applied", operation_id=operation_id, profiles=len(prepared))
    return True


def _prepare(body: bytes, groups: Sequence[TraitGroup], settings: IdentitySettings) -> list[Prepared]:
    return [rows.prepare(_without_nulls(profile), groups, settings) for profile in _BODY.decode(body).profiles]


def _without_nulls(profile: _Profile) -> dict[str, dict[str, TraitValue]]:
    return {
        group: {name: value for name, value in values.items() if value is not None}
        for group, values in (profile.traits or {}).items()
        if values is not None
    }


async def _write(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    operation_id: str,
    batch: Batch,
    prepared: Sequence[Prepared],
    groups: Sequence[TraitGroup],
    settings: IdentitySettings,
) -> bool:
    """Whoever takes the batch away first has applied it."""
    if not await declared_groups.are(tx, store_id, groups):
        return False
    if await bulk_batches.delete(tx, store_id, operation_id):
        items = [one.item for one in prepared if one.item is not None]
        if items:
            await upsert_unless_erased(tx, ctx, store_id, items, settings, accepted_at=batch.created_at)
        await forget_digests(tx, store_id)
        await operations.complete(tx, operation_id, ctx.now, report=report_of(prepared))
    return True


async def _give_up(tx: Tx, store_id: StoreId, operation_id: str, now: datetime, told: OperationError) -> None:
    if await bulk_batches.delete(tx, store_id, operation_id):
        await operations.fail(tx, operation_id, now, told)


def report_of(prepared: Sequence[Prepared]) -> dict[str, Any]:
    """`failed` counts profiles, `warnings` traits; `errors` tells both one by one, the first of them."""
    failed = sum(one.item is None for one in prepared)
    told = [
        {"index": index, "severity": problem.severity, "message": problem.reason}
        for index, one in enumerate(prepared)
        for problem in one.problems
    ]
    return {
        "total": len(prepared),
        "applied": len(prepared) - failed,
        "failed": failed,
        "warnings": sum(rows.count(one.problems, "WARNING") for one in prepared),
        "errors": told[: limits.BULK_PROBLEMS_MAX],
    }
