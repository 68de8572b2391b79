"""Inbound e-mail, as SendGrid's Inbound Parse tells it: taken apart into fields, or as it came.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook (the fields),
https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/inbound-email (what is sent again),
https://www.rfc-editor.org/rfc/rfc3834 (which e-mails no person wrote)

Everything in an e-mail was written by anybody: nothing of it may fail, and nothing may take longer than it is long.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final, cast

import msgspec

from regulars.core import limits
from regulars.domain.capture import ChannelMessage
from regulars.domain.conversations import Content
from regulars.domain.email_text import reply_of, text_of

FIELDS: Final = frozenset({"headers", "from", "to", "subject", "text", "html", "envelope", "charsets", "email"})
"""What is read of a form. `email` is the whole message, when SendGrid was asked for that; then there is no text."""

_CHARSETS: Final = re.compile(
    r"(utf|iso|us|windows|cp|ibm|koi|gb|big|euc|shift|sjis|ks|latin|mac|hz|tis|ascii|johab|viscii)[a-z0-9_.:-]{0,30}",
    re.IGNORECASE,
)
"""Python decodes with more than these, and with some of them slowly."""
_HEADER_CHARS_MAX: Final = 4096
_NESTED_IN_ADDRESS: Final = re.compile("[(:]")
_NESTED_IN_ADDRESS_MAX: Final = 100
"""Comments and groups, for each of which the parser calls itself."""
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
"""No database keeps these: half a character, as UTF-7 may tell it, and NUL."""
_PARTS_MAX: Final = 100
_PART_HEADER: Final = re.compile(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_PART_HEADER_BYTES_MAX: Final = 2048
_EXTENDED: Final = re.compile(rb";[^;*=]*\*[^;]*")
"""A parameter in the manner of RFC 2231: the parser fails at some, and nobody tells a boundary or a charset so."""
_NESTS: Final = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
_NESTS_MAX: Final = 30
"""The parser takes the square of the time for a header, and asks each part that it is in about each line."""
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]+>")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINES: Final = frozenset({"mailer-daemon", "postmaster"})
_RETRIED_FOR: Final = timedelta(days=4)
"""SendGrid tries for three days: a date that is older, or in the future, is not when the e-mail was sent."""


class _Envelope(msgspec.Struct):
    """What the mail servers said to each other. An empty sender is that of a bounce (RFC 5321 §4.5.5)."""

    to: list[str] = []
    from_: str | None = msgspec.field(name="from", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """`refused` says why it is not captured: no person wrote it, or it names nobody."""

    message_id: str
    thread_id: str
    from_: str
    from_name: str | None
    to: Sequence[str]
    text: str
    occurred_at: datetime
    refused: str | None


def email(fields: Mapping[str, bytes], now: datetime) -> Email:
    """Of any fields. The sender is the one that the reader sees, the recipients those that the servers named."""
    charsets = _charsets(fields.get("charsets", b""))
    raw = fields.get("email")
    head = _parsed(raw if raw is not None else fields.get("headers", b"") + b"\r\n\r\n")
    envelope = _envelope(fields.get("envelope", b""))
    decoded = {name: _decoded(value, charsets.get(name)) for name, value in fields.items() if name in FIELDS}
    name, sender = _sender(head, decoded, envelope)
    text = _text(decoded.get("text", ""), decoded.get("html", "")) if raw is None else _text(*_bodies(head))
    own_id = _ids(_header(head, "Message-ID"))
    ids = [*_ids(_header(head, "References")), *_ids(_header(head, "In-Reply-To")), *own_id]
    digest = hashlib.sha256(b"\x00".join(fields[one] for one in sorted(fields))).hexdigest()
    message_id = _short(own_id[0] if own_id else f"sha256:{digest}")
    to = _recipients(head, decoded, envelope)
    return Email(
        message_id=message_id,
        thread_id=_short(ids[0]) if ids else message_id,
        from_=sender,
        from_name=name[: limits.PARTICIPANT_NAME_CHARS_MAX] or None,
        to=to,
        text=(text or decoded.get("subject", "").strip())[: limits.COMMUNICATION_TEXT_CHARS_MAX],
        occurred_at=_sent_at(_header(head, "Date"), now),
        refused=_refused(head, envelope, sender, to),
    )


def messages(told: Email) -> list[ChannelMessage]:
    """One for each recipient: capture rules say which of them are the business."""
    return [
        ChannelMessage(
            resource_id=told.message_id,
            channel_id=told.thread_id,
            channel="EMAIL",
            direction="INBOUND",
            from_=told.from_,
            to=to,
            from_name=told.from_name,
            content=Content(type="TEXT", text=told.text),
            delivery_status="DELIVERED",
            occurred_at=told.occurred_at,
        )
        for to in told.to
    ]


def _refused(head: Message, envelope: _Envelope, sender: str, to: Sequence[str]) -> str | None:
    if envelope.from_ is not None and envelope.from_.strip() in ("", "<>"):
        return "bounce"
    if sender.partition("@")[0] in _MACHINES or head.get_content_type() == "multipart/report":
        return "bounce"
    submitted = _header(head, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no") or _header(head, "X-Autoreply") or _header(head, "X-Autorespond"):
        return "auto_reply"
    if _header(head, "Precedence").strip().lower() in _BULK or _header(head, "List-Id"):
        return "bulk"
    if not sender:
        return "no_sender"
    return None if to else "no_recipient"


def _sender(head: Message, decoded: Mapping[str, str], envelope: _Envelope) -> tuple[str, str]:
    """Name and address. The envelope's may be one that a forwarder or a bulk sender made for this e-mail alone."""
    shown = [*_addresses(decoded.get("from", "")), *_addresses(_header(head, "From"))]
    return next(iter([*shown, *_addresses(envelope.from_ or "")]), ("", ""))


def _recipients(head: Message, decoded: Mapping[str, str], envelope: _Envelope) -> list[str]:
    """Of the envelope: an e-mail also goes to those whom its headers do not name."""
    for told in (",".join(envelope.to), decoded.get("to", ""), _header(head, "To")):
        if found := [address for _, address in _addresses(told)]:
            return list(dict.fromkeys(found))[: limits.EMAIL_RECIPIENTS_MAX]
    return []


def _addresses(text: str) -> list[tuple[str, str]]:
    """Names and addresses in a list of them; what is none is left out. What nests deeper than anybody writes is read as
    if it did not."""
    plain = text.replace("\x00", "")[:_HEADER_CHARS_MAX]
    if len(_NESTED_IN_ADDRESS.findall(plain)) > _NESTED_IN_ADDRESS_MAX:
        plain = _NESTED_IN_ADDRESS.sub(" ", plain)
    found = getaddresses([plain])
    pairs = [(" ".join(name.split()), "".join(address.split()).lower()) for name, address in found]
    return [pair for pair in pairs if _is_address(pair[1])]


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isprintable() and len(text) <= limits.ADDRESS_CHARS_MAX


def _text(plain: str, html: str) -> str:
    return reply_of((plain if plain.strip() else text_of(html)).replace("\x00", ""))


def _bodies(message: Message) -> tuple[str, str]:
    """The first text and the first HTML that are no attachments."""
    found = {"text/plain": "", "text/html": ""}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in found and not found[kind] and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            charset = part.get_param("charset")
            if isinstance(payload, bytes):
                found[kind] = _decoded(payload, charset if isinstance(charset, str) else None)
    return found["text/plain"], found["text/html"]


def _parts(message: Message) -> Iterator[Message]:
    """Without the parts of messages that are attached."""
    waiting, seen = [message], 0
    while waiting and seen < _PARTS_MAX:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = cast("list[Message]", part.get_payload())
        else:
            yield part


def _parsed(raw: bytes) -> Message:
    """A message of more parts than anybody writes has a head, and no text."""
    plain = _PART_HEADER.sub(_cut, raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    if len(_NESTS.findall(plain)) <= _NESTS_MAX:
        return message_from_bytes(plain)
    return message_from_bytes(plain.partition(b"\n\n")[0] + b"\n\n")


def _cut(found: re.Match[bytes]) -> bytes:
    return _EXTENDED.sub(b"", found[0][:_PART_HEADER_BYTES_MAX])


def _header(head: Message, name: str) -> str:
    """Its encoded words decoded. The first one, where there are several."""
    text = str(head.get(name, ""))[:_HEADER_CHARS_MAX]
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)


def _decoded(value: bytes, charset: str | None) -> str:
    """Bytes that do not fit are replaced: a mail program's mistake loses a letter, never the mail."""
    known = charset if charset and _CHARSETS.fullmatch(charset) else "utf-8"
    try:
        text = value.decode(known, errors="replace")
    except (LookupError, ValueError):
        text = value.decode(errors="replace")
    return _UNKEPT.sub("", text)


def _charsets(text: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeError):
        return {}


def _envelope(text: bytes) -> _Envelope:
    try:
        return msgspec.json.decode(text, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeError):
        return _Envelope()


def _ids(text: str) -> list[str]:
    return _MESSAGE_ID.findall(text)


def _short(message_id: str) -> str:
    if len(message_id) <= limits.CHANNEL_ID_CHARS_MAX and message_id.isprintable():
        return message_id
    return f"sha256:{hashlib.sha256(message_id.encode(errors='replace')).hexdigest()}"


def _sent_at(text: str, now: datetime) -> datetime:
    try:
        sent = parsedate_to_datetime(text)
        sent = sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    return sent if now - _RETRIED_FOR <= sent <= now else now
