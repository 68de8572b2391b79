"""Data directories that no process outlives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes import Running, folder, nothing_left, serve


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with folder() as path, nothing_left(path):
        yield path


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    with folder() as path, nothing_left(path):
        yield path


@pytest.fixture(scope="module")
def shared(shared_dir: Path) -> Iterator[Running]:
    """One server for all tests of a module."""
    with serve(shared_dir) as server:
        yield server
