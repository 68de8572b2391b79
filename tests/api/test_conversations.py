"""Conversations through the API: opened, listed, changed, closed."""

import secrets

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    assert_problem,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    pages,
    profile_ids,
    say,
    set_status,
    text_in,
    unknown,
)

from regulars.storage.conversations import list_of_channel
from regulars.storage.db import Tx

URL = "/v2/Conversations"


@pytest.fixture
async def conf(api) -> str:
    return await create_configuration(api)


async def refused(api, conf: str, status: int = 400, code: int = 400, **fields) -> str:
    body = {"configurationId": conf, "participants": [customer(), agent()], **fields}
    return assert_problem(await api.post(URL, json=body), status, code)


async def test_a_conversation_has_the_keys_of_the_contract(api, conf, tenant):
    body = await open_conversation(api, conf, name="Order 7", metadata={"order": "7"})

    assert set(body) == {
        *("id", "accountId", "configurationId", "status", "name", "metadata", "configuration", "participants"),
        *("createdAt", "updatedAt"),
    }
    assert body["accountId"] == tenant.account_sid
    assert body["configurationId"] == conf
    assert body["status"] == "ACTIVE"
    assert body["name"] == "Order 7"
    assert body["metadata"] == {"order": "7"}
    assert [one["type"] for one in body["participants"]] == ["CUSTOMER", "AI_AGENT"]


async def test_it_is_fetched_and_listed_as_it_was_created(api, conf):
    body = await open_conversation(api, conf)
    assert ok(await api.get(f"{URL}/{body['id']}")) == body
    assert ok(await api.get(URL)) == {"conversations": [body], "meta": {"key": "conversations", "pageSize": 1}}


async def test_it_keeps_its_configuration(api, conf):
    body = await open_conversation(api, conf)
    known = ok(await api.get(f"/v2/ControlPlane/Configurations/{conf}"))
    kept = {key: value for key, value in known.items() if key not in {"id", "createdAt", "updatedAt", "version"}}
    assert body["configuration"] == kept | {"workflows": []}


async def test_the_customer_is_resolved_to_a_profile(api):
    store = await create_store(api)
    profile = await create_profile(api, store)
    body = await open_conversation(api, await create_configuration(api, store))
    assert body["participants"][0]["profileId"] == profile
    assert body["participants"][1]["profileId"] is None


async def test_a_customer_whom_nobody_knows_gets_a_profile(api):
    store = await create_store(api)
    body = await open_conversation(api, await create_configuration(api, store))
    assert await lookup(api, store, CUSTOMER) == [body["participants"][0]["profileId"]]


async def test_only_customers_get_profiles(api):
    store = await create_store(api)
    conf = await create_configuration(api, store)
    await open_conversation(api, conf, participants=[customer(type="UNKNOWN"), agent()])
    assert await profile_ids(api, store) == []


async def test_a_profile_can_be_given(api):
    store = await create_store(api)
    profile = await create_profile(api, store, OTHER_CUSTOMER)
    conf = await create_configuration(api, store)
    body = await open_conversation(api, conf, participants=[customer(profileId=profile)])
    assert body["participants"][0]["profileId"] == profile
    assert await profile_ids(api, store) == [profile]


async def test_an_unknown_profile_is_refused(api, conf):
    await refused(api, conf, participants=[customer(profileId=unknown("mem_profile"))])
    assert await conversations(api) == []


async def test_participants_may_come_later(api, conf):
    assert (await open_conversation(api, conf, participants=None))["participants"] == []


async def test_two_open_conversations_of_the_same_people_are_a_conflict(api, conf):
    first = await open_conversation(api, conf)

    response = await api.post(URL, json={"configurationId": conf, "participants": [agent(), customer()]})

    assert first["id"] in assert_problem(response, 409, 400)
    assert response.headers["X-Conflicting-Resource-Id"] == first["id"]


@pytest.mark.parametrize(
    "people",
    [
        [customer(), customer()],
        [customer(), agent(CUSTOMER)],
        [agent(), customer(), agent(name="again")],
        [customer(f"whatsapp:{CUSTOMER}", "WHATSAPP"), agent(CUSTOMER, "WHATSAPP")],
    ],
    ids=["customer", "customer and agent", "agent", "with and without a prefix"],
)
async def test_an_address_takes_part_once(api, people):
    store = await create_store(api)
    conf = await create_configuration(api, store)
    await refused(api, conf, 409, 20409, participants=people)
    assert await conversations(api) == []
    assert await profile_ids(api, store) == []


async def test_the_same_address_on_another_channel_is_somebody_else(api, conf):
    body = await open_conversation(api, conf, participants=[customer(), agent(CUSTOMER, "VOICE")])
    assert len(body["participants"]) == 2


async def test_a_closed_conversation_gives_its_group_free(api, conf):
    first = await open_conversation(api, conf)
    await set_status(api, first["id"], "CLOSED")
    assert (await open_conversation(api, conf))["id"] != first["id"]


async def test_an_inactive_conversation_holds_its_group(api, conf):
    first = await open_conversation(api, conf)
    await set_status(api, first["id"], "INACTIVE")
    await refused(api, conf, 409)


async def test_two_configurations_do_not_share_groups(api, conf):
    await open_conversation(api, conf)
    await open_conversation(api, await create_configuration(api))


async def test_grouping_by_channel_keeps_channels_apart(api):
    conf = await create_configuration(api, conversationGroupingType=BY_ADDRESS_AND_CHANNEL)
    await open_conversation(api, conf)
    people = [customer(f"whatsapp:{CUSTOMER}", "WHATSAPP"), agent(f"whatsapp:{BUSINESS}", "WHATSAPP")]
    await open_conversation(api, conf, participants=people)


async def test_grouping_by_address_joins_channels(api, conf):
    await open_conversation(api, conf)
    people = [customer(f"whatsapp:{CUSTOMER}", "WHATSAPP"), agent(f"whatsapp:{BUSINESS}", "WHATSAPP")]
    await refused(api, conf, 409, participants=people)


async def test_grouping_by_profile_joins_addresses(api):
    store = await create_store(api)
    profile = await create_profile(api, store)
    conf = await create_configuration(api, store, conversationGroupingType=BY_PROFILE)
    await open_conversation(api, conf)
    await refused(api, conf, 409, participants=[customer(OTHER_CUSTOMER, profileId=profile)])


async def test_the_largest_groups_fit(api, conf):
    """50 participants with long addresses: the name of the group must still fit in an index."""
    people = [customer(secrets.token_hex(127), "CHAT", type="UNKNOWN") for _ in range(50)]
    await open_conversation(api, conf, participants=people)
    await refused(api, conf, 409, participants=people)
    await refused(api, conf, participants=[*people, customer()])


async def test_many_addresses_fit_and_one_more_does_not(api, conf):
    addresses = [{"channel": "CHAT", "address": f"user-{n}"} for n in range(51)]
    await open_conversation(api, conf, participants=[{"addresses": addresses[:50]}])
    await refused(api, conf, participants=[{"addresses": addresses}])


@pytest.mark.parametrize(
    "fields",
    [
        {"configurationId": None},
        {"configurationId": 1},
        {"name": 1},
        {"name": "x" * 257},
        {"metadata": []},
        {"metadata": {"k": 1}},
        {"metadata": {"k": "x" * 513}},
        {"metadata": {"k" * 129: "v"}},
        {"metadata": {"with space": "v"}},
        {"metadata": {"k\n": "v"}},
        {"metadata": {"": "v"}},
        {"metadata": {f"k{n}": "v" for n in range(9)}},
        {"participants": {}},
        {"participants": [customer(type="ROBOT")]},
        {"participants": [customer(name="x" * 257)]},
        {"participants": [customer("")]},
        {"participants": [customer("x" * 255)]},
        {"participants": [customer(channel="PIGEON")]},
        {"participants": [customer(profileId="ada")]},
        {"participants": [{"addresses": [{"channel": "SMS"}]}]},
        {"participants": [{"addresses": [{"address": CUSTOMER}]}]},
        {"participants": [{"addresses": [{"channel": "SMS", "address": CUSTOMER, "channelId": "x" * 257}]}]},
    ],
    ids=lambda fields: repr(fields)[:80],
)
async def test_a_wrong_body_is_refused(api, conf, fields):
    await refused(api, conf, **fields)
    assert await conversations(api) == []


async def test_the_largest_of_everything_fits(api, conf):
    body = await open_conversation(
        api,
        conf,
        name="x" * 256,
        metadata={f"{n}" + "k" * 127: "v" * 512 for n in range(8)},
        participants=[customer("x" * 254, "CHAT", name="x" * 256)],
    )
    assert len(body["metadata"]) == 8


async def test_an_unknown_configuration_is_not_found(api):
    await refused(api, unknown("conv_configuration"), 404, 20404)


async def test_an_unknown_conversation_is_not_found_and_a_malformed_id_refused(api):
    for method in ("GET", "PUT", "PATCH"):
        body = None if method == "GET" else {"status": "CLOSED"}
        url = f"{URL}/{unknown('conv_conversation')}"
        assert_problem(await api.request(method, url, json=body), 404, 20404)
        assert_problem(await api.request(method, f"{URL}/seven", json=body), 400, 400)


# Changes


async def test_put_replaces_and_clears_what_is_absent(api, conf):
    before = await open_conversation(api, conf, name="Order 7", metadata={"order": "7"})
    body = ok(await api.put(f"{URL}/{before['id']}", json={"status": "ACTIVE"}))
    assert body["name"] is None
    assert body["metadata"] == {}
    assert set(body) == set(before)


async def test_put_needs_a_status(api, conf):
    before = await open_conversation(api, conf)
    assert_problem(await api.put(f"{URL}/{before['id']}", json={"name": "x"}), 400, 400)
    assert_problem(await api.put(f"{URL}/{before['id']}", json={"status": None}), 400, 400)


async def test_patch_keeps_what_is_absent(api, conf):
    before = await open_conversation(api, conf, name="Order 7", metadata={"order": "7", "shop": "A"})
    body = ok(await api.patch(f"{URL}/{before['id']}", json={"metadata": {"shop": "B"}, "status": None}))
    assert body["name"] == "Order 7"
    assert body["status"] == "ACTIVE"
    assert body["metadata"] == {"order": "7", "shop": "B"}


async def test_patch_removes_with_null(api, conf):
    before = await open_conversation(api, conf, name="Order 7", metadata={"order": "7", "shop": "A"})
    body = ok(await api.patch(f"{URL}/{before['id']}", json={"name": None, "metadata": {"order": None, "x": None}}))
    assert body["name"] is None
    assert body["metadata"] == {"shop": "A"}


async def test_patch_counts_the_merged_metadata(api, conf):
    before = await open_conversation(api, conf, metadata={f"k{n}": "v" for n in range(8)})
    url = f"{URL}/{before['id']}"
    assert_problem(await api.patch(url, json={"metadata": {"one": "more"}}), 400, 400)
    ok(await api.patch(url, json={"metadata": {"one": "more", "k0": None}}))


async def test_an_empty_patch_changes_nothing(api, conf):
    before = await open_conversation(api, conf)
    assert ok(await api.patch(f"{URL}/{before['id']}", json={})) == before


@pytest.mark.parametrize(
    "body",
    [
        {"status": "ASLEEP"},
        {"status": 1},
        {"name": "x" * 257},
        {"metadata": {"k": 1}},
        {"metadata": {"k": "x" * 513}},
        {"metadata": {"with space": None}},
    ],
    ids=lambda body: repr(body)[:60],
)
async def test_a_wrong_change_is_refused(api, conf, body):
    before = await open_conversation(api, conf)
    url = f"{URL}/{before['id']}"
    assert_problem(await api.patch(url, json=body), 400, 400)
    assert_problem(await api.put(url, json={"status": "ACTIVE", **body}), 400, 400)
    assert ok(await api.get(url)) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_closing_is_final(api, conf, method):
    url = f"{URL}/{(await open_conversation(api, conf))['id']}"
    closed = ok(await api.request(method, url, json={"status": "CLOSED"}))
    assert closed["status"] == "CLOSED"
    assert_problem(await api.request(method, url, json={"status": "ACTIVE"}), 400, 400)
    assert_problem(await api.patch(url, json={"name": "too late"}), 400, 400)
    assert ok(await api.get(url)) == closed


async def test_closing_twice_is_closing_once(api, conf):
    url = f"{URL}/{(await open_conversation(api, conf))['id']}"
    closed = ok(await api.put(url, json={"status": "CLOSED"}))
    assert ok(await api.put(url, json={"status": "CLOSED"})) == closed


# Lists


async def test_they_are_filtered_by_one_status_or_several(api, conf):
    first = await open_conversation(api, conf)
    await set_status(api, first["id"], "CLOSED")
    second = await open_conversation(api, conf)
    await set_status(api, second["id"], "INACTIVE")
    third = await open_conversation(api, conf, participants=None)
    assert [one["id"] for one in await conversations(api, status="CLOSED")] == [first["id"]]
    assert [one["id"] for one in await conversations(api, status=["ACTIVE", "INACTIVE"])] == [
        third["id"],
        second["id"],
    ]
    assert_problem(await api.get(URL, params={"status": "ASLEEP"}), 400, 400)


async def test_capitals_at_the_start_of_query_names_do_no_harm(api, conf):
    first = await open_conversation(api, conf)
    await set_status(api, first["id"], "CLOSED")
    await open_conversation(api, conf)
    body = ok(await api.get(URL, params=[("Status", "CLOSED"), ("Status", "INACTIVE"), ("PageSize", "5")]))
    assert [one["id"] for one in body["conversations"]] == [first["id"]]


async def test_a_message_finds_its_conversation(api, conf, tenant):
    await open_conversation(api, conf)
    await text_in(api, tenant, From=OTHER_CUSTOMER, MessageSid="SM" + "7" * 32)
    [found] = await conversations(api, channelId="SM" + "7" * 32, status="ACTIVE")
    assert found["participants"][0]["addresses"] == [{"channel": "SMS", "address": OTHER_CUSTOMER}]
    assert await conversations(api, channelId="SM" + "8" * 32) == []
    assert await conversations(api, channelId="SM" + "7" * 32, status="CLOSED") == []


async def test_a_call_finds_its_conversation(api, conf):
    """Agent Connect polls by the channelId of a participant's address."""
    people = [{"addresses": [{"channel": "VOICE", "address": CUSTOMER, "channelId": "CA" + "1" * 32}]}]
    opened = await open_conversation(api, conf, participants=people)
    assert [one["id"] for one in await conversations(api, channelId="CA" + "1" * 32)] == [opened["id"]]


async def test_a_channel_that_two_messages_name_is_listed_once(api, conf):
    opened = await open_conversation(api, conf)
    await say(api, opened["id"], "one", channelId="CA1")
    await say(api, opened["id"], "two", channelId="CA1")
    assert len(await conversations(api, channelId="CA1")) == 1


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_of_a_thread_walk_both_ways(api, conf, order):
    """Over two stores, past a conversation that is open and one that is of another thread."""
    configurations = [conf, await create_configuration(api)]
    wanted = [await open_in_thread(api, configurations[n % 2], "CLOSED") for n in range(7)]
    await open_in_thread(api, conf, "INACTIVE")
    await open_conversation(api, conf)
    params = {"channelId": "thread", "status": "CLOSED", "orderBy": order, "pageSize": 3}
    forwards = [body async for body in pages(api, URL, **params)]
    assert [body["meta"]["pageSize"] for body in forwards] == [3, 3, 1]
    found = [one["id"] for body in forwards for one in body["conversations"]]
    assert found == sorted(wanted, reverse=order == "DESC")
    last = forwards[-1]["meta"]["previousToken"]
    backwards = [body async for body in pages(api, URL, "previous", pageToken=last, **params)]
    assert [[one["id"] for one in body["conversations"]] for body in backwards] == [found[3:6], found[:3]]


async def open_in_thread(api, conf: str, status: str) -> str:
    people = [{"addresses": [{"channel": "CHAT", "address": "ada", "channelId": "thread"}]}]
    opened = await open_conversation(api, conf, participants=people)
    return (await set_status(api, opened["id"], status))["id"]


async def test_of_a_long_thread_the_few_that_are_open_are_found(api, conf, runtime):
    """What the lookup names is read on, page by page, until enough have the status."""
    first = await open_conversation(api, conf, participants=None)
    async with runtime.db.read() as tx:
        store = await tx.value("SELECT store_id FROM conversation")
    await runtime.db.write(lambda tx: fill_thread(tx, store, first["id"]))
    found = ok(await api.get(URL, params={"channelId": "thread", "status": "ACTIVE", "pageSize": 2}))
    assert [one["id"] for one in found["conversations"]] == [first["id"]]
    assert "nextToken" not in found["meta"]
    everything = [one async for one in pages(api, URL, channelId="thread", pageSize=1000)]
    assert [one["meta"]["pageSize"] for one in everything] == [1000, 1000, 501]


class Counting:
    """A connection that counts its statements."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.statements = 0

    async def execute(self, *statement):
        self.statements += 1
        return await self.connection.execute(*statement)


@pytest.mark.parametrize(("statuses", "found", "statements"), [(None, 50, 2), (["CLOSED"], 50, 2), (["ACTIVE"], 1, 6)])
async def test_a_page_of_a_long_thread_takes_few_statements(api, conf, runtime, statuses, found, statements):
    first = await open_conversation(api, conf, participants=None)
    async with runtime.db.read() as tx:
        store = await tx.value("SELECT store_id FROM conversation")
    await runtime.db.write(lambda tx: fill_thread(tx, store, first["id"]))
    async with runtime.db.read() as tx:
        counting = Counting(tx.connection)
        page = await list_of_channel(Tx(counting), [store], "thread", "DESC", "\x7f", 50, statuses=statuses)
    assert (len(page), counting.statements) == (found, statements)


async def fill_thread(tx, store: str, oldest: str) -> None:
    """2,500 closed conversations of one thread, all of them newer than `oldest`, which is of it, too."""
    scope = {"store": store, "oldest": oldest}
    await tx.run(
        "INSERT INTO conversation (store_id, conversation_id, configuration, group_keys, status, metadata,"
        " last_position, last_communication_at, created_at, updated_at)"
        " SELECT store_id, 'conv_conversation_7' || lpad(n::text, 25, '0'), configuration, '{}', 'CLOSED', metadata,"
        " 0, created_at, created_at, created_at FROM conversation, generate_series(1, 2500) AS n"
        " WHERE store_id = %(store)s AND conversation_id = %(oldest)s",
        **scope,
    )
    await tx.run(
        "INSERT INTO conversation_channel (store_id, channel_id, conversation_id)"
        " SELECT store_id, 'thread', conversation_id FROM conversation WHERE store_id = %(store)s",
        store=store,
    )


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, conf, order):
    await assert_walks(api, URL, "conversations", lambda: open_conversation(api, conf, participants=None), order)


async def test_pages_walk_over_several_stores(api, conf):
    configurations = [conf, await create_configuration(api), await create_configuration(api)]
    turn = iter(configurations * 3)
    await assert_walks(api, URL, "conversations", lambda: open_conversation(api, next(turn), participants=None), "DESC")


async def test_inserts_do_not_disturb_pages(api, conf):
    add = lambda: open_conversation(api, conf, participants=None)  # noqa: E731
    await assert_inserts_do_not_disturb(api, URL, "conversations", add)


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, URL)


async def test_an_account_without_stores_has_no_conversations(api):
    assert ok(await api.get(URL)) == {"conversations": [], "meta": {"key": "conversations", "pageSize": 0}}
