"""`regulars bench quality` from beginning to end, on two dialogues of our own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.processes import Served, command, environment

pytestmark = pytest.mark.timeout(180)

ANN = "Ann", "Joe"
BOB = "Bob", "Sue"


def session(number: int, speakers: tuple[str, str], *texts: str) -> list[dict[str, str]]:
    return [
        {"dia_id": f"D{number}:{place}", "speaker": speakers[(place - 1) % 2], "text": text}
        for place, text in enumerate(texts, start=1)
    ]


def dialogue(name: str, speakers: tuple[str, str], first: list[str], second: list[str], *asked: Any) -> dict[str, Any]:
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": speakers[0],
            "speaker_b": speakers[1],
            "session_1_date_time": "9:30 am on 3 March, 2024",
            "session_1": session(1, speakers, *first),
            "session_2_date_time": "8:15 pm on 21 June, 2024",
            "session_2": session(2, speakers, *second),
        },
        "qa": [
            {"question": question, "category": category, "evidence": [evidence]}
            for question, category, evidence in asked
        ],
        "observation": {
            "session_1_observation": {speakers[0]: [[f"{speakers[0]} said: {first[0]}", "D1:1"]]},
            "session_2_observation": {speakers[0]: [[f"{speakers[0]} said: {second[0]}", "D2:1"]]},
        },
    }


DATA = [
    dialogue(
        "one",
        ANN,
        ["My violin needs new strings before the concert.", "I know a good shop.", "Lovely, which street is it in?"],
        ["We moved to a farm with eleven geese.", "How noisy is that?"],
        ("Which instrument does Ann play?", 4, "D1:1"),
        ("Which birds live on the farm?", 1, "D2:1"),
        ("Which concert did Joe's geese visit?", 5, "D2:1"),
    ),
    dialogue(
        "two",
        BOB,
        ["I am allergic to walnuts.", "Noted, no walnut cake then."],
        ["The bakery sells rye bread on Fridays.", "Then let us meet on Friday."],
        ("What is Bob allergic to?", 2, "D1:1"),
    ),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(DATA))
    return path


def quality(data: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    words = ("bench", "quality", "--dataset", "locomo", "--data", str(data), *words)
    return subprocess.run(command(*words), env=environment(**env), capture_output=True, text=True, check=False)


def measured(data: Path, *words: str, **env: str) -> tuple[str, dict[str, Any]]:
    """What it prints, and what it writes."""
    file = data.with_name("figures.json")
    done = quality(data, *words, "--json", str(file), **env)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(file.read_text())["runs"]
    return done.stdout, found


def test_turns_are_told_and_found(data: Path) -> None:
    printed, found = measured(data)
    for line in ("answerable (3)", "multi-hop (1)", "adversarial (1)", "BM25", "random", found["sha256"]):
        assert line in printed
    figures = found["figures"]["answerable"]
    assert figures["Regulars"]["recall@20"] == figures["BM25"]["recall@20"] == 1
    assert found["header"]["asked"] == "4 questions about 2 dialogues of 9 turns"
    assert found["recall_ms"]["p99"] >= found["recall_ms"]["p50"] > 0
    first = found["questions"][0]
    assert (first["id"], first["category"], first["evidence"]) == ("one/1", "single-hop", ["D1:1"])
    assert len(first["hits"]) == 5
    assert first["hits"][first["ranks"]["Regulars"]["D1:1"] - 1]["turns"] == ["D1:1"]
    assert all(0 <= hit["score"] <= 1 for hit in first["hits"])
    assert [one["threshold"] for one in found["thresholds"]["Regulars"]] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_another_server_is_asked_in_conversations_and_left_as_it_was(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(tmp_path)
    served.start()
    try:
        served.await_ready()
        words = (
            "--mode",
            "observations",
            "--ask",
            "conversation",
            "--conversations",
            "1",
            "--url",
            served.url,
            "--quiet",
            "1",
        )
        _, found = measured(data, *words, **served.credentials)
        assert served.collect("/v1/ControlPlane/Stores") == []
        assert served.collect("/v2/ControlPlane/Configurations") == []
    finally:
        served.stop()
    assert found["header"]["embedder"] == f"that of {served.url}"
    assert found["figures"]["answerable"]["Regulars, inferred"]["recall@5"] == 1
    assert set(found["scripts"]) == {"at once", "after small talk"}
    assert {question["id"] for question in found["questions"]} == {"one/1", "one/2", "one/3"}
