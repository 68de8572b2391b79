"""Profiles: resolved by their identifiers, fetched, listed."""

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import CUSTOMER, assert_problem, create_profile, create_store, lookup, ok, profile_ids, unknown

NUMBERS = iter(range(10_000_000))


async def another(api, store: str) -> str:
    return await create_profile(api, store, f"+1202{next(NUMBERS) + 5550000:07d}")


async def post(api, store: str, contact: dict, **groups):
    return await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": {"Contact": contact, **groups}})


async def test_creating_answers_with_the_id_at_once(api):
    store = await create_store(api)

    body = ok(await post(api, store, {"phone": CUSTOMER}), 202)

    assert set(body) == {"message", "id"}
    assert body["message"] == "Profile resolved and accepted for processing."
    assert await profile_ids(api, store) == [body["id"]]


async def test_a_profile_has_the_keys_of_the_contract(api):
    store = await create_store(api)
    profile = await create_profile(api, store, firstName="Ada")

    body = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))

    assert set(body) == {"id", "createdAt", "traits"}
    assert body["id"] == profile
    assert body["traits"] == {"Contact": {"phone": CUSTOMER, "firstName": "Ada"}}


async def test_the_same_identifier_leads_to_the_same_profile(api):
    store = await create_store(api)
    assert await create_profile(api, store, "+1 (202) 555-0101") == await create_profile(api, store, "2025550101")


async def test_a_second_identifier_is_learnt(api):
    store = await create_store(api)
    profile = await create_profile(api, store, email="Ada@Example.com ")
    assert ok(await post(api, store, {"email": "ada@example.com"}), 202)["id"] == profile


async def test_traits_are_merged_new_over_old(api):
    store = await create_store(api)
    profile = await create_profile(api, store, firstName="Ada", city="London")
    await create_profile(api, store, city="Paris", lastName="L")
    body = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))
    assert body["traits"]["Contact"] == {
        "phone": CUSTOMER,
        "firstName": "Ada",
        "lastName": "L",
        "city": "Paris",
    }


async def test_nulls_count_as_absent(api):
    store = await create_store(api)
    profile = ok(await post(api, store, {"phone": CUSTOMER, "city": None}, Loyalty=None), 202)["id"]
    assert ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"] == {"Contact": {"phone": CUSTOMER}}


@pytest.mark.parametrize("text", ["123", "true", "null", "1.5", " padded "])
async def test_a_text_stays_a_text(api, text):
    store = await create_store(api)
    profile = await create_profile(api, store, city=text)
    traits = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"]
    assert traits["Contact"]["city"] == text


async def test_names_match_without_regard_to_case(api):
    store = await create_store(api)
    body = {"traits": {"contact": {"PHONE": CUSTOMER, "firstname": "Ada"}}}
    profile = ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"]
    traits = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"]
    assert traits == {"Contact": {"phone": CUSTOMER, "firstName": "Ada"}}


async def test_profiles_of_two_stores_are_strangers(api):
    one, two = await create_store(api), await create_store(api)
    profile = await create_profile(api, one)
    assert await create_profile(api, two) != profile
    assert_problem(await api.get(f"/v1/Stores/{two}/Profiles/{profile}"), 404, 20404)


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        (None, 400),
        ({}, 400),
        ({"Contact": {}}, 400),
        ({"Contact": {"firstName": "Ada"}}, 400),
        ({"Contact": {"phone": 12025550101}}, 400),
        ({"Contact": {"phone": "+1"}}, 400),
        ({"Contact": {"phone": ""}}, 400),
        ({"Contact": {"phone": "not a number"}}, 400),
        ({"Contact": {"email": "  "}}, 400),
        ({"Contact": {"phone": CUSTOMER, "nickname": "A"}}, 520063),
        ({"Contact": {"phone": CUSTOMER}, "Loyalty": {"tier": "gold"}}, 520047),
        ({"Contact": {"phone": CUSTOMER, "city": 1.5}}, 400),
        ({"Contact": {"phone": CUSTOMER, "city": {"name": "Paris"}}}, 400),
        ({"Contact": {"phone": CUSTOMER, "city": ["Paris"]}}, 400),
        ({"Contact": {"phone": CUSTOMER, "city": True}}, 400),
        ({"Contact": "phone"}, 400),
        ([], 400),
    ],
    ids=repr,
)
async def test_wrong_traits_are_refused(api, traits, code):
    store = await create_store(api)
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": traits}), 400, code)
    assert await profile_ids(api, store) == []


async def test_a_trait_of_1024_characters_fits_and_one_more_does_not(api):
    store = await create_store(api)
    ok(await post(api, store, {"phone": CUSTOMER, "street": "é" * 1024}), 202)
    assert_problem(await post(api, store, {"phone": CUSTOMER, "street": "é" * 1025}), 400, 400)


@pytest.mark.parametrize("trait", ["chatId", "email"])
async def test_an_identifier_of_255_characters_fits_and_one_more_does_not(api, trait):
    store = await create_store(api)
    ok(await post(api, store, {trait: "é" * 255}), 202)
    assert_problem(await post(api, store, {trait: "é" * 256}), 400, 400)
    assert_problem(await post(api, store, {trait: "é" * 1024}), 400, 400)


async def test_99_traits_fit_in_a_write_and_one_more_does_not(api):
    store = await create_store(api)
    many = {f"x{n}": None for n in range(98)}
    ok(await post(api, store, {"phone": CUSTOMER, **many}), 202)
    assert_problem(await post(api, store, {"phone": CUSTOMER, **many, "y": None}), 400, 400)


async def test_50_trait_groups_fit_in_a_write_and_one_more_does_not(api):
    store = await create_store(api)
    many = {f"G{n}": None for n in range(49)}
    ok(await post(api, store, {"phone": CUSTOMER}, **many), 202)
    assert_problem(await post(api, store, {"phone": CUSTOMER}, **many, H=None), 400, 400)


async def test_trait_groups_can_be_chosen(api):
    store = await create_store(api)
    url = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    assert ok(await api.get(url, params={"traitGroups": "Loyalty"}))["traits"] == {}
    assert ok(await api.get(url, params={"traitGroups": "Loyalty,Contact"}))["traits"] == {
        "Contact": {"phone": CUSTOMER}
    }
    assert_problem(await api.get(url, params={"traitGroups": "x" * 257}), 400, 400)


async def test_an_unknown_profile_is_not_found(api):
    store = await create_store(api)
    assert_problem(await api.get(f"/v1/Stores/{store}/Profiles/{unknown('mem_profile')}"), 404, 20404)


async def test_a_malformed_profile_id_is_refused(api):
    store = await create_store(api)
    assert_problem(await api.get(f"/v1/Stores/{store}/Profiles/ada"), 400, 400)


async def test_an_unknown_store_is_not_found(api):
    url = f"/v1/Stores/{unknown('mem_store')}/Profiles"
    assert_problem(await api.get(url), 404, 520041)
    assert_problem(await api.post(url, json={"traits": {"Contact": {"phone": CUSTOMER}}}), 404, 520041)


async def test_the_list_holds_ids_and_nothing_else(api):
    store = await create_store(api)
    profile = await create_profile(api, store)
    assert ok(await api.get(f"/v1/Stores/{store}/Profiles")) == {
        "profiles": [profile],
        "meta": {"key": "profiles", "pageSize": 1},
    }


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages_walk_both_ways(api, order):
    store = await create_store(api)
    await assert_walks(api, f"/v1/Stores/{store}/Profiles", "profiles", lambda: another(api, store), order)


async def test_inserts_do_not_disturb_pages(api):
    store = await create_store(api)
    await assert_inserts_do_not_disturb(api, f"/v1/Stores/{store}/Profiles", "profiles", lambda: another(api, store))


async def test_bad_page_parameters_are_refused(api):
    await assert_refuses_bad_parameters(api, f"/v1/Stores/{await create_store(api)}/Profiles")


async def test_a_write_that_names_two_profiles_makes_them_one(api):
    store = await create_store(api)
    first = await create_profile(api, store)
    ok(await post(api, store, {"email": "ada@example.com"}), 202)
    assert ok(await post(api, store, {"email": "ada@example.com", "phone": CUSTOMER}), 202)["id"] == first
    assert await lookup(api, store, CUSTOMER) == await lookup(api, store, "ada@example.com", "email") == [first]


async def modify(api, url: str, contact: dict | None, **groups):
    return await api.patch(url, json={"traits": {"Contact": contact, **groups}})


@pytest.fixture
async def url(api) -> str:
    store = await create_store(api)
    return f"/v1/Stores/{store}/Profiles/{await create_profile(api, store, firstName='Ada', city='London')}"


async def traits(api, url: str) -> dict:
    return ok(await api.get(url))["traits"]["Contact"]


async def test_a_patch_adds_replaces_and_removes(api, url):
    answer = ok(await modify(api, url, {"city": "Paris", "lastName": "L", "firstName": None}), 202)
    assert answer == {"message": "Trait modifications accepted for processing."}
    assert await traits(api, url) == {"phone": CUSTOMER, "city": "Paris", "lastName": "L"}


async def test_removing_a_promoted_trait_keeps_its_identifier(api, url):
    ok(await modify(api, url, {"phone": None}), 202)
    assert await traits(api, url) == {"firstName": "Ada", "city": "London"}
    assert ok(await api.get(f"{url}/Identifiers/phone"))["values"] == [CUSTOMER]


async def test_a_changed_promoted_trait_is_one_more_identifier(api, url):
    ok(await modify(api, url, {"phone": "202 555 0102"}), 202)
    assert (await traits(api, url))["phone"] == "202 555 0102"
    assert ok(await api.get(f"{url}/Identifiers/phone"))["values"] == [CUSTOMER, "+12025550102"]


@pytest.mark.parametrize("body", [{}, {"traits": None}, {"traits": {}}, {"traits": {"Contact": None}}], ids=repr)
async def test_a_patch_of_nothing_changes_nothing(api, url, body):
    before = await traits(api, url)
    ok(await api.patch(url, json=body), 202)
    assert await traits(api, url) == before


async def test_a_patch_may_merge(api, url):
    store = url.split("/")[3]
    other = ok(await post(api, store, {"email": "ada@example.com", "lastName": "L"}), 202)["id"]
    ok(await modify(api, url, {"email": "ada@example.com", "firstName": None}), 202)
    assert await traits(api, url) == {"phone": CUSTOMER, "city": "London", "lastName": "L", "email": "ada@example.com"}
    answer = await api.get(f"/v1/Stores/{store}/Profiles/{other}")
    assert answer.headers["Canonical-Profile-Id"] == url.rpartition("/")[2]


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        ({"nickname": "A"}, 520063),
        ({"nickname": None}, 520063),
        ({"city": 5}, 400),
        ({"city": "x" * 1025}, 400),
        ({"phone": "nonsense"}, 400),
        ({f"x{n}": None for n in range(100)}, 400),
        ("Paris", 400),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_patch_changes_nothing(api, url, contact, code):
    before = await traits(api, url)
    assert_problem(await api.patch(url, json={"traits": {"Contact": contact}}), 400, code)
    assert_problem(await modify(api, url, {"city": "Rome"}, Loyalty={"tier": "gold"}), 400, 520047)
    assert_problem(await modify(api, url, {"city": "Rome"}, Loyalty={"tier": None}), 400, 520047)
    assert await traits(api, url) == before


async def test_an_unknown_profile_cannot_be_patched(api, url):
    other = url.rpartition("/")[0] + "/" + unknown("mem_profile")
    assert_problem(await modify(api, other, {"city": "Rome"}), 404, 20404)
