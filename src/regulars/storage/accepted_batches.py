"""Batches that came with an Idempotency-Key: each is taken once."""

from datetime import datetime, timedelta
from typing import Literal

from regulars.core import limits
from regulars.core.ids import ProfileId, StoreId
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("accepted_batches")


async def claim(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    kind: Literal["observations", "summaries"],
    idempotency_key: str,
    now: datetime,
) -> bool:
    """False when a batch of the kind with this key was taken within its time to live. Keys past theirs are removed.

    The caller holds the profile.
    """
    expired_at = now - timedelta(seconds=limits.IDEMPOTENCY_KEY_TTL_S)
    await tx.run(SQL["delete_expired_batches"], store_id=store_id, profile_id=profile_id, expired_at=expired_at)
    key = f"{kind}/{idempotency_key.lower()}"
    return bool(
        await tx.run(SQL["insert_batch"], store_id=store_id, profile_id=profile_id, idempotency_key=key, now=now)
    )
