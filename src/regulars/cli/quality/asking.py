"""Asks a server the questions of a data set: as a query, or as a customer who gets round to it in a conversation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from regulars.cli.client import Json
from regulars.cli.quality.corpus import Mode, evidence_sessions
from regulars.cli.quality.datasets.form import Dialogue, Question, Turn, seconds_apart
from regulars.cli.quality.ingest import Known
from regulars.cli.quality.metrics import Hit, Outcome
from regulars.cli.quality.place import Place
from regulars.cli.quality.scripts import Line, script
from regulars.core import limits
from regulars.core.errors import RegularsError
from regulars.runtime import monotonic

Way = Literal["question", "conversation"]
_LIMITS: Final = {"communications": "communicationsLimit", "observations": "observationsLimit"}
_LATER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answered:
    """`seconds` is what the recall took, the way to the server and back included; `script` how it was brought up."""

    outcome: Outcome
    seconds: float
    script: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    place: Place
    mode: Mode
    hits_max: int

    async def ask_all(self, known: Sequence[Known], way: Way, on_question: Callable[[], None]) -> list[Answered]:
        """One after the other, so that each recall is timed alone."""
        answered: list[Answered] = []
        for one in known:
            for number, question in enumerate(one.dialogue.questions):
                answered.append(await self._asked(one, number, question, way))
                on_question()
        return answered

    async def _asked(self, known: Known, number: int, question: Question, way: Way) -> Answered:
        if way == "question":
            return await self._recalled(known, question, {"query": question.text[: limits.RECALL_QUERY_CHARS_MAX]})
        name, lines = script(known.dialogue, number)
        conversation_id = await self._told(known, lines)
        answered = await self._recalled(known, question, {"conversationId": conversation_id})
        return replace(answered, script=name)

    async def _told(self, known: Known, lines: Sequence[Line]) -> str:
        dialogue = known.dialogue
        begin = max(turn.at for turn in dialogue.turns()) + _LATER
        conversation = await self.place.open(dialogue, known.profile_id)
        for turn in _turns(dialogue, lines, begin):
            await self.place.say(conversation, turn)
        await self.place.close(conversation)
        return conversation.id

    async def _recalled(self, known: Known, question: Question, asked: Json) -> Answered:
        wanted = dict.fromkeys((*_LIMITS.values(), "summariesLimit"), 0)
        wanted[_LIMITS[self.mode]] = self.hits_max
        began = monotonic()
        answer = await self.place.recall(known.profile_id, asked | wanted)
        took = monotonic() - began
        hits = tuple(_hit(known, found) for found in answer[self.mode])
        return Answered(Outcome(question, evidence_sessions(known.dialogue, question), hits), took)


def _turns(dialogue: Dialogue, lines: Sequence[Line], begin: datetime) -> Iterator[Turn]:
    for number, line in enumerate(lines):
        yield Turn(
            id=str(number),
            speaker=dialogue.customer if line.by_customer else dialogue.partner,
            by_customer=line.by_customer,
            text=line.text,
            at=seconds_apart(begin, number),
        )


def _hit(known: Known, found: Json) -> Hit:
    try:
        return replace(known.hits[found["id"]], score=found.get("score"))
    except KeyError:
        raise RegularsError("The server recalled what was not told: is somebody else writing to its store?") from None
