"""The migrations keep to what a distributed Postgres asks, and each rule can fail."""

import pytest
from tests.house import schema

KEY = 'store_id text COLLATE "C" NOT NULL, profile_id text COLLATE "C" NOT NULL'
STORE = 'CREATE TABLE store (store_id text COLLATE "C" PRIMARY KEY);'
PROFILE = f"CREATE TABLE profile ({KEY}, PRIMARY KEY (store_id, profile_id));"
CONVERSATION = (
    'CREATE TABLE conversation (store_id text COLLATE "C" NOT NULL, conversation_id text COLLATE "C" NOT NULL,'
    " PRIMARY KEY (store_id, conversation_id));"
)


def trait(definitions: str, *, key: str = KEY, primary: str = "store_id, profile_id, name") -> str:
    """A profile table with one more definition, after the tables that it may refer to."""
    table = f'CREATE TABLE trait ({key}, name text COLLATE "C", {definitions}, PRIMARY KEY ({primary}));'
    return STORE + PROFILE + CONVERSATION + table


def test_the_migrations_keep_the_rules() -> None:
    assert schema.offences(schema.read()) == []


def test_every_scope_has_its_tables() -> None:
    built = schema.build(schema.read())
    assert {table.scope for table in built.values()} == {"reference", *schema.SCOPES, *schema.LOOKUPS}


BAD = {
    "trigger": (
        "CREATE TRIGGER t AFTER INSERT ON profile FOR EACH ROW EXECUTE FUNCTION f()",
        "makes a trigger",
    ),
    "sequence": ("CREATE SEQUENCE s", "makes a sequence"),
    "unreadable": ("LOCK TABLE profile", "cannot be read"),
    "two changes": ("ALTER TABLE store ADD COLUMN a text, ADD COLUMN b text", "one ALTER TABLE, one change"),
    "serial": (trait("n bigserial"), "makes a serial column"),
    "identity": (trait("n bigint GENERATED ALWAYS AS IDENTITY"), "makes an identity column"),
    "nextval": (trait("n bigint DEFAULT nextval('s')"), "reads a sequence"),
    "no primary key": ("CREATE TABLE store (store_id text)", "has no primary key"),
    "no scope": ('CREATE TABLE thing (id text COLLATE "C" PRIMARY KEY)', "thing: has no scope"),
    "unique without the key": (trait("a text, UNIQUE (store_id, a)"), "unique (store_id, a) does not begin"),
    "unique column": (trait("a text UNIQUE"), "unique (a) does not begin"),
    "unique in the wrong order": (trait("UNIQUE (profile_id, store_id)"), "unique (profile_id, store_id) does not"),
    "named unique": (trait("a text, CONSTRAINT u UNIQUE (store_id, a)"), "unique (store_id, a) does not begin"),
    "unique index": (
        trait("a text") + "CREATE UNIQUE INDEX i ON trait (store_id, a) WHERE a = 'x'",
        "unique (store_id, a) does not begin",
    ),
    "unique expression": (
        trait("a text") + "CREATE UNIQUE INDEX i ON trait (store_id, lower(profile_id))",
        "does not begin",
    ),
    "unique added": (trait("a text") + "ALTER TABLE trait ADD CONSTRAINT u UNIQUE (a)", "unique (a) does not begin"),
    "lookup with a wider key": (
        "CREATE TABLE identifier (store_id text, id_type text, value text, PRIMARY KEY (store_id, value))",
        "unique (store_id, value) does not begin with (store_id, id_type, value)",
    ),
    "foreign key across scopes": (
        trait('c text COLLATE "C", FOREIGN KEY (store_id, c) REFERENCES conversation (store_id, conversation_id)'),
        "leaves the scope",
    ),
    "foreign key from reference to tenant": (
        PROFILE + 'CREATE TABLE account (account_sid text COLLATE "C" PRIMARY KEY, s text, p text,'
        " FOREIGN KEY (s, p) REFERENCES profile (store_id, profile_id))",
        "leaves the scope",
    ),
    "foreign key with the key elsewhere": (
        trait("FOREIGN KEY (profile_id, store_id) REFERENCES profile (profile_id, store_id)"),
        "on both sides",
    ),
    "foreign key added": (
        trait('c text COLLATE "C"')
        + "ALTER TABLE trait ADD CONSTRAINT f FOREIGN KEY (store_id, c) REFERENCES conversation",
        "leaves the scope",
    ),
    "foreign key to nowhere": (trait("a text REFERENCES gone (a)"), "which no migration makes"),
    "set null": (
        trait("FOREIGN KEY (store_id, profile_id) REFERENCES profile ON DELETE SET NULL"),
        "has ON DELETE SET NULL",
    ),
    "update cascade": (trait("FOREIGN KEY (store_id) REFERENCES store ON UPDATE CASCADE"), "has ON UPDATE CASCADE"),
    "generated key": (
        trait("a text", key=KEY + ", x text COLLATE \"C\" GENERATED ALWAYS AS (lower('a')) STORED")
        + "ALTER TABLE trait ADD CONSTRAINT k PRIMARY KEY (store_id, profile_id, x)",
        "x is part of the key and generated",
    ),
    "key without collation": (
        trait("a text", key='store_id text COLLATE "C" NOT NULL, profile_id text NOT NULL'),
        'profile_id is part of the key and lacks COLLATE "C"',
    ),
    "key with another collation": (
        trait("a text", key='store_id text COLLATE "C", profile_id text COLLATE "de_DE"'),
        'profile_id is part of the key and lacks COLLATE "C"',
    ),
    "key that is no text": (
        trait("a text", key='store_id text COLLATE "C" NOT NULL, profile_id uuid NOT NULL'),
        "profile_id is part of the key and not text",
    ),
    "key that is no column": (
        trait("a text", primary="store_id, profile_id, gone"),
        "gone is part of the key and not a column",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_each_rule_can_fail(text: str, expected: str) -> None:
    assert any(expected in offence for offence in schema.offences(text)), schema.offences(text)


GOOD = {
    "key and cascade": trait(
        "FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE"
    ),
    "target columns left out": trait("FOREIGN KEY (store_id, profile_id) REFERENCES profile"),
    "reference": trait("FOREIGN KEY (store_id) REFERENCES store (store_id)"),
    "number in the primary key": trait("version bigint", primary="store_id, profile_id, version"),
    "longer unique": trait("a text, UNIQUE (store_id, profile_id, a)"),
    "other index": trait("a text") + "CREATE INDEX i ON trait (a) WHERE a IS NOT NULL",
    "generated elsewhere": trait("a text GENERATED ALWAYS AS (lower(name)) STORED"),
    "column added": trait("a text") + "ALTER TABLE trait ADD COLUMN b text",
    "deferrable": trait("FOREIGN KEY (store_id) REFERENCES store (store_id) DEFERRABLE INITIALLY DEFERRED"),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_no_rule_refuses_what_is_right(text: str) -> None:
    assert schema.offences(text) == []
