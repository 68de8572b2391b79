"""docs/api-coverage.md: is what the code says, leaves nothing unproven, and each rule of it can fail."""

import ast

import pytest
from tests import coverage
from tests.coverage import CONTRACT, MEMORY, ORCHESTRATOR, TABLE, BadMarkerError, Proof

FETCH_STORE = "GET /v1/ControlPlane/Stores/{storeId}"


def test_the_contract_has_46_and_22_endpoints() -> None:
    assert len(set(MEMORY)) == len(MEMORY) == 46
    assert len(set(ORCHESTRATOR)) == len(ORCHESTRATOR) == 22
    assert len({coverage.shape(one) for one in CONTRACT}) == 68


def test_the_whole_memory_api_is_here() -> None:
    answered = {coverage.shape(one) for one in coverage.routes()}
    assert [one for one in MEMORY if coverage.shape(one) not in answered] == []


def test_the_official_sdk_proves_every_endpoint_that_is_here() -> None:
    assert coverage.unproven(coverage.proofs(), coverage.routes()) == []


def test_the_table_is_what_the_code_says() -> None:
    assert TABLE.read_text("utf-8") == coverage.render(coverage.routes(), coverage.proofs()), "run: make docs"


@pytest.mark.parametrize(
    "marker",
    [
        "pytest.mark.endpoint('GET /v1/ControlPlane/Shops')",
        f"pytest.mark.endpoint('{FETCH_STORE}', 'GET /v1')",
        "pytest.mark.endpoint('GET /v1/ControlPlane/Stores/{store_id}')",
        "pytest.mark.endpoint(FETCH_STORE)",
        "pytest.mark.endpoint()",
        "pytest.mark.endpoint",
    ],
)
def test_a_marker_of_something_else_is_refused(marker: str) -> None:
    with pytest.raises(BadMarkerError, match=r"test_sdk\.py:1: .* is no endpoint"):
        list(coverage.proofs_in("test_sdk", ast.parse(f"@{marker}\ndef test_it(): ...")))


def test_markers_are_read_from_functions_of_both_kinds() -> None:
    text = f"@pytest.mark.endpoint('{FETCH_STORE}')\nasync def test_a(): ...\n@pytest.mark.skip\ndef test_b(): ..."
    assert list(coverage.proofs_in("test_sdk_x", ast.parse(text))) == [Proof("test_sdk_x", "test_a", FETCH_STORE)]


def test_only_the_official_sdk_is_a_proof() -> None:
    proof = Proof("test_sdk_x", "test_a", FETCH_STORE)
    assert coverage.unproven([proof], [FETCH_STORE]) == []
    assert coverage.unproven([Proof("test_wire", "test_a", FETCH_STORE)], [FETCH_STORE]) == [FETCH_STORE]
    assert coverage.unproven([], ["GET /v1/ControlPlane/Stores/{id}"]) == [FETCH_STORE]
    assert coverage.unproven([], []) == []


def test_the_table_tells_what_is_missing_and_what_was_added() -> None:
    text = coverage.render(
        {FETCH_STORE: "Fetch", "GET /v1/Moon": "Look up"}, [Proof("test_sdk_x", "test_a_b", FETCH_STORE)]
    )
    assert f"| `{FETCH_STORE}` | yes | [sdk_x](../tests/contract/test_sdk_x.py): a b |" in text
    assert "| `GET /v1/ControlPlane/Stores` | not yet |  |" in text
    assert "| `GET /v1/Moon` | Look up |" in text
    assert "`/v1`: 1 of 46" in text


@pytest.mark.parametrize(
    ("request_line", "endpoint"),
    [
        ("GET /v1/ControlPlane/Stores/mem_store_1", FETCH_STORE),
        ("PUT /v1/Stores/mem_store_1/Profiles/Bulk", "PUT /v1/Stores/{storeId}/Profiles/Bulk"),
        ("GET /v1/Stores/mem_store_1/Profiles/Imports", "GET /v1/Stores/{storeId}/Profiles/Imports"),
        ("GET /v1/Stores/mem_store_1/Profiles/x", "GET /v1/Stores/{storeId}/Profiles/{profileId}"),
        ("GET /v1/ControlPlane/Shops", None),
    ],
)
def test_requests_are_told_apart(request_line: str, endpoint: str | None) -> None:
    assert coverage.endpoint_of(*request_line.split()) == endpoint
