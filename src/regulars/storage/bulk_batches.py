"""Batches of profiles that were accepted and not yet applied."""

from datetime import datetime
from typing import NamedTuple

from regulars.core.ids import StoreId
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("bulk_batches")


class Batch(NamedTuple):
    """`profiles` is the body of the request as it came."""

    profiles: bytes
    created_at: datetime


async def insert(tx: Tx, store_id: StoreId, operation_id: str, profiles: bytes, now: datetime) -> None:
    await tx.run(SQL["insert_bulk_batch"], store_id=store_id, operation_id=operation_id, profiles=profiles, now=now)


async def fetch(tx: Tx, store_id: StoreId, operation_id: str) -> Batch | None:
    return await tx.maybe(SQL["fetch_bulk_batch"], Batch, store_id=store_id, operation_id=operation_id)


async def delete(tx: Tx, store_id: StoreId, operation_id: str) -> bool:
    """False when it is not there: somebody applied it."""
    return bool(await tx.run(SQL["delete_bulk_batch"], store_id=store_id, operation_id=operation_id))
