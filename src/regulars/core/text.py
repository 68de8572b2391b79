"""Patterns of texts."""

from typing import Final

NO_DOTS: Final = r"(?!\.{1,2}$)"
"""Before the pattern of a name that becomes a part of addresses: clients take `.` and `..` for steps of a path, so that
deleting the one would delete what it is in."""


def whole(pattern: str) -> str:
    """A regular expression for the whole text. `$` alone would let a line feed pass at its end."""
    return rf"^{pattern}$(?!\n)"
