import json
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.cli.replay_plan import Message, Thread, lanes, message_sid, number_of, plan, read_threads
from regulars.core.errors import RegularsError


def thread(name: str, *said: tuple[str, str]) -> Thread:
    """Authors in capitals are businesses."""
    messages = [
        Message(str(index), author, author.islower(), f"2026-01-01T10:{index:02}:00Z", text)
        for index, (author, text) in enumerate(said)
    ]
    return Thread(name, messages)


def told(one: Thread) -> dict[str, list[str]]:
    return {talk.customer: [step.text for step in talk.steps] for talk in plan(one)}


def test_a_customer_and_the_business_make_one_talk() -> None:
    (talk,) = plan(thread("t", ("ann", "Help"), ("SHOP", "How?"), ("ann", "So")))
    assert [(step.by_customer, step.at[14:16]) for step in talk.steps] == [(True, "00"), (False, "01"), (True, "02")]
    assert talk.number == number_of("ann")
    assert talk.steps[1].sid == message_sid("t", "1")


def test_each_customer_has_a_talk_and_the_business_answers_whom_it_mentions() -> None:
    said = thread("t", ("ann", "A"), ("bob", "B"), ("SHOP", "@ann yes"), ("SHOP", "@bob no"), ("SHOP", "@carl hm"))
    assert told(said) == {"ann": ["A", "@ann yes"], "bob": ["B", "@bob no", "@carl hm"]}


def test_the_business_answers_who_spoke_last_when_it_mentions_nobody() -> None:
    assert told(thread("t", ("ann", "A"), ("bob", "B"), ("SHOP", "Hello"))) == {"ann": ["A"], "bob": ["B", "Hello"]}


def test_a_talk_that_the_business_begins_goes_to_the_first_customer() -> None:
    assert told(thread("t", ("SHOP", "News"), ("ann", "A"), ("bob", "B"))) == {"ann": ["News", "A"], "bob": ["B"]}


def test_a_thread_without_a_customer_is_nobodys() -> None:
    assert plan(thread("t", ("SHOP", "News"))) == []
    assert plan(thread("t")) == []


def test_threads_of_one_customer_share_a_lane_in_their_order() -> None:
    first, second = thread("1", ("ann", "A")), thread("2", ("bob", "B"))
    third, fourth = thread("3", ("ann", "A"), ("bob", "B")), thread("4", ("carl", "C"))
    fifth = thread("5", ("bob", "B"))
    found = lanes([first, second, third, fourth, fifth])
    assert [[one.thread for one in lane] for lane in found] == [["1", "2", "3", "5"], ["4"]]


def test_a_thread_without_a_customer_keeps_a_lane_so_that_it_is_counted() -> None:
    assert [[one.thread for one in lane] for lane in lanes([thread("1", ("SHOP", "News"))])] == [["1"]]


@given(st.text(max_size=40))
def test_numbers_are_possible_stable_and_unassigned(author: str) -> None:
    number = number_of(author)
    assert number == number_of(author)
    assert number[3] == "9"
    assert phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    assert phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.E164) == number


def test_message_sids_differ_by_thread_and_message() -> None:
    sids = {message_sid(one, two) for one in ("1", "11", "") for two in ("1", "11", "")}
    assert len(sids) == 9
    assert all(len(sid) == 34 and sid.startswith("SM") for sid in sids)


def test_a_line_that_is_no_thread_is_named(tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    good = json.dumps({"thread": "1", "messages": []})
    file.write_text(f"{good}\n\n{good}\n")
    assert len(read_threads(file)) == 2
    file.write_text(f'{good}\n{{"thread": 5}}\n')
    with pytest.raises(RegularsError, match="line 2"):
        read_threads(file)
