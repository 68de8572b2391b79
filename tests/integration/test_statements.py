"""The named SQL against the migrated schema: every statement prepares, and none reads a tenant's table end to end."""

import json
import re
from collections.abc import Iterator
from importlib import resources

import psycopg
import pytest

from regulars.storage.queries import load

NOUNS = sorted(
    file.name.removesuffix(".sql")
    for file in (resources.files("regulars.storage") / "sql").iterdir()
    if file.name.endswith(".sql")
)
STATEMENTS = {f"{noun}.{name}": text for noun in NOUNS for name, text in load(noun).items()}
ROWS = 20_000


def positional(statement: str) -> tuple[str, list[str]]:
    """`%(name)s` as `$n`, the same name the same number; and the names in order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return re.sub(r"%\((\w+)\)s", number, statement), names


@pytest.fixture
def connection(database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def test_there_are_statements_of_every_noun():
    assert len(NOUNS) >= 10
    assert all(load(noun) for noun in NOUNS)


def test_every_statement_prepares(connection):
    failures = {}
    for name, statement in STATEMENTS.items():
        text, _ = positional(statement)
        try:
            connection.execute(f'PREPARE "{name}" AS {text}')
        except psycopg.Error as error:
            failures[name] = str(error)
    assert failures == {}


def test_no_statement_is_left_half_written():
    assert not [name for name, text in STATEMENTS.items() if re.search(r"[{};]|%[^(]", text)]


TENANT_TABLES = [
    *("profile", "trait", "profile_identifier", "observation", "observation_revision", "summary", "embedding"),
    "accepted_batch",
    *("profile_conversation", "conversation", "participant", "communication", "action"),
    "communication_embedding",
    *("callback_queue", "delivery", "callback_endpoint", "idempotent_request"),
    *("erased_value", "identifier", "conversation_group", "conversation_channel", "captured_message"),
    *("bulk_batch", "profile_import", "import_chunk", "import_problem"),
]


def fill(connection: psycopg.Connection) -> None:
    """20 stores with 1,000 rows of each kind, so that a scan from end to end would cost."""
    connection.execute("SET session_replication_role = replica")
    for table in TENANT_TABLES:
        columns = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
            (table,),
        ).fetchall()
        values = {
            "text": "'x' || n",
            "jsonb": "'{}'::jsonb",
            "ARRAY": "'{}'::text[]",
            "bytea": "'\\x00'::bytea",
            "bigint": "n",
            "integer": "n",
            "double precision": "n",
            "timestamp with time zone": "'2026-01-01'::timestamptz + n * interval '1 minute'",
        }
        chosen = ["'s' || (n % 20)" if name == "store_id" else values[kind] for name, kind in columns]
        connection.execute(f"INSERT INTO {table} SELECT {', '.join(chosen)} FROM generate_series(1, {ROWS}) n")
    connection.execute("ANALYZE")


def scanned(plan: dict) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", []):
        yield from scanned(below)


def filters_a_join(plan: dict) -> bool:
    return "Join Filter" in plan or any(filters_a_join(below) for below in plan.get("Plans", []))


def generic_plans(connection: psycopg.Connection) -> Iterator[tuple[str, dict]]:
    """Every statement by the plan that serves every parameter: nothing hangs on a lucky value."""
    connection.execute("SET plan_cache_mode = force_generic_plan")
    for name, statement in STATEMENTS.items():
        text, names = positional(statement)
        connection.execute(f'PREPARE "{name}" AS {text}')
        arguments = f"({', '.join(['NULL'] * len(names))})" if names else ""
        row = connection.execute(f'EXPLAIN (FORMAT json) EXECUTE "{name}"{arguments}').fetchone()
        assert row is not None
        for entry in row[0] if isinstance(row[0], list) else json.loads(row[0]):
            yield name, entry["Plan"]


def test_no_statement_scans_a_tenant_table(connection):
    fill(connection)
    offences = {name: set(scanned(plan)) & set(TENANT_TABLES) for name, plan in generic_plans(connection)}
    assert {name: tables for name, tables in offences.items() if tables} == {}


def test_no_statement_compares_every_row_with_every_other(connection):
    """A table that just grew has no statistics yet: the plan made for an empty one must do."""
    assert [name for name, plan in generic_plans(connection) if filters_a_join(plan)] == []
