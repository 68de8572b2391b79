"""`regulars bench extraction` from beginning to end, on a dialogue of our own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.processes import command, environment

pytestmark = pytest.mark.timeout(180)

SAMPLE: dict[str, Any] = {
    "sample_id": "one",
    "conversation": {
        "speaker_a": "Ann",
        "speaker_b": "Joe",
        "session_1_date_time": "9:30 am on 3 March, 2024",
        "session_1": [
            {"dia_id": "D1:1", "speaker": "Ann", "text": "I live in Oslo with my two dogs."},
            {"dia_id": "D1:2", "speaker": "Joe", "text": "I moved to Bergen last year. I work as a baker there."},
        ],
        "session_2_date_time": "8:15 pm on 21 June, 2024",
        "session_2": [
            {"dia_id": "D2:1", "speaker": "Joe", "text": "Hello again!"},
            {"dia_id": "D2:2", "speaker": "Ann", "text": "Please text me, I never pick up the phone."},
        ],
    },
    "qa": [
        {"question": "Where does Ann live?", "category": 4, "evidence": ["D1:1"]},
        {"question": "How does Ann want to be reached?", "category": 1, "evidence": ["D2:2"]},
        {"question": "What is Joe's trade?", "category": 4, "evidence": ["D1:2"]},
        {"question": "What do both have?", "category": 1, "evidence": ["D1:1", "D1:2"]},
        {"question": "How many cats has Ann?", "category": 5, "evidence": ["D1:1"]},
    ],
    "observation": {
        "session_1_observation": {
            "Ann": [["Ann lives in Oslo with two dogs.", "D1:1"]],
            "Joe": [["Joe is a baker in Bergen.", "D1:2"]],
        },
        "session_2_observation": {"Ann": [["Ann prefers texts.", "D2:2"]], "Joe": []},
    },
}
FORMS = ("extracted", "gold", "raw turns")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps([SAMPLE]))
    return path


def test_what_is_made_of_both_sides_is_recalled_beside_gold(data: Path) -> None:
    file = data.with_name("figures.json")
    words = ("bench", "extraction", "--data", str(data), "--json", str(file))
    done = subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(file.read_text())["runs"]
    for line in ("answerable (3)", "adversarial (1)", "Regulars, extracted", "% of gold's", found["sha256"]):
        assert line in done.stdout
    assert (found["conversations"], found["turns"]) == (4, 8)
    assert [one["id"] for one in found["questions"]] == ["one/1", "one/2", "one/5", "one/3"]
    assert set(found["figures"]["answerable"]) == {f"{by}, {form}" for by in ("Regulars", "BM25") for form in FORMS}
    assert found["worth"]["gold"]["coverage"] == found["worth"]["raw turns"]["coverage"] == 1
    assert found["figures"]["answerable"]["Regulars, raw turns"]["recall@10"] == 1
    made = found["observations"]
    assert set(made) == {"one Ann", "one Joe"}
    assert made["one Ann"]
    assert all(one["cites"] and one["extractedBy"] == "rules" for its in made.values() for one in its)
    assert {turn for one in made["one Ann"] for turn in one["cites"]} <= {"D1:1", "D2:2"}
    covered = {turn for its in made.values() for one in its for turn in one["cites"]}
    assert {one["turn"] for one in found["uncited"]} == {"D1:1", "D1:2", "D2:2"} - covered
