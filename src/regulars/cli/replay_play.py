"""Plays threads into a server. What is there already is left alone, so a replay can be repeated and resumed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from regulars.cli.client import Client, Json, Refused
from regulars.cli.messages import Line, Text, answer, holders, receive
from regulars.cli.replay_plan import Step, Talk, Thread, plan
from regulars.core.errors import RegularsError

NAME: Final = "replay"
"""Of the store and of the configuration."""
BUSINESS: Final = "+12905550100"
_GROUPING: Final = "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE"


@dataclass(slots=True)
class Counted:
    sent: int = 0
    known: int = 0


@dataclass(slots=True)
class Tally:
    threads: int = 0
    left_out: int = 0
    """Messages of threads in which no customer speaks."""
    by_customers: Counted = field(default_factory=Counted)
    by_agents: Counted = field(default_factory=Counted)
    customers: set[str] = field(default_factory=set[str])
    conversations: dict[str, str] = field(default_factory=dict[str, str])
    """The profile of each."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the replay goes."""

    store_id: str
    configuration_id: str


async def make_sure_of_place(client: Client) -> Place:
    store_id = await _store(client)
    return Place(store_id, await _configuration(client, store_id))


async def play_lanes(
    client: Client, place: Place, lanes: Sequence[Sequence[Thread]], concurrency: int, on_message: Callable[[], None]
) -> Tally:
    """`concurrency` lanes at a time, each thread after the one before it in its lane."""
    tally = Tally()
    player = _Player(client, place, tally, on_message)
    waiting = iter(lanes)

    async def work() -> None:
        for lane in waiting:
            for thread in lane:
                await player.play(thread)

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return tally


class _Player:
    def __init__(self, client: Client, place: Place, tally: Tally, on_message: Callable[[], None]) -> None:
        self._client = client
        self._place = place
        self._tally = tally
        self._on_message = on_message

    async def play(self, thread: Thread) -> None:
        talks = plan(thread)
        for talk in talks:
            await self._play_talk(talk)
        self._tally.threads += 1
        self._tally.left_out += 0 if talks else len(thread.messages)

    async def _play_talk(self, talk: Talk) -> None:
        conversation = await self._find(talk.steps[0])
        known = await self._sids_in(conversation)
        resumed = conversation is not None
        for step in talk.steps:
            counted = self._tally.by_customers if step.by_customer else self._tally.by_agents
            elsewhere = await self._find(step) if resumed and step.sid not in known else None
            if step.sid in known or elsewhere is not None:
                conversation = elsewhere or conversation
                counted.known += 1
            else:
                conversation = await self._send(talk, step, conversation)
                counted.sent += 1
            self._on_message()
        if conversation is not None:
            await self._close(talk, conversation)

    async def _send(self, talk: Talk, step: Step, conversation: Json | None) -> Json:
        """The conversation that took the step: the one at hand while it is open, else a new one."""
        text = Text(step.sid, step.at, step.text)
        usable = conversation if conversation is not None and conversation["status"] != "CLOSED" else None
        if step.by_customer:
            await receive(self._client, _line(talk), text)
            usable = usable or await self._find(step)
            if usable is None:
                raise RegularsError(
                    f"The server stored nothing of a message to {BUSINESS}: "
                    f"does the configuration {NAME!r} still capture that number?"
                )
        else:
            usable = usable or await self._open(talk)
            await answer(self._client, usable["id"], _line(talk), text)
        return usable

    async def _close(self, talk: Talk, conversation: Json) -> None:
        path = f"/v2/Conversations/{conversation['id']}"
        if conversation["status"] != "CLOSED":
            conversation = await self._client.call("PUT", path, {"status": "CLOSED"})
        self._tally.customers.add(talk.customer)
        profiles = [one["profileId"] for one in conversation["participants"] if one["type"] == "CUSTOMER"]
        self._tally.conversations[conversation["id"]] = profiles[0]

    async def _find(self, step: Step) -> Json | None:
        found = await holders(self._client, step.sid)
        ours = [one for one in found if one["configurationId"] == self._place.configuration_id]
        return ours[0] if ours else None

    async def _sids_in(self, conversation: Json | None) -> set[str]:
        if conversation is None:
            return set()
        path = f"/v2/Conversations/{conversation['id']}/Communications"
        return {one["resourceId"] for one in await self._client.collect(path, {"pageSize": 1000})}

    async def _open(self, talk: Talk) -> Json:
        """For a thread that the business begins. A conversation that an interrupted replay opened is taken up."""
        people = [
            {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": talk.number}]},
            {"type": "AGENT", "addresses": [{"channel": "SMS", "address": BUSINESS}]},
        ]
        wanted = {"configurationId": self._place.configuration_id, "participants": people}
        try:
            return await self._client.call("POST", "/v2/Conversations", wanted)
        except Refused as refused:
            holder = refused.headers.get("X-Conflicting-Resource-Id")
            if holder is None:
                raise
            return await self._client.call("GET", f"/v2/Conversations/{holder}")


def _line(talk: Talk) -> Line:
    return Line(channel="SMS", customer=talk.number, business=BUSINESS)


async def _store(client: Client) -> str:
    known = await _store_named(client)
    if known is None:
        await _create(client, "/v1/ControlPlane/Stores", {"displayName": NAME, "description": "Replayed threads"})
        known = await _store_named(client)
    if known is None:
        raise RegularsError(f"The store {NAME!r} was made and cannot be found")
    return known


async def _store_named(client: Client) -> str | None:
    for store_id in await client.collect("/v1/ControlPlane/Stores"):
        store = await client.call("GET", f"/v1/ControlPlane/Stores/{store_id}")
        if store["displayName"] == NAME:
            return store_id
    return None


async def _configuration(client: Client, store_id: str) -> str:
    known = await _configuration_named(client)
    if known is None:
        await _create(client, "/v2/ControlPlane/Configurations", _wanted(store_id))
        known = await _configuration_named(client)
    if known is None or known["memoryStoreId"] != store_id:
        raise RegularsError(f"The configuration {NAME!r} does not belong to the store {NAME!r}")
    return known["id"]


async def _configuration_named(client: Client) -> Json | None:
    found = await client.collect("/v2/ControlPlane/Configurations")
    return next((one for one in found if one["displayName"] == NAME), None)


async def _create(client: Client, path: str, wanted: Json) -> None:
    """A conflict means that another replay, or an attempt whose answer was lost, came first."""
    try:
        await client.call("POST", path, wanted)
    except Refused as refused:
        if refused.status != 409:
            raise


def _wanted(store_id: str) -> Json:
    return {
        "displayName": NAME,
        "description": "Replayed threads",
        "memoryStoreId": store_id,
        "memoryExtractionEnabled": True,
        "conversationGroupingType": _GROUPING,
        "channelSettings": {"SMS": {"captureRules": [{"from": "*", "to": BUSINESS}]}},
    }
