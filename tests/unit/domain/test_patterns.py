"""Patterns: what people write works, and nothing runs away."""

import time

import pytest

from regulars.core.errors import InvalidInput
from regulars.domain.patterns import matcher, matches


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        (r"^[A-Z]{2}-\d{4}$", "AB-1234", "AB-12345"),
        (r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "ann@example.com", "ann@example"),
        ("^(gold|silver)$", "silver", "silvery"),
        ("", "anything", None),
        ("^$", "", "x"),
        ("gold", "marigolds", "silver"),
        (r"^é+$", "éé", "ee"),
        (r"^\p{Han}+$", "你好", "hello"),
        (r"(?i)^gold$", "GOLD", "silver"),
        (r"\bword\b", "a word here", "swords"),
        ("a$", "ba", "a\n"),
    ],
)
def test_patterns_that_people_write(pattern, fits, fails):
    assert matches(pattern, fits)
    assert fails is None or not matches(pattern, fails)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[",
        "*",
        "a**",
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "a{1001}",
        "(?:a{1000}){1000}",
        "(?:(?:(?:x){1000}){1000}){9}",
    ],
)
def test_what_cannot_be_matched_safely_is_refused(pattern, capfd):
    with pytest.raises(InvalidInput, match="RE2"):
        matcher(pattern)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "a*a*a*a*a*a*b", "(a?){500}a{500}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"]
)
def test_none_runs_away(pattern):
    """Python's engine would still be at it in a year."""
    started = time.perf_counter()
    matches(pattern, "a" * 1023 + "!")
    assert time.perf_counter() - started < 1
