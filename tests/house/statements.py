"""What a distributed Postgres asks of the named SQL, read from the statements themselves.

A statement names the full key of every table in it as parameters. A comment line after its name says when it does not:
`-- scope: store-wide` for the few that list, count, delete or export over a store, `-- scope: reference` for those on
reference tables alone.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlglot import exp
from sqlglot.errors import ParseError
from tests.house import schema

from regulars.storage import queries

ROOT = Path(__file__).parents[2] / "src" / "regulars" / "storage" / "sql"

MARKS = ("reference", "store-wide")
VOLATILE = (
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.Localtime,
    exp.Localtimestamp,
    exp.Rand,
    exp.Uuid,
)
VOLATILE_NAMES = frozenset(
    {
        "clock_timestamp",
        "gen_random_uuid",
        "nextval",
        "now",
        "random",
        "statement_timestamp",
        "timeofday",
        "transaction_timestamp",
        "uuidv4",
        "uuidv7",
    }
)
Query = exp.Select | exp.Update | exp.Delete | exp.Insert


def offences(text: str, tables: schema.Schema) -> list[str]:
    """`name: what`, over one file of named statements."""
    marks, twice = _marks(text)
    found = [f"{name}: stands twice in its file" for name in twice]
    parsed = queries.parse(text)
    found += [f"{name}: is no name" for name in marks.keys() - {name.split(".")[0] for name in parsed}]
    for name, statement in parsed.items():
        mark = marks[name.split(".")[0]]
        found += [f"{name}: {what}" for what in dict.fromkeys(_offences(statement, mark, tables))]
    return found


def _marks(text: str) -> tuple[dict[str, str | None], list[str]]:
    """The scope that each statement claims, and the names that stand twice."""
    marks: dict[str, str | None] = {}
    twice: list[str] = []
    for part in re.split(r"^-- name: ", text, flags=re.MULTILINE)[1:]:
        name = part.split("\n", 1)[0].strip()
        said = re.search(r"^-- scope: *(.*?) *$", part, re.MULTILINE)
        if name in marks:
            twice.append(name)
        marks[name] = said.group(1) if said else None
    return marks, twice


def _offences(statement: str, mark: str | None, tables: schema.Schema) -> Iterator[str]:
    try:
        trees = schema.statements(statement)
    except ParseError as error:
        yield f"cannot be read, so cannot be checked: {str(error).splitlines()[0]}"
        return
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.DML):
        yield "is not one SELECT, INSERT, UPDATE or DELETE"
        return
    tree = trees[0]
    used = list(_used(tree))
    unknown = sorted({table.name for table in used} - tables.keys())
    if unknown:
        yield f"names {', '.join(unknown)}, which no migration makes"
        return
    yield from _shape_offences(tree)
    yield from _update_offences(tree, tables)
    yield from _lock_offences(tree, tables)
    yield from _scope_offences(mark, used, tables)


def _used(tree: exp.Expr) -> Iterator[exp.Table]:
    """Tables of the schema, wherever they stand; not the names that the statement itself gives."""
    own = {with_query.alias for with_query in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name not in own and not isinstance(table.parent, exp.Lock):
            yield table


def _shape_offences(tree: exp.Expr) -> Iterator[str]:
    for node in tree.walk():
        if isinstance(node, VOLATILE) or (isinstance(node, exp.Anonymous) and node.name.lower() in VOLATILE_NAMES):
            yield f"calls {node.sql('postgres')}: clock and randomness are parameters"
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            yield "has a *: name the columns"
        elif isinstance(node, exp.Merge):
            yield "is a MERGE"
        elif isinstance(node, exp.With) and node.recursive:
            yield "is recursive"
        elif isinstance(node, exp.Insert):
            values = node.expression if isinstance(node.expression, exp.Values) else None
            if any(part is not None and part.find(exp.Select) for part in (values, node.args.get("conflict"))):
                yield "has a subquery inside VALUES or DO UPDATE"


def _update_offences(tree: exp.Expr, tables: schema.Schema) -> Iterator[str]:
    for node in tree.find_all(exp.Update, exp.Insert):
        target = _target(node)
        conflict = node.args.get("conflict")
        changes = node.expressions if isinstance(node, exp.Update) else conflict.expressions if conflict else []
        known = tables.get(target.name)
        for change in changes:
            for column in change.this.expressions or [change.this]:
                if known and known.scope != "reference" and column.name in (*known.key, *known.primary_key):
                    yield f"changes {column.name}, a key of {target.name}"


def _lock_offences(tree: exp.Expr, tables: schema.Schema) -> Iterator[str]:
    """Locks are taken one row at a time, so that the caller decides their order."""
    for select in tree.find_all(exp.Select):
        if not select.args.get("locks"):
            continue
        used = list(_used(select))
        if len(used) != 1 or select.args.get("joins"):
            yield "locks rows of more than one table"
        for table in used:
            yield from (
                f"locks rows of {table.name} without {column} = one parameter"
                for column in tables[table.name].key
                if not _names_key(table, column, exactly_one=True)
            )


def _scope_offences(mark: str | None, used: list[exp.Table], tables: schema.Schema) -> Iterator[str]:
    scopes = {tables[table.name].scope for table in used}
    spread = sorted(str(scope) for scope in scopes - {"reference"})
    missing = list(dict.fromkeys(what for table in used for what in _missing_keys(table, tables[table.name])))
    if len(spread) > 1:
        yield f"joins across scopes: {', '.join(spread)}"
    if mark is not None and mark not in MARKS:
        yield f"has an unknown scope: {mark}"
    elif mark == "reference":
        if spread:
            yield f"is marked reference and uses {', '.join(spread)}"
    elif mark == "store-wide":
        if not missing:
            yield "is marked store-wide and names every key"
    elif scopes == {"reference"}:
        yield "uses reference tables alone and is not marked so"
    else:
        yield from missing


def _missing_keys(table: exp.Table, known: schema.Table) -> Iterator[str]:
    if known.scope == "reference":
        return
    inserted = table.parent if isinstance(table.parent, exp.Schema) else None
    if inserted is not None:
        columns = {column.name for column in inserted.expressions}
        yield from (f"inserts into {known.name} without {column}" for column in known.key if column not in columns)
        return
    for column in known.key:
        if not _names_key(table, column):
            yield f"does not name {column} of {known.name} as a parameter"


def _names_key(table: exp.Table, column: str, *, exactly_one: bool = False) -> bool:
    query = table.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Insert)
    return query is not None and any(
        _is_key(condition, table, column, alone=_sources(query) == 1, exactly_one=exactly_one)
        for condition in _conditions(query)
    )


def _conditions(query: exp.Expr) -> Iterator[exp.Expr]:
    """What must hold for every row: the parts of WHERE and ON, taken apart at each AND."""
    parts = [query.args["where"].this] if query.args.get("where") else []
    sources = [query.args.get("from_"), *(query.args.get("using") or [])]
    joins = [*(query.args.get("joins") or [])]
    for source in filter(None, sources):
        inner = source.this if isinstance(source, exp.From) else source
        joins += inner.args.get("joins") or []
    parts += [join.args["on"] for join in joins if join.args.get("on")]
    for part in parts:
        yield from part.unnest().flatten() if isinstance(part.unnest(), exp.And) else [part.unnest()]


def _sources(query: exp.Expr) -> int:
    """How many things an unqualified column may come from."""
    using = query.args.get("using") or []
    return (
        1 + len(query.args.get("joins") or []) + len(using) + (isinstance(query, exp.Update) and "from_" in query.args)
    )


def _is_key(condition: exp.Expr, table: exp.Table, column: str, *, alone: bool, exactly_one: bool) -> bool:
    if isinstance(condition, exp.In) and not exactly_one:
        values = condition.expressions
        return (
            _is_column(condition.this, table, column, alone=alone) and all(map(_is_parameter, values)) and bool(values)
        )
    if not isinstance(condition, exp.EQ):
        return False
    return any(
        _is_column(left, table, column, alone=alone)
        and (_is_parameter(right) or (isinstance(right, exp.Any) and not exactly_one and _is_parameter(right.this)))
        for left, right in ((condition.left, condition.right), (condition.right, condition.left))
    )


def _is_column(node: exp.Expr, table: exp.Table, column: str, *, alone: bool) -> bool:
    if not isinstance(node, exp.Column) or node.name != column:
        return False
    return node.table == table.alias_or_name or (alone and not node.table)


def _is_parameter(node: exp.Expr) -> bool:
    bare = node.unnest()
    while isinstance(bare, exp.Cast | exp.Collate):
        bare = bare.this.unnest()
    return isinstance(bare, exp.Placeholder)


def _target(node: exp.Expr) -> exp.Table:
    return node.this.this if isinstance(node.this, exp.Schema) else node.this
