"""CSV as files have it: UTF-8 with or without a byte order mark, lines of any ending, quoted cells over many lines."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from regulars.core import limits
from regulars.core.errors import InvalidInput

_DELIMITERS: Final = (",", ";", "\t")
_MARK: Final = b"\xef\xbb\xbf"


class Record(NamedTuple):
    """`line` is that of its first character. `is_valid` is false when its quotes are wrong: then it has no cells."""

    line: int
    cells: Sequence[str]
    is_valid: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`places` tells at which place of a record each wanted column stands."""

    width: int
    places: dict[str, int]
    names: Sequence[str]
    records: Iterator[Record]


class Lines:
    """Lines with their ends, decoded one by one, so that what is wrong can be told by its line.

    `bytes_done` counts what was handed out. Raises InvalidInput where the text cannot be read.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.bytes_done = 0
        self._number = 0
        self._lines = self._decoded(pieces)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def _decoded(self, pieces: Iterable[bytes]) -> Iterator[str]:
        for line in _split(pieces):
            self._number += 1
            self.bytes_done += len(line)
            if len(line) > limits.IMPORT_LINE_BYTES_MAX:
                raise InvalidInput(f"Line {self._number} is longer than {limits.IMPORT_LINE_BYTES_MAX} bytes")
            try:
                yield (line.removeprefix(_MARK) if self._number == 1 else line).decode()
            except UnicodeDecodeError:
                raise InvalidInput(f"Line {self._number} is not UTF-8. Save the file as CSV UTF-8") from None


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A carriage return at the end of a piece may have its line feed in the next one."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True)
        rest = b"" if not lines or lines[-1].endswith(b"\n") else lines.pop()
        yield from lines
        if len(rest) > limits.IMPORT_LINE_BYTES_MAX:
            break
    if rest:
        yield rest


def read_table(lines: Lines, wanted: Sequence[str]) -> Table:
    """The first line that is not blank names the columns; the delimiter is the one that finds all that are wanted.

    Raises InvalidInput naming the columns that the file does not have.
    """
    seen: list[str] = []
    missing: list[str] = []
    for delimiter in _DELIMITERS:
        header = next(_records(chain(tuple(seen), _remembered(lines, seen)), delimiter), None)
        if header is None:
            raise InvalidInput("The file is empty: its first line must name the columns")
        places = find_columns(header.cells, wanted)
        if len(places) == len(set(wanted)):
            records = _records(chain(seen, lines), delimiter)
            next(records)
            return Table(width=len(header.cells), places=places, names=header.cells, records=records)
        lacking = [name for name in dict.fromkeys(wanted) if name not in places]
        missing = lacking if not missing or len(lacking) < len(missing) else missing
    raise InvalidInput(f"The file has no column {', '.join(map(repr, missing))}")


def find_columns(header: Sequence[str], wanted: Iterable[str]) -> dict[str, int]:
    """The place of each wanted column that is there: its exact name, or else that without case and outer spaces.

    Of several columns of one name the first counts.
    """
    exact = {name: place for place, name in reversed(list(enumerate(header)))}
    loose = {_loose(name): place for place, name in reversed(list(enumerate(header)))}
    found = {name: exact.get(name, loose.get(_loose(name))) for name in wanted}
    return {name: place for name, place in found.items() if place is not None}


def _loose(name: str) -> str:
    return name.strip().casefold()


def _remembered(lines: Lines, seen: list[str]) -> Iterator[str]:
    """No more than a single line may hold: a file of blank lines would be kept as a whole."""
    size = 0
    for line in lines:
        seen.append(line)
        size += len(line)
        if size > limits.IMPORT_LINE_BYTES_MAX:
            raise InvalidInput(
                f"The names of the columns must stand within the first {limits.IMPORT_LINE_BYTES_MAX} characters"
            )
        yield line


def _records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Without the blank ones, in which no cell holds anything."""
    size = 0

    def measured() -> Iterator[str]:
        nonlocal size
        for one in lines:
            size += len(one)
            if size > limits.IMPORT_LINE_BYTES_MAX:
                raise InvalidInput(
                    f"The record in line {line} is longer than {limits.IMPORT_LINE_BYTES_MAX} characters:"
                    " a quote may never be closed"
                )
            yield one

    reader = csv.reader(measured(), delimiter=delimiter, strict=True)
    while True:
        line, size = reader.line_num + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(line, error)
        else:
            if any(cell and not cell.isspace() for cell in cells):
                yield Record(line, cells)


def _broken(line: int, error: csv.Error) -> Record:
    """A wrong quote spoils its record. One that is never closed takes the rest of the file for a single cell, so that
    nothing after it can be trusted."""
    if "expected after" in str(error):
        return Record(line, (), is_valid=False)
    raise InvalidInput(
        f"The record in line {line} has a quote that is never closed, or a cell of more than"
        f" {csv.field_size_limit()} characters"
    )


def csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
