"""How far a message is that the account sent, and messages that we hear of only by that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from regulars.core.context import Ctx
from regulars.core.ids import AccountSid, is_sid
from regulars.domain.actions import CarrierMessage, delivery_status
from regulars.domain.capture import ChannelMessage, captures, channel_of
from regulars.domain.configurations import Configuration
from regulars.domain.conversations import Content
from regulars.services import accounts
from regulars.services.actions import Desk
from regulars.services.capture import ingest, set_delivery_status
from regulars.storage import configurations, jobs
from regulars.storage.db import Db

log = structlog.get_logger()


async def record(
    db: Db,
    desk: Desk,
    ctx: Ctx,
    configured: Sequence[Configuration],
    *,
    message_sid: str,
    message_status: str,
    from_: str,
    to: str,
) -> None:
    """Known messages get their status. Others are fetched later, when the account can and some rule may want them."""
    status = delivery_status(message_status, read_receipts=desk.read_receipts)
    if status is None or await set_delivery_status(db, ctx, message_sid, status):
        return
    async with db.read() as tx:
        account = await accounts.carrier_account(tx, desk.sealer, ctx.account_sid, everybody=desk.everybody)
    if account is None or not _is_message(message_sid) or not _wanted(ctx, configured, message_sid, from_, to):
        log.info("status_of_unknown_message", message_sid=message_sid, can_fetch=account is not None)
        return
    await db.write(lambda tx: jobs.enqueue_fetch_message(tx, ctx.account_sid, message_sid, message_status, now=ctx.now))


async def fetch(db: Db, desk: Desk, account_sid: AccountSid, message_sid: str, message_status: str) -> None:
    """Captures a message that somebody else sent, unless it has become known meanwhile. Raises Unclear when the
    Messages API does not say."""
    async with db.read() as tx:
        signer = await accounts.signer(tx, desk.sealer, account_sid)
        account = await accounts.carrier_account(tx, desk.sealer, account_sid, everybody=desk.everybody)
        configured = await configurations.list_of_account(tx, account_sid)
    status = delivery_status(message_status, read_receipts=desk.read_receipts)
    if signer is None or account is None or status is None:
        return
    ctx = Ctx(
        account_sid=account_sid, store_ids=signer.store_ids, now=desk.clock(), mint=desk.mint, actor="messaging status"
    )
    if await set_delivery_status(db, ctx, message_sid, status):
        return
    message = await desk.api.fetch(account, message_sid)
    if message is None or not message.direction.startswith("outbound") or not message.from_:
        log.info("message_not_captured", message_sid=message_sid, found=message is not None)
        return
    await ingest(db, ctx, configured, _told(desk, message))
    await set_delivery_status(db, ctx, message_sid, status)


def _is_message(sid: str) -> bool:
    return is_sid("SM", sid) or is_sid("MM", sid)


def _wanted(ctx: Ctx, configured: Sequence[Configuration], message_sid: str, from_: str, to: str) -> bool:
    """A sender that a messaging service has yet to choose may be anybody."""
    if not from_ or not to:
        return bool(configured)
    probe = _channel_message(message_sid, from_, to, ctx.now, None)
    return any(captures(one.document, probe) for one in configured)


def _told(desk: Desk, message: CarrierMessage) -> ChannelMessage:
    status = delivery_status(message.status, read_receipts=desk.read_receipts)
    content = Content(type="TEXT", text=message.body.replace("\x00", ""))
    told = _channel_message(message.sid, message.from_, message.to, message.sent_at or message.created_at, content)
    return replace(told, delivery_status=status)


def _channel_message(
    message_sid: str, from_: str, to: str, occurred_at: datetime, content: Content | None
) -> ChannelMessage:
    return ChannelMessage(
        resource_id=message_sid,
        channel_id=message_sid,
        channel=channel_of(from_),
        direction="OUTBOUND",
        from_=from_,
        to=to,
        content=content,
        occurred_at=occurred_at,
    )
