"""A live server on loopback for the whole folder, and an account of its own for each test."""

from collections.abc import Iterator

import pytest
from tests.processes import Customer, Running, folder, join, nothing_left, serve
from twilio.rest import Client


@pytest.fixture(scope="session")
def live() -> Iterator[Running]:
    with folder() as data_dir, nothing_left(data_dir), serve(data_dir) as server:
        yield server


@pytest.fixture
def customer(live: Running) -> Customer:
    return join(live)


@pytest.fixture
def client(customer: Customer) -> Client:
    """The official SDK, pointed at the server as our README says."""
    return customer.sdk()
