"""Idempotency-Key of the Orchestrator: what is asked twice happens once (contract §1.7)."""

from collections.abc import Awaitable, Callable

from regulars.core.context import Ctx
from regulars.core.errors import Conflict
from regulars.services.operations import Started
from regulars.storage import idempotency
from regulars.storage.db import RetryTransactionError, Tx


async def once(tx: Tx, ctx: Ctx, key: str | None, request: str, work: Callable[[], Awaitable[Started]]) -> Started:
    """What `work` begins, or what it began when the account sent the same key with the same `request` within 24 hours.

    Must come first in its transaction: the same key at the same time takes turns here. A request that fails leaves its
    key free. Raises Conflict for a key of another request.
    """
    if key is None:
        return await work()
    name = key.lower()
    if not await idempotency.claim(tx, ctx.account_sid, name, request, ctx.now):
        return await _answered(tx, ctx, name, request)
    started = await work()
    await idempotency.set_answer(
        tx, ctx.account_sid, name, operation_id=started.operation_id, resource_id=started.resource_id
    )
    return started


async def _answered(tx: Tx, ctx: Ctx, key: str, request: str) -> Started:
    found = await idempotency.fetch(tx, ctx.account_sid, key)
    if found is None:  # it grew too old and was removed between the two statements
        raise RetryTransactionError
    if found.request != request:
        raise Conflict("This Idempotency-Key was used for another request. Use a new one for each request")
    return Started(found.operation_id, found.resource_id)
