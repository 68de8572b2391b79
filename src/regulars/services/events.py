"""Tells those who listen to a conversation what happened in it, in the transaction in which it happened."""

from collections.abc import Sequence

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.ids import ConversationId, StoreId
from regulars.domain.conversations import Conversation
from regulars.domain.events import Event, encode
from regulars.storage import callbacks
from regulars.storage.callbacks import Endpoint, EventRow
from regulars.storage.db import Tx


async def tell(tx: Tx, ctx: Ctx, conversation: Conversation, events: Sequence[Event]) -> None:
    """The caller holds the conversation: events are in the order in which things happened."""
    listeners = conversation.configuration.status_callbacks
    if not listeners or not events:
        return
    await callbacks.append(
        tx,
        account_sid=ctx.account_sid,
        store_id=StoreId(conversation.store_id),
        conversation_id=ConversationId(conversation.conversation_id),
        endpoints=[Endpoint(one.url, one.method) for one in listeners],
        events=[EventRow(ctx.mint(ids.EVENT), one.type, encode(one, ctx.account_sid, ctx.now)) for one in events],
        delivery_ids=lambda: ctx.mint(ids.DELIVERY),
        now=ctx.now,
    )
