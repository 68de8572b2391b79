"""Profiles: one customer each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from regulars.domain.traits import Trait, TraitValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    profile_id: str
    created_at: datetime


def grouped(traits: Iterable[Trait]) -> dict[str, dict[str, TraitValue]]:
    """The traits as the wire shows them: group to name to value."""
    groups: dict[str, dict[str, TraitValue]] = {}
    for trait in traits:
        groups.setdefault(trait.trait_group, {})[trait.trait_name] = trait.value
    return groups


def display_name(traits: Iterable[Trait]) -> str | None:
    """What to call the customer, when the business knows."""
    contact = {trait.trait_name: str(trait.value).strip() for trait in traits if trait.trait_group == "Contact"}
    name = " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))
    return name or None
