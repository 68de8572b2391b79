"""Lookup: from an identifier to a profile."""

import pytest
from tests.helpers import CUSTOMER, assert_problem, create_profile, create_store, lookup, ok, unknown


async def find(api, store: str, **body):
    return await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json=body)


async def test_it_gives_the_normal_form_and_plain_ids(api):
    store = await create_store(api)
    profile = await create_profile(api, store)
    body = ok(await find(api, store, idType="phone", value="(202) 555-0101"))
    assert body == {"normalizedValue": CUSTOMER, "profiles": [profile]}


async def test_nobody_is_an_empty_list(api):
    store = await create_store(api)
    assert ok(await find(api, store, idType="phone", value=CUSTOMER)) == {
        "normalizedValue": CUSTOMER,
        "profiles": [],
    }


@pytest.mark.parametrize("value", [f"whatsapp:{CUSTOMER}", f"rcs:{CUSTOMER}"])
async def test_channel_prefixes_do_not_hide_a_phone(api, value):
    """Agent Connect looks WhatsApp addresses up as phones."""
    store = await create_store(api)
    profile = await create_profile(api, store)
    assert await lookup(api, store, value) == [profile]


async def test_email_is_found_whatever_its_case(api):
    store = await create_store(api)
    profile = await create_profile(api, store, email="Ada@Example.com")
    assert await lookup(api, store, " ADA@example.COM", "email") == [profile]


async def test_another_kind_of_identifier_does_not_match(api):
    store = await create_store(api)
    await create_profile(api, store)
    assert await lookup(api, store, CUSTOMER, "chat") == []


async def test_another_store_does_not_know_them(api):
    await create_profile(api, await create_store(api))
    assert await lookup(api, await create_store(api), CUSTOMER) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"idType": "phone"},
        {"value": CUSTOMER},
        {"idType": "phone", "value": None},
        {"idType": "phone", "value": ""},
        {"idType": "phone", "value": 12025550101},
        {"idType": "phone", "value": "hello"},
        {"idType": "loyaltyNumber", "value": "7"},
        {"idType": "x", "value": "7"},
        {"idType": "x" * 33, "value": "7"},
        {"idType": "chat", "value": "x" * 256},
    ],
    ids=repr,
)
async def test_a_wrong_question_is_refused(api, body):
    assert_problem(await find(api, await create_store(api), **body), 400, 400)


async def test_a_value_of_255_characters_is_looked_up(api):
    assert await lookup(api, await create_store(api), "x" * 255, "chat") == []


async def test_an_unknown_store_is_not_found(api):
    assert_problem(await find(api, unknown("mem_store"), idType="phone", value=CUSTOMER), 404, 520041)


@pytest.mark.parametrize("value", ["5551234", "1800FLOWERS", "+1 202 555 01", "call me"])
async def test_what_is_no_phone_number_is_refused(api, value):
    store = await create_store(api)
    body = {"idType": "phone", "value": value}
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json=body), 400, 400)
