"""Whatever happens to conversations and customers, in whatever order: a recaller that keeps snapshots tells what one
that reads everything anew tells, and both tell what stands in the database."""

import random
from collections.abc import Awaitable, Callable

import pytest
from tests.helpers import (
    agent,
    communication,
    conversations,
    create_configuration,
    create_store,
    customer,
    observe,
    profile_ids,
    rows,
    text_in,
)

from regulars.core.ids import ProfileId, StoreId
from regulars.recall.cache import SnapshotCache
from regulars.runtime import clock
from regulars.services import embedding
from regulars.services.embedding import embed_due
from regulars.services.recall import Question, Recaller

PHONES = [f"+1202555010{n}" for n in range(4)]
WORDS = ["parcel", "blue", "invoice", "Lisbon", "cats", "refund", "tomorrow", "the", "never", "piano"]
STEPS = 50
ALL = 10_000
SAID = """
    SELECT c.communication_id FROM communication c
    JOIN profile_conversation p ON p.store_id = c.store_id AND p.conversation_id = c.conversation_id
    WHERE p.store_id = %(store_id)s AND p.profile_id = %(profile_id)s AND c.content ->> 'text' ~ '\\S'
"""


def question(query: str) -> Question:
    return Question(
        query=query,
        conversation_id=None,
        begin=None,
        end=None,
        observations_limit=0,
        summaries_limit=0,
        communications_limit=ALL,
        threshold=0.0,
    )


class Storm:
    """Operations chosen by a seed, through the public API. What is refused is refused."""

    def __init__(self, api, tenant, runtime, store: str, configuration: str, seed: int) -> None:
        self.api, self.tenant, self.runtime = api, tenant, runtime
        self.store, self.configuration = store, configuration
        self.random = random.Random(seed)
        self.resources: list[tuple[str, str]] = []

    async def step(self) -> str:
        operations: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (10, self.text),
            (12, self.say),
            (4, self.edit),
            (2, self.open),
            (4, self.replace_participant),
            (2, self.add_participant),
            (3, self.close),
            (1, self.delete_conversation),
            (2, self.observe),
            (4, self.embed),
            (2, self.merge),
            (2, self.undo),
            (1, self.erase),
            (1, self.deliver),
        ]
        [chosen] = self.random.choices([work for _, work in operations], [weight for weight, _ in operations])
        await chosen()
        return chosen.__name__

    def words(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, 6)))

    async def send(self, method: str, url: str, body: object = None) -> object:
        answer = await self.api.request(method, url, json=body)
        assert answer.status_code < 500, answer.text
        return answer.json() if answer.status_code < 300 else None

    async def some_conversation(self) -> dict:
        there = await conversations(self.api)
        return self.random.choice(there) if there else {"id": "none", "participants": []}

    async def some_profile(self) -> str:
        there = await profile_ids(self.api, self.store)
        return f"/v1/Stores/{self.store}/Profiles/{self.random.choice(there) if there else 'none'}"

    async def text(self) -> None:
        await text_in(self.api, self.tenant, From=self.random.choice(PHONES), Body=self.words())

    async def say(self) -> None:
        conversation = await self.some_conversation()
        people = [
            {"address": own["address"], "channel": own["channel"], "participantId": one["id"]}
            for one in conversation["participants"]
            for own in one["addresses"][:1]
        ]
        if len(people) >= 2:
            author, recipient = self.random.sample(people, 2)
            resource = f"r{self.random.randrange(1_000_000)}"
            body = {"author": author, "recipients": [recipient], "resourceId": resource}
            body["content"] = {"type": "TEXT", "text": self.words()}
            if await self.send("POST", f"/v2/Conversations/{conversation['id']}/Communications", body):
                self.resources.append((conversation["id"], resource))

    async def edit(self) -> None:
        if self.resources:
            conversation, resource = self.random.choice(self.resources)
            text = self.random.choice(["", "  ", self.words(), self.words()])
            body = communication(text, resourceId=resource)
            await self.send("POST", f"/v2/Conversations/{conversation}/Communications", body)

    async def open(self) -> None:
        people = [customer(phone) for phone in self.random.sample(PHONES, self.random.randint(1, 2))]
        body = {"configurationId": self.configuration, "participants": [*people, agent()]}
        await self.send("POST", "/v2/Conversations", body)

    async def replace_participant(self) -> None:
        conversation = await self.some_conversation()
        if conversation["participants"]:
            one = self.random.choice(conversation["participants"])
            profile_id = (await self.some_profile()).rpartition("/")[2]
            kinds = ["CUSTOMER", "UNKNOWN", "HUMAN_AGENT"]
            body = {"type": self.random.choice(kinds), "addresses": one["addresses"], "name": self.words()}
            body |= {"profileId": profile_id} if self.random.random() < 0.5 and profile_id != "none" else {}
            await self.send("PUT", f"/v2/Conversations/{conversation['id']}/Participants/{one['id']}", body)

    async def add_participant(self) -> None:
        conversation = await self.some_conversation()
        body = {"type": "UNKNOWN", "addresses": [{"channel": "SMS", "address": self.random.choice(PHONES)}]}
        await self.send("POST", f"/v2/Conversations/{conversation['id']}/Participants", body)

    async def close(self) -> None:
        conversation = await self.some_conversation()
        await self.send("PATCH", f"/v2/Conversations/{conversation['id']}", {"status": "CLOSED"})

    async def delete_conversation(self) -> None:
        await self.send("DELETE", f"/v2/Conversations/{(await self.some_conversation())['id']}")

    async def observe(self) -> None:
        profile = await self.some_profile()
        if not profile.endswith("none"):
            await observe(self.api, profile, self.words())

    async def embed(self) -> None:
        await embed_due(self.runtime.db, self.runtime.models.embedder, clock)

    async def merge(self) -> None:
        """A profile gets an identifier that another one has."""
        phone = self.random.choice(PHONES)
        body = {"idType": "phone", "value": phone}
        await self.send("POST", f"{await self.some_profile()}/Identifiers", body)

    async def undo(self) -> None:
        profile = await self.some_profile()
        told = await self.send("GET", f"{profile}/Merges")
        done = [one["id"] for one in (told or {}).get("merges", []) if one["status"] == "MERGED"]
        if done:
            await self.send("POST", f"{profile}/Merges/{self.random.choice(done)}/Undo")

    async def erase(self) -> None:
        await self.send("DELETE", await self.some_profile())

    async def deliver(self) -> None:
        if self.resources:
            conversation, resource = self.random.choice(self.resources)
            body = communication(self.words(), resourceId=resource)
            body["recipients"][0]["deliveryStatus"] = "DELIVERED"
            await self.send("POST", f"/v2/Conversations/{conversation}/Communications", body)


async def told(recaller: Recaller, store: str, profile_id: str, query: str) -> list[tuple[str, str, float | None]]:
    found = await recaller.recall(StoreId(store), ProfileId(profile_id), question(query))
    return [
        (hit.communication.communication_id, hit.communication.content.text, hit.score) for hit in found.communications
    ]


def kept_of(recaller: Recaller, store: str, profile_id: str) -> dict[str, tuple]:
    """What the recaller keeps of everything said, by id."""
    spoken = recaller.cache.get_spoken((store, profile_id))
    memories = () if spoken is None else spoken.snapshot.view("communication")
    return {
        one.memory_id: (
            *(one.content, one.speaker, one.by_customer, one.position, one.occurred_at, one.conversation_ids),
            None if one.vector is None else one.vector.tobytes(),
        )
        for one in memories
    }


@pytest.mark.parametrize("seed", range(3))
async def test_a_recaller_that_remembers_tells_what_a_fresh_one_tells(api, tenant, runtime, monkeypatch, seed):
    monkeypatch.setattr(embedding, "_BATCH_TEXTS", 3)
    store = await create_store(api)
    configuration = await create_configuration(api, store)
    storm = Storm(api, tenant, runtime, store, configuration, seed)

    def recaller() -> Recaller:
        return Recaller(runtime.db, runtime.models.embedder, SnapshotCache(1 << 26), end_inclusive=True)

    always, seldom = recaller(), recaller()
    happened, most = [], 0
    for _ in range(STEPS):
        happened.append(await storm.step())
        kept = [always] if storm.random.random() < 0.7 else [always, seldom]
        for profile_id in await profile_ids(api, store):
            there = await rows(runtime, SAID, store_id=store, profile_id=profile_id)
            for query in ("", "blue parcel to Lisbon"):
                anew = recaller()
                fresh = await told(anew, store, profile_id, query)
                assert sorted(one for one, _, _ in fresh) == sorted(row["communication_id"] for row in there), happened
                for one in kept:
                    assert await told(one, store, profile_id, query) == fresh, (happened, query)
                    assert kept_of(one, store, profile_id) == kept_of(anew, store, profile_id), happened
                most = max(most, len(fresh))
    assert most >= 5
