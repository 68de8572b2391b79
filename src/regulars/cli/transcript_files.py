"""Conversations as people have them in files: JSON, a JSON object a line, or plain text."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from regulars.cli.options import printable
from regulars.core.errors import InvalidInput
from regulars.core.times import parse_instant
from regulars.domain.transcripts import Transcript, Turn

_SPEAKERS: Final = ("author", "speaker", "name", "from", "role")
_TEXTS: Final = ("text", "content", "body")
_TIMES: Final = ("at", "occurredAt", "time")
_CUSTOMERS: Final = frozenset({"customer", "user", "client"})
_AGENTS: Final = frozenset(
    {"agent", "support", "shop", "assistant", "bot", "system", "business", "operator", "advisor", "store", "tool"}
)
_LINE: Final = re.compile(r"(?:\[(?P<at>[^\]\n]{1,40})\]\s*)?(?P<speaker>[^\s:\[][^:\n]{0,59}):\s+(?P<text>.*)")
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*[{\]])")
"""A time in brackets is how a line of text may begin."""
_HINT: Final = 'Each message needs who wrote it and what: {"author": "Ann", "text": "Hello"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`by_customer` and `at` are None where the file does not say."""

    speaker: str
    text: str
    by_customer: bool | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    title: str
    messages: tuple[Message, ...]

    @property
    def speakers(self) -> list[str]:
        return list(dict.fromkeys(one.speaker for one in self.messages))


def read(content: str) -> list[Conversation]:
    """Whatever form it is in. Raises InvalidInput that says what is missing, and where."""
    found = list(_from_json(content) if _JSON.match(content) else _from_text(content))
    if not any(conversation.messages for conversation in found):
        raise InvalidInput("The file holds no messages. Write each on a line of its own, such as Ann: Hello")
    return found


def transcript(
    conversation: Conversation, *, customer: str | None, called: str | None, now: datetime, screened: frozenset[str]
) -> Transcript:
    """Messages are numbered from 1 on; one without a time was written when the one before it was, the first one `now`.

    The customer is whom the caller names, else whoever the file says is one, else whoever is called "Customer" or the
    like, else whoever speaks first and is not called "Agent" or the like.
    """
    theirs = _customers(conversation, customer)
    turns: list[Turn] = []
    at = now
    for number, message in enumerate(conversation.messages, start=1):
        at = message.at or at
        is_theirs = message.speaker in theirs if message.by_customer is None or customer else message.by_customer
        turns.append(Turn(str(number), is_theirs, message.speaker, message.text, at))
    return Transcript(tuple(turns), customer_name=called, screened=screened)


def _customers(conversation: Conversation, wanted: str | None) -> frozenset[str]:
    speakers = conversation.speakers
    if wanted is None:
        named = frozenset(one for one in speakers if one.casefold() in _CUSTOMERS)
        others = [one for one in speakers if one.casefold() not in _AGENTS]
        return named or frozenset((others or speakers)[:1])
    if found := frozenset(one for one in speakers if one.casefold() == wanted.casefold()):
        return found
    there = ", ".join(map(printable, speakers))
    raise InvalidInput(f"--customer: nobody in {conversation.title} has this name. There are {there}")


def _from_json(content: str) -> Iterator[Conversation]:
    documents = list(_documents(content))
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = cast("list[Any]", documents[0])
    if documents and all(isinstance(one, dict) and "messages" not in one for one in documents):
        documents = [{"messages": documents}]
    for number, document in enumerate(documents, start=1):
        yield _conversation(document, number)


def _documents(content: str) -> Iterator[Any]:
    """One that takes the whole file, or one on each line."""
    try:
        yield json.loads(content)
    except RecursionError:
        raise InvalidInput("The file is nested too deeply for a conversation") from None
    except ValueError as error:
        for number, line in enumerate(content.split("\n"), start=1):
            if line.strip():
                yield _document(line, number, error)


def _document(line: str, number: int, of_all: ValueError) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        told = f"line {number}: {error}" if number > 1 else str(of_all)
        raise InvalidInput(f"The file begins like JSON and is not: {told}") from None


def _conversation(document: Any, number: int) -> Conversation:
    messages: Any = cast("dict[str, Any]", document).get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        raise InvalidInput(f'Conversation {number} has no "messages". {_HINT}')
    title = f"conversation {number}"
    told = enumerate(cast("list[Any]", messages), start=1)
    return Conversation(title, tuple(_message(one, f"Message {place} of {title}") for place, one in told))


def _message(written: Any, where: str) -> Message:
    if not isinstance(written, dict):
        raise InvalidInput(f"{where} is not an object. {_HINT}")
    fields = cast("dict[str, Any]", written)
    speaker, text, at = (_first(fields, names) for names in (_SPEAKERS, _TEXTS, _TIMES))
    if speaker is None or text is None:
        raise InvalidInput(f"{where} is incomplete. {_HINT}")
    by_customer = fields.get("customer")
    return Message(
        speaker=speaker,
        text=text,
        by_customer=by_customer if isinstance(by_customer, bool) else None,
        at=parse_instant(at, field=f"{where}: its time") if at else None,
    )


def _first(fields: dict[str, Any], names: Sequence[str]) -> str | None:
    found = next((str(fields[name]) for name in names if isinstance(fields.get(name), str | int)), None)
    return found.encode("utf-8", "replace").decode() if found else found  # JSON can hold half a character


def _from_text(content: str) -> Iterator[Conversation]:
    """A line that is indented, or that nobody seems to say, goes on with the message before it."""
    messages: list[Message] = []
    for number, line in enumerate(content.split("\n"), start=1):
        found = _LINE.match(line)
        if found is not None:
            at = parse_instant(found["at"], field=f"Line {number}: its time") if found["at"] else None
            messages.append(Message(speaker=found["speaker"].strip(), text=found["text"].strip(), at=at))
        elif line.strip():
            if not messages:
                raise InvalidInput(f"Line {number} does not say who wrote it. Write a name first: Ann: Hello")
            last = messages[-1]
            text = f"{last.text}\n{line.strip()}"
            messages[-1] = Message(speaker=last.speaker, text=text, at=last.at)
    yield Conversation("the conversation", tuple(messages))
