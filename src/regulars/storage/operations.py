"""Operations of both control planes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.types.json import Jsonb

from regulars.domain.operations import Operation, OperationError, Status
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("operations")


async def insert(
    tx: Tx,
    *,
    operation_id: str,
    account_sid: str,
    resource_id: str,
    now: datetime,
    actor: str = "",
    status: Literal["PENDING", "COMPLETED"] = "COMPLETED",
) -> None:
    """Begins completed when what it stands for is part of the same transaction, pending when a job will do it."""
    await tx.run(
        SQL["insert_operation"],
        operation_id=operation_id,
        account_sid=account_sid,
        resource_id=resource_id,
        actor=actor,
        status=status,
        now=now,
        completed_at=now if status == "COMPLETED" else None,
    )


async def fetch(tx: Tx, account_sid: str, operation_id: str) -> Operation | None:
    return await tx.maybe(SQL["fetch_operation"], _operation, account_sid=account_sid, operation_id=operation_id)


async def set_running(tx: Tx, operation_id: str) -> None:
    await tx.run(SQL["start_operation"], operation_id=operation_id)


async def complete(tx: Tx, operation_id: str, now: datetime, *, report: Mapping[str, Any] | None = None) -> None:
    await _end(tx, operation_id, now, "COMPLETED", error=None, report=report)


async def fail(
    tx: Tx, operation_id: str, now: datetime, error: OperationError, *, report: Mapping[str, Any] | None = None
) -> None:
    await _end(tx, operation_id, now, "FAILED", error=error, report=report)


async def _end(
    tx: Tx,
    operation_id: str,
    now: datetime,
    status: Literal["COMPLETED", "FAILED"],
    *,
    error: OperationError | None,
    report: Mapping[str, Any] | None,
) -> None:
    await tx.run(
        SQL["end_operation"],
        operation_id=operation_id,
        status=status,
        error=None if error is None else Jsonb(error),
        report=None if report is None else Jsonb(report),
        now=now,
    )


def _operation(
    operation_id: str,
    resource_id: str,
    status: Status,
    created_at: datetime,
    completed_at: datetime | None,
    error: dict[str, Any] | None,
    report: dict[str, Any] | None,
) -> Operation:
    return Operation(
        operation_id=operation_id,
        resource_id=resource_id,
        status=status,
        created_at=created_at,
        completed_at=completed_at,
        error=None if error is None else msgspec.convert(error, OperationError),
        report=report,
    )
