"""Instants: lenient in, one form out."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.core.times import parse_instant, utc_text

FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001


@given(instants)
def test_out_there_is_one_form(instant):
    assert FORM.fullmatch(utc_text(instant))


@given(instants)
def test_what_goes_out_comes_in_again_to_the_second(instant):
    assert parse_instant(utc_text(instant), field="x") == instant.astimezone(UTC).replace(microsecond=0)


@given(instants)
def test_every_precision_and_offset_comes_in(instant):
    assert parse_instant(instant.isoformat(), field="x") == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T06:16:00Z",
        "2026-11-22T06:16:00.000Z",
        "2026-11-22T06:16:00.000000+00:00",
        "2026-11-22T07:16:00+01:00",
        "2026-11-22T06:16:00",
        "2026-11-22 06:16:00Z",
    ],
)
def test_the_forms_of_all_clients_are_the_same_instant(text):
    assert parse_instant(text, field="x") == datetime(2026, 11, 22, 6, 16, tzinfo=UTC)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        instant = parse_instant(text, field="x")
    except InvalidInput:
        return
    assert instant.tzinfo is UTC


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-02-30T00:00:00Z", ""])
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(InvalidInput):
        parse_instant(text, field="x")
