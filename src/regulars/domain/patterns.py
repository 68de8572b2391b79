"""Patterns of trait values that cannot run away.

RE2 follows all ways through a pattern at once, so that the work grows with the text, whatever the pattern; an engine
that tries one way after the other, as Python's does, takes for ever over `(a+)+b`. What needs going back (back
references, looking around) is not in its language: https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any, Final

import re2

from regulars.core.errors import InvalidInput

_RE2: Final[Any] = re2
"""The package has no types."""

_MEMORY_BYTES_MAX: Final = 1024 * 1024


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Any:
    """Of RE2's type. Raises InvalidInput for what is no pattern, or one too large."""
    options = _RE2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES_MAX
    try:
        return _RE2.compile(pattern, options)
    except _RE2.error:
        raise InvalidInput(
            "pattern must be a regular expression that RE2 understands: without back references and looking around"
        ) from None


def matches(pattern: str, text: str) -> bool:
    """Anywhere in the text, unless the pattern is anchored."""
    return matcher(pattern).search(text) is not None
