"""Whatever can happen to conversations happens at once: afterwards nothing is lost, twice, or somewhere else."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import httpx
import pytest
from tests.budget import TIMES
from tests.conftest import Tenant
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    WEBHOOK,
    agent,
    assert_names_agree,
    create_configuration,
    create_store,
    customer,
    message,
    rows,
    signed,
)

from regulars.runtime import Runtime, clock, mint
from regulars.services.lifecycle import tick

ROUNDS = 3
CUSTOMERS = [f"+1202555{n:04d}" for n in range(110, 114)]
NUMBERS = [BUSINESS, "+18005550198"]
CALLBACKS = [{"url": "https://example.com/hook"}, {"url": "https://example.com/other", "method": "GET"}]
EVERYTHING = {"captureRules": [{"from": "*", "to": "*"}], "statusTimeouts": {"inactive": 10, "closed": 60}}

KEEPING = Counter(
    {
        "text": 8,
        "speech": 3,
        "post": 3,
        "move": 2,
        "join": 2,
        "replace": 2,
        "merge": 2,
        "listen": 1,
        "part": 1,
        "wait": 1,
    }
)
"""What happens in one round, and how often."""
LOSING = KEEPING + Counter({"delete": 1, "erase": 1})

NOWHERE = {
    "a message that is there twice": """
        SELECT resource_id FROM communication WHERE resource_id LIKE 'SM%%' GROUP BY resource_id HAVING count(*) > 1""",
    "a communication that its conversation does not count": """
        SELECT m.communication_id FROM communication AS m JOIN conversation AS c USING (store_id, conversation_id)
        WHERE m.position NOT BETWEEN 1 AND c.last_position""",
    "two communications in one place": """
        SELECT conversation_id, position FROM communication GROUP BY conversation_id, position HAVING count(*) > 1""",
    "an address that takes part twice": """
        SELECT p.conversation_id, a ->> 'address' FROM participant AS p, jsonb_array_elements(p.addresses) AS a
        GROUP BY p.conversation_id, a ->> 'channel', a ->> 'address' HAVING count(*) > 1""",
    "a customer whose profile does not know the conversation": """
        SELECT p.participant_id FROM participant AS p
        WHERE p.type = 'CUSTOMER' AND p.profile_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM profile_conversation AS k
            WHERE k.profile_id = p.profile_id AND k.conversation_id = p.conversation_id
        )""",
    "a profile that knows a conversation without taking part": """
        SELECT k.conversation_id FROM profile_conversation AS k WHERE NOT EXISTS (
            SELECT FROM participant AS p
            WHERE p.profile_id = k.profile_id AND p.conversation_id = k.conversation_id
        )""",
    "a participant whose profile is gone": """
        SELECT p.participant_id FROM participant AS p WHERE p.profile_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM profile AS f WHERE f.profile_id = p.profile_id AND f.merged_into IS NULL
        )""",
    "a channel that leads nowhere": """
        SELECT channel_id FROM conversation_channel AS l WHERE NOT EXISTS (
            SELECT FROM conversation AS c WHERE c.conversation_id = l.conversation_id
        )""",
    "a timer of what is over, or none of what is open": """
        SELECT conversation_id FROM conversation WHERE (status = 'CLOSED') <> (due_at IS NULL)""",
}
"""What is never to be found while nobody writes."""

GAPS = """
    SELECT c.conversation_id FROM conversation AS c LEFT JOIN communication AS m USING (store_id, conversation_id)
    GROUP BY c.conversation_id, c.last_position HAVING count(m.position) <> c.last_position"""

pytestmark = pytest.mark.timeout(60)


class Storm:
    """Requests that come at once. Each makes its choices by a `Random` of its own."""

    def __init__(self, api: httpx.AsyncClient, runtime: Runtime, tenant: Tenant, store: str) -> None:
        self._api, self._runtime, self._tenant, self._store = api, runtime, tenant, store
        self._numbers = count(1)
        self.answers: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.accepted: set[str] = set()

    async def blow(self, deeds: Counter[str], rnd: Random) -> None:
        order = rnd.sample([*deeds.elements()], deeds.total())
        async with asyncio.TaskGroup() as group:
            for deed in order:
                group.create_task(getattr(self, deed)(Random(rnd.random())))

    async def text(self, rnd: Random) -> None:
        n, prefix = next(self._numbers), rnd.choice(["", "", "whatsapp:"])
        ends = {"From": prefix + rnd.choice(CUSTOMERS), "To": prefix + rnd.choice(NUMBERS)}
        form = message(self._tenant.account_sid, Body=f"text {n}", **ends)
        if (await self._hook("text", WEBHOOK, form)).status_code == 200:
            self.accepted.add(form["MessageSid"])
        if rnd.random() < 0.3:
            way = {"MessageStatus": rnd.choice(["sent", "delivered", "read"]), "From": ends["To"], "To": ends["From"]}
            told = {"AccountSid": self._tenant.account_sid, "MessageSid": form["MessageSid"], **way}
            await self._hook("status", f"{WEBHOOK}/status", told)

    async def speech(self, rnd: Random) -> None:
        who = rnd.randrange(len(CUSTOMERS))
        event = rnd.choice(["transcription-started", "transcription-content", "transcription-content"])
        form = {
            "AccountSid": self._tenant.account_sid,
            "CallSid": f"CA{who:032x}",
            "TranscriptionSid": f"GT{who:032x}",
            "TranscriptionEvent": event,
            "SequenceId": str(next(self._numbers)),
        }
        if event == "transcription-content":
            data = json.dumps({"transcript": "spoken", "confidence": 0.9})
            track = rnd.choice(["inbound_track", "outbound_track"])
            form |= {"Track": track, "Final": rnd.choice(["true", "false"]), "TranscriptionData": data}
        ends = f"From=%2B{CUSTOMERS[who][1:]}&To=%2B{BUSINESS[1:]}&Direction=inbound"
        await self._hook("speech", f"/webhooks/twilio/transcription?{ends}", form)

    async def post(self, rnd: Random) -> None:
        """Between any two, customers or not."""
        resource_id = f"post-{next(self._numbers)}"
        author, recipient = ({"address": one, "channel": "SMS"} for one in rnd.sample(CUSTOMERS + NUMBERS, 2))
        body = {"author": author, "recipients": [recipient], "content": {"type": "TEXT", "text": resource_id}}
        answer = await self._ask("post", rnd, "POST", "/Communications", body | {"resourceId": resource_id})
        if answer == 201:
            self.accepted.add(resource_id)

    async def move(self, rnd: Random) -> None:
        status = rnd.choice(["CLOSED", "CLOSED", "INACTIVE", "ACTIVE"])
        await self._ask("move", rnd, "PATCH", "", {"status": status})

    async def listen(self, rnd: Random) -> None:
        wanted = {"statusCallbacks": rnd.choice([CALLBACKS, CALLBACKS[::-1]])}
        await self._ask("listen", rnd, "PATCH", "", {"name": f"named {rnd.random()}", "configuration": wanted})

    async def join(self, rnd: Random) -> None:
        visitor = customer(f"visitor {next(self._numbers)}", "CHAT", type="UNKNOWN")
        colleague = agent(rnd.choice(["+18005550101", "+18005550102"]))
        body = rnd.choice([customer(rnd.choice(CUSTOMERS)), colleague, visitor])
        await self._ask("join", rnd, "POST", "/Participants", body)

    async def replace(self, rnd: Random) -> None:
        place = "SELECT conversation_id, participant_id FROM participant ORDER BY participant_id"
        for one in await self._any(rnd, place):
            one_of_us, phone = agent(f"+1800555010{rnd.randrange(9)}"), rnd.choice(CUSTOMERS)
            body = rnd.choice([one_of_us, customer(phone), customer(phone, "WHATSAPP")])
            url = f"/v2/Conversations/{one['conversation_id']}/Participants/{one['participant_id']}"
            await self._count("replace", self._api.put(url, json=body))

    async def delete(self, rnd: Random) -> None:
        await self._ask("delete", rnd, "DELETE", "")

    async def merge(self, rnd: Random) -> None:
        """Whoever has one of two e-mail addresses is one customer."""
        for one in await self._any_profile(rnd):
            body = {"idType": "email", "value": rnd.choice(["ada@example.com", "bo@example.com"])}
            url = f"/v1/Stores/{self._store}/Profiles/{one['profile_id']}/Identifiers"
            await self._count("merge", self._api.post(url, json=body))

    async def part(self, rnd: Random) -> None:
        merges = "SELECT profile_id, merge_id FROM profile_merge WHERE status = 'MERGED' ORDER BY merge_id"
        for one in await self._any(rnd, merges):
            url = f"/v1/Stores/{self._store}/Profiles/{one['profile_id']}/Merges/{one['merge_id']}/Undo"
            await self._count("part", self._api.post(url))

    async def erase(self, rnd: Random) -> None:
        for one in await self._any_profile(rnd):
            await self._count("erase", self._api.delete(f"/v1/Stores/{self._store}/Profiles/{one['profile_id']}"))

    async def wait(self, rnd: Random) -> None:
        then = clock() + timedelta(minutes=rnd.choice([11, 61]))
        await tick(self._runtime.db, mint, lambda: then)

    async def _any(self, rnd: Random, statement: str) -> list[dict[str, Any]]:
        found = await rows(self._runtime, statement)
        return [rnd.choice(found)] if found else []

    async def _any_profile(self, rnd: Random) -> list[dict[str, Any]]:
        return await self._any(rnd, "SELECT profile_id FROM profile WHERE merged_into IS NULL ORDER BY profile_id")

    async def _ask(self, deed: str, rnd: Random, method: str, path: str, body: Any = None) -> int | None:
        """Of any conversation, if there is one."""
        for one in await self._any(rnd, "SELECT conversation_id FROM conversation ORDER BY conversation_id"):
            url = f"/v2/Conversations/{one['conversation_id']}{path}"
            return (await self._count(deed, self._api.request(method, url, json=body))).status_code
        return None

    async def _hook(self, deed: str, url: str, form: dict[str, str]) -> httpx.Response:
        headers = signed(self._tenant.auth_token, form, f"http://testserver{url}")
        return await self._count(deed, self._api.post(url, data=form, headers=headers, auth=None))

    async def _count(self, deed: str, call: Awaitable[httpx.Response]) -> httpx.Response:
        response = await call
        self.answers[deed][response.status_code] += 1
        return response


@pytest.mark.parametrize("seed", range(1, 1 + 2 * TIMES))
@pytest.mark.parametrize("deeds", [KEEPING, LOSING], ids=["keeping", "losing"])
@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])
async def test_whatever_happens_at_once_leaves_order(api, runtime, tenant, grouping, deeds, seed):
    store = await create_store(api)
    channels = dict.fromkeys(("SMS", "WHATSAPP", "VOICE"), EVERYTHING)
    fields = {"conversationGroupingType": grouping, "statusCallbacks": CALLBACKS, "memoryExtractionEnabled": False}
    await create_configuration(api, store, channelSettings=channels, **fields)
    storm = Storm(api, runtime, tenant, store)
    closed: dict[str, int] = {}
    for number in range(ROUNDS):
        await storm.blow(deeds, Random(seed * ROUNDS + number))
        assert_answered(storm)
        await assert_in_order(runtime)
        closed = await assert_final(runtime, closed, kept=deeds == KEEPING)
        if deeds == KEEPING:
            await assert_kept(runtime, storm.accepted)
        await assert_told_in_order(runtime, whole=deeds == KEEPING)


def assert_answered(storm: Storm) -> None:
    assert set(storm.answers["text"]) == {200}
    assert set(storm.answers["speech"]) <= {200, 204}
    assert max(status for answers in storm.answers.values() for status in answers) < 500, storm.answers


async def assert_in_order(runtime: Runtime) -> None:
    await assert_names_agree(runtime)
    found = {what: await rows(runtime, statement) for what, statement in NOWHERE.items()}
    assert {what: there for what, there in found.items() if there} == {}


async def assert_final(runtime: Runtime, closed: dict[str, int], *, kept: bool) -> dict[str, int]:
    """What was closed after the round before still is, and took no more. All that is closed now."""
    found = await rows(runtime, "SELECT conversation_id, last_position, status FROM conversation")
    ended = {one["conversation_id"]: one["last_position"] for one in found if one["status"] == "CLOSED"}
    everywhere = {one["conversation_id"] for one in found}
    assert closed.items() <= ended.items() or not kept
    assert all(ended.get(one) == last for one, last in closed.items() if one in everywhere)
    return ended


async def assert_kept(runtime: Runtime, accepted: set[str]) -> None:
    there = await rows(runtime, "SELECT resource_id FROM communication")
    assert accepted <= {one["resource_id"] for one in there}
    assert await rows(runtime, GAPS) == []


async def assert_told_in_order(runtime: Runtime, *, whole: bool) -> None:
    """What each listener is told of a conversation could have happened in that order. Erasures take events out."""
    queues: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in await rows(runtime, "SELECT * FROM delivery ORDER BY conversation_id, url, position"):
        queues[one["conversation_id"], one["url"]].append(one)
    for events in queues.values():
        if whole:
            assert [one["position"] for one in events] == [*range(1, len(events) + 1)]
            assert events[0]["event_type"] == "CONVERSATION_CREATED"
        told = [(one["event_type"], json.loads(one["body"])["data"]) for one in events]
        assert wrong_in(told, whole=whole) == [], [kind for kind, _ in told]


def wrong_in(told: Iterable[tuple[str, dict[str, Any]]], *, whole: bool) -> list[str]:
    wrong: list[str] = []
    people: set[str] = set()
    known: set[str] = set()
    status: str | None = None
    for kind, data in told:
        if status == "CLOSED" and kind.endswith(("CREATED", "ADDED")):
            wrong.append(f"{kind} after the end")
        if kind == "CONVERSATION_UPDATED" and status == "CLOSED":
            wrong.append("changed after the end")
        if kind == "COMMUNICATION_CREATED" and status == "INACTIVE" and whole:
            wrong.append("said while it slept")
        if kind.startswith("COMMUNICATION"):
            ends = [data["author"], *data["recipients"]]
            wrong += ["said by or to nobody" for one in ends if one["participantId"] not in people]
        if kind.endswith(("CREATED", "ADDED")) and data["id"] in known:
            wrong.append(f"{kind} twice")
        if kind in {"PARTICIPANT_UPDATED", "PARTICIPANT_REMOVED"} and data["id"] not in people and whole:
            wrong.append(f"{kind} of nobody")
        if kind.startswith("PARTICIPANT"):
            people.add(data["id"])
        if kind.startswith("CONVERSATION"):
            status = data["status"]
        known.add(data["id"])
    return wrong
