"""The attribute of an English statement, clause by clause."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from regulars.domain.attributes import tables
from regulars.domain.attributes.contact import contact_wishes
from regulars.domain.attributes.form import Attribute, about, denied
from regulars.domain.attributes.people import GOODS, told
from regulars.domain.wording import wording

CLAUSES: Final = re.compile(
    r"; |\. (?=\S)|,? (?:and|but) (?=(?:(?:the customer|customer|they|she|he|i|we) )?"
    r"(?:has|have|had|is|are|was|works?|lives?|owns?|likes?|loves?|hates?|prefers?|wants?|asked|needs?|does|did|got"
    r"|drives?|uses?|speaks?|moved|plays?|bought|also|can|will|would|never|not)\b)",
    re.IGNORECASE,
)
"""Between two statements of one sentence."""

_ADVERBS: Final = re.compile(
    r"\b(?:now|currently|just|recently|again|these days|nowadays|at the moment|really|actually|definitely|already"
    r"|still|yet|always|usually|mostly|also|instead|from now on|absolutely|very much|a lot|at last|finally) ?",
    re.IGNORECASE,
)
_FADED: Final = re.compile(r" ?\b(?:any ?more|any longer)\b", re.IGNORECASE)
_NO: Final = re.compile(r"\b(?:no longer|not|has no|have no|stopped)\b", re.IGNORECASE)
_SHORT: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), long)
    for pattern, long in (
        (r"\bcan(?:'|no)t\b", "can not"),
        (r"n't\b", " not"),
        (r"(?<=\w)'ve\b", " have"),
        (r"(?<=\w)'m\b", " am"),
        (r"(?<=\w)'re\b", " are"),
        (r"(?<=\w)'ll\b", " will"),
        (r"(?<=\w)'d\b", " would"),
    )
)
_GOOD_AT_END: Final = re.compile(rf"\b(?:{GOODS})$", re.IGNORECASE)
_NO_CITY: Final = re.compile(r"\b(?:plan|tariff|team|department|package|contract)$", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"^(?:the|their|her|his|my|our|an?) ")
_GROUP: Final = {word: number for number, line in enumerate(tables.EXCLUSIVE) for word in line.split()}


def english(said: str) -> Attribute | None:
    """Of all clauses the same one: who revises a statement about two things would lose one."""
    subject, is_owned, rest = told(_spelled_out(said))
    clauses = [clause.strip(" ,.") for clause in CLAUSES.split(rest)]
    first = _of_clause(clauses[0], is_owned=is_owned)
    others = [_of_clause(clause, is_owned=False) for clause in clauses[1:]]
    if first is None or any(other is None or other.key != first.key for other in others):
        return None
    values = first.values.union(*(other.values for other in others if other))
    return replace(first, subject=subject, values=values)


def _spelled_out(text: str) -> str:
    text = text.replace("\u2019", "'")
    for short, long in _SHORT:
        text = short.sub(long, text)
    return text


def _of_clause(clause: str, *, is_owned: bool) -> Attribute | None:
    wishes = None if is_owned else contact_wishes(clause)
    if wishes is not None:
        return wishes
    lasting = _FADED.sub("", clause)
    text = " ".join(_ADVERBS.sub("", lasting).split())
    found = next((found for read in (_OF_OWNED if is_owned else _OF_OWNERS) if (found := read(text))), None)
    return replace(found, values=denied(found.values)) if found and lasting != clause else found


def _stated(text: str) -> Attribute | None:
    for kind, pattern in tables.STATED:
        found = pattern.match(text)
        if found is not None:
            value = next(filter(None, found.groupdict().values()), "")
            return _of_kind(kind, value, is_denied=_NO.search(found.group()) is not None)
    return None


_PASSING = re.compile(
    r"\d|\b(?:for (?:an?|one|two|three|few|work|free|the)|until|till|temporarily|on weekends|this (?:week|month)"
    r"|christmas|easter|\w+days?|row|premium|pro|plus|windows|android|ios|spotify|netflix|vodafone|verizon|gmail|outlook)\b",
    re.IGNORECASE,
)
"""Not where somebody lives or works for good: a stay, a day, a seat, a product."""


def _of_kind(kind: str, value: str, *, is_denied: bool) -> Attribute | None:
    if kind == "children":
        return Attribute(kind, values=frozenset({"-have"}) if is_denied else _counted(value.strip()))
    if kind in {"home city", "employer"} and _PASSING.search(value):
        return None
    if kind in {"home city", "employer", "job"}:
        value = tables.CUT.sub("", value)
    if kind == "home city":
        if _NO_CITY.search(value):
            return None
        kind = "home country" if _plain(value).removeprefix("the ") in tables.COUNTRIES else kind
    value = "meat" if kind == "diet" and value.lower() == "everything" else _plain(value)
    return about(kind, f"-{value}" if is_denied else value) if value else None


def _property(text: str) -> Attribute | None:
    found = tables.PROPERTY.fullmatch(text)
    return None if found is None else _of_property(found["object"], found["value"])


def _of_property(name: str, value: str) -> Attribute | None:
    name = _plain(name).replace("favorite", "favourite").replace("e-mail", "email")
    if name.startswith("favourite"):
        return about(name, _plain(value))
    if name.endswith("size"):
        return about(name, _plain(value))
    words = name.split()
    if "email" in words:
        return about("email address", _plain(value), _narrowed(words)) if "@" in value else None
    if "address" in words:
        return about("address", _plain(value), _narrowed(words)) if re.search(r"[A-Z\d]", value) else None
    digits = re.sub(r"[^\d+]", "", value)
    return about("phone number", digits, _narrowed(words)) if digits else None


def _narrowed(words: list[str]) -> str:
    general = {"email", "address", "number", "phone", "telephone", "contact", "postal", "home"}
    return " ".join(word for word in words if word not in general)


def _corrected(text: str) -> Attribute | None:
    found = tables.PUT_RIGHT.fullmatch(text)
    if found is None:
        return None
    put_right = f"{found['what']} is {found['value']}"
    return _property(put_right) or _stated(put_right)


def _choice(text: str) -> Attribute | None:
    found = tables.CHOICE.fullmatch(text)
    if found is None:
        return None
    one, other = _plain(found["one"]), _plain(found["other"])
    return about("choice", one, " or ".join(sorted((one, other))))


def _preferred(text: str) -> Attribute | None:
    found = tables.PREFERS.fullmatch(text)
    thing = found and tables.SERVED.search(found["words"])
    if found is None or thing is None:
        return None
    words = [word for word in _plain(found["words"]).split() if word in _GROUP]
    if len({_GROUP[word] for word in words}) != 1:
        return None
    kind = tables.EXCLUSIVE[_GROUP[words[0]]].split()[0]
    return Attribute("preference", f"{kind} {thing[1].lower()}", values=frozenset(words))


def _worn(text: str) -> Attribute | None:
    found = tables.WEARS.fullmatch(text)
    return None if found is None else _of_property(f"{found['what']}size", found["value"])


def _spoken(text: str) -> Attribute | None:
    found = tables.SPEAKS.fullmatch(text)
    return None if found is None else about("speaks", "-yes" if found["no"] else "yes", found["what"].lower())


def _liked(text: str) -> Attribute | None:
    found = tables.LIKES.fullmatch(text)
    words = wording(found["object"]).words if found and len(found["object"].split()) <= 6 else ()
    if found is None or not words or tables.NO_LIKING.search(found["object"]):
        return None
    dislikes = found["verb"].lower().startswith(tables.DISLIKES)
    is_denied = found["no"] is not None or found["fan"] is not None
    if dislikes and is_denied:
        return None
    return about("likes", "-yes" if dislikes or is_denied else "yes", " ".join(words))


def _owned(text: str) -> Attribute | None:
    found = tables.HAS.fullmatch(text)
    if found is None:
        return None
    thing = found["thing"]
    parts = tables.PARTS.search(thing)
    noun = wording(thing[: parts.start()] if parts else thing).words
    if not noun or noun[-1] in tables.NO_THING or noun[-1].isdigit():
        return None
    details = frozenset(noun[:-1])
    if found["no"]:
        return Attribute("owns", noun[-1], values=frozenset({"-have"}), details=details)
    if (found["count"] or "").lower() in tables.DEFINITE or (found["has"] and not found["count"]):
        return None
    return Attribute("owns", noun[-1], values=_counted(found["count"] or ""), details=details)


def _counted(count: str) -> frozenset[str]:
    """One with an article may be one of several."""
    number = tables.COUNTS.get(count.lower(), count)
    return frozenset({"have", number} if number.isdigit() else {"have"})


def _driven(text: str) -> Attribute | None:
    found = tables.DRIVES.fullmatch(text)
    return None if found is None else about("drives", _plain(found["value"]))


def _expected(text: str) -> Attribute | None:
    for pattern in (tables.ENDED, tables.EXPECTS):
        found = pattern.fullmatch(text)
        good = found and tables.GOOD.fullmatch(found["what"])
        if found and good:
            did = found.groupdict().get("did")
            value = did.lower().replace("canceled", "cancelled") if did else "waiting" if found["no"] else "arrived"
            return about("state", value, _named(good))
    return None


def _state(text: str) -> Attribute | None:
    thing = tables.THING.match(text)
    if thing is None or (thing["number"] is None and not _GOOD_AT_END.search(thing["name"])):
        return None
    value = _among(tables.STATES, text[thing.end() :])
    return None if value is None else about("state", value, _named(thing))


def _condition(text: str) -> Attribute | None:
    thing = tables.THING.match(text)
    value = thing and _among(tables.CONDITIONS, text[thing.end() :])
    return about("condition", value, _named(thing)) if thing and value else None


def _among(table: tuple[tuple[str, re.Pattern[str]], ...], rest: str) -> str | None:
    return next((name for name, pattern in table if pattern.match(rest)), None)


def _named(thing: re.Match[str]) -> str:
    plain, number = _ARTICLE.sub("", _plain(thing["name"])), thing["number"]
    return f"{plain.split()[-1]} {number.lstrip('#').lower()}" if number else plain


def _appointment(text: str) -> Attribute | None:
    found = tables.APPOINTMENT.fullmatch(text)
    return None if found is None else about("appointment", _plain(found["value"]), _plain(found["what"]))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w@.+'-]*\w", text.casefold()))


_Read = Callable[[str], Attribute | None]
_OF_OWNED: Final[tuple[_Read, ...]] = (_property, _appointment, _state, _condition, _stated)
_OF_OWNERS: Final[tuple[_Read, ...]] = (
    _appointment,
    _spoken,
    _expected,
    _stated,
    _corrected,
    _choice,
    _preferred,
    _worn,
    _liked,
    _owned,
    _driven,
    _state,
    _condition,
)
