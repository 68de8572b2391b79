"""Accounts (tenants) and their API keys."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`auth_token_sealed` is encrypted: signatures of webhooks need the token itself, so a hash would not do.

    `imported` accounts came with a SID and token of their own, which Twilio may know; the others were made up here.
    """

    account_sid: str
    auth_token_sealed: bytes
    imported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierAccount:
    """An account that can use the Messages API, and the token that lets it in."""

    account_sid: str
    auth_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    key_sid: str
    account_sid: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the database knows about the user name of a request. One of the two proofs is set."""

    account_sid: str
    secret_hash: bytes | None
    auth_token_sealed: bytes | None
    store_ids: list[str]


def hash_secret(secret: str) -> bytes:
    """SHA-256. Secrets are 256 random bits, so a slow hash would protect nothing and cost every request."""
    return hashlib.sha256(secret.encode()).digest()


def same_secret(offered: str, secret_hash: bytes) -> bool:
    return hmac.compare_digest(hash_secret(offered), secret_hash)
