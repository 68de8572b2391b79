"""From a statement, or from the name that an extractor gave, to the attribute."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from regulars.domain.attributes.english import CLAUSES, english
from regulars.domain.attributes.foreign import foreign
from regulars.domain.attributes.form import KEY_CHARS_MAX, Attribute
from regulars.domain.attributes.people import unwrapped
from regulars.domain.wording import listed, wording

NAME: Final = "name"
_CONTACT: Final = "contact preference"
_QUOTED: Final = re.compile(r"[\"“”«»„]|(?<!\w)'\w")
"""What others said within it is not what the customer says."""
_CONTENT_CHARS_MAX: Final = 600
"""Longer statements are stories."""

_SYNONYMS: Final = {
    synonym: kind
    for kind, synonyms in {
        "contact preference": "contact channel, preferred contact, preferred channel, preferred contact channel,"
        " contact method, preferred contact method, communication preference, communication channel",
        "contact time": "contact times, best time to call",
        "email address": "email, e mail, e mail address",
        "phone number": "phone, telephone number, telephone",
        "address": "postal address, home address",
        "home city": "city, home, residence, place of residence, hometown, home town",
        "employer": "company, current employer",
        "job": "occupation, profession, job title",
        "plan": "tariff, current plan, subscription plan, phone plan",
        "status": "membership status, membership level, tier, loyalty status",
        "marital status": "relationship status, civil status",
        "language": "preferred language, language preference",
        "delivery place": "delivery instructions, delivery instruction",
        "children": "number of children, kids",
        "name": "full name",
        "diet": "",
        "payment method": "",
        "age": "",
        "birthday": "date of birth",
    }.items()
    for synonym in (kind, *filter(None, re.split(", ?", synonyms)))
}
CLOSED: Final = frozenset(_SYNONYMS.values())
"""Attributes of which everybody has at most one and whose name leaves no doubt."""

_WIDE: Final = listed(
    "preference preferences fact facts family pet pets interest interests hobby hobbies problem problems issue issues"
    " request requests need needs event events life possession possessions purchase purchases product products order"
    " orders device devices food drink music travel plans information info detail details other general background"
    " health opinion taste sentiment feedback relationship relationships personality complaint complaints"
)
_BEYOND: Final = re.compile(
    r",|\b(?:with|because|since|for|called|named|when|while|as|who|which|that|after|before|near|last|next"
    r"|in (?:\d|(?-i:[A-Z])\w+ \d))\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def attribute_of(content: str) -> Attribute | None:
    """None for most statements."""
    if len(content) > _CONTENT_CHARS_MAX:
        return None
    speaker, said = unwrapped(" ".join(unicodedata.normalize("NFKC", content).split()))
    attribute = foreign(said) or english(said) or _with_reason(said)
    if attribute is None:
        return None
    return replace(
        attribute,
        subject=attribute.subject or speaker,
        is_marked=wording(content).is_changed,
        is_whole=attribute.kind != "condition" and not _BEYOND.search(said),
    )


def _with_reason(said: str) -> Attribute | None:
    """A wish to be reached in some way, and why: "asked not to be called; they work nights"."""
    wish, _, reason = said.partition(";")
    found = english(wish) if reason else None
    return found if found is not None and found.kind == _CONTACT else None


def given(name: str | None, content: str) -> Attribute | None:
    """As an extractor names it. Names that fit many statements at once say nothing, nor do they of several clauses."""
    if name is None or len(content) > _CONTENT_CHARS_MAX:
        return None
    plain = " ".join(re.findall(r"[^\W_]+", name[:KEY_CHARS_MAX].casefold()))
    kind = _SYNONYMS.get(plain, plain)
    said = content.partition(";")[0] if kind == _CONTACT else content
    if not kind or kind.split()[-1] in _WIDE or len(CLAUSES.split(said)) > 1 or _QUOTED.search(said):
        return None
    return Attribute(kind)


def key_of(content: str, attribute: str | None = None) -> str | None:
    """What an observation is filed under. Its own words count for more than the name that an extractor gave it."""
    found = attribute_of(content) or given(attribute, content)
    return None if found is None else found.key


def names_of(customer_name: str | None, contents: Iterable[str]) -> frozenset[str]:
    """The words of the customer's names, in lower case: as the business knows them, and as statements tell them."""
    names = [customer_name or ""]
    for content in contents:
        attribute = attribute_of(content)
        if attribute is not None and attribute.key == NAME and not attribute.subject:
            names += attribute.values
    return frozenset(word for name in names for word in name.casefold().split())
