"""Communications as memories: what was said is recalled by every process, from the answer of the write on."""

import asyncio
import math

import pytest
from tests.api.test_webhook_transcription import AGENT_TRACK, INBOUND, Call
from tests.conftest import clock
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    communication,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    observe,
    ok,
    open_conversation,
    profile_ids,
    rows,
    run_jobs,
    say,
    set_status,
    text_in,
)

from regulars.ai.hashing import HashingEmbedder
from regulars.core import limits
from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.core.times import parse_instant
from regulars.recall.cache import SnapshotCache
from regulars.services.embedding import embed_due
from regulars.services.recall import Question, Recaller

EMAIL, DESK = "ada@example.com", "desk@example.com"


class Place:
    """A store whose configuration captures everything, and two recallers with caches of their own, which stand for two
    processes on one database."""

    def __init__(self, api, runtime, store: str, configuration: str) -> None:
        self.api, self.runtime, self.store, self.configuration = api, runtime, store, configuration
        self.recallers = [self.recaller() for _ in range(2)]

    def recaller(self, bytes_max: int = 1 << 26) -> Recaller:
        embedder = self.runtime.models.embedder
        return Recaller(self.runtime.db, embedder, SnapshotCache(bytes_max), end_inclusive=True)

    def url(self, profile: str) -> str:
        return f"/v1/Stores/{self.store}/Profiles/{profile}"

    async def ask(self, recaller: Recaller, profile: str, **fields):
        question = {
            "query": "",
            "conversation_id": None,
            "begin": None,
            "end": None,
            "observations_limit": 20,
            "summaries_limit": 5,
            "communications_limit": 100,
            "threshold": 0.0,
            **fields,
        }
        return await recaller.recall(StoreId(self.store), ProfileId(profile), Question(**question))

    async def told(self, profile: str, query: str = "", **fields) -> list[str]:
        """What everybody tells alike, the best first: those who have known it, and one who knows nothing yet."""
        found = [
            (await self.ask(one, profile, query=query, **fields)).communications
            for one in (*self.recallers, self.recaller())
        ]
        answers = [[(hit.communication.content.text, hit.score) for hit in hits] for hits in found]
        assert answers[0] == answers[1] == answers[2]
        return [text for text, _ in answers[0]]

    async def kept(self, profile: str) -> list:
        """The memories that both keep of what was said, the same."""
        await self.told(profile)
        one, two = (recaller.cache.get_spoken((StoreId(self.store), ProfileId(profile))) for recaller in self.recallers)
        assert one is not None
        assert two is not None
        kept = [
            sorted(known.snapshot.view("communication"), key=lambda memory: memory.memory_id) for known in (one, two)
        ]
        assert [memory.memory_id for memory in kept[0]] == [memory.memory_id for memory in kept[1]]
        return kept[0]

    async def embed(self) -> int:
        return await embed_due(self.runtime.db, self.runtime.models.embedder, clock)

    async def open(self, *people: dict, **fields) -> dict:
        body = {"participants": [*(people or (customer(),)), agent()], **fields}
        return await open_conversation(self.api, self.configuration, **body)

    async def open_by_email(self, profile: str, address: str = EMAIL) -> str:
        """Another conversation of the same customer."""
        people = [customer(address, "EMAIL", profileId=profile), agent(DESK, "EMAIL")]
        return (await open_conversation(self.api, self.configuration, participants=people))["id"]

    async def profile_of(self, conversation: str, address: str = CUSTOMER) -> str:
        return (await self.participant(conversation, address))["profileId"]

    async def participant(self, conversation: str, address: str = CUSTOMER) -> dict:
        listed = ok(await self.api.get(f"/v2/Conversations/{conversation}/Participants"))["participants"]
        return next(one for one in listed if any(own["address"] == address for own in one["addresses"]))

    async def replace(self, conversation: str, before: dict, **fields) -> dict:
        body = {"type": before["type"], "name": before["name"], "addresses": before["addresses"]}
        body |= {"profileId": before["profileId"]} if before.get("profileId") else {}
        url = f"/v2/Conversations/{conversation}/Participants/{before['id']}"
        return ok(await self.api.put(url, json={**body, **fields}))


@pytest.fixture
async def place(api, runtime) -> Place:
    store = await create_store(api)
    return Place(api, runtime, store, await create_configuration(api, store))


@pytest.fixture
async def opened(place) -> str:
    return (await place.open())["id"]


@pytest.fixture
async def profile(place, opened) -> str:
    return await place.profile_of(opened)


# Read your writes


async def test_what_was_said_is_in_the_next_recall_of_every_process(api, place, opened, profile):
    for n in range(4):
        await say(api, opened, f"parcel number {n}", by_customer=n % 2 == 0)
        assert len(await place.told(profile, "parcel")) == n + 1
        assert (await place.told(profile))[0] == f"parcel number {n}"


async def test_what_was_texted_is_too_over_all_conversations(api, tenant, place):
    await text_in(api, tenant, Body="The blue parcel never came")
    [profile] = await profile_ids(api, place.store)
    assert await place.told(profile, "blue parcel") == ["The blue parcel never came"]
    [first] = await conversations(api)
    await set_status(api, first["id"], "CLOSED")
    await text_in(api, tenant, Body="I have two cats")
    assert (await place.told(profile, "cats"))[0] == "I have two cats"
    assert (await place.told(profile, "blue parcel"))[0] == "The blue parcel never came"
    assert len(await conversations(api)) == 2


async def test_words_are_found_before_their_vectors_and_the_vectors_arrive(api, place, opened, profile):
    await say(api, opened, "I am allergic to peanuts")
    await say(api, opened, "See you tomorrow")
    assert (await place.told(profile, "peanuts"))[0] == "I am allergic to peanuts"
    assert [one.vector for one in await place.kept(profile)] == [None, None]
    assert await place.embed() == 2
    assert all(one.vector is not None for one in await place.kept(profile))
    assert (await place.told(profile, "peanuts"))[0] == "I am allergic to peanuts"


async def test_it_is_known_who_said_it_and_where(api, place):
    opened = (await place.open(customer(name="Ada")))["id"]
    await say(api, opened, "from her")
    await say(api, opened, "to her", by_customer=False)
    kept = await place.kept(await place.profile_of(opened))
    assert [(one.content, one.speaker, one.by_customer, one.position) for one in kept] == [
        ("from her", "Ada", True, 1),
        ("to her", "+18005550199", False, 2),
    ]
    assert all(one.conversation_ids == (opened,) for one in kept)


async def test_an_observation_is_no_communication(api, place, opened, profile):
    await say(api, opened, "Has two cats")
    await observe(api, place.url(profile), "Has a dog")
    found = await place.ask(place.recaller(), profile, query="cats and a dog")
    assert [hit.memory.content for hit in found.observations] == ["Has a dog"]
    assert [hit.communication.content.text for hit in found.communications] == ["Has two cats"]
    assert await place.told(profile, "dog") == ["Has two cats"]


async def test_nothing_is_read_of_communications_that_nobody_asked_for(api, place, opened, profile):
    await say(api, opened, "Has two cats")
    one = place.recaller()
    for limit, conversation in ((0, None), (5, opened)):
        await place.ask(one, profile, query="cats", communications_limit=limit, conversation_id=conversation)
        assert one.cache.get_spoken((StoreId(place.store), ProfileId(profile))) is None


async def test_a_profile_without_conversations_has_nothing_to_tell(api, tenant, place):
    profile = await create_profile(api, place.store)
    assert await place.told(profile) == await place.told(profile, "cats") == []
    await text_in(api, tenant, Body="I have two cats")
    assert await place.told(profile, "cats") == ["I have two cats"]


async def test_what_was_said_before_there_were_versions_is_recalled(api, place, opened, profile):
    await say(api, opened, "I have two cats")

    async def forget(tx) -> None:
        await tx.run("UPDATE conversation SET communications_version = 0")
        await tx.run("UPDATE communication SET version = 0")
        await tx.run("UPDATE profile_conversation SET memory_version = 0")

    await place.runtime.db.write(forget)
    assert await place.told(profile, "cats") == ["I have two cats"]
    await say(api, opened, "And a dog")
    await place.embed()
    assert await place.told(profile, "cats") == ["I have two cats", "And a dog"]
    assert all(one.vector is not None for one in await place.kept(profile))


# Words that change


async def test_other_words_replace_those_before_them(api, place, opened, profile):
    await say(api, opened, "My parcel is late", resourceId="r1")
    await say(api, opened, "Good morning", resourceId="r2")
    await place.embed()
    assert (await place.told(profile, "parcel"))[0] == "My parcel is late"
    await say(api, opened, "I would like to book a piano lesson", resourceId="r1")
    assert "My parcel is late" not in await place.told(profile)
    assert (await place.told(profile, "piano lesson"))[0] == "I would like to book a piano lesson"
    kept = await place.kept(profile)
    assert [one.vector for one in kept] == [None, None]  # the one said next was embedded with the words before it
    assert await place.embed() == 2
    assert (await place.told(profile, "piano lesson"))[0] == "I would like to book a piano lesson"


@pytest.mark.parametrize("empty", ["", "  \n"])
@pytest.mark.parametrize("embedded", [False, True])
async def test_empty_words_are_no_memory(api, place, opened, profile, empty, embedded):
    await say(api, opened, empty, resourceId="r1")
    await say(api, opened, "My parcel is late", resourceId="r2")
    if embedded:
        await place.embed()
    assert await place.told(profile) == ["My parcel is late"]
    await say(api, opened, "I have two cats", resourceId="r1")
    await say(api, opened, empty, resourceId="r2")
    if embedded:
        await place.embed()
    assert await place.told(profile) == await place.told(profile, "cats") == ["I have two cats"]
    assert await place.told(profile, "parcel") == ["I have two cats"]


async def test_a_delivery_status_is_told_and_no_news(api, place, opened, profile):
    said = await say(api, opened, "My parcel is late", resourceId="r1")
    await place.told(profile)
    [before] = await rows(place.runtime, "SELECT communications_version AS version FROM conversation")
    body = communication("My parcel is late", resourceId="r1")
    body["recipients"][0]["deliveryStatus"] = "DELIVERED"
    ok(await api.post(f"/v2/Conversations/{opened}/Communications", json=body), 201)
    assert await rows(place.runtime, "SELECT communications_version AS version FROM conversation") == [before]
    [hit] = (await place.ask(place.recallers[0], profile)).communications
    assert hit.communication.communication_id == said["id"]
    assert hit.communication.recipients[0].delivery_status == "DELIVERED"


async def test_only_the_last_form_of_an_utterance_is_recalled(api, tenant, place):
    """Partial results of a transcription replace each other."""
    settings = {"VOICE": {"captureRules": [{"from": "*", "to": "*"}]}}
    await create_configuration(api, place.store, channelSettings=settings)
    call = Call(api, tenant, **INBOUND)
    await call.tell(call.said("I have", final=False), call.said("I have too", final=False))
    [profile] = await profile_ids(api, place.store)
    assert await place.told(profile) == ["I have too"]
    await call.tell(call.said("I have two cats"), call.said("Lovely", AGENT_TRACK))
    assert await place.told(profile, "two cats") == ["I have two cats", "Lovely"]
    assert await place.told(profile, "too", threshold=0.5) == []


async def test_a_long_text_is_found_by_its_beginning_and_told_whole(api, place, opened, profile):
    text = "two cats " + "and so on " * 40_000 + "piano"
    await say(api, opened, text)
    await say(api, opened, "Good morning")
    await place.embed()
    assert await place.told(profile, "cats") == [text, "Good morning"]
    [cats, _] = await place.kept(profile)
    assert len(cats.content) == limits.RECALL_COMMUNICATION_CHARS_MAX


# Whose memory it is


async def test_a_customer_who_is_recognised_late_gets_the_whole_conversation(api, place):
    stranger = {"type": "UNKNOWN", "addresses": [{"channel": "SMS", "address": CUSTOMER}]}
    opened = (await place.open(stranger))["id"]
    await say(api, opened, "I have two cats")
    profile = await create_profile(api, place.store)
    assert await place.told(profile) == []
    await say(api, opened, "And a dog")
    assert await place.profile_of(opened) == profile
    assert await place.told(profile, "cats") == ["I have two cats", "And a dog"]
    assert [one.by_customer for one in await place.kept(profile)] == [True, True]


async def test_a_customer_who_becomes_another_takes_the_conversation_along(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    assert await place.told(profile) == ["I have two cats"]
    other = await create_profile(api, place.store, OTHER_CUSTOMER)
    assert await place.told(other) == []
    one = await place.participant(opened)
    await place.replace(opened, one, profileId=other)
    assert await place.told(profile) == await place.told(profile, "cats") == []
    assert await place.told(other, "cats") == ["I have two cats"]
    await place.replace(opened, one, profileId=profile)
    assert await place.told(profile, "cats") == ["I have two cats"]
    assert await place.told(other) == []


async def test_one_conversation_leaves_and_another_joins_between_two_recalls(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    assert await place.told(profile) == ["I have two cats"]
    other = await create_profile(api, place.store, OTHER_CUSTOMER)
    await place.replace(opened, await place.participant(opened), profileId=other)
    second = await place.open_by_email(profile)
    people = await place.participant(second, EMAIL), await place.participant(second, DESK)
    await said_by(api, second, *people, text="I have a dog")
    assert await place.told(profile) == await place.told(profile, "cats") == ["I have a dog"]


async def test_the_conversation_stays_with_whoever_else_takes_part(api, place):
    opened = (await place.open(customer(), customer(OTHER_CUSTOMER)))["id"]
    await say(api, opened, "I have two cats")
    ours, theirs = await place.profile_of(opened), await place.profile_of(opened, OTHER_CUSTOMER)
    assert [one.by_customer for one in await place.kept(theirs)] == [False]
    await place.replace(opened, await place.participant(opened), profileId=theirs)
    assert await place.told(ours) == []
    assert await place.told(theirs) == ["I have two cats"]
    assert [one.by_customer for one in await place.kept(theirs)] == [True]


@pytest.mark.parametrize("embedded", [False, True])
async def test_a_new_name_is_known_of_everything_that_was_said(api, place, opened, profile, embedded):
    await say(api, opened, "I have two cats")
    await say(api, opened, "Lovely", by_customer=False)
    await say(api, opened, "And a dog")
    if embedded:
        await place.embed()
    assert [one.speaker for one in await place.kept(profile)] == [CUSTOMER, "+18005550199", CUSTOMER]
    await place.replace(opened, await place.participant(opened), name="Ada")
    kept = await place.kept(profile)
    assert [one.speaker for one in kept] == ["Ada", "+18005550199", "Ada"]
    assert [one.vector is not None for one in kept] == [embedded] * 3
    found = await place.ask(place.recallers[0], profile)
    assert {one.name for one in found.participants} == {"Ada", "+18005550199"}


async def test_a_merge_brings_conversations_together_and_its_undo_parts_them(api, place):
    """Open ones and closed ones, and one in which both took part."""
    await create_profile(api, place.store, CUSTOMER)
    mine = (await place.open())["id"]
    await say(api, mine, "I have two cats")
    await set_status(api, mine, "CLOSED")
    theirs = (await place.open(customer(EMAIL, "EMAIL")))["id"]
    people = await place.participant(theirs, EMAIL), await place.participant(theirs, BUSINESS)
    await said_by(api, theirs, *people, text="I have a dog")
    both = (await place.open(customer(), customer(EMAIL, "EMAIL")))["id"]
    people = await place.participant(both, EMAIL), await place.participant(both, CUSTOMER)
    await said_by(api, both, *people, text="We have a piano")
    await place.embed()
    one, other = await place.profile_of(mine), await place.profile_of(theirs, EMAIL)
    assert sorted(await place.told(one)) == ["I have two cats", "We have a piano"]
    assert sorted(await place.told(other)) == ["I have a dog", "We have a piano"]
    assert [told.by_customer for told in await place.kept(one)] == [True, False]

    body = {"idType": "email", "value": EMAIL}
    ok(await api.post(f"{place.url(one)}/Identifiers", json=body), 202)
    canonical = min(one, other)
    assert sorted(await place.told(canonical)) == ["I have a dog", "I have two cats", "We have a piano"]
    assert all(told.by_customer for told in await place.kept(canonical))
    for recaller in place.recallers:
        with pytest.raises(Moved):
            await place.ask(recaller, max(one, other))

    [merge] = ok(await api.get(f"{place.url(canonical)}/Merges"))["merges"]
    ok(await api.post(f"{place.url(canonical)}/Merges/{merge['id']}/Undo"), 202)
    assert sorted(await place.told(one)) == ["I have two cats", "We have a piano"]
    assert sorted(await place.told(other)) == ["I have a dog", "We have a piano"]
    assert [told.by_customer for told in await place.kept(one)] == [True, False]
    assert [told.by_customer for told in await place.kept(other)] == [True, True]


async def said_by(api, conversation: str, author: dict, recipient: dict, *, text: str) -> None:
    parties = [
        {"participantId": one["id"], "address": own["address"], "channel": own["channel"]}
        for one in (author, recipient)
        for own in one["addresses"][:1]
    ]
    body = {"author": parties[0], "recipients": parties[1:], "content": {"type": "TEXT", "text": text}}
    ok(await api.post(f"/v2/Conversations/{conversation}/Communications", json=body), 201)


# What leaves


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize("status", ["ACTIVE", "CLOSED"])
async def test_a_conversation_that_is_deleted_is_recalled_by_no_process(api, place, opened, profile, status, embedded):
    await say(api, opened, "I have two cats")
    await set_status(api, opened, status)
    other = await place.open_by_email(profile)
    if embedded:
        await place.embed()
    assert await place.told(profile) == ["I have two cats"]
    ok(await api.delete(f"/v2/Conversations/{opened}"), 202)
    assert await place.told(profile) == await place.told(profile, "cats") == []
    assert await place.kept(profile) == []
    assert await place.profile_of(other, EMAIL) == profile


@pytest.mark.parametrize("status", ["ACTIVE", "CLOSED"])
async def test_what_an_erased_customer_said_leaves_the_memory_of_the_others(api, place, status):
    opened = (await place.open(customer(), customer(OTHER_CUSTOMER)))["id"]
    ours, theirs = await place.participant(opened), await place.participant(opened, OTHER_CUSTOMER)
    business = await place.participant(opened, BUSINESS)
    await said_by(api, opened, ours, theirs, text="I have two cats")
    await said_by(api, opened, theirs, business, text="I have a dog")
    await set_status(api, opened, status)
    await place.embed()
    profile = theirs["profileId"]
    assert len(await place.told(profile, "cats")) == 2
    ok(await api.delete(place.url(ours["profileId"])), 202)
    assert await place.told(profile, "cats") == await place.told(profile) == ["I have a dog"]
    assert [(one.content, one.vector) for one in await place.kept(profile)] == [("I have a dog", None)]
    for recaller in place.recallers:
        with pytest.raises(NotFound):
            await place.ask(recaller, ours["profileId"])


async def test_a_profile_that_is_gone_leaves_nothing_in_the_cache(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    await place.told(profile)
    ok(await api.delete(place.url(profile)), 202)
    one = place.recallers[0]
    with pytest.raises(NotFound):
        await place.ask(one, profile)
    assert one.cache.get_spoken((StoreId(place.store), ProfileId(profile))) is None
    assert one.cache.bytes == 0


class Interrupted(HashingEmbedder):
    """Something happens between the ranking and the answer, as it may while a query is embedded."""

    def __init__(self, happening) -> None:
        super().__init__()
        self._happening = happening

    async def embed(self, texts, *, kind):
        await self._happening()
        return await super().embed(texts, kind=kind)


async def test_what_is_erased_while_it_is_recalled_is_left_out(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    other = await place.open_by_email(profile)
    people = await place.participant(other, EMAIL), await place.participant(other, DESK)
    await said_by(api, other, *people, text="I have a dog")

    async def erase() -> None:
        ok(await api.delete(f"/v2/Conversations/{opened}"), 202)

    one = Recaller(place.runtime.db, Interrupted(erase), SnapshotCache(1 << 20), end_inclusive=True)
    found = await place.ask(one, profile, query="cats")
    assert [hit.communication.content.text for hit in found.communications] == ["I have a dog"]


# What is asked


async def test_dates_limit_what_is_ranked_and_what_is_newest(api, place, opened, profile):
    for day in (1, 2, 3):
        await say(api, opened, f"cats on day {day}", occurredAt=f"2026-11-0{day}T06:00:00Z")
    second = parse_instant("2026-11-02T06:00:00Z", field="beginDate")
    for query in ("", "cats"):
        assert sorted(await place.told(profile, query, begin=second)) == ["cats on day 2", "cats on day 3"]
        assert sorted(await place.told(profile, query, end=second)) == ["cats on day 1", "cats on day 2"]
        assert await place.told(profile, query, begin=second, end=second) == ["cats on day 2"]
    assert await place.told(profile) == ["cats on day 3", "cats on day 2", "cats on day 1"]


async def test_the_threshold_applies_to_what_is_ranked_only(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    await say(api, opened, "Good morning")
    await place.embed()
    assert await place.told(profile, "I have two cats", threshold=0.5) == ["I have two cats"]
    assert await place.told(profile, threshold=1.0) == ["Good morning", "I have two cats"]


async def test_a_hit_comes_with_its_neighbours(api, place, opened, profile):
    for n in range(7):
        await say(api, opened, "the cats" if n == 3 else f"number {n}")
    other = await place.open_by_email(profile)
    people = await place.participant(other, EMAIL), await place.participant(other, DESK)
    await said_by(api, other, *people, text="elsewhere")
    for context, expected in (
        (0, []),
        (1, ["number 2", "number 4"]),
        (5, ["number 0", "number 1", "number 2", "number 4", "number 5", "number 6"]),
    ):
        fields = {"query": "cats", "communications_limit": 1, "communications_context": context}
        [hit] = (await place.ask(place.recaller(), profile, **fields)).communications
        assert hit.communication.content.text == "the cats"
        assert [one.content.text for one in hit.context] == expected
    hits = (await place.ask(place.recaller(), profile, communications_limit=3, communications_context=1)).communications
    assert [[one.content.text for one in hit.context] for hit in hits] == [[], ["number 5"], ["number 4", "number 6"]]


async def test_of_long_neighbours_the_beginning_is_told(api, place, opened, profile):
    longest = "x" * limits.RECALL_COMMUNICATION_CHARS_MAX
    for text in (longest, "the cats", longest + "y"):
        await say(api, opened, text)
    fields = {"query": "cats", "communications_limit": 1, "communications_context": 1}
    [hit] = (await place.ask(place.recaller(), profile, **fields)).communications
    assert [one.content.text for one in hit.context] == [longest, longest]


async def test_neighbours_are_the_nearest_that_are_left(api, place):
    """Places that an erased customer left empty do not count."""
    opened = (await place.open(customer(), customer(OTHER_CUSTOMER)))["id"]
    ours, theirs = await place.participant(opened), await place.participant(opened, OTHER_CUSTOMER)
    business = await place.participant(opened, BUSINESS)
    for text, author in (("one", theirs), ("two", ours), ("cats", theirs), ("four", ours), ("five", theirs)):
        await said_by(api, opened, author, business, text=text)
    ok(await api.delete(place.url(ours["profileId"])), 202)
    fields = {"query": "cats", "communications_limit": 1, "communications_context": 1}
    [hit] = (await place.ask(place.recaller(), theirs["profileId"], **fields)).communications
    assert [one.content.text for one in hit.context] == ["one", "five"]


async def test_explained_hits_have_signals_that_make_their_score(api, place, opened, profile):
    await say(api, opened, "I have two cats")
    await place.embed()
    [plain] = (await place.ask(place.recaller(), profile, query="cats")).communications
    [told] = (await place.ask(place.recaller(), profile, query="cats", explain=True)).communications
    assert plain.signals == ()
    assert told.score == plain.score
    assert told.score == pytest.approx(1 / (1 + math.exp(-sum(one.value * one.weight for one in told.signals))))


# At once


async def test_recalls_at_once_agree_and_build_on_each_other(api, place, opened, profile):
    for n in range(5):
        await say(api, opened, f"parcel number {n}")
    one = place.recaller()
    for n in range(5, 8):
        await say(api, opened, f"parcel number {n}")
        found = await asyncio.gather(*(place.ask(one, profile, query="parcel") for _ in range(12)))
        assert [len(each.communications) for each in found] == [n + 1] * 12
    assert await place.told(profile, "parcel") == await texts(place, one, profile, "parcel")


async def test_everybody_finds_what_they_said_while_others_speak_and_vectors_come(api, place, opened, profile):
    shared = place.recaller()
    threads = [opened, *[await place.open_by_email(profile, f"{name}@example.com") for name in "abc"]]

    async def speak(number: int, thread: str) -> None:
        people = ok(await api.get(f"/v2/Conversations/{thread}/Participants"))["participants"]
        for count in range(1, 9):
            await said_by(api, thread, *people, text=f"thread {number} number {count}")
            for one in (shared, place.recallers[number % 2]):
                found = [text for text in await texts(place, one, profile, "thread") if f"thread {number} " in text]
                assert len(found) == count

    async def embed() -> None:
        for _ in range(20):
            await place.embed()
            await asyncio.sleep(0.02)

    await asyncio.gather(embed(), *(speak(number, thread) for number, thread in enumerate(threads)))
    await place.embed()
    assert len(await place.told(profile, "thread")) == 32


async def texts(place: Place, recaller: Recaller, profile: str, query: str) -> list[str]:
    found = await place.ask(recaller, profile, query=query)
    return [hit.communication.content.text for hit in found.communications]


async def test_without_room_in_the_cache_it_still_works(api, place, opened, profile):
    one = place.recaller(0)
    for n in range(3):
        await say(api, opened, f"parcel number {n}")
        assert len(await texts(place, one, profile, "parcel")) == n + 1


@pytest.mark.parametrize("vectors_first", [False, True])
async def test_a_conversation_that_ended_is_asked_about_no_more(api, place, opened, profile, vectors_first):
    """Once it is closed, its vectors are there, and nobody else may be erased from it."""
    await say(api, opened, "I have two cats")
    one = place.recallers[0]

    async def open_ones() -> list[str]:
        await place.told(profile)
        spoken = one.cache.get_spoken((StoreId(place.store), ProfileId(profile)))
        assert spoken is not None
        return spoken.open_ones()

    async def close() -> None:
        await set_status(api, opened, "CLOSED")

    for step in (place.embed, close) if vectors_first else (close, place.embed):
        assert await open_ones() == [opened]
        await step()
    assert await open_ones() == []


async def test_the_job_of_extraction_changes_nothing_of_what_was_said(api, place, opened, profile):
    await say(api, opened, "My parcel never came, I want a refund please")
    await set_status(api, opened, "CLOSED")
    before = await place.told(profile, "refund")
    await run_jobs(place.runtime)
    assert await place.told(profile, "refund") == before
