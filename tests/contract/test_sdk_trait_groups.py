"""Trait groups and data mappings through the official Python SDK."""

from datetime import datetime

import pytest
from tests.contract.refusals import refusal
from tests.contract.sdk import (
    data_mapping,
    declare,
    ended,
    lookup,
    new_data_mapping,
    new_profile,
    new_store,
    patched_traits,
    settings,
    trait_group,
)
from twilio.rest import Client
from twilio.rest.memory.v1.data_mapping import DataMappingList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.trait_group import TraitGroupList


def give(client: Client, store: str, profile: str, **groups: dict) -> None:
    client.memory.v1.profiles(store, profile).patch(ProfileList.ProfilePatch({"traits": groups}))


@pytest.mark.endpoint(
    "POST /v1/ControlPlane/Stores/{storeId}/TraitGroups",
    "GET /v1/ControlPlane/Stores/{storeId}/TraitGroups/{traitGroupName}",
)
def test_a_trait_group_is_declared_fetched_and_written_to(client: Client) -> None:
    store = new_store(client)
    rule = {"ruleType": "STRING", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 8}
    tier = {"dataType": "STRING", "description": "How loyal", "validationRule": rule}
    request = trait_group("Loyalty", tier=tier, points="NUMBER", sees_ads="BOOLEAN", likes="ARRAY")
    created = client.memory.v1.trait_groups(store).create_with_http_info(request)
    assert (created.status_code, created.data.message) == (202, "TraitGroup creation request accepted.")
    assert ended(client, created.data.status_url).result == {"type": "RESOURCE_ID", "id": "Loyalty"}

    fetched = client.memory.v1.trait_groups(store).get("Loyalty").fetch_with_http_info()
    group = fetched.data.trait_group
    assert fetched.headers["etag"]
    assert (group["displayName"], group["description"], group["version"]) == ("Loyalty", "About Loyalty", 1)
    assert sorted(group["traits"]) == ["likes", "points", "seesAds", "tier"]
    shown = group["traits"]["tier"]
    assert (shown["dataType"], shown["description"], shown["idTypePromotion"]) == ("STRING", "How loyal", None)
    assert {name: value for name, value in shown["validationRule"].items() if value is not None} == rule
    assert "traits" not in client.memory.v1.trait_groups(store).get("Loyalty").fetch(include_traits=False).trait_group

    profile = new_profile(client, store)
    values = {"tier": "gold", "points": 7, "seesAds": False, "likes": ["shoes", 3, True]}
    give(client, store, profile, Loyalty=values)
    assert client.memory.v1.profiles(store, profile).fetch().traits["Loyalty"] == values
    assert refusal(lambda: give(client, store, profile, Loyalty={"tier": "GOLD"})) == (400, 400)


@pytest.mark.endpoint("GET /v1/ControlPlane/Stores/{storeId}/TraitGroups")
def test_trait_groups_are_listed_with_their_traits_or_without(client: Client) -> None:
    store = new_store(client)
    for number in range(6):
        declare(client, store, f"Group{number}", points="NUMBER")
    groups = client.memory.v1.trait_groups(store)
    names = ["Contact", *(f"Group{number}" for number in range(6))]
    assert [one.display_name for one in groups.stream(page_size=3, order_by="ASC")] == names
    assert [one.traits for one in groups.list(page_size=2)] == [None] * 7
    full = groups.list(page_size=3, include_traits=True, order_by="ASC")
    assert [min(one.traits) for one in full] == ["chatId", *["points"] * 6]


@pytest.mark.endpoint("GET /v1/ControlPlane/Stores/{storeId}/TraitGroups/{traitGroupName}")
def test_the_traits_of_a_group_are_paged_within_it(client: Client) -> None:
    store = new_store(client)
    declare(client, store, "Loyalty", **{f"trait{number}": "NUMBER" for number in range(7)})
    group = client.memory.v1.trait_groups(store).get("Loyalty")
    names, token = [], ""
    while token is not None:
        page = group.fetch(page_size=3, page_token=token or None, order_by="ASC")
        assert (page.meta["key"], page.meta["pageSize"]) == ("traitGroup", len(page.trait_group["traits"]))
        names += page.trait_group["traits"]
        token = page.meta.get("nextToken")
    assert names == [f"trait{number}" for number in range(7)]


@pytest.mark.endpoint("PATCH /v1/ControlPlane/Stores/{storeId}/TraitGroups/{traitGroupName}")
def test_traits_are_added_changed_and_deleted_with_their_values(client: Client) -> None:
    store = new_store(client)
    declare(client, store, "Loyalty", tier="STRING", points="NUMBER")
    profile = new_profile(client, store)
    give(client, store, profile, Loyalty={"tier": "gold", "points": 7})
    group = client.memory.v1.trait_groups(store).get("Loyalty")
    seen = group.fetch_with_http_info().headers["etag"]

    request = patched_traits(points={"dataType": ""}, since={"dataType": "STRING", "description": "A year"})
    patched = group.patch_with_http_info(request, if_match=seen)
    assert (patched.status_code, patched.data.message) == (202, "TraitGroup update request accepted.")
    assert sorted(group.fetch().trait_group["traits"]) == ["since", "tier"]
    ended(client, patched.data.status_url)
    assert client.memory.v1.profiles(store, profile).fetch().traits["Loyalty"] == {"tier": "gold"}

    assert refusal(lambda: group.patch(request, if_match=seen)) == (412, 520043)
    assert refusal(lambda: group.patch(patched_traits(tier={"dataType": "NUMBER"}))) == (400, 400)
    group.patch(TraitGroupList.PatchTraitGroupRequest({"description": "Points no more"}))
    assert (group.fetch().trait_group["description"], group.fetch().trait_group["version"]) == ("Points no more", 3)


@pytest.mark.endpoint(
    "PATCH /v1/ControlPlane/Stores/{storeId}/TraitGroups/{traitGroupName}",
    "POST /v1/Stores/{storeId}/Profiles/Lookup",
)
def test_a_trait_can_be_promoted_to_an_identifier_of_ones_own(client: Client) -> None:
    store = new_store(client)
    client.memory.v1.identity_resolution_settings(store).update(settings("loyaltyId", "phone"))
    client.memory.v1.trait_groups(store).get("Contact").patch(
        patched_traits(card={"dataType": "STRING", "idTypePromotion": "loyaltyId"})
    )
    profile = new_profile(client, store, card="A1")
    assert new_profile(client, store, "+13175550999", card="A1") == profile
    assert lookup(client, store, "loyaltyId", "A1") == [profile]
    unknown = {"dataType": "STRING", "idTypePromotion": "shoe"}
    group = client.memory.v1.trait_groups(store).get("Contact")
    assert refusal(lambda: group.patch(patched_traits(size=unknown))) == (400, 400)


@pytest.mark.endpoint("DELETE /v1/ControlPlane/Stores/{storeId}/TraitGroups/{traitGroupName}")
def test_a_deleted_trait_group_takes_its_values_along(client: Client) -> None:
    store = new_store(client)
    declare(client, store, "Loyalty", tier="STRING")
    profile = new_profile(client, store)
    give(client, store, profile, Loyalty={"tier": "gold"})
    group = client.memory.v1.trait_groups(store).get("Loyalty")
    deleted = group.delete_with_http_info()
    assert (deleted.status_code, deleted.data["message"]) == (202, "TraitGroup deletion request accepted.")
    assert refusal(group.fetch) == (404, 520047)
    assert refusal(lambda: give(client, store, profile, Loyalty={"tier": "gold"})) == (400, 520047)
    ended(client, deleted.data["statusUrl"])
    assert "Loyalty" not in client.memory.v1.profiles(store, profile).fetch().traits


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("taken name", 409, 520055),
        ("taken name in another case", 409, 520055),
        ("bad name", 400, 400),
        ("no type", 400, 400),
        ("ninety-six traits", 400, 520054),
        ("unknown group", 404, 520047),
        ("deleting Contact", 409, 520050),
        ("a phone without its promotion", 409, 520050),
        ("a phone deleted", 409, 520050),
    ],
)
def test_errors_of_trait_groups(client: Client, name: str, status: int, code: int) -> None:
    store = new_store(client)
    declare(client, store, "Loyalty", tier="STRING")
    groups = client.memory.v1.trait_groups(store)
    contact = groups.get("Contact")
    phone = {"dataType": "STRING", "idTypePromotion": "chat"}
    calls = {
        "taken name": lambda: declare(client, store, "Loyalty"),
        "taken name in another case": lambda: declare(client, store, "LOYALTY"),
        "bad name": lambda: declare(client, store, "no spaces"),
        "no type": lambda: declare(client, store, "Shoes", size={"dataType": ""}),
        "ninety-six traits": lambda: declare(client, store, "Shoes", **{f"size{n}": "NUMBER" for n in range(96)}),
        "unknown group": lambda: groups.get("Nothing").patch(patched_traits()),
        "deleting Contact": contact.delete,
        "a phone without its promotion": lambda: contact.patch(patched_traits(phone=phone)),
        "a phone deleted": lambda: contact.patch(patched_traits(phone={"dataType": ""})),
    }
    assert refusal(calls[name]) == (status, code)


@pytest.mark.endpoint(
    "POST /v1/ControlPlane/Stores/{storeId}/DataMappings",
    "GET /v1/ControlPlane/Stores/{storeId}/DataMappings/{dataMappingId}",
    "PATCH /v1/ControlPlane/Stores/{storeId}/DataMappings/{dataMappingId}",
)
def test_a_data_mapping_is_created_fetched_and_changed(client: Client) -> None:
    store = new_store(client)
    created = client.memory.v1.data_mappings(store).create_with_http_info(data_mapping("crm", firstName="first"))
    assert created.status_code == 202
    assert created.data.message == "Data mapping creation request accepted for processing."
    mapping = client.memory.v1.data_mappings(store).get(ended(client, created.data.status_url).result["id"])

    fetched = mapping.fetch_with_http_info()
    found = fetched.data
    assert found.id.startswith("mem_datamapping_")
    assert (found.display_name, found.is_enabled, found.version) == ("crm", True, 1)
    assert found.mapping_from == {"type": "INGRESS", "columns": ["first"]}
    target = {"expression": "first", "traitGroup": "Contact", "traitName": "firstName"}
    assert found.mapping_to == {"type": "TRAITS", "mappings": [target]}
    assert isinstance(found.created_at, datetime)
    assert isinstance(found.updated_at, datetime)

    other = {"expression": "{{first}} {{last}}", "traitGroup": "contact", "traitName": "lastName"}
    change = DataMappingList.DataMappingCore(
        {"description": "Names", "isEnabled": False, "mappingTo": {"type": "TRAITS", "mappings": [other]}}
    )
    patched = mapping.patch_with_http_info(change, if_match=fetched.headers["etag"])
    assert (patched.status_code, patched.headers["location"]) == (202, patched.data.status_url)
    now = mapping.fetch()
    assert (now.display_name, now.description, now.is_enabled, now.version) == ("crm", "Names", False, 2)
    assert now.mapping_to["mappings"] == [{**other, "traitGroup": "Contact"}]
    assert refusal(lambda: mapping.patch(change, if_match=fetched.headers["etag"])) == (412, 520043)


@pytest.mark.endpoint("GET /v1/ControlPlane/Stores/{storeId}/DataMappings")
def test_data_mappings_are_listed_over_several_pages_and_by_type(client: Client) -> None:
    store = new_store(client)
    made = [new_data_mapping(client, store, f"crm-{number}", firstName="first") for number in range(7)]
    mappings = client.memory.v1.data_mappings(store)
    assert [one.id for one in mappings.stream(page_size=3)] == made[::-1]
    assert [one.id for one in mappings.list(type="INGRESS", page_size=3, order_by="ASC")] == made
    assert mappings.list(type="DATASET_WAREHOUSE") == []


@pytest.mark.endpoint("DELETE /v1/ControlPlane/Stores/{storeId}/DataMappings/{dataMappingId}")
def test_a_data_mapping_is_deleted(client: Client) -> None:
    store = new_store(client)
    mapping = client.memory.v1.data_mappings(store).get(new_data_mapping(client, store, "crm", firstName="first"))
    deleted = mapping.delete_with_http_info()
    assert deleted.status_code == 202
    assert deleted.data["message"] == "Data mapping deletion request accepted for processing."
    assert ended(client, deleted.data["statusUrl"]).status == "COMPLETED"
    assert refusal(mapping.fetch) == (404, 520048)
    assert refusal(mapping.delete) == (404, 520048)


def test_errors_of_data_mappings(client: Client) -> None:
    store = new_store(client)
    new_data_mapping(client, store, "crm", firstName="first")
    assert refusal(lambda: new_data_mapping(client, store, "crm", firstName="first")) == (409, 20409)
    assert refusal(lambda: new_data_mapping(client, store, "1st", firstName="first")) == (400, 400)
    assert refusal(lambda: new_data_mapping(client, store, "erp", shoeSize="size")) == (400, 520063)
    assert refusal(lambda: new_data_mapping(client, store, "erp")) == (400, 400)
