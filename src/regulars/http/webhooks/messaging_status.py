"""Twilio's status callbacks of messages that the account sent.

Fields and their values: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from typing import Any, Final

from litestar import Request, Response, route

from regulars.core import limits
from regulars.http.problems import PROBLEMS
from regulars.http.webhooks.forms import signed_form
from regulars.runtime import Runtime
from regulars.services import messaging_status as service

_EMPTY: Final = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


@route(
    "/webhooks/twilio/messaging/status",
    http_method=["GET", "POST"],
    status_code=200,
    responses=PROBLEMS,
    tags=["Webhooks"],
    summary="Receive the status of a message from Twilio",
    media_type="text/xml",
    request_max_body_size=limits.WEBHOOK_BODY_BYTES_MAX,
)
async def receive(request: Request[Any, Any, Any], rt: Runtime) -> Response[str]:
    """Statuses may come several times and in any order: the furthest one stays."""
    form, ctx, configured = await signed_form(request, rt)
    await service.record(
        rt.db,
        rt.desk,
        ctx,
        configured,
        message_sid=form.required("MessageSid", limits.CHANNEL_ID_CHARS_MAX),
        message_status=form.required("MessageStatus", limits.CHANNEL_ID_CHARS_MAX).lower(),
        from_=form.first("From")[: limits.ADDRESS_CHARS_MAX],
        to=form.first("To")[: limits.ADDRESS_CHARS_MAX],
    )
    return Response(_EMPTY, media_type="text/xml")
