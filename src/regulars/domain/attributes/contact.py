"""How a customer wishes to be reached, from one English statement."""

import re
from typing import Final

from regulars.domain.attributes.form import Attribute, about

_ENDS: Final = (
    r"(?=$|[.,;!)'\"]| (?:to|over|than|rather|instead|now|again|messages?|only|and|or|but|from|in|any|for|if|when"
    r"|because|her|him|them|me|us|as|is|are|about|please|unless|with|at|after|before|on|whenever|address|number|not|first)\b"
    r"| (?-i:[A-Z]))"
)
_CHANNELS: Final = (
    ("email", r"e-?mail(?:s|ed|ing)?"),
    ("text", r"text(?:s|ed|ing)?|sms|text messages?|messaged?"),
    ("whatsapp", r"whatsapp(?:ed)?"),
    ("call", r"(?:phone )?calls?|called|calling|phoned?|telephoned?|telephone|ring|the phone"),
    ("letter", r"letters?|post|mail"),
    ("chat", r"chats?|live chat"),
)
_CHANNEL: Final = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{pattern}){_ENDS})" for name, pattern in _CHANNELS), re.IGNORECASE
)
_BE: Final = r"(?:to )?be (?:contacted|reached|called|phoned|telephoned|texted|e-?mailed|messaged|written to)"
_CUE: Final = re.compile(
    rf"\bprefer|\brather\b|\bbest (?:way|time|number) to (?:reach|contact|call)|\bstop \w+ing\b|\b{_BE}\b"
    r"|\b(?:does|do|did|would|is) not (?:want|like|wish)\b|\bhates?\b|\bdislikes?\b|\bcan not stand\b"
    r"|\bnever (?:answers?|reads?|checks?|picks? up|takes?)\b|\bcontact (?:preference|channel|method)\b"
    r"|\b(?:asked|asks|wants?|wishes|told)\b(?=.*\b(?:instead|only|always|from now on|in future|rather|not|never"
    r"|stop)\b)"
    r"|^(?:please )?(?:only |always )?(?:text|e-?mail|call|phone|message) (?:me|us|them|her|him)\b"
    r"(?=.*\b(?:instead|only|always|from now on|in future|rather)\b)",
    re.IGNORECASE,
)
_SCOPE: Final = re.compile(
    r"\b(invoice|bill|receipt|statement|newsletter|marketing|advertis|offer|update|reminder|urgent|emergenc|delivery"
    r"|order|appointment|report|document|contract|refund)\w*\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\b(?:on |at |in the |after |before |between |during )(?:\w+day|\w+days|weekends?|weekdays?|mornings?|evenings?"
    r"|afternoons?|noon|night|lunch|work(?:ing)? hours|\d)|\bbest time to",
    re.IGNORECASE,
)
_CUTS: Final = re.compile(
    r",|(?= rather than )|(?= instead of )|(?= over )|(?= than )|(?<= )but | and (?=(?:not|never|prefers?|wants?|does"
    r"|asked|would|only|hates?|likes?)\b)",
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(
    r"\b(?:not|never|no longer|no more|no|stop|hates?|dislikes?|rather than|instead of|than|over|can not stand)\b",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"\b(?:be|is) called (?-i:[A-Z])", re.IGNORECASE)


def contact_wishes(text: str) -> Attribute | None:
    """Which channels, or when. None when it is not about how to reach the customer, or about a single message only."""
    if _CUE.search(text) is None or _NAMED.search(text):
        return None
    if _TIME.search(text):
        is_contact = _CHANNEL.search(text) or re.search(rf"{_BE}|to (?:reach|contact|call)", text, re.IGNORECASE)
        return about("contact time", text.casefold()) if is_contact else None
    values = frozenset(_channels(text))
    if not values:
        return None
    scope = _SCOPE.search(text)
    return Attribute("contact preference", scope[1].lower() if scope else "", values=values)


def _channels(text: str) -> list[str]:
    """With a minus in front, those that are not wanted."""
    found: list[str] = []
    for part in _CUTS.split(text):
        against = _AGAINST.search(part)
        for channel in _CHANNEL.finditer(part):
            denied = against is not None and against.start() <= channel.start()
            found.append(f"-{channel.lastgroup}" if denied else str(channel.lastgroup))
    return found
