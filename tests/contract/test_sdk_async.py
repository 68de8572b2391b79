"""The official Python SDK, asynchronously."""

import pytest
from tests.processes import Customer
from twilio.rest import Client
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallList
from twilio.rest.memory.v1.store import StoreList


@pytest.mark.filterwarnings(
    "ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning"
)  # the SDK's aiohttp
async def test_the_async_client_writes_pages_and_recalls(async_client: Client, customer: Customer) -> None:
    memory = async_client.memory.v1
    store = (await memory.stores.create_async(StoreList.ServiceRequest({"displayName": "async"}))).id
    made = []
    for number in range(7):
        body = ProfileList.ProfileData({"traits": {"Contact": {"phone": f"+1317555020{number}"}}})
        made.append((await memory.profiles(store).create_async(body)).id)
    assert await memory.profiles(store).list_async(page_size=3) == made[::-1]
    assert [one async for one in await memory.profiles(store).stream_async(page_size=3)] == made[::-1]
    identifier = LookupList.Identifier({"idType": "phone", "value": "+13175550203"})
    assert (await memory.lookup(store).create_async(identifier)).profiles == [made[3]]
    recalled = await memory.recall(store, made[0]).create_async(RecallList.MemoryRetrievalRequest({"query": "shoes"}))
    assert (recalled.observations, recalled.summaries, recalled.communications) == ([], [], [])
    assert await async_client.conversations.v2.conversations.list_async() == []
