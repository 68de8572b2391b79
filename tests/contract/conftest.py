"""A live server on loopback for the whole folder, and an account of its own for each test."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.coverage import endpoint_of
from tests.messages_api import MessagesApi, messages_api
from tests.processes import Customer, Running, folder, join, nothing_left, serve
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


@pytest.fixture(scope="session")
def carrier() -> Iterator[MessagesApi]:
    with messages_api() as api:
        yield api


@pytest.fixture(scope="session")
def live(carrier: MessagesApi) -> Iterator[Running]:
    with folder() as data_dir, nothing_left(data_dir), serve(data_dir, messages_api_url=carrier.url) as server:
        yield server


@pytest.fixture
def customer(live: Running) -> Customer:
    return join(live)


@pytest.fixture
def client(customer: Customer) -> Client:
    """The official SDK, pointed at the server as our README says."""
    return customer.sdk()


@pytest.fixture(autouse=True)
def _proves_what_it_says(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each endpoint that a marker names was asked for with an official client, and the answer was a success."""
    claimed = {endpoint for marker in request.node.iter_markers("endpoint") for endpoint in marker.args}
    answered: set[str | None] = set()

    def note(method: str, url: str, status: int) -> None:
        if status < 300:
            answered.add(endpoint_of(method.upper(), urlsplit(url).path))

    plain, asynchronous, agent_connect = TwilioHttpClient.request, AsyncTwilioHttpClient.request, httpx.AsyncClient.send

    def send(self, method, url, *rest, **more):
        response = plain(self, method, url, *rest, **more)
        note(method, url, response.status_code)
        return response

    async def send_async(self, method, url, *rest, **more):
        response = await asynchronous(self, method, url, *rest, **more)
        note(method, url, response.status_code)
        return response

    async def send_httpx(self, sent, **more):
        response = await agent_connect(self, sent, **more)
        note(sent.method, str(sent.url), response.status_code)
        return response

    monkeypatch.setattr(TwilioHttpClient, "request", send)
    monkeypatch.setattr(AsyncTwilioHttpClient, "request", send_async)
    monkeypatch.setattr(httpx.AsyncClient, "send", send_httpx)
    yield
    assert claimed <= answered, f"never called with success: {claimed - answered}"
