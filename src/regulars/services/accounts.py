"""Accounts, API keys, and who a request is."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from regulars.core.errors import InvalidInput, NotFound, Unauthenticated
from regulars.core.ids import AccountSid, ProfileId, StoreId, is_sid
from regulars.domain.accounts import Account, CarrierAccount, Credentials, Key, hash_secret, same_secret
from regulars.services.sealing import Sealer
from regulars.storage import accounts
from regulars.storage.db import Tx
from regulars.storage.profiles import Place


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request is. `user` is the name it gave: a key or the account. `store_ids` are all stores of the account."""

    user: str
    account_sid: AccountSid
    store_ids: tuple[StoreId, ...]


async def create(
    tx: Tx, sealer: Sealer, now: datetime, *, account_sid: str, auth_token: str, imported: bool = False
) -> bool:
    """False when the account was there; it then has this token from now on."""
    if not is_sid("AC", account_sid):
        raise InvalidInput("An account SID is AC and 32 hexadecimal digits")
    if not auth_token:
        raise InvalidInput("The auth token is empty")
    await require_same_key(tx, sealer)
    account = Account(account_sid=account_sid, auth_token_sealed=sealer.seal(auth_token), imported=imported)
    if await accounts.insert_account(tx, account, now):
        return True
    await accounts.update_token(tx, account)
    return False


async def require_same_key(tx: Tx, sealer: Sealer) -> None:
    """Raises MisconfiguredError when the accounts in the database were sealed with another secret key than ours."""
    for account in (await accounts.list_accounts(tx))[:1]:
        sealer.unseal(account.auth_token_sealed)


async def create_key(tx: Tx, now: datetime, *, account_sid: str, key_sid: str, secret: str) -> None:
    """Keeps the hash of the secret only: whoever lost it makes a new key."""
    if await accounts.fetch_account(tx, account_sid) is None:
        raise NotFound(f"There is no account {account_sid}")
    await accounts.insert_key(tx, key_sid=key_sid, account_sid=account_sid, secret_hash=hash_secret(secret), now=now)


async def list_keys(tx: Tx, account_sid: str) -> list[Key]:
    if await accounts.fetch_account(tx, account_sid) is None:
        raise NotFound(f"There is no account {account_sid}")
    return await accounts.list_keys(tx, account_sid)


async def revoke_key(tx: Tx, now: datetime, key_sid: str) -> None:
    """Counts from the next request of every process: each request asks the database."""
    if not await accounts.revoke_key(tx, key_sid, now):
        raise NotFound(f"There is no key {key_sid}")


async def authenticate(tx: Tx, sealer: Sealer, user: str, password: str) -> Principal:
    """By API key and secret, or by account SID and auth token. Every failure looks the same."""
    known = await accounts.fetch_credentials(tx, user) if _is_user(user) else None
    return _principal(known, sealer, user, password)


async def authenticate_with_place(
    tx: Tx, sealer: Sealer, user: str, password: str, store_id: StoreId, profile_id: ProfileId
) -> tuple[Principal, Place | None]:
    """Also how far the memory of a profile is, None when there is none. The store may be somebody else's: the caller
    must ask the principal before it looks at the place."""
    found = await accounts.fetch_credentials_and_place(tx, user, store_id, profile_id) if _is_user(user) else None
    known, place = found or (None, None)
    return _principal(known, sealer, user, password), place


def _is_user(user: str) -> bool:
    return is_sid("SK", user) or is_sid("AC", user)


def _principal(known: Credentials | None, sealer: Sealer, user: str, password: str) -> Principal:
    if known is None or not _proven(known, sealer, password):
        raise Unauthenticated("Authenticate with an API key and its secret, or an account SID and its auth token")
    return Principal(user, AccountSid(known.account_sid), tuple(StoreId(s) for s in known.store_ids))


@dataclass(frozen=True, slots=True)
class Signer:
    """The token that signs this account's webhooks, and all its stores."""

    auth_token: str
    store_ids: tuple[StoreId, ...]


async def auth_token(tx: Tx, sealer: Sealer, account_sid: str) -> str | None:
    """The token that signs what this account sends and receives, or None for an account that is not ours."""
    account = await accounts.fetch_account(tx, account_sid) if is_sid("AC", account_sid) else None
    return None if account is None else sealer.unseal(account.auth_token_sealed)


async def signer(tx: Tx, sealer: Sealer, account_sid: str) -> Signer | None:
    """None for an account that is not ours."""
    known = await accounts.fetch_credentials(tx, account_sid) if is_sid("AC", account_sid) else None
    if known is None or known.auth_token_sealed is None:
        return None
    return Signer(sealer.unseal(known.auth_token_sealed), tuple(StoreId(s) for s in known.store_ids))


async def carrier_account(tx: Tx, sealer: Sealer, account_sid: str, *, everybody: bool) -> CarrierAccount | None:
    """With what an account uses the Messages API; None when it cannot.

    Twilio knows accounts that were imported, never those that were made up here. `everybody` is for an address that the
    operator has set: who answers there knows whom to let in.
    """
    account = await accounts.fetch_account(tx, account_sid)
    if account is None or not (account.imported or everybody):
        return None
    return CarrierAccount(account_sid=account_sid, auth_token=sealer.unseal(account.auth_token_sealed))


def _proven(known: Credentials, sealer: Sealer, password: str) -> bool:
    if known.secret_hash is not None:
        return same_secret(password, known.secret_hash)
    if known.auth_token_sealed is None:
        return False
    return hmac.compare_digest(sealer.unseal(known.auth_token_sealed).encode(), password.encode())
