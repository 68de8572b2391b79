"""Relative dates ("yesterday", "next Tuesday") turned into dates that still mean the same in a year.

Where two readings are common ("next Friday" said on a Monday) the words stay and the day they were said is added.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
}  # fmt: skip
_DAY: Final = r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_COUNT: Final = r"(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_NEAR: Final[dict[str, tuple[int, str]]] = {
    "today": (0, "on {}"),
    "tonight": (0, "on the evening of {}"),
    "this morning": (0, "on the morning of {}"),
    "this afternoon": (0, "on the afternoon of {}"),
    "this evening": (0, "on the evening of {}"),
    "yesterday": (-1, "on {}"),
    "yesterday morning": (-1, "on the morning of {}"),
    "yesterday afternoon": (-1, "on the afternoon of {}"),
    "yesterday evening": (-1, "on the evening of {}"),
    "last night": (-1, "on the night of {}"),
    "the day before yesterday": (-2, "on {}"),
    "tomorrow": (1, "on {}"),
    "tomorrow morning": (1, "on the morning of {}"),
    "tomorrow afternoon": (1, "on the afternoon of {}"),
    "tomorrow evening": (1, "on the evening of {}"),
    "tomorrow night": (1, "on the night of {}"),
    "the day after tomorrow": (2, "on {}"),
}
_NEAR_PATTERN = re.compile(
    r"\b(?:(by|since|until|till|from|for|on|before|after) )?("
    + "|".join(sorted(_NEAR, key=len, reverse=True))
    + r")\b(?!')",
    re.IGNORECASE,
)
_AGO = re.compile(rf"\b(?:about )?{_COUNT} (day|week|month|year)s? ago\b", re.IGNORECASE)
_IN = re.compile(rf"\b(?:with)?in {_COUNT} (day|week)s?(?! of\b)(?:' time)?\b", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b(?:(by|until|till|on|since|this|next|last|coming) ){_DAY}\b(?!')", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?<!the )(?<!for )(?<!of )(?<!in )(?<!over )(?<!during )\b(last|next|this) (week|month|year)\b(?!')",
    re.IGNORECASE,
)
_DATED = re.compile(rf"\b(?:{'|'.join(_MONTHS)}) \d|\b\d{{1,2}}(?:st|nd|rd|th)\b|\d/\d", re.IGNORECASE)
_FUTURE = re.compile(
    r"\b(?:will|'ll|going to|tomorrow|shall|am moving|is moving|are moving|want|would like)\b", re.IGNORECASE
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn't|got|bought|ordered|\w{2,20}ed|sent|paid|went|left|told|said)\b", re.IGNORECASE
)


def resolve(sentence: str, said_at: datetime) -> str:
    """The sentence with its relative dates made absolute. Days are those of `said_at` in its own time zone."""
    day = said_at.date()
    if not 100 < day.year < 9000:
        return sentence  # arithmetic would leave the calendar
    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_NEAR_PATTERN, lambda found: _near(found, day)),
        (_AGO, lambda found: _ago(found, day)),
        (_IN, lambda found: _ahead(found, day)),
        (_PERIOD, lambda found: _period(found, day)),
        (_WEEKDAY, lambda found: _weekday(found, day, sentence)),
    )
    for pattern, replacement in steps:
        sentence = pattern.sub(replacement, sentence)
    return sentence


def _near(found: re.Match[str], day: date) -> str:
    offset, phrase = _NEAR[found.group(2).lower()]
    when = (day + timedelta(days=offset)).isoformat()
    preposition = found.group(1)
    if preposition is None or preposition.lower() == "on":
        return phrase.format(when)
    return f"{preposition} {phrase.removeprefix('on ').format(when)}"


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _ago(found: re.Match[str], day: date) -> str:
    count, unit = _count(found.group(1)), found.group(2).lower()
    if unit == "day":
        return f"on {(day - timedelta(days=count)).isoformat()}"
    if unit == "week":
        return f"around {(day - timedelta(weeks=count)).isoformat()}"
    if unit == "month":
        return f"in {_month(day, -count)}"
    return f"in {max(day.year - count, 1)}"


def _ahead(found: re.Match[str], day: date) -> str:
    """Weeks and days from now stay in words too: "in 3 days" may mean working days."""
    days = _count(found.group(1)) * (7 if found.group(2).lower() == "week" else 1)
    return f"{found.group()} (around {(day + timedelta(days=days)).isoformat()})"


def _period(found: re.Match[str], day: date) -> str:
    step = {"last": -1, "next": 1, "this": 0}[found.group(1).lower()]
    unit = found.group(2).lower()
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
        return f"in the week of {monday.isoformat()}"
    return f"in {_month(day, step)}" if unit == "month" else f"in {day.year + step}"


def _month(day: date, step: int) -> str:
    months = max(day.year * 12 + day.month - 1 + step, 12)
    return f"{_MONTHS[months % 12]} {months // 12}"


def _weekday(found: re.Match[str], day: date, sentence: str) -> str:
    if _DATED.search(sentence):
        return found.group()  # "Monday, April 17" needs no help and allows no guess
    word, name = found.group(1).lower(), found.group(2)
    target = _weekday_date(word, _DAYS.index(name.lower()), day, sentence)
    return f"{found.group()} ({target.isoformat()})" if target else f"{found.group()} (said on {day.isoformat()})"


def _weekday_date(word: str, weekday: int, day: date, sentence: str) -> date | None:
    """None where people disagree about which week is meant."""
    ahead = day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    back = day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)
    if word == "next":
        return ahead if ahead.isocalendar().week != day.isocalendar().week else None
    if word == "last":
        return back if back.isocalendar().week != day.isocalendar().week else None
    if word in {"by", "until", "till", "coming"} or _FUTURE.search(sentence):
        return ahead
    if word == "since" or (word == "on" and _PAST.search(sentence)):
        return back
    return None
