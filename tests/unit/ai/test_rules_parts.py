"""The parts of the rules, each on its own: person and dates."""

from datetime import UTC, datetime

import pytest

from regulars.ai.rules import dates, person

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I have lost my card", "the customer has lost their card"),
        ("I'm sure I was first", "the customer is sure they were first"),
        ("I don't like what you sent me", "the customer doesn't like what the business sent them"),
        ("I'd like mine in blue", "the customer would like theirs in blue"),
        ("I'd bought it and I've kept it", "the customer had bought it and they have kept it"),
        ("nor should I send my card", None),
        ("I really just need it", "the customer really just needs it"),
        ("we try and we carry on", "the customer tries and they carry on"),
        ("I live in York and work in Leeds", "the customer lives in York and works in Leeds"),
        ("I zorble my card", "the customer zorbles their card"),
        ("they told me that they lost my card", None),
    ],
)
def test_third_person(said: str, expected: str | None) -> None:
    assert person.rewrite(said, person.customer_speaks(None)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("it broke yesterday", "it broke on 2026-11-21"),
        ("it came today", "it came on 2026-11-22"),
        ("no signal since last night", "no signal since the night of 2026-11-21"),
        ("we will move tomorrow morning", "we will move on the morning of 2026-11-23"),
        ("bought 3 days ago", "bought on 2026-11-19"),
        ("bought two weeks ago", "bought around 2026-11-08"),
        ("bought 2 months ago", "bought in September 2026"),
        ("moved last year", "moved in 2025"),
        ("call by Friday", "call by Friday (2026-11-27)"),
        ("it arrived on Monday", "it arrived on Monday (2026-11-16)"),
        ("it will arrive on Monday", "it will arrive on Monday (2026-11-23)"),
        ("free on Monday", "free on Monday (said on 2026-11-22)"),
        ("move next Tuesday", "move next Tuesday (2026-11-24)"),
        ("from Friday, April 14 until Monday, April 17", "from Friday, April 14 until Monday, April 17"),
        ("the last week was bad", "the last week was bad"),
        ("yesterday's order", "yesterday's order"),
    ],
)
def test_relative_dates(said: str, expected: str) -> None:
    assert dates.resolve(said, SUNDAY) == expected


def test_next_weekday_within_the_week_keeps_both_readings() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert dates.resolve("move next Friday", monday) == "move next Friday (said on 2026-11-23)"
