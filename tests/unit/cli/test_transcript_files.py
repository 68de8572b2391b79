import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.cli.transcript_files import Conversation, read, transcript
from regulars.core.errors import InvalidInput
from regulars.domain.transcripts import Transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = {"author": "Ann", "text": "My kettle leaks."}
SHOP = {"author": "Shop", "text": "Oh no."}


def one(content: str) -> Conversation:
    (found,) = read(content)
    return found


def told(content: str) -> list[tuple[str, str]]:
    return [(message.speaker, message.text) for message in one(content).messages]


def as_read(content: str, customer: str | None = None) -> Transcript:
    return transcript(one(content), customer=customer, called=None, now=NOW, screened=frozenset())


def customers(content: str, customer: str | None = None) -> set[str]:
    return {turn.speaker for turn in as_read(content, customer).turns if turn.by_customer}


def line(message: dict[str, object]) -> str:
    return json.dumps(message)


TOLD = [("Ann", "My kettle leaks."), ("Shop", "Oh no.")]


@pytest.mark.parametrize(
    "content",
    [
        "Ann: My kettle leaks.\nShop: Oh no.\n",
        "[2026-11-22 10:00] Ann:  My kettle leaks. \r\n\n[2026-11-22T10:01:00Z] Shop: Oh no.",
        line({"messages": [ANN, SHOP]}),
        json.dumps({"messages": [ANN, SHOP]}, indent=2),
        line([ANN, SHOP]),
        f"{line(ANN)}\n\n{line(SHOP)}\n",
        line(
            {
                "thread": "8",
                "messages": [{"speaker": "Ann", "content": ANN["text"]}, {"name": "Shop", "body": "Oh no."}],
            }
        ),
    ],
)
def test_every_form_tells_the_same(content: str) -> None:
    assert told(content) == TOLD


def test_a_file_may_hold_several() -> None:
    first, second = read(f"{line({'messages': [ANN]})}\n{line({'messages': [SHOP]})}")
    assert (first.title, second.title) == ("conversation 1", "conversation 2")
    assert (first.speakers, second.speakers) == (["Ann"], ["Shop"])
    assert len(read(line([{"messages": [ANN]}, {"messages": [SHOP]}]))) == 2


def test_an_indented_line_goes_on_with_the_message_before_it() -> None:
    assert told("Ann: First\n  Note: second\nthird") == [("Ann", "First\nNote: second\nthird")]


def test_a_line_of_json_may_hold_any_separator() -> None:
    text = "one\u2028two\u0085three"
    assert told(json.dumps(ANN | {"text": text}, ensure_ascii=False) + "\n" + line(SHOP))[0] == ("Ann", text)


def test_messages_without_a_time_were_written_when_the_one_before_was() -> None:
    turns = as_read("Ann: a\n[2026-11-22 10:00] Shop: b\nAnn: c").turns
    assert [(turn.communication_id, turn.occurred_at.hour) for turn in turns] == [("1", 12), ("2", 10), ("3", 10)]


def test_the_customer_is_who_the_caller_the_file_or_the_name_says_or_who_begins() -> None:
    assert customers("Shop: a\nAnn: b", "ann") == {"Ann"}
    assert customers(line([SHOP | {"customer": False}, ANN | {"customer": True}])) == {"Ann"}
    assert customers(line([SHOP | {"customer": True}, ANN | {"customer": False}]), "Ann") == {"Ann"}
    assert customers("Shop: a\nCustomer: b") == {"Customer"}
    assert customers("Bo: a\nAnn: b") == {"Bo"}
    assert customers("Shop: a\nAnn: b") == {"Ann"}
    assert customers("Shop: a\nAgent: b") == {"Shop"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no messages"),
        ("[]", "no messages"),
        ('{"messages": []}', "no messages"),
        ("Hello\nAnn: hi", "Line 1 does not say who wrote it"),
        ('{"messages": [}', "begins like JSON and is not"),
        (f"{line(ANN)}\n{{", "line 2"),
        (line([ANN, {"author": "Ann"}]), "Message 2 of conversation 1 is incomplete"),
        (line({"messages": [ANN, "Oh"]}), "Message 2 of conversation 1 is not an object"),
        (f"{line({'messages': [ANN]})}\n{line(SHOP)}", 'Conversation 2 has no "messages"'),
        (line([ANN | {"at": "yesterday"}]), "its time must be a date"),
        ("[yesterday] Ann: hi", "Line 1: its time must be a date"),
        ('{"messages": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_it_says_what_is_missing(content: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read(content)


def test_who_is_not_there_is_no_customer_and_names_bring_no_escapes() -> None:
    with pytest.raises(InvalidInput) as caught:
        as_read("A\x1b[31mnn: a\nShop: b", "Bob")
    assert caught.value.message.endswith("There are A[31mnn, Shop")


@given(st.text())
def test_any_text_is_read_or_refused(content: str) -> None:
    try:
        found = read(content)
    except InvalidInput:
        return
    assert any(conversation.messages for conversation in found)
