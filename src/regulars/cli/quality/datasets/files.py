"""Files of a data set: read once, counted and hashed as they are read."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from regulars.core.errors import RegularsError

_PIECE: Final = re.compile(r"(\d+)|(\D+)")


@dataclass(slots=True)
class Files:
    """Hashes what it reads. Of one file that is the hash of its bytes; of several, of their hashes and paths."""

    root: Path
    _sums: dict[str, str] = field(default_factory=dict[str, str])
    _size: int = 0

    def json(self, path: Path) -> Any:
        return parsed(self.text(path), path)

    def text(self, path: Path) -> str:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RegularsError(f"{path} cannot be read: {error.strerror}") from None
        self._sums[path.relative_to(self.root).as_posix()] = hashlib.sha256(content).hexdigest()
        self._size += len(content)
        return content.decode("utf-8-sig")

    @property
    def size(self) -> int:
        return self._size

    @property
    def sha256(self) -> str:
        if len(self._sums) == 1:
            return next(iter(self._sums.values()))
        lines = "".join(f"{sum_}  {path}\n" for path, sum_ in sorted(self._sums.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise RegularsError(f"{path} is not JSON") from None


def matching(root: Path, *patterns: str) -> list[Path]:
    """The files below `root` that fit the first pattern that any fits, in the order of their numbers."""
    for pattern in patterns:
        if found := sorted(root.glob(pattern), key=_by_number):
            return found
    raise RegularsError(f"{root} holds no {_either(patterns)}")


def _by_number(path: Path) -> list[tuple[int, str]]:
    """`2` before `10`."""
    return [(int(number or 0), text) for number, text in _PIECE.findall(str(path))]


def _either(patterns: Iterable[str]) -> str:
    return " or ".join(patterns)
