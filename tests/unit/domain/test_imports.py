"""Imports: which cell becomes which trait, and of what type."""

import pytest
from tests.unit.domain.test_rows import LOYALTY

from regulars.core.errors import InvalidInput
from regulars.domain.csv_rows import Lines, read_table
from regulars.domain.imports import (
    ColumnMapping,
    Target,
    layout_of,
    room_for_problems,
    target_of,
    targets_of,
    traits_of,
    typed,
)
from regulars.domain.mappings import DataMapping, MappingDocument, MappingSource, TraitMapping
from regulars.domain.stores import DEFAULT_TRAIT_GROUP
from regulars.runtime import clock

GROUPS = [DEFAULT_TRAIT_GROUP, LOYALTY]
ID_TYPES = ("email", "phone", "whatsapp")
PHONE = ColumnMapping("phone", "Contact", "phone")
POINTS = ColumnMapping("points", "Loyalty", "points")


def data_mapping(*pairs: tuple[str, str], columns: tuple[str, ...]) -> DataMapping:
    mappings = tuple(
        TraitMapping(expression=expression, trait_group=trait.split(".")[0], trait_name=trait.split(".")[1])
        for expression, trait in pairs
    )
    source = MappingSource(type="INGRESS", columns=columns)
    document = MappingDocument(description=None, is_enabled=True, source=source, mappings=mappings)
    now = clock()
    return DataMapping(
        data_mapping_id="m", display_name="m", document=document, version=1, created_at=now, updated_at=now
    )


def said(header: str, row: str, *others: DataMapping):
    own = [ColumnMapping(name, "Contact", name) for name in ("phone", "firstName") if name in header] + [
        ColumnMapping(name, "Loyalty", name) for name in ("points",) if name in header
    ]
    table = read_table(Lines([f"{header}\n{row}\n".encode()]), [one.column_name for one in own])
    layout = layout_of(table, own, others, GROUPS, ID_TYPES)
    [record] = table.records
    return traits_of(record.cells, layout)


@pytest.mark.parametrize(
    ("data_type", "text", "value"),
    [
        ("STRING", " padded ", " padded "),
        ("STRING", "123", "123"),
        ("NUMBER", "7", 7),
        ("NUMBER", " -7 ", -7),
        ("NUMBER", "+007", 7),
        ("NUMBER", "1.5", None),
        ("NUMBER", "1,000", None),
        ("NUMBER", "1e3", None),
        ("NUMBER", "--1", None),
        ("NUMBER", "-", None),
        ("NUMBER", "٣", None),
        ("NUMBER", "²", None),
        ("NUMBER", "1_000", None),
        ("NUMBER", "9" * 5000, None),
        ("BOOLEAN", "true", True),
        ("BOOLEAN", " YES ", True),
        ("BOOLEAN", "1", True),
        ("BOOLEAN", "False", False),
        ("BOOLEAN", "no", False),
        ("BOOLEAN", "0", False),
        ("BOOLEAN", "on", None),
        ("BOOLEAN", "2", None),
        ("ARRAY", '["a", 1, true]', ["a", 1, True]),
        ("ARRAY", "[]", []),
        ("ARRAY", "a", None),
        ("ARRAY", '"a"', None),
        ("ARRAY", "{}", None),
        ("ARRAY", "[1.5]", None),
        ("ARRAY", "[null]", None),
        ("ARRAY", "[[1]]", None),
        ("ARRAY", "[" * 5000, None),
        ("ARRAY", "[1", None),
    ],
    ids=repr,
)
def test_a_cell_is_read_as_the_type_of_its_trait(data_type, text, value):
    found = typed(text[:5000], data_type)
    assert found == value
    assert type(found) is type(value)


def test_cells_become_traits_and_empty_ones_nothing():
    traits, problems = said("firstName,points,phone", "Ada,7,+1202")
    assert traits == {"Contact": {"phone": "+1202", "firstName": "Ada"}, "Loyalty": {"points": 7}}
    assert problems == []
    assert said("phone,firstName,points", "+1202,, ") == ({"Contact": {"phone": "+1202"}}, [])


def test_a_cell_of_another_type_is_told_without_its_text():
    traits, problems = said("phone,points", "+1202,many")
    assert traits == {"Contact": {"phone": "+1202"}}
    assert [(one.severity, one.reason) for one in problems] == [("WARNING", "Loyalty.points must be a whole number")]


def test_data_mappings_apply_whose_columns_are_all_there():
    both = data_mapping(
        ("{{first}} {{last}}", "Contact.firstName"), ("town", "Contact.city"), columns=("first", "last")
    )
    header, row = "phone,first,last,Town", "+1202,Ada,Lovelace,London"
    traits, _ = said(header, row, both)
    assert traits["Contact"] == {"phone": "+1202", "firstName": "Ada Lovelace", "city": "London"}
    assert said("phone,first,town", "+1202,Ada,London", both)[0] == {"Contact": {"phone": "+1202"}}


def test_what_the_import_says_goes_over_what_a_data_mapping_makes():
    other = data_mapping(("nick", "Contact.firstName"), columns=("nick",))
    assert said("phone,firstName,nick", "+1,Ada,A", other)[0]["Contact"]["firstName"] == "Ada"
    assert said("phone,firstName,nick", "+1,,A", other)[0]["Contact"]["firstName"] == "A"


def test_a_data_mapping_to_a_trait_that_is_gone_says_nothing():
    other = data_mapping(("nick", "Contact.shoeSize"), ("nick", "Contact.city"), columns=("nick",))
    assert said("phone,nick", "+1,A", other)[0]["Contact"] == {"phone": "+1", "city": "A"}


def test_targets_are_found_without_regard_to_case():
    assert target_of("contact", "PHONE", GROUPS) == Target("Contact", "phone", "STRING", "phone")


@pytest.mark.parametrize(
    ("mappings", "code"),
    [
        ([PHONE, ColumnMapping("x", "Pets", "name")], 520047),
        ([PHONE, ColumnMapping("x", "Contact", "shoeSize")], 520063),
        ([PHONE, ColumnMapping("x", "contact", "Phone")], 400),
        ([POINTS, ColumnMapping("x", "Contact", "city")], 400),
        ([POINTS, ColumnMapping("x", "Loyalty", "card")], 400),
    ],
)
def test_mappings_that_do_not_do_are_refused(mappings, code):
    with pytest.raises(InvalidInput) as error:
        targets_of(mappings, GROUPS, ID_TYPES)
    assert error.value.code == code


def test_one_column_may_fill_two_traits():
    both = [PHONE, ColumnMapping("phone", "Contact", "whatsapp")]
    assert [target.trait_name for target in targets_of(both, GROUPS, ID_TYPES)] == ["phone", "whatsapp"]


def test_problems_are_kept_up_to_a_number():
    assert [room_for_problems(told) for told in (0, 9_999, 10_000, 10_001)] == [10_000, 1, 0, 0]
