"""The set-up of the demo as a customer of Twilio would write it, with Twilio's own SDK."""

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.conversations.v2.configuration import ConfigurationList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.store import StoreList

from regulars.core.errors import RegularsError
from regulars.demo.story import Story


def set_up(base_url: str, account_sid: str, key: tuple[str, str], story: Story) -> tuple[str, str]:
    """Makes a store with the customers already known, and a configuration that captures every message to the business.

    Their ids.
    """
    client = Client(*key, account_sid=account_sid)
    client.memory.base_url = client.conversations.base_url = base_url
    try:
        return _create(client, story)
    except TwilioException as error:
        raise RegularsError(f"The SDK could not set up the demo: {error}") from None


def _create(client: Client, story: Story) -> tuple[str, str]:
    store = client.memory.v1.stores.create(
        StoreList.ServiceRequest({"displayName": "tea-shop", "description": "The customers of a tea shop"})
    )
    profiles = ProfileList(client.memory.v1, str(store.id))
    for customer in story.customers:
        if customer.traits:
            profiles.create(ProfileList.ProfileData({"traits": customer.traits}))
    configuration = client.conversations.v2.configurations.create(
        create_configuration_request=ConfigurationList.CreateConfigurationRequest(
            {
                "displayName": "tea-shop",
                "description": "SMS and WhatsApp of a tea shop",
                "memoryStoreId": store.id,
                "memoryExtractionEnabled": True,
                "conversationGroupingType": "GROUP_BY_PROFILE",
                "channelSettings": {
                    "SMS": {"captureRules": [{"from": "*", "to": story.business}]},
                    "WHATSAPP": {"captureRules": [{"from": "*", "to": f"whatsapp:{story.business}"}]},
                },
            }
        )
    )
    return str(store.id), str(configuration.id)
