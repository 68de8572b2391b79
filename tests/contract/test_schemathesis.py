"""Requests made up from our own OpenAPI: no crash, no status or body that the description does not promise."""

import re
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
    """Ids for the parameters of every address."""
    store, plane = f"/v1/Stores/{customer.store_id}", f"/v1/ControlPlane/Stores/{customer.store_id}"
    profile = customer.get(f"{store}/Profiles")["profiles"][0]
    mine = f"{store}/Profiles/{profile}"
    memory = {"content": "Lives in Berlin", "source": "crm", "occurredAt": "2026-11-20T10:00:00Z"}
    customer.post(f"{mine}/Observations", {"observations": [memory]})
    opened = customer.get("/v2/Conversations")["conversations"][0]
    conversation = opened["id"]
    ends = [{"address": name, "channel": "CHAT"} for name in ("bot", "visitor")]
    payload = {"from": ends[0], "to": ends[1:], "content": {"text": "Hello"}}
    action = customer.post(f"/v2/Conversations/{conversation}/Actions", {"type": "SEND_MESSAGE", "payload": payload})
    customer.post(f"{mine}/ConversationSummaries", {"summaries": [{**memory, "conversationId": conversation}]})
    columns = [("Phone", "phone"), ("Name", "firstName")]
    mappings = [{"columnName": column, "traitGroup": "Contact", "traitName": trait} for column, trait in columns]
    declared = {"filename": "people.csv", "fileSize": 9, "columnMappings": mappings}
    mapping = {
        "displayName": "crm",
        "mappingFrom": {"type": "INGRESS", "columns": ["Name"]},
        "mappingTo": {
            "type": "TRAITS",
            "mappings": [{"expression": "Name", "traitGroup": "Contact", "traitName": "firstName"}],
        },
    }
    customer.post(f"{plane}/DataMappings", mapping)
    created = customer.post(
        f"{plane}/TraitGroups", {"displayName": "Loyalty", "traits": {"tier": {"dataType": "STRING"}}}
    )
    return {
        "store_id": customer.store_id,
        "operation_id": created["statusUrl"].rpartition("/")[2],
        "trait_group_name": "Loyalty",
        "data_mapping_id": customer.get(f"{plane}/DataMappings")["dataMappings"][0]["id"],
        "profile_id": profile,
        "id_type": "phone",
        "import_id": customer.post(f"{store}/Profiles/Imports", declared)["importId"],
        "merge_id": one_merge(customer, store, mine),
        "observation_id": customer.get(f"{mine}/Observations")["observations"][0]["id"],
        "summary_id": customer.get(f"{mine}/ConversationSummaries")["summaries"][0]["id"],
        "configuration_id": customer.configuration_id,
        "conversation_id": conversation,
        "participant_id": opened["participants"][0]["id"],
        "action_id": action["id"],
        "communication_id": customer.get(f"/v2/Conversations/{conversation}/Communications")["communications"][0]["id"],
    }


def one_merge(customer: Customer, store: str, mine: str) -> str:
    customer.post(f"{store}/Profiles", {"traits": {"Contact": {"email": "ada@example.com"}}})
    customer.post(f"{mine}/Identifiers", {"idType": "email", "value": "ada@example.com"})
    return customer.get(f"{mine}/Merges")["merges"][0]["id"]


def test_every_parameter_of_an_address_has_a_value(lived_in: Customer) -> None:
    addresses = " ".join(lived_in.get("/openapi.json")["paths"])
    assert set(re.findall(r"\{(\w+)\}", addresses)) == set(one_of_everything(lived_in))


@pytest.mark.parametrize("ids", ["of things that exist", "made up"])
def test_the_server_keeps_to_its_description(lived_in: Customer, live: Running, tmp_path: Path, ids: str) -> None:
    """What exists is not deleted, so that the rest of the run finds it."""
    known = one_of_everything(lived_in) if ids == "of things that exist" else {}
    config = tmp_path / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items()))
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run"]
    command += [lived_in.url + "/openapi.json", "--auth", ":".join(lived_in.auth), "--checks", CHECKS]
    command += ["--seed", "1", "--max-time", str(SECONDS), "--continue-on-failure", "--generation-database", "none"]
    command += ["--warnings", "off", "--no-color", *(["--exclude-method", "DELETE"] if known else [])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert live.events("request_crashed") == []
