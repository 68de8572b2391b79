"""Stores: success, errors, paging, limits."""

import asyncio

import pytest
from tests.api.etags import assert_if_match
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    CUSTOMER,
    assert_accepted,
    assert_problem,
    configuration,
    create_configuration,
    create_profile,
    create_store,
    data_mapping,
    fresh,
    observe,
    ok,
    open_conversation,
    run_jobs,
    say,
    text_in,
    unknown,
)

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict
from regulars.core.ids import AccountSid, StoreId
from regulars.runtime import clock, mint
from regulars.services import profiles
from regulars.services import stores as service
from regulars.storage.db import Db

URL = "/v1/ControlPlane/Stores"


async def test_a_store_is_there_as_soon_as_it_is_accepted(api):
    created = await api.post(URL, json={"displayName": "shop", "description": "A shop"})

    assert created.status_code == 202
    operation = await api.get(f"/v1/ControlPlane/Operations/{created.headers['Operation-Id']}")
    assert operation.json()["status"] == "COMPLETED"
    store = await api.get(f"{URL}/{operation.json()['result']['id']}")
    assert store.json()["displayName"] == "shop"
    assert store.json()["status"] == "ACTIVE"


async def test_the_acceptance_carries_the_operation_and_the_id(api):
    created = await api.post(URL, json={"displayName": "shop"})

    body = ok(created, 202)
    assert set(body) == {"message", "statusUrl", "id", "displayName", "status"}
    assert body["message"] == "Memory Store creation accepted for processing."
    assert created.headers["Location"] == body["statusUrl"]
    assert created.headers["Retry-After"].isdigit()
    assert body["statusUrl"].endswith("/v1/ControlPlane/Operations/" + created.headers["Operation-Id"])


async def test_a_store_has_the_keys_of_the_contract_and_an_etag(api):
    store = await create_store(api, description="A shop")

    response = await api.get(f"{URL}/{store}")

    body = ok(response)
    assert set(body) == {
        "id",
        "displayName",
        "description",
        "status",
        "version",
        "dataAsOf",
        "screening",
        "intelligenceServiceId",
    }
    assert body["id"] == store
    assert body["description"] == "A shop"
    assert body["version"] == 1
    assert body["intelligenceServiceId"] is None
    assert response.headers["ETag"].strip('"')


async def test_a_store_without_description_has_an_empty_one(api):
    store = await create_store(api, description=None)
    assert ok(await api.get(f"{URL}/{store}"))["description"] == ""


async def test_a_taken_name_is_a_conflict(api):
    await create_store(api, displayName="shop")
    assert_problem(await api.post(URL, json={"displayName": "shop"}), 409, 520045)


async def test_names_that_differ_in_case_are_two(api):
    await create_store(api, displayName="shop")
    await create_store(api, displayName="Shop")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        {"displayName": None},
        {"displayName": 7},
        {"displayName": "two words"},
        {"displayName": "shop\n"},
        {"displayName": "x" * 65},
        {"displayName": "shop", "description": "x" * 129},
        {"displayName": "shop", "description": 7},
    ],
    ids=repr,
)
async def test_a_wrong_body_is_refused(api, body):
    assert_problem(await api.post(URL, json=body), 400, 400)


async def test_the_longest_name_and_description_fit(api):
    await create_store(api, displayName="x" * 64, description="x" * 128)


async def test_names_may_have_letters_digits_dashes_and_underscores(api):
    await create_store(api, displayName="My_Shop-2")


async def test_fifteen_stores_fit_in_an_account_and_no_more(api):
    for _ in range(15):
        await create_store(api)
    assert_problem(await api.post(URL, json={"displayName": fresh("store")}), 400, 520044)


async def test_the_limit_holds_when_all_come_at_once(api):
    responses = await asyncio.gather(*(api.post(URL, json={"displayName": fresh("store")}) for _ in range(20)))
    assert sorted(response.status_code for response in responses) == [202] * 15 + [400] * 5


async def test_a_malformed_id_has_a_code_of_its_own(api):
    assert_problem(await api.get(f"{URL}/shop"), 400, 520049)


async def test_an_unknown_store_is_not_found(api):
    assert_problem(await api.get(f"{URL}/{unknown('mem_store')}"), 404, 520041)


async def test_the_former_prefix_is_well_formed(api):
    assert_problem(await api.get(f"{URL}/{unknown('mem_service')}"), 404, 520041)


async def test_the_list_holds_ids_and_nothing_else(api):
    store = await create_store(api)
    assert ok(await api.get(URL)) == {"stores": [store], "meta": {"key": "stores", "pageSize": 1}}


async def test_an_empty_list_has_its_meta(api):
    assert ok(await api.get(URL)) == {"stores": [], "meta": {"key": "stores", "pageSize": 0}}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    await assert_walks(api, URL, "stores", lambda: create_store(api), order)


async def test_inserts_do_not_disturb_pages(api):
    await assert_inserts_do_not_disturb(api, URL, "stores", lambda: create_store(api))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, URL)


async def test_a_page_size_over_the_cap_is_clamped(api):
    await create_store(api)
    assert len(ok(await api.get(URL, params={"pageSize": 1000}))["stores"]) == 1


# Changing


async def test_a_store_can_be_renamed_and_described_anew(api):
    store = await create_store(api, displayName="shop", description="A shop")

    accepted = await api.patch(f"{URL}/{store}", json={"displayName": "market"})

    assert_accepted(accepted, "Memory Store update request accepted for processing.")
    body = ok(await api.get(f"{URL}/{store}"))
    assert (body["displayName"], body["description"], body["version"]) == ("market", "A shop", 2)
    await api.patch(f"{URL}/{store}", json={"description": "A market", "displayName": None})
    body = ok(await api.get(f"{URL}/{store}"))
    assert (body["displayName"], body["description"], body["version"]) == ("market", "A market", 3)
    await create_store(api, displayName="shop")


@pytest.mark.parametrize("body", [None, {}, {"displayName": "shop"}], ids=repr)
async def test_an_update_that_changes_nothing_is_one_all_the_same(api, body):
    store = await create_store(api, displayName="shop")
    ok(await api.patch(f"{URL}/{store}", json=body) if body is not None else await api.patch(f"{URL}/{store}"), 202)
    assert ok(await api.get(f"{URL}/{store}"))["version"] == 2


@pytest.mark.parametrize(
    "body",
    [{"displayName": ""}, {"displayName": "two words"}, {"displayName": "x" * 65}, {"description": "x" * 129}, []],
    ids=repr,
)
async def test_a_wrong_change_is_refused(api, body):
    store = await create_store(api)
    assert_problem(await api.patch(f"{URL}/{store}", json=body), 400, 400)
    assert ok(await api.get(f"{URL}/{store}"))["version"] == 1


async def test_renaming_to_a_taken_name_is_a_conflict(api):
    await create_store(api, displayName="shop")
    store = await create_store(api, displayName="market")
    assert_problem(await api.patch(f"{URL}/{store}", json={"displayName": "shop"}), 409, 520045)


async def test_changing_an_unknown_store_is_not_found(api):
    assert_problem(await api.patch(f"{URL}/{unknown('mem_store')}", json={}), 404, 520041)
    assert_problem(await api.patch(f"{URL}/shop", json={}), 400, 520049)


async def test_if_match_holds_on_to_a_version(api):
    await assert_if_match(api, f"{URL}/{await create_store(api)}", lambda n: {"description": f"Version {n}"})


# Deleting


async def test_a_deleted_store_is_gone_at_once(api):
    store = await create_store(api, displayName="shop")
    profile = await create_profile(api, store)

    accepted = await api.delete(f"{URL}/{store}")

    assert_accepted(accepted, "Memory Store deletion request accepted for processing.")
    for path in ("", "/IdentityResolutionSettings", "/TraitGroups", "/TraitGroups/Contact", "/DataMappings"):
        assert_problem(await api.get(f"{URL}/{store}{path}"), 404, 520041)
    assert_problem(await api.patch(f"{URL}/{store}", json={}), 404, 520041)
    assert_problem(await api.delete(f"{URL}/{store}"), 404, 520041)
    assert_problem(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"), 404, 520041)
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles/{profile}/Recall", json={}), 404, 520041)
    assert ok(await api.get(URL))["stores"] == []
    await create_store(api, displayName="shop")


async def test_deleting_one_of_fifteen_makes_room(api):
    made = [await create_store(api) for _ in range(15)]
    await api.delete(f"{URL}/{made[3]}")
    await create_store(api)
    assert_problem(await api.post(URL, json={"displayName": fresh("store")}), 400, 520044)


async def test_a_store_named_like_the_id_of_another_is_no_obstacle(api):
    store = await create_store(api)
    await create_store(api, displayName=store)
    ok(await api.delete(f"{URL}/{store}"), 202)


async def test_the_operation_of_a_deletion_ends_when_nothing_is_left(api, runtime, tenant):
    store = await lived_in(api, tenant)
    other = await lived_in(api, tenant)
    await run_jobs(runtime)
    before = await rows_of(runtime, other)

    accepted = await api.delete(f"{URL}/{store}")

    operation = f"/v1/ControlPlane/Operations/{accepted.headers['Operation-Id']}"
    pending = ok(await api.get(operation))
    assert pending["status"] == "PENDING"
    assert not {"completedAt", "result", "error"} & set(pending)
    await run_jobs(runtime)
    done = ok(await api.get(operation))
    assert (done["status"], done["result"]["id"]) == ("COMPLETED", store)
    assert await rows_of(runtime, store) == {}
    assert await rows_of(runtime, other) == before
    assert {"store", "profile", "trait", "conversation", "communication", "identifier", "data_mapping"} <= set(before)


async def test_erasing_again_changes_nothing_and_goes_on_after_a_crash(api, runtime, tenant, monkeypatch):
    store = await lived_in(api, tenant)
    for number in range(5):
        await create_profile(api, store, f"+1202555020{number}")
    accepted = await api.delete(f"{URL}/{store}")
    operation = accepted.headers["Operation-Id"]
    monkeypatch.setattr(service, "_BATCH_ROWS", 2)

    with pytest.raises(ZeroDivisionError):
        await service.erase(Dying(runtime.db, writes=4), clock, StoreId(store), operation)
    assert 0 < (await rows_of(runtime, store))["profile"] < 6
    assert ok(await api.get(f"/v1/ControlPlane/Operations/{operation}"))["status"] == "RUNNING"

    for _ in range(2):
        await service.erase(runtime.db, clock, StoreId(store), operation)
    assert await rows_of(runtime, store) == {}
    assert ok(await api.get(f"/v1/ControlPlane/Operations/{operation}"))["status"] == "COMPLETED"


async def test_whoever_writes_late_is_erased_by_the_next_try(api, runtime, tenant):
    """A request that began before the deletion commits after the job has passed by."""
    store = StoreId(await create_store(api))
    sid = AccountSid(tenant.account_sid)
    late = Ctx(account_sid=sid, store_ids=(store,), now=clock(), mint=mint, actor=sid)
    operation = (await api.delete(f"{URL}/{store}")).headers["Operation-Id"]
    passed = asyncio.Event()

    async def write_late(tx):
        await profiles.create(tx, late, store, {"Contact": {"phone": CUSTOMER}})
        await passed.wait()

    writing = asyncio.create_task(runtime.db.write(write_late))
    await asyncio.sleep(0.1)
    erasing = asyncio.create_task(service.erase(runtime.db, clock, store, operation))
    await asyncio.sleep(0.2)
    passed.set()
    await writing
    with pytest.raises(Conflict):
        await erasing
    await service.erase(runtime.db, clock, store, operation)
    assert await rows_of(runtime, store) == {}


async def test_a_deleted_store_captures_nothing(api, runtime, tenant):
    store = await create_store(api)
    configured = await create_configuration(api, store)
    await api.delete(f"{URL}/{store}")

    await text_in(api, tenant)

    assert "conversation" not in await rows_of(runtime, store)
    assert ok(await api.get("/v2/ControlPlane/Configurations"))["configurations"] == []
    assert_problem(await api.post("/v2/Conversations", json={"configurationId": configured}), 404, 20404)
    body = configuration(store)
    assert_problem(await api.post("/v2/ControlPlane/Configurations", json=body), 404, 520041)


async def test_what_was_under_way_in_a_deleted_store_is_told_to_have_failed(api, runtime):
    store = await create_store(api)
    body = {"profiles": [{"traits": {"Contact": {"phone": CUSTOMER}}}]}
    bulk = ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json=body), 202)["operationId"]
    deletion = (await api.delete(f"{URL}/{store}")).headers["Operation-Id"]

    await service.erase(runtime.db, clock, StoreId(store), deletion)
    await run_jobs(runtime)

    failed = ok(await api.get(f"/v1/ControlPlane/Operations/{bulk}"))
    assert (failed["status"], failed["error"]["code"], failed["error"]["status"]) == ("FAILED", 520041, 404)
    assert await rows_of(runtime, store) == {}


class Dying:
    """A database whose process dies after some writes."""

    def __init__(self, db: Db, *, writes: int) -> None:
        self._db = db
        self._left = writes

    async def write(self, work):
        self._left -= 1
        1 / (self._left >= 0)
        return await self._db.write(work)


async def lived_in(api, tenant) -> str:
    """A store with something of most kinds in it."""
    store = await create_store(api)
    configured = await create_configuration(api, store)
    path = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store, firstName='Ann')}"
    await observe(api, path, "Likes tea")
    conversation = await open_conversation(api, configured)
    await say(api, conversation["id"], "Hello", channelId="SM" + "1" * 32)
    ok(await api.post(f"{URL}/{store}/DataMappings", json=data_mapping()), 202)
    return store


async def rows_of(runtime, store: str) -> dict[str, int]:
    """How many rows of which tables belong to the store."""
    async with runtime.db.read() as tx:
        tables = await tx.column(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'store_id'"
        )
        counts = {t: await tx.value(f'SELECT count(*) FROM "{t}" WHERE store_id = %(s)s', s=store) for t in tables}
    return {table: count for table, count in counts.items() if count}


# What is not remembered

EVERYTHING = ["SECRET", "HEALTH", "RELIGION", "ORIENTATION", "POLITICS", "ETHNICITY"]


async def screening(api, store: str) -> list[str]:
    return ok(await api.get(f"{URL}/{store}"))["screening"]


async def test_a_store_screens_everything_unless_it_says_otherwise(api):
    assert await screening(api, await create_store(api)) == EVERYTHING
    assert await screening(api, await create_store(api, screening=None)) == EVERYTHING
    assert await screening(api, await create_store(api, screening=["RELIGION", "SECRET", "RELIGION"])) == [
        "SECRET",
        "RELIGION",
    ]
    assert await screening(api, await create_store(api, screening=[])) == []


async def test_screening_changes_and_stays(api):
    store = await create_store(api)
    ok(await api.patch(f"{URL}/{store}", json={"screening": ["SECRET", "SECRET"]}), 202)
    assert await screening(api, store) == ["SECRET"]
    ok(await api.patch(f"{URL}/{store}", json={"description": "another", "screening": None}), 202)
    assert await screening(api, store) == ["SECRET"]
    ok(await api.patch(f"{URL}/{store}", json={"screening": []}), 202)
    assert await screening(api, store) == []


@pytest.mark.parametrize("wrong", [["HEALTHY"], ["health"], ["SECRET\n"], "SECRET", [7], {}])
async def test_an_unknown_category_is_refused_with_those_that_there_are(api, wrong):
    store = await create_store(api)
    created = await api.post(URL, json={"displayName": fresh("store"), "screening": wrong})
    changed = await api.patch(f"{URL}/{store}", json={"screening": wrong})
    for message in (assert_problem(created, 400), assert_problem(changed, 400)):
        assert "screening" in message
        if isinstance(wrong, list) and isinstance(wrong[0], str):
            assert "SECRET|HEALTH|RELIGION|ORIENTATION|POLITICS|ETHNICITY" in message
            assert "HEALTHY" not in message
    assert await screening(api, store) == EVERYTHING


async def test_the_limit_of_screening_holds(api):
    most = ["SECRET"] * limits.SCREENING_NAMES_MAX
    store = await create_store(api, screening=most)
    assert await screening(api, store) == ["SECRET"]
    assert_problem(await api.patch(f"{URL}/{store}", json={"screening": [*most, "SECRET"]}), 400)
