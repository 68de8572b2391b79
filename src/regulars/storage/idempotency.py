"""Requests of the Orchestrator that came with an Idempotency-Key, and what they began."""

from datetime import datetime, timedelta
from typing import NamedTuple

from regulars.core import limits
from regulars.core.ids import AccountSid
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("idempotency")


class Answer(NamedTuple):
    request: str
    operation_id: str
    resource_id: str


async def claim(tx: Tx, account_sid: AccountSid, key: str, request: str, now: datetime) -> bool:
    """False when the key was used within its time to live. Another transaction that has it is waited for."""
    return bool(
        await tx.run(
            SQL["claim_key"],
            account_sid=account_sid,
            idempotency_key=key,
            request=request,
            now=now,
            expired_at=now - timedelta(seconds=limits.IDEMPOTENCY_KEY_TTL_S),
        )
    )


async def fetch(tx: Tx, account_sid: AccountSid, key: str) -> Answer | None:
    return await tx.maybe(SQL["fetch_answer"], Answer, account_sid=account_sid, idempotency_key=key)


async def set_answer(tx: Tx, account_sid: AccountSid, key: str, *, operation_id: str, resource_id: str) -> None:
    await tx.run(
        SQL["set_answer"],
        account_sid=account_sid,
        idempotency_key=key,
        operation_id=operation_id,
        resource_id=resource_id,
    )


async def delete_old(tx: Tx, now: datetime) -> int:
    """Those whose time to live is over."""
    return await tx.run(SQL["delete_old"], before=now - timedelta(seconds=limits.IDEMPOTENCY_KEY_TTL_S))
