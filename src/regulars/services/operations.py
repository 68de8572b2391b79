"""Operations of both control planes."""

from typing import Literal, NamedTuple

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.storage import operations
from regulars.storage.db import Tx


class Started(NamedTuple):
    """A change that was accepted, and what it is about."""

    operation_id: str
    resource_id: str


async def start(
    tx: Tx,
    ctx: Ctx,
    resource_id: str,
    *,
    prefix: str = ids.MEMORY_OPERATION,
    status: Literal["PENDING", "COMPLETED"] = "COMPLETED",
) -> Started:
    """In the transaction of the change. PENDING when a job has yet to end it."""
    started = Started(ctx.mint(prefix), resource_id)
    await operations.insert(
        tx,
        operation_id=started.operation_id,
        account_sid=ctx.account_sid,
        resource_id=resource_id,
        actor=ctx.actor,
        status=status,
        now=ctx.now,
    )
    return started
