"""Operations of both control planes."""

import pytest
from tests.helpers import assert_problem, configuration, create_store, ok, unknown


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
