"""What a vector of something said is made from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.domain.transcripts import in_context

SHORT, LONG = "y" * 240, "y" * 241


def test_who_said_it_comes_first():
    assert in_context("Jane", "I like tea", None) == "Jane: I like tea"


def test_nobody_is_not_named():
    assert in_context("", "I like tea", None) == "I like tea"
    assert in_context("", "Yes", ("", "Tea?")) == "Tea?\nYes"


def test_a_short_text_comes_with_what_it_answers():
    assert in_context("Jane", "Yes", ("Agent", "Do you like tea?")) == "Agent: Do you like tea?\nJane: Yes"


@pytest.mark.parametrize(("text", "lines"), [(SHORT, 2), (LONG, 1)])
def test_a_long_text_speaks_for_itself(text, lines):
    assert len(in_context("Jane", text, ("Agent", "Do you like tea?")).splitlines()) == lines


@pytest.mark.parametrize(("before", "kept"), [("x" * 240, "x" * 240), ("b" + "x" * 240, "x" * 240)])
def test_only_the_end_of_what_it_answers_counts(before, kept):
    assert in_context("Jane", "Yes", ("Agent", before)) == f"Agent: {kept}\nJane: Yes"


@given(speaker=st.text(max_size=9), text=st.text(max_size=300), before=st.none() | st.tuples(st.text(), st.text()))
def test_the_text_itself_is_always_whole(speaker, text, before):
    assert in_context(speaker, text, before).endswith(text)
