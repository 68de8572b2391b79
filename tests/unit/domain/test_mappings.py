"""Data mappings: what an expression makes of a row."""

import pytest

from regulars.core.errors import InvalidInput
from regulars.domain.mappings import MappingSource, TraitMapping, check_source, columns_of, declared, evaluate
from regulars.domain.stores import DEFAULT_TRAIT_GROUP

ROW = {"first": "Ann", "last": "Lee", "empty": "", "full name": "Ann Lee", "odd": r"{{first}} \1"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("first", "Ann"),
        ("full name", "Ann Lee"),
        ("{{first}}", "Ann"),
        ("{{ first }} {{last}}", "Ann Lee"),
        ("Dr. {{last}}!", "Dr. Lee!"),
        ("{{odd}}", r"{{first}} \1"),
        ("odd", r"{{first}} \1"),
        ("empty", None),
        ("missing", None),
        ("{{first}} {{empty}}", None),
        ("{{first}} {{missing}}", None),
        ("{{}}", None),
        ("", None),
    ],
)
def test_an_expression_is_a_column_or_a_template(expression, value):
    assert evaluate(expression, ROW) == value


def test_an_expression_names_its_columns():
    assert columns_of("first") == ["first"]
    assert columns_of("{{ first }} {{last}}") == ["first", "last"]


def test_targets_take_their_declared_names():
    mapping = TraitMapping(expression="a", trait_group="CONTACT", trait_name="first_name")
    [found] = declared([mapping], [DEFAULT_TRAIT_GROUP])
    assert (found.expression, found.trait_group, found.trait_name) == ("a", "Contact", "firstName")
    for group, name, code in (("Nowhere", "phone", 520047), ("Contact", "shoeSize", 520063)):
        with pytest.raises(InvalidInput) as refused:
            declared([TraitMapping(expression="a", trait_group=group, trait_name=name)], [DEFAULT_TRAIT_GROUP])
        assert refused.value.code == code


@pytest.mark.parametrize(
    "source",
    [
        MappingSource(type="INGRESS"),
        MappingSource(type="INGRESS", dataset_id="tdi_dataset_0"),
        MappingSource(type="DATASET_CLOUDAPP", columns=("a",)),
    ],
)
def test_a_source_must_say_where_from(source):
    with pytest.raises(InvalidInput):
        check_source(source)
