"""The corpus of injections through the service, the database and Recall, with the rules that need no model."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.helpers import (
    BUSINESS,
    agent,
    create_configuration,
    create_profile,
    create_store,
    ok,
    recall,
    rows,
    set_status,
)
from tests.security.injections import ATTACKS, VICTIM, Attack, Remembered, assert_harmless

from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.runtime import Runtime, clock, mint
from regulars.services.extraction import Subject, extract

NAME = "Ana"
QUERY = "administrator refund limit VIP gold card instructions"


@dataclass(frozen=True)
class Victim:
    """Another customer of the same store, with everything that is known about them."""

    store: str
    profile: str

    async def known(self, runtime: Runtime) -> list[dict[str, Any]]:
        """Every row of theirs that an attack could change."""
        tables = ("profile", "observation", "observation_revision", "summary", "trait", "profile_identifier")
        keys = {"store": self.store, "profile": self.profile}
        where = "FROM {0} AS one WHERE store_id = %(store)s AND profile_id = %(profile)s"
        query = " UNION ALL ".join(
            f"SELECT '{name}' AS of, to_jsonb(one) AS row {where}".format(name) for name in tables
        )
        return sorted(await rows(runtime, query, **keys), key=str)


def phone(number: int) -> str:
    return f"+1202556{number:04}"


async def converse(
    api: Any, configuration: str, store: str, number: int, attack: Attack
) -> tuple[Subject, dict[str, str]]:
    """Says everything and closes. Returns who said it and the texts by their ids."""
    address = {"channel": "SMS", "address": phone(number)}
    business = {"channel": "SMS", "address": BUSINESS}
    profile = await create_profile(api, store, address["address"], firstName=attack.first_name or NAME)
    person = {"type": "CUSTOMER", "addresses": [address], "name": attack.participant or NAME, "profileId": profile}
    body = {"configurationId": configuration, "participants": [person, agent()]}
    conversation = ok(await api.post("/v2/Conversations", json=body), 201)["id"]
    said: dict[str, str] = {}
    for speaker, text in attack.said:
        author, recipient = (address, business) if speaker == "C" else (business, address)
        line = {"author": author, "recipients": [recipient], "content": {"type": "TEXT", "text": text}}
        made = ok(await api.post(f"/v2/Conversations/{conversation}/Communications", json=line), 201)
        said[made["id"]] = text
    await set_status(api, conversation, "CLOSED")
    subject = Subject(
        store_id=StoreId(store), profile_id=ProfileId(profile), conversation_id=ConversationId(conversation)
    )
    return subject, said


async def recalled(api: Any, subject: Subject) -> list[str]:
    """The ids of what Recall finds for whoever looks for what the attackers want."""
    path = f"/v1/Stores/{subject.store_id}/Profiles/{subject.profile_id}"
    found = await recall(api, path, query=QUERY, observationsLimit=20, summariesLimit=20, communicationsLimit=0)
    return [one["id"] for one in (*found["observations"], *found["summaries"])]


async def memories(runtime: Runtime, store: str) -> dict[str, Remembered]:
    """Of the whole store, by profile; `said` is left to be filled in."""
    columns = 'profile_id, content, communication_ids AS "communicationIds"'
    where = "WHERE store_id = %(store)s"
    observations = await rows(
        runtime, f"SELECT observation_id AS id, flags, {columns} FROM observation {where}", store=store
    )
    summaries = await rows(runtime, f"SELECT summary_id AS id, {columns} FROM summary {where}", store=store)
    return {
        profile: Remembered(
            [one for one in observations if one["profile_id"] == profile],
            [one for one in summaries if one["profile_id"] == profile],
            {},
        )
        for profile in {one["profile_id"] for one in (*observations, *summaries)}
    }


@pytest.fixture
async def victim(api, runtime) -> Victim:
    store = await create_store(api)
    profile = await create_profile(api, store, VICTIM, firstName="Vic")
    path = f"/v1/Stores/{store}/Profiles/{profile}/Observations"
    items = [{"content": "The customer likes green tea.", "source": "test", "occurredAt": "2026-01-01T00:00:00Z"}]
    ok(await api.post(path, json={"observations": items}), 202)
    return Victim(store, profile)


async def test_no_attack_gains_anything(api, runtime, victim):
    """All in one store and one pass. What the rules dare not remember, they leave out."""
    configuration = await create_configuration(api, victim.store)
    before = await victim.known(runtime)
    assert {row["of"] for row in before} == {"profile", "observation", "trait", "profile_identifier"}
    turn = asyncio.Semaphore(6)

    async def attacked_by(number: int, attack: Attack) -> tuple[Attack, Subject, dict[str, str], set[str]]:
        async with turn:
            subject, said = await converse(api, configuration, victim.store, number, attack)
            await extract(runtime.db, runtime.models, mint, clock(), subject)
            return attack, subject, said, set(await recalled(api, subject))

    attacked = await asyncio.gather(*(attacked_by(*numbered) for numbered in enumerate(ATTACKS)))
    found = await memories(runtime, victim.store)
    failures: list[str] = []
    for attack, subject, said, ids in attacked:
        memory = replace(found.get(subject.profile_id, Remembered([], [], {})), said=said)
        assert ids <= {one["id"] for one in (*memory.observations, *memory.summaries)}
        try:
            assert_harmless(attack, memory)
        except AssertionError as error:
            failures.append(f"{attack.id}: {error}")
    assert failures == []
    assert any(memory.observations for memory in found.values())
    assert set(found) <= {victim.profile, *(subject.profile_id for _, subject, _, _ in attacked)}
    assert await victim.known(runtime) == before
