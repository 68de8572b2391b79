"""Rows of many profiles: what can be written is, the rest is told without a word of the customer's."""

import pytest

from regulars.core import limits
from regulars.domain.identity import Identifier, IdentitySettings
from regulars.domain.rows import Problem, count, prepare
from regulars.domain.stores import DEFAULT_IDENTIFIER_CONFIGS, DEFAULT_TRAIT_GROUP
from regulars.domain.traits import Trait, TraitDefinition, TraitGroup

PHONE = "+12025550101"
LOYALTY = TraitGroup(
    name="Loyalty",
    description="",
    traits={
        "points": TraitDefinition(data_type="NUMBER"),
        "tags": TraitDefinition(data_type="ARRAY"),
        "card": TraitDefinition(data_type="NUMBER", id_type_promotion="card"),
    },
    version=1,
)
SETTINGS = IdentitySettings(
    identifier_configs={config.id_type: config for config in DEFAULT_IDENTIFIER_CONFIGS},
    matching_rules=["email", "phone"],
)


def prepared(**traits):
    return prepare(traits, [DEFAULT_TRAIT_GROUP, LOYALTY], SETTINGS)


def test_a_right_row_becomes_an_item():
    found = prepared(Contact={"phone": "(202) 555-0101", "email": "A@B.c", "city": "Rome"}, Loyalty={"points": 5})
    assert found.problems == []
    assert found.item is not None
    assert found.item.identifiers == [Identifier("email", "a@b.c"), Identifier("phone", PHONE)]
    assert found.item.traits == [
        Trait(trait_group="Contact", trait_name="phone", value="(202) 555-0101"),
        Trait(trait_group="Contact", trait_name="email", value="A@B.c"),
        Trait(trait_group="Contact", trait_name="city", value="Rome"),
        Trait(trait_group="Loyalty", trait_name="points", value=5),
    ]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"Pets": {"name": "Rex"}}, "Trait group 'Pets' is not defined in this store"),
        ({"Loyalty": {"tier": "gold"}}, "Trait 'tier' is not defined in trait group 'Loyalty'"),
        ({"Loyalty": {"points": "5"}}, "traits.Loyalty.points must be of type NUMBER"),
        ({"Loyalty": {"points": 2**31}}, "traits.Loyalty.points must fit in 32 bits"),
        ({"Loyalty": {"tags": ["a", "b\x00"]}}, "Loyalty.tags holds the character U+0000"),
        ({"contact": {"email": " "}}, "Contact.email: The value of identifier 'email' is empty"),
        ({"contact": {"email": "x" * 256}}, "Contact.email: The value of identifier 'email' may have at most 255"),
        ({"contact": {"whatsapp": "\x00"}}, "Contact.whatsapp holds the character U+0000"),
    ],
    ids=repr,
)
def test_a_wrong_trait_is_left_out_and_told(wrong, reason):
    found = prepared(Contact={"phone": PHONE}, **wrong)
    assert found.item is not None
    assert [trait.trait_name for trait in found.item.traits] == ["phone"]
    [problem] = found.problems
    assert problem.severity == "WARNING"
    assert problem.reason.startswith(reason)


def test_a_promotion_to_a_type_that_the_store_has_dropped_means_nothing():
    found = prepared(Contact={"phone": PHONE}, Loyalty={"card": 7})
    assert found.item is not None
    assert [trait.trait_name for trait in found.item.traits] == ["phone", "card"]
    assert not found.problems
    assert prepared(Loyalty={"card": 7}).item is None


def test_a_promotion_to_an_id_type_that_is_no_more_means_nothing():
    found = prepared(Contact={"phone": PHONE}, Loyalty={"card": 7})
    assert found.problems == []
    assert found.item is not None
    assert [trait.trait_name for trait in found.item.traits] == ["phone", "card"]
    assert found.item.identifiers == [Identifier("phone", PHONE)]
    assert prepared(Loyalty={"card": 7}).item is None


def test_a_row_in_which_nobody_can_be_recognised_is_an_error():
    assert prepared(Contact={"city": "Rome"}).item is None
    assert prepared().item is None
    assert [problem.severity for problem in prepared().problems] == ["ERROR"]


def test_a_row_whose_only_identifier_is_wrong_tells_both():
    found = prepared(Contact={"phone": "0049 call me", "city": "Rome"})
    assert found.item is None
    assert [problem.severity for problem in found.problems] == ["WARNING", "ERROR"]
    assert found.problems[0].reason.startswith("Contact.phone: The value is not a phone number")
    assert "call me" not in str(found.problems)


def test_of_two_spellings_of_a_trait_the_last_is_written():
    found = prepared(Contact={"phone": PHONE, "city": "Rome"}, contact={"CITY": "Oslo"})
    assert found.item is not None
    assert [trait.value for trait in found.item.traits] == [PHONE, "Oslo"]


def test_a_reason_has_an_end():
    found = prepared(**{"Contact": {"phone": PHONE}, "x" * 5000: {"y": 1}})
    assert len(found.problems[0].reason) == limits.PROBLEM_REASON_CHARS_MAX


def test_problems_are_counted_by_their_weight():
    problems = [Problem("ERROR", ""), Problem("WARNING", ""), Problem("WARNING", "")]
    assert (count(problems, "ERROR"), count(problems, "WARNING")) == (1, 2)
