"""Twilio's inbound message webhook: SMS, MMS text, WhatsApp and RCS (contract §7).

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from litestar import Request, Response, post

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import Forbidden, InvalidInput
from regulars.core.ids import AccountSid, StoreId
from regulars.core.times import parse_instant
from regulars.domain.capture import InboundMessage, channel_of
from regulars.domain.configurations import Configuration
from regulars.http.problems import PROBLEMS
from regulars.http.webhooks.signature import addresses, is_genuine
from regulars.runtime import Runtime, clock, mint
from regulars.services import accounts, capture
from regulars.storage import configurations
from regulars.storage.db import Tx

_EMPTY: Final = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
_FORM: Final = "application/x-www-form-urlencoded"

log = structlog.get_logger()

Form = Mapping[str, Sequence[str]]


@post(
    "/webhooks/twilio/messaging",
    status_code=200,
    responses=PROBLEMS,
    tags=["Webhooks"],
    summary="Receive an inbound message from Twilio",
    media_type="text/xml",
    request_max_body_size=limits.WEBHOOK_BODY_BYTES_MAX,
)
async def receive(request: Request[Any, Any, Any], rt: Runtime) -> Response[str]:
    """Answers once the message is committed, before any model has seen it. Sent again, it changes nothing."""
    form = await _form(request)
    now = clock()
    found = await _verified(request, rt, form)
    message = _message(form, now)
    account_sid = AccountSid(_first(form, "AccountSid"))
    ctx = Ctx(account_sid=account_sid, store_ids=_stores(found), now=now, mint=mint, actor="webhook")
    captured = await capture.ingest(rt.db, ctx, found, message)
    if captured == (0, 0):
        log.info("message_matches_no_rule", message_sid=message.message_sid, channel=message.channel)
    return Response(_EMPTY, media_type="text/xml")


async def _verified(request: Request[Any, Any, Any], rt: Runtime, form: Form) -> list[Configuration]:
    """The configurations of the account that signed this. One answer for every way in which it may not be genuine."""
    account_sid = _first(form, "AccountSid")
    async with rt.db.read() as tx:
        token = await accounts.auth_token(tx, rt.sealer, account_sid)
        found = [] if token is None else await _configurations(tx, account_sid)
    urls = addresses(
        request.headers,
        scheme=request.url.scheme,
        path_and_query=_path_and_query(request),
        public_url=rt.settings.public_url,
    )
    offered = request.headers.get("x-twilio-signature", "")
    if token is None or not is_genuine(offered, token, urls, form):
        raise Forbidden("The X-Twilio-Signature does not fit this request")
    return found


async def _configurations(tx: Tx, account_sid: str) -> list[Configuration]:
    return await configurations.list_page(tx, account_sid, "ASC", "", limits.CONFIGURATIONS_PER_ACCOUNT_MAX)


def _path_and_query(request: Request[Any, Any, Any]) -> str:
    """As it came, byte for byte: the sender signed its own spelling."""
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _form(request: Request[Any, Any, Any]) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise InvalidInput(f"Send the message as {_FORM}")
    body = await request.body()
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise InvalidInput("The form is not valid") from None


def _first(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _required(form: Form, name: str, chars_max: int) -> str:
    value = _first(form, name)
    if not value or len(value) > chars_max:
        raise InvalidInput(f"{name} must have 1 to {chars_max} characters")
    return value


def _message(form: Form, now: datetime) -> InboundMessage:
    """`OccurredAt` is ours: it lets a signed replay keep the original time. Twilio never sends it."""
    from_ = _required(form, "From", limits.ADDRESS_CHARS_MAX)
    occurred = _first(form, "OccurredAt")
    return InboundMessage(
        message_sid=_required(form, "MessageSid", limits.CHANNEL_ID_CHARS_MAX),
        channel=channel_of(from_),
        from_=from_,
        to=_required(form, "To", limits.ADDRESS_CHARS_MAX),
        text=_first(form, "Body").replace("\x00", ""),
        profile_name=_first(form, "ProfileName")[: limits.PARTICIPANT_NAME_CHARS_MAX] or None,
        received_at=parse_instant(occurred, field="OccurredAt") if occurred else now,
    )


def _stores(found: Sequence[Configuration]) -> tuple[StoreId, ...]:
    return tuple(StoreId(one.document.memory_store_id) for one in found)
