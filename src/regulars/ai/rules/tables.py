"""How the word lists of this package are written: as running text."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LONGER: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_name("wording.toml").read_text("utf-8")
)


def words(table: str) -> frozenset[str]:
    return frozenset(table.split())


def one_of(table: str) -> str:
    """A pattern for phrases with slashes between them; a phrase may hold a pattern of its own."""
    return "(?:" + "|".join(" ".join(phrase.split()) for phrase in table.split("/")) + ")"


def words_of(module: str) -> Mapping[str, frozenset[str]]:
    """The longer lists of a module, from `wording.toml`."""
    return {name: words(table) for name, table in _LONGER[module].items()}
