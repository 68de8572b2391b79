"""Data mappings: success, errors, paging, limits, versions."""

import pytest
from tests.api.etags import assert_if_match
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import assert_accepted, assert_problem, create_store, data_mapping, fresh, ok, unknown

DATASET = {"type": "DATASET_WAREHOUSE", "datasetId": unknown("tdi_dataset")}


def url(store: str, mapping: str = "") -> str:
    return f"/v1/ControlPlane/Stores/{store}/DataMappings{'/' if mapping else ''}{mapping}"


def to(trait: str = "phone", group: str = "Contact", expression: str = "mobile") -> dict:
    return {"type": "TRAITS", "mappings": [{"expression": expression, "traitGroup": group, "traitName": trait}]}


async def create(api, store: str, **fields) -> str:
    response = await api.post(url(store), json=data_mapping(**fields))
    operation = assert_accepted(response, "Data mapping creation request accepted for processing.")
    done = ok(await api.get(operation))
    assert done["status"] == "COMPLETED"
    return done["result"]["id"]


async def test_a_data_mapping_is_there_as_soon_as_it_is_accepted(api):
    store = await create_store(api)
    body = data_mapping(displayName="Crm-2.0", description="From the CRM")

    mapping = await create(api, store, **body)

    response = await api.get(url(store, mapping))
    assert response.headers["ETag"]
    found = ok(response)
    assert mapping.startswith("mem_datamapping_")
    assert found == {
        **body,
        "id": mapping,
        "isEnabled": True,
        "version": 1,
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
    }


async def test_a_data_set_is_a_source_too(api):
    store = await create_store(api)
    mapping = await create(api, store, mappingFrom=DATASET, isEnabled=False)
    found = ok(await api.get(url(store, mapping)))
    assert found["mappingFrom"] == DATASET
    assert found["isEnabled"] is False
    assert found["description"] is None


async def test_traits_are_kept_under_their_declared_names(api):
    store = await create_store(api)
    mapping = await create(api, store, mappingTo=to("first_name", "contact"))
    [kept] = ok(await api.get(url(store, mapping)))["mappingTo"]["mappings"]
    assert (kept["traitGroup"], kept["traitName"]) == ("Contact", "firstName")


@pytest.mark.parametrize(
    "fields",
    [
        {"displayName": ""},
        {"displayName": None},
        {"displayName": "2crm"},
        {"displayName": "two words"},
        {"displayName": "under_score"},
        {"displayName": "x" * 65},
        {"description": ""},
        {"description": "x" * 513},
        {"isEnabled": "yes"},
        {"mappingTo": None},
        {"mappingTo": {"mappings": []}},
        {"mappingTo": {"type": "TRAITS", "mappings": []}},
        {"mappingTo": {**to(), "type": "EVENTS"}},
        {"mappingTo": {"type": "TRAITS", "mappings": to()["mappings"] * 101}},
        {"mappingTo": to(expression="")},
        {"mappingTo": to(expression="x" * 257)},
        {"mappingTo": to(trait="Phone")},
        {"mappingTo": to(trait="x" * 129)},
        {"mappingTo": to(group="x" * 65)},
        {"mappingFrom": None},
        {"mappingFrom": {"type": "INGRESS"}},
        {"mappingFrom": {"type": "INGRESS", "columns": []}},
        {"mappingFrom": {"type": "INGRESS", "columns": ["x"] * 101}},
        {"mappingFrom": {"type": "INGRESS", "columns": ["x" * 257]}},
        {"mappingFrom": {"type": "ELSEWHERE", "columns": ["x"]}},
        {"mappingFrom": {"type": "DATASET_CLOUDAPP", "columns": ["x"]}},
        {"mappingFrom": {"type": "DATASET_CLOUDAPP", "datasetId": "x"}},
    ],
    ids=lambda fields: repr(fields)[:60],
)
async def test_a_wrong_body_is_refused(api, fields):
    store = await create_store(api)
    assert_problem(await api.post(url(store), json=data_mapping(**fields)), 400, 400)
    assert ok(await api.get(url(store)))["dataMappings"] == []


async def test_the_limits_themselves_fit(api):
    store = await create_store(api)
    await create(
        api,
        store,
        displayName="x" * 64,
        description="x" * 512,
        mappingTo={"type": "TRAITS", "mappings": to(expression="x" * 256)["mappings"] * 100},
        mappingFrom={"type": "INGRESS", "columns": ["x" * 256] * 100},
    )


async def test_targets_must_be_declared(api):
    store = await create_store(api)
    for target, code in ((to(group="Nowhere"), 520047), (to(trait="shoeSize"), 520063)):
        assert_problem(await api.post(url(store), json=data_mapping(mappingTo=target)), 400, code)
    mapping = await create(api, store)
    for target, code in ((to(group="Nowhere"), 520047), (to(trait="shoeSize"), 520063)):
        assert_problem(await api.patch(url(store, mapping), json={"mappingTo": target}), 400, code)


async def test_a_name_is_unique_in_its_store(api):
    store = await create_store(api)
    await create(api, store, displayName="crm")
    other = await create(api, store)
    assert_problem(await api.post(url(store), json=data_mapping(displayName="crm")), 409, 20409)
    assert_problem(await api.patch(url(store, other), json={"displayName": "crm"}), 409, 20409)
    await create(api, await create_store(api), displayName="crm")


async def test_a_change_leaves_what_it_does_not_name_and_replaces_mappings_whole(api):
    store = await create_store(api)
    mapping = await create(api, store, description="old")
    before = ok(await api.get(url(store, mapping)))

    accepted = await api.patch(url(store, mapping), json={"mappingTo": to("email"), "isEnabled": False})

    assert_accepted(accepted, "Data mapping update request accepted for processing.")
    after = ok(await api.get(url(store, mapping)))
    changed = {"mappingTo": to("email"), "isEnabled": False, "version": 2, "updatedAt": after["updatedAt"]}
    assert after == {**before, **changed}
    ok(await api.patch(url(store, mapping), json={"displayName": "renamed", "description": "new"}), 202)
    after = ok(await api.get(url(store, mapping)))
    assert (after["displayName"], after["description"], after["version"]) == ("renamed", "new", 3)


async def test_a_change_of_nothing_is_one_all_the_same(api):
    store = await create_store(api)
    mapping = await create(api, store)
    ok(await api.patch(url(store, mapping)), 202)
    ok(await api.patch(url(store, mapping), json={}), 202)
    assert ok(await api.get(url(store, mapping)))["version"] == 3


@pytest.mark.parametrize(
    "body",
    [{"mappingFrom": DATASET}, {"displayName": "two words"}, {"isEnabled": "maybe"}, {"mappingTo": {"type": "TRAITS"}}],
    ids=repr,
)
async def test_a_wrong_change_is_refused(api, body):
    store = await create_store(api)
    mapping = await create(api, store)
    assert_problem(await api.patch(url(store, mapping), json=body), 400, 400)
    assert ok(await api.get(url(store, mapping)))["version"] == 1


async def test_what_was_fetched_can_be_sent_back(api):
    store = await create_store(api)
    address = url(store, await create(api, store))
    fetched = ok(await api.get(address))
    ok(await api.patch(address, json={**fetched, "description": "edited"}), 202)
    assert ok(await api.get(address))["description"] == "edited"


async def test_if_match_holds_on_to_a_version(api):
    store = await create_store(api)
    address = url(store, await create(api, store))
    await assert_if_match(api, address, lambda n: {"description": f"Version {n}"})


async def test_a_deleted_data_mapping_is_gone(api):
    store = await create_store(api)
    mapping = await create(api, store, displayName="crm")
    accepted = await api.delete(url(store, mapping))
    operation = assert_accepted(accepted, "Data mapping deletion request accepted for processing.")
    assert ok(await api.get(operation))["result"]["id"] == mapping
    for method in ("GET", "PATCH", "DELETE"):
        assert_problem(await api.request(method, url(store, mapping)), 404, 520048)
    await create(api, store, displayName="crm")


async def test_unknown_and_malformed_ids_are_told_apart(api):
    store = await create_store(api)
    foreign = await create(api, await create_store(api))
    for method in ("GET", "PATCH", "DELETE"):
        assert_problem(await api.request(method, url(store, unknown("mem_datamapping"))), 404, 520048)
        assert_problem(await api.request(method, url(store, foreign)), 404, 520048)
        assert_problem(await api.request(method, url(store, "crm")), 400, 400)
        assert_problem(await api.request(method, url(unknown("mem_store"), foreign)), 404, 520041)


async def test_the_list_can_be_narrowed_to_a_source(api):
    store = await create_store(api)
    first = await create(api, store)
    second = await create(api, store, mappingFrom=DATASET)
    body = ok(await api.get(url(store)))
    assert body["meta"] == {"key": "dataMappings", "pageSize": 2}
    assert [one["id"] for one in body["dataMappings"]] == [second, first]
    for source, expected in (("INGRESS", [first]), ("DATASET_WAREHOUSE", [second]), ("DATASET_CLOUDAPP", [])):
        found = ok(await api.get(url(store), params={"type": source}))["dataMappings"]
        assert [one["id"] for one in found] == expected
    assert_problem(await api.get(url(store), params={"type": "ELSEWHERE"}), 400, 400)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    store = await create_store(api)
    await assert_walks(api, url(store), "dataMappings", lambda: create(api, store, displayName=fresh("m")), order)


async def test_inserts_do_not_disturb_pages(api):
    store = await create_store(api)
    await assert_inserts_do_not_disturb(api, url(store), "dataMappings", lambda: create(api, store))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, url(await create_store(api)))
