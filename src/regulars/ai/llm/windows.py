"""A long conversation in pieces that a model can read, each with a few turns before it as context."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from regulars.domain.transcripts import Transcript, Turn

CONTEXT_TURNS_MAX: Final = 6
_CONTEXT_SHARE: Final = 0.25
"""Of a window's tokens, at most so many are context."""
_MESSAGE_SHARE: Final = 0.5
"""No message takes more; the middle of a longer one is left out."""
_MESSAGE_TOKENS: Final = 24
"""What the frame of a message takes."""
_CUT: Final = "\n[\u2026]\n"


@dataclass(frozen=True, slots=True)
class Message:
    """A turn with its number in the transcript, from 1, which stays the same in every window."""

    number: int
    turn: Turn
    fresh: bool
    text: str


def tokens_of(text: str) -> int:
    """Never too few for the tokenizers in use: four characters of plain English, one of most other scripts."""
    ascii_chars = len(text.encode("ascii", "ignore"))
    return -(-ascii_chars // 3) + (len(text) - ascii_chars)


def windows(transcript: Transcript, tokens_max: int) -> list[list[Message]]:
    """The fresh turns in order, each in one window."""
    everything = _messages(transcript, tokens_max)
    found: list[list[Message]] = []
    room = int(tokens_max * (1 - _CONTEXT_SHARE))
    current: list[Message] = []
    spent = 0
    for message in everything[transcript.fresh_from :]:
        cost = _cost(message)
        if current and spent + cost > room:
            found.append(current)
            current, spent = [], 0
        current.append(message)
        spent += cost
    if current:
        found.append(current)
    return [[*_context(everything, window[0].number - 1, tokens_max), *window] for window in found]


def first_and_last(transcript: Transcript, tokens_max: int) -> list[Message]:
    """What fits of the whole: how it began and how it ended."""
    everything = _messages(transcript, tokens_max)
    head = _fitting(everything, tokens_max // 4)
    tail = _fitting(everything[len(head) :][::-1], tokens_max - tokens_max // 4)
    return [*head, *tail[::-1]]


def as_json(messages: Sequence[Message], customer_name: str | None) -> str:
    """One JSON value, in which no text can end anything. `<` is escaped too: tokens that steer models begin with it."""
    value = {
        "customer": customer_name,
        "messages": [
            {
                "number": message.number,
                "from": "customer" if message.turn.by_customer else "business or others",
                "name": message.turn.speaker,
                "date": message.turn.occurred_at.date().isoformat(),
                "weekday": message.turn.occurred_at.strftime("%A"),
                "new": message.fresh,
                "text": message.text,
            }
            for message in messages
        ],
    }
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _messages(transcript: Transcript, tokens_max: int) -> list[Message]:
    message_max = int(tokens_max * _MESSAGE_SHARE)
    return [
        Message(index + 1, turn, index >= transcript.fresh_from, _shortened(turn.text, message_max))
        for index, turn in enumerate(transcript.turns)
    ]


def _shortened(text: str, tokens_max: int) -> str:
    """Its beginning and its end, when there is more than fits."""
    if len(text) <= tokens_max or tokens_of(text) <= tokens_max:
        return text
    half = tokens_max // 2
    return text[:half] + _CUT + text[-half:]


def _context(messages: Sequence[Message], end: int, tokens_max: int) -> Iterator[Message]:
    before = messages[max(end - CONTEXT_TURNS_MAX, 0) : end]
    kept = _fitting(before[::-1], int(tokens_max * _CONTEXT_SHARE))
    return (Message(one.number, one.turn, False, one.text) for one in kept[::-1])


def _fitting(messages: Sequence[Message], tokens_max: int) -> list[Message]:
    kept: list[Message] = []
    for message in messages:
        tokens_max -= _cost(message)
        if tokens_max < 0:
            break
        kept.append(message)
    return kept


def _cost(message: Message) -> int:
    return tokens_of(message.text) + tokens_of(message.turn.speaker) + _MESSAGE_TOKENS
