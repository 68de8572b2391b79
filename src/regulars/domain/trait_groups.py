"""Declaring traits, and changing what was declared."""

import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from regulars.core import limits
from regulars.core.errors import Conflict, InvalidInput, LimitReached
from regulars.domain.patterns import matcher
from regulars.domain.stores import DEFAULT_TRAIT_GROUP
from regulars.domain.traits import DataType, TraitDefinition, TraitGroup, ValidationRule, find_trait, trait_name

_NAME: Final = re.compile(r"[a-zA-Z0-9]+")
_PROMOTABLE: Final = ("STRING", "NUMBER")
_APPLIES: Final[Mapping[DataType, tuple[str, ...]]] = {
    "STRING": ("pattern", "min_length", "max_length"),
    "NUMBER": ("min", "max"),
    "BOOLEAN": (),
    "ARRAY": ("min_items", "max_items"),
}
"""Which parts of a validation rule speak about values of a type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitChange:
    """What is to become of a trait. An empty `data_type` deletes it; what is None or unset stays as it was."""

    data_type: DataType | Literal[""] | None = None
    description: str | None = None
    validation_rule: ValidationRule | UnsetType | None = UNSET
    id_type_promotion: str | UnsetType | None = UNSET


class Changed(NamedTuple):
    """The group as it will be, and the traits that it no longer has."""

    group: TraitGroup
    dropped: list[str]


def new_group(
    name: str, description: str, traits: Mapping[str, TraitDefinition], id_types: Collection[str]
) -> TraitGroup:
    """`id_types` are those that the store has configured: a trait is promoted to no other."""
    _check_count(traits)
    declared: dict[str, TraitDefinition] = {}
    for raw_name, definition in traits.items():
        own_name = _new_name(raw_name)
        _check_once(own_name, declared)
        _check_definition(own_name, definition, id_types)
        declared[own_name] = definition
    return TraitGroup(name=name, description=description, traits=declared, version=1)


def plan_change(
    group: TraitGroup, description: str | None, changes: Mapping[str, TraitChange], id_types: Collection[str]
) -> Changed:
    """Adds, changes and deletes traits; those that are not named stay (contract §2.3)."""
    _check_count(changes, 2 * limits.TRAITS_PER_GROUP_MAX)
    traits = dict(group.traits)
    dropped: list[str] = []
    named: set[str] = set()
    for raw_name, change in changes.items():
        name = find_trait(raw_name, group) or _new_name(raw_name)
        _check_once(name, named)
        named.add(name)
        before = group.traits.get(name)
        if before is not None:
            _check_protection(group, name, before, change)
        if change.data_type == "":
            if traits.pop(name, None) is None:
                raise InvalidInput(f"Trait {name!r} is not defined in trait group {group.name!r}", code=520063)
            dropped.append(name)
        else:
            traits[name] = _changed(name, before, change)
            _check_definition(name, traits[name], id_types)
    _check_count(traits)
    kept = group.description if description is None else description
    return Changed(replace(group, description=kept, traits=traits, version=group.version + 1), dropped)


def require_unprotected(group: TraitGroup) -> None:
    """Raises Conflict for the group that the server itself writes to."""
    if group.name == DEFAULT_TRAIT_GROUP.name:
        raise Conflict(f"Trait group {group.name!r} is part of every store", code=520050)


def _changed(name: str, before: TraitDefinition | None, change: TraitChange) -> TraitDefinition:
    data_type = change.data_type or (before.data_type if before else None)
    if data_type is None:
        raise InvalidInput(f"traits.{name} needs a dataType")
    if before is not None and before.data_type != data_type:
        raise InvalidInput(f"The dataType of traits.{name} cannot be changed. Delete the trait first.")
    old = before or TraitDefinition(data_type=data_type)
    return TraitDefinition(
        data_type=data_type,
        description=old.description if change.description is None else change.description,
        validation_rule=old.validation_rule if change.validation_rule is UNSET else change.validation_rule,
        id_type_promotion=_promotion(old, change),
    )


def _promotion(before: TraitDefinition, change: TraitChange) -> str | None:
    """An empty text ends a promotion like null does: the Python SDK sends no nulls."""
    return before.id_type_promotion if change.id_type_promotion is UNSET else change.id_type_promotion or None


def _check_protection(group: TraitGroup, name: str, before: TraitDefinition, change: TraitChange) -> None:
    if group.name != DEFAULT_TRAIT_GROUP.name:
        return
    default = DEFAULT_TRAIT_GROUP.traits.get(name)
    if default is None or default.id_type_promotion is None:
        return
    retyped = change.data_type not in (None, before.data_type)
    if retyped or _promotion(before, change) != before.id_type_promotion:
        raise Conflict(f"Trait {group.name}.{name} tells customers apart: its type and promotion stay", code=520050)


def _check_definition(name: str, definition: TraitDefinition, id_types: Collection[str]) -> None:
    promotion = definition.id_type_promotion
    if promotion is not None and promotion not in id_types:
        raise InvalidInput(f"traits.{name}.idTypePromotion names an idType that is not configured in this store")
    if promotion is not None and definition.data_type not in _PROMOTABLE:
        raise InvalidInput(f"traits.{name}.idTypePromotion needs the dataType STRING or NUMBER")
    if definition.validation_rule is not None:
        _check_rule(f"traits.{name}.validationRule", definition.validation_rule, definition.data_type)


def _check_rule(field: str, rule: ValidationRule, data_type: DataType) -> None:
    if rule.rule_type != data_type:
        raise InvalidInput(f"{field}.ruleType must be the dataType of the trait")
    given = {name for name, value in msgspec.structs.asdict(rule).items() if value is not None} - {"rule_type"}
    if given - set(_APPLIES[data_type]):
        raise InvalidInput(f"{field} holds parts that do not apply to {data_type}")
    for least, most in ((rule.min_length, rule.max_length), (rule.min, rule.max), (rule.min_items, rule.max_items)):
        if least is not None and most is not None and least > most:
            raise InvalidInput(f"{field} allows no value: its lower bound is above the upper one")
    if rule.pattern is not None:
        matcher(rule.pattern)


def _check_count(traits: Collection[str], most: int = limits.TRAITS_PER_GROUP_MAX) -> None:
    if len(traits) > most:
        raise LimitReached(f"A trait group may have at most {limits.TRAITS_PER_GROUP_MAX} traits", code=520054)


def _check_once(name: str, others: Container[str]) -> None:
    if name in others:
        raise InvalidInput(f"traits.{name} is there twice, once names are in lower camel case")


def _new_name(raw_name: str) -> str:
    name = trait_name(raw_name)
    if not _NAME.fullmatch(name) or len(raw_name) > limits.TRAIT_NAME_CHARS_MAX:
        raise InvalidInput(
            f"The name of a trait has 1 to {limits.TRAIT_NAME_CHARS_MAX} letters and digits, such as firstName"
        )
    return name
