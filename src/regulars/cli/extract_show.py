"""What was understood of a conversation, for people and for scripts. None of the texts is ours: nothing in them reaches
the terminal but what can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from regulars.cli.client import Json
from regulars.cli.options import printable
from regulars.core.times import utc_text
from regulars.domain.transcripts import Candidate, Digest, Extraction, Transcript, Turn

_SHOWN_CHARS_MAX: Final = 400
"""Of each message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """Without a `digest` it was refused, for it told what may not be remembered. `seconds` is what the extractor and
    the summariser took."""

    title: str
    transcript: Transcript
    extraction: Extraction
    digest: Digest | None
    seconds: float


def show(console: Console, one: Understood) -> None:
    console.print(Text(f"{printable(one.title)}: ", style="bold").append(_heading(one), style="not bold dim"))
    console.print(_observations(one) if one.extraction.candidates else Text("  No observations", style="dim"))
    console.print(
        Text("  Summary", style="bold").append(f"  {one.digest.by if one.digest else ''}", style="not bold dim")
    )
    console.print(_summary(one.transcript, one.digest))
    if one.extraction.dropped:
        console.print(Text("  Dropped  ", style="bold").append(_dropped(one.extraction), style="not bold"))
    console.print()


def exported(one: Understood) -> Json:
    return {
        "conversation": one.title,
        "messages": len(one.transcript.turns),
        "extractedBy": one.extraction.by,
        "observations": [_observation(candidate) for candidate in one.extraction.candidates],
        "dropped": dict(one.extraction.dropped),
        "summary": None if one.digest is None else _digest(one.digest),
        "seconds": round(one.seconds, 4),
    }


def _observation(candidate: Candidate) -> Json:
    return {
        "content": candidate.content,
        "occurredAt": utc_text(candidate.occurred_at),
        "messages": _numbers(candidate.communication_ids),
        "confidence": candidate.confidence,
        "attribute": candidate.attribute,
        "flags": list(candidate.flags),
    }


def _digest(digest: Digest) -> Json:
    return {"content": digest.content, "messages": _numbers(digest.communication_ids), "extractedBy": digest.by}


def _numbers(communication_ids: Sequence[str]) -> list[int]:
    return [int(one) for one in communication_ids if one.isdecimal()]


def _heading(one: Understood) -> str:
    customers = dict.fromkeys(turn.speaker for turn in one.transcript.turns if turn.by_customer)
    told = ", ".join(map(printable, customers)) or "nobody"
    made = f"{len(one.extraction.candidates)} observations by {one.extraction.by}"
    return f"{len(one.transcript.turns)} messages, the customer is {told}; {made} in {1000 * one.seconds:.0f} ms"


def _observations(one: Understood) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True)
    table.add_column("Observation", ratio=1)
    table.add_column("sure", justify="right")
    table.add_column("attribute")
    table.add_column("flags", style="red")
    for candidate in one.extraction.candidates:
        told = Text(printable(candidate.content), style="bold")
        for line in _evidence(one.transcript, candidate.communication_ids):
            told.append("\n").append(line)
        attribute, flags = printable(candidate.attribute or ""), ", ".join(map(printable, candidate.flags))
        table.add_row(told, f"{candidate.confidence:.2f}", Text(attribute), Text(flags))
    return table


def _summary(transcript: Transcript, digest: Digest | None) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    if digest is None:
        table.add_row(Text("Refused: it told what may not be remembered", style="red"))
        return table
    table.add_row(Text(printable(digest.content) or "Nothing to tell"))
    for line in _evidence(transcript, digest.communication_ids):
        table.add_row(line)
    return table


def _evidence(transcript: Transcript, communication_ids: Sequence[str]) -> Iterator[Text]:
    turns = {turn.communication_id: turn for turn in transcript.turns}
    for number in communication_ids:
        yield _message(turns.get(number), number)


def _message(turn: Turn | None, number: str) -> Text:
    if turn is None:
        return Text(f"  {printable(number)}  there is no such message", style="red")
    text = printable(turn.text)
    shown = text if len(text) <= _SHOWN_CHARS_MAX else f"{text[:_SHOWN_CHARS_MAX]}…"
    said = f"{turn.occurred_at:%Y-%m-%d %H:%M}  {printable(turn.speaker)}: {shown}"
    return Text(f"  {number:>3}  {said}", style="not bold dim")


def _dropped(extraction: Extraction) -> str:
    return ", ".join(f"{count} {printable(reason)}" for reason, count in extraction.dropped.items())
