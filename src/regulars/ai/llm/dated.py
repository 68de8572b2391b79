"""Dates that messages do not write out: "tomorrow" becomes a day, which must be one of those meant."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

_MONTHS: Final[tuple[str, ...]] = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<number>\d{2})(?:-(?P<day>\d{2}))?\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH},? (?P<year>\d{{4}})\b",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b",
        rf"\b{_MONTH} (?P<year>\d{{4}})\b",
    )
)
_RELATIVE = re.compile(
    r"\b(?:to(?:day|night|morrow)|yesterday|ago|this|next|last|coming|days?|weeks?|months?|weekend|mon|tue|wed|thu|fri|sat"
    r"|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day|hoy|ma\u00f1ana|ayer|pr\u00f3xim[oa]|pasad[oa]|semana|mes|lunes"
    r"|martes|mi\u00e9rcoles|jueves|viernes|s\u00e1bado|domingo|heute|morgen|gestern|n\u00e4chste\w*|letzte\w*|woche|monat"
    r"|\w{3,8}tag|aujourd'hui|demain|hier|prochaine?|derni\u00e8re?|semaine|mois|amanh\u00e3|ontem|hoje|domani|ieri|oggi)\b"
    r"|[\u4eca\u660e\u6628]|\u9031|\u5468|\u661f\u671f",
    re.IGNORECASE,
)
_YEARS = re.compile(
    r"\byears?\b|\ba\u00f1os?\b|\bjahr\w*\b|\bann?\u00e9?e?s?\b|\banos?\b|\banni?\b|\u5e74", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?![-\d])")
_NEAR_DAYS: Final = 45
_NEAR_MONTHS_DAYS: Final = 400
_NEAR_YEARS: Final = 10


class Dates:
    """`borne`: each date that the sentence names is written in a message too, or is the day of one, or lies near it
    while the message speaks of days, weeks or months. `rest` is the sentence without those dates."""

    def __init__(self, sentence: str, cited: Sequence[tuple[str, date]]) -> None:
        self.rest = sentence
        self.borne = True
        self._cited = cited
        for pattern in _DATES:
            self.rest = pattern.sub(self._checked, self.rest)
        self.rest = _YEAR.sub(self._checked_year, self.rest)

    def _checked(self, found: re.Match[str]) -> str:
        if any(found.group().lower() in text.lower() for text, _ in self._cited):
            return " "
        parts = found.groupdict()
        month = _MONTHS.index(parts["month"].lower()) + 1 if parts.get("month") else int(parts["number"])
        try:
            named = date(int(parts["year"]), month, int(parts.get("day") or 15))
        except ValueError:
            self.borne = False
            return " "
        exact = parts.get("day") is not None
        self.borne = self.borne and any(_is_meant(named, said_on, text, exact=exact) for text, said_on in self._cited)
        return " "

    def _checked_year(self, found: re.Match[str]) -> str:
        year = int(found.group())
        derived = any(
            abs(year - said_on.year) <= _NEAR_YEARS and (_YEARS.search(text) or _RELATIVE.search(text))
            for text, said_on in self._cited
        )
        return " " if derived else found.group()


def _is_meant(named: date, said_on: date, text: str, *, exact: bool) -> bool:
    """A day and month that the message writes without a year count as written."""
    apart = abs((named - said_on).days)
    if apart == 0 or (_RELATIVE.search(text) and apart <= (_NEAR_DAYS if exact else _NEAR_MONTHS_DAYS)):
        return True
    names_day = re.search(rf"(?<!\d){named.day}(?:st|nd|rd|th)?(?!\d)", text) is not None
    names_month = re.search(rf"(?<!\d)0?{named.month}(?!\d)|{_MONTHS[named.month - 1][:3]}", text, re.IGNORECASE)
    is_near = apart <= _NEAR_MONTHS_DAYS or str(named.year) in text
    return names_month is not None and (names_day or not exact) and is_near
