"""Public data sets in one form. None of them is part of this package: they are read from a path."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from regulars.cli.quality.datasets import beam, locomo, memorybank
from regulars.cli.quality.datasets.form import Dataset

READERS: Final[Mapping[str, Callable[[Path], tuple[Dataset, ...]]]] = {
    "locomo": locomo.read,
    "beam": beam.read,
    "memorybank": memorybank.read,
}
