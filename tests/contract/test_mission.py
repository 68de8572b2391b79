"""The five steps of "Using Conversation Memory APIs", with Twilio's own Python SDK. The README quotes this file."""

from twilio.rest import Client
from twilio.rest.conversations.v2.configuration import ConfigurationList
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallList
from twilio.rest.memory.v1.store import StoreList


def five_steps(client: Client) -> None:
    memory, conversations = client.memory.v1, client.conversations.v2

    # 1. A memory store
    store = memory.stores.create(
        StoreList.ServiceRequest({"displayName": "my-store", "description": "Customers of the shop"})
    )
    assert memory.stores(store.id).fetch().status == "ACTIVE"

    # 2. A conversation configuration
    configuration = conversations.configurations.create(
        create_configuration_request=ConfigurationList.CreateConfigurationRequest(
            {
                "displayName": "my-configuration",
                "description": "Support by SMS",
                "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES",
                "memoryStoreId": store.id,
            }
        )
    )
    assert conversations.configurations(configuration.id).fetch().memory_store_id == store.id

    # 3. Traits of a new profile
    traits = {"Contact": {"phone": "+1 317 555 6789", "firstName": "Ada"}}
    profile = memory.profiles(store.id).create(ProfileList.ProfileData({"traits": traits}))
    assert memory.profiles(store.id, profile.id).fetch().traits["Contact"]["firstName"] == "Ada"

    # 4. Recall
    recalled = memory.recall(store.id, profile.id).create(RecallList.MemoryRetrievalRequest({"query": "shoe size"}))
    assert recalled.observations == []

    # 5. Lookup by an identifier
    found = memory.lookup(store.id).create(LookupList.Identifier({"idType": "phone", "value": "(317) 555-6789"}))
    assert found.normalized_value == "+13175556789"
    assert found.profiles == [profile.id]


def test_the_five_steps_of_the_mission(client: Client) -> None:
    five_steps(client)
