"""What of conversations is remembered, and how soon: the extractor and the summariser alone, and behind a server.

Conversations are threads of a file (`--threads`), each customer's part of one for itself, or else those of the demo,
told again and again by others. Behind the server each is told through the API; the clock runs from the request that
closes it until Recall shows a summary or an observation of it.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from bench import processes, stats
from bench.server import Server, data_directory, serving
from regulars.cli.client import connected
from regulars.cli.quality.datasets.form import Dialogue, Session, Turn
from regulars.cli.quality.ingest import Known
from regulars.cli.quality.place import Place, place_of_its_own
from regulars.cli.quality.settled import extracted_here
from regulars.cli.replay_plan import Talk, plan, read_threads
from regulars.core.times import parse_instant
from regulars.demo import story
from regulars.domain.transcripts import Transcript
from regulars.domain.transcripts import Turn as Said
from regulars.runtime import models_of
from regulars.services.extraction import Models
from regulars.settings import Settings

T = TypeVar("T")
U = TypeVar("U")

AT_ONCE: Final = 4
"""Conversations that go on beside each other."""
DEMO_CONVERSATIONS: Final = 120
_POLL_S: Final = 0.01
_PATIENCE_S: Final = 60.0
_DEMO_DAY: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
_WANTED: Final = {"observationsLimit": 1, "summariesLimit": 1, "communicationsLimit": 0}


def measure(*, threads: Path | None, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    told = list(_of_threads(threads)) if threads else list(_of_the_demo())
    say(f"{len(told)} conversations")
    models, transcripts = models_of(Settings()), [_transcript(one) for one in told]
    is_worth = asyncio.run(_worth(models, transcripts))
    figures: dict[str, object] = {
        "conversations": len(told),
        "of which something is remembered": sum(is_worth),
        "messages": sum(len(one.turns) for one in transcripts),
        **asyncio.run(_alone(models, transcripts, seconds)),
    }
    with data_directory() as data_dir, serving(data_dir) as server:
        return figures | asyncio.run(_served(server, told, is_worth, say))


def _of_threads(path: Path) -> Iterator[Dialogue]:
    for thread in read_threads(path):
        for number, talk in enumerate(plan(thread)):
            yield _dialogue(f"{thread.thread}/{number}", talk)


def _dialogue(name: str, talk: Talk) -> Dialogue:
    turns = [
        _turn(number, step.by_customer, step.text, parse_instant(step.at, field="at"))
        for number, step in enumerate(talk.steps)
    ]
    return _dialogue_of(name, turns)


def _of_the_demo() -> Iterator[Dialogue]:
    conversations = [one for customer in story.load().customers for one in customer.conversations]
    for number in range(DEMO_CONVERSATIONS):
        begin = _DEMO_DAY + timedelta(hours=number)
        turns = conversations[number % len(conversations)].turns
        said = [
            _turn(place, turn.customer is not None, turn.text, begin + timedelta(minutes=place))
            for place, turn in enumerate(turns)
        ]
        yield _dialogue_of(str(number), said)


def _turn(number: int, by_customer: bool, text: str, at: datetime) -> Turn:
    return Turn(
        id=str(number), speaker="Customer" if by_customer else "Agent", by_customer=by_customer, text=text, at=at
    )


def _dialogue_of(name: str, turns: Sequence[Turn]) -> Dialogue:
    session = Session(id=name, at=turns[0].at, turns=tuple(turns))
    return Dialogue(name=name, customer="Customer", partner="Agent", sessions=(session,), questions=())


def _transcript(dialogue: Dialogue) -> Transcript:
    return Transcript(tuple(Said(one.id, one.by_customer, one.speaker, one.text, one.at) for one in dialogue.turns()))


async def _worth(models: Models, transcripts: Sequence[Transcript]) -> list[bool]:
    """Whether anything is remembered of each. It warms up, too."""
    return [await _read(models, transcript) for transcript in transcripts]


async def _alone(models: Models, transcripts: Sequence[Transcript], seconds: float) -> dict[str, object]:
    """In this process, one conversation after the other."""
    took: list[float] = []
    began, used = time.perf_counter(), time.process_time()
    for transcript in itertools.cycle(transcripts):
        before = time.perf_counter()
        await _read(models, transcript)
        took.append(time.perf_counter() - before)
        if time.perf_counter() - began >= seconds:
            break
    return {
        "models alone: conversations for a second of a core": len(took) / (time.process_time() - used),
        "models alone: one conversation": stats.latency(took),
    }


async def _read(models: Models, transcript: Transcript) -> bool:
    extraction = await models.extractor.extract(transcript)
    digest = await models.summariser.summarise(transcript)
    return bool(extraction.candidates or digest.content)


async def _served(
    server: Server, told: Sequence[Dialogue], is_worth: Sequence[bool], say: Callable[[str], None]
) -> dict[str, object]:
    lasting = [one for one, worth in zip(told, is_worth, strict=True) if worth]
    async with (
        connected(server.url, *server.auth) as client,
        place_of_its_own(client, "bench", extracting=True) as place,
    ):
        say(f"{len(lasting):,} conversations are told, closed and recalled")
        await _each(lasting[:AT_ONCE], lambda number, one: _recalled(place, number, one))  # the model has loaded then
        began = time.perf_counter()
        waited = await _each(lasting, lambda number, one: _recalled(place, AT_ONCE + number, one))
        replayed = time.perf_counter() - began
        say(f"{len(told):,} conversations are told, then closed together")
        known = await _each(told, lambda number, one: _told(place, AT_ONCE + len(told) + number, one))
        before, began = processes.by_kind(server.pid), time.perf_counter()
        await _each(known, lambda _, one: _close(place, one))
        await extracted_here(server.data_dir, place, known, lambda: None)
        elapsed, after = time.perf_counter() - began, processes.by_kind(server.pid)
    python, postgres = (after[kind] - before[kind] for kind in ("python", "postgres"))
    return {
        f"replay, {AT_ONCE} at a time: CLOSED to recallable": stats.latency(waited),
        f"replay, {AT_ONCE} at a time: conversations a second": len(lasting) / replayed,
        "closed together: conversations a second until all were read": len(told) / elapsed,
        "closed together: Python of the server, ms a conversation": python / len(told) * 1000,
        "closed together: Postgres, ms a conversation": postgres / len(told) * 1000,
        "closed together: conversations for a second of a core": len(told) / (python + postgres),
    }


async def _each(items: Sequence[T], work: Callable[[int, T], Awaitable[U]]) -> list[U]:
    """So many beside each other; what each came to, in the order of the items."""
    done: dict[int, U] = {}
    waiting = iter(enumerate(items))

    async def go_on() -> None:
        for number, item in waiting:
            done[number] = await work(number, item)

    await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
    return [done[number] for number in range(len(items))]


async def _told(place: Place, number: int, dialogue: Dialogue) -> Known:
    """Still open."""
    profile_id = await place.add_profile(dialogue, number)
    conversation = await place.open(dialogue, profile_id)
    for turn in dialogue.turns():
        await place.say(conversation, turn)
    return Known(dialogue, profile_id, [conversation.id])


async def _close(place: Place, known: Known) -> None:
    await place.client.call("PUT", f"/v2/Conversations/{known.conversations[0]}", {"status": "CLOSED"})


async def _recalled(place: Place, number: int, dialogue: Dialogue) -> float:
    known = await _told(place, number, dialogue)
    began = time.perf_counter()
    await _close(place, known)
    while time.perf_counter() - began < _PATIENCE_S:
        found = await place.recall(known.profile_id, _WANTED)
        if found["observations"] or found["summaries"]:
            return time.perf_counter() - began
        await asyncio.sleep(_POLL_S)
    raise RuntimeError(f"nothing was remembered within {_PATIENCE_S:.0f} s")
