"""What travels below the SDKs: compression both ways."""

import gzip
import json
import zlib

import httpx
import pytest
from tests.processes import Customer


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_bodies_are_read(customer: Customer, encoding: str, packed) -> None:
    body = packed(json.dumps({"displayName": "packed"}).encode())
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    answer = httpx.post(f"{customer.url}/v1/ControlPlane/Stores", content=body, headers=headers, auth=customer.auth)
    assert answer.status_code == 202
    assert answer.json()["displayName"] == "packed"


def test_long_answers_are_compressed_for_those_who_ask(customer: Customer) -> None:
    customer.settle()
    for number in range(40):
        customer.post(
            f"/v1/Stores/{customer.store_id}/Profiles", {"traits": {"Contact": {"phone": f"+131755503{number:02}"}}}
        )
    url = f"{customer.url}/v1/Stores/{customer.store_id}/Profiles"
    plain = httpx.get(url, auth=customer.auth, headers={"Accept-Encoding": "identity"})
    packed = httpx.get(url, auth=customer.auth, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert len(packed.json()["profiles"]) == 40
