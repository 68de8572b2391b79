"""Requests made up from our own OpenAPI: no crash, no status or body that the description does not promise."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.processes import Customer, Running

pytestmark = pytest.mark.timeout(150)
SECONDS = 14
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
"""Without `allow_header_conformance`: on OPTIONS, Litestar names only the first method of an address."""


@pytest.fixture
def lived_in(customer: Customer) -> Customer:
    """Somebody with one of everything."""
    customer.settle()
    assert customer.sms("+13175550100", "Hello, I live in Berlin.") == 200
    return customer


def one_of_everything(customer: Customer) -> dict[str, str]:
    conversation = customer.get("/v2/Conversations")["conversations"][0]["id"]
    profile = customer.get(f"/v1/Stores/{customer.store_id}/Profiles")["profiles"][0]
    observations = f"/v1/Stores/{customer.store_id}/Profiles/{profile}/Observations"
    observation = {"content": "Lives in Berlin", "source": "crm", "occurredAt": "2026-11-20T10:00:00Z"}
    customer.post(observations, {"observations": [observation]})
    return {
        "store_id": customer.store_id,
        "profile_id": profile,
        "observation_id": customer.get(observations)["observations"][0]["id"],
        "configuration_id": customer.configuration_id,
        "conversation_id": conversation,
        "communication_id": customer.get(f"/v2/Conversations/{conversation}/Communications")["communications"][0]["id"],
    }


@pytest.mark.parametrize("ids", ["of things that exist", "made up"])
def test_the_server_keeps_to_its_description(lived_in: Customer, live: Running, tmp_path: Path, ids: str) -> None:
    known = one_of_everything(lived_in) if ids == "of things that exist" else {}
    config = tmp_path / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items()))
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run"]
    command += [lived_in.url + "/openapi.json", "--auth", ":".join(lived_in.auth), "--checks", CHECKS]
    command += ["--seed", "1", "--max-time", str(SECONDS), "--continue-on-failure", "--generation-database", "none"]
    command += ["--warnings", "off", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert live.events("request_crashed") == []
