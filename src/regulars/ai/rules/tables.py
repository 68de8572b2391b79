"""How the word lists of this package are written: as running text."""


def words(table: str) -> frozenset[str]:
    return frozenset(table.split())


def one_of(table: str) -> str:
    """A pattern for phrases with slashes between them; a phrase may hold a pattern of its own."""
    return "(?:" + "|".join(" ".join(phrase.split()) for phrase in table.split("/")) + ")"
