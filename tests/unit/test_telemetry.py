"""Logs."""

import io
import sys

import pytest
import structlog

from regulars import telemetry


class Writes(io.StringIO):
    """Remembers what was written at once."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str, /) -> int:
        self.pieces.append(text)
        return len(text)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_line_is_one_write(monkeypatch, log_format):
    writes = Writes()
    monkeypatch.setattr(sys, "stderr", writes)
    telemetry.configure(log_format=log_format)
    structlog.get_logger().info("first", n=1)
    structlog.get_logger().info("second")
    structlog.reset_defaults()
    assert len(writes.pieces) == 2
    assert all(piece.endswith("\n") for piece in writes.pieces)
