"""Conversations that bring a configuration along, and conversations that are deleted."""

from uuid import uuid4

import pytest
from tests.helpers import (
    BY_PROFILE,
    CUSTOMER,
    agent,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    message,
    ok,
    open_conversation,
    profile_ids,
    run_jobs,
    say,
    set_status,
    text_in,
    unknown,
)

LISTENER = {"url": "https://hooks.example.com/", "method": "POST"}


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@pytest.fixture
async def conf(api, store) -> str:
    return await create_configuration(api, store)


async def open_inline(api, **fields):
    return await api.post("/v2/Conversations", json={"participants": [customer(), agent()], **fields})


async def test_without_a_configuration_of_the_account(api, store):
    given = {
        "conversationGroupingType": BY_PROFILE,
        "memoryStoreId": store,
        "channelSettings": {"SMS": {"statusTimeouts": {"inactive": 5, "closed": 7}}},
        "memoryExtractionEnabled": True,
        "statusCallbacks": [LISTENER],
        "intelligenceConfigurationIds": ["intelligence_configuration_1"],
        "workflows": [{"flowId": "FW" + "0" * 32}],
    }
    body = ok(await open_inline(api, configuration=given), 201)
    assert body["configurationId"] is None
    assert {key: body["configuration"][key] for key in given if key != "channelSettings"} == {
        key: value for key, value in given.items() if key != "channelSettings"
    }
    assert body["configuration"]["channelSettings"]["SMS"]["statusTimeouts"] == {"inactive": 5, "closed": 7}
    assert ok(await api.get(f"/v2/Conversations/{body['id']}")) == body


async def test_the_only_store_is_meant_and_nothing_is_extracted(api, store):
    body = ok(await open_inline(api, configuration={}), 201)
    assert body["configuration"]["memoryStoreId"] == store
    assert body["configuration"]["memoryExtractionEnabled"] is False


async def test_with_two_stores_one_must_be_named(api, store):
    await create_store(api)
    assert_problem(await open_inline(api, configuration={}), 400, 400)
    ok(await open_inline(api, configuration={"memoryStoreId": store}), 201)


async def test_over_a_configuration_of_the_account(api, conf):
    known = ok(await api.get(f"/v2/ControlPlane/Configurations/{conf}"))
    given = {"statusCallbacks": [LISTENER], "channelSettings": {"SMS": {"statusTimeouts": {"closed": 3}}}}
    body = ok(await open_inline(api, configurationId=conf, configuration=given), 201)
    assert body["configurationId"] == conf
    assert body["configuration"]["statusCallbacks"] == [LISTENER]
    sms = body["configuration"]["channelSettings"]["SMS"]
    assert sms == {
        "statusTimeouts": {"inactive": None, "closed": 3},
        "captureRules": known["channelSettings"]["SMS"]["captureRules"],
    }
    assert body["configuration"]["channelSettings"]["WHATSAPP"] == known["channelSettings"]["WHATSAPP"]
    assert ok(await api.get(f"/v2/ControlPlane/Configurations/{conf}")) == known


@pytest.mark.parametrize("settings", [{}, {"SMS": {}}, {"WHATSAPP": {"statusTimeouts": {"closed": 3}}}], ids=repr)
async def test_a_channel_of_which_nothing_is_said_is_as_the_configuration_says(api, conf, settings):
    known = ok(await api.get(f"/v2/ControlPlane/Configurations/{conf}"))["channelSettings"]
    body = ok(await open_inline(api, configurationId=conf, configuration={"channelSettings": settings}), 201)
    assert body["configuration"]["channelSettings"]["SMS"] == known["SMS"]
    assert known["SMS"]["statusTimeouts"] == {"inactive": 10, "closed": 60}


@pytest.mark.parametrize("sms", [None, {"statusTimeouts": None}, {"statusTimeouts": {}}], ids=repr)
async def test_null_clears_the_timeouts_of_a_channel(api, conf, sms):
    known = ok(await api.get(f"/v2/ControlPlane/Configurations/{conf}"))["channelSettings"]
    body = ok(await open_inline(api, configurationId=conf, configuration={"channelSettings": {"SMS": sms}}), 201)
    channels = body["configuration"]["channelSettings"]
    assert channels["SMS"] == known["SMS"] | {"statusTimeouts": None}
    assert channels["WHATSAPP"] == known["WHATSAPP"]


async def test_those_without_a_configuration_are_grouped_among_themselves(api, store, conf):
    await open_conversation(api, conf)
    first = ok(await open_inline(api, configuration={}), 201)
    answer = await open_inline(api, configuration={})
    assert_problem(answer, 409, 400)
    assert answer.headers["X-Conflicting-Resource-Id"] == first["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"configuration": None},
        {"configuration": []},
        {"configuration": {"conversationGroupingType": "BY_MOON"}},
        {"configuration": {"memoryStoreId": "seven"}},
        {"configuration": {"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 5}}}}},
        {"configuration": {"workflows": [{"flowId": "FW1"}]}},
        {"configuration": {"workflows": [{"flowId": "FW" + "0" * 32}] * 6}},
        {"configuration": {"statusCallbacks": [{"url": "http://169.254.169.254/latest"}]}},
        {"configuration": {"intelligenceConfigurationIds": ["x"] * 6}},
        {"configuration": {"traitExtractionStrategyIds": ["x"] * 2}},
    ],
    ids=repr,
)
async def test_a_wrong_body_is_refused(api, store, body):
    assert_problem(await open_inline(api, **body), 400)
    assert await conversations(api) == []


async def test_a_foreign_store_is_not_found(api, store):
    given = {"memoryStoreId": unknown("mem_store")}
    assert_problem(await open_inline(api, configuration=given), 404, 520041)


# Deleted


async def test_a_deleted_conversation_is_gone(api, conf):
    opened = await open_conversation(api, conf)
    await say(api, opened["id"], "forget this", resourceId="R1")
    path = f"/v2/Conversations/{opened['id']}"
    answer = await api.delete(path)
    body = ok(answer, 202)
    assert body == {"statusUrl": answer.headers["Location"], "related": {"conversationId": opened["id"]}}
    operation = ok(await api.get("/v2/ControlPlane/Operations/" + answer.headers["Operation-Id"]))
    assert (operation["status"], operation["related"]) == ("COMPLETED", {"conversationId": opened["id"]})
    for url in (path, path + "/Participants", path + "/Communications"):
        assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.delete(path), 404, 20404)
    assert await conversations(api) == []
    assert await conversations(api, channelId="R1") == []


async def test_its_group_is_free_again(api, conf):
    first = await open_conversation(api, conf)
    ok(await api.delete(f"/v2/Conversations/{first['id']}"), 202)
    assert (await open_conversation(api, conf))["id"] != first["id"]


async def test_messages_that_come_again_do_not_bring_it_back(api, conf, tenant):
    form = message(tenant.account_sid)
    await text_in(api, tenant, **form)
    (opened,) = await conversations(api)
    ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    await text_in(api, tenant, **form)
    assert await conversations(api) == []
    await text_in(api, tenant, Body="something new")
    assert len(await conversations(api)) == 1


async def test_what_was_learned_stays_and_what_was_not_is_never_learned(api, runtime, store, conf):
    opened = await open_conversation(api, conf)
    await say(api, opened["id"], "I am vegetarian.")
    await set_status(api, opened["id"], "INACTIVE")
    await run_jobs(runtime)
    await say(api, opened["id"], "I have two dogs.")
    await set_status(api, opened["id"], "CLOSED")
    ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    await run_jobs(runtime)
    (profile,) = await profile_ids(api, store)
    kept = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Observations"))["observations"]
    told = " ".join(one["content"] for one in kept)
    assert "vegetarian" in told
    assert "dogs" not in told


async def test_the_same_key_deletes_once(api, conf):
    opened = await open_conversation(api, conf)
    key = {"Idempotency-Key": str(uuid4())}
    first = await api.delete(f"/v2/Conversations/{opened['id']}", headers=key)
    again = await api.delete(f"/v2/Conversations/{opened['id']}", headers=key)
    assert ok(first, 202) == ok(again, 202)
    other = await open_conversation(api, conf)
    assert_problem(await api.delete(f"/v2/Conversations/{other['id']}", headers=key), 409, 20409)
    assert len(await communications(api, other["id"])) == 0


async def test_an_erased_customer_is_not_brought_back_by_what_waits(api, runtime, store, conf, tenant):
    profile = await create_profile(api, store)
    await text_in(api, tenant, From=CUSTOMER)
    (opened,) = await conversations(api)
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{profile}"), 202)
    assert_problem(await api.delete(f"/v2/Conversations/{opened['id']}"), 404, 20404)
