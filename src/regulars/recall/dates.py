"""Dates that a query names, and how near a memory is to them."""

import re
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from regulars.recall.columns import Floats, Rows

_MONTH_NAMES: Final = (
    "january jan januar janvier enero janeiro gennaio januari",
    "february feb februar fevrier febrero fevereiro febbraio februari",
    "march mar marz mars marzo marco maart",
    "april apr avril abril aprile",
    "may mai mayo maio maggio mei",
    "june jun juni juin junio junho giugno",
    "july jul juli juillet julio julho luglio",
    "august aug aout agosto augustus",
    "september sep sept septembre septiembre setembro settembre",
    "october oct oktober octobre octubre outubro ottobre okt",
    "november nov novembre noviembre novembro",
    "december dec dezember decembre diciembre dezembro dicembre dez",
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR: Final = r"(?:19|20)\d\d"
_OF: Final = r"(?:\s+(?:of|de|di|del|von))?\s+"

_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"(?<![a-z\d])(?P<year>{_YEAR})-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)",
        rf"(?:(?P<year>{_YEAR})\s*年\s*)?(?P<month>\d\d?)\s*月\s*(?P<day>\d\d?)\s*[日号號]",
        rf"(?:(?P<year>{_YEAR})\s*년\s*)?(?P<month>\d\d?)\s*월\s*(?P<day>\d\d?)\s*일",
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th|er|\.)?{_OF}(?P<name>{_MONTH})\b\.?(?:,|{_OF}|\s)?\s*(?P<year>{_YEAR}\b)?",
        rf"\b(?P<name>{_MONTH})\b\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!\d)(?:,?\s+(?P<year>{_YEAR})\b)?",
        rf"\b(?P<name>{_MONTH})\b\.?,?(?:{_OF}|\s)(?P<year>{_YEAR})\b",
        rf"(?P<year>{_YEAR})\s*年\s*(?P<month>\d\d?)\s*月",
        rf"\b(?:in|im|en|em|during|last|this(?!\s+may\b))\s+(?P<name>{_MONTH})\b",
    )
)
DATES_MAX: Final = 8
"""Of one query. Each costs a pass over the profile."""
_DAYS_NEAR: Final = 10
"""What was said ten days from a date has nothing to do with it. People tell on Monday what they did on Saturday."""
_IN_MONTH: Final = 0.7
"""As near as three days from a date: it is one of thirty."""


class AskedDate(NamedTuple):
    """A day, of every year when none is named; or a whole month."""

    year: int | None
    month: int
    day: int | None


def dates_in(folded: str) -> tuple[list[AskedDate], str]:
    """What a text in small letters without accents names, up to `DATES_MAX`, and the text without it."""
    for form in _FORMS:
        found = dict.fromkeys(asked for match in form.finditer(folded) if (asked := _asked(match)))
        if found:
            return list(found)[:DATES_MAX], form.sub(lambda match: " " if _asked(match) else match[0], folded)
    return [], folded


def _asked(match: re.Match[str]) -> AskedDate | None:
    parts = match.groupdict()
    month = _MONTHS[parts["name"]] if parts.get("name") else int(parts["month"])
    year, day = parts.get("year"), parts.get("day")
    asked = AskedDate(int(year) if year else None, month, int(day) if day else None)
    return asked if _is_possible(asked) else None


def _is_possible(asked: AskedDate) -> bool:
    try:
        date(asked.year or 2000, asked.month, 1 if asked.day is None else asked.day)
    except ValueError:
        return False
    return True


def nearness(asked: list[AskedDate], occurred: Rows) -> Floats:
    """From 1 for the day itself down to 0. `occurred` in microseconds since 1970."""
    days = occurred // 86_400_000_000
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    best = np.zeros(len(days))
    for year, month, day in asked:
        in_year = months - months % 12 if year is None else np.full(len(days), (year - 1970) * 12)
        if day is None:
            best = np.maximum(best, _IN_MONTH * (months == in_year + month - 1))
            continue
        for years in (0,) if year is not None else (-12, 0, 12):
            there = (
                (in_year + years + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
            )
            best = np.maximum(best, 1 - np.abs(days - there) / _DAYS_NEAR)
    return best
