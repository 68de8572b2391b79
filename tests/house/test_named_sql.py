"""The named SQL keeps to what a distributed Postgres asks, and each rule can fail."""

import pytest
from tests.house import schema, statements

FILES = sorted(statements.ROOT.glob("*.sql"))
KEYS = "store_id = %(store_id)s AND profile_id = %(profile_id)s"


@pytest.fixture(scope="module")
def tables() -> schema.Schema:
    return schema.build(schema.read())


def test_there_is_named_sql() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_named_sql_keeps_the_rules(path: statements.Path, tables: schema.Schema) -> None:
    assert statements.offences(path.read_text("utf-8"), tables) == []


BAD = {
    "no key": ("SELECT value FROM trait", "does not name store_id of trait"),
    "half a key": ("SELECT value FROM trait WHERE store_id = %(store_id)s", "does not name profile_id of trait"),
    "key of another": (
        (
            "SELECT t.value FROM profile p JOIN trait t ON t.store_id = p.store_id AND t.profile_id = p.profile_id"
            " WHERE p.store_id = %(store_id)s AND p.profile_id = %(profile_id)s"
        ),
        "does not name profile_id of trait",
    ),
    "key without saying whose": (
        f"SELECT t.value FROM profile p JOIN trait t ON true WHERE {KEYS}",
        "does not name profile_id of trait",
    ),
    "subquery without keys": (
        (
            f"SELECT memory_version FROM profile p WHERE {KEYS}"
            " AND EXISTS (SELECT 1 FROM trait t WHERE t.profile_id = p.profile_id)"
        ),
        "does not name store_id of trait",
    ),
    "key in an OR": (f"SELECT value FROM trait WHERE {KEYS} OR trait_name = 'x'", "does not name store_id of trait"),
    "key under NOT": (
        "SELECT value FROM trait WHERE store_id = %(store_id)s AND NOT profile_id = %(profile_id)s",
        "does not name profile_id of trait",
    ),
    "key that is compared": (
        "SELECT value FROM trait WHERE store_id = %(store_id)s AND profile_id > %(profile_id)s",
        "does not name profile_id of trait",
    ),
    "key as a literal": (
        "SELECT value FROM trait WHERE store_id = 'x' AND profile_id = %(profile_id)s",
        "does not name store_id of trait",
    ),
    "lookup without its value": (
        "SELECT profile_id FROM identifier WHERE store_id = %(store_id)s AND id_type = %(id_type)s",
        "does not name value of identifier",
    ),
    "update": ("UPDATE trait SET value = %(value)s WHERE trait_name = %(name)s", "does not name store_id of trait"),
    "delete": ("DELETE FROM trait WHERE profile_id = %(profile_id)s", "does not name store_id of trait"),
    "delete inside WITH": (
        "WITH d AS (DELETE FROM trait WHERE store_id = %(store_id)s RETURNING value) SELECT value FROM d",
        "does not name profile_id of trait",
    ),
    "insert": ("INSERT INTO trait (store_id, value) VALUES (%(a)s, %(b)s)", "inserts into trait without profile_id"),
    "insert from unnest": (
        "INSERT INTO trait (profile_id, value) SELECT %(a)s, u.v FROM unnest(%(b)s::jsonb[]) AS u (v)",
        "inserts into trait without store_id",
    ),
    "insert from a table": (
        "INSERT INTO trait (store_id, profile_id) SELECT store_id, profile_id FROM profile",
        "does not name store_id of profile",
    ),
    "now": (f"UPDATE trait SET updated_at = now() WHERE {KEYS}", "clock and randomness are parameters"),
    "clock_timestamp": (f"SELECT clock_timestamp() FROM trait WHERE {KEYS}", "clock and randomness are parameters"),
    "CURRENT_TIMESTAMP": (f"SELECT CURRENT_TIMESTAMP FROM trait WHERE {KEYS}", "clock and randomness are parameters"),
    "random": (f"SELECT value FROM trait WHERE {KEYS} ORDER BY random()", "clock and randomness are parameters"),
    "gen_random_uuid": (f"SELECT gen_random_uuid() FROM trait WHERE {KEYS}", "clock and randomness are parameters"),
    "two scopes": (
        (
            "SELECT p.name FROM participant p JOIN profile f ON f.store_id = %(s)s AND f.profile_id = p.profile_id"
            " WHERE p.store_id = %(store_id)s AND p.conversation_id = %(conversation_id)s"
        ),
        "joins across scopes: conversation, profile",
    ),
    "a lookup and its target": (
        f"SELECT value FROM trait WHERE {KEYS} AND profile_id IN (SELECT i.profile_id FROM identifier i)",
        "joins across scopes: identifier, profile",
    ),
    "changed key": (f"UPDATE trait SET profile_id = %(other)s WHERE {KEYS}", "changes profile_id, a key of trait"),
    "changed key among others": (
        f"UPDATE trait SET (value, store_id) = (%(value)s, %(other)s) WHERE {KEYS}",
        "changes store_id, a key of trait",
    ),
    "changed key on conflict": (
        (
            "INSERT INTO identifier (store_id, id_type, value) VALUES (%(a)s, %(b)s, %(c)s)"
            " ON CONFLICT (store_id, id_type, value) DO UPDATE SET value = excluded.value"
        ),
        "changes value, a key of identifier",
    ),
    "subquery in VALUES": (
        f"INSERT INTO trait (store_id, profile_id) VALUES (%(a)s, (SELECT profile_id FROM profile WHERE {KEYS}))",
        "has a subquery inside VALUES",
    ),
    "MERGE": ("MERGE INTO trait USING profile ON true WHEN MATCHED THEN DELETE", "is a MERGE"),
    "recursive": (
        f"WITH RECURSIVE a AS (SELECT value FROM trait WHERE {KEYS} UNION SELECT value FROM a) SELECT value FROM a",
        "is recursive",
    ),
    "star": (f"SELECT * FROM trait WHERE {KEYS}", "has a *"),
    "star of a table": (f"SELECT t.* FROM trait t WHERE {KEYS}", "has a *"),
    "returning star": (f"DELETE FROM trait WHERE {KEYS} RETURNING *", "has a *"),
    "lock over many": (
        "SELECT profile_id FROM profile WHERE store_id = %(s)s AND profile_id = ANY(%(p)s) FOR UPDATE",
        "locks rows of profile without profile_id",
    ),
    "lock over a store": (
        "-- scope: store-wide\nSELECT profile_id FROM profile WHERE store_id = %(s)s FOR UPDATE SKIP LOCKED",
        "locks rows of profile without profile_id",
    ),
    "lock over two tables": (
        (
            "SELECT p.profile_id FROM profile p JOIN trait t ON t.store_id = %(s)s AND t.profile_id = %(p)s"
            " WHERE p.store_id = %(s)s AND p.profile_id = %(p)s FOR UPDATE"
        ),
        "locks rows of more than one table",
    ),
    "lock on a reference table": (
        "-- scope: reference\nSELECT store_id FROM store WHERE account_sid = %(account_sid)s FOR UPDATE",
        "locks rows of store without store_id",
    ),
    "reference with a mark missing": ("SELECT name FROM store", "is not marked so"),
    "reference mark on others": (
        "-- scope: reference\nSELECT value FROM trait",
        "is marked reference and uses profile",
    ),
    "mark without need": (
        f"-- scope: store-wide\nSELECT value FROM trait WHERE {KEYS}",
        "is marked store-wide and names every key",
    ),
    "unknown mark": (f"-- scope: global\nSELECT value FROM trait WHERE {KEYS}", "has an unknown scope: global"),
    "unknown table": (f"SELECT value FROM traits WHERE {KEYS}", "names traits, which no migration makes"),
    "nonsense": ("SELECT FROM WHERE (", "cannot be read"),
    "marker of a page alone": (f"SELECT value FROM trait WHERE {KEYS} AND value {{after}} %(key)s", "cannot be read"),
    "two statements": (f"DELETE FROM trait WHERE {KEYS}; DELETE FROM trait WHERE {KEYS}", "is not one SELECT"),
    "another kind": ("LOCK TABLE trait", "is not one SELECT"),
    "schema change": ("DROP TABLE trait", "is not one SELECT"),
    "a name that stands twice": (
        f"SELECT value FROM trait WHERE {KEYS};\n-- name: example\nSELECT value FROM trait WHERE {KEYS}",
        "stands twice",
    ),
    "a name in two words": (f"SELECT value FROM trait WHERE {KEYS};\n-- name: one more\nSELECT 1", "is no name"),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_each_rule_can_fail(text: str, expected: str, tables: schema.Schema) -> None:
    found = statements.offences(f"-- name: example\n{text};\n", tables)
    assert any(expected in offence for offence in found), found


GOOD = {
    "full key": f"SELECT value FROM trait WHERE {KEYS};",
    "described": f"-- What it is for.\nSELECT value FROM trait WHERE {KEYS};",
    "stores of an account": (
        "SELECT name FROM conversation WHERE store_id = ANY(%(store_ids)s) AND conversation_id = %(conversation_id)s;"
    ),
    "casts and the other way round": (
        "SELECT value FROM trait WHERE %(store_id)s = store_id AND profile_id = ANY (%(ids)s::text[]);"
    ),
    "page": f"SELECT value FROM trait WHERE {KEYS} AND trait_name {{after}} %(key)s ORDER BY trait_name {{direction}};",
    "keys of each": (
        "SELECT t.value FROM profile p LEFT JOIN trait t ON t.store_id = %(store_id)s AND t.profile_id = %(profile_id)s"
        " WHERE p.store_id = %(store_id)s AND p.profile_id = %(profile_id)s;"
    ),
    "move inside a scope": (
        "INSERT INTO trait (store_id, profile_id, trait_name) SELECT store_id, %(to)s, trait_name FROM trait"
        f" WHERE {KEYS} ON CONFLICT (store_id, profile_id, trait_group, trait_name) DO NOTHING;"
    ),
    "move in one statement": (
        f"WITH d AS (DELETE FROM trait WHERE {KEYS} RETURNING store_id, trait_name)"
        " INSERT INTO trait (store_id, profile_id, trait_name) SELECT d.store_id, %(to)s, d.trait_name FROM d;"
    ),
    "many rows": (
        "INSERT INTO trait (store_id, profile_id, value) SELECT %(s)s, %(p)s, u.v FROM unnest(%(v)s::jsonb[]) AS u (v)"
        " ON CONFLICT (store_id, profile_id, trait_group, trait_name) DO UPDATE SET value = excluded.value;"
    ),
    "update from unnest": (
        "UPDATE trait AS t SET value = u.v FROM unnest(%(n)s::text[], %(v)s::jsonb[]) AS u (n, v)"
        " WHERE t.store_id = %(store_id)s AND t.profile_id = %(profile_id)s AND t.trait_name = u.n;"
    ),
    "claim": (
        "INSERT INTO identifier (store_id, id_type, value, profile_id) VALUES (%(a)s, %(b)s, %(c)s, %(d)s)"
        " ON CONFLICT (store_id, id_type, value) DO UPDATE SET profile_id = identifier.profile_id RETURNING profile_id;"
    ),
    "lock": f"SELECT memory_version FROM profile WHERE {KEYS} FOR UPDATE;",
    "store-wide": "-- scope: store-wide\nSELECT count(*) FROM profile WHERE store_id = %(store_id)s;",
    "reference": "-- Of an account.\n-- scope: reference\nSELECT store_id FROM store WHERE account_sid = %(a)s;",
    "reference beside tenant": (
        "SELECT t.value FROM trait t JOIN store s ON s.store_id = %(store_id)s"
        " WHERE t.store_id = %(store_id)s AND t.profile_id = %(profile_id)s;"
    ),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_no_rule_refuses_what_is_right(text: str, tables: schema.Schema) -> None:
    assert statements.offences(f"-- name: example\n{text}\n", tables) == []
