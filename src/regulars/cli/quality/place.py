"""Where a measurement happens: a store and a configuration of its own on a running server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from regulars.cli.client import Client, Json, Refused
from regulars.cli.quality.datasets.form import Dialogue, Turn
from regulars.core import limits
from regulars.core.times import utc_text

CHANNEL: Final = "CHAT"
_GROUPING: Final = "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE"
_OBSERVATIONS_AT_ONCE: Final = limits.OBSERVATIONS_PER_BATCH_MAX


@dataclass(frozen=True, slots=True)
class Party:
    """A participant as messages name them."""

    participant_id: str
    address: str

    def on_the_wire(self) -> Json:
        return {"channel": CHANNEL, "address": self.address, "participantId": self.participant_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: str
    customer: Party
    partner: Party


@dataclass(frozen=True, slots=True)
class Place:
    client: Client
    store_id: str
    configuration_id: str

    async def add_profile(self, dialogue: Dialogue, number: int) -> str:
        """`number` tells namesakes apart."""
        contact = {"firstName": dialogue.customer, "email": f"customer-{number}@example.com"}
        made = await self.client.call("POST", f"/v1/Stores/{self.store_id}/Profiles", {"traits": {"Contact": contact}})
        return made["id"]

    async def open(self, dialogue: Dialogue, profile_id: str) -> Conversation:
        """Each customer has one address of theirs, so one conversation at a time."""
        theirs, ours = f"customer-{profile_id}", f"partner-{profile_id}"
        partner = "AI_AGENT" if dialogue.by_machine else "HUMAN_AGENT"
        wanted = {
            "configurationId": self.configuration_id,
            "participants": [
                _participant(dialogue.customer, "CUSTOMER", theirs) | {"profileId": profile_id},
                _participant(dialogue.partner, partner, ours),
            ],
        }
        made = await self.client.call("POST", "/v2/Conversations", wanted)
        ids = {one["type"]: one["id"] for one in made["participants"]}
        return Conversation(id=made["id"], customer=Party(ids["CUSTOMER"], theirs), partner=Party(ids[partner], ours))

    async def close(self, conversation: Conversation) -> None:
        await self.client.call("PUT", f"/v2/Conversations/{conversation.id}", {"status": "CLOSED"})

    async def say(self, conversation: Conversation, turn: Turn) -> str:
        """The id of the communication. Said twice, because an answer got lost, it is there once."""
        sides = (conversation.customer, conversation.partner)
        author, recipient = sides if turn.by_customer else sides[::-1]
        body = {
            "author": author.on_the_wire(),
            "recipients": [recipient.on_the_wire()],
            "content": {"type": "TEXT", "text": turn.text},
            "resourceId": turn.id,
            "occurredAt": utc_text(turn.at),
        }
        return (await self.client.call("POST", f"/v2/Conversations/{conversation.id}/Communications", body))["id"]

    async def observe(self, profile_id: str, observations: list[Json]) -> None:
        path = f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/Observations"
        for first in range(0, len(observations), _OBSERVATIONS_AT_ONCE):
            batch = observations[first : first + _OBSERVATIONS_AT_ONCE]
            await self.client.call("POST", path, {"observations": batch})

    async def observed(self, profile_id: str) -> list[Json]:
        path = f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/Observations"
        return await self.client.collect(path, {"pageSize": limits.MEMORIES_PER_PAGE_MAX})

    async def recall(self, profile_id: str, wanted: Json) -> Json:
        return await self.client.call("POST", f"/v1/Stores/{self.store_id}/Profiles/{profile_id}/Recall", wanted)


@asynccontextmanager
async def place_of_its_own(
    client: Client, name: str, *, extracting: bool = False, screened: bool = True
) -> AsyncGenerator[Place]:
    """Removed at the end: a server may be somebody's. `extracting`: memories are made of conversations there."""
    wanted: Json = {"displayName": name, "description": "A measurement"}
    if not screened:
        wanted["screening"] = []
    store = await client.call("POST", "/v1/ControlPlane/Stores", wanted)
    configuration: Json = {
        "displayName": name[: limits.CONFIGURATION_DISPLAY_NAME_CHARS_MAX],
        "description": "A measurement",
        "memoryStoreId": store["id"],
        "memoryExtractionEnabled": extracting,
        "conversationGroupingType": _GROUPING,
        "channelSettings": {},
    }
    made = await client.call("POST", "/v2/ControlPlane/Configurations", configuration)
    try:
        yield Place(client, store["id"], made["id"])
    finally:
        with suppress(Refused):
            await client.call("DELETE", f"/v2/ControlPlane/Configurations/{made['id']}")
            await client.call("DELETE", f"/v1/ControlPlane/Stores/{store['id']}")


def _participant(name: str, kind: str, address: str) -> Json:
    return {"name": name, "type": kind, "addresses": [{"channel": CHANNEL, "address": address}]}
