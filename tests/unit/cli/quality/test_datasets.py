"""Public data sets in one form: small texts of our own, in the shapes that the authors chose."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars.cli.quality.datasets import READERS, beam, locomo, memorybank
from regulars.core.errors import RegularsError


def said(id_: str, speaker: str, text: str) -> dict[str, Any]:
    return {"dia_id": id_, "speaker": speaker, "text": text, "blip_caption": "a photo of nobody"}


def asked(question: str, category: int, *evidence: Any) -> dict[str, Any]:
    return {"question": question, "answer": "?", "category": category, "evidence": list(evidence)}


SAMPLE = {
    "sample_id": "s-1",
    "conversation": {
        "speaker_a": "Ada",
        "speaker_b": "Ben",
        "session_2_date_time": "12:05 am on 9 May, 2023",
        "session_2": [said("D2:1", "Ben", "I adopted a goat."), said("D2:2", "Ada", "  ")],
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [said("D1:1", "Ada", "My boat is red."), said("D1:02", "Ben", "Mine is blue.")],
        "session_3_date_time": "1:00 pm on 10 May, 2023",
    },
    "qa": [
        asked("Which colours?", 1, "D1:1; D1:2", "D9:9"),
        asked("When did the goat come?", 2, "D2:01"),
        asked("Nothing is left of this?", 4, "D", "D9:9"),
        asked("Which goat did Ada adopt?", 5, "D2:1"),
        asked("A category nobody knows?", 6, "D2:1"),
    ],
    "observation": {
        "session_1_observation": {
            "Ada": [["Ada has a red boat.", "D1:1"]],
            "Ben": [["Both have boats.", ["D1:1", "D1:2"]]],
        },
        "session_2_observation": {"Ben": [["Ben has a goat.", "D7:7"]]},
    },
}


def written(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
    return path


def test_locomo_is_read_as_its_protocol_says(tmp_path):
    path = written(tmp_path / "sample.json", [SAMPLE])
    (dataset,) = locomo.read(path)
    (dialogue,) = dataset.dialogues
    assert (dialogue.name, dialogue.customer, dialogue.partner) == ("s-1", "Ada", "Ben")
    assert [session.id for session in dialogue.sessions] == ["session_1", "session_2"]
    assert [(turn.id, turn.by_customer, turn.text) for turn in dialogue.turns()] == [
        ("D1:1", True, "My boat is red."),
        ("D1:2", False, "Mine is blue."),
        ("D2:1", False, "I adopted a goat."),
    ]
    assert [turn.at for turn in dialogue.turns()] == [
        datetime(2023, 5, 8, 13, 56, 0, tzinfo=UTC),
        datetime(2023, 5, 8, 13, 56, 1, tzinfo=UTC),
        datetime(2023, 5, 9, 0, 5, 0, tzinfo=UTC),
    ]
    assert [(one.id, one.category, one.answerable, one.evidence) for one in dialogue.questions] == [
        ("s-1/1", "multi-hop", True, {"D1:1", "D1:2"}),
        ("s-1/2", "temporal", True, {"D2:1"}),
        ("s-1/4", "adversarial", False, {"D2:1"}),
    ]
    assert [(one.text, one.session, one.cites) for one in dialogue.observations] == [
        ("Ada has a red boat.", "session_1", {"D1:1"}),
        ("Both have boats.", "session_1", {"D1:1", "D1:2"}),
        ("Ben has a goat.", "session_2", set()),
    ]
    assert dialogue.session_of() == {"D1:1": "session_1", "D1:2": "session_1", "D2:1": "session_2"}


def test_locomo_may_be_one_sample_or_a_folder_of_them(tmp_path):
    one = written(tmp_path / "10.json", SAMPLE)
    written(tmp_path / "9.json", SAMPLE | {"sample_id": "s-9"})
    assert [dialogue.name for dialogue in locomo.read(one)[0].dialogues] == ["s-1"]
    assert [dialogue.name for dialogue in locomo.read(tmp_path)[0].dialogues] == ["s-9", "s-1"]


def test_the_hash_of_one_file_is_that_of_its_bytes(tmp_path):
    path = written(tmp_path / "sample.json", [SAMPLE])
    (dataset,) = locomo.read(path)
    assert dataset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert dataset.size == path.stat().st_size


def test_the_hash_of_several_files_changes_with_each_of_them(tmp_path):
    written(tmp_path / "1.json", SAMPLE)
    path = written(tmp_path / "2.json", SAMPLE)
    before = locomo.read(tmp_path)[0].sha256
    written(path, SAMPLE | {"sample_id": "other"})
    assert locomo.read(tmp_path)[0].sha256 != before


def batch(number: int, anchor: str | None, *exchanges: list[dict[str, Any]]) -> dict[str, Any]:
    if anchor:
        exchanges[0][0]["time_anchor"] = anchor
    return {"batch_number": number, "time_anchor": None, "turns": list(exchanges)}


def exchange(id_: int, question: str, answer: str) -> list[dict[str, Any]]:
    return [{"role": "user", "id": id_, "content": question}, {"role": "assistant", "id": id_ + 1, "content": answer}]


def beam_chat(folder: Path) -> None:
    first = batch(
        1,
        "March-15-2024",
        exchange(0, "My stove is gas. ->-> 1,1", "Noted."),
        exchange(2, "And old. ->-> 1,N/A", "Oh."),
    )
    written(folder / "chat.json", [first, batch(2, None, exchange(4, "x ->-> y", "A lamp."))])
    probes = {
        "abstention": [{"question": "What is my cat called?"}],
        "information_extraction": [{"question": "Which stove?", "source_chat_ids": [0, 99]}, {"question": "No ids?"}],
        "knowledge_update": [{"question": "How old?", "source_chat_ids": {"old": [2], "new": [[4]]}}],
    }
    written(folder / "probing_questions" / "probing_questions.json", probes)


def test_beam_is_read_with_evidence_wherever_it_stands(tmp_path):
    beam_chat(tmp_path)
    (dataset,) = beam.read(tmp_path)
    (dialogue,) = dataset.dialogues
    turns = list(dialogue.turns())
    assert [(turn.id, turn.by_customer, turn.text) for turn in turns] == [
        ("0", True, "My stove is gas."),
        ("1", False, "Noted."),
        ("2", True, "And old."),
        ("3", False, "Oh."),
        ("4", True, "x"),
        ("5", False, "A lamp."),
    ]
    assert turns[3].at == datetime(2024, 3, 15, 0, 0, 3, tzinfo=UTC)
    assert dialogue.sessions[1].at == dialogue.sessions[0].at  # nothing says otherwise
    assert [(one.category, one.evidence, one.answerable) for one in dialogue.questions] == [
        ("information_extraction", {"0"}, True),
        ("knowledge_update", {"2", "4"}, True),
        ("abstention", set(), False),
    ]


def test_beam_may_be_a_folder_of_chats_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2):
        beam_chat(tmp_path / str(number))
    assert [dialogue.name for dialogue in beam.read(tmp_path)[0].dialogues] == ["2", "10"]


def bank(folder: Path, language: str, name: str, questions: list[str], texts: list[tuple[str, str]]) -> None:
    history = {"2023-05-02": [{"query": query, "response": response} for query, response in texts]}
    history["2023-04-27"] = [{"query": "Hello", "response": "Hello"}]
    written(folder / f"memory_bank_{language}.json", {f" {name} ": {"name": name, "history": history}})
    written(folder / f"probing_questions_{language}.jsonl", json.dumps({name: questions}) + "\n\n")


def test_memorybank_is_a_data_set_for_each_language(tmp_path):
    """The evidence is ours, by the names of the users: of Leo's questions the first rests on 04-27/3q."""
    told = [("Today I went to the theatre.", "Lovely."), ("We saw a comedy.", "Was it fun?")]
    bank(tmp_path / "en", "en", "Leo", ["What do I hear?", "What did I see on May 2nd?"], told)
    bank(tmp_path / "cn", "cn", "焦彦", ["我听什么音乐？", "5月2号我看了什么？"], told[:1])  # noqa: RUF001
    chinese, english = memorybank.read(tmp_path)
    assert (chinese.name, english.name) == ("memorybank cn", "memorybank en")
    (dialogue,) = english.dialogues
    assert dialogue.customer == "Leo"
    assert [turn.id for turn in dialogue.turns()] == [
        *("2023-04-27/1q", "2023-04-27/1r"),
        *("2023-05-02/1q", "2023-05-02/1r", "2023-05-02/2q", "2023-05-02/2r"),
    ]
    assert [(one.category, one.evidence, one.answerable) for one in dialogue.questions] == [
        ("day not named", set(), False),
        ("day named", {"2023-05-02/2q"}, True),
    ]
    assert [one.category for one in chinese.dialogues[0].questions] == ["day not named", "day named"]
    assert not any(one.answerable for one in chinese.dialogues[0].questions)
    assert chinese.dialogues[0].language == "cn"
    assert memorybank.read(tmp_path / "en")[0].dialogues == english.dialogues


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_there_or_something_else_is_told(name, tmp_path):
    with pytest.raises(RegularsError, match="holds no"):
        READERS[name](tmp_path)
    written(tmp_path / "chat.json", "[{}]")
    written(tmp_path / "memory_bank_en.json", "{")
    with pytest.raises(RegularsError, match=r"not LoCoMo|not BEAM|not JSON"):
        READERS[name](tmp_path)
