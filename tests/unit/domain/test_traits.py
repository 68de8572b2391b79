"""Traits: declared, typed, promoted."""

import pytest

from regulars.core.errors import InvalidInput
from regulars.domain.identity import RawIdentifier
from regulars.domain.stores import DEFAULT_TRAIT_GROUP
from regulars.domain.traits import Trait, TraitDefinition, TraitGroup, checked, promoted

GROUP = TraitGroup(
    name="All",
    description="",
    traits={
        "text": TraitDefinition(data_type="STRING"),
        "number": TraitDefinition(data_type="NUMBER"),
        "flag": TraitDefinition(data_type="BOOLEAN"),
        "many": TraitDefinition(data_type="ARRAY"),
        "Many": TraitDefinition(data_type="STRING"),
        "loyalty": TraitDefinition(data_type="NUMBER", id_type_promotion="loyalty"),
    },
    version=1,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("text", "x" * 1024),
        ("number", 0),
        ("number", 2**31 - 1),
        ("number", -(2**31)),
        ("flag", False),
        ("many", []),
        ("many", ["a", 1, True]),
        ("many", ["x"] * 100),
    ],
)
def test_values_of_the_declared_type_fit(name, value):
    assert checked({"All": {name: value}}, [GROUP]) == [Trait(trait_group="All", trait_name=name, value=value)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 1),
        ("text", True),
        ("text", "x" * 1025),
        ("number", "1"),
        ("number", True),
        ("number", 2**31),
        ("number", -(2**31) - 1),
        ("flag", 1),
        ("flag", "true"),
        ("many", "a"),
        ("many", ["x"] * 101),
        ("many", ["x" * 1025]),
        ("many", [2**31]),
    ],
)
def test_other_values_are_refused(name, value):
    with pytest.raises(InvalidInput):
        checked({"All": {name: value}}, [GROUP])


def test_names_match_exactly_first_and_then_without_case():
    found = checked({"ALL": {"Many": "exact", "TEXT": "like"}}, [GROUP])
    assert [(trait.trait_group, trait.trait_name) for trait in found] == [("All", "Many"), ("All", "text")]


def test_undeclared_names_have_codes_of_their_own():
    with pytest.raises(InvalidInput) as group:
        checked({"Other": {}}, [GROUP])
    with pytest.raises(InvalidInput) as trait:
        checked({"All": {"other": 1}}, [GROUP])
    assert (group.value.code, trait.value.code) == (520047, 520063)


def test_promoted_traits_are_identifiers():
    traits = checked({"All": {"text": "x", "loyalty": 7}}, [GROUP])
    assert promoted(traits, [GROUP]) == [RawIdentifier("loyalty", "7")]


def test_the_default_group_promotes_what_reaches_a_customer():
    kinds = {d.id_type_promotion for d in DEFAULT_TRAIT_GROUP.traits.values() if d.id_type_promotion}
    assert kinds == {"email", "phone", "whatsapp", "chat"}
