"""`python -m bench` runs to its end and says what it should; the figures are nobody's business here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("the bench reads /proc")


def test_webhooks_are_measured_beside_their_floor(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    options = ["--only", "webhooks", "--processes", "1", "--seconds", "0.5", "--rounds", "1", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text())["webhooks"]["1 process"]
    assert figures["webhooks a second"]["median"] > 0
    assert figures["floor: commits a second, 16 connections"]["median"] > 0
    assert figures["other answers than 200"] == "none"
    assert figures["stored: communication"] == figures["acknowledged, with the warm-up"] > 0


def test_percentiles_are_values_that_were_measured() -> None:
    from bench import stats

    assert stats.percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert stats.percentile([1.0], 99) == 1.0
    assert stats.percentile(list(map(float, range(1, 101))), 99) == 99.0


def test_the_tree_of_processes_begins_with_its_root() -> None:
    from bench import processes

    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            assert processes.tree(os.getpid())[0] == os.getpid()
            assert child.pid in processes.tree(os.getpid())
            assert processes.memory_mb(child.pid)["rss"] > 0
        finally:
            child.kill()
