"""Merges: on record, answered for by the canonical profile, guarded, and undone."""

from dataclasses import replace

import msgspec
import pytest
from tests.conftest import Application, Tenant
from tests.helpers import (
    BY_PROFILE,
    CUSTOMER,
    OTHER_CUSTOMER,
    assert_problem,
    communication,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    lookup,
    observation,
    observe,
    ok,
    open_conversation,
    profile_ids,
    recall,
    rows,
    run_jobs,
    text_in,
    unknown,
)

from regulars.runtime import Runtime

EMAIL = "ada@example.com"


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


def path(store: str, profile: str) -> str:
    return f"/v1/Stores/{store}/Profiles/{profile}"


async def by_email(api, store: str, email: str = EMAIL, **contact) -> str:
    body = {"traits": {"Contact": {"email": email, **contact}}}
    return ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"]


async def both(api, store: str, phone: str = CUSTOMER, email: str = EMAIL, **contact) -> str:
    return await create_profile(api, store, phone, email=email, **contact)


async def contact(api, url: str) -> dict:
    return ok(await api.get(url))["traits"].get("Contact", {})


async def contents(api, url: str) -> set[str]:
    return {one["content"] for one in ok(await api.get(f"{url}/Observations"))["observations"]}


async def merges(api, url: str) -> list[dict]:
    return ok(await api.get(f"{url}/Merges"))["merges"]


async def undo(api, url: str, merge: dict):
    return await api.post(f"{url}/Merges/{merge['id']}/Undo")


async def settings(api, store: str, **fields) -> None:
    url = f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings"
    known = ok(await api.get(url))
    ok(await api.put(url, json={**known, **fields}), 202)


@pytest.fixture
async def pair(api, store) -> tuple[str, str]:
    """Two profiles with something on each, merged by a write that names both. The paths of canonical and other."""
    first = await create_profile(api, store, CUSTOMER, firstName="Ada", city="London")
    second = await by_email(api, store, city="Paris", lastName="Lovelace")
    await observe(api, path(store, first), "Drinks tea")
    await observe(api, path(store, second), "Plays chess")
    assert await both(api, store) == first
    return path(store, first), path(store, second)


async def test_both_are_one_customer_afterwards(api, store, pair):
    canonical, _ = pair
    assert await contents(api, canonical) == {"Drinks tea", "Plays chess"}
    assert await contact(api, canonical) == {
        "phone": CUSTOMER,
        "email": EMAIL,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "city": "Paris",
    }
    first = canonical.rpartition("/")[2]
    assert await profile_ids(api, store) == [first]
    assert await lookup(api, store, EMAIL, "email") == await lookup(api, store, CUSTOMER) == [first]


async def test_the_merge_is_on_record(api, store, tenant, pair):
    canonical, other = pair
    [merge] = await merges(api, canonical)
    assert merge["id"].startswith("mem_merge_")
    assert {key: value for key, value in merge.items() if key not in {"id", "createdAt"}} == {
        "status": "MERGED",
        "profileId": other.rpartition("/")[2],
        "intoProfileId": canonical.rpartition("/")[2],
        "idType": "email",
        "value": EMAIL,
        "reason": "MATCHED",
        "actor": tenant.account_sid,
        "undoneAt": None,
        "undoneBy": None,
    }


READS = [
    "",
    "/Traits",
    "/Identifiers",
    "/Identifiers/phone",
    "/Observations",
    "/ConversationSummaries",
    "/Merges",
    "/Export",
]


@pytest.mark.parametrize("rest", READS)
async def test_reads_are_answered_by_the_canonical_profile(api, pair, rest):
    canonical, other = pair
    answer = await api.get(other + rest)
    assert ok(answer) == ok(await api.get(canonical + rest))
    assert answer.headers["Canonical-Profile-Id"] == canonical.rpartition("/")[2]
    assert "Canonical-Profile-Id" not in (await api.get(canonical + rest)).headers


async def test_one_observation_is_found_by_the_old_address(api, pair):
    canonical, other = pair
    one = ok(await api.get(f"{canonical}/Observations"))["observations"][0]
    assert ok(await api.get(f"{other}/Observations/{one['id']}")) == one
    assert ok(await api.get(f"{other}/Observations/{one['id']}/Revisions"))["revisions"] == [one]


@pytest.mark.parametrize("rest", READS)
async def test_reads_are_redirected_when_the_setting_says_so(
    application: Application, runtime: Runtime, tenant: Tenant, pair, rest
):
    canonical, other = pair
    strict = replace(runtime, settings=msgspec.structs.replace(runtime.settings, merged_profile_gets="redirect"))
    async with application.client(strict, tenant) as client:
        answer = await client.get(other + rest, params={"pageSize": 5})
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"http://testserver{canonical}{rest}?pageSize=5"
        assert answer.headers["Canonical-Profile-Id"] == canonical.rpartition("/")[2]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json() == {"message": "This resource has moved.", "uri": answer.headers["Location"]}


WRITES = [
    ("PATCH", "", {"traits": {"Contact": {"city": "Rome"}}}),
    ("DELETE", "", None),
    ("POST", "/Identifiers", {"idType": "phone", "value": OTHER_CUSTOMER}),
    ("PATCH", "/Identifiers/phone", {"idType": "phone", "oldValue": CUSTOMER, "newValue": OTHER_CUSTOMER}),
    ("DELETE", "/Identifiers/phone", None),
    ("POST", "/Observations", {"observations": [observation("x")]}),
    ("PATCH", f"/Observations/{unknown('mem_observation')}", {"content": "x"}),
    ("DELETE", f"/Observations/{unknown('mem_observation')}", None),
    (
        "POST",
        "/ConversationSummaries",
        {
            "summaries": [
                {
                    "content": "x",
                    "conversationId": unknown("conv_conversation"),
                    "occurredAt": "2026-11-22T06:00:00Z",
                }
            ]
        },
    ),
    ("PATCH", f"/ConversationSummaries/{unknown('mem_summary')}", {"content": "x"}),
    ("DELETE", f"/ConversationSummaries/{unknown('mem_summary')}", None),
    ("POST", "/Recall", {}),
    ("POST", f"/Merges/{unknown('mem_merge')}/Undo", None),
]


@pytest.mark.parametrize(("method", "rest", "body"), WRITES, ids=lambda value: str(value)[:30])
async def test_writes_are_redirected(api, pair, method, rest, body):
    canonical, other = pair
    before = await contact(api, canonical), await contents(api, canonical)
    answer = await api.request(method, other + rest, json=body)
    assert answer.status_code == 308, answer.text
    assert answer.headers["Location"] == f"http://testserver{canonical}{rest}"
    assert answer.headers["Canonical-Profile-Id"] == canonical.rpartition("/")[2]
    assert answer.json() == {"message": "This resource has moved.", "uri": answer.headers["Location"]}
    assert (await contact(api, canonical), await contents(api, canonical)) == before


async def test_a_client_that_follows_redirects_writes_to_the_canonical_profile(api, pair):
    canonical, other = pair
    body = {"observations": [observation("Moved house")]}
    ok(await api.post(f"{other}/Observations", json=body, follow_redirects=True), 202)
    assert "Moved house" in await contents(api, canonical)


async def test_recall_finds_what_came_with_the_merge(api, runtime, store):
    first = path(store, await create_profile(api, store))
    await observe(api, first, "Drinks tea")
    assert len((await recall(api, first, query="chess"))["observations"]) == 1
    second = path(store, await by_email(api, store))
    await observe(api, second, "Plays chess on Sundays")
    await both(api, store)
    await run_jobs(runtime)
    found = (await recall(api, first, query="chess"))["observations"]
    assert found[0]["content"] == "Plays chess on Sundays"
    [merge] = await merges(api, first)
    ok(await undo(api, first, merge), 202)
    assert [one["content"] for one in (await recall(api, first, query="chess"))["observations"]] == ["Drinks tea"]
    assert [one["content"] for one in (await recall(api, second))["observations"]] == ["Plays chess on Sundays"]


async def test_undoing_gives_each_side_back_what_it_had(api, store, pair):
    canonical, other = pair
    [merge] = await merges(api, canonical)
    assert ok(await undo(api, canonical, merge), 202) == {"message": "The merge is undone."}
    assert await contents(api, canonical) == {"Drinks tea"}
    assert await contents(api, other) == {"Plays chess"}
    assert await contact(api, other) == {"email": EMAIL, "city": "Paris", "lastName": "Lovelace"}
    mine = await contact(api, canonical)
    assert (mine["firstName"], mine["city"], "lastName" in mine) == ("Ada", "London", False)
    assert await lookup(api, store, EMAIL, "email") == [other.rpartition("/")[2]]
    assert await lookup(api, store, CUSTOMER) == [canonical.rpartition("/")[2]]
    assert len(await profile_ids(api, store)) == 2


async def test_what_came_after_the_merge_stays(api, store, pair):
    canonical, other = pair
    await observe(api, canonical, "Bought a bicycle")
    ok(await api.patch(canonical, json={"traits": {"Contact": {"lastName": "Byron", "state": "Kent"}}}), 202)
    [merge] = await merges(api, canonical)
    ok(await undo(api, canonical, merge), 202)
    assert await contents(api, canonical) == {"Drinks tea", "Bought a bicycle"}
    mine, theirs = await contact(api, canonical), await contact(api, other)
    assert (mine["lastName"], mine["state"], mine["city"]) == ("Byron", "Kent", "London")
    assert theirs["lastName"] == "Lovelace"
    assert "state" not in theirs


async def test_an_undone_merge_is_told_and_not_made_again(api, store, tenant, pair):
    canonical, _ = pair
    [merge] = await merges(api, canonical)
    ok(await undo(api, canonical, merge), 202)
    [undone] = await merges(api, canonical)
    assert (undone["status"], undone["undoneBy"]) == ("UNDONE", tenant.account_sid)
    assert undone["undoneAt"] is not None
    await both(api, store)
    assert len(await profile_ids(api, store)) == 2
    told = await merges(api, path(store, (await lookup(api, store, EMAIL, "email"))[0]))
    assert [(one["status"], one["reason"]) for one in told if one["status"] == "REFUSED"] == [("REFUSED", "UNDONE")]


async def test_only_a_merge_that_stands_can_be_undone(api, store, pair):
    canonical, other = pair
    [merge] = await merges(api, canonical)
    ok(await undo(api, canonical, merge), 202)
    assert_problem(await undo(api, canonical, merge), 409, 20409)
    assert_problem(await api.post(f"{canonical}/Merges/{unknown('mem_merge')}/Undo"), 404, 20404)
    assert_problem(await api.post(f"{canonical}/Merges/nonsense/Undo"), 400, 400)
    assert_problem(await undo(api, other, merge), 404, 20404)


async def test_a_chain_stays_one_hop_and_is_taken_apart_in_any_order(api, store):
    first = await create_profile(api, store, CUSTOMER)
    second = await create_profile(api, store, OTHER_CUSTOMER)
    third = await by_email(api, store)
    await observe(api, path(store, third), "Said by the third")
    await both(api, store, OTHER_CUSTOMER)
    await both(api, store, CUSTOMER)
    urls = [path(store, one) for one in (first, second, third)]
    for url in urls[1:]:
        assert (await api.get(url)).headers["Canonical-Profile-Id"] == first
    into_first = next(one for one in await merges(api, urls[0]) if one["profileId"] == second)
    ok(await undo(api, urls[0], into_first), 202)
    assert (await api.get(urls[2])).headers["Canonical-Profile-Id"] == second
    assert await contents(api, urls[1]) == {"Said by the third"}
    assert await contents(api, urls[0]) == set()
    [inner] = await merges(api, urls[1])
    ok(await undo(api, urls[1], inner), 202)
    assert await contents(api, urls[2]) == {"Said by the third"}
    assert "Canonical-Profile-Id" not in (await api.get(urls[2])).headers


async def test_the_inner_merge_of_a_chain_can_be_undone_first(api, store):
    first = await create_profile(api, store, CUSTOMER)
    await create_profile(api, store, OTHER_CUSTOMER)
    third = await by_email(api, store)
    await both(api, store, OTHER_CUSTOMER)
    await both(api, store, CUSTOMER)
    inner = next(one for one in await merges(api, path(store, first)) if one["profileId"] == third)
    ok(await undo(api, path(store, first), inner), 202)
    assert len(await profile_ids(api, store)) == 2
    assert await lookup(api, store, EMAIL, "email") == [third]


async def test_a_value_of_too_many_customers_is_no_reason(api, store):
    await settings(api, store, sharingLimit=3)
    people = [await create_profile(api, store, f"+120255501{n:02d}") for n in range(10, 16)]
    for n in range(10, 16):
        await both(api, store, f"+120255501{n:02d}", "office@example.com")
    left = await profile_ids(api, store)
    assert len(left) == 4
    assert (await api.get(path(store, people[2]))).headers["Canonical-Profile-Id"] == people[0]
    for stranger in people[3:]:
        [told] = await merges(api, path(store, stranger))
        assert (told["status"], told["reason"], told["value"]) == ("REFUSED", "SHARED", "office@example.com")
        assert told["profileId"] == people[0]
    assert set(await lookup(api, store, "office@example.com", "email")) == {people[0], *people[3:]}
    await both(api, store, "+12025550115", "office@example.com")
    assert len(await merges(api, path(store, people[5]))) == 1


async def test_strangers_who_come_in_with_a_shared_value_are_not_one(api, store):
    await settings(api, store, sharingLimit=2)
    made = [await both(api, store, f"+120255501{n:02d}", "office@example.com") for n in range(10, 15)]
    assert len(set(made)) == 4


async def test_the_address_of_a_machine_is_never_a_reason(api, store):
    made = [await both(api, store, f"+120255501{n:02d}", "NoReply@shop.example") for n in range(10, 14)]
    assert len(set(made)) == 4
    [told] = await merges(api, path(store, made[1]))
    assert (told["status"], told["reason"]) == ("REFUSED", "IMPERSONAL")


async def test_five_phones_and_two_addresses_are_one_customer(api, store):
    phones = [f"+120255501{n:02d}" for n in range(10, 15)]
    for phone in phones:
        await create_profile(api, store, phone)
    for phone in phones:
        await both(api, store, phone, "ada@example.com")
    await both(api, store, phones[0], "ada@work.example")
    [only] = await profile_ids(api, store)
    found = ok(await api.get(f"{path(store, only)}/Identifiers"))["identifiers"]
    assert {one["idType"]: sorted(one["values"]) for one in found} == {
        "phone": phones,
        "email": ["ada@example.com", "ada@work.example"],
    }


async def test_conversations_and_participants_follow_and_return(api, store, tenant):
    await create_configuration(api, store, conversationGroupingType=BY_PROFILE)
    first = await by_email(api, store)
    await text_in(api, tenant)
    [second] = await lookup(api, store, CUSTOMER)
    await both(api, store)
    await text_in(api, tenant)
    [conversation] = await conversations(api)
    customers = [one["profileId"] for one in conversation["participants"] if one["type"] == "CUSTOMER"]
    assert customers == [first]
    [merge] = await merges(api, path(store, first))
    ok(await undo(api, path(store, first), merge), 202)
    await text_in(api, tenant)
    [conversation] = await conversations(api)
    assert [one["profileId"] for one in conversation["participants"] if one["type"] == "CUSTOMER"] == [second]


async def test_a_conversation_that_somebody_left_since_the_merge_is_not_theirs_again(api, runtime, store):
    """Nor is it because the canonical profile takes part in it by another address."""
    first, conf = await by_email(api, store), await create_configuration(api, store)
    opened = await open_conversation(api, conf)
    [second] = await lookup(api, store, CUSTOMER)
    await both(api, store)
    place = f"/v2/Conversations/{opened['id']}/Participants"
    [theirs] = [one["id"] for one in opened["participants"] if one["type"] == "CUSTOMER"]
    ok(await api.put(f"{place}/{theirs}", json=customer(OTHER_CUSTOMER)))
    ok(await api.post(place, json=customer("ada", "CHAT", profileId=first)), 201)
    [merge] = await merges(api, path(store, first))
    ok(await undo(api, path(store, first), merge), 202)
    [third] = await lookup(api, store, OTHER_CUSTOMER)
    known = await rows(runtime, "SELECT profile_id FROM profile_conversation ORDER BY profile_id")
    assert [one["profile_id"] for one in known] == sorted([first, third])
    assert second not in str(ok(await api.get(place)))


async def test_a_participant_named_by_a_merged_profile_gets_the_canonical_one(api, store, pair):
    canonical, other = pair
    configuration = await create_configuration(api, store)
    people = [{"type": "CUSTOMER", "profileId": other.rpartition("/")[2], "addresses": []}]
    created = await api.post("/v2/Conversations", json={"configurationId": configuration, "participants": people})
    if created.status_code == 400:
        people[0]["addresses"] = [{"channel": "CHAT", "address": "ada"}]
        created = await api.post("/v2/Conversations", json={"configurationId": configuration, "participants": people})
    assert ok(created, 201)["participants"][0]["profileId"] == canonical.rpartition("/")[2]


async def test_merges_are_paged(api, store):
    first = await create_profile(api, store)
    for n in range(5):
        await by_email(api, store, f"{n}@example.com")
        await both(api, store, CUSTOMER, f"{n}@example.com")
    url = f"{path(store, first)}/Merges"
    one = ok(await api.get(url, params={"pageSize": 2}))
    two = ok(await api.get(url, params={"pageSize": 2, "pageToken": one["meta"]["nextToken"]}))
    three = ok(await api.get(url, params={"pageSize": 2, "pageToken": two["meta"]["nextToken"]}))
    seen = [merge["id"] for page in (one, two, three) for merge in page["merges"]]
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert one["meta"]["key"] == "merges"


async def test_communications_are_still_taken_after_a_merge(api, store, pair):
    configuration = await create_configuration(api, store)
    body = {"configurationId": configuration, "participants": []}
    conversation = ok(await api.post("/v2/Conversations", json=body), 201)["id"]
    ok(await api.post(f"/v2/Conversations/{conversation}/Communications", json=communication()), 201)
