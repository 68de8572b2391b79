"""Relative dates ("yesterday", "next Tuesday") turned into dates that still mean the same in a year.

Where two readings are common ("next Friday" said on a Monday) the words stay and the day they were said is added.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
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
_ABOUT: Final = r"(?P<about>(?:over|under|almost|nearly|more than|less than|at least|just over|exactly|maybe|like) )?"
_PLACE: Final = (
    r"(?:(?P<place>by|since|until|till|from|for|on|before|after|of|in|over|during|all|through|throughout|than) )?"
)
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
    "yesterday night": (-1, "on the night of {}"),
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
    rf"\b{_PLACE}(?P<near>{'|'.join(sorted(_NEAR, key=len, reverse=True))})\b(?!')", re.IGNORECASE
)
_AGO = re.compile(
    rf"\b{_ABOUT}(?:about |around )?{_COUNT} (?P<unit>day|week|month|year)s? (?:ago|back)\b", re.IGNORECASE
)
_IN = re.compile(rf"\b(?:with)?in {_COUNT} (?P<unit>day|week|month|year)s?(?! of\b)(?:' time)?\b", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"(?<!every )(?<!each )(?<!black )(?<!good )(?<! a )\b"
    rf"(?:(by|until|till|on|for|since|this|next|last|coming|this past) )?{_DAY}"
    r"\b(?!'|,? \d)",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    rf"(?<!the )\b{_PLACE}(?P<which>last|next|this|this past|this coming) (?P<unit>week|weekend|month|year)\b"
    r"(?!'| after)",
    re.IGNORECASE,
)
_SEASON = re.compile(r"\b(?P<which>last|next|this) (?P<unit>spring|summer|autumn|fall|winter)\b(?!')", re.IGNORECASE)
_VAGUE = re.compile(
    rf"\b(?:(?:a (?:few|couple(?: of)?)|some|several) (?:days|weeks|weekends|months|years) (?:ago|back)"
    r"|the other (?:day|week)"
    rf"|{_COUNT} weekends? ago|in a (?:few|couple of) (?:days|weeks|months|years)|earlier this (?:week|month|year)"
    rf"|later this (?:week|month|year)|on the \d{{1,2}}(?:st|nd|rd|th)(?! of\b|,? (?:{'|'.join(_MONTHS)})))\b(?!')",
    re.IGNORECASE,
)
_DATED = re.compile(rf"\b(?:{'|'.join(_MONTHS)}) \d|\b\d{{1,2}}(?:st|nd|rd|th)\b|\d/\d", re.IGNORECASE)
_FUTURE = re.compile(
    r"\b(?:will|'ll|going to|tomorrow|shall|am moving|is moving|are moving|want|wants|would like)\b", re.IGNORECASE
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn't|got|bought|ordered|\w{2,20}ed|sent|paid|went|left|told|said|saw|met|made|took"
    r"|won)\b",
    re.IGNORECASE,
)
_UNSETTLED = re.compile(
    r"\b(?:said|says|told|asked|heard|booked|arranged|scheduled|invited|promised|agreed|tickets?"
    r"|appointment|should|supposed|(?:have|has|had|need\w*|want\w*|planned|meant) to|comes?|is|are|due)\b",
    re.IGNORECASE,
)
"""Beside a verb in the past, what may still lie ahead: "My wife said I should call her on Friday"."""
_IS_SUBJECT = re.compile(r" (?:is|was|will|has|would|marks|marked)\b")


@dataclass(frozen=True, slots=True)
class _Said:
    """A date found: what takes the place of its words, or what is added to them in brackets."""

    instead: str | None
    beside: str


def resolve(sentence: str, said_at: datetime, *, keep: bool = False) -> str:
    """The sentence with its relative dates made absolute. Days are those of `said_at` in its own time zone.

    `keep` is for quotations: every word stays and what it means is added in square brackets."""
    day = said_at.date()
    if not 100 < day.year < 9000:
        return sentence  # arithmetic would leave the calendar
    capital = sentence[:1].isupper()
    has_future, has_past, dated = (bool(form.search(sentence)) for form in (_FUTURE, _PAST, _DATED))

    is_over = has_past and not _UNSETTLED.search(sentence)

    def weekday(found: re.Match[str]) -> _Said | None:
        return None if dated else _weekday(found, day, future=has_future, past=is_over)

    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Said | None]], ...] = (
        (_VAGUE, lambda _: _Said(None, f"said on {day.isoformat()}")),
        (_NEAR_PATTERN, lambda found: _near(found, day)),
        (_AGO, lambda found: _ago(found, day)),
        (_IN, lambda found: None if has_past and not has_future else _ahead(found, day)),
        (_PERIOD, lambda found: _period(found, day)),
        (_SEASON, lambda found: _season(found, day)),
        (_WEEKDAY, weekday),
    )
    for pattern, meaning in steps:
        sentence = pattern.sub(lambda found, meaning=meaning: _told(found, meaning(found), keep=keep), sentence)
    return sentence[:1].upper() + sentence[1:] if capital else sentence


def _told(found: re.Match[str], said: _Said | None, *, keep: bool) -> str:
    after = found.string[found.end() : found.end() + 2]
    if said is None or after in {" (", " ["}:
        return found.group()
    if keep:
        return f"{found.group()} [{said.beside}]"
    return said.instead if said.instead is not None else f"{found.group()} ({said.beside})"


def _near(found: re.Match[str], day: date) -> _Said:
    offset, phrase = _NEAR[found["near"].lower()]
    when = phrase.format((day + timedelta(days=offset)).isoformat())
    bare = when.removeprefix("on ")
    place = found["place"]
    if _IS_SUBJECT.match(found.string, found.end()):
        return _Said(bare, bare)
    return _Said(when if place is None or place.lower() == "on" else f"{place} {bare}", bare)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _ago(found: re.Match[str], day: date) -> _Said:
    count, unit = _count(found.group(2)), found["unit"].lower()
    if unit == "day":
        when = f"on {(day - timedelta(days=count)).isoformat()}"
    elif unit == "week":
        when = f"around {(day - timedelta(weeks=count)).isoformat()}"
    else:
        when = f"in {_month(day, -count)}" if unit == "month" else f"around {max(day.year - count, 1)}"
    return _Said(None, f"said on {day.isoformat()}") if found["about"] else _Said(when, when.removeprefix("on "))


def _ahead(found: re.Match[str], day: date) -> _Said | None:
    """Days from now stay in words, too: "in 3 days" may mean working days, or that it took so long."""
    count, unit = _count(found.group(1)), found["unit"].lower()
    if unit in {"month", "year"}:
        return _Said(None, f"said on {day.isoformat()}")
    return _Said(None, f"around {(day + timedelta(days=count * (7 if unit == 'week' else 1))).isoformat()}")


def _period(found: re.Match[str], day: date) -> _Said | None:
    which, unit, place = found["which"].lower(), found["unit"].lower(), found["place"]
    step = {"last": -1, "next": 1, "this coming": 1}.get(which, 0)
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
    if unit == "weekend":
        return _weekend(which, day)
    if which in {"this past", "this coming"}:
        return _Said(None, f"said on {day.isoformat()}")
    when = f"the week of {monday.isoformat()}" if unit == "week" else _month(day, step) if unit == "month" else None
    when = when or str(day.year + step)
    if place is None and _IS_SUBJECT.match(found.string, found.end()):
        return _Said(when, when)
    return _Said(f"in {when}" if place is None else None, when)


def _weekend(which: str, day: date) -> _Said:
    """Sure from Monday to Thursday only: on a Sunday "last weekend" may be the one that ends."""
    saturday = day - timedelta(days=day.weekday()) + timedelta(days=5)
    step = {"last": -1, "this past": -1, "this": 0, "this coming": 0}.get(which)
    if step is None or day.weekday() > 3 or (which == "this" and day.weekday() < 1):
        return _Said(None, f"said on {day.isoformat()}")
    saturday += timedelta(weeks=step)
    return _Said(None, f"{saturday.isoformat()} and {(saturday + timedelta(days=1)).isoformat()}")


def _season(found: re.Match[str], day: date) -> _Said:
    """The year of "this summer" is sure; the rest depends on the hemisphere and on the speaker."""
    sure = found["which"].lower() == "this" and found["unit"].lower() != "winter"
    return _Said(None, str(day.year) if sure else f"said on {day.isoformat()}")


def _month(day: date, step: int) -> str:
    months = max(day.year * 12 + day.month - 1 + step, 12)
    return f"{_MONTHS[months % 12]} {months // 12}"


def _weekday(found: re.Match[str], day: date, *, future: bool, past: bool) -> _Said:
    target = _weekday_date(
        (found.group(1) or "on").lower(), _DAYS.index(found.group(2).lower()), day, future=future, past=past
    )
    return _Said(None, target.isoformat() if target else f"said on {day.isoformat()}")


def _weekday_date(word: str, weekday: int, day: date, *, future: bool, past: bool) -> date | None:
    """None where people disagree about which week is meant."""
    ahead = day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    back = day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)
    if word == "next":
        return ahead if ahead.isocalendar().week != day.isocalendar().week else None
    if word == "last":
        return back if back.isocalendar().week != day.isocalendar().week else None
    if word in {"by", "until", "till", "coming"} or future:
        return ahead
    return back if word in {"since", "this past"} or (word == "on" and past) else None
