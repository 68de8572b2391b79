"""Many profiles at once, by batch and by file, through the official Python SDK."""

from datetime import datetime

import httpx
import pytest
from tests.contract.refusals import refusal
from tests.contract.sdk import ended, import_of, lookup, new_store
from tests.processes import Customer
from twilio.rest import Client
from twilio.rest.memory.v1.bulk import BulkList
from twilio.rest.memory.v1.import_ import ImportInstance

NO_IMPORT = "mem_import_" + "0" * 26


def batch(*contacts: dict) -> BulkList.UpdateProfilesBulkRequest:
    return BulkList.UpdateProfilesBulkRequest({"profiles": [{"traits": {"Contact": one}} for one in contacts]})


def declared(client: Client, store: str, content: bytes) -> ImportInstance:
    return client.memory.v1.imports(store).create(import_of(content, phone="Phone", firstName="Name"))


@pytest.mark.endpoint("PUT /v1/Stores/{storeId}/Profiles/Bulk", "GET /v1/ControlPlane/Operations/{operationId}")
def test_a_batch_is_applied_and_its_operation_ends(client: Client, customer: Customer) -> None:
    store = new_store(client)
    people = [{"phone": f"+131755{number:05}", "firstName": f"Name{number}"} for number in range(1000)]
    accepted = client.memory.v1.bulk(store).update_with_http_info(batch(*people))
    assert accepted.status_code == 202
    taken = accepted.data
    assert taken.message == "Profile batch accepted for processing."
    assert taken.status_url == f"{customer.url}/v1/ControlPlane/Operations/{taken.operation_id}"
    assert accepted.headers["operation-id"] == taken.operation_id
    assert isinstance(taken.created_at, datetime)

    assert isinstance(ended(client, taken.status_url).completed_at, datetime)
    assert len(client.memory.v1.profiles(store).list(page_size=300)) == 1000
    (found,) = lookup(client, store, "phone", "+13175500777")
    assert client.memory.v1.profiles(store, found).fetch().traits["Contact"]["firstName"] == "Name777"


@pytest.mark.endpoint("PUT /v1/Stores/{storeId}/Profiles/Bulk")
def test_what_is_wrong_in_a_batch_does_not_hold_up_the_rest(client: Client, customer: Customer) -> None:
    store = new_store(client)
    taken = client.memory.v1.bulk(store).update(
        batch({"phone": "+13175550100", "city": "Rome"}, {"city": "Bonn"}, {"phone": "3175550100", "firstName": "Ada"})
    )
    ended(client, taken.status_url)
    report = customer.get(f"/v1/ControlPlane/Operations/{taken.operation_id}")["report"]
    assert (report["total"], report["applied"], report["failed"]) == (3, 2, 1)
    assert [problem["index"] for problem in report["errors"]] == [1]
    (found,) = client.memory.v1.profiles(store).list()
    traits = client.memory.v1.profiles(store, found).fetch().traits["Contact"]
    assert (traits["city"], traits["firstName"]) == ("Rome", "Ada")


def test_a_batch_of_none_or_too_many_is_refused(client: Client) -> None:
    bulk = client.memory.v1.bulk(new_store(client))
    assert refusal(lambda: bulk.update(batch())) == (400, 400)
    assert refusal(lambda: bulk.update(batch(*[{"phone": "+13175550100"}] * 1001))) == (400, 400)


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles/Imports",
    "GET /v1/Stores/{storeId}/Profiles/Imports/{importId}",
    "GET /v1/ControlPlane/Operations/{operationId}",
)
def test_a_file_is_uploaded_to_its_url_and_imported(client: Client, customer: Customer) -> None:
    store = new_store(client)
    lines = [f"+131755{number:05},Name{number}" for number in range(1200)]
    content = "\n".join(["Phone,Name", *lines, ",Nobody"]).encode()
    request = import_of(content, phone="Phone", firstName="Name")
    created = client.memory.v1.imports(store).create_with_http_info(request)
    assert created.status_code == 201
    task = created.data
    assert task.import_id.startswith("mem_import_")
    assert len(task.url) <= 2048
    assert task.status_url == f"{customer.url}/v1/ControlPlane/Operations/{task.operation_id}"
    assert isinstance(task.created_at, datetime)
    waiting = client.memory.v1.imports(store).get(task.import_id).fetch()
    assert (waiting.status, waiting.filename, waiting.file_size) == ("PENDING", "people.csv", len(content))
    assert client.memory.v1.operations(task.operation_id).fetch().status == "PENDING"

    assert httpx.put(task.url, content=content).status_code == 200
    assert ended(client, task.status_url).result["id"] == task.import_id
    done = client.memory.v1.imports(store).get(task.import_id).fetch()
    assert (done.status, done.summary) == ("COMPLETED", {"errors": 1, "warnings": 0})
    assert done.column_mappings == request.to_dict()["columnMappings"]
    assert isinstance(done.created_at, datetime)
    assert isinstance(done.updated_at, datetime)
    assert len(client.memory.v1.profiles(store).list(page_size=500)) == 1200
    (found,) = lookup(client, store, "phone", "+13175501199")
    assert client.memory.v1.profiles(store, found).fetch().traits["Contact"]["firstName"] == "Name1199"


@pytest.mark.endpoint("POST /v1/Stores/{storeId}/Profiles/Imports")
def test_an_upload_needs_no_credentials_but_its_own_link_and_counts_once(client: Client) -> None:
    store = new_store(client)
    content = b"Phone,Name\n+13175550100,Ada\n"
    task, other = declared(client, store, content), declared(client, store, content)
    bare, _, token = task.url.partition("?")
    assert httpx.put(bare, content=content).status_code == 403
    assert httpx.put(f"{other.url.partition('?')[0]}?{token}", content=content).status_code == 403
    assert httpx.put(task.url, content=content[:-1]).status_code == 400
    assert httpx.put(task.url, content=content + b"\n").status_code == 400
    assert httpx.put(task.url, content=content).status_code == 200
    assert httpx.put(task.url, content=content).status_code == 409
    ended(client, task.status_url)


@pytest.mark.endpoint("GET /v1/Stores/{storeId}/Profiles/Imports/{importId}")
def test_a_file_without_its_columns_fails(client: Client) -> None:
    store = new_store(client)
    content = b"Telephone,Name\n+13175550100,Ada\n"
    task = declared(client, store, content)
    assert httpx.put(task.url, content=content).status_code == 200
    failed = ended(client, task.status_url, "FAILED")
    assert failed.result is None
    assert "Phone" in failed.error["detail"]
    assert client.memory.v1.imports(store).get(task.import_id).fetch().status == "FAILED"
    assert client.memory.v1.profiles(store).list() == []


@pytest.mark.endpoint("GET /v1/Stores/{storeId}/Profiles/Imports")
def test_imports_are_listed_by_id_over_several_pages(client: Client) -> None:
    store = new_store(client)
    made = [declared(client, store, b"Phone,Name\n").import_id for _ in range(7)]
    imports = client.memory.v1.imports(store)
    assert list(imports.stream(page_size=3)) == made[::-1]
    assert imports.list(page_size=2, order_by="ASC") == made
    assert imports.list(limit=3) == made[:3:-1]


def test_errors_of_imports(client: Client) -> None:
    store = new_store(client)
    imports = client.memory.v1.imports(store)
    assert refusal(imports.get(NO_IMPORT).fetch) == (404, 20404)
    for code, request in (
        (400, import_of(0, phone="Phone", firstName="Name")),
        (400, import_of(104_857_601, phone="Phone", firstName="Name")),
        (400, import_of(100, phone="Phone")),
        (400, import_of(100, firstName="Name", lastName="Name")),
        (520063, import_of(100, phone="Phone", shoeSize="Size")),
    ):
        assert refusal(lambda request=request: imports.create(request)) == (400, code)
