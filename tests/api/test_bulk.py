"""Bulk: taken at once, applied by a job, told by its operation."""

import asyncio
import gzip
import json
import time

import pytest
from tests.helpers import (
    CUSTOMER,
    OTHER_CUSTOMER,
    assert_problem,
    create_profile,
    create_store,
    lookup,
    ok,
    profile_ids,
    run_jobs,
    unknown,
)

from regulars.core.ids import StoreId
from regulars.runtime import clock, mint
from regulars.services import bulk


def contact(**traits) -> dict:
    return {"traits": {"Contact": traits}}


def numbered(count: int) -> list[dict]:
    return [contact(phone=f"+1202{5_550_000 + number:07d}") for number in range(count)]


async def put(api, store: str, profiles: object):
    return await api.put(f"/v1/Stores/{store}/Profiles/Bulk", json={"profiles": profiles})


async def applied(api, runtime, store: str, *profiles: dict) -> dict:
    """The report of the operation, once the job has run."""
    accepted = ok(await put(api, store, profiles), 202)
    await run_jobs(runtime)
    operation = ok(await api.get(accepted["statusUrl"]))
    assert operation["status"] == "COMPLETED", operation
    return operation["report"]


async def traits_of(api, store: str, phone: str = CUSTOMER) -> dict:
    [profile] = await lookup(api, store, phone)
    return ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"]


async def test_a_batch_is_accepted_with_an_operation(api):
    store = await create_store(api)

    response = await put(api, store, [contact(phone=CUSTOMER)])

    body = ok(response, 202)
    assert set(body) == {"message", "operationId", "createdAt", "statusUrl"}
    assert body["message"] == "Profile batch accepted for processing."
    assert body["statusUrl"].endswith(f"/v1/ControlPlane/Operations/{body['operationId']}")
    assert response.headers["Operation-Id"] == body["operationId"]
    assert response.headers["Location"] == body["statusUrl"]
    assert response.headers["Retry-After"].isdigit()
    assert ok(await api.get(body["statusUrl"]))["status"] == "PENDING"
    assert await profile_ids(api, store) == []


async def test_the_job_makes_updates_and_merges_profiles(api, runtime):
    store = await create_store(api)
    known = await create_profile(api, store, firstName="Ada", city="London")
    other = ok(await api.post(f"/v1/Stores/{store}/Profiles", json=contact(email="ada@example.com")), 202)["id"]

    report = await applied(
        api,
        runtime,
        store,
        contact(phone=CUSTOMER, city="Paris", email=None),
        contact(phone=OTHER_CUSTOMER, firstName="Bob"),
        contact(phone=CUSTOMER, email="Ada@Example.com", lastName="L"),
        contact(phone=OTHER_CUSTOMER, firstName="Rob"),
    )

    assert report == {"total": 4, "applied": 4, "failed": 0, "warnings": 0, "errors": []}
    assert await lookup(api, store, CUSTOMER) == [min(known, other)]
    assert len(await profile_ids(api, store)) == 2
    traits = {"phone": CUSTOMER, "email": "Ada@Example.com", "firstName": "Ada", "lastName": "L", "city": "Paris"}
    assert await traits_of(api, store) == {"Contact": traits}
    assert await traits_of(api, store, OTHER_CUSTOMER) == {"Contact": {"phone": OTHER_CUSTOMER, "firstName": "Rob"}}


async def test_what_is_wrong_is_left_out_and_told_by_its_index(api, runtime):
    store = await create_store(api)

    report = await applied(
        api,
        runtime,
        store,
        contact(phone=CUSTOMER, shoeSize="43", city=7),
        contact(firstName="Nobody"),
        {"traits": {"Pets": {"name": "Rex"}, "Contact": {"phone": OTHER_CUSTOMER}}},
        {},
        contact(phone="call me maybe"),
        contact(email="a\x00@b.c", phone="+12025550103"),
    )

    assert {name: report[name] for name in ("total", "applied", "failed", "warnings")} == {
        "total": 6,
        "applied": 3,
        "failed": 3,
        "warnings": 5,
    }
    told = [(one["index"], one["severity"]) for one in report["errors"]]
    assert told == [
        *[(0, "WARNING"), (0, "WARNING"), (1, "ERROR"), (2, "WARNING"), (3, "ERROR")],
        *[(4, "WARNING"), (4, "ERROR"), (5, "WARNING")],
    ]
    assert "maybe" not in json.dumps(report)
    assert await traits_of(api, store) == {"Contact": {"phone": CUSTOMER}}
    assert await traits_of(api, store, "+12025550103") == {"Contact": {"phone": "+12025550103"}}


async def test_a_thousand_problems_are_told_and_all_are_counted(api, runtime):
    store = await create_store(api)
    many = {f"x{number}": 1 for number in range(98)}
    report = await applied(api, runtime, store, *[contact(**many) for _ in range(11)], contact(phone=CUSTOMER))
    assert (report["failed"], report["warnings"], len(report["errors"])) == (11, 11 * 98, 1000)


async def test_1000_profiles_are_taken_within_100_ms_and_one_more_is_refused(api, runtime):
    store = await create_store(api)
    profiles = numbered(1000)
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        ok(await put(api, store, profiles), 202)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1
    assert_problem(await put(api, store, numbered(1001)), 400, 400)
    await run_jobs(runtime)
    assert len(await profile_ids(api, store)) == 1000


@pytest.mark.parametrize(
    "profiles",
    [
        [],
        None,
        {},
        "x",
        [None],
        ["x"],
        [contact(phone=1.5)],
        [contact(phone={"a": 1})],
        [contact(phone=[["a"]])],
        [{"traits": {"Contact": "x"}}],
        [{"traits": {"Contact": {f"x{n}": 1 for n in range(100)}}}],
        [{"traits": {f"G{n}": {} for n in range(51)}}],
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_batch_of_another_shape_is_refused(api, profiles):
    store = await create_store(api)
    assert_problem(await put(api, store, profiles), 400, 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"profiles": 1}'], ids=repr)
async def test_a_body_of_another_shape_is_refused(api, body):
    store = await create_store(api)
    headers = {"Content-Type": "application/json"}
    response = await api.put(f"/v1/Stores/{store}/Profiles/Bulk", content=body, headers=headers)
    assert_problem(response, 400, 400)


async def test_a_number_larger_than_any_column_is_told(api, runtime):
    store = await create_store(api)
    report = await applied(api, runtime, store, contact(phone=CUSTOMER, city=10**30))
    assert [one["message"] for one in report["errors"]] == ["traits.Contact.city must be of type STRING"]


async def test_what_the_check_lets_pass_the_job_can_read(api, runtime):
    store = await create_store(api)
    odd = [{"traits": "null"}, {"traits": {"Contact": "null"}}, contact(phone=CUSTOMER, city="null", street="1")]
    report = await applied(api, runtime, store, *odd)
    assert (report["applied"], report["failed"]) == (1, 2)
    assert await traits_of(api, store) == {"Contact": {"phone": CUSTOMER, "city": "null", "street": "1"}}


async def test_a_compressed_batch_is_read(api, runtime):
    store = await create_store(api)
    body = gzip.compress(json.dumps({"profiles": [contact(phone=CUSTOMER)]}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    ok(await api.put(f"/v1/Stores/{store}/Profiles/Bulk", content=body, headers=headers), 202)
    await run_jobs(runtime)
    assert len(await lookup(api, store, CUSTOMER)) == 1


async def test_batches_of_a_store_are_applied_in_their_order(api, runtime):
    store = await create_store(api)
    for number in range(6):
        ok(await put(api, store, [contact(phone=CUSTOMER, city=f"City {number}")]), 202)
    await run_jobs(runtime)
    assert (await traits_of(api, store))["Contact"]["city"] == "City 5"


async def test_a_trait_group_that_is_deleted_while_a_batch_is_prepared_gets_no_values(api, runtime):
    store = await create_store(api)
    groups = f"/v1/ControlPlane/Stores/{store}/TraitGroups"
    ok(await api.post(groups, json={"displayName": "Loyalty", "traits": {"tier": {"dataType": "STRING"}}}), 202)
    to_look_at = {"Other": {f"t{n}": n for n in range(99)}}
    batch = [{"traits": {**one["traits"], **to_look_at, "Loyalty": {"tier": "gold"}}} for one in numbered(1000)]
    accepted = ok(await put(api, store, batch), 202)

    operation_id = accepted["operationId"]
    job = asyncio.create_task(bulk.apply(runtime.db, mint, clock, StoreId(store), operation_id=operation_id, actor="x"))
    while ok(await api.get(accepted["statusUrl"]))["status"] == "PENDING":  # noqa: ASYNC110 - it is asked over the API
        await asyncio.sleep(0)
    ok(await api.delete(f"{groups}/Loyalty"), 202)
    await job
    await run_jobs(runtime)

    assert ok(await api.get(accepted["statusUrl"]))["status"] == "COMPLETED"
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM trait WHERE trait_group = 'Loyalty'") == 0


async def test_applied_again_it_changes_nothing(api, runtime):
    store = await create_store(api)
    accepted = ok(await put(api, store, [contact(phone=CUSTOMER, city="Paris")]), 202)
    await run_jobs(runtime)
    first = ok(await api.get(accepted["statusUrl"]))
    await create_profile(api, store, city="Rome")

    await bulk.apply(runtime.db, mint, clock, StoreId(store), operation_id=accepted["operationId"], actor="somebody")

    assert ok(await api.get(accepted["statusUrl"])) == first
    assert (await traits_of(api, store))["Contact"]["city"] == "Rome"


async def test_what_came_in_is_gone_once_it_is_applied(api, runtime):
    store = await create_store(api)
    ok(await put(api, store, [contact(phone=CUSTOMER)]), 202)
    assert await waiting(runtime) == 1
    await run_jobs(runtime)
    assert await waiting(runtime) == 0


async def waiting(runtime) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM bulk_batch")


async def test_unknown_and_malformed_stores_are_refused(api):
    assert_problem(await put(api, unknown("mem_store"), numbered(1)), 404, 520041)
    assert_problem(await put(api, "mem_store_x", numbered(1)), 400, 520049)
