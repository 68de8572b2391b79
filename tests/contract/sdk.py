"""Short words for what the tests of the Memory API write with the official Python SDK."""

import json
from typing import Any

from tests.processes import until
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
from twilio.rest.memory.v1.conversation_summary import ConversationSummaryList
from twilio.rest.memory.v1.data_mapping import DataMappingList
from twilio.rest.memory.v1.identifier import IdentifierList
from twilio.rest.memory.v1.identity_resolution_setting import IdentityResolutionSettingList
from twilio.rest.memory.v1.import_ import ImportList
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.observation import ObservationList
from twilio.rest.memory.v1.operation import OperationInstance
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallInstance, RecallList
from twilio.rest.memory.v1.store import StoreList
from twilio.rest.memory.v1.trait_group import TraitGroupList

PHONE = "+13175550100"
NO_PROFILE = "mem_profile_" + "0" * 26
NO_STORE = "mem_store_" + "0" * 26
CONVERSATION = "conv_conversation_" + "0" * 26
OCCURRED_AT = "2026-11-20T10:00:00Z"


class SendsJson(AsyncTwilioHttpClient):
    """What the asynchronous client of 9.13.0 lacks: without this it sends the JSON of a write as a form."""

    async def request(self, method: str, url: str, params=None, data: Any = None, headers=None, **rest: Any):
        if data is not None and (headers or {}).get("Content-Type") == "application/json":
            data = json.dumps(data)
        return await super().request(method, url, params, data, headers, **rest)


def new_store(client: Client, name: str = "shop") -> str:
    return client.memory.v1.stores.create(StoreList.ServiceRequest({"displayName": name})).id


def profile_data(phone: str = PHONE, **contact: Any) -> ProfileList.ProfileData:
    return ProfileList.ProfileData({"traits": {"Contact": {"phone": phone, **contact}}})


def new_profile(client: Client, store: str, phone: str = PHONE, **contact: Any) -> str:
    return client.memory.v1.profiles(store).create(profile_data(phone, **contact)).id


def lookup(client: Client, store: str, id_type: str, value: str) -> list[str]:
    return client.memory.v1.lookup(store).create(LookupList.Identifier({"idType": id_type, "value": value})).profiles


def identifier(id_type: str, value: str) -> IdentifierList.Identifier:
    return IdentifierList.Identifier({"idType": id_type, "value": value})


def identifier_update(id_type: str, old: str, new: str) -> IdentifierList.IdentifierUpdate:
    return IdentifierList.IdentifierUpdate({"idType": id_type, "oldValue": old, "newValue": new})


def observations(*contents: str, **more: Any) -> ObservationList.CreateObservationsRequest:
    items = [{"content": content, "source": "crm/import", "occurredAt": OCCURRED_AT, **more} for content in contents]
    return ObservationList.CreateObservationsRequest({"observations": items})


def observe(client: Client, store: str, profile: str, *contents: str, **more: Any) -> None:
    client.memory.v1.observations(store, profile).create(observations(*contents, **more))


def summaries(*contents: str, **more: Any) -> ConversationSummaryList.CreateSummariesRequest:
    fixed = {"conversationId": CONVERSATION, "occurredAt": OCCURRED_AT, **more}
    return ConversationSummaryList.CreateSummariesRequest(
        {"summaries": [{"content": one, **fixed} for one in contents]}
    )


def summarise(client: Client, store: str, profile: str, *contents: str, **more: Any) -> None:
    client.memory.v1.conversation_summaries(store, profile).create(summaries(*contents, **more))


def ask(client: Client, store: str, profile: str, **question: Any) -> RecallInstance:
    return client.memory.v1.recall(store, profile).create(RecallList.MemoryRetrievalRequest(question))


def trait_group(name: str, **traits: str | dict[str, Any]) -> TraitGroupList.TraitGroupRequest:
    """A text for a trait is its data type."""
    defined = {trait: {"dataType": given} if isinstance(given, str) else given for trait, given in traits.items()}
    return TraitGroupList.TraitGroupRequest({"displayName": name, "description": f"About {name}", "traits": defined})


def patched_traits(**traits: dict[str, Any]) -> TraitGroupList.PatchTraitGroupRequest:
    return TraitGroupList.PatchTraitGroupRequest({"traits": traits})


def declare(client: Client, store: str, name: str, **traits: str | dict[str, Any]) -> None:
    client.memory.v1.trait_groups(store).create(trait_group(name, **traits))


def data_mapping(name: str, **targets: str) -> DataMappingList.CreateDataMappingInput:
    """`firstName="first"`: the column of a trait of Contact."""
    mappings = [
        {"expression": column, "traitGroup": "Contact", "traitName": trait} for trait, column in targets.items()
    ]
    return DataMappingList.CreateDataMappingInput(
        {
            "displayName": name,
            "mappingTo": {"type": "TRAITS", "mappings": mappings},
            "mappingFrom": {"type": "INGRESS", "columns": list(targets.values())},
        }
    )


def new_data_mapping(client: Client, store: str, name: str, **targets: str) -> str:
    created = client.memory.v1.data_mappings(store).create(data_mapping(name, **targets))
    return ended(client, created.status_url).result["id"]


def settings(*id_types: str, **config: Any) -> IdentityResolutionSettingList.IdentityResolutionSettingsCore:
    """All of them configured alike, in the order in which they decide."""
    configs = [{"idType": id_type, **config} for id_type in id_types]
    return IdentityResolutionSettingList.IdentityResolutionSettingsCore(
        {"identifierConfigs": configs, "matchingRules": list(id_types)}
    )


def import_of(content: bytes | int, **columns: str) -> ImportList.CreateProfilesImportV2Request:
    """`phone="Phone"`: the column of a trait of Contact. `content` is the file, or how many bytes it has."""
    size = content if isinstance(content, int) else len(content)
    mappings = [
        {"columnName": column, "traitGroup": "Contact", "traitName": trait} for trait, column in columns.items()
    ]
    return ImportList.CreateProfilesImportV2Request(
        {"filename": "people.csv", "fileSize": size, "columnMappings": mappings}
    )


def ended(client: Client, status_url: str, status: str = "COMPLETED") -> OperationInstance:
    """The operation, polled until it has ended."""
    operation = client.memory.v1.operations(status_url.rpartition("/")[2])
    found = until(lambda: done if (done := operation.fetch()).status in {"COMPLETED", "FAILED"} else None)
    assert found.status == status, found.error
    return found
