"""Profiles that come in numbers: what of each can be written, and what is wrong with the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.identity import Identifier, IdentitySettings, identifier_of, ordered
from regulars.domain.plans import Item
from regulars.domain.traits import Trait, TraitGroup, Traits, TraitValue, checked_trait, promotion, require_group

Severity = Literal["ERROR", "WARNING"]
"""ERROR: nothing of the row is written. WARNING: one trait of it is left out."""


class Problem(NamedTuple):
    """The reason names traits and rules, never what a customer is called or how they are reached."""

    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """`item` is None when one of the problems is an ERROR."""

    item: Item | None
    problems: Sequence[Problem]


def prepare(traits: Traits, groups: Sequence[TraitGroup], settings: IdentitySettings) -> Prepared:
    """Leaves out the traits that cannot be written. Without one that is an identifier the whole row cannot."""
    found: dict[tuple[str, str], Trait] = {}
    identifiers: set[Identifier] = set()
    problems: list[Problem] = []
    for group, values in traits.items():
        for name, value in values.items():
            try:
                trait, identifier = _tried(group, name, value, groups, settings)
            except InvalidInput as error:
                problems.append(warning(error.message))
            else:
                found[trait.trait_group, trait.trait_name] = trait
                if identifier is not None:
                    identifiers.add(identifier)
    if not identifiers:
        return Prepared(None, [*problems, _NOBODY])
    return Prepared(Item(list(found.values()), ordered(identifiers, settings)), problems)


def error(reason: str) -> Problem:
    return Problem("ERROR", reason[: limits.PROBLEM_REASON_CHARS_MAX])


def warning(reason: str) -> Problem:
    return Problem("WARNING", reason[: limits.PROBLEM_REASON_CHARS_MAX])


def count(problems: Sequence[Problem], severity: Severity) -> int:
    return sum(problem.severity == severity for problem in problems)


_NOBODY = error("There is no trait with a usable value that is promoted to an identifier, such as Contact.phone")


def _tried(
    group: str, name: str, value: TraitValue, groups: Sequence[TraitGroup], settings: IdentitySettings
) -> tuple[Trait, Identifier | None]:
    """The trait and the identifier that it carries, if it does. Raises InvalidInput when either is wrong."""
    declared = require_group(group, groups)
    trait = checked_trait(declared, name, value)
    _check_storable(trait)
    carried = promotion(trait, declared, settings.identifier_configs)
    if carried is None:
        return trait, None
    try:
        return trait, identifier_of(carried, settings)
    except InvalidInput as error:
        raise InvalidInput(f"{trait.trait_group}.{trait.trait_name}: {error.message}") from None


def _check_storable(trait: Trait) -> None:
    """One such text would take the whole transaction with it."""
    for item in trait.value if isinstance(trait.value, list) else (trait.value,):
        if isinstance(item, str) and "\x00" in item:
            raise InvalidInput(f"{trait.trait_group}.{trait.trait_name} holds the character U+0000")
