"""The official Python SDK, asynchronously.

Two faults of its 9.13.0 show here and are none of ours: it sends the JSON of a write as a form (so that we, like
Twilio, refuse it) unless its HTTP client is helped, and it cannot turn the page.
"""

from collections.abc import AsyncIterator

import pytest
from tests.contract.sdk import SendsJson
from tests.processes import Customer
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallList
from twilio.rest.memory.v1.store import StoreList

pytestmark = pytest.mark.filterwarnings("ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning")


@pytest.fixture(params=[AsyncTwilioHttpClient, SendsJson])
async def async_client(customer: Customer, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    http = request.param()
    client = Client(*customer.auth, http_client=http)
    client.memory.base_url = client.conversations.base_url = customer.url
    yield client
    await http.close()


async def test_the_async_client_reads(async_client: Client, customer: Customer) -> None:
    customer.settle()
    made = [
        customer.post(
            f"/v1/Stores/{customer.store_id}/Profiles", {"traits": {"Contact": {"phone": f"+1317555020{number}"}}}
        )["id"]
        for number in range(7)
    ]
    profiles = async_client.memory.v1.profiles(customer.store_id)
    assert await profiles.list_async() == made[::-1]
    assert [one async for one in await profiles.stream_async(limit=3)] == made[:3:-1]
    fetched = await async_client.memory.v1.profiles(customer.store_id, made[0]).fetch_async()
    assert fetched.traits == {"Contact": {"phone": "+13175550200"}}
    assert await async_client.conversations.v2.conversations.list_async() == []
    configuration = await async_client.conversations.v2.configurations(customer.configuration_id).fetch_async()
    assert configuration.memory_store_id == customer.store_id


@pytest.mark.parametrize("async_client", [SendsJson], indirect=True)
async def test_the_async_client_writes_when_it_is_helped(async_client: Client) -> None:
    memory = async_client.memory.v1
    store = (await memory.stores.create_async(StoreList.ServiceRequest({"displayName": "async"}))).id
    body = ProfileList.ProfileData({"traits": {"Contact": {"phone": "+13175550203"}}})
    profile = (await memory.profiles(store).create_async(body)).id
    identifier = LookupList.Identifier({"idType": "phone", "value": "+13175550203"})
    assert (await memory.lookup(store).create_async(identifier)).profiles == [profile]
    recalled = await memory.recall(store, profile).create_async(RecallList.MemoryRetrievalRequest({"query": "shoes"}))
    assert (recalled.observations, recalled.summaries, recalled.communications) == ([], [], [])


@pytest.mark.parametrize("async_client", [AsyncTwilioHttpClient], indirect=True)
async def test_a_form_that_calls_itself_json_is_refused_clearly(async_client: Client) -> None:
    with pytest.raises(TwilioRestException, match="JSON is malformed") as caught:
        await async_client.memory.v1.stores.create_async(StoreList.ServiceRequest({"displayName": "async"}))
    assert (caught.value.status, caught.value.code) == (400, 400)
