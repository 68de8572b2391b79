"""Brings dialogues into a server, through the public API, as if they had happened there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from regulars.cli.client import Json
from regulars.cli.quality.corpus import Item, Mode, items
from regulars.cli.quality.datasets.form import Dialogue, Session
from regulars.cli.quality.metrics import Hit
from regulars.cli.quality.place import Place
from regulars.core.times import utc_text

SOURCE: Final = "quality"

Tell = Callable[[], None]


@dataclass(slots=True)
class Known:
    """What the server holds of a dialogue: its profile and conversations, and what each of its memories stands for."""

    dialogue: Dialogue
    profile_id: str
    conversations: list[str] = field(default_factory=list[str])
    hits: dict[str, Hit] = field(default_factory=dict[str, Hit])
    """By the server's id."""


async def ingest(place: Place, dialogues: Sequence[Dialogue], mode: Mode, on_item: Tell) -> list[Known]:
    """Dialogues beside each other, each in the order in which it happened."""
    profiles = [await place.add_profile(dialogue, number) for number, dialogue in enumerate(dialogues, start=1)]
    known = [Known(dialogue, profile_id) for dialogue, profile_id in zip(dialogues, profiles, strict=True)]
    await asyncio.gather(*(_tell(place, one, mode, on_item) for one in known))
    return known


async def _tell(place: Place, known: Known, mode: Mode, on_item: Tell) -> None:
    sessions = known.dialogue.sessions
    if mode == "communications":
        for session in sessions:
            await _talk(place, known, session, on_item)
    else:
        conversations = {session.id: await _silent(place, known) for session in sessions}
        await _observe(place, known, conversations, on_item)


async def _talk(place: Place, known: Known, session: Session, on_item: Tell) -> None:
    conversation = await place.open(known.dialogue, known.profile_id)
    for turn in session.turns:
        id_ = await place.say(conversation, turn)
        known.hits[id_] = Hit(turns=frozenset({turn.id}), session=session.id)
        on_item()
    await place.close(conversation)
    known.conversations.append(conversation.id)


async def _silent(place: Place, known: Known) -> str:
    """The conversation that observations are about; what was said in it is not told."""
    conversation = await place.open(known.dialogue, known.profile_id)
    await place.close(conversation)
    return conversation.id


async def _observe(place: Place, known: Known, conversations: dict[str, str], on_item: Tell) -> None:
    """The server answers without ids. They are read afterwards; of equal sentences about one session, one is both."""
    observed = items(known.dialogue, "observations")
    stands_for: dict[tuple[str, str], Hit] = {}
    batch: list[Json] = []
    for item in observed:
        key = (conversations[item.session], item.text)
        earlier = stands_for.get(key)
        hit = Hit(turns=item.turns, session=item.session)
        stands_for[key] = hit if earlier is None else replace(hit, turns=hit.turns | earlier.turns)
        batch.append(_observation(item, key[0]))
    await place.observe(known.profile_id, batch)
    for stored in await place.observed(known.profile_id):
        known.hits[stored["id"]] = stands_for[stored["conversationIds"][0], stored["content"]]
    for _ in observed:
        on_item()


def _observation(item: Item, conversation_id: str) -> Json:
    return {
        "content": item.text,
        "source": SOURCE,
        "occurredAt": utc_text(item.at),
        "conversationIds": [conversation_id],
    }
