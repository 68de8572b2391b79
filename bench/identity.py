"""The same people three times over: as they are, shuffled and with new phones, and in households that share a landline.

How many customers must come of it is reckoned here, from the rows alone.
"""

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import crowd
from bench.client import Client
from bench.imports import upload
from bench.server import Server, data_directory, serving

CHANGED_ONE_IN = 5
HOUSEHOLDS = (2, 3)
COLUMNS = {
    "email": "email",
    "phone": "phone",
    "first": "firstName",
    "last": "lastName",
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "postalCode",
    "country": "country",
}
POLL_S = 0.05


@dataclass(frozen=True)
class Customer:
    email: str
    phone: str
    first: str
    last: str
    street: str
    city: str
    state: str
    zip: str
    country: str


@dataclass(frozen=True)
class Step:
    """One file, and the number of profiles that there must be after it and all before it."""

    name: str
    customers: Sequence[Customer]
    expected: int
    why: str


def measure(*, path: Path, say: Callable[[str], None]) -> dict[str, object]:
    """`path` is a JSON object of users with `name`, `email` and `address`."""
    customers = read(path)
    files = files_of(customers)
    with data_directory() as data_dir, serving(data_dir) as server:
        by_rules = _store(server, "by-the-rules", phone_is_unique=True)
        shared = _store(server, "shared-phones", phone_is_unique=False)
        found = {
            "phone is unique": _apply(server, by_rules, by_components(files), say),
            "phone may be shared": _apply(server, shared, by_address(files), say),
        }
    return {"people": len(customers), **found, "right": all(row["right"] for rows in found.values() for row in rows)}


def read(path: Path) -> list[Customer]:
    """The file has no phones: each customer gets one by their place."""
    users: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [_customer(number, user) for number, user in enumerate(users.values())]


def _customer(number: int, user: dict[str, Any]) -> Customer:
    address = user["address"]
    return Customer(
        email=user["email"],
        phone=_phone(0, number),
        first=user["name"]["first_name"],
        last=user["name"]["last_name"],
        street=address["address1"],
        city=address["city"],
        state=address["state"],
        zip=address["zip"],
        country=address["country"],
    )


def _phone(kind: int, number: int) -> str:
    return f"+1202{2 + kind}{number:06d}"


def files_of(customers: Sequence[Customer]) -> list[tuple[str, list[Customer]]]:
    dice = random.Random(1)
    shuffled = dice.sample(list(customers), len(customers))
    moved = [
        replace(one, phone=_phone(1, number)) if number % CHANGED_ONE_IN == 0 else one
        for number, one in enumerate(shuffled)
    ]
    return [
        ("everybody", list(customers)),
        (f"shuffled, one phone in {CHANGED_ONE_IN} changed", moved),
        ("households of two and three, each with one landline", _households(customers)),
    ]


def _households(customers: Sequence[Customer]) -> list[Customer]:
    """Neighbours in the file live together."""
    found: list[Customer] = []
    for number in range(len(customers)):
        size = HOUSEHOLDS[number % len(HOUSEHOLDS)]
        found += [replace(one, phone=_phone(2, number)) for one in customers[len(found) : len(found) + size]]
    return found


def by_components(files: Sequence[tuple[str, Sequence[Customer]]]) -> list[Step]:
    """Whoever shares an address or a phone with somebody, in any row until then, is the same customer."""
    steps: list[Step] = []
    rows: list[Customer] = []
    for name, customers in files:
        rows += customers
        count = components((("email", row.email), ("phone", row.phone)) for row in rows)
        steps.append(Step(name, customers, count, "components connected by address or phone in all rows so far"))
    return steps


def by_address(files: Sequence[tuple[str, Sequence[Customer]]]) -> list[Step]:
    """Beside an address a phone that several may have says nothing."""
    steps: list[Step] = []
    seen: set[str] = set()
    for name, customers in files:
        seen |= {row.email for row in customers}
        steps.append(Step(name, customers, len(seen), "different addresses; a shared phone says nothing beside one"))
    return steps


def components(rows: Iterable[Sequence[tuple[str, str]]]) -> int:
    """Union and find over the values that stand in one row."""
    parents: dict[tuple[str, str], tuple[str, str]] = {}

    def root(value: tuple[str, str]) -> tuple[str, str]:
        while parents.setdefault(value, value) != value:
            value = parents[value]
        return value

    for first, *others in rows:
        for other in others:
            parents[root(other)] = root(first)
    return sum(root(value) == value for value in list(parents))


def _store(server: Server, name: str, *, phone_is_unique: bool) -> str:
    client = Client(server)
    store_id = str(client.post("/v1/ControlPlane/Stores", {"displayName": name})["id"])
    path = f"/v1/ControlPlane/Stores/{store_id}/IdentityResolutionSettings"
    settings = client.get(path)
    for config in settings["identifierConfigs"]:
        if config["idType"] == "phone":
            config["enforceUnique"] = phone_is_unique
    client.put(path, json.dumps({k: settings[k] for k in ("identifierConfigs", "matchingRules")}).encode())
    return store_id


def _apply(server: Server, store_id: str, steps: Iterable[Step], say: Callable[[str], None]) -> list[dict[str, Any]]:
    client, rows = Client(server), list[dict[str, Any]]()
    for number, step in enumerate(steps):
        ended = client.until_ended(_import(client, store_id, number, step), POLL_S)
        found = crowd.count_profiles(server, store_id)
        right = found == step.expected and ended["summary"] == {"errors": 0, "warnings": 0}
        say(f"{step.name}: {found} profiles, {step.expected} expected")
        rows.append(
            {
                "file": step.name,
                "rows": len(step.customers),
                "profiles": found,
                "expected": step.expected,
                "because": step.why,
                "right": right,
            }
        )
    return rows


def _import(client: Client, store_id: str, number: int, step: Step) -> str:
    """The order of the columns changes from file to file."""
    names = random.Random(number).sample(list(COLUMNS), len(COLUMNS))
    out = io.StringIO()
    csv.writer(out).writerows([names, *([getattr(one, name) for name in names] for one in step.customers)])
    return upload(client, store_id, f"people-{number}", out.getvalue().encode(), list(COLUMNS.items()))
