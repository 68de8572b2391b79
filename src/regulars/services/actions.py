"""Actions: messages that are sent for a caller, each at most once, however often the sending is tried."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import ConversationId, Mint, StoreId
from regulars.domain.accounts import CarrierAccount
from regulars.domain.actions import (
    CARRIED,
    Action,
    CarrierMessage,
    MessageContent,
    Outgoing,
    Payload,
    Place,
    Reference,
    check,
    display,
    find,
    looked_for_since,
    outgoing,
    resolve,
    speaker,
    spellings,
)
from regulars.domain.conversations import Communication, Content, DeliveryStatus
from regulars.outbound.messages_api import MessagesApi, NotSent, Refused, Unclear
from regulars.services import accounts
from regulars.services.communications import Message, Party
from regulars.services.communications import add as add_communication
from regulars.services.sealing import Sealer
from regulars.storage import actions, conversations, jobs, participants, stores
from regulars.storage.actions import ActionKey
from regulars.storage.db import Db, Tx

_NO_CREDENTIALS = (
    "This account cannot send: it was made up here. Import one of Twilio's with `regulars accounts create --sid "
    "--auth-token`, or set REGULARS_MESSAGES_API_URL."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message as a caller asks for it."""

    type: str
    sender: Reference
    to: Sequence[Reference]
    content: MessageContent
    channel_settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What messages sent and fetched need besides the database."""

    api: MessagesApi
    sealer: Sealer
    everybody: bool
    """Whether accounts that were made up here can use the API, too."""
    read_receipts: bool
    mint: Mint
    clock: Callable[[], datetime]


class _Sent(NamedTuple):
    """`found`: it was looked for afterwards, so another action may take it for its own, too."""

    message: CarrierMessage
    asked_at: datetime
    found: bool = False


async def create(tx: Tx, ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, asked: Asked) -> Action:
    """What has a carrier waits for a job to send it; the rest is said at once."""
    present = await participants.list_all(tx, store_id, conversation_id)
    payload = Payload(
        sender=resolve("from", asked.sender, present),
        to=[resolve(f"to[{number}]", one, present) for number, one in enumerate(asked.to)],
        content=asked.content,
        channel_settings=asked.channel_settings,
    )
    check(payload)
    action = _new(ctx, store_id, conversation_id, asked.type, payload)
    if payload.channel not in CARRIED:
        said = await _say(tx, ctx, action, None, ctx.now)
        action = replace(action, status="COMPLETED", communication_id=said.communication_id, completed_at=ctx.now)
        await actions.insert(tx, action)
        return action
    await _require_open(tx, store_id, conversation_id)
    await actions.insert(tx, action)
    await jobs.enqueue_send_message(tx, ctx.account_sid, store_id, conversation_id, action.action_id)
    return action


async def send(db: Db, desk: Desk, key: ActionKey, *, last: bool) -> None:
    """Sends the message, unless an earlier try did. Raises NotSent or Unclear to be called again; not on the `last`
    try, which ends the action either way."""
    async with db.read() as tx:
        action = await actions.fetch(tx, key.store_id, key.conversation_id, key.action_id)
        account = await accounts.carrier_account(tx, desk.sealer, key.account_sid, everybody=desk.everybody)
    if action is None or action.status != "PENDING":
        return
    if account is None:
        await _fail(db, desk, action, _NO_CREDENTIALS)
        return
    try:
        sent = await _found_or_sent(db, desk, account, action)
        await db.write(lambda tx: _complete(tx, desk.sealer, _ctx(desk, key), action, sent))
    except Refused as error:
        await _fail(db, desk, action, error.message)
    except NotSent as error:
        if not last:
            raise
        await _fail(db, desk, action, f"Not sent: {error.message}")
    except Unclear as error:
        if not last:
            raise
        await _fail(db, desk, action, f"It is not known whether the message was sent: {error.message}")
    else:
        log.info("message_sent", action_id=action.action_id, message_sid=sent.message.sid)


async def _found_or_sent(db: Db, desk: Desk, account: CarrierAccount, action: Action) -> _Sent:
    """A try whose end nobody knows may have sent the message, so it is looked for before it is sent again; one that
    has just begun may still send it."""
    message = outgoing(action.payload)
    if action.sent_at is not None:
        found = await _look(db, desk, account, action, message, action.sent_at)
        if found is not None:
            return _Sent(found, action.sent_at, found=True)
        if (desk.clock() - action.sent_at).total_seconds() < limits.ACTION_SETTLES_S:
            raise Unclear("An earlier try may still be under way")
    return await _try(db, desk, account, action, message)


async def _look(
    db: Db, desk: Desk, account: CarrierAccount, action: Action, message: Outgoing, sent_at: datetime
) -> CarrierMessage | None:
    """Raises Unclear while what is found may be what another action is just about to have sent."""
    listed = await desk.api.list_like(account, message, looked_for_since(sent_at))
    async with db.read() as tx:
        store_ids = await _stores(tx, desk.sealer, account.account_sid)
        contended = await _is_contended(tx, store_ids, action, desk.clock())
        # in this order: what is not under way any more has told its message
        taken = await actions.list_taken_sids(tx, store_ids, [one.sid for one in listed], before=sent_at)
    found = find(message, listed, sent_at, taken)
    if found is not None and contended:
        raise Unclear("Another message to the same recipient is under way")
    return found


async def _stores(tx: Tx, sealer: Sealer, account_sid: str) -> Sequence[StoreId]:
    signer = await accounts.signer(tx, sealer, account_sid)
    return () if signer is None else signer.store_ids


async def _is_contended(tx: Tx, store_ids: Sequence[StoreId], action: Action, now: datetime) -> bool:
    since = now - timedelta(seconds=limits.ACTION_SETTLES_S)
    return await actions.other_is_under_way(tx, store_ids, action, spellings(action.payload.to[0]), since=since)


async def _try(db: Db, desk: Desk, account: CarrierAccount, action: Action, message: Outgoing) -> _Sent:
    """Noted before it begins. Who was held up in between leaves it to the next try, which cannot overlap with it."""
    began = desk.clock()
    if not await db.write(lambda tx: actions.begin(tx, action, began)):
        raise Unclear("Another try is under way")
    if (desk.clock() - began).total_seconds() > limits.ACTION_PROMPT_S:
        raise Unclear("The server is too busy to send")
    try:
        return _Sent(await desk.api.send(account, message), began)
    except NotSent:
        await db.write(lambda tx: actions.forget_try(tx, action, began, desk.clock()))
        raise


async def _complete(tx: Tx, sealer: Sealer, ctx: Ctx, action: Action, sent: _Sent) -> None:
    """A conversation that was closed meanwhile takes no more communications; the message was sent all the same."""
    if sent.found:
        await _claim(tx, sealer, ctx, sent)
    try:
        said = await _say(tx, ctx, action, sent.message, sent.asked_at)
    except InvalidInput:
        communication_id = None
    except NotFound:
        return
    else:
        communication_id = said.communication_id
    await actions.complete(tx, action, message_sid=sent.message.sid, communication_id=communication_id, now=ctx.now)


async def _claim(tx: Tx, sealer: Sealer, ctx: Ctx, sent: _Sent) -> None:
    """Those who found a message take turns. Raises Unclear for who comes second: theirs is another one."""
    await stores.lock_account(tx, ctx.account_sid)
    store_ids = await _stores(tx, sealer, ctx.account_sid)
    if await actions.list_taken_sids(tx, store_ids, [sent.message.sid], before=sent.asked_at):
        raise Unclear("Another action has sent the message that was found")


async def _say(tx: Tx, ctx: Ctx, action: Action, sent: CarrierMessage | None, occurred_at: datetime) -> Communication:
    payload = action.payload
    store_id, conversation_id = StoreId(action.store_id), ConversationId(action.conversation_id)
    present = [] if sent is None else await participants.list_all(tx, store_id, conversation_id)
    author = payload.sender if sent is None else speaker(payload.sender, sent.from_, present)
    sid = None if sent is None else sent.sid
    status = "DELIVERED" if sent is None else "INITIATED"
    message = Message(
        author=_party(author),
        recipients=[_party(one, status) for one in payload.to],
        content=Content(type="TEXT", text=display(payload.content, sent)),
        channel_id=payload.channel_id or sid,
        resource_id=sid,
        occurred_at=occurred_at,
    )
    return await add_communication(tx, ctx, store_id, conversation_id, message)


def _party(place: Place, delivery_status: DeliveryStatus | None = None) -> Party:
    return Party(
        channel=place.channel,
        address=place.address,
        participant_id=place.participant_id,
        delivery_status=delivery_status,
    )


async def _require_open(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> None:
    """Holds the conversation: its messages are sent in the order in which they were asked for."""
    conversation = await conversations.lock(tx, store_id, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id}")
    if conversation.status == "CLOSED":
        raise InvalidInput(f"Conversation {conversation_id} is CLOSED and takes no more messages")


async def _fail(db: Db, desk: Desk, action: Action, reason: str) -> None:
    told = reason[: limits.FAILURE_REASON_CHARS_MAX]
    await db.write(lambda tx: actions.fail(tx, action, reason=told, now=desk.clock()))
    log.warning("message_not_sent", action_id=action.action_id)


def _new(ctx: Ctx, store_id: StoreId, conversation_id: ConversationId, type_: str, payload: Payload) -> Action:
    return Action(
        store_id=store_id,
        conversation_id=conversation_id,
        action_id=ctx.mint(ids.ACTION),
        type=type_,
        payload=payload,
        status="PENDING",
        message_sid=None,
        communication_id=None,
        failure_reason=None,
        sent_at=None,
        created_at=ctx.now,
        updated_at=ctx.now,
        completed_at=None,
    )


def _ctx(desk: Desk, key: ActionKey) -> Ctx:
    return Ctx(account_sid=key.account_sid, store_ids=(key.store_id,), now=desk.clock(), mint=desk.mint, actor="action")
