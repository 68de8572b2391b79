"""Traits: declared, typed, promoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.domain.identity import RawIdentifier
from regulars.domain.stores import DEFAULT_TRAIT_GROUP
from regulars.domain.traits import Trait, TraitDefinition, TraitGroup, checked, find_trait, promoted, trait_name

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


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("First Name", "firstName"),
        ("first_name", "firstName"),
        ("first-name", "firstName"),
        ("first.name", "firstName"),
        ("  first   name ", "firstName"),
        ("FirstName", "firstName"),
        ("firstName", "firstName"),
        ("FIRST NAME", "firstName"),
        ("customerID", "customerID"),
        ("customer ID", "customerId"),
        ("URL", "url"),
        ("HTTPServer", "httpServer"),
        ("2fa", "2fa"),
        ("address_2", "address2"),
        ("_-.", ""),
    ],
)
def test_names_are_in_lower_camel_case(said, kept):
    assert trait_name(said) == kept


@given(st.text("aB9_- .", max_size=12))
def test_a_name_in_lower_camel_case_stays(name):
    assert trait_name(trait_name(name)) == trait_name(name)


def test_a_trait_is_found_by_the_name_that_it_was_declared_with():
    group = TraitGroup(
        name="G",
        description="",
        traits={"firstName": TraitDefinition(data_type="STRING"), "first": TraitDefinition(data_type="STRING")},
        version=1,
    )
    assert [find_trait(name, group) for name in ("firstName", "first_name", "FIRSTNAME", "First Name", "FIRST")] == [
        "firstName",
        "firstName",
        "firstName",
        "firstName",
        "first",
    ]
    assert find_trait("last_name", group) is None


def test_undeclared_names_have_codes_of_their_own():
    with pytest.raises(InvalidInput) as group:
        checked({"Other": {}}, [GROUP])
    with pytest.raises(InvalidInput) as trait:
        checked({"All": {"other": 1}}, [GROUP])
    assert (group.value.code, trait.value.code) == (520047, 520063)


def test_promoted_traits_are_identifiers():
    traits = checked({"All": {"text": "x", "loyalty": 7}}, [GROUP])
    assert promoted(traits, [GROUP], {"loyalty"}) == [RawIdentifier("loyalty", "7")]
    assert promoted(traits, [GROUP], {"phone"}) == []


def test_the_default_group_promotes_what_reaches_a_customer():
    kinds = {d.id_type_promotion for d in DEFAULT_TRAIT_GROUP.traits.values() if d.id_type_promotion}
    assert kinds == {"email", "phone", "whatsapp", "chat"}
