"""Named SQL. A file holds statements, each under ``-- name: …``; further comment lines describe it.

Statements of a page carry ``{after}`` and ``{direction}`` and come out twice, as ``name.ASC`` and ``name.DESC``.
"""

import re
from importlib import resources
from typing import Final, LiteralString, cast

_NAME: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^--.*$\n?", re.MULTILINE)

Statements = dict[str, LiteralString]


def load(noun: str) -> Statements:
    """The statements of ``sql/<noun>.sql``. Typed as literals: nothing that a caller sends is ever part of one."""
    text = (resources.files("regulars.storage") / "sql" / f"{noun}.sql").read_text("utf-8")
    return cast("Statements", parse(text))


def parse(text: str) -> dict[str, str]:
    parts = _NAME.split(text)[1:]
    statements: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        statements.update(_variants(name, _COMMENT.sub("", body).strip().removesuffix(";")))
    return statements


def _variants(name: str, statement: str) -> dict[str, str]:
    if "{direction}" not in statement:
        return {name: statement}
    return {
        f"{name}.{direction}": statement.replace("{after}", after).replace("{direction}", direction)
        for direction, after in (("ASC", ">"), ("DESC", "<"))
    }
