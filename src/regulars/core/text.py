"""Patterns of texts."""


def whole(pattern: str) -> str:
    """A regular expression for the whole text. `$` alone would let a line feed pass at its end."""
    return rf"^{pattern}$(?!\n)"
