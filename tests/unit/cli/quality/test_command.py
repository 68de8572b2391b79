"""What cannot be measured is told before anything starts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regulars.cli.main import app

SAMPLE = {
    "conversation": {
        "speaker_a": "Ann",
        "speaker_b": "Joe",
        "session_1_date_time": "9:30 am on 3 March, 2024",
        "session_1": [{"dia_id": "D1:1", "speaker": "Ann", "text": "The kettle sings."}],
    },
    "qa": [],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asked = {"question": "What sings?", "category": 4, "evidence": ["D1:1"]}
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps([SAMPLE, SAMPLE | {"qa": [asked]}]))
    return path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--conversations", "3"), "has dialogues 1 to 2"),
        (("--conversations", "0"), "has dialogues 1 to 2"),
        (("--conversations", "x"), "separated by commas"),
        (("--limit", "1"), "no questions"),
        (("--ask", "conversation"), "needs --mode observations"),
        (("--url", "http://127.0.0.1:1"), "needs --account-sid"),
        (("--json", "/nowhere/at/all/figures.json"), "there is no folder"),
    ],
)
def test_it_says_what_to_change(data: Path, words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGULARS_ACCOUNT_SID", raising=False)
    done = CliRunner().invoke(app, ["bench", "quality", "--dataset", "locomo", "--data", str(data), *words])
    assert done.exit_code == 1
    assert told in " ".join(done.output.split())


def test_the_help_teaches() -> None:
    told = CliRunner().invoke(app, ["bench", "quality", "--help"]).output
    for word in ("locomo", "beam", "memorybank", "--mode", "--ask", "R@k", "MRR", "session any@5"):
        assert word in told
