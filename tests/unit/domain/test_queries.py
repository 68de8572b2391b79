"""What a conversation asks for."""

from datetime import UTC, datetime

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


@given(turns)
def test_it_is_never_longer_than_a_query_may_be(said):
    assert len(inferred(said)) <= limits.RECALL_QUERY_CHARS_MAX


@given(turns)
def test_it_is_empty_only_when_nobody_said_anything(said):
    assert bool(inferred(said).strip()) == any(one.text.strip() for one in said)


def test_the_newest_words_of_the_customer_come_first():
    said = [turn("my parcel is late"), turn("which one is it?", by_customer=False), turn("the one from last Monday")]
    assert inferred(said) == "the one from last Monday\nmy parcel is late"


def test_short_replies_do_not_drown_what_was_asked():
    assert inferred([turn("my parcel is late"), turn("ok"), turn("yes")]) == "my parcel is late"


def test_without_the_customer_the_others_count():
    assert inferred([turn("how may I help you?", by_customer=False)]) == "how may I help you?"


def test_nothing_is_nothing():
    assert inferred([]) == ""
    assert inferred([turn("  ")]) == ""
