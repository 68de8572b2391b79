"""Trait groups: declared, changed, deleted with their values; names, limits, paging."""

import asyncio
import time

import pytest
from tests.api.etags import assert_if_match, etag_of
from tests.api.paging import assert_refuses_bad_parameters
from tests.helpers import (
    CUSTOMER,
    assert_accepted,
    assert_problem,
    create_profile,
    create_store,
    ok,
    pages,
    run_jobs,
    unknown,
)

from regulars.core.ids import StoreId
from regulars.runtime import clock
from regulars.services import trait_groups as service

TEXT = {"dataType": "STRING"}


def url(store: str, name: str = "") -> str:
    return f"/v1/ControlPlane/Stores/{store}/TraitGroups{'/' if name else ''}{name}"


def group(name: str = "Loyalty", **traits) -> dict:
    return {"displayName": name, "traits": traits}


async def create(api, store: str, name: str = "Loyalty", **traits) -> None:
    ok(await api.post(url(store), json=group(name, **traits)), 202)


async def fetch(api, store: str, name: str = "Loyalty") -> dict:
    return ok(await api.get(url(store, name)))["traitGroup"]


async def patch(api, store: str, name: str = "Loyalty", **traits):
    return await api.patch(url(store, name), json={"traits": traits})


async def write(api, store: str, name: str = "Loyalty", **values):
    body = {"traits": {"Contact": {"phone": CUSTOMER}, name: values}}
    return await api.post(f"/v1/Stores/{store}/Profiles", json=body)


async def values(api, store: str, profile: str, name: str = "Loyalty") -> dict:
    return ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"].get(name, {})


# Declaring


async def test_a_group_is_there_as_soon_as_it_is_accepted(api):
    store = await create_store(api)
    rule = {"ruleType": "NUMBER", "min": 0, "max": 99.5}
    body = {
        "displayName": "Loyalty",
        "description": "Who comes back",
        "traits": {"points": {"dataType": "NUMBER", "description": "So far", "validationRule": rule}, "tier": TEXT},
    }

    operation = assert_accepted(await api.post(url(store), json=body), "TraitGroup creation request accepted.")

    done = ok(await api.get(operation))
    assert (done["status"], done["result"]["id"]) == ("COMPLETED", "Loyalty")
    response = await api.get(url(store, "Loyalty"))
    assert response.headers["ETag"]
    body = ok(response)
    assert body["meta"] == {"key": "traitGroup", "pageSize": 2}
    assert body["traitGroup"] == {
        "displayName": "Loyalty",
        "description": "Who comes back",
        "version": 1,
        "traits": {
            "points": {
                "displayName": "points",
                "dataType": "NUMBER",
                "description": "So far",
                "validationRule": rule,
                "idTypePromotion": None,
            },
            "tier": {
                "displayName": "tier",
                "dataType": "STRING",
                "description": "",
                "validationRule": None,
                "idTypePromotion": None,
            },
        },
    }


async def test_every_store_begins_with_contact(api):
    contact = await fetch(api, await create_store(api), "Contact")
    promoted = {t["displayName"]: t["idTypePromotion"] for t in contact["traits"].values() if t["idTypePromotion"]}
    assert promoted == {"email": "email", "phone": "phone", "whatsapp": "whatsapp", "chatId": "chat"}


async def test_a_group_without_traits_is_one(api):
    store = await create_store(api)
    ok(await api.post(url(store), json={"displayName": "Empty"}), 202)
    assert (await fetch(api, store, "Empty"))["traits"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"displayName": ""},
        {"displayName": 7},
        {"displayName": "two words"},
        {"displayName": "Loyalty\n"},
        {"displayName": "x" * 65},
        {"displayName": "Loyalty", "description": "x" * 1025},
        {"displayName": "Loyalty", "traits": []},
        group(points={}),
        group(points={"dataType": ""}),
        group(points={"dataType": "DATE"}),
        group(points={"dataType": 7}),
        group(points={**TEXT, "description": "x" * 1025}),
        group(points={**TEXT, "idTypePromotion": "unheard-of"}),
        group(points={**TEXT, "idTypePromotion": "x" * 33}),
        group(points={"dataType": "BOOLEAN", "idTypePromotion": "phone"}),
        group(points={"dataType": "ARRAY", "idTypePromotion": "phone"}),
        group(**{"x" * 65: TEXT}),
        group(**{"": TEXT}),
        group(größe=TEXT),
        group(**{"a/b": TEXT}),
        group(first_name=TEXT, firstName=TEXT),
    ],
    ids=repr,
)
async def test_a_wrong_body_is_refused(api, body):
    store = await create_store(api)
    assert_problem(await api.post(url(store), json=body), 400, 400)
    assert len(ok(await api.get(url(store)))["traitGroups"]) == 1


@pytest.mark.parametrize(
    ("data_type", "rule"),
    [
        ("STRING", {}),
        ("STRING", {"ruleType": "NUMBER"}),
        ("STRING", {"ruleType": "STRING", "min": 1}),
        ("STRING", {"ruleType": "STRING", "minLength": -1}),
        ("STRING", {"ruleType": "STRING", "maxLength": 0}),
        ("STRING", {"ruleType": "STRING", "minLength": 3, "maxLength": 2}),
        ("STRING", {"ruleType": "STRING", "pattern": "x" * 1001}),
        ("STRING", {"ruleType": "STRING", "pattern": "("}),
        ("STRING", {"ruleType": "STRING", "pattern": r"(a)\1"}),
        ("NUMBER", {"ruleType": "NUMBER", "min": 2, "max": 1}),
        ("NUMBER", {"ruleType": "NUMBER", "min": "low"}),
        ("BOOLEAN", {"ruleType": "BOOLEAN", "min": 1}),
        ("ARRAY", {"ruleType": "ARRAY", "minItems": -1}),
        ("ARRAY", {"ruleType": "ARRAY", "minItems": 2, "maxItems": 1}),
    ],
    ids=repr,
)
async def test_a_wrong_rule_is_refused(api, data_type, rule):
    body = group(points={"dataType": data_type, "validationRule": rule})
    assert_problem(await api.post(url(await create_store(api)), json=body), 400, 400)


@pytest.mark.parametrize(
    ("data_type", "rule", "fits", "fails"),
    [
        ("STRING", {"pattern": "^[A-Z]{2}$"}, ["AB"], ["ABC", "ab", ""]),
        ("STRING", {"minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd"]),
        ("NUMBER", {"min": 1, "max": 3}, [1, 3], [0, 4]),
        ("ARRAY", {"minItems": 1, "maxItems": 2}, [["a"], ["a", "b"]], [[], ["a", "b", "c"]]),
        ("BOOLEAN", {}, [True, False], []),
    ],
)
async def test_values_keep_to_the_rule(api, data_type, rule, fits, fails):
    store = await create_store(api)
    await create(api, store, one={"dataType": data_type, "validationRule": {"ruleType": data_type, **rule}})
    for value in fits:
        ok(await write(api, store, one=value), 202)
    for value in fails:
        message = assert_problem(await write(api, store, one=value), 400, 400)
        assert "traits.Loyalty.one" in message


async def test_a_pattern_cannot_hold_up_the_server(api):
    store = await create_store(api)
    rule = {"ruleType": "STRING", "pattern": "^(a+)+$"}
    await create(api, store, one={**TEXT, "validationRule": rule})
    started = time.perf_counter()
    assert_problem(await write(api, store, one="a" * 1023 + "!"), 400, 400)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("First Name", "firstName"),
        ("first_name", "firstName"),
        ("first-name", "firstName"),
        ("FirstName", "firstName"),
        ("firstName", "firstName"),
        ("FIRST_NAME", "firstName"),
        ("URL", "url"),
    ],
)
async def test_traits_are_kept_in_lower_camel_case_and_found_as_they_were_declared(api, said, kept):
    store = await create_store(api)
    await create(api, store, **{said: TEXT})
    assert list((await fetch(api, store))["traits"]) == [kept]
    for name in (said, kept):
        profile = ok(await write(api, store, **{name: "Ann"}), 202)["id"]
        assert await values(api, store, profile) == {kept: "Ann"}


async def test_a_promoted_trait_tells_customers_apart(api):
    store = await create_store(api)
    settings = f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings"
    configs = [*ok(await api.get(settings))["identifierConfigs"], {"idType": "loyalty"}]
    ok(await api.put(settings, json={"identifierConfigs": configs}), 202)
    await create(api, store, card={"dataType": "NUMBER", "idTypePromotion": "loyalty"})
    profile = ok(await write(api, store, card=7), 202)["id"]
    body = {"traits": {"Loyalty": {"card": 7}}}
    assert ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"] == profile


@pytest.mark.parametrize("name", ["Loyalty", "loyalty", "LOYALTY"])
async def test_a_name_is_taken_whatever_its_case(api, name):
    store = await create_store(api)
    await create(api, store)
    assert_problem(await api.post(url(store), json=group(name)), 409, 520055)
    await create(api, await create_store(api), name)


async def test_names_and_descriptions_of_full_length_fit(api):
    store = await create_store(api)
    name = "a-Z_0." + "x" * 58
    traits = {"y" * 64: {**TEXT, "description": "d" * 1024}}
    ok(await api.post(url(store), json={**group(name, **traits), "description": "d" * 1024}), 202)
    assert list((await fetch(api, store, name))["traits"]) == ["y" * 64]
    held = await etag_of(api, url(store, name))
    ok(await api.patch(url(store, name), json={}, headers={"If-Match": held}), 202)


async def test_95_traits_fit_in_a_group_and_one_more_does_not(api):
    store = await create_store(api)
    traits = {f"t{n}": TEXT for n in range(96)}
    assert_problem(await api.post(url(store), json=group(**traits)), 400, 520054)
    del traits["t95"]
    await create(api, store, **traits)
    assert_problem(await patch(api, store, one=TEXT), 400, 520054)
    ok(await patch(api, store, t0={"dataType": ""}, one=TEXT), 202)


async def test_all_traits_of_a_full_group_are_exchanged_in_one_patch_that_names_no_more(api):
    store = await create_store(api)
    await create(api, store, **{f"t{n}": TEXT for n in range(95)})
    away, fresh = {f"t{n}": None for n in range(95)}, {f"n{n}": TEXT for n in range(95)}
    assert_problem(await patch(api, store, **away, **fresh, one=None), 400, 520054)
    ok(await patch(api, store, **away, **fresh), 202)
    assert set((await fetch(api, store))["traits"]) <= set(fresh)


async def test_a_patch_that_names_a_trait_twice_is_refused_and_changes_nothing(api):
    store = await create_store(api)
    await create(api, store, firstName=TEXT)
    assert_problem(await patch(api, store, first_name={"description": "a"}, firstName={"description": "b"}), 400, 400)
    assert_problem(await patch(api, store, first_name=None, FirstName=TEXT), 400, 400)
    assert_problem(await patch(api, store, last_name=TEXT, lastName=TEXT), 400, 400)
    assert (await fetch(api, store))["version"] == 1


@pytest.mark.parametrize("name", [".", ".."])
async def test_a_name_that_clients_take_for_a_step_of_a_path_is_refused(api, name):
    """`DELETE …/TraitGroups/..` is sent as one of the store."""
    store = await create_store(api)
    assert_problem(await api.post(url(store), json=group(name)), 400, 400)
    await create(api, store, name + ".x")


async def test_50_groups_fit_in_a_store_and_one_more_does_not_even_at_once(api):
    store = await create_store(api)
    for n in range(45):
        await create(api, store, f"g{n}")
    answers = await asyncio.gather(*(api.post(url(store), json=group(f"h{n}")) for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [400] * 4
    assert_problem(await api.post(url(store), json=group("more")), 400, 520053)


# Reading


async def test_groups_are_found_without_regard_to_case(api):
    store = await create_store(api)
    await create(api, store)
    assert (await fetch(api, store, "loyalty"))["displayName"] == "Loyalty"
    assert await etag_of(api, url(store, "loyalty")) == await etag_of(api, url(store, "Loyalty"))


async def test_the_list_shows_traits_only_when_asked(api):
    store = await create_store(api)
    await create(api, store, tier=TEXT)
    body = ok(await api.get(url(store), params={"orderBy": "ASC"}))
    assert body["meta"] == {"key": "traitGroups", "pageSize": 2}
    assert [one["displayName"] for one in body["traitGroups"]] == ["Contact", "Loyalty"]
    assert all(set(one) == {"displayName", "description", "version"} for one in body["traitGroups"])
    body = ok(await api.get(url(store), params={"includeTraits": "true"}))
    assert set(body["traitGroups"][0]["traits"]) == {"tier"}


async def test_a_group_can_be_shown_without_its_traits(api):
    store = await create_store(api)
    body = ok(await api.get(url(store, "Contact"), params={"includeTraits": "false"}))
    assert "traits" not in body["traitGroup"]
    assert body["meta"] == {"key": "traitGroup", "pageSize": 0}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_the_list_is_paged_by_name(api, order):
    store = await create_store(api)
    for name in ("b", "A", "z.1", "m", "B-", "x_"):
        await create(api, store, name)
    names = sorted(["Contact", "b", "A", "z.1", "m", "B-", "x_"], reverse=order == "DESC")
    walked = [body async for body in pages(api, url(store), orderBy=order, pageSize=3)]
    assert [[one["displayName"] for one in body["traitGroups"]] for body in walked] == [
        names[:3],
        names[3:6],
        names[6:],
    ]
    last = walked[-1]["meta"]["previousToken"]
    back = ok(await api.get(url(store), params={"orderBy": order, "pageSize": 3, "pageToken": last}))
    assert [one["displayName"] for one in back["traitGroups"]] == names[3:6]
    await assert_refuses_bad_parameters(api, url(store))


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_the_traits_of_a_group_are_paged(api, order):
    store = await create_store(api)
    traits = [f"t{n:02}" for n in range(7)]
    await create(api, store, **dict.fromkeys(traits, TEXT))
    walked = [body async for body in pages(api, url(store, "Loyalty"), orderBy=order, pageSize=3)]
    assert [body["meta"]["pageSize"] for body in walked] == [3, 3, 1]
    shown = [name for body in walked for name in sorted(body["traitGroup"]["traits"], reverse=order == "DESC")]
    assert shown == sorted(traits, reverse=order == "DESC")
    await assert_refuses_bad_parameters(api, url(store, "Loyalty"))


# Changing


async def test_a_change_leaves_what_it_does_not_name(api):
    store = await create_store(api)
    rule = {"ruleType": "STRING", "maxLength": 9}
    await create(api, store, tier={**TEXT, "description": "old", "validationRule": rule}, other=TEXT)

    body = {"description": "new", "traits": {"Tier": {"description": "new"}, "since": {"dataType": "NUMBER"}}}
    operation = assert_accepted(
        await api.patch(url(store, "loyalty"), json=body), "TraitGroup update request accepted."
    )

    assert ok(await api.get(operation))["status"] == "COMPLETED"
    found = await fetch(api, store)
    assert (found["description"], found["version"]) == ("new", 2)
    assert set(found["traits"]) == {"tier", "other", "since"}
    assert found["traits"]["tier"]["description"] == "new"
    assert found["traits"]["tier"]["validationRule"] == rule


@pytest.mark.parametrize("body", [None, {}, {"traits": {}}], ids=repr)
async def test_a_change_of_nothing_is_one_all_the_same(api, body):
    store = await create_store(api)
    await create(api, store, tier=TEXT)
    sent = {} if body is None else {"json": body}
    ok(await api.patch(url(store, "Loyalty"), **sent), 202)
    found = await fetch(api, store)
    assert (found["version"], set(found["traits"])) == (2, {"tier"})


async def test_rules_and_promotions_can_be_ended(api):
    store = await create_store(api)
    promoted = {**TEXT, "idTypePromotion": "pushUserID"}
    await create(api, store, a={**promoted, "validationRule": {"ruleType": "STRING", "maxLength": 1}}, b=promoted)
    ok(await patch(api, store, a={"validationRule": None, "idTypePromotion": None}, b={"idTypePromotion": ""}), 202)
    traits = (await fetch(api, store))["traits"]
    assert [traits[n]["idTypePromotion"] for n in "ab"] == [None, None]
    assert traits["a"]["validationRule"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"tier": {"dataType": "NUMBER"}},
        {"fresh": {}},
        {"fresh": {"description": "no type"}},
        {"tier": {"idTypePromotion": "unheard-of"}},
        {"tier": {"validationRule": {"ruleType": "NUMBER"}}},
        {"tier": {"dataType": "DATE"}},
        {"größe": TEXT},
        {"tier": 7},
    ],
    ids=repr,
)
async def test_a_wrong_change_is_refused(api, change):
    store = await create_store(api)
    await create(api, store, tier=TEXT)
    assert_problem(await patch(api, store, **change), 400, 400)
    assert (await fetch(api, store))["version"] == 1


async def test_deleting_a_trait_that_is_not_there_is_refused(api):
    store = await create_store(api)
    await create(api, store)
    assert_problem(await patch(api, store, tier={"dataType": ""}), 400, 520063)


@pytest.mark.parametrize(
    "change",
    [
        {"phone": {"dataType": ""}},
        {"phone": None},
        {"PHONE": {"dataType": "NUMBER"}},
        {"email": {"idTypePromotion": None}},
        {"whatsapp": {"idTypePromotion": ""}},
        {"chatId": {"idTypePromotion": "phone"}},
    ],
    ids=repr,
)
async def test_what_tells_customers_apart_is_protected(api, change):
    store = await create_store(api)
    assert_problem(await patch(api, store, "Contact", **change), 409, 520050)
    assert_problem(await api.delete(url(store, "contact")), 409, 520050)
    assert (await fetch(api, store, "Contact"))["version"] == 1


async def test_contact_can_grow_and_be_described(api):
    store = await create_store(api)
    phone = {**TEXT, "description": "By which we call", "idTypePromotion": "phone"}
    ok(await patch(api, store, "Contact", phone=phone, nickname=TEXT, street=None), 202)
    traits = (await fetch(api, store, "Contact"))["traits"]
    assert traits["phone"]["description"] == "By which we call"
    assert "nickname" in traits
    assert "street" not in traits
    await create_profile(api, store, nickname="Ann")


async def test_if_match_holds_on_to_a_version(api):
    store = await create_store(api)
    await create(api, store)
    await assert_if_match(api, url(store, "Loyalty"), lambda n: {"description": str(n)})


# Deleting


async def test_a_deleted_group_is_gone_at_once_and_its_values_soon(api, runtime):
    store = await create_store(api)
    await create(api, store, tier=TEXT)
    await create(api, store, "Other", tier=TEXT)
    profile = ok(await write(api, store, tier="gold"), 202)["id"]
    ok(await write(api, store, "Other", tier="silver"), 202)

    operation = assert_accepted(await api.delete(url(store, "loyalty")), "TraitGroup deletion request accepted.")

    assert_problem(await api.get(url(store, "Loyalty")), 404, 520047)
    assert_problem(await write(api, store, tier="gold"), 400, 520047)
    assert ok(await api.get(operation))["status"] == "PENDING"
    await run_jobs(runtime)
    done = ok(await api.get(operation))
    assert (done["status"], done["result"]["id"]) == ("COMPLETED", "Loyalty")
    assert await values(api, store, profile) == {}
    assert await values(api, store, profile, "Other") == {"tier": "silver"}
    assert await values(api, store, profile, "Contact") == {"phone": CUSTOMER}


async def test_a_group_declared_anew_keeps_its_own_values(api, runtime):
    store = await create_store(api)
    await create(api, store, tier=TEXT, other=TEXT)
    profile = ok(await write(api, store, tier="old", other="old"), 202)["id"]
    await api.delete(url(store, "Loyalty"))
    await create(api, store, tier=TEXT, other=TEXT)
    ok(await write(api, store, tier="new"), 202)
    await run_jobs(runtime)
    assert await values(api, store, profile) == {"tier": "new"}


@pytest.mark.parametrize("deletion", [{"dataType": ""}, None], ids=repr)
async def test_a_deleted_trait_takes_its_values_with_it(api, runtime, deletion):
    store = await create_store(api)
    await create(api, store, tier=TEXT, other=TEXT)
    profile = ok(await write(api, store, tier="gold", other="stays"), 202)["id"]

    operation = assert_accepted(await patch(api, store, Tier=deletion), "TraitGroup update request accepted.")

    assert set((await fetch(api, store))["traits"]) == {"other"}
    assert ok(await api.get(operation))["status"] == "PENDING"
    await run_jobs(runtime)
    assert ok(await api.get(operation))["status"] == "COMPLETED"
    assert await values(api, store, profile) == {"other": "stays"}


async def test_values_are_dropped_from_every_profile_in_batches(api, runtime, monkeypatch):
    monkeypatch.setattr(service, "_BATCH_PROFILES", 2)
    store = await create_store(api)
    await create(api, store, tier=TEXT)
    made = []
    for n in range(5):
        body = {"traits": {"Contact": {"phone": f"+1202555010{n}"}, "Loyalty": {"tier": "gold"}}}
        made.append(ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"])
    operation = (await api.delete(url(store, "Loyalty"))).headers["Operation-Id"]
    for _ in range(2):
        await service.drop_values(runtime.db, clock, StoreId(store), "Loyalty", None, clock(), operation)
    assert [await values(api, store, profile) for profile in made] == [{}] * 5


async def test_an_identifier_outlives_the_trait_that_was_promoted_to_it(api, runtime):
    store = await create_store(api)
    await create(api, store, token={**TEXT, "idTypePromotion": "pushUserID"})
    profile = ok(await write(api, store, token="abc"), 202)["id"]
    await api.delete(url(store, "Loyalty"))
    await run_jobs(runtime)
    body = {"idType": "pushUserID", "value": "abc"}
    assert ok(await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json=body))["profiles"] == [profile]


async def test_unknown_groups_and_stores_are_not_found(api):
    store = await create_store(api)
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {}} if method == "PATCH" else {}
        assert_problem(await api.request(method, url(store, "Loyalty"), **body), 404, 520047)
        assert_problem(await api.request(method, url(store, "x" * 300), **body), 404, 520047)
        assert_problem(await api.request(method, url(unknown("mem_store"), "Contact"), **body), 404, 520041)
    assert_problem(await api.get(url(unknown("mem_store"))), 404, 520041)
    assert_problem(await api.post(url(unknown("mem_store")), json=group()), 404, 520041)
