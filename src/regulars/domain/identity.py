"""Whose is it? Identifiers, how they are normalised, and the plan that leads from them to one profile."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import msgspec
import phonenumbers

from regulars.core import limits
from regulars.core.errors import InvalidInput

Normalization = Literal["phone", "email", "trim", "none"]

_NO_PHONE: Final = "The value is not a phone number such as +13175556789"
_WHATSAPP: Final = "whatsapp"
"""The idType whose values come with and without their prefix (contract §3.3); it is kept with."""

_NORTH_AMERICAN: Final = re.compile(r"\+1[2-9][0-9]{9}")
"""Numbers that the library would leave as they are. Asking it takes longer than all else about a row of a file."""

_CHANNEL_PREFIXES: Final = ("whatsapp:", "rcs:")


class IdentifierConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One kind of identifier of a store (contract §2.2), every default filled in."""

    id_type: str
    matching_algo: Literal["exact", "fuzzy"] = "exact"
    matching_threshold: int = 75
    limit: int = limits.IDENTIFIER_VALUES_PER_TYPE_MAX
    limit_policy: Literal["fifo", "lifo"] = "fifo"
    enforce_unique: bool = True
    normalization: Normalization = "trim"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """`matching_rules` are idTypes; the first rule that finds a profile decides.

    `sharing_limit` is ours: how many customers one value may bring together before it stops being a reason to merge.
    """

    identifier_configs: Mapping[str, IdentifierConfig]
    matching_rules: Sequence[str]
    sharing_limit: int = limits.SHARING_LIMIT_DEFAULT
    version: int = 1


class RawIdentifier(NamedTuple):
    """An identifier as it came in."""

    id_type: str
    value: str


class Identifier(NamedTuple):
    """An identifier in normal form: two that are equal are the same customer's."""

    id_type: str
    value: str


def normalise(rule: Normalization, value: str) -> str:
    """The normal form (contract §4, Normalization). Raises InvalidInput when the value cannot be one of its kind."""
    if rule == "phone":
        return _phone(value)
    if rule == "email":
        return "".join(value.split()).lower()
    return value.strip() if rule == "trim" else value


def identify(raw: Sequence[RawIdentifier], settings: IdentitySettings) -> list[Identifier]:
    """Normal forms in the order of the matching rules; kinds without a rule come last, without a repeat."""
    return ordered({identifier_of(item, settings) for item in raw}, settings)


def identify_what_can_be(raw: Sequence[RawIdentifier], settings: IdentitySettings) -> list[Identifier]:
    """Like `identify`, but leaves out what is no identifier here: a short code is no phone number, say."""
    return ordered({found for item in raw if (found := _tried(item, settings)) is not None}, settings)


def identifier_of(raw: RawIdentifier, settings: IdentitySettings) -> Identifier:
    return identifier_under(settings.identifier_configs.get(raw.id_type), raw)


def identifier_under(config: IdentifierConfig | None, raw: RawIdentifier) -> Identifier:
    """`config` is that of its kind. Raises InvalidInput when there is none."""
    if config is None:
        raise InvalidInput(f"idType {raw.id_type!r} is not configured in this store")
    value = normalise(config.normalization, raw.value)
    if not value:
        raise InvalidInput(f"The value of identifier {raw.id_type!r} is empty")
    if len(value) > limits.IDENTIFIER_VALUE_CHARS_MAX:
        raise InvalidInput(
            f"The value of identifier {raw.id_type!r} may have at most {limits.IDENTIFIER_VALUE_CHARS_MAX} characters"
        )
    if config.id_type == _WHATSAPP:
        value = f"{_WHATSAPP}:{bare_address(value)}"
    return Identifier(config.id_type, value)


def _tried(raw: RawIdentifier, settings: IdentitySettings) -> Identifier | None:
    try:
        return identifier_of(raw, settings)
    except InvalidInput:
        return None


def ordered(found: Collection[Identifier], settings: IdentitySettings) -> list[Identifier]:
    rank = {id_type: place for place, id_type in enumerate(settings.matching_rules)}
    return sorted(found, key=lambda identifier: (rank.get(identifier.id_type, len(rank)), identifier))


def fingerprint(store_id: str, identifier: Identifier) -> str:
    """Tells equal identifiers of a store without saying what they are."""
    return hashlib.sha256("\n".join((store_id, *identifier)).encode()).hexdigest()


def spellings(identifiers: Iterable[Identifier]) -> list[str]:
    """The addresses by which channels may have told these identifiers."""
    bare = [bare_address(identifier.value) for identifier in identifiers]
    return sorted({prefix + value for value in bare for prefix in ("", *_CHANNEL_PREFIXES)})


def bare_address(address: str) -> str:
    """The address without the prefix of its channel: `whatsapp:+1555…` is `+1555…`."""
    for prefix in _CHANNEL_PREFIXES:
        if address.lower().startswith(prefix):
            return address[len(prefix) :]
    return address


@lru_cache(maxsize=8192)
def _phone(value: str) -> str:
    """E.164. Numbers without a country code are read as those of the United States, as the contract says."""
    text = bare_address(value.strip())
    if _NORTH_AMERICAN.fullmatch(text):
        return text
    if any(character.isalpha() for character in text):
        raise InvalidInput(_NO_PHONE)
    for region, candidate in (("US", text), (None, "+" + text.lstrip("+"))):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise InvalidInput(_NO_PHONE)
