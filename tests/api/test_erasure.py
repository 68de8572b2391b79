"""DELETE of a profile: nothing of the customer is left anywhere, and nobody else loses anything."""

import psycopg
import pytest
from psycopg import sql
from tests.helpers import (
    BUSINESS,
    CUSTOMER,
    OTHER_CUSTOMER,
    act,
    action,
    agent,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    observe,
    ok,
    open_conversation,
    profile_ids,
    recall,
    run_jobs,
    set_status,
    text_in,
    unknown,
)

CANARY = "zebrafinch"
EMAIL = f"{CANARY}@example.com"


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


def path(store: str, profile: str) -> str:
    return f"/v1/Stores/{store}/Profiles/{profile}"


def places(database: str, *needles: str) -> set[str]:
    """The columns of the whole database, the job queue's too, in which one of the texts stands, as text or as bytes."""
    found: set[str] = set()
    with psycopg.connect(database) as connection:
        columns = connection.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
        ).fetchall()
        for table, column in columns:
            text = sql.SQL("{}::text").format(sql.Identifier(column))
            query = sql.SQL("SELECT count(*) FROM {} WHERE lower({}) LIKE %s OR {} LIKE %s").format(
                sql.Identifier(table), text, text
            )
            for needle in needles:
                pattern = f"%{needle.lower()}%"
                hexed = f"%{needle.encode().hex()}%"
                row = connection.execute(query, (pattern, hexed)).fetchone()
                if row is not None and row[0]:
                    found.add(f"{table}.{column}")
    return found


async def known_everywhere(api, runtime, tenant, store: str) -> str:
    """A customer who is in every table that there is for one. The path of the profile."""
    await create_configuration(api, store)
    await text_in(api, tenant, Body=f"Hi, I am {CANARY}. I prefer {CANARY} tea.", ProfileName=CANARY)
    await text_in(api, tenant, Body=f"My address is 5 {CANARY} road", From=CUSTOMER)
    [profile] = await lookup(api, store, CUSTOMER)
    url = path(store, profile)
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    await run_jobs(runtime)
    await observe(api, url, f"Likes {CANARY}")
    listed = ok(await api.get(f"{url}/Observations"))["observations"]
    [mine] = [one for one in listed if one["content"] == f"Likes {CANARY}"]
    ok(await api.patch(f"{url}/Observations/{mine['id']}", json={"content": f"Loves {CANARY}"}), 202)
    recap = {
        "content": f"Talked about {CANARY}",
        "conversationId": conversation["id"],
        "occurredAt": "2026-11-22T06:00:00Z",
    }
    ok(await api.post(f"{url}/ConversationSummaries", json={"summaries": [recap]}), 202)
    await create_profile(api, store, OTHER_CUSTOMER, firstName=CANARY)
    ok(await api.post(f"{url}/Identifiers", json={"idType": "phone", "value": OTHER_CUSTOMER}), 202)
    ok(await api.patch(url, json={"traits": {"Contact": {"email": EMAIL, "city": CANARY}}}), 202)
    body = {"profiles": [{"traits": {"Contact": {"email": EMAIL, "street": CANARY}}}]}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)
    await import_csv(api, store, f"email,street\n{EMAIL},{CANARY} road\n,{{CANARY}}\n")
    await run_jobs(runtime)
    await recall(api, url, query=CANARY)
    return url


async def import_csv(api, store: str, text: str) -> None:
    mappings = [{"columnName": name, "traitGroup": "Contact", "traitName": name} for name in ("email", "street")]
    body = {"filename": "people.csv", "fileSize": len(text), "columnMappings": mappings}
    made = ok(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=body), 201)
    ok(await api.put(made["url"], content=text.encode(), headers={"Content-Type": "text/csv"}, auth=None))


async def test_nothing_is_left_of_the_customer(api, runtime, tenant, database, store):
    url = await known_everywhere(api, runtime, tenant, store)
    needles = (CANARY, CUSTOMER, OTHER_CUSTOMER, CUSTOMER.removeprefix("+"))
    before = places(database, *needles)
    assert {"trait.value", "identifier.value", "observation.content", "observation_revision.content"} <= before
    assert {"summary.content", "communication.content", "participant.addresses", "profile_merge.ledger"} <= before
    assert ok(await api.delete(url), 202) == {"message": "Profile accepted for deletion."}
    assert places(database, *needles) == set()
    assert_problem(await api.get(url), 404, 20404)
    assert_problem(await api.post(f"{url}/Recall", json={"query": CANARY}), 404, 20404)
    assert await profile_ids(api, store) == []
    assert await conversations(api) == []


async def test_the_signposts_go_too(api, store):
    first = await create_profile(api, store)
    second = await create_profile(api, store, OTHER_CUSTOMER)
    ok(await api.post(f"{path(store, first)}/Identifiers", json={"idType": "phone", "value": OTHER_CUSTOMER}), 202)
    ok(await api.delete(path(store, first)), 202)
    assert_problem(await api.get(path(store, second)), 404, 20404)
    assert await lookup(api, store, OTHER_CUSTOMER) == []


async def test_a_message_that_is_delivered_again_does_not_bring_them_back(api, tenant, store):
    await create_configuration(api, store)
    await text_in(api, tenant, MessageSid="SM" + "5" * 32)
    [profile] = await profile_ids(api, store)
    ok(await api.delete(path(store, profile)), 202)
    await text_in(api, tenant, MessageSid="SM" + "5" * 32)
    assert await profile_ids(api, store) == []


async def test_a_new_message_begins_anew(api, tenant, store):
    await create_configuration(api, store)
    await text_in(api, tenant)
    [profile] = await profile_ids(api, store)
    ok(await api.delete(path(store, profile)), 202)
    await text_in(api, tenant, Body="Hello again")
    [again] = await profile_ids(api, store)
    assert again != profile
    [conversation] = await conversations(api)
    assert [one["content"]["text"] for one in await communications(api, conversation["id"])] == ["Hello again"]


async def test_other_customers_of_a_conversation_keep_their_part(api, database, store):
    configuration = await create_configuration(api, store)
    people = [customer(CUSTOMER, name=CANARY), customer(OTHER_CUSTOMER), agent()]
    conversation = (await open_conversation(api, configuration, participants=people))["id"]
    everybody = [{"address": one, "channel": "SMS"} for one in (CUSTOMER, OTHER_CUSTOMER, BUSINESS)]
    for author, text in zip(everybody, (f"I am {CANARY}", "I am the other", "Hello both"), strict=True):
        recipients = [one for one in everybody if one != author]
        body = {"author": author, "recipients": recipients, "content": {"type": "TEXT", "text": text}}
        ok(await api.post(f"/v2/Conversations/{conversation}/Communications", json=body), 201)
    [profile] = await lookup(api, store, CUSTOMER)
    ok(await api.delete(path(store, profile)), 202)
    said = await communications(api, conversation)
    assert [one["content"]["text"] for one in said] == ["I am the other", "Hello both"]
    assert all(CUSTOMER not in str(one) for one in said)
    assert places(database, CANARY, CUSTOMER) == set()
    assert len(await lookup(api, store, OTHER_CUSTOMER)) == 1


async def test_messages_that_were_sent_to_them_are_forgotten_those_to_others_not(api, database, store):
    configuration = await create_configuration(api, store)
    people = [customer(CUSTOMER), customer(OTHER_CUSTOMER), agent()]
    conversation = (await open_conversation(api, configuration, participants=people))["id"]
    ends = [{"address": one, "channel": "CHAT"} for one in (CUSTOMER, OTHER_CUSTOMER, "bot")]
    theirs = action(CANARY, **{"from": ends[2], "to": ends[:1]})
    by_them = action(CANARY, **{"from": ends[0], "to": ends[2:]})
    others = action("Hello", **{"from": ends[2], "to": ends[1:2]})
    asked = [await act(api, conversation, body) for body in (theirs, by_them, others)]
    [profile] = await lookup(api, store, CUSTOMER)
    ok(await api.delete(path(store, profile)), 202)
    statuses = [(await api.get(f"/v2/Conversations/{conversation}/Actions/{one['id']}")).status_code for one in asked]
    assert statuses == [404, 404, 200]
    with psycopg.connect(database) as connection:
        assert CANARY not in str(connection.execute("SELECT payload FROM action").fetchall())


async def test_an_unknown_profile_cannot_be_erased(api, store):
    assert_problem(await api.delete(path(store, unknown("mem_profile"))), 404, 20404)
    profile = await create_profile(api, store)
    ok(await api.delete(path(store, profile)), 202)
    assert_problem(await api.delete(path(store, profile)), 404, 20404)


async def test_what_was_waiting_does_not_bring_them_back(api, runtime, database, store):
    url = path(store, await create_profile(api, store, CUSTOMER, email=EMAIL))
    body = {"profiles": [{"traits": {"Contact": {"email": EMAIL, "street": CANARY}}}]}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)
    await import_csv(api, store, f"email,street\n{EMAIL},{CANARY} road\nother@example.com,\n")
    ok(await api.delete(url), 202)
    await run_jobs(runtime)
    assert await lookup(api, store, EMAIL, "email") == []
    assert len(await lookup(api, store, "other@example.com", "email")) == 1
    assert places(database, CANARY, CUSTOMER) == set()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM erased_value").fetchone() == (0,)


async def test_who_shares_a_value_with_them_is_not_held_up(api, runtime, store):
    settings = {"identifierConfigs": [{"idType": "email"}, {"idType": "phone", "enforceUnique": False}]}
    ok(await api.put(f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings", json=settings), 202)
    erased = await create_profile(api, store, CUSTOMER, email=EMAIL)
    other = await create_profile(api, store, CUSTOMER, email="other@example.com")
    people = [{"email": address, "phone": CUSTOMER, "city": "Rome"} for address in (EMAIL, "other@example.com")]
    body = {"profiles": [{"traits": {"Contact": contact}} for contact in people]}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)
    ok(await api.delete(path(store, erased)), 202)
    await run_jobs(runtime)
    assert await profile_ids(api, store) == [other]
    assert ok(await api.get(path(store, other)))["traits"]["Contact"]["city"] == "Rome"


async def test_who_is_named_again_later_is_a_new_customer(api, runtime, store):
    first = await create_profile(api, store, CUSTOMER, email=EMAIL)
    await import_csv(api, store, "email,street\nother@example.com,\n")
    ok(await api.delete(path(store, first)), 202)
    body = {"profiles": [{"traits": {"Contact": {"email": EMAIL}}}]}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)
    await run_jobs(runtime)
    [again] = await lookup(api, store, EMAIL, "email")
    assert again != first


async def test_an_export_holds_everything(api, runtime, tenant, store):
    url = await known_everywhere(api, runtime, tenant, store)
    answer = await api.get(f"{url}/Export")
    document = ok(answer)
    assert list(document) == [
        *("profile", "identifiers", "traits", "observations", "revisions", "summaries", "conversations", "merges"),
    ]
    assert document["profile"]["id"] == url.rpartition("/")[2]
    assert {one["value"] for one in document["identifiers"]} >= {CUSTOMER, OTHER_CUSTOMER, EMAIL}
    assert {"traitGroup": "Contact", "name": "email", "value": EMAIL} in [
        {key: one[key] for key in ("traitGroup", "name", "value")} for one in document["traits"]
    ]
    assert f"Loves {CANARY}" in [one["content"] for one in document["observations"]]
    assert [one["content"] for one in document["revisions"]] == [f"Likes {CANARY}"]
    assert f"Talked about {CANARY}" in [one["content"] for one in document["summaries"]]
    [conversation] = document["conversations"]
    assert len(conversation["communications"]) == 2
    assert conversation["participants"]
    assert [one["status"] for one in document["merges"]] == ["MERGED"]


async def test_an_export_of_more_than_a_page_is_whole(api, store):
    url = path(store, await create_profile(api, store))
    contents = [f"Fact number {n}" for n in range(510)]
    await observe(api, url, *contents)
    assert [one["content"] for one in ok(await api.get(f"{url}/Export"))["observations"]] == contents
    assert_problem(await api.get(path(store, unknown("mem_profile")) + "/Export"), 404, 20404)
