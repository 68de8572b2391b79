"""Stores: success, errors, paging, limits."""


async def test_a_store_is_there_as_soon_as_it_is_accepted(api):
    created = await api.post("/v1/ControlPlane/Stores", json={"displayName": "shop", "description": "A shop"})

    assert created.status_code == 202
    operation = await api.get(f"/v1/ControlPlane/Operations/{created.headers['Operation-Id']}")
    assert operation.json()["status"] == "COMPLETED"
    store = await api.get(f"/v1/ControlPlane/Stores/{operation.json()['result']['id']}")
    assert store.json()["displayName"] == "shop"
    assert store.json()["status"] == "ACTIVE"
