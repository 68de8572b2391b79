"""Keeps auth tokens unreadable to whoever reads the database without the key, and makes links that expire."""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from regulars.core import limits
from regulars.core.errors import MisconfiguredError

_REMEMBERED_MAX: Final = 1024
"""Tokens that were unsealed last: every request of an account needs its own again."""


class Sealer:
    """Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        if len(secret_key) < limits.SECRET_KEY_CHARS_MIN:
            raise MisconfiguredError(f"The secret key needs at least {limits.SECRET_KEY_CHARS_MIN} characters.")
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret_key.encode()).digest()))
        self._decrypted = lru_cache(_REMEMBERED_MAX)(self._fernet.decrypt)

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        try:
            return self._decrypted(sealed).decode()
        except InvalidToken:
            raise MisconfiguredError(
                "An auth token in the database was sealed with another secret key. Set REGULARS_SECRET_KEY (or the "
                "file secret.key in the data directory) to the one that this database was first used with."
            ) from None

    def seal_link(self, text: str, now: datetime) -> str:
        """A token that can stand in an address as it is."""
        return self._fernet.encrypt_at_time(text.encode(), int(now.timestamp())).decode().rstrip("=")

    def open_link(self, token: str, now: datetime, *, ttl_s: int) -> str | None:
        """None for a token that is not ours, or that is older than that."""
        padded = token.encode("ascii", "replace") + b"=" * (-len(token) % 4)
        try:
            return self._fernet.decrypt_at_time(padded, ttl_s, int(now.timestamp())).decode()
        except InvalidToken:
            return None
