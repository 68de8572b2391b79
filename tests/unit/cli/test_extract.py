"""`regulars extract`, in process, with the rules."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from regulars.cli.main import app

CHAT = """[2026-11-22 10:00] Ann: Please text me, I never pick up the phone.
Shop: Noted.\x1b]0;owned\x07
Ann: I live in Oslo.
"""


@pytest.fixture
def chat(tmp_path: Path) -> str:
    path = tmp_path / "chat.txt"
    path.write_text(CHAT)
    return str(path)


def extract(*words: str, given: str | bytes | None = None, **env: str) -> Result:
    return CliRunner(env={"REGULARS_MODEL": None, **env}).invoke(app, ["extract", *words], input=given)


def spaced(done: Result) -> str:
    return " ".join(done.output.split())


def test_it_shows_what_is_remembered_above_what_it_rests_on(chat: str) -> None:
    done = extract(chat, "--customer", "Ann")
    assert done.exit_code == 0, done.output
    told = spaced(done)
    assert "3 messages, the customer is Ann" in told
    assert "by rules" in told
    assert "contact preference" in told
    assert "1 2026-11-22 10:00 Ann: Please text me, I never pick up the phone." in told
    assert "Summary" in told
    assert "\x1b" not in done.output
    assert "\x07" not in done.output


def test_scripts_get_the_numbers_of_messages(chat: str) -> None:
    done = extract(chat, "--name", "Ann", "--json")
    (found,) = json.loads(done.output)["conversations"]
    assert (found["messages"], found["extractedBy"]) == (3, "rules")
    wished = next(one for one in found["observations"] if one["attribute"] == "contact preference")
    assert wished["messages"] == [1]
    assert wished["content"].startswith("Ann ")
    assert wished["occurredAt"] == "2026-11-22T10:00:00Z"
    assert 0 <= wished["confidence"] <= 1
    assert found["summary"]["content"]
    assert set(found["summary"]["messages"]) <= {1, 2, 3}


def test_one_of_several_is_read_from_standard_input() -> None:
    lines = [json.dumps({"messages": [{"author": name, "text": "I live in Oslo."}]}) for name in ("Ann", "Bob")]
    both, second = (extract("-", *words, given="\n".join(lines)).output for words in ((), ("--thread", "2")))
    assert "the customer is Ann" in both
    assert "the customer is Bob" in both
    assert "the customer is Ann" not in second
    assert "the customer is Bob" in second


def test_what_is_screened_can_be_seen_without_screening() -> None:
    told = "Ann: My credit card number is 4111 1111 1111 1111. I live in Oslo."
    kept, all_of_it = (extract("-", "--json", *words, given=told).output for words in ((), ("--screening", "off")))
    assert "4111" not in kept
    assert "Oslo" in kept
    assert "Oslo" in all_of_it


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (("/nowhere/at/all",), None, "There is no file /nowhere/at/all"),
        (("/",), None, "cannot be read"),
        (("-",), b"\xff\xfe", "not text in UTF-8"),
        (("-", "--thread", "2"), "Ann: Hello", "conversations 1 to 1"),
        (("-", "--customer", "Bob"), "Ann: Hello", "There are Ann"),
    ],
)
def test_it_says_what_to_change(words: tuple[str, ...], given: str | bytes | None, told: str) -> None:
    done = extract(*words, given=given)
    assert done.exit_code == 1
    assert told in spaced(done)


def test_a_model_that_does_not_answer_is_told_plainly() -> None:
    words = ("-", "--model", "openai:none", "--model-base-url", "http://127.0.0.1:9/v1")
    done = extract(*words, given="Ann: Hello", REGULARS_MODEL_API_KEY="x", REGULARS_MODEL_TIMEOUT_S="0.05")
    assert done.exit_code == 1
    assert "openai:none does not answer" in spaced(done)


def test_the_help_teaches() -> None:
    told = spaced(extract("--help"))
    for word in (
        "[2026-11-22 10:00] Ann: Please text me",
        '{"messages": [{"author"',
        "--customer",
        "--thread",
        "--model",
    ):
        assert word in told
