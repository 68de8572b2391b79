"""Observations and summaries written by a language model, and believed only as far as the messages bear them."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import structlog

from regulars.ai.llm import checked
from regulars.ai.llm.asking import Question
from regulars.ai.llm.caller import Caller, Usage
from regulars.ai.llm.checked import Item, Window
from regulars.ai.llm.prompts import OBSERVATIONS, OBSERVE, SUMMARISE, SUMMARY
from regulars.ai.llm.windows import Message, as_json, first_and_last, tokens_of, windows
from regulars.core import limits
from regulars.core.errors import UnusableReply
from regulars.domain.transcripts import Candidate, Digest, Extraction, Transcript

_ROOM_MIN: Final = 256
"""Tokens for messages, however little the budget leaves beside the instructions."""

log = structlog.get_logger()


class ModelExtractor:
    """Implements `Extractor`. Raises ModelUnavailable when the model gives no answer to one of the windows: what the
    others brought is then not used either, and comes again with the next try."""

    def __init__(self, caller: Caller, name: str) -> None:
        self._caller = caller
        self._name = name

    async def extract(self, transcript: Transcript) -> Extraction:
        dropped, usage = Counter[str](), Usage()
        parts = windows(transcript, _room(self._caller, OBSERVE))
        read = parts[-self._caller.budget.calls_max :]
        dropped["unread messages"] = sum(message.fresh for part in parts[: -len(read) or None] for message in part)
        found: list[Candidate] = []
        for part in read:
            found += await self._observed(Window(transcript, part), dropped, usage)
        _tell(self._name, "observations", usage, kept=len(found), dropped=dropped)
        return Extraction(found, self._name, +dropped)

    async def _observed(self, window: Window, dropped: Counter[str], usage: Usage) -> list[Candidate]:
        question = _question("observations", OBSERVE, OBSERVATIONS, window)
        items = await _items(self._caller, question, usage, dropped)
        return await asyncio.to_thread(checked.candidates_of, items, window, dropped)

    async def close(self) -> None:
        """For the summariser too: both have one caller."""
        await self._caller.close()


class ModelSummariser:
    """Implements `Summariser`. Of a conversation too long for one question, the beginning and the end are read."""

    def __init__(self, caller: Caller, name: str) -> None:
        self._caller = caller
        self._name = name

    async def summarise(self, transcript: Transcript) -> Digest:
        if not transcript.turns:
            return Digest("", (), self._name)
        dropped, usage = Counter[str](), Usage()
        window = Window(transcript, first_and_last(transcript, _room(self._caller, SUMMARISE)))
        items = await _items(self._caller, _question("sentences", SUMMARISE, SUMMARY, window), usage, dropped)
        content, cited = await asyncio.to_thread(_told, items, window, dropped)
        _tell(self._name, "summary", usage, kept=len(items) - dropped.total(), dropped=dropped)
        return Digest(content, cited, self._name)


def _room(caller: Caller, instructions: str) -> int:
    return max(caller.budget.input_tokens_max - tokens_of(instructions), _ROOM_MIN)


def _question(name: str, instructions: str, schema: Mapping[str, Any], window: Window) -> Question:
    return Question(name, instructions, as_json(window.messages, window.transcript.customer_name), schema)


async def _items(caller: Caller, question: Question, usage: Usage, dropped: Counter[str]) -> list[Item]:
    """`question.name` is also the key of the list in the answer."""
    for _ in range(2):
        answer = await caller.ask(question, usage)
        items = checked.items_of(answer.value, question.name, dropped)
        if items is not None:
            return items
    raise UnusableReply


def _told(items: list[Item], window: Window, dropped: Counter[str]) -> tuple[str, tuple[str, ...]]:
    """As many sentences as fit."""
    content = ""
    cited: dict[str, Message] = {}
    for item in items:
        found = checked.sentence_of(item, window, dropped)
        if found is None:
            continue
        longer = f"{content} {found[0]}".strip()
        if len(longer) > limits.SUMMARY_CHARS_MAX:
            dropped["too long"] += 1
            continue
        content = longer
        cited |= {message.turn.communication_id: message for message in found[1]}
    in_order = sorted(cited.values(), key=lambda message: message.number)
    return content, tuple(message.turn.communication_id for message in in_order)


def _tell(name: str, what: str, usage: Usage, *, kept: int, dropped: Counter[str]) -> None:
    log.info(
        "model_answered",
        model=name,
        what=what,
        calls=usage.calls,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        kept=kept,
        dropped=dict(+dropped),
    )
