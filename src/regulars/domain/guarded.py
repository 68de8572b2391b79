"""Patterns that cost next to nothing on the texts that they do not match, which are nearly all.

RE2 first looks for what a pattern would match without its looking around; Python's engine, which is a hundred times
slower over long lists of words, only sees the texts in which there is such a thing. Both compile when first used.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import re2

_RE2: Final[Any] = re2
"""The package has no types."""
_MEMORY_BYTES_MAX: Final = 16 * 1024 * 1024
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_LOOKS_AROUND: Final = ("(?=", "(?!", "(?<=", "(?<!")


class Guarded:
    r"""Any of several forms. They are for plain text (`domain.plain_text`), in which words of Latin letters are ASCII:
    to RE2 `\w`, `\d` and `\b` know no other letters."""

    def __init__(self, *forms: str, flags: re.RegexFlag = re.IGNORECASE) -> None:
        self.source: Final = "|".join(f"(?:{form})" for form in forms)
        self._flags = flags

    def may_match(self, text: str) -> bool:
        """False for sure; true for most of what matches and a little else."""
        return self._wide.search(text) is not None

    def search(self, text: str) -> re.Match[str] | None:
        return self.exact.search(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.exact.finditer(text) if self.may_match(text) else iter(())

    @cached_property
    def exact(self) -> re.Pattern[str]:
        return re.compile(self.source, self._flags)

    @cached_property
    def _wide(self) -> Any:
        options = _RE2.Options()
        options.case_sensitive = False
        options.never_capture = True
        options.log_errors = False
        options.max_mem = _MEMORY_BYTES_MAX
        return _RE2.compile(without_looking_around(self.source), options)


def any_of(table: str) -> str:
    """Of phrases with slashes between them. A phrase may hold a pattern of its own."""
    return "(?:" + "|".join(" ".join(phrase.split()) for phrase in table.split("/")) + ")"


def without_looking_around(source: str) -> str:
    """A pattern for at least what the source matches."""
    source = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), source)
    kept: list[str] = []
    at = 0
    while at < len(source):
        if source.startswith(_LOOKS_AROUND, at):
            at = _after_group(source, at)
            continue
        size = 2 if source[at] == "\\" else 1
        kept.append(source[at : at + size])
        at += size
    return "".join(kept)


def _after_group(source: str, at: int) -> int:
    depth, in_class = 0, False
    while True:
        char = source[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
            at += source[at + 1] == "]"
        else:
            depth += (char == "(") - (char == ")")
        at += 1
        if depth == 0:
            return at
