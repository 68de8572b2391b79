"""Participants: fetched one by one, replaced, recognised, and how a conversation is found when they change."""

import pytest
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    assert_problem,
    communication,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    profile_ids,
    set_status,
    text_in,
    unknown,
)

SUPERVISOR = "+12025550177"


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@pytest.fixture
async def conf(api, store) -> str:
    return await create_configuration(api, store)


def unknown_person(address: str, **fields) -> dict:
    return customer(address, type="UNKNOWN", **fields)


async def people(api, opened) -> list[dict]:
    return ok(await api.get(f"/v2/Conversations/{opened['id']}/Participants", params={"orderBy": "ASC"}))[
        "participants"
    ]


async def test_one_is_fetched_as_it_is_listed(api, conf):
    opened = await open_conversation(api, conf)
    for one in await people(api, opened):
        assert ok(await api.get(f"/v2/Conversations/{opened['id']}/Participants/{one['id']}")) == one


async def test_those_who_are_not_there_are_not_found(api, conf):
    opened = await open_conversation(api, conf)
    other = await open_conversation(api, conf, participants=[customer(OTHER_CUSTOMER)])
    foreign = other["participants"][0]["id"]
    path = f"/v2/Conversations/{opened['id']}/Participants"
    for id_, status, code in ((unknown("conv_participant"), 404, 20404), (foreign, 404, 20404), ("seven", 400, 400)):
        assert_problem(await api.get(f"{path}/{id_}"), status, code)
        assert_problem(await api.put(f"{path}/{id_}", json=agent()), status, code)
    assert_problem(
        await api.put(f"/v2/Conversations/{unknown('conv_conversation')}/Participants/{foreign}", json=agent()), 404
    )


async def test_put_replaces_everything_and_clears_what_is_absent(api, conf):
    opened = await open_conversation(api, conf, participants=[customer(name="Ada"), agent()])
    one = (await people(api, opened))[0]
    path = f"/v2/Conversations/{opened['id']}/Participants/{one['id']}"
    body = ok(await api.put(path, json={"type": "HUMAN_AGENT", "addresses": [{"channel": "CHAT", "address": "desk"}]}))
    assert body == one | {
        "name": "desk",
        "type": "HUMAN_AGENT",
        "profileId": None,
        "addresses": [{"channel": "CHAT", "address": "desk"}],
        "updatedAt": body["updatedAt"],
    }
    assert ok(await api.get(path)) == body


async def test_the_agent_of_a_captured_conversation_becomes_an_ai(api, conf, tenant):
    """What Agent Connect does first."""
    await text_in(api, tenant)
    (opened,) = await conversations(api)
    before = next(one for one in await people(api, opened) if one["type"] == "AGENT")
    path = f"/v2/Conversations/{opened['id']}/Participants/{before['id']}"
    body = {"type": "AI_AGENT", "name": before["name"], "addresses": before["addresses"]}
    assert ok(await api.put(path, json=body))["type"] == "AI_AGENT"
    await text_in(api, tenant, Body="and now?")
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    assert [one["type"] for one in await people(api, opened)].count("AI_AGENT") == 1


async def test_an_address_of_another_participant_is_refused(api, conf):
    opened = await open_conversation(api, conf)
    one = (await people(api, opened))[1]
    path = f"/v2/Conversations/{opened['id']}/Participants/{one['id']}"
    assert_problem(await api.put(path, json=customer()), 409, 20409)


async def test_nobody_changes_after_closing(api, conf):
    opened = await open_conversation(api, conf)
    await set_status(api, opened["id"], "CLOSED")
    path = f"/v2/Conversations/{opened['id']}/Participants/{opened['participants'][0]['id']}"
    assert_problem(await api.put(path, json=customer(name="late")), 400, 400)


@pytest.mark.parametrize("body", [[], {"type": "ROBOT"}, customer("x" * 255), customer(profileId="ada")])
async def test_a_wrong_body_is_refused(api, conf, body):
    opened = await open_conversation(api, conf)
    before = (await people(api, opened))[0]
    path = f"/v2/Conversations/{opened['id']}/Participants/{before['id']}"
    assert_problem(await api.put(path, json=body), 400, 400)
    assert ok(await api.get(path)) == before


# Who is who


async def test_an_unknown_who_is_a_known_customer_is_one(api, store, conf):
    profile = await create_profile(api, store)
    opened = await open_conversation(api, conf, participants=[unknown_person(CUSTOMER), agent()])
    assert [(one["type"], one["profileId"]) for one in await people(api, opened)] == [
        *(("CUSTOMER", profile), ("AI_AGENT", None))
    ]


async def test_an_unknown_whom_nobody_knows_stays_one_and_nobody_is_made(api, store, conf):
    opened = await open_conversation(api, conf, participants=[unknown_person(CUSTOMER)])
    assert [(one["type"], one["profileId"]) for one in await people(api, opened)] == [("UNKNOWN", None)]
    assert await profile_ids(api, store) == []


@pytest.mark.parametrize(
    ("known", "types"),
    [
        ([], {CUSTOMER: "UNKNOWN", BUSINESS: "UNKNOWN"}),
        ([CUSTOMER], {CUSTOMER: "CUSTOMER", BUSINESS: "UNKNOWN"}),
        ([BUSINESS], {CUSTOMER: "UNKNOWN", BUSINESS: "CUSTOMER"}),
        ([CUSTOMER, BUSINESS], {CUSTOMER: "UNKNOWN", BUSINESS: "UNKNOWN"}),
    ],
    ids=["nobody", "author", "recipient", "both"],
)
async def test_of_two_strangers_the_one_that_is_known_is_the_customer(api, store, conf, known, types):
    for phone in known:
        await create_profile(api, store, phone)
    opened = await open_conversation(api, conf, participants=None)
    ok(await api.post(f"/v2/Conversations/{opened['id']}/Communications", json=communication()), 201)
    found = await people(api, opened)
    assert {one["name"]: one["type"] for one in found} == types
    assert all((one["profileId"] is not None) == (one["type"] == "CUSTOMER") for one in found)
    assert len(await profile_ids(api, store)) == len(known)


async def test_an_unknown_is_recognised_once_a_profile_has_the_address(api, store, conf):
    opened = await open_conversation(api, conf, participants=[unknown_person(CUSTOMER), agent()])
    profile = await create_profile(api, store)
    body = ok(await api.post(f"/v2/Conversations/{opened['id']}/Communications", json=communication()), 201)
    one = next(one for one in await people(api, opened) if one["id"] == body["author"]["participantId"])
    assert (one["type"], one["profileId"]) == ("CUSTOMER", profile)


# How it is found


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])
async def test_who_joins_does_not_lead_messages_elsewhere(api, store, tenant, grouping):
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant)
    (opened,) = await conversations(api)
    path = f"/v2/Conversations/{opened['id']}/Participants"
    ok(await api.post(path, json=agent(SUPERVISOR, type="HUMAN_AGENT")), 201)
    ok(await api.post(path, json=customer("ada@example.com", "EMAIL")), 201)
    await text_in(api, tenant, Body="still me")
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]


async def test_a_conversation_that_people_join_later_takes_their_messages(api, conf, tenant):
    opened = await open_conversation(api, conf, participants=None)
    for person in (customer(), agent()):
        ok(await api.post(f"/v2/Conversations/{opened['id']}/Participants", json=person), 201)
    await text_in(api, tenant)
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_nobody_joins_who_would_make_it_the_twin_of_another(api, store, conf, method):
    """Same addresses, or the same customer: 409 with the conversation that is there (contract §5)."""
    first = await open_conversation(api, conf)
    second = await open_conversation(api, conf, participants=[customer(), agent("+18005550100")])
    path = f"/v2/Conversations/{second['id']}/Participants"
    if method == "PUT":
        other = next(one for one in await people(api, second) if one["type"] == "AI_AGENT")
        answer = await api.put(f"{path}/{other['id']}", json=agent())
    else:
        alone = await open_conversation(api, conf, participants=[customer()])
        answer = await api.post(f"/v2/Conversations/{alone['id']}/Participants", json=agent())
    assert_problem(answer, 409, 400)
    assert answer.headers["X-Conflicting-Resource-Id"] == first["id"]
    assert len(await people(api, second)) == 2


async def test_a_customer_who_is_promoted_into_a_conversation_that_they_have_is_refused(api, store):
    conf = await create_configuration(api, store, conversationGroupingType=BY_PROFILE)
    first = await open_conversation(api, conf)
    second = await open_conversation(api, conf, participants=[agent("+18005550100"), agent("web", "CHAT")])
    path = f"/v2/Conversations/{second['id']}/Participants"
    answer = await api.post(path, json=customer())
    assert_problem(answer, 409, 400)
    assert answer.headers["X-Conflicting-Resource-Id"] == first["id"]
    chat = next(one for one in await people(api, second) if one["name"] == "web")
    answer = await api.put(f"{path}/{chat['id']}", json=customer())
    assert answer.headers["X-Conflicting-Resource-Id"] == first["id"]
    assert [one["type"] for one in await people(api, second)] == ["AI_AGENT", "AI_AGENT"]


async def test_an_address_that_was_given_up_leads_elsewhere(api, conf, tenant):
    opened = await open_conversation(api, conf)
    one = next(one for one in await people(api, opened) if one["type"] == "CUSTOMER")
    path = f"/v2/Conversations/{opened['id']}/Participants/{one['id']}"
    ok(await api.put(path, json=customer(OTHER_CUSTOMER)))
    await text_in(api, tenant, From=OTHER_CUSTOMER)
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    await text_in(api, tenant, From=CUSTOMER)
    assert len(await conversations(api)) == 2


async def test_every_name_is_free_again_after_closing(api, store, conf, tenant):
    opened = await open_conversation(api, conf)
    ok(
        await api.post(f"/v2/Conversations/{opened['id']}/Participants", json=agent(SUPERVISOR, type="HUMAN_AGENT")),
        201,
    )
    await set_status(api, opened["id"], "CLOSED")
    again = await open_conversation(api, conf)
    third = await open_conversation(
        api, conf, participants=[customer(), agent(), agent(SUPERVISOR, type="HUMAN_AGENT")]
    )
    assert len({opened["id"], again["id"], third["id"]}) == 3
    assert len(await lookup(api, store, CUSTOMER)) == 1
