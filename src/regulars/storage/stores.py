"""Stores."""

from datetime import datetime
from typing import Any

from psycopg.errors import ForeignKeyViolation, UniqueViolation

from regulars.core.errors import Conflict, NotFound
from regulars.core.ids import AccountSid, StoreId
from regulars.core.page import Order
from regulars.domain.screening import SCREENED_BY_DEFAULT
from regulars.domain.stores import Store
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("stores")


async def insert(tx: Tx, store: Store, account_sid: str) -> None:
    try:
        await tx.run(
            SQL["insert_store"],
            store_id=store.store_id,
            account_sid=account_sid,
            display_name=store.display_name,
            description=store.description,
            screening=list(store.screening),
            now=store.created_at,
        )
    except UniqueViolation:
        raise _taken(store) from None


async def lock_account(tx: Tx, account_sid: str) -> None:
    await tx.run(SQL["lock_account"], account_sid=account_sid)


async def count(tx: Tx, account_sid: str) -> int:
    return await tx.value(SQL["count_stores"], account_sid=account_sid)


async def fetch(tx: Tx, account_sid: str, store_id: str) -> Store | None:
    return await tx.maybe(SQL["fetch_store"], _store, account_sid=account_sid, store_id=store_id)


async def list_ids(tx: Tx, account_sid: str, order: Order, key: str, limit: int) -> list[str]:
    return await tx.column(SQL[f"list_store_ids.{order}"], account_sid=account_sid, key=key, limit=limit)


async def fetch_account_sid(tx: Tx, store_id: StoreId) -> AccountSid | None:
    """Whose it is, for a job. None for a store that was deleted."""
    return await tx.value(SQL["fetch_account_sid"], store_id=store_id)


async def fetch_screening(tx: Tx, store_id: StoreId) -> frozenset[str]:
    """What must not be remembered. Everything that can be screened, in a store that was deleted."""
    found: list[str] | None = await tx.value(SQL["fetch_screening"], store_id=store_id)
    return SCREENED_BY_DEFAULT if found is None else frozenset(found)


async def lock(tx: Tx, store_id: StoreId) -> Store:
    """For a change of the store or its settings. Raises NotFound for a store that was deleted meanwhile."""
    found = await tx.maybe(SQL["lock_store"], _store, store_id=store_id)
    if found is None:
        raise NotFound(f"There is no store {store_id}", code=520041)
    return found


async def hold(tx: Tx, store_id: StoreId) -> None:
    """What the store declares stays as it is until the transaction ends."""
    await tx.run(SQL["hold_store"], store_id=store_id)


async def update(tx: Tx, store: Store, now: datetime) -> None:
    try:
        await tx.run(
            SQL["update_store"],
            store_id=store.store_id,
            display_name=store.display_name,
            description=store.description,
            screening=list(store.screening),
            version=store.version,
            now=now,
        )
    except UniqueViolation:
        raise _taken(store) from None


async def retire(tx: Tx, store_id: StoreId, now: datetime) -> None:
    """From here on nobody finds it any more."""
    await tx.run(SQL["retire_store"], store_id=store_id, now=now)


async def delete(tx: Tx, store_id: StoreId) -> None:
    """Raises Conflict while something is left in it: whoever wrote until now may commit late."""
    try:
        await tx.run(SQL["delete_store"], store_id=store_id)
    except ForeignKeyViolation:
        raise Conflict(f"Store {store_id} is not empty yet") from None


def _store(*, screening: list[str], **columns: Any) -> Store:
    return Store(screening=tuple(screening), **columns)


def _taken(store: Store) -> Conflict:
    return Conflict(f"A store named {store.display_name!r} exists already", code=520045)
