"""What a conversation asks for."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core import limits
from regulars.domain.queries import inferred
from regulars.domain.transcripts import Turn

turns = st.lists(
    st.builds(
        Turn,
        st.just("c"),
        st.booleans(),
        st.just("x"),
        st.text(max_size=600),
        st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    )
)


def turn(text: str, *, by_customer: bool = True) -> Turn:
    return Turn("c", by_customer, "x", text, datetime(2026, 1, 1, tzinfo=UTC))


def agent(text: str) -> Turn:
    return turn(text, by_customer=False)


@given(turns)
def test_it_is_never_longer_than_a_query_may_be(said):
    assert len(inferred(said)) <= limits.RECALL_QUERY_CHARS_MAX


@given(turns)
def test_it_is_empty_only_when_nobody_said_anything(said):
    assert bool(inferred(said).strip()) == any(one.text.strip() for one in said)


def test_the_newest_words_of_the_customer_come_first():
    said = [turn("my parcel is late"), agent("which one is it?"), turn("the one from last Monday")]
    assert inferred(said) == "the one from last Monday\nwhich one is it?\nmy parcel is late"


def test_short_replies_do_not_drown_what_was_asked():
    assert inferred([turn("my parcel is late"), turn("ok"), turn("yes")]) == "my parcel is late"


def test_without_the_customer_the_others_count():
    assert inferred([agent("how may I help you?")]) == "how may I help you?"


def test_of_a_long_message_the_end_is_read():
    long = limits.RECALL_INFERRED_QUERY_TEXT_CHARS
    question = "what does the lamp weigh?"
    assert inferred([turn("x" * (long - len(question)) + question)]).startswith("x")
    assert inferred([turn("early " + "y" * (long - len(question)) + question + " \n" * long)]).endswith(question)
    asked = "Would you like the blue jacket again or the green one?"
    assert inferred([agent("words " * 200_000 + asked), turn("yes")]).endswith(asked)


def test_long_messages_are_read_in_no_time():
    long = " ".join(f"word{n}" for n in range(100_000))
    started = time.process_time()
    inferred([turn(long, by_customer=n % 2 == 0) for n in range(10)])
    assert time.process_time() - started < 0.1


def test_nothing_is_nothing():
    assert inferred([]) == ""
    assert inferred([turn("  ")]) == ""


@pytest.mark.parametrize(
    ("hello", "help_", "wish"),
    [
        ("Hi there!", "Hello, how can I help you?", "Which jacket did I buy in spring?"),
        ("Hallo!", "Guten Tag, was kann ich für Sie tun?", "Welche Jacke habe ich im Frühjahr gekauft?"),
        ("你好！", "您好，请问有什么可以帮您？", "我春天买了哪件外套？"),  # noqa: RUF001
        ("مرحبا", "كيف يمكنني مساعدتك؟", "أي سترة اشتريتها في الربيع؟"),
    ],
)
def test_it_is_what_is_wanted_and_not_the_greeting(hello, help_, wish):
    assert inferred([turn(hello), agent(help_), turn(wish)]) == wish


def test_a_matter_that_is_settled_is_left_behind():
    said = [
        turn("When do you open on Saturdays?"),
        agent("At nine."),
        turn("Thanks. What was the brand of my printer?"),
    ]
    assert inferred(said) == "Thanks. What was the brand of my printer?"


def test_thanks_for_waiting_are_passed_over():
    said = [turn("What was the brand of my printer?"), agent("One moment please."), turn("ok, thank you")]
    assert inferred(said) == "What was the brand of my printer?"


def test_a_short_answer_is_read_with_its_question():
    said = [turn("hello"), agent("Would you like the blue jacket again or the green one?"), turn("yes, the blue one")]
    assert inferred(said) == "yes, the blue one\nWould you like the blue jacket again or the green one?"


def test_what_is_no_question_is_not_what_a_short_reply_answers():
    said = [turn("my parcel is late"), agent("Let me look up the warehouse."), turn("the big one")]
    assert inferred(said) == "my parcel is late"


def test_messages_in_a_row_are_one():
    said = [turn("Hi"), agent("Hello!"), turn("the lamp that I bought in May"), turn("what does it weigh?")]
    assert inferred(said) == "what does it weigh?\nthe lamp that I bought in May"


def test_a_statement_that_says_little_leans_on_what_came_before():
    said = [turn("my washing machine is leaking"), agent("Please close the tap."), turn("I did that, it still drips")]
    assert inferred(said) == "I did that, it still drips\nmy washing machine is leaking"


def test_a_statement_belongs_to_the_question_that_follows():
    said = [turn("I bought the blue lamp in May"), agent("A good choice."), turn("how much did it cost back then?")]
    assert inferred(said) == "how much did it cost back then?\nI bought the blue lamp in May"


def test_who_is_asked_begins_anew():
    said = [turn("I bought the blue lamp in May"), agent("Anything else?"), turn("when was my first order?")]
    assert inferred(said) == "when was my first order?"


def test_when_all_is_idle_it_is_still_something():
    assert inferred([turn("hi"), agent("Hello!"), turn("ok")]) == "ok\nhi"
