"""Whose rows are these? The same invented people in three files: as they are, shuffled and with some new phones, and in
households that share a landline. Under default rules a shared value makes one customer of several, and where phones
may be shared it does not."""

import pytest
from tests.helpers import create_store, ok, profile_ids, run_jobs
from tests.imports import table, upload

NAMES = ["Ada", "Bo", "Cleo", "Dov", "Eve", "Finn", "Gia", "Hal", "Ines", "Jon"]
HOUSEHOLDS = [["Ada", "Bo"], ["Cleo", "Dov", "Eve"], ["Finn", "Gia"], ["Hal", "Ines", "Jon"]]
NEW_PHONES = {"Cleo": "+12025552001", "Jon": "+12025552002"}

COLUMNS = [("email", "Contact.email"), ("phone", "Contact.phone"), ("name", "Contact.firstName")]


def email(name: str) -> str:
    return f"{name.lower()}@example.com"


def phone(name: str) -> str:
    return f"+1202555{1000 + NAMES.index(name)}"


def landline(name: str) -> str:
    return next(f"+1202555{3000 + place}" for place, names in enumerate(HOUSEHOLDS) if name in names)


EVERYBODY = table(("email", "phone", "name"), *((email(name), phone(name), name) for name in NAMES))
SHUFFLED = table(
    ("name", "phone", "email"),
    *((name, NEW_PHONES.get(name, phone(name)), email(name)) for name in NAMES[::3] + NAMES[2::3] + NAMES[1::3]),
)
AT_HOME = table(("phone", "email", "name"), *((landline(name), email(name), name) for name in NAMES))


@pytest.mark.parametrize(
    ("phone_is_unique", "expected"),
    [(True, [10, 10, len(HOUSEHOLDS)]), (False, [10, 10, 10])],
    ids=["unique", "shared"],
)
async def test_people_are_told_apart_by_what_they_share(api, runtime, phone_is_unique, expected):
    store = await create_store(api)
    await let_phones_be(api, store, unique=phone_is_unique)
    assert [await count_after(api, runtime, store, file) for file in (EVERYBODY, SHUFFLED, AT_HOME)] == expected
    assert [await count_after(api, runtime, store, file) for file in (AT_HOME, EVERYBODY)] == [expected[-1]] * 2


async def let_phones_be(api, store: str, *, unique: bool) -> None:
    url = f"/v1/ControlPlane/Stores/{store}/IdentityResolutionSettings"
    configs = [{"idType": "email", "normalization": "email"}, {"idType": "phone", "normalization": "phone"}]
    configs[1]["enforceUnique"] = unique
    ok(await api.put(url, json={"identifierConfigs": configs, "matchingRules": ["email", "phone"]}), 202)


async def count_after(api, runtime, store: str, file: bytes) -> int:
    path = await upload(api, store, file, COLUMNS)
    await run_jobs(runtime)
    done = ok(await api.get(path))
    assert (done["status"], done["summary"]) == ("COMPLETED", {"errors": 0, "warnings": 0})
    return len(await profile_ids(api, store))
