"""Twilio's real-time transcription callbacks: what is said in a call becomes communications of a VOICE conversation.

Fields: https://www.twilio.com/docs/voice/twiml/transcription#statuscallbackurl
"""

from typing import Any, Final

import structlog
from litestar import Request, Response, post

from regulars.core import limits
from regulars.domain.transcription_events import CONTENT, ERROR, STARTED, beginning, call, piece
from regulars.http.problems import PROBLEMS
from regulars.http.webhooks.forms import signed_form
from regulars.runtime import Runtime
from regulars.services import transcription as service

_EMPTY: Final = "<?xml version='1.0' encoding='UTF-8'?><Response/>"

log = structlog.get_logger()


@post(
    "/webhooks/twilio/transcription",
    status_code=200,
    responses=PROBLEMS,
    tags=["Webhooks"],
    summary="Receive a piece of a call's transcription from Twilio",
    media_type="text/xml",
    request_max_body_size=limits.WEBHOOK_BODY_BYTES_MAX,
)
async def receive(request: Request[Any, Any, Any], rt: Runtime) -> Response[str]:
    """Pieces may come several times and in any order. The query may tell `From`, `To` and `Direction` of the call: the
    callback does not. A beginning opens the conversation, before anything is said: Agent Connect looks for it then. An
    end closes nothing (contract §5, Lifecycle)."""
    form, ctx, configured = await signed_form(request, rt)
    event = form.first("TranscriptionEvent")
    if event in (STARTED, CONTENT):
        fields = {name: values[0] for name, values in form.fields.items()}
        said = beginning(fields, ctx.now) if event == STARTED else piece(fields, ctx.now)
        query = request.query_params
        told = call(query.get("From", ""), query.get("To", ""), query.get("Direction", ""))
        if said.text != "":
            await service.record(rt.db, rt.desk, ctx, configured, said, told)
    elif event == ERROR:
        code = form.first("TranscriptionErrorCode")[: limits.ERROR_CODE_CHARS_MAX]
        log.warning("transcription_failed", call_sid=form.first("CallSid")[: limits.SID_CHARS_MAX], code=code)
    return Response(_EMPTY, media_type="text/xml")
