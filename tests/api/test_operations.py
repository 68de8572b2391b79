"""Operations of both control planes."""

import pytest
from tests.helpers import assert_problem, configuration, create_store, ok, unknown

from regulars.core import ids
from regulars.domain.operations import OperationError
from regulars.runtime import clock
from regulars.services import operations as service
from regulars.storage import operations


async def memory_operation(api) -> str:
    created = await api.post("/v1/ControlPlane/Stores", json={"displayName": "shop"})
    return created.headers["Operation-Id"]


async def conversations_operation(api) -> str:
    created = await api.post("/v2/ControlPlane/Configurations", json=configuration(await create_store(api)))
    return created.headers["Operation-Id"]


async def test_a_memory_operation_names_the_resource(api):
    operation_id = await memory_operation(api)

    response = await api.get(f"/v1/ControlPlane/Operations/{operation_id}")

    body = ok(response)
    assert set(body) == {"operationId", "status", "statusUrl", "createdAt", "completedAt", "result"}
    assert body["operationId"] == operation_id == response.headers["Operation-Id"]
    assert body["status"] == "COMPLETED"
    assert body["result"]["type"] == "RESOURCE_ID"
    assert body["result"]["id"].startswith("mem_store_")
    assert response.headers["Retry-After"].isdigit()


async def test_a_conversations_operation_names_the_resource(api):
    operation_id = await conversations_operation(api)

    body = ok(await api.get(f"/v2/ControlPlane/Operations/{operation_id}"))

    assert set(body) == {"operationId", "status", "statusUrl", "createdAt", "completedAt", "related", "error"}
    assert body["operationId"] == operation_id
    assert body["status"] == "COMPLETED"
    assert body["error"] is None
    assert list(body["related"]) == ["configurationId"]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_unknown_operation_is_not_found(api, version):
    assert_problem(await api.get(f"/{version}/ControlPlane/Operations/{unknown('mem_operation')}"), 404, 20404)
    assert_problem(await api.get(f"/{version}/ControlPlane/Operations/nothing"), 404, 20404)


async def test_operations_stay_on_their_plane(api):
    assert_problem(await api.get(f"/v2/ControlPlane/Operations/{await memory_operation(api)}"), 404, 20404)
    assert_problem(await api.get(f"/v1/ControlPlane/Operations/{await conversations_operation(api)}"), 404, 20404)


@pytest.mark.parametrize("make", [memory_operation, conversations_operation])
async def test_the_status_url_leads_back_to_where_the_request_came(api, make):
    version = "v1" if make is memory_operation else "v2"
    url = f"/{version}/ControlPlane/Operations/{await make(api)}"
    body = ok(await api.get(url, headers={"Host": "memory.example:8443"}))
    assert body["statusUrl"] == f"http://memory.example:8443{url}"


async def test_the_status_url_of_an_acceptance_leads_back_too(api):
    created = await api.post(
        "/v1/ControlPlane/Stores", json={"displayName": "shop"}, headers={"Host": "memory.example:8443"}
    )
    assert created.json()["statusUrl"].startswith("http://memory.example:8443/v1/ControlPlane/Operations/")
    assert created.headers["Location"] == created.json()["statusUrl"]


async def test_behind_a_proxy_the_status_url_is_the_outer_one(api):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "memory.example"}
    created = await api.post("/v1/ControlPlane/Stores", json={"displayName": "shop"}, headers=headers)
    assert created.json()["statusUrl"].startswith("https://memory.example/v1/ControlPlane/Operations/")


FAILURE = OperationError(title="Import failed", detail="Column mobile is missing", status=400, code=400)


async def start(runtime, ctx, prefix: str = ids.MEMORY_OPERATION) -> str:
    started = await runtime.db.write(
        lambda tx: service.start(tx, ctx, unknown("conv_configuration"), prefix=prefix, status="PENDING")
    )
    return started.operation_id


async def test_an_operation_is_pending_then_runs_then_is_completed(api, runtime, ctx):
    operation_id = await start(runtime, ctx)
    url = f"/v1/ControlPlane/Operations/{operation_id}"
    assert set(ok(await api.get(url))) == {"operationId", "status", "statusUrl", "createdAt"}
    for _ in range(2):
        await runtime.db.write(lambda tx: operations.set_running(tx, operation_id))
        assert ok(await api.get(url))["status"] == "RUNNING"
    await runtime.db.write(lambda tx: operations.complete(tx, operation_id, clock(), report={"total": 2, "errors": []}))
    body = ok(await api.get(url))
    assert (body["status"], body["report"]) == ("COMPLETED", {"total": 2, "errors": []})
    assert body["result"]["type"] == "RESOURCE_ID"
    assert "error" not in body


async def test_a_failed_operation_tells_why_and_names_no_result(api, runtime, ctx):
    operation_id = await start(runtime, ctx)
    await runtime.db.write(lambda tx: operations.fail(tx, operation_id, clock(), FAILURE, report={"total": 0}))
    body = ok(await api.get(f"/v1/ControlPlane/Operations/{operation_id}"))
    assert set(body) == {"operationId", "status", "statusUrl", "createdAt", "completedAt", "error", "report"}
    assert body["status"] == "FAILED"
    assert body["error"] == {
        "type": "https://www.twilio.com/docs/api/errors/400",
        "title": "Import failed",
        "status": 400,
        "code": 400,
        "detail": "Column mobile is missing",
    }


async def test_an_operation_ends_once(api, runtime, ctx):
    operation_id = await start(runtime, ctx)
    await runtime.db.write(lambda tx: operations.complete(tx, operation_id, clock()))
    await runtime.db.write(lambda tx: operations.fail(tx, operation_id, clock(), FAILURE))
    await runtime.db.write(lambda tx: operations.set_running(tx, operation_id))
    assert ok(await api.get(f"/v1/ControlPlane/Operations/{operation_id}"))["status"] == "COMPLETED"


async def test_on_the_other_plane_what_runs_is_pending_and_failures_are_told(api, runtime, ctx):
    operation_id = await start(runtime, ctx, ids.CONVERSATIONS_OPERATION)
    url = f"/v2/ControlPlane/Operations/{operation_id}"
    await runtime.db.write(lambda tx: operations.set_running(tx, operation_id))
    assert ok(await api.get(url))["status"] == "PENDING"
    await runtime.db.write(lambda tx: operations.fail(tx, operation_id, clock(), FAILURE))
    body = ok(await api.get(url))
    assert (body["status"], body["error"]["detail"]) == ("FAILED", "Column mobile is missing")


async def test_an_operation_remembers_who_asked(runtime, ctx):
    operation_id = await start(runtime, ctx)
    async with runtime.db.read() as tx:
        actor = await tx.value("SELECT actor FROM operation WHERE operation_id = %(id)s", id=operation_id)
    assert actor == ctx.actor
