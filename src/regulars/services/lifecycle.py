"""Timers: conversations that nobody wrote in for long enough become INACTIVE, then CLOSED."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from regulars.core.errors import RegularsError
from regulars.services.conversations import LostRaceError, advance_due
from regulars.storage import conversations
from regulars.storage.conversations import ConversationKey
from regulars.storage.db import Db

_BATCH_CONVERSATIONS: Final = 500

log = structlog.get_logger()


async def tick(db: Db, clock: Callable[[], datetime]) -> int:
    """Applies every timer that has run out and returns how many. Costs what is due, not what is open.

    Any number of workers may tick at once: whoever comes second to a conversation finds nothing to do.
    """
    count = 0
    while True:
        now = clock()
        async with db.read() as tx:
            due = await conversations.list_due(tx, now, _BATCH_CONVERSATIONS)
        moved = [await _advance(db, key, now) for key in due]
        count += sum(moved)
        if len(due) < _BATCH_CONVERSATIONS or not any(moved):
            return count


async def _advance(db: Db, key: ConversationKey, now: datetime) -> bool:
    try:
        status = await db.write(lambda tx: advance_due(tx, key, now))
    except (LostRaceError, RegularsError):
        return False
    if status is not None:
        log.info("conversation_timed_out", conversation_id=key.conversation_id, status=status)
    return status is not None
