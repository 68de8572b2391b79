"""Batches of profiles that were accepted and not yet applied."""

from regulars.core.ids import StoreId
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("bulk_batches")


async def insert(tx: Tx, store_id: StoreId, operation_id: str, profiles: bytes) -> None:
    """`profiles` is the body of the request as it came."""
    await tx.run(SQL["insert_bulk_batch"], store_id=store_id, operation_id=operation_id, profiles=profiles)


async def fetch(tx: Tx, store_id: StoreId, operation_id: str) -> bytes | None:
    return await tx.value(SQL["fetch_bulk_batch"], store_id=store_id, operation_id=operation_id)


async def delete(tx: Tx, store_id: StoreId, operation_id: str) -> bool:
    """False when it is not there: somebody applied it."""
    return bool(await tx.run(SQL["delete_bulk_batch"], store_id=store_id, operation_id=operation_id))
