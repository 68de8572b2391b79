# What we use of multipart 2 (https://multipart.readthedocs.io/), which pyright cannot read by itself.

from collections.abc import Iterator
from types import TracebackType
from typing import Self

class MultipartError(ValueError): ...

class MultipartSegment:
    name: str
    filename: str | None

class PushMultipartParser:
    def __init__(self, boundary: str, *, max_header_size: int, max_segment_count: int, header_charset: str) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def parse(self, chunk: bytes) -> Iterator[MultipartSegment | bytearray | None]: ...

def parse_options_header(header: str) -> tuple[str, dict[str, str]]: ...
