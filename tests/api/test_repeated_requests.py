"""Idempotency-Key on the writes of configurations: what is asked twice happens once."""

import asyncio
from uuid import uuid4

import pytest
from tests.conftest import new_tenant
from tests.helpers import assert_problem, configuration, create_configuration, create_store, ok

URL = "/v2/ControlPlane/Configurations"
KEY = "4f3c1f0e-6f0a-4f3c-9a53-0d6a1f6a3f10"


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


@pytest.fixture
async def made(api, store) -> str:
    return f"{URL}/{await create_configuration(api, store)}"


async def ask(api, method: str, path: str, body=None, *, key: str, **more):
    return await api.request(method, path, json=body, headers={"Idempotency-Key": key}, **more)


def said(answer) -> tuple:
    """All of an answer that a caller acts on."""
    names = ("Operation-Id", "Location", "Retry-After")
    return (answer.status_code, answer.json(), *(answer.headers[name] for name in names))


async def names(api) -> list[str]:
    return [one["displayName"] for one in ok(await api.get(URL))["configurations"]]


async def age(runtime, seconds: int) -> None:
    """As if every key had come so much earlier."""
    statement = "UPDATE idempotent_request SET created_at = created_at - %(seconds)s * interval '1 second'"
    await runtime.db.write(lambda tx: tx.run(statement, seconds=seconds))


async def keys(runtime) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM idempotent_request")


async def operations(runtime) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM operation")


async def test_a_repeated_creation_is_answered_alike_and_makes_nothing(api, runtime, store):
    body, key = configuration(store), str(uuid4())
    first = await ask(api, "POST", URL, body, key=key)
    count = await operations(runtime)
    again = await ask(api, "POST", URL, body, key=key.upper())
    assert said(first) == said(again)
    assert first.status_code == 202
    assert await names(api) == [body["displayName"]]
    assert await operations(runtime) == count


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_repeated_change_is_made_once(api, store, made, method):
    key = str(uuid4())
    body = configuration(store, description="changed")
    first = await ask(api, method, made, body, key=key)
    ok(await api.patch(made, json={"description": "changed again"}), 202)
    again = await ask(api, method, made, body, key=key)
    assert said(first) == said(again)
    found = ok(await api.get(made))
    assert (found["description"], found["version"]) == ("changed again", 3)


async def test_a_repeated_deletion_is_accepted_again(api, made):
    key = str(uuid4())
    first = await ask(api, "DELETE", made, key=key)
    again = await ask(api, "DELETE", made, key=key)
    assert said(first) == said(again)
    assert first.status_code == 202
    assert_problem(await ask(api, "DELETE", made, key=str(uuid4())), 404, 20404)


async def test_of_many_at_once_one_happens_and_all_are_answered_alike(api, store):
    body, key = configuration(store), str(uuid4())
    answers = await asyncio.gather(*(ask(api, "POST", URL, body, key=key) for _ in range(12)))
    assert len({str(said(answer)) for answer in answers}) == 1
    assert answers[0].status_code == 202
    assert len(await names(api)) == 1


async def test_many_changes_at_once_count_once(api, made):
    key = str(uuid4())
    answers = await asyncio.gather(*(ask(api, "PATCH", made, {"description": "x"}, key=key) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert ok(await api.get(made))["version"] == 2


async def test_a_key_of_another_request_is_a_conflict(api, store, made):
    key, body = str(uuid4()), {"description": "changed"}
    ok(await ask(api, "PATCH", made, body, key=key), 202)
    second = f"{URL}/{await create_configuration(api, store)}"
    for method, path, other in (
        ("PATCH", made, {"description": "otherwise"}),
        ("PATCH", second, body),
        ("PUT", made, configuration(store)),
        ("DELETE", made, None),
        ("POST", URL, configuration(store)),
    ):
        assert_problem(await ask(api, method, path, other, key=key), 409, 20409)
    assert ok(await api.get(made))["version"] == 2
    assert ok(await api.get(second))["version"] == 1


async def test_different_requests_with_one_key_at_once_let_one_through(api, store):
    key = str(uuid4())
    answers = await asyncio.gather(*(ask(api, "POST", URL, configuration(store), key=key) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 4
    assert len(await names(api)) == 1


async def test_a_request_that_fails_leaves_its_key_free(api, runtime, store):
    key, body = str(uuid4()), configuration(store, displayName="taken")
    ok(await api.post(URL, json=body), 202)
    assert_problem(await ask(api, "POST", URL, body, key=key), 409, 20409)
    assert await keys(runtime) == 0
    ok(await ask(api, "POST", URL, configuration(store), key=key), 202)


async def test_a_key_holds_for_a_day(api, runtime, made):
    key = str(uuid4())
    first = await ask(api, "PATCH", made, {}, key=key)
    await age(runtime, 24 * 60 * 60 - 60)
    assert said(await ask(api, "PATCH", made, {}, key=key)) == said(first)
    await age(runtime, 60)
    later = await ask(api, "PATCH", made, {"description": "later"}, key=key)
    assert said(later) != said(first)
    assert ok(await api.get(made))["version"] == 3
    assert said(await ask(api, "PATCH", made, {"description": "later"}, key=key)) == said(later)
    assert await keys(runtime) == 1


async def test_a_key_is_of_one_account(api, runtime, made):
    other = await new_tenant(runtime)
    body = {"displayName": "own"}
    ok(await api.post("/v1/ControlPlane/Stores", json=body, auth=other.auth), 202)
    ok(await ask(api, "PATCH", made, {}, key=KEY), 202)
    assert_problem(await ask(api, "PATCH", made, {}, key=KEY, auth=other.auth), 404, 20404)
    own = await ask(api, "POST", URL, configuration(), key=KEY, auth=other.auth)
    assert own.status_code == 202
    assert own.json()["id"] not in made
    assert await keys(runtime) == 2


@pytest.mark.parametrize("key", ["", "first", KEY + "0", KEY.replace("-", ""), "{" + KEY + "}", "g" * 36])
async def test_a_key_that_is_no_uuid_is_refused(api, store, made, key):
    for method, path, body in (
        ("POST", URL, configuration(store)),
        ("PUT", made, configuration(store)),
        ("PATCH", made, {}),
        ("DELETE", made, None),
    ):
        assert_problem(await ask(api, method, path, body, key=key), 400, 400)
    assert ok(await api.get(made))["version"] == 1
    assert len(await names(api)) == 1
