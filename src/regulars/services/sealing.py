"""Keeps auth tokens unreadable to whoever reads the database without the key."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from regulars.core import limits
from regulars.core.errors import MisconfiguredError


class Sealer:
    """Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        if len(secret_key) < limits.SECRET_KEY_CHARS_MIN:
            raise MisconfiguredError(f"The secret key needs at least {limits.SECRET_KEY_CHARS_MIN} characters.")
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret_key.encode()).digest()))

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise MisconfiguredError(
                "An auth token in the database was sealed with another secret key. Set REGULARS_SECRET_KEY (or the "
                "file secret.key in the data directory) to the one that this database was first used with."
            ) from None
