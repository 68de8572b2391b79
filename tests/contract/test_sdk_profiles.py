"""Profiles, their traits, identifiers and lookup through the official Python SDK."""

from datetime import datetime

import pytest
from tests.contract.refusals import refusal
from tests.contract.sdk import (
    NO_PROFILE,
    PHONE,
    ask,
    declare,
    identifier,
    identifier_update,
    lookup,
    new_profile,
    new_store,
    observe,
    profile_data,
    summarise,
)
from twilio.rest import Client
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.profile import ProfileList


def merged(client: Client, store: str) -> tuple[str, str]:
    """Two customers who turned out to be one: the profile that stays, and the one that became part of it."""
    first, second = new_profile(client, store, firstName="Ada"), new_profile(client, store, "+13175550101", city="Rome")
    client.memory.v1.identifiers(store, first).create(identifier("phone", "+13175550101"))
    return first, second


@pytest.mark.endpoint(
    "POST /v1/Stores/{storeId}/Profiles",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}",
    "POST /v1/Stores/{storeId}/Profiles/Lookup",
)
def test_a_profile_is_found_again_by_its_identifiers(client: Client) -> None:
    store = new_store(client)
    first = new_profile(client, store, "+1 (317) 555-0100", firstName="Ada", email="ADA@Example.com")
    again = new_profile(client, store, "3175550100", city="London")
    other = new_profile(client, store, "+13175550199")
    assert again == first != other

    profile = client.memory.v1.profiles(store, first).fetch()
    contact = profile.traits["Contact"]
    assert (profile.id, contact["firstName"], contact["city"]) == (first, "Ada", "London")
    assert isinstance(profile.created_at, datetime)
    assert client.memory.v1.profiles(store, first).fetch(trait_groups="contact,Loyalty").traits == profile.traits
    assert client.memory.v1.profiles(store, first).fetch(trait_groups="Loyalty").traits == {}

    by_email = client.memory.v1.lookup(store).create(
        LookupList.Identifier({"idType": "email", "value": "ada@example.COM"})
    )
    assert (by_email.normalized_value, by_email.profiles) == ("ada@example.com", [first])
    assert lookup(client, store, "phone", "+13175550777") == []


@pytest.mark.endpoint("GET /v1/Stores/{storeId}/Profiles")
def test_profiles_are_listed_by_id_over_several_pages(client: Client) -> None:
    store = new_store(client)
    made = [new_profile(client, store, f"+131755501{number:02}") for number in range(10)]
    profiles = client.memory.v1.profiles(store)
    assert list(profiles.stream(page_size=3)) == made[::-1]
    assert profiles.list(page_size=4, order_by="ASC") == made
    assert profiles.list(limit=5, page_size=2) == made[:4:-1]


@pytest.mark.endpoint("PATCH /v1/Stores/{storeId}/Profiles/{profileId}")
def test_traits_are_added_and_overwritten_and_a_new_phone_is_looked_up(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store, firstName="Ada", city="Rome")
    change = ProfileList.ProfilePatch({"traits": {"Contact": {"city": "Berlin", "phone": "+13175550111"}}})
    patched = client.memory.v1.profiles(store, profile).patch_with_http_info(change)
    assert patched.status_code == 202
    traits = client.memory.v1.profiles(store, profile).fetch().traits
    assert traits == {"Contact": {"phone": "+13175550111", "firstName": "Ada", "city": "Berlin"}}
    assert lookup(client, store, "phone", "+13175550111") == lookup(client, store, "phone", PHONE) == [profile]

    wrong = ProfileList.ProfilePatch({"traits": {"Contact": {"firstName": 4}}})
    assert refusal(lambda: client.memory.v1.profiles(store, profile).patch(wrong)) == (400, 400)
    assert refusal(lambda: client.memory.v1.profiles(store, NO_PROFILE).patch(change)) == (404, 20404)


@pytest.mark.endpoint("DELETE /v1/Stores/{storeId}/Profiles/{profileId}")
def test_a_deleted_profile_leaves_nothing(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    observe(client, store, profile, "Wears shoe size 43")
    deleted = client.memory.v1.profiles(store, profile).delete_with_http_info()
    assert (deleted.status_code, deleted.data) == (202, {"message": "Profile accepted for deletion."})
    assert refusal(client.memory.v1.profiles(store, profile).fetch) == (404, 20404)
    assert refusal(client.memory.v1.profiles(store, profile).delete) == (404, 20404)
    assert refusal(lambda: ask(client, store, profile)) == (404, 20404)
    assert lookup(client, store, "phone", PHONE) == []
    assert client.memory.v1.profiles(store).list() == []
    assert new_profile(client, store) != profile


@pytest.mark.endpoint("GET /v1/Stores/{storeId}/Profiles/{profileId}/Traits")
def test_traits_are_listed_one_by_one(client: Client) -> None:
    store = new_store(client)
    declare(client, store, "Loyalty", points="NUMBER", member="BOOLEAN", sizes="ARRAY")
    loyalty = {"points": 1250, "member": True, "sizes": [42, 43]}
    body = {"traits": {"Contact": {"phone": PHONE, "firstName": "Ada", "city": "Rome", "state": "RM"}}}
    body["traits"]["Loyalty"] = loyalty
    profile = client.memory.v1.profiles(store).create(ProfileList.ProfileData(body)).id
    traits = client.memory.v1.traits(store, profile)

    listed = list(traits.stream(page_size=3, order_by="ASC"))
    assert {(one.trait_group, one.name): one.value for one in listed} == {
        (group, name): value for group, values in body["traits"].items() for name, value in values.items()
    }
    assert len(listed) == 7
    assert all(isinstance(one.timestamp, datetime) for one in listed)
    backwards = traits.list(page_size=2, order_by="DESC")
    assert [(one.trait_group, one.name) for one in backwards[::-1]] == [(one.trait_group, one.name) for one in listed]
    assert {one.name: one.value for one in traits.list(trait_groups="loyalty,Nothing")} == loyalty
    assert refusal(client.memory.v1.traits(store, NO_PROFILE).list) == (404, 20404)


@pytest.mark.endpoint(
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers",
    "POST /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers/{idType}",
)
def test_identifiers_are_added_listed_and_fetched(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    identifiers = client.memory.v1.identifiers(store, profile)
    added = identifiers.create_with_http_info(identifier("email", " ADA@Example.com "))
    assert (added.status_code, added.data.message) == (202, "Identifier accepted for processing.")
    identifiers.create(identifier("phone", "(317) 555-0122"))
    listed = {one.id_type: one.values for one in identifiers.list()}
    assert listed == {"email": ["ada@example.com"], "phone": [PHONE, "+13175550122"]}
    phones = identifiers.get("phone").fetch()
    assert (phones.id_type, phones.values) == ("phone", [PHONE, "+13175550122"])
    assert lookup(client, store, "email", "ada@example.com") == [profile]
    assert refusal(identifiers.get("chat").fetch) == (404, 20404)
    assert refusal(lambda: identifiers.create(identifier("shoe", "43"))) == (400, 400)


@pytest.mark.endpoint("PATCH /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers/{idType}")
def test_an_identifier_is_replaced(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    other = new_profile(client, store, "+13175550199")
    phones = client.memory.v1.identifiers(store, profile).get("phone")
    patched = phones.patch_with_http_info(identifier_update("phone", "317 555 0100", "+13175550133"))
    assert (patched.status_code, patched.data.message) == (202, "Identifier update accepted.")
    assert phones.fetch().values == ["+13175550133"]
    assert lookup(client, store, "phone", PHONE) == []

    unknown, taken = (identifier_update("phone", old, "+13175550199") for old in (PHONE, "+13175550133"))
    assert refusal(lambda: phones.patch(unknown)) == (404, 20404)
    assert refusal(lambda: phones.patch(taken)) == (409, 20409)
    assert refusal(lambda: phones.patch(identifier_update("email", "a@b.example", "c@d.example"))) == (400, 400)
    assert lookup(client, store, "phone", "+13175550199") == [other]


@pytest.mark.endpoint("DELETE /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers/{idType}")
def test_identifiers_are_removed_one_by_one_or_all(client: Client) -> None:
    store = new_store(client)
    profile = new_profile(client, store)
    identifiers = client.memory.v1.identifiers(store, profile)
    for number in range(1, 4):
        identifiers.create(identifier("phone", f"+1317555010{number}"))
    phones = identifiers.get("phone")
    assert phones.delete_with_http_info().data == {"message": "Identifier removal accepted."}
    assert phones.fetch().values == ["+13175550101", "+13175550102", "+13175550103"]
    phones.delete(remove_all=False)
    assert phones.fetch().values == ["+13175550102", "+13175550103"]
    phones.delete(remove_all=True)
    assert identifiers.list() == []
    assert refusal(phones.delete) == (404, 20404)
    assert client.memory.v1.profiles(store, profile).fetch().id == profile


@pytest.mark.endpoint(
    "GET /v1/Stores/{storeId}/Profiles/{profileId}",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Traits",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Identifiers/{idType}",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/Observations",
    "GET /v1/Stores/{storeId}/Profiles/{profileId}/ConversationSummaries",
)
def test_reads_of_a_merged_profile_are_answered_by_the_one_that_stays(client: Client) -> None:
    store = new_store(client)
    kept, lost = merged(client, store)
    observe(client, store, kept, "Wears shoe size 43")
    summarise(client, store, kept, "They asked for shoes")
    memory = client.memory.v1
    fetched = memory.profiles(store, lost).fetch_with_http_info()
    assert (fetched.data.id, fetched.headers["canonical-profile-id"]) == (kept, kept)
    assert fetched.data.traits["Contact"] == {"phone": "+13175550101", "firstName": "Ada", "city": "Rome"}
    assert {one.name for one in memory.traits(store, lost).list()} == {"phone", "firstName", "city"}
    assert [one.values for one in memory.identifiers(store, lost).list()] == [[PHONE, "+13175550101"]]
    assert memory.identifiers(store, lost).get("phone").fetch().values == [PHONE, "+13175550101"]
    assert [one.content for one in memory.observations(store, lost).list()] == ["Wears shoe size 43"]
    assert [one.content for one in memory.conversation_summaries(store, lost).list()] == ["They asked for shoes"]
    assert memory.profiles(store).list() == [kept]
    assert lookup(client, store, "phone", "+13175550101") == [kept]


def test_writes_to_a_merged_profile_are_sent_on(client: Client) -> None:
    """With 308, which the SDK takes for an error. Agent Connect follows it."""
    store = new_store(client)
    _, lost = merged(client, store)
    memory = client.memory.v1
    for write in (
        lambda: memory.profiles(store, lost).patch(ProfileList.ProfilePatch({"traits": {"Contact": {"city": "Bonn"}}})),
        memory.profiles(store, lost).delete,
        lambda: memory.identifiers(store, lost).create(identifier("email", "ada@example.com")),
        lambda: memory.identifiers(store, lost).get("phone").patch(identifier_update("phone", PHONE, "+13175550102")),
        memory.identifiers(store, lost).get("phone").delete,
        lambda: observe(client, store, lost, "Wears shoe size 43"),
        lambda: summarise(client, store, lost, "They asked for shoes"),
        lambda: ask(client, store, lost),
    ):
        assert refusal(write) == (308, 308)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("no such profile", 404, 20404),
        ("a malformed profile", 400, 400),
        ("no promoted trait", 400, 400),
        ("no traits", 400, 400),
        ("unknown trait group", 400, 520047),
        ("unknown trait", 400, 520063),
        ("a hundred traits", 400, 400),
        ("unknown id type", 400, 400),
    ],
)
def test_errors_of_profiles(client: Client, name: str, status: int, code: int) -> None:
    store = new_store(client)
    memory = client.memory.v1

    def create(**groups: dict) -> None:
        memory.profiles(store).create(ProfileList.ProfileData({"traits": groups}))

    calls = {
        "no such profile": memory.profiles(store, NO_PROFILE).fetch,
        "a malformed profile": memory.profiles(store, "mem_profile_1").fetch,
        "no promoted trait": lambda: create(Contact={"city": "Rome"}),
        "no traits": lambda: memory.profiles(store).create(ProfileList.ProfileData({})),
        "unknown trait group": lambda: create(Contact={"phone": PHONE}, Loyalty={"tier": "gold"}),
        "unknown trait": lambda: memory.profiles(store).create(profile_data(shoeSize=43)),
        "a hundred traits": lambda: create(Contact={f"trait{number}": "x" for number in range(100)}),
        "unknown id type": lambda: lookup(client, store, "shoe", "43"),
    }
    assert refusal(calls[name]) == (status, code)
