"""Ids: TypeIDs and SIDs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core import ids
from regulars.runtime import mint

PREFIXES = [
    *(ids.STORE, ids.PROFILE, ids.OBSERVATION, ids.SUMMARY, ids.MEMORY_OPERATION),
    *(ids.CONFIGURATION, ids.CONVERSATION, ids.PARTICIPANT, ids.COMMUNICATION, ids.CONVERSATIONS_OPERATION),
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_is_minted_is_an_id(prefix):
    minted = mint(prefix)
    assert ids.is_id(prefix, minted)
    assert re.search(ids.pattern(prefix), minted)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ids_of_one_process_sort_by_the_time_they_were_made(prefix):
    """Many fall into one millisecond; lists and pages still keep their order."""
    minted = [mint(prefix) for _ in range(2000)]
    assert minted == sorted(minted)
    assert len(set(minted)) == 2000


@given(st.text(), st.sampled_from(PREFIXES))
def test_the_check_and_the_pattern_agree(text, prefix):
    for candidate in (text, f"{prefix}_{text}", mint(prefix) + text):
        assert ids.is_id(prefix, candidate) == bool(re.search(ids.pattern(prefix), candidate))


@pytest.mark.parametrize("tail", ["\n", " ", "0", "A"])
def test_nothing_may_follow(tail):
    assert not ids.is_id(ids.STORE, mint(ids.STORE) + tail)
    assert not re.search(ids.pattern(ids.STORE), mint(ids.STORE) + tail)


def test_one_kind_is_not_another():
    assert not ids.is_id(ids.PROFILE, mint(ids.STORE))


def test_examples_of_the_documentation_pass_though_they_are_no_base32():
    assert ids.is_id(ids.STORE, "mem_store_" + "0il" + "o" * 23)


@pytest.mark.parametrize(
    ("sid", "expected"),
    [
        ("AC" + "a" * 32, True),
        ("AC" + "A" * 32, True),
        ("AC" + "g" * 32, False),
        ("AC" + "a" * 31, False),
        ("AC" + "a" * 32 + "\n", False),
        ("SK" + "a" * 32, False),
        ("", False),
    ],
)
def test_sids(sid, expected):
    assert ids.is_sid("AC", sid) == expected
