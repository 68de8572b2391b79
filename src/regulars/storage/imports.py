"""Imports, the files that they are made of, and what was wrong with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from regulars.core.errors import NotFound
from regulars.core.ids import StoreId
from regulars.core.page import Order
from regulars.domain.imports import ColumnMapping, Import, Status
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("imports")


class LineProblem(NamedTuple):
    """`position` counts the problems of one line."""

    line: int
    position: int
    severity: str
    reason: str


class Progress(NamedTuple):
    """How far an import is, and what the rows since then add to what is wrong."""

    rows_done: int
    bytes_done: int
    errors: int
    warnings: int


async def insert(tx: Tx, store_id: StoreId, one: Import) -> None:
    await tx.run(
        SQL["insert_import"],
        store_id=store_id,
        import_id=one.import_id,
        operation_id=one.operation_id,
        actor=one.actor,
        status=one.status,
        filename=one.filename,
        file_size=one.file_size,
        column_mappings=Jsonb(one.column_mappings),
        now=one.created_at,
    )


async def fetch(tx: Tx, store_id: StoreId, import_id: str) -> Import | None:
    return await tx.maybe(SQL["fetch_import"], _import, store_id=store_id, import_id=import_id)


async def require(tx: Tx, store_id: StoreId, import_id: str) -> Import:
    found = await fetch(tx, store_id, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id} in this store")
    return found


async def list_ids(tx: Tx, store_id: StoreId, order: Order, key: str, limit: int) -> list[str]:
    return await tx.column(SQL[f"list_import_ids.{order}"], store_id=store_id, key=key, limit=limit)


async def start(tx: Tx, store_id: StoreId, import_id: str, upload_id: str, now: datetime) -> bool:
    """False when its file has come already, or it was given up."""
    return bool(await tx.run(SQL["start_import"], store_id=store_id, import_id=import_id, upload_id=upload_id, now=now))


async def advance(
    tx: Tx, store_id: StoreId, import_id: str, *, known_rows: int, progress: Progress, now: datetime
) -> int | None:
    """How many problems there are now in all. None when another run came further, or the import is gone."""
    return await tx.value(
        SQL["advance_import"],
        store_id=store_id,
        import_id=import_id,
        known_rows=known_rows,
        now=now,
        **progress._asdict(),
    )


async def end(
    tx: Tx,
    store_id: StoreId,
    import_id: str,
    status: Literal["COMPLETED", "FAILED"],
    now: datetime,
    *,
    known_status: Status,
    failure: str | None = None,
) -> bool:
    """With everything that was uploaded. False when it was not in that status any more."""
    ended = await tx.run(
        SQL["end_import"],
        store_id=store_id,
        import_id=import_id,
        status=status,
        failure=failure,
        known_status=known_status,
        now=now,
    )
    if ended:
        await tx.run(SQL["delete_chunks"], store_id=store_id, import_id=import_id)
    return bool(ended)


async def insert_chunk(tx: Tx, store_id: StoreId, import_id: str, upload_id: str, position: int, data: bytes) -> None:
    try:
        await tx.run(
            SQL["insert_chunk"],
            store_id=store_id,
            import_id=import_id,
            upload_id=upload_id,
            position=position,
            data=data,
        )
    except ForeignKeyViolation:
        raise NotFound(f"There is no import {import_id} in this store") from None


async def fetch_chunk(tx: Tx, store_id: StoreId, import_id: str, upload_id: str, position: int) -> bytes | None:
    return await tx.value(
        SQL["fetch_chunk"], store_id=store_id, import_id=import_id, upload_id=upload_id, position=position
    )


async def delete_upload(tx: Tx, store_id: StoreId, import_id: str, upload_id: str) -> None:
    await tx.run(SQL["delete_chunks_of_upload"], store_id=store_id, import_id=import_id, upload_id=upload_id)


async def delete_other_uploads(tx: Tx, store_id: StoreId, import_id: str, upload_id: str) -> None:
    await tx.run(SQL["delete_chunks_of_other_uploads"], store_id=store_id, import_id=import_id, upload_id=upload_id)


async def insert_problems(tx: Tx, store_id: StoreId, import_id: str, problems: Sequence[LineProblem]) -> None:
    await tx.run(
        SQL["insert_problems"],
        store_id=store_id,
        import_id=import_id,
        lines=[problem.line for problem in problems],
        positions=[problem.position for problem in problems],
        severities=[problem.severity for problem in problems],
        reasons=[problem.reason for problem in problems],
    )


async def list_problems(
    tx: Tx, store_id: StoreId, import_id: str, *, after: tuple[int, int], limit: int
) -> list[LineProblem]:
    """By line, strictly after a line and position."""
    line, position = after
    return await tx.all(
        SQL["list_problems"],
        LineProblem,
        store_id=store_id,
        import_id=import_id,
        line=line,
        position=position,
        limit=limit,
    )


def _import(column_mappings: list[Any], **columns: Any) -> Import:
    return Import(column_mappings=msgspec.convert(column_mappings, list[ColumnMapping]), **columns)
