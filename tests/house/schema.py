"""The schema as the migrations make it, and what a distributed Postgres asks of it.

Every table has a scope. `reference` tables stand on every node; the others are spread by the key of their scope, with
which their unique keys begin. Foreign keys and joins stay inside one scope.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot import exp

ROOT = Path(__file__).parents[2] / "src" / "regulars" / "storage" / "migrations"

REFERENCE = frozenset(
    {
        "account",
        "api_key",
        "configuration",
        "data_mapping",
        "identity_settings",
        "schema_migration",
        "store",
        "trait_group",
    }
)
SCOPES = {
    "profile": ("store_id", "profile_id"),
    "conversation": ("store_id", "conversation_id"),
    "import": ("store_id", "import_id"),
}
LOOKUPS = {
    "bulk_batch": ("store_id", "operation_id"),
    "callback_endpoint": ("account_sid", "url"),
    "captured_message": ("store_id", "configuration_id", "message_sid"),
    "conversation_channel": ("store_id", "channel_id"),
    "conversation_group": ("store_id", "group_key"),
    "erased_value": ("store_id", "digest"),
    "idempotent_request": ("account_sid", "idempotency_key"),
    "identifier": ("store_id", "id_type", "value"),
    "operation": ("operation_id",),
}
"""Tables that keep something unique across the scopes: each is a scope of its own."""

SERIALS = (exp.DType.SERIAL, exp.DType.BIGSERIAL, exp.DType.SMALLSERIAL)
FORBIDDEN_ACTIONS = ("ON DELETE SET NULL", "ON DELETE SET DEFAULT", "ON UPDATE CASCADE", "ON UPDATE SET NULL")


@dataclass(frozen=True)
class ForeignKey:
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    """Empty when the statement leaves them out and means the primary key."""
    options: tuple[str, ...]


@dataclass
class Table:
    name: str
    columns: dict[str, exp.ColumnDef] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    @property
    def scope(self) -> str | None:
        """None for a table that fits no scope."""
        if self.name in REFERENCE:
            return "reference"
        if self.name in LOOKUPS:
            return self.name
        return next((scope for scope, key in SCOPES.items() if self.primary_key[: len(key)] == key), None)

    @property
    def key(self) -> tuple[str, ...]:
        """What every statement on this table names. For a reference table it only matters to locks."""
        if self.scope == "reference":
            return self.primary_key
        return LOOKUPS.get(self.name) or SCOPES.get(self.scope or "", ())


Schema = dict[str, Table]


def read(root: Path = ROOT) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(root.glob("*.sql")))


def statements(text: str) -> list[exp.Expr]:
    return [tree for tree in sqlglot.parse(text, dialect="postgres") if tree is not None]


def build(text: str) -> Schema:
    schema: Schema = {}
    for tree in statements(text):
        if isinstance(tree, exp.Create) and tree.kind == "TABLE" and isinstance(tree.this, exp.Schema):
            table = Table(tree.this.this.name)
            schema[table.name] = table
            _add(table, tree.this.expressions)
        elif isinstance(tree, exp.Create) and tree.kind == "INDEX" and tree.args.get("unique"):
            columns = tree.this.args["params"].args["columns"]
            _table(schema, tree.this.args["table"].name).uniques.append(_names(columns))
        elif isinstance(tree, exp.Alter) and tree.args.get("kind") == "TABLE":
            for action in tree.args["actions"]:
                _add(
                    _table(schema, tree.this.name),
                    action.expressions if isinstance(action, exp.AddConstraint) else [action],
                )
    return schema


def offences(text: str) -> list[str]:
    schema = build(text)
    return [
        *(what for tree in statements(text) for what in _statement_offences(tree)),
        *(f"{table.name}: {what}" for table in schema.values() for what in _table_offences(table, schema)),
    ]


def _table(schema: Schema, name: str) -> Table:
    return schema.setdefault(name, Table(name))


def _add(table: Table, definitions: list[exp.Expr]) -> None:
    for definition in definitions:
        if isinstance(definition, exp.ColumnDef):
            _add_column(table, definition)
        elif isinstance(definition, exp.Constraint):
            _add(table, definition.expressions)
        elif isinstance(definition, exp.PrimaryKey):
            table.primary_key = _names(definition.expressions)
        elif isinstance(definition, exp.UniqueColumnConstraint):
            table.uniques.append(_names(definition.this.expressions))
        elif isinstance(definition, exp.ForeignKey):
            table.foreign_keys.append(_foreign_key(_names(definition.expressions), definition.args["reference"]))


def _add_column(table: Table, column: exp.ColumnDef) -> None:
    table.columns[column.name] = column
    for constraint in column.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.PrimaryKeyColumnConstraint):
            table.primary_key = (column.name,)
        elif isinstance(kind, exp.UniqueColumnConstraint):
            table.uniques.append((column.name,))
        elif isinstance(kind, exp.Reference):
            table.foreign_keys.append(_foreign_key((column.name,), kind))


def _foreign_key(columns: tuple[str, ...], reference: exp.Reference) -> ForeignKey:
    target = reference.this
    named = target.expressions if isinstance(target, exp.Schema) else []
    name = target.this.name if isinstance(target, exp.Schema) else target.name
    return ForeignKey(columns, name, _names(named), tuple(map(str, reference.args.get("options") or ())))


def _names(columns: list[exp.Expr]) -> tuple[str, ...]:
    """Column names; an expression such as `lower(x)` comes out as its text, so that it equals no column."""
    return tuple(_name(column) for column in columns)


def _name(column: exp.Expr) -> str:
    plain = column.this if isinstance(column, exp.Ordered) else column
    return plain.name if isinstance(plain, exp.Column | exp.Identifier) else plain.sql("postgres")


def _statement_offences(tree: exp.Expr) -> Iterator[str]:
    if isinstance(tree, exp.Command):
        yield f"cannot be read, so cannot be checked: {tree.sql('postgres')[:60]}"
    if isinstance(tree, exp.Create) and tree.kind in ("TRIGGER", "SEQUENCE"):
        yield f"makes a {tree.kind.lower()}"
    if isinstance(tree, exp.Alter) and len(tree.args["actions"]) > 1:
        yield f"{tree.this.name}: one ALTER TABLE, one change"
    for node in tree.walk():
        if isinstance(node, exp.GeneratedAsIdentityColumnConstraint):
            yield "makes an identity column"
        if isinstance(node, exp.DataType) and node.this in SERIALS:
            yield "makes a serial column"
        if isinstance(node, exp.Anonymous) and node.name.lower() == "nextval":
            yield "reads a sequence"


def _table_offences(table: Table, schema: Schema) -> Iterator[str]:
    if not table.primary_key:
        yield "has no primary key"
    if table.scope is None:
        yield "has no scope: its primary key begins with none, and it is no lookup or reference table"
    yield from _column_offences(table)
    if table.scope != "reference":
        for columns in (table.primary_key, *table.uniques):
            if columns[: len(table.key)] != table.key:
                yield f"unique ({', '.join(columns)}) does not begin with ({', '.join(table.key)})"
    for foreign_key in table.foreign_keys:
        yield from _foreign_key_offences(table, foreign_key, schema)


def _column_offences(table: Table) -> Iterator[str]:
    for name in dict.fromkeys((*table.key, *table.primary_key)):
        column = table.columns.get(name)
        if column is None or column.kind is None:
            yield f"{name} is part of the key and not a column"
            continue
        kinds = [constraint.kind for constraint in column.constraints]
        collations = [kind.this.name for kind in kinds if isinstance(kind, exp.CollateColumnConstraint)]
        is_text = column.kind.this == exp.DType.TEXT
        if any(isinstance(kind, exp.ComputedColumnConstraint) for kind in kinds):
            yield f"{name} is part of the key and generated"
        if not is_text and name in table.key:
            yield f"{name} is part of the key and not text"
        if is_text and collations != ["C"]:
            yield f'{name} is part of the key and lacks COLLATE "C"'


def _foreign_key_offences(table: Table, foreign_key: ForeignKey, schema: Schema) -> Iterator[str]:
    said = f"foreign key ({', '.join(foreign_key.columns)}) to {foreign_key.target}"
    yield from (f"{said} has {option}" for option in foreign_key.options if option in FORBIDDEN_ACTIONS)
    target = schema.get(foreign_key.target)
    if target is None:
        yield f"{said}, which no migration makes"
    elif target.scope == "reference":
        return
    elif target.scope != table.scope:
        yield f"{said} leaves the scope"
    else:
        width = len(table.key)
        there = foreign_key.target_columns or target.primary_key
        if foreign_key.columns[:width] != table.key or there[:width] != table.key:
            yield f"{said} does not begin with ({', '.join(table.key)}) on both sides"
