"""Whose the thing is that a statement tells of: the customer's, a relative's, or somebody's with a name."""

import re
from typing import Final, NamedTuple

GOODS: Final = "order|parcel|package|delivery|ticket|case|refund|claim|complaint|booking|reservation|request|shipment"
"""What comes, goes and has a number."""


class Told(NamedTuple):
    """`subject` as in `Attribute`. `is_owned`: the rest begins with something of theirs, not with what they do."""

    subject: str
    is_owned: bool
    rest: str


_CUSTOMER: Final = re.compile(r"(?:(?:the )?(?:customer|user|client|caller)|they|she|he|i|we)(?=\W|$)", re.IGNORECASE)
_NO_NAMES: Final = (
    "Prefers|Likes|Lives|Works|Has|Is|Wants|Speaks|Drives|Loves|Hates|Owns|Never|Does|No|Asked|Moved|Pays|Dislikes|Enjoys"
    "|Uses|Wears|Best|Bought|Got|Sold|Said|Switched|Upgraded|Cancelled|Had|Was|Can|Cannot|Still|Now|Would|Always|Only"
)
"""Notes begin with the verb: "Prefers e-mail"."""
_NAME: Final = re.compile(rf"(?!(?:{_NO_NAMES})\b)[A-Z][\w-]*(?: [A-Z][\w-]*){{0,2}}(?=\W|$)")
_GOOD: Final = re.compile(rf"(?:{GOODS})\b", re.IGNORECASE)
_POSSESSIVE: Final = re.compile(r"(?:their|her|his|my|our)\b ?", re.IGNORECASE)
_KIN: Final = re.compile(
    r"(?:(?:older|younger|youngest|oldest|eldest|late|new|step|twin|best|little) )?"
    r"(?:wife|husband|son|daughter|mother|father|sister|brother|partner|boyfriend|girlfriend|friend|neighbour|neighbor"
    r"|boss|colleague|grandmother|grandfather|grandson|granddaughter|grandchildren|parents|aunt|uncle|cousin|niece"
    r"|nephew|baby|mum|mom|dad|children|kids|sisters|brothers|family|dog|cat|horse)"
    r"(?: (?-i:[A-Z])\w+)?(?P<own>'s?)?(?=\W|$)",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(
    r"(?P<who>[^\"\u00ab\u201c\u201e\u300c:\uff1a]{1,60}?) ?(?:(?:said|says|wrote)(?: that\b|,|:)|dijo|escribi\u00f3"
    r"|sagte|schrieb|a dit|a \u00e9crit|disse|said|\u8bf4|\u8aaa|[:\uff1a])[,:\uff1a ]*(?P<what>.+)"
)
_QUOTES: Final = "\"'\u00ab\u00bb\u201c\u201d\u201e\u300c\u300d .\u3002!"


def unwrapped(content: str) -> tuple[str, str]:
    """Who said it, as a subject, and what: quotations and reported speech are taken out of their frame."""
    spoken = _SPOKEN.fullmatch(content)
    if spoken is None or len(spoken["who"].split()) > 3:
        return "", content.rstrip(" .!\u3002")
    return _subject(spoken["who"].strip()), spoken["what"].strip(_QUOTES)


def told(said: str) -> Told:
    subject, is_owned, rest = _taken_apart(said)
    kin = _KIN.match(rest) if is_owned else None
    if kin is None:
        return Told(subject, is_owned, rest)
    relative = kin.group().removesuffix("'s").removesuffix("'").casefold()
    return Told(relative, kin["own"] is not None, rest[kin.end() :].strip())


def _taken_apart(said: str) -> Told:
    owned = _POSSESSIVE.match(said)
    if owned is not None:
        return Told("", is_owned=True, rest=said[owned.end() :])
    who = _CUSTOMER.match(said) or _NAME.match(said)
    after = said[who.end() :] if who else ""
    if who is None or _GOOD.match(said) or not after.startswith((" ", "'s ")):
        return Told("", is_owned=False, rest=said)
    is_owned = after.startswith("'s ")
    return Told(_subject(who.group()), is_owned, after[3:] if is_owned else after[1:])


def _subject(who: str) -> str:
    return "" if _CUSTOMER.fullmatch(who) else who.casefold()
