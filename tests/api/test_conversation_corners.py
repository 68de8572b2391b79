"""What is rare in conversations: customers who turn out to be somebody else, strangers who are forgotten, stores that
are going, and what an older release left."""

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.conftest import _create, _drop
from tests.helpers import (
    BUSINESS,
    BY_ADDRESS,
    BY_ADDRESS_AND_CHANNEL,
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    agent,
    assert_names_agree,
    assert_problem,
    communication,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    ok,
    open_conversation,
    profile_ids,
    rows,
    run_jobs,
    say,
    set_status,
    text_in,
)

from regulars.core import limits
from regulars.runtime import clock, mint
from regulars.services.lifecycle import tick
from regulars.storage.migrate import migrate

EMAIL = "ada@example.com"
SHOP = "help@shop.example"
CANARY = "zebrafinch"
CALLBACKS = [{"url": "https://example.com/hook"}]
STEPS = ("IN_PROGRESS", "DELIVERED", "FAILED")
BREAK = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of order'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON profile FOR EACH ROW EXECUTE FUNCTION refuse();
"""
MEND = "DROP TRIGGER IF EXISTS refuse ON profile; DROP FUNCTION IF EXISTS refuse();"

GROUPINGS = pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@pytest.fixture
async def conf(api, store) -> str:
    return await create_configuration(api, store)


@pytest.fixture
async def broken(runtime):
    """No profile can be made until `MEND`."""
    await execute(runtime, BREAK)
    yield
    await execute(runtime, MEND)


async def execute(runtime, statements: str) -> None:
    await runtime.db.write(lambda tx: tx.connection.execute(statements))


async def retry_jobs_now(runtime) -> None:
    await execute(runtime, "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    await run_jobs(runtime)


async def put(api, opened: dict, person: dict, place: int = 0) -> dict:
    url = f"/v2/Conversations/{opened['id']}/Participants/{opened['participants'][place]['id']}"
    return ok(await api.put(url, json=person))


async def join(api, opened: dict, person: dict) -> dict:
    return ok(await api.post(f"/v2/Conversations/{opened['id']}/Participants", json=person), 201)


async def erase(api, store: str, profile: str) -> None:
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{profile}"), 202)


async def tables_with(runtime, needle: str) -> list[str]:
    """Of the whole database, the job queue's too."""
    names = await rows(
        runtime, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    statements = {row["relname"]: f"SELECT FROM {row['relname']} AS t WHERE t::text LIKE %(like)s" for row in names}
    return [name for name, statement in statements.items() if await rows(runtime, statement, like=f"%{needle}%")]


def after(minutes: float):
    """A clock that stands so many minutes, and a second, in the future."""
    then = clock() + timedelta(minutes=minutes, seconds=1)
    return lambda: then


# Two customers


@GROUPINGS
@pytest.mark.parametrize("merged", [CUSTOMER, OTHER_CUSTOMER])
@pytest.mark.parametrize("older", [True, False], ids=["into-older", "with-younger"])
async def test_of_two_customers_one_is_merged_and_both_still_find_the_conversation(
    api, runtime, store, tenant, grouping, merged, older
):
    if older:
        await create_profile(api, store, "+12025550199", email=EMAIL)
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant)
    [opened] = await conversations(api)
    await join(api, opened, customer(OTHER_CUSTOMER))
    if not older:
        await create_profile(api, store, "+12025550199", email=EMAIL)
    [profile] = await lookup(api, store, merged)
    url = f"/v1/Stores/{store}/Profiles/{profile}/Identifiers"
    ok(await api.post(url, json={"idType": "email", "value": EMAIL}), 202)
    assert (await lookup(api, store, merged) == [profile]) != older
    await assert_names_agree(runtime)
    for phone in (CUSTOMER, OTHER_CUSTOMER):
        await text_in(api, tenant, From=phone)
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    assert len(await communications(api, opened["id"])) == 3


async def test_who_turns_out_to_be_somebody_else_leaves_the_first_one_elsewhere(api, runtime, store, tenant):
    conf = await create_configuration(api, store, conversationGroupingType=BY_PROFILE)
    ada, bo = await create_profile(api, store), await create_profile(api, store, OTHER_CUSTOMER)
    visitor = customer("web-7", "CHAT")
    opened = await open_conversation(api, conf, participants=[visitor | {"profileId": ada}, agent()])
    await put(api, opened, visitor | {"profileId": bo})
    await assert_names_agree(runtime)
    await text_in(api, tenant, Body="for nobody else")
    assert await communications(api, opened["id"]) == []
    await text_in(api, tenant, From=OTHER_CUSTOMER)
    assert len(await communications(api, opened["id"])) == 1
    assert len(await conversations(api)) == 2


async def test_a_customer_who_was_replaced_is_no_more_led_to_the_conversation(api, runtime, store, conf):
    ada, bo = await create_profile(api, store), await create_profile(api, store, OTHER_CUSTOMER)
    opened = await open_conversation(api, conf, participants=[customer(profileId=ada)])
    await put(api, opened, customer(profileId=bo))
    assert [row["profile_id"] for row in await rows(runtime, "SELECT profile_id FROM profile_conversation")] == [bo]
    ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    assert await rows(runtime, "SELECT profile_id FROM profile_conversation") == []


async def test_a_customer_who_takes_part_twice_is_still_led_to_it_when_replaced_once(api, runtime, store, conf):
    ada = await create_profile(api, store, email=EMAIL)
    opened = await open_conversation(api, conf, participants=[customer(), customer(EMAIL, "EMAIL")])
    assert {one["profileId"] for one in opened["participants"]} == {ada}
    await put(api, opened, agent())
    assert [row["profile_id"] for row in await rows(runtime, "SELECT profile_id FROM profile_conversation")] == [ada]


# Addresses


async def test_a_number_that_writes_to_itself_takes_part_once(api, conf, tenant):
    for _ in range(2):
        await text_in(api, tenant, To=CUSTOMER)
    [opened] = await conversations(api)
    [one] = opened["participants"]
    said = await communications(api, opened["id"])
    assert [each["author"]["participantId"] for each in said] == [one["id"]] * 2
    assert [each["recipients"][0]["participantId"] for each in said] == [one["id"]] * 2
    same = {"name": one["name"], "type": one["type"], "profileId": one["profileId"], "addresses": one["addresses"]}
    assert await put(api, opened, same) == one


async def test_an_email_address_in_another_case_is_the_same_participant(api, conf):
    opened = await open_conversation(api, conf, participants=[customer(EMAIL, "EMAIL"), agent(SHOP, "EMAIL")])
    ends = [{"address": "Ada@Example.COM", "channel": "EMAIL"}, {"address": SHOP.upper(), "channel": "EMAIL"}]
    said = await say(api, opened["id"], "hello", author=ends[0], recipients=ends[1:])
    assert said["author"]["participantId"] == opened["participants"][0]["id"]
    assert said["recipients"][0]["participantId"] == opened["participants"][1]["id"]
    assert len(ok(await api.get(f"/v2/Conversations/{opened['id']}"))["participants"]) == 2


@pytest.mark.parametrize(("to", "captured"), [(SHOP.title(), 1), ("sales@shop.example", 0)])
async def test_a_rule_names_an_email_address_in_any_case(api, store, to, captured):
    rules = {"captureRules": [{"from": EMAIL.upper(), "to": to}]}
    await create_configuration(api, store, channelSettings={"EMAIL": rules})
    envelope = json.dumps({"to": [SHOP], "from": EMAIL})
    fields = {"headers": "Message-ID: <1@x>\n", "from": EMAIL, "to": SHOP, "text": "Hello", "envelope": envelope}
    form = {name: (None, value) for name, value in fields.items()}
    assert (await api.post("/webhooks/sendgrid/inbound", files=form)).status_code == 200
    assert len(await conversations(api)) == captured


async def test_a_channel_id_that_was_given_up_is_forgotten(api, runtime, conf):
    def visitor(thread: str) -> dict:
        return {"type": "CUSTOMER", "addresses": [{"channel": "CHAT", "address": "ada", "channelId": thread}]}

    opened = await open_conversation(api, conf, participants=[visitor("old")])
    await put(api, opened, visitor("new"))
    assert await conversations(api, channelId="old") == []
    assert [one["id"] for one in await conversations(api, channelId="new")] == [opened["id"]]
    ok(await api.delete(f"/v2/Conversations/{opened['id']}"), 202)
    assert await rows(runtime, "SELECT channel_id FROM conversation_channel") == []


async def test_a_channel_id_that_another_participant_has_stays(api, conf):
    def visitor(name: str, **thread: str) -> dict:
        return {"type": "UNKNOWN", "addresses": [{"channel": "CHAT", "address": name, **thread}]}

    people = [visitor("ada", channelId="lobby"), visitor("bo", channelId="lobby")]
    opened = await open_conversation(api, conf, participants=people)
    await put(api, opened, visitor("ada"))
    assert [one["id"] for one in await conversations(api, channelId="lobby")] == [opened["id"]]


# Erasure


async def test_what_an_unknown_with_the_address_said_is_erased(api, runtime, store):
    conf = await create_configuration(api, store, statusCallbacks=CALLBACKS)
    ada, _ = await create_profile(api, store), await create_profile(api, store, OTHER_CUSTOMER)
    opened = await open_conversation(api, conf, participants=None)
    ends = {"recipients": [{"address": OTHER_CUSTOMER, "channel": "SMS"}]}
    await say(api, opened["id"], CANARY, **ends)
    now = ok(await api.get(f"/v2/Conversations/{opened['id']}"))
    assert [(one["type"], one["profileId"]) for one in now["participants"]] == [("UNKNOWN", None)] * 2
    await erase(api, store, ada)
    assert await tables_with(runtime, CANARY) == []
    assert await tables_with(runtime, CUSTOMER) == []
    await assert_names_agree(runtime)


async def test_a_customer_whom_nobody_had_found_is_erased_and_not_made_anew(api, runtime, tenant, store, broken):
    await create_configuration(api, store, statusCallbacks=CALLBACKS)
    await text_in(api, tenant, Body=CANARY)
    await execute(runtime, MEND)
    assert "communication" in await tables_with(runtime, CANARY)
    await erase(api, store, await create_profile(api, store))
    assert await tables_with(runtime, CANARY) == []
    await retry_jobs_now(runtime)
    assert await tables_with(runtime, CUSTOMER) == []
    assert await profile_ids(api, store) == []


async def test_what_was_said_to_nobody_but_the_erased_is_erased(api, runtime, tenant, store, conf):
    await text_in(api, tenant)
    [opened] = await conversations(api)
    await join(api, opened, customer(OTHER_CUSTOMER))
    await say(api, opened["id"], f"Dear {CANARY}", by_customer=False)
    both = [{"address": phone, "channel": "SMS"} for phone in (CUSTOMER, OTHER_CUSTOMER)]
    await say(api, opened["id"], "to both of you", by_customer=False, recipients=both)
    [ada] = await lookup(api, store, CUSTOMER)
    await erase(api, store, ada)
    assert await tables_with(runtime, CANARY) == []
    [left] = await communications(api, opened["id"])
    assert (left["content"]["text"], len(left["recipients"])) == ("to both of you", 1)


# Time


async def test_a_quiet_conversation_is_learned_from_once_its_customer_is_found(
    api, runtime, tenant, conf, store, broken
):
    await text_in(api, tenant, Body="I am vegetarian.")
    await tick(runtime.db, mint, after(10))
    assert [one["status"] for one in await conversations(api)] == ["INACTIVE"]
    await execute(runtime, MEND)
    await retry_jobs_now(runtime)
    await run_jobs(runtime)
    [profile] = await lookup(api, store, CUSTOMER)
    kept = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Observations"))["observations"]
    assert any("vegetarian" in one["content"] for one in kept)


async def test_a_customer_who_joins_a_quiet_conversation_has_it_learned_from(api, runtime, store, conf):
    opened = await open_conversation(api, conf, participants=[agent()])
    await set_status(api, opened["id"], "INACTIVE")
    await join(api, opened, customer())
    [profile] = await lookup(api, store, CUSTOMER)
    found = await rows(runtime, "SELECT args FROM procrastinate_jobs WHERE task_name = 'extract'")
    assert [one["args"]["profile_id"] for one in found] == [profile]


async def test_what_is_due_in_a_store_that_is_going_keeps_nobody_waiting(api, runtime, tenant, store):
    """More than a tick looks at in one go."""
    going = await create_store(api)
    opened = await open_conversation(api, await create_configuration(api, going), participants=[customer()])
    await create_configuration(api, store)
    await text_in(api, tenant)
    many = (
        "INSERT INTO conversation SELECT (jsonb_populate_record(c, jsonb_build_object('conversation_id',"
        " c.conversation_id || n, 'group_keys', '[]'::jsonb, 'due_at', c.due_at - interval '1 day'))).*"
        " FROM conversation AS c, generate_series(1, 600) AS n WHERE c.conversation_id = %(opened)s"
    )
    end = "UPDATE store SET deleted_at = created_at WHERE store_id = %(going)s"
    assert await runtime.db.write(lambda tx: tx.run(many, opened=opened["id"])) == 600
    await runtime.db.write(lambda tx: tx.run(end, going=going))
    assert len(await rows(runtime, "SELECT FROM conversation WHERE due_at < %(now)s", now=clock())) == 600
    assert await tick(runtime.db, mint, after(60)) == 1
    assert [one["status"] for one in await conversations(api)] == ["CLOSED"]


# Limits and repetitions


async def test_the_same_message_with_a_further_status_is_told_once(api, runtime, store):
    conf = await create_configuration(api, store, statusCallbacks=CALLBACKS)
    opened = await open_conversation(api, conf)

    async def tell(status: str) -> dict:
        ends = [{"address": BUSINESS, "channel": "SMS", "deliveryStatus": status}]
        return await say(api, opened["id"], "hello", resourceId="own-1", recipients=ends)

    async def updates() -> int:
        return len(await rows(runtime, "SELECT FROM delivery WHERE event_type = 'COMMUNICATION_UPDATED'"))

    first = await tell("INITIATED")
    told = {status: ((await tell(status))["recipients"][0]["deliveryStatus"], await updates()) for status in STEPS}
    assert told == {"IN_PROGRESS": ("IN_PROGRESS", 1), "DELIVERED": ("DELIVERED", 2), "FAILED": ("DELIVERED", 2)}
    [said] = await communications(api, opened["id"])
    assert said["id"] == first["id"]


async def test_a_conversation_has_a_limited_number_of_participants(api, runtime, conf):
    opened = await open_conversation(api, conf)
    many = (
        "INSERT INTO participant SELECT (jsonb_populate_record(p, jsonb_build_object('participant_id',"
        " p.participant_id || n, 'addresses', '[]'::jsonb))).* FROM participant AS p, generate_series(1, %(more)s) AS n"
        " WHERE p.type = 'AI_AGENT'"
    )
    more = limits.PARTICIPANTS_PER_CONVERSATION_MAX - 3
    await runtime.db.write(lambda tx: tx.run(many, more=more))
    url = f"/v2/Conversations/{opened['id']}/Participants"
    ok(await api.post(url, json=agent("+18005550101")), 201)
    assert_problem(await api.post(url, json=agent("+18005550102")), 400, 400)
    [count] = await rows(runtime, "SELECT count(*) FROM participant")
    assert count["count"] == limits.PARTICIPANTS_PER_CONVERSATION_MAX == 250
    ok(await api.post(f"/v2/Conversations/{opened['id']}/Communications", json=communication()), 201)


# An older release


@pytest.fixture
def older(server) -> Iterator[str]:
    """Conninfo of a database as the release before this one left it."""
    name = f"older_{secrets.token_hex(6)}"
    _create(server, name)
    conninfo = make_conninfo(server, dbname=name)
    with psycopg.connect(conninfo) as connection:
        connection.execute('CREATE TABLE schema_migration (name text COLLATE "C" PRIMARY KEY, applied_at timestamptz)')
        for migration in ("0001_foundation", "0002_memory_api"):
            file = resources.files("regulars.storage") / "migrations" / f"{migration}.sql"
            connection.execute(file.read_text("utf-8").encode())
            connection.execute("INSERT INTO schema_migration VALUES (%s, clock_timestamp())", (migration,))
    yield conninfo
    _drop(server, name)


async def test_conversations_of_an_older_release_stay_open_and_are_found(older):
    statements = """
        INSERT INTO account (account_sid, auth_token_sealed, created_at) VALUES ('AC1', '', now());
        INSERT INTO store (store_id, account_sid, display_name, description, status, version, created_at, updated_at)
        VALUES ('s', 'AC1', 's', '', 'ACTIVE', 1, now(), now());
        INSERT INTO conversation (
            store_id, conversation_id, configuration_id, configuration, group_key, status, metadata, last_position,
            last_communication_at, created_at, updated_at
        )
        SELECT 's', c.id, 'conf', '{}', c.group_key, c.status, '{}', 0, now(), now(), now()
        FROM (VALUES ('open', 'conf|a', 'ACTIVE'), ('quiet', 'conf|b', 'INACTIVE'), ('over', 'conf|c', 'CLOSED'),
              ('nameless', NULL, 'ACTIVE')) AS c (id, group_key, status);
        INSERT INTO conversation_group VALUES ('s', 'conf|a', 'open'), ('s', 'conf|b', 'quiet')"""
    with psycopg.connect(older) as connection:
        connection.execute(statements)
    assert "0003_orchestrator" in await migrate(older)
    with psycopg.connect(older) as connection:
        found = connection.execute("SELECT conversation_id, group_keys, status FROM conversation").fetchall()
    assert sorted(found) == [
        ("nameless", [], "ACTIVE"),
        ("open", ["conf|a"], "ACTIVE"),
        ("over", [], "CLOSED"),
        ("quiet", ["conf|b"], "INACTIVE"),
    ]
