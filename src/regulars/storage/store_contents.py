"""Everything that customers left in a store, taken out in batches once the store was deleted."""

from typing import Final, Literal, NamedTuple, get_args

from regulars.core.ids import StoreId
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("store_contents")

Contents = Literal["profiles", "conversations", "identifiers", "groups", "channels", "messages", "deliveries", "queues"]
CONTENTS: Final[tuple[Contents, ...]] = get_args(Contents)
"""In the order in which they go: lookups last, as whoever writes late writes those with a profile or conversation."""


class Import(NamedTuple):
    import_id: str
    operation_id: str


async def list_imports(tx: Tx, store_id: StoreId) -> list[Import]:
    return await tx.all(SQL["list_imports"], Import, store_id=store_id)


async def delete_import(tx: Tx, store_id: StoreId, import_id: str) -> None:
    """With what was uploaded and reported."""
    await tx.run(SQL["delete_import"], store_id=store_id, import_id=import_id)


async def list_batches(tx: Tx, store_id: StoreId) -> list[str]:
    """The operations of profiles that were sent in bulk and still wait."""
    return await tx.column(SQL["list_batches"], store_id=store_id)


async def delete_batch(tx: Tx, store_id: StoreId, operation_id: str) -> None:
    await tx.run(SQL["delete_batch"], store_id=store_id, operation_id=operation_id)


async def delete_some(tx: Tx, store_id: StoreId, contents: Contents, limit: int) -> int:
    """Up to `limit` of them, profiles and conversations with all they have. Returns how many."""
    found = await tx.all(SQL[f"list_{contents}"], dict[str, str], store_id=store_id, limit=limit)
    if found:
        keys = {name: [row[name] for row in found] for name in found[0]}
        await tx.run(SQL[f"delete_{contents}"], store_id=store_id, **keys)
    return len(found)
