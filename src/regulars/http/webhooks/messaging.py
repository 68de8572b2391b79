"""Twilio's inbound message webhook: SMS, MMS text, WhatsApp and RCS (contract §7).

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from datetime import datetime
from typing import Any, Final

import structlog
from litestar import Request, Response, route

from regulars.core import limits
from regulars.core.times import parse_instant
from regulars.domain.capture import ChannelMessage, channel_of
from regulars.domain.conversations import Content
from regulars.http.problems import PROBLEMS
from regulars.http.webhooks.forms import Form, signed_form
from regulars.runtime import Runtime
from regulars.services import capture

_EMPTY: Final = "<?xml version='1.0' encoding='UTF-8'?><Response/>"

log = structlog.get_logger()


@route(
    "/webhooks/twilio/messaging",
    http_method=["GET", "POST"],
    status_code=200,
    responses=PROBLEMS,
    tags=["Webhooks"],
    summary="Receive an inbound message from Twilio",
    media_type="text/xml",
    request_max_body_size=limits.WEBHOOK_BODY_BYTES_MAX,
)
async def receive(request: Request[Any, Any, Any], rt: Runtime) -> Response[str]:
    """Answers once the message is committed, before any model has seen it. Sent again, it changes nothing."""
    signed = await signed_form(request, rt)
    message = _message(signed.form, signed.ctx.now)
    captured = await capture.ingest(rt.db, signed.ctx, signed.configurations, message)
    if captured == (0, 0):
        log.info("message_matches_no_rule", resource_id=message.resource_id, channel=message.channel)
    return Response(_EMPTY, media_type="text/xml")


def _message(form: Form, now: datetime) -> ChannelMessage:
    """`OccurredAt` is ours: it lets a signed replay keep the original time. Twilio never sends it."""
    from_ = form.required("From", limits.ADDRESS_CHARS_MAX)
    occurred = form.first("OccurredAt")
    message_sid = form.required("MessageSid", limits.CHANNEL_ID_CHARS_MAX)
    return ChannelMessage(
        resource_id=message_sid,
        channel_id=message_sid,
        channel=channel_of(from_),
        direction="INBOUND",
        from_=from_,
        to=form.required("To", limits.ADDRESS_CHARS_MAX),
        from_name=_text(form, "ProfileName")[: limits.PARTICIPANT_NAME_CHARS_MAX] or None,
        content=Content(type="TEXT", text=_text(form, "Body")),
        delivery_status="DELIVERED",
        occurred_at=parse_instant(occurred, field="OccurredAt") if occurred else now,
    )


def _text(form: Form, name: str) -> str:
    """What somebody wrote, in every character that can be kept."""
    return form.first(name).replace("\x00", "")
