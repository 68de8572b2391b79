"""Operations of both control planes."""

from datetime import datetime

from regulars.domain.operations import Operation
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("operations")


async def insert(tx: Tx, *, operation_id: str, account_sid: str, resource_id: str, now: datetime) -> None:
    """Begins completed: what it stands for is part of the same transaction."""
    await tx.run(
        SQL["insert_operation"], operation_id=operation_id, account_sid=account_sid, resource_id=resource_id, now=now
    )


async def fetch(tx: Tx, account_sid: str, operation_id: str) -> Operation | None:
    return await tx.maybe(SQL["fetch_operation"], Operation, account_sid=account_sid, operation_id=operation_id)
