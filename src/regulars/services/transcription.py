"""What is said in calls, captured while it is said. The pieces do not tell who is in the call: others do."""

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from regulars.core.context import Ctx
from regulars.core.ids import AccountSid
from regulars.domain.capture import captures
from regulars.domain.configurations import Configuration
from regulars.domain.conversations import Participant
from regulars.domain.transcription_events import Call, Piece, call, message
from regulars.services import accounts
from regulars.services.actions import Desk
from regulars.services.capture import ingest
from regulars.storage import configurations, conversations, jobs, participants
from regulars.storage.db import Db

log = structlog.get_logger()


async def record(
    db: Db, desk: Desk, ctx: Ctx, configured: Sequence[Configuration], said: Piece, told: Call | None
) -> None:
    """The call is the one that the callback's address tells, or one that some conversation knows; else it is fetched
    later, when the account can."""
    known = told or await _known(db, ctx, configured, said)
    if known is not None:
        await _capture(db, ctx, configured, said, known)
        return
    async with db.read() as tx:
        account = await accounts.carrier_account(tx, desk.sealer, ctx.account_sid, everybody=desk.everybody)
    if account is None or not configured:
        log.warning("call_unknown", call_sid=said.call_sid, hint="add From, To and Direction to the statusCallbackUrl")
        return
    await db.write(lambda tx: jobs.enqueue_fetch_call(tx, ctx.account_sid, said.call_sid, msgspec.to_builtins(said)))


async def fetch(db: Db, desk: Desk, account_sid: AccountSid, piece: dict[str, Any]) -> None:
    """Captures a piece of a call that nobody knew. Raises Unclear when the Calls API does not say."""
    said = msgspec.convert(piece, Piece)
    async with db.read() as tx:
        signer = await accounts.signer(tx, desk.sealer, account_sid)
        account = await accounts.carrier_account(tx, desk.sealer, account_sid, everybody=desk.everybody)
        configured = await configurations.list_of_account(tx, account_sid)
    if signer is None or account is None:
        return
    ctx = Ctx(
        account_sid=account_sid, store_ids=signer.store_ids, now=desk.clock(), mint=desk.mint, actor="transcription"
    )
    known = await _known(db, ctx, configured, said)
    if known is None:
        found = await desk.api.fetch_call(account, said.call_sid)
        known = None if found is None else call(found.from_, found.to, found.direction)
    if known is None:
        log.warning("call_not_found", call_sid=said.call_sid)
        return
    await _capture(db, ctx, configured, said, known)


async def _capture(db: Db, ctx: Ctx, configured: Sequence[Configuration], said: Piece, known: Call) -> None:
    if await ingest(db, ctx, configured, message(said, known)) == (0, 0):
        log.info("call_matches_no_rule", call_sid=said.call_sid)


async def _known(db: Db, ctx: Ctx, configured: Sequence[Configuration], said: Piece) -> Call | None:
    """By a conversation that has this call. It does not tell who called whom: what some rule asks for is taken."""
    async with db.read() as tx:
        for key in await conversations.list_holding(tx, ctx.store_ids, said.call_sid):
            present = await participants.list_all(tx, *key)
            customer = _address([one for one in present if one.type in ("CUSTOMER", "UNKNOWN")])
            agent = _address([one for one in present if one.type not in ("CUSTOMER", "UNKNOWN")])
            if customer is not None and agent is not None:
                ways = [
                    Call(from_=customer, to=agent, is_outbound=False),
                    Call(from_=agent, to=customer, is_outbound=True),
                ]
                return next((way for way in ways if _wanted(configured, said, way)), ways[0])
    return None


def _wanted(configured: Sequence[Configuration], said: Piece, way: Call) -> bool:
    return any(captures(one.document, message(said, way)) for one in configured)


def _address(present: Sequence[Participant]) -> str | None:
    spoken = [own.address for one in present for own in one.addresses if own.channel == "VOICE"]
    return spoken[0] if spoken else None
