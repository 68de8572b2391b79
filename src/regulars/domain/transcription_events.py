"""Twilio's real-time transcription: what was said in a call, told while it is said.

https://www.twilio.com/docs/voice/twiml/transcription#statuscallbackurl (the fields),
https://www.twilio.com/docs/voice/tutorials/how-record-single-side-call (the tracks)

Every callback of a transcription has the next SequenceId, partial results and both tracks alike, and they overtake each
other on the way. Nothing names the utterance that a partial result belongs to: it is the one that the next final result
of its track ends. So at most one utterance of a track is open, and `placed` can tell from its newest piece what becomes
of the next, in whatever order they come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.core.ids import is_sid
from regulars.core.times import parse_instant
from regulars.domain.capture import ChannelMessage, Direction
from regulars.domain.conversations import Content

STARTED: Final = "transcription-started"
CONTENT: Final = "transcription-content"
ERROR: Final = "transcription-error"

_INBOUND: Final = "inbound_track"
_TRACKS: Final = frozenset({_INBOUND, "outbound_track"})
_SEQUENCE_DIGITS: Final = 10

Placed = Literal["ADD", "REPLACE", "DROP"]


class _Data(msgspec.Struct):
    transcript: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A result of one track. The inbound track is what the other end of the call says, the outbound what it hears.

    Without a text it is the beginning of a transcription, in which nothing was said yet.
    """

    transcription_sid: str
    call_sid: str
    is_inbound: bool
    sequence_id: int
    is_final: bool
    text: str | None
    confidence: float | None
    engine: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who called whom. `is_outbound`: Twilio called `to` for the account, else `from_` called the account."""

    from_: str
    to: str
    is_outbound: bool


def beginning(form: Mapping[str, str], now: datetime) -> Piece:
    """What a `transcription-started` tells. Raises InvalidInput."""
    return _piece(form, now, is_inbound=True, data=None)


def piece(form: Mapping[str, str], now: datetime) -> Piece:
    """The result that a `transcription-content` tells. Raises InvalidInput."""
    track = form.get("Track", "")
    if track not in _TRACKS:
        raise InvalidInput("Track must be inbound_track or outbound_track")
    return _piece(form, now, is_inbound=track == _INBOUND, data=_data(form.get("TranscriptionData", "")))


def _piece(form: Mapping[str, str], now: datetime, *, is_inbound: bool, data: _Data | None) -> Piece:
    told_at = form.get("Timestamp", "")
    confidence = None if data is None else data.confidence
    return Piece(
        transcription_sid=_sid("GT", form, "TranscriptionSid"),
        call_sid=_sid("CA", form, "CallSid"),
        is_inbound=is_inbound,
        sequence_id=_sequence(form.get("SequenceId", "")),
        is_final=form.get("Final", "true").lower() != "false",
        text=None if data is None else data.transcript.replace("\x00", "").strip(),
        confidence=confidence if confidence is not None and 0 <= confidence <= 1 else None,
        engine=form.get("TranscriptionEngine", "")[: limits.TRANSCRIPTION_ENGINE_CHARS_MAX] or None,
        occurred_at=parse_instant(told_at, field="Timestamp") if told_at else now,
    )


def call(from_: str, to: str, direction: str) -> Call | None:
    """None unless both ends are known. Without a direction, it came in. A `+` that became a blank in an address that
    was put into a query as it is, becomes one again."""
    one, other = _address(from_), _address(to)
    if not (0 < len(one) <= limits.ADDRESS_CHARS_MAX and 0 < len(other) <= limits.ADDRESS_CHARS_MAX):
        return None
    return Call(from_=one, to=other, is_outbound=direction.lower().startswith("outbound"))


def call_type(known: Call) -> str:
    """What capture rules name `callType` (contract §3.1)."""
    ends = (known.from_.lower(), known.to.lower())
    if any(end.startswith("client:") for end in ends):
        return "CLIENT"
    return "PUBLIC_SIP" if any(end.startswith(("sip:", "sips:")) for end in ends) else "PSTN"


def message(said: Piece, known: Call) -> ChannelMessage:
    """A communication from who speaks to who listens. Of a call with a client nobody knows which end is the customer:
    an agent's browser calls as an app of theirs does."""
    other, own = (known.to, known.from_) if known.is_outbound else (known.from_, known.to)
    speaker, listener = (other, own) if said.is_inbound else (own, other)
    kind = call_type(known)
    direction: Direction = "INBOUND" if said.is_inbound else "OUTBOUND"
    return ChannelMessage(
        resource_id=_resource_id(said),
        channel_id=said.call_sid,
        channel="VOICE",
        direction=None if kind == "CLIENT" else direction,
        from_=speaker,
        to=listener,
        content=_content(said),
        call=(known.from_, known.to),
        metadata={"callType": kind},
        occurred_at=said.occurred_at,
    )


def placed(told: Content, newest: Content | None) -> Placed:
    """What becomes of a piece, by the newest one of its track that is known: another utterance, more of the open one,
    or nothing, because more is known of it. A final result is never lost, and a partial one never lasts."""
    if newest is None:
        return "ADD"
    is_later = _sequence_id(told) > _sequence_id(newest)
    if is_later and not _is_final(newest):
        return "REPLACE"
    return "ADD" if is_later or _is_final(told) else "DROP"


def track_of(resource_id: str) -> str:
    """What the resource ids of one track begin with."""
    return resource_id[:-_SEQUENCE_DIGITS]


def _is_final(content: Content) -> bool:
    return bool((content.transcription or {}).get("final", True))


def _sequence_id(content: Content) -> int:
    return int((content.transcription or {}).get("sequenceId", 0))


def _resource_id(said: Piece) -> str:
    """The ids of one track sort as its pieces follow each other."""
    if said.text is None:
        return f"{said.transcription_sid}/started"
    return f"{said.transcription_sid}/{_channel(said)}/{said.sequence_id:0{_SEQUENCE_DIGITS}d}"


def _channel(said: Piece) -> int:
    return 0 if said.is_inbound else 1


def _content(said: Piece) -> Content | None:
    """`final` and `sequenceId` are ours."""
    if said.text is None:
        return None
    told: dict[str, Any] = {
        "channel": _channel(said),
        "confidence": said.confidence,
        "engine": said.engine,
        "final": said.is_final,
        "sequenceId": said.sequence_id,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return Content(type="TRANSCRIPTION", text=said.text, transcription=known)


def _data(text: str) -> _Data:
    try:
        return msgspec.json.decode(text, type=_Data)
    except (msgspec.MsgspecError, UnicodeError):
        raise InvalidInput("TranscriptionData must be JSON with a transcript") from None


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _SEQUENCE_DIGITS):
        raise InvalidInput("SequenceId must be a number")
    return int(text)


def _sid(prefix: str, form: Mapping[str, str], name: str) -> str:
    sid = form.get(name, "")
    if not is_sid(prefix, sid):
        raise InvalidInput(f"{name} must be {prefix} and 32 hexadecimal digits")
    return sid


def _address(text: str) -> str:
    bare = text.replace("\x00", "").strip()
    return f"+{bare}" if text.startswith(" ") and bare.isascii() and bare.isdigit() else bare
