"""Traits: typed facts about a customer, declared in groups, some of them promoted to identifiers."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.identity import RawIdentifier
from regulars.domain.patterns import matches

TraitScalar = str | int | bool
TraitValue = TraitScalar | list[TraitScalar]
Traits = Mapping[str, Mapping[str, TraitValue]]
"""Group name to trait name to value."""

DataType = Literal["STRING", "NUMBER", "BOOLEAN", "ARRAY"]


_BETWEEN_WORDS: Final = re.compile(r"[\s_.-]+")
_CAPITALS: Final = re.compile(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+")
"""With which a word begins; the last of several belongs to what follows: `HTTPServer` is `httpServer`."""

_PYTHON_TYPES: Final[Mapping[DataType, type]] = {"STRING": str, "NUMBER": int, "BOOLEAN": bool, "ARRAY": list}


class ValidationRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What the values of a trait must keep to. `rule_type` is the trait's data type and says which of these apply."""

    rule_type: DataType
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min: int | float | None = None
    max: int | float | None = None
    min_items: int | None = None
    max_items: int | None = None


class TraitDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    data_type: DataType
    description: str = ""
    validation_rule: ValidationRule | None = None
    id_type_promotion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitGroup:
    name: str
    description: str
    traits: Mapping[str, TraitDefinition]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One declared trait with its value, under the names as declared."""

    trait_group: str
    trait_name: str
    value: TraitValue


def checked(traits: Traits, groups: Iterable[TraitGroup]) -> list[Trait]:
    """The traits under their declared names; refuses undeclared ones and values that break a rule of theirs."""
    declared = list(groups)
    found: list[Trait] = []
    for group_name, values in traits.items():
        group = require_group(group_name, declared)
        found.extend(checked_trait(group, name, value) for name, value in values.items())
    return found


def find_group(name: str, groups: Iterable[TraitGroup]) -> TraitGroup | None:
    """By its exact name or, failing that, without regard to case: clients write `contact` for `Contact` (§8b U9)."""
    declared = list(groups)
    same = next((group for group in declared if group.name == name), None)
    return same or next((group for group in declared if group.name.lower() == name.lower()), None)


def find_trait(name: str, group: TraitGroup) -> str | None:
    """The declared name: exactly this one, else one that differs in case, else what this one was declared as."""
    if name in group.traits:
        return name
    wanted = (name.lower(), trait_name(name).lower())
    return next((declared for like in wanted for declared in group.traits if declared.lower() == like), None)


def require_group(name: str, groups: Iterable[TraitGroup]) -> TraitGroup:
    group = find_group(name, groups)
    if group is None:
        raise InvalidInput(f"Trait group {name!r} is not defined in this store", code=520047)
    return group


def require_trait(name: str, group: TraitGroup) -> str:
    """The declared name, as `find_trait` finds it."""
    found = find_trait(name, group)
    if found is None:
        raise InvalidInput(f"Trait {name!r} is not defined in trait group {group.name!r}", code=520063)
    return found


def trait_name(name: str) -> str:
    """In lower camel case, as every trait is declared (contract §4): `First Name`, `first_name` -> `firstName`."""
    words = [word for word in _BETWEEN_WORDS.split(name) if word]
    if not words:
        return ""
    head, *others = words
    return _CAPITALS.sub(lambda capitals: capitals[0].lower(), head) + "".join(_capitalised(word) for word in others)


def promoted(traits: Iterable[Trait], groups: Iterable[TraitGroup], configured: Container[str]) -> list[RawIdentifier]:
    """The identifiers that these traits carry, in the order of the traits.

    `configured` are the idTypes of the store: a promotion to one that the settings have dropped since means nothing.
    """
    declared = {group.name: group for group in groups}
    found = (promotion(trait, declared[trait.trait_group], configured) for trait in traits)
    return [raw for raw in found if raw is not None]


def promotion(trait: Trait, group: TraitGroup, configured: Container[str]) -> RawIdentifier | None:
    """The identifier that one trait carries, if it does."""
    id_type = group.traits[trait.trait_name].id_type_promotion
    return RawIdentifier(id_type, str(trait.value)) if id_type is not None and id_type in configured else None


def checked_trait(group: TraitGroup, name: str, value: TraitValue) -> Trait:
    """One of `checked`."""
    declared_name = require_trait(name, group)
    _check_value(group.traits[declared_name], value, f"traits.{group.name}.{declared_name}")
    return Trait(trait_group=group.name, trait_name=declared_name, value=value)


def _check_value(definition: TraitDefinition, value: TraitValue, field: str) -> None:
    if type(value) is not _PYTHON_TYPES[definition.data_type]:
        raise InvalidInput(f"{field} must be of type {definition.data_type}")
    for item in value if isinstance(value, list) else (value,):
        _check_size(item, field)
    if isinstance(value, list) and len(value) > limits.TRAIT_ARRAY_ITEMS_MAX:
        raise InvalidInput(f"{field} may hold at most {limits.TRAIT_ARRAY_ITEMS_MAX} items")
    if definition.validation_rule is not None:
        _check_rule(definition.validation_rule, value, field)


def _check_size(item: TraitScalar, field: str) -> None:
    if isinstance(item, str) and len(item) > limits.TRAIT_STRING_CHARS_MAX:
        raise InvalidInput(f"{field} may have at most {limits.TRAIT_STRING_CHARS_MAX} characters")
    if isinstance(item, int) and not limits.TRAIT_INTEGER_MIN <= item <= limits.TRAIT_INTEGER_MAX:
        raise InvalidInput(f"{field} must fit in 32 bits")


def _check_rule(rule: ValidationRule, value: TraitValue, field: str) -> None:
    if isinstance(value, str):
        _check_bounds(len(value), rule.min_length, rule.max_length, f"The number of characters of {field}")
        if rule.pattern is not None and not matches(rule.pattern, value):
            raise InvalidInput(f"{field} does not match the pattern of its validation rule")
    elif isinstance(value, list):
        _check_bounds(len(value), rule.min_items, rule.max_items, f"The number of items of {field}")
    else:
        _check_bounds(value, rule.min, rule.max, field)


def _check_bounds(number: int, least: float | None, most: float | None, what: str) -> None:
    if least is not None and number < least:
        raise InvalidInput(f"{what} must be at least {least}")
    if most is not None and number > most:
        raise InvalidInput(f"{what} must be at most {most}")


def _capitalised(word: str) -> str:
    return word[0].upper() + (word[1:].lower() if word.isupper() else word[1:])
