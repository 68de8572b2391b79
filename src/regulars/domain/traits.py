"""Traits: typed facts about a customer, declared in groups, some of them promoted to identifiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.identity import RawIdentifier

TraitScalar = str | int | bool
TraitValue = TraitScalar | list[TraitScalar]
Traits = Mapping[str, Mapping[str, TraitValue]]
"""Group name to trait name to value."""

DataType = Literal["STRING", "NUMBER", "BOOLEAN", "ARRAY"]


_PYTHON_TYPES: Final[Mapping[DataType, type]] = {"STRING": str, "NUMBER": int, "BOOLEAN": bool, "ARRAY": list}


class TraitDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    data_type: DataType
    description: str = ""
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
    """The traits under their declared names; refuses undeclared ones and values of another type.

    Names match exactly or, failing that, without regard to case: clients write `contact` for `Contact` (§8b U9).
    """
    declared = {group.name: group for group in groups}
    found: list[Trait] = []
    for group_name, values in traits.items():
        group = _like(group_name, declared)
        if group is None:
            raise InvalidInput(f"Trait group {group_name!r} is not defined in this store", code=520047)
        found.extend(_checked_trait(group, name, value) for name, value in values.items())
    return found


def promoted(traits: Iterable[Trait], groups: Iterable[TraitGroup]) -> list[RawIdentifier]:
    """The identifiers that these traits carry, in the order of the traits."""
    declared = {group.name: group for group in groups}
    pairs = ((trait, declared[trait.trait_group].traits[trait.trait_name]) for trait in traits)
    return [
        RawIdentifier(definition.id_type_promotion, str(trait.value))
        for trait, definition in pairs
        if definition.id_type_promotion is not None
    ]


def _checked_trait(group: TraitGroup, name: str, value: TraitValue) -> Trait:
    declared_name = name if name in group.traits else next((n for n in group.traits if n.lower() == name.lower()), None)
    if declared_name is None:
        raise InvalidInput(f"Trait {name!r} is not defined in trait group {group.name!r}", code=520063)
    _check_value(group.traits[declared_name].data_type, value, f"traits.{group.name}.{declared_name}")
    return Trait(trait_group=group.name, trait_name=declared_name, value=value)


def _check_value(data_type: DataType, value: TraitValue, field: str) -> None:
    if type(value) is not _PYTHON_TYPES[data_type]:
        raise InvalidInput(f"{field} must be of type {data_type}")
    for item in value if isinstance(value, list) else (value,):
        _check_size(item, field)
    if isinstance(value, list) and len(value) > limits.TRAIT_ARRAY_ITEMS_MAX:
        raise InvalidInput(f"{field} may hold at most {limits.TRAIT_ARRAY_ITEMS_MAX} items")


def _check_size(item: TraitScalar, field: str) -> None:
    if isinstance(item, str) and len(item) > limits.TRAIT_STRING_CHARS_MAX:
        raise InvalidInput(f"{field} may have at most {limits.TRAIT_STRING_CHARS_MAX} characters")
    if isinstance(item, int) and not limits.TRAIT_INTEGER_MIN <= item <= limits.TRAIT_INTEGER_MAX:
        raise InvalidInput(f"{field} must fit in 32 bits")


def _like(name: str, groups: Mapping[str, TraitGroup]) -> TraitGroup | None:
    return groups.get(name) or next((g for n, g in groups.items() if n.lower() == name.lower()), None)
