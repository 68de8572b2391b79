"""Dates that a query names, in the forms that people write, and how near a memory is to them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recall.dates import DATES_MAX, AskedDate, dates_in, nearness
from regulars.recall.lexical import folded
from regulars.recall.snapshot import micros

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
ENGLISH = "january february march april may june july august september october november december"


def asked(text):
    return dates_in(folded(text))[0]


def rest(text):
    return " ".join(dates_in(folded(text))[1].split())


def near(text, *occurred):
    return nearness(asked(text), np.array([micros(at) for at in occurred], dtype=np.int64)).tolist()


def on(year, month, day, hour=12):
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-07-07", (2023, 7, 7)),
        ("2023-7-7", (2023, 7, 7)),
        ("2023-07-07T10:00:00Z", (2023, 7, 7)),
        ("7 July, 2023", (2023, 7, 7)),
        ("7 July 2023", (2023, 7, 7)),
        ("the 7th of July 2023", (2023, 7, 7)),
        ("July 7th 2023", (2023, 7, 7)),
        ("July 7, 2023", (2023, 7, 7)),
        ("Sept. 3, 2024", (2024, 9, 3)),
        ("5 de mayo de 2024", (2024, 5, 5)),
        ("am 3. Oktober 2025", (2025, 10, 3)),
        ("3. März 2025", (2025, 3, 3)),
        ("le 1er août 2024", (2024, 8, 1)),
        ("15 dicembre 2024", (2024, 12, 15)),
        ("2 februari 2024", (2024, 2, 2)),
        ("2023年5月2日", (2023, 5, 2)),
        ("2024년 3월 5일", (2024, 3, 5)),
        ("\uff12\uff10\uff12\uff13\uff0d\uff10\uff17\uff0d\uff10\uff17", (2023, 7, 7)),
        ("５月２日", (None, 5, 2)),
        ("5月2日", (None, 5, 2)),
        ("3월 5일", (None, 3, 5)),
        ("on May 2nd", (None, 5, 2)),
        ("2 May", (None, 5, 2)),
        ("29 February", (None, 2, 29)),
        ("29 February 2024", (2024, 2, 29)),
        ("in November 2026", (2026, 11, None)),
        ("Mai 2024", (2024, 5, None)),
        ("mayo de 2024", (2024, 5, None)),
        ("2023年5月", (2023, 5, None)),
        ("in November", (None, 11, None)),
        ("im März", (None, 3, None)),
        ("last May", (None, 5, None)),
        ("this March", (None, 3, None)),
    ],
)
def test_a_date_in_each_form(text, expected):
    dates = [AskedDate(*expected)]
    assert asked(text) == dates
    assert asked(f"What happened, {text}?") == dates


@pytest.mark.parametrize(
    "text",
    [
        "",
        "may I return it",
        "we march on",
        "I think this may be broken",
        "you may be 31",
        "31 February",
        "2023-02-30",
        "2023-13-01",
        "2023-05-00",
        "2023-00-10",
        "may 0",
        "32 July",
        "version 2.3.2024",
        "order 2023-05-012",
        "order 12023-05-01",
        "order AB2023-05-01",
        "the second hand",
        "room 2023",
        "20 marches",
        "13月40日",
    ],
)
def test_what_is_no_date_stays_in_the_text(text):
    assert dates_in(folded(text)) == ([], folded(text))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("what did she buy on 2023-07-07?", "what did she buy on ?"),
        ("what did she buy on July 7th, 2023 in Lisbon", "what did she buy on in lisbon"),
        ("¿qué compró el 5 de mayo de 2024?", "¿que compro el ?"),
        ("5月2日に何を買いましたか", "に何を買いましたか"),
        ("2024년 3월 5일에 산 것", "에 산 것"),
        ("31 February 2023 or 3 March 2023", "31 february 2023 or"),
    ],
)
def test_the_rest_is_the_text_without_its_dates(text, left):
    assert rest(text) == folded(left)


def test_several_dates_are_all_asked_for_once():
    assert asked("3 May 2023, 5 June and 3 May 2023") == [AskedDate(2023, 5, 3), AskedDate(None, 6, 5)]


def test_never_more_dates_than_the_limit():
    listed = [f"{day} May {year}" for year in (2023, 2024) for day in range(1, 32)]
    assert len(asked(", ".join(listed[:DATES_MAX]))) == DATES_MAX
    assert len(asked(", ".join(listed[: DATES_MAX + 1]))) == DATES_MAX


@given(days)
def test_every_day_is_read_as_written(day):
    name = ENGLISH.split()[day.month - 1]
    expected = [AskedDate(day.year, day.month, day.day)]
    for text in (
        day.isoformat(),
        f"{day.day} {name} {day.year}",
        f"{name.title()} {day.day}, {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}년 {day.month}월 {day.day}일",
    ):
        assert asked(text) == expected


@given(st.text(max_size=60))
def test_any_text_is_taken(text):
    found, left = dates_in(folded(text))
    assert found or left == folded(text)


def test_a_day_and_those_around_it():
    occurred = [on(2023, 7, 7) + timedelta(days=off) for off in (0, 5, -5, 10, -10, 11)]
    assert near("7 July 2023", *occurred) == [1.0, 0.5, 0.5, 0.0, 0.0, 0.0]


def test_a_day_lasts_from_midnight_to_midnight():
    assert near("7 July 2023", on(2023, 7, 7, 0), datetime(2023, 7, 7, 23, 59, 59, 999_999, tzinfo=UTC)) == [1, 1]
    assert near("7 July 2023", on(2023, 7, 8, 0)) == [0.9]


def test_another_year_is_far_unless_none_is_named():
    assert near("7 July 2023", on(2022, 7, 7)) == [0.0]
    assert near("7 July", on(2022, 7, 7), on(2031, 7, 8)) == [1.0, 0.9]


def test_without_a_year_the_nearest_counts_across_new_year():
    assert near("2 January", on(2023, 12, 31), on(2024, 1, 3)) == [0.8, 0.9]
    assert near("30 December", on(2024, 1, 1), on(2024, 12, 29)) == [0.8, 0.9]


def test_a_month_is_as_near_as_three_days_off():
    inside, outside = [on(2024, 5, 1, 0), on(2024, 5, 31, 23)], [on(2024, 4, 30, 23), on(2024, 6, 1, 0), on(2023, 5, 9)]
    assert near("May 2024", *inside, *outside) == [0.7, 0.7, 0.0, 0.0, 0.0]
    assert near("in May", *inside, on(2023, 5, 9), on(2024, 6, 1)) == [0.7, 0.7, 0.7, 0.0]


def test_the_29th_of_february_is_the_1st_of_march_in_a_common_year():
    assert near("29 February", on(2024, 2, 29), on(2023, 3, 1), on(2023, 2, 28)) == [1.0, 1.0, 0.9]


def test_the_nearest_of_several_dates_counts():
    assert near("7 July 2023 or 17 July 2023", on(2023, 7, 9), on(2023, 7, 14)) == [0.8, 0.7]


def test_the_first_and_the_last_year_are_far():
    edges = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    assert near("7 July 2023", *edges) == [0.0, 0.0]
    assert near("1 January", *edges) == [1.0, 0.9]


def test_no_rows():
    assert near("7 July 2023") == near("in May") == []


@given(day=days, occurred=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=4), has_year=st.booleans())
def test_nearness_is_what_a_calendar_says(day, occurred, has_year):
    found = nearness(
        [AskedDate(day.year if has_year else None, day.month, day.day)], np.array([micros(at) for at in occurred], int)
    )
    for at, value in zip(occurred, found, strict=True):
        assert value == pytest.approx(max(0.0, 1 - days_off(day, at.date(), has_year=has_year) / 10))


def days_off(day, occurred, *, has_year):
    """The 29th of February counts as the day after the 28th."""
    years = [day.year] if has_year else [occurred.year - 1, occurred.year, occurred.year + 1]
    ordinals = [days_before_month(year, day.month) + day.day for year in years]
    return min(abs(occurred.toordinal() - ordinal) for ordinal in ordinals)


def days_before_month(year, month):
    """Also of the years 0 and 10000, which a date cannot name."""
    return date(year % 400 + 400, month, 1).toordinal() - 1 + (year // 400 - 1) * 146_097
