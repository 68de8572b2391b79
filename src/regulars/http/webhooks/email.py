"""SendGrid's Inbound Parse: e-mails become communications of EMAIL conversations.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook

SendGrid calls the address that it was given, with the user name and password in it: an API key and its secret.
"""

import asyncio
from typing import Any, Final

import structlog
from litestar import Request, Response, post
from litestar.exceptions import InternalServerException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.domain.emails import FIELDS, Email, email, messages
from regulars.http.auth import ANY_BODY
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import capture
from regulars.storage import configurations

_FORM: Final = "multipart/form-data"

log = structlog.get_logger()


@post(
    "/webhooks/sendgrid/inbound",
    status_code=200,
    opt=ANY_BODY,
    responses=PROBLEMS,
    tags=["Webhooks"],
    summary="Receive an e-mail from SendGrid",
    media_type="text/plain",
    request_max_body_size=limits.EMAIL_BODY_BYTES_MAX,
)
async def receive(request: Request[Any, Any, Any], rt: Runtime, ctx: Ctx) -> Response[str]:
    """Answers 200 once the e-mail is stored, and to one that nobody wants: SendGrid would only send it again."""
    fields = await _fields(request)
    told = await asyncio.to_thread(email, fields, ctx.now)
    if told.refused is None:
        await _capture(rt, ctx, told)
    else:
        log.info("email_not_captured", reason=told.refused)
    return Response("", media_type="text/plain")


async def _capture(rt: Runtime, ctx: Ctx, told: Email) -> None:
    """By each recipient in turn: a configuration that has it by one of them knows it by the next."""
    async with rt.db.read() as tx:
        configured = await configurations.list_of_account(tx, ctx.account_sid)
    found = [await capture.ingest(rt.db, ctx, configured, one) for one in messages(told)]
    if all(one == (0, 0) for one in found):
        log.info("email_matches_no_rule")


async def _fields(request: Request[Any, Any, Any]) -> dict[str, bytes]:
    """What is read of the form, each field up to a limit, the rest thrown away as it comes."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.lower() != _FORM or not options.get("boundary"):
        raise InvalidInput(f"Send the e-mail as {_FORM}")
    found: dict[str, bytearray] = {}
    kept: bytearray | None = None
    try:
        with _parser(options["boundary"]) as parser:
            async for chunk in request.stream():
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        kept = _place(found, event)
                    elif event and kept is not None:
                        kept += event[: limits.EMAIL_FIELD_BYTES_MAX - len(kept)]
    except (MultipartError, UnicodeError):
        raise InvalidInput("The form is not valid") from None
    except InternalServerException:
        raise InvalidInput("The upload broke off") from None
    return {name: bytes(value) for name, value in found.items()}


def _parser(boundary: str) -> PushMultipartParser:
    """Names of attachments are long and in any charset; they are not looked at."""
    return PushMultipartParser(
        boundary,
        max_header_size=limits.EMAIL_PART_HEADER_BYTES_MAX,
        max_segment_count=limits.EMAIL_PARTS_MAX,
        header_charset="latin-1",
    )


def _place(found: dict[str, bytearray], segment: MultipartSegment) -> bytearray | None:
    """Where a part goes, or None for what is not read. Of a field that repeats, the first counts."""
    if segment.filename is not None or segment.name not in FIELDS or segment.name in found:
        return None
    return found.setdefault(segment.name, bytearray())
