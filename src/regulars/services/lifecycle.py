"""Timers: conversations that nobody wrote in for long enough become INACTIVE, then CLOSED."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from regulars.core.context import Ctx
from regulars.core.errors import RegularsError
from regulars.core.ids import AccountSid, Mint, StoreId
from regulars.services.conversations import LostRaceError, advance_due
from regulars.storage import conversations, stores
from regulars.storage.conversations import Due
from regulars.storage.db import Db

_BATCH_CONVERSATIONS: Final = 500
_AT_ONCE: Final = 4

log = structlog.get_logger()


async def tick(db: Db, mint: Mint, clock: Callable[[], datetime]) -> int:
    """Applies every timer that has run out and returns how many. Costs what is due, not what is open.

    Any number of workers may tick at once: whoever comes second to a conversation finds nothing to do.
    """
    count, last = 0, None
    while True:
        now = clock()
        async with db.read() as tx:
            due = await conversations.list_due(tx, now, _BATCH_CONVERSATIONS, last)
            stores_of = {one.store_id for one in due}
            accounts = {store_id: await stores.fetch_account_sid(tx, store_id) for store_id in stores_of}
        count += await _Round(db, mint, now, accounts).advance_all(due)
        if len(due) < _BATCH_CONVERSATIONS:
            return count
        last = due[-1]


class _Round:
    """A few conversations at a time: each waits for its own commit."""

    def __init__(self, db: Db, mint: Mint, now: datetime, accounts: dict[StoreId, AccountSid | None]) -> None:
        self._db, self._mint, self._now, self._accounts = db, mint, now, accounts
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def advance_all(self, due: Sequence[Due]) -> int:
        return sum(await asyncio.gather(*map(self._advance, due)))

    async def _advance(self, due: Due) -> bool:
        account_sid = self._accounts[due.store_id]
        if account_sid is None:  # the store is being deleted
            return False
        ctx = Ctx(account_sid=account_sid, store_ids=(due.store_id,), now=self._now, mint=self._mint, actor="timer")
        try:
            async with self._places:
                status = await self._db.write(lambda tx: advance_due(tx, ctx, due.store_id, due.conversation_id))
        except (LostRaceError, RegularsError):
            return False
        if status is not None:
            log.info("conversation_timed_out", conversation_id=due.conversation_id, status=status)
        return status is not None
