"""Stores full of invented people, written straight into the tables, and further people who are in none of them.

A store of 1,000,000 takes a minute or two this way. Its rows are those that the service would have written (one profile
with two identifiers and four traits), but their foreign keys are not checked one by one, for both sides are made here.
Ids are in the order of creation, as TypeIDs are; phone numbers and addresses are scattered over their index, as those
of real people are.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import psycopg

from bench.client import Client
from bench.server import Server
from regulars.storage.embedded import running

COLUMNS = ("email", "phone", "firstName", "lastName", "city", "postalCode")
STRANGERS_FROM = 1_000_000_000
"""The crowd are numbers from 0; those who are new are counted from here."""

_NUMBERS = 8_000_000_000
_STEP = 4_944_271_909
"""Without a common factor with `_NUMBERS`: no two people have one number, and neighbours' are far apart."""

_PROFILES = """
INSERT INTO profile (store_id, profile_id, memory_version, created_at)
SELECT %(store_id)s, 'mem_profile_00' || lpad(n::text, 24, '0'), 0, now() FROM generate_series(0, %(last)s) AS n
"""
_IDENTIFIERS = """
INSERT INTO {table} (store_id, id_type, value, profile_id, added_at)
SELECT %(store_id)s, i.id_type, i.value, 'mem_profile_00' || lpad(n::text, 24, '0'), now()
FROM generate_series(0, %(last)s) AS n
CROSS JOIN LATERAL (VALUES
    ('email', 'p' || n::bigint * %(step)s %% %(numbers)s || '@example.com'),
    ('phone', '+1' || 2000000000 + n::bigint * %(step)s %% %(numbers)s)
) AS i (id_type, value)
"""
_TRAITS = """
INSERT INTO trait (store_id, profile_id, trait_group, trait_name, value, updated_at)
SELECT %(store_id)s, 'mem_profile_00' || lpad(n::text, 24, '0'), 'Contact', t.trait_name, to_jsonb(t.value), now()
FROM generate_series(0, %(last)s) AS n
CROSS JOIN LATERAL (VALUES
    ('email', 'p' || n::bigint * %(step)s %% %(numbers)s || '@example.com'),
    ('phone', '+1' || 2000000000 + n::bigint * %(step)s %% %(numbers)s),
    ('firstName', 'First' || n %% 1000),
    ('lastName', 'Last' || n %% 3000)
) AS t (trait_name, value)
"""
_TABLES = "profile, identifier, profile_identifier, trait"


class Person(NamedTuple):
    email: str
    phone: str
    first_name: str
    last_name: str
    city: str
    postal_code: str


def person(number: int) -> Person:
    """The same that the statements above make of this number."""
    place = number * _STEP % _NUMBERS
    return Person(
        email=f"p{place}@example.com",
        phone=f"+1{2_000_000_000 + place}",
        first_name=f"First{number % 1000}",
        last_name=f"Last{number % 3000}",
        city=f"City{number % 500}",
        postal_code=f"{10_000 + number % 80_000}",
    )


def strangers(first: int, count: int) -> Iterator[Person]:
    return map(person, range(STRANGERS_FROM + first, STRANGERS_FROM + first + count))


def settle(server: Server, size: int, say: Callable[[str], None]) -> str:
    """A new store with so many profiles. Its id."""
    made = Client(server).post("/v1/ControlPlane/Stores", {"displayName": f"crowd-{size}"})
    say(f"{size:,} profiles are written into a store")
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        given = {"store_id": made["id"], "last": size - 1, "step": _STEP, "numbers": _NUMBERS}
        connection.execute(_PROFILES, given)
        for table in ("identifier", "profile_identifier"):
            connection.execute(_IDENTIFIERS.format(table=table), given)
        connection.execute(_TRAITS, given)
        connection.execute(f"VACUUM (ANALYZE) {_TABLES}")
        connection.execute("CHECKPOINT")
    return str(made["id"])


def conninfo(server: Server) -> str:
    found = running(server.data_dir)
    if found is None:
        raise RuntimeError("the server's Postgres cannot be found")
    return found


def count_profiles(server: Server, store_id: str) -> int:
    with psycopg.connect(conninfo(server)) as connection:
        cursor = connection.execute(
            "SELECT count(*) FROM profile WHERE store_id = %s AND merged_into IS NULL", (store_id,)
        )
        return (cursor.fetchone() or (0,))[0]
