"""Accounts and API keys."""

from datetime import datetime
from typing import Any, Literal

from regulars.core.ids import ProfileId, StoreId
from regulars.domain.accounts import Account, Credentials, Key
from regulars.storage.db import Tx
from regulars.storage.profiles import Place
from regulars.storage.queries import load

SQL = load("accounts")


async def insert_account(tx: Tx, account: Account, now: datetime) -> bool:
    """False when the account was there already; it is then left as it is."""
    return bool(
        await tx.run(
            SQL["insert_account"],
            account_sid=account.account_sid,
            auth_token_sealed=account.auth_token_sealed,
            imported=account.imported,
            created_at=now,
        )
    )


async def update_token(tx: Tx, account: Account) -> None:
    """Once imported, an account stays so."""
    await tx.run(
        SQL["update_account_token"],
        account_sid=account.account_sid,
        auth_token_sealed=account.auth_token_sealed,
        imported=account.imported,
    )


async def fetch_account(tx: Tx, account_sid: str) -> Account | None:
    return await tx.maybe(SQL["fetch_account"], Account, account_sid=account_sid)


async def list_accounts(tx: Tx) -> list[Account]:
    return await tx.all(SQL["list_accounts"], Account)


async def insert_key(tx: Tx, *, key_sid: str, account_sid: str, secret_hash: bytes, now: datetime) -> None:
    await tx.run(SQL["insert_key"], key_sid=key_sid, account_sid=account_sid, secret_hash=secret_hash, created_at=now)


async def list_keys(tx: Tx, account_sid: str) -> list[Key]:
    return await tx.all(SQL["list_keys"], Key, account_sid=account_sid)


async def revoke_key(tx: Tx, key_sid: str, now: datetime) -> bool:
    """False when there is no such key. Revoking twice keeps the first time."""
    return bool(await tx.run(SQL["revoke_key"], key_sid=key_sid, revoked_at=now))


async def fetch_credentials(tx: Tx, user: str) -> Credentials | None:
    """By API key or account SID: two tables, told apart by the prefix."""
    return await tx.maybe(SQL[f"fetch_{_holder(user)}_credentials"], Credentials, user=user)


async def fetch_credentials_and_place(
    tx: Tx, user: str, store_id: StoreId, profile_id: ProfileId
) -> tuple[Credentials, Place | None] | None:
    """In one round trip. Whose the store is must be asked of the credentials before the place is told."""
    statement = SQL[f"fetch_{_holder(user)}_credentials_and_place"]
    return await tx.maybe(statement, _with_place, user=user, store_id=store_id, profile_id=profile_id)


def _holder(user: str) -> Literal["key", "account"]:
    return "key" if user.startswith("SK") else "account"


def _with_place(
    *, memory_version: int | None, removed_version: int, merged_into: str | None, **known: Any
) -> tuple[Credentials, Place | None]:
    place = None if memory_version is None else Place(memory_version, removed_version, merged_into)
    return Credentials(**known), place
