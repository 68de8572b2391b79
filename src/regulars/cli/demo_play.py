"""Plays the demo's story into a server and reads back what the server made of it."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from regulars.cli.client import Client, Json
from regulars.cli.messages import Line, Text, answer, holders, receive
from regulars.core.errors import RegularsError
from regulars.core.times import utc_text
from regulars.demo.story import Conversation, Customer, Story

_MINUTES_A_TURN: Final = 4
_PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.05

Tell = Callable[[], None]


@dataclass(slots=True)
class Portrait:
    """A customer as the server remembers them; everything in it came from the server."""

    profile: Json
    observations: list[Json]
    summaries: list[Json]
    conversations: dict[str, Json]
    """By id, each with its `communications`."""
    before: dict[str, str] = field(default_factory=dict[str, str])
    """What an observation said before the last conversation, by its id."""


@dataclass(frozen=True, slots=True)
class Scene:
    client: Client
    store_id: str
    business: str
    now: datetime

    async def play(self, customer: Customer, on_message: Tell, on_memory: Tell) -> Portrait:
        """One conversation after the other, each closed and remembered before the next begins."""
        before: dict[str, str] = {}
        conversations: dict[str, Json] = {}
        profile_id = ""
        for told in customer.conversations:
            earlier = await self._list(profile_id, "Observations") if profile_id else []
            before = {one["id"]: one["content"] for one in earlier}
            conversation_id = await self.say(customer.number, told, on_message)
            path = f"/v2/Conversations/{conversation_id}"
            closed = await self.client.call("PUT", path, {"status": "CLOSED"})
            profile_id = _customer_of(closed)
            closed["communications"] = await self.client.collect(f"{path}/Communications", {"orderBy": "ASC"})
            conversations[conversation_id] = closed
            await self._remembered(profile_id, conversation_id)
            on_memory()
        profile = await self.client.call("GET", f"/v1/Stores/{self.store_id}/Profiles/{profile_id}")
        observations = await self._list(profile_id, "Observations")
        summaries = await self._list(profile_id, "ConversationSummaries")
        return Portrait(profile, observations, summaries, conversations, before)

    async def say(self, number: str, told: Conversation, on_message: Tell) -> str:
        """Sends every turn of a conversation. The id of the conversation that the server put them in."""
        line = self._line(number, told)
        begin = self.now - timedelta(days=told.days_ago, minutes=_MINUTES_A_TURN * len(told.turns))
        conversation_id = ""
        for index, turn in enumerate(told.turns):
            at = begin + timedelta(minutes=_MINUTES_A_TURN * index)
            text = Text(_sid(number, told, index), utc_text(at), turn.text)
            if turn.customer is not None:
                await receive(self.client, line, text)
                conversation_id = conversation_id or await self._holder(text.sid)
            else:
                await answer(self.client, conversation_id, line, text)
            on_message()
        return conversation_id

    async def recall(self, profile_id: str, **wanted: str | int) -> Json:
        return await self.client.call("POST", f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/Recall", wanted)

    async def profile_of(self, number: str) -> str:
        path = f"/v1/Stores/{self.store_id}/Profiles/Lookup"
        found = await self.client.call("POST", path, {"idType": "phone", "value": number})
        return found["profiles"][0]

    async def _holder(self, sid: str) -> str:
        found = await holders(self.client, sid)
        if not found:
            raise RegularsError("The server took a message and stored none")
        return found[0]["id"]

    async def _remembered(self, profile_id: str, conversation_id: str) -> None:
        """Waits for the summary: it is written together with the last observations."""
        give_up = time.monotonic() + _PATIENCE_S
        path = f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/ConversationSummaries"
        while time.monotonic() < give_up:
            if (await self.client.call("GET", path, query={"conversationId": conversation_id}))["summaries"]:
                return
            await asyncio.sleep(_POLL_S)
        raise RegularsError(f"The server did not summarise a conversation within {_PATIENCE_S:.0f} seconds")

    async def _list(self, profile_id: str, what: str) -> list[Json]:
        path = f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/{what}"
        return sorted(await self.client.collect(path), key=lambda one: one["occurredAt"])

    def _line(self, number: str, told: Conversation) -> Line:
        prefix = "whatsapp:" if told.channel == "WHATSAPP" else ""
        return Line(
            channel=told.channel,
            customer=prefix + number,
            business=prefix + self.business,
            profile_name=told.profile_name,
        )


def messages(story: Story) -> int:
    return sum(len(told.turns) for customer in story.customers for told in customer.conversations)


def conversations(story: Story) -> int:
    return sum(len(customer.conversations) for customer in story.customers)


def _sid(number: str, told: Conversation, index: int) -> str:
    return "SM" + hashlib.sha256(f"{number}/{told.channel}/{told.days_ago}/{index}".encode()).hexdigest()[:32]


def _customer_of(conversation: Json) -> str:
    return next(one["profileId"] for one in conversation["participants"] if one["type"] == "CUSTOMER")
