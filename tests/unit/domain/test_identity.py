"""Identifiers and their normal forms."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.domain.identity import (
    IdentitySettings,
    RawIdentifier,
    bare_address,
    identifier_of,
    identify,
    normalise,
)
from regulars.domain.stores import DEFAULT_IDENTIFIER_CONFIGS

RULES = ["phone", "email", "trim", "none"]
SETTINGS = IdentitySettings(
    identifier_configs={config.id_type: config for config in DEFAULT_IDENTIFIER_CONFIGS},
    matching_rules=[config.id_type for config in DEFAULT_IDENTIFIER_CONFIGS],
)
phones = st.from_regex(r"\+?[0-9 ().-]{5,20}", fullmatch=True)
identifiers = st.lists(st.builds(RawIdentifier, st.sampled_from(["email", "chat", "pushUserID"]), st.text(min_size=1)))


@given(st.sampled_from(RULES), st.text() | phones)
def test_a_normal_form_is_its_own_normal_form(rule, value):
    try:
        once = normalise(rule, value)
    except InvalidInput:
        return
    assert normalise(rule, once) == once


@pytest.mark.parametrize(
    "value",
    [
        "1-317-555-6789",
        "+1 317 555 6789",
        "(317) 555-6789",
        "317.555.6789",
        "whatsapp:+13175556789",
        "rcs:+13175556789",
    ],
)
def test_a_phone_of_the_united_states_needs_no_country(value):
    assert normalise("phone", value) == "+13175556789"


@pytest.mark.parametrize(
    ("value", "expected"), [("+44 20 7946 0018", "+442079460018"), ("+4915123456789", "+4915123456789")]
)
def test_other_phones_keep_their_country(value, expected):
    assert normalise("phone", value) == expected


@given(st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True))
def test_a_number_in_normal_form_is_what_the_library_makes_of_it(value):
    number = phonenumbers.parse(value)
    assert phonenumbers.is_possible_number(number)
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == value
    assert normalise("phone", value) == value


@pytest.mark.parametrize("value", ["", "26262", "hello", "+1", "+" + "1" * 30])
def test_what_is_no_phone_is_refused(value):
    with pytest.raises(InvalidInput):
        normalise("phone", value)


def test_email_loses_case_and_spaces():
    assert normalise("email", " Ada Lovelace @Example.COM ") == "adalovelace@example.com"


def test_trim_loses_the_ends_and_none_nothing():
    assert normalise("trim", "  a b ") == "a b"
    assert normalise("none", "  a b ") == "  a b "


@given(identifiers)
def test_identifying_does_not_depend_on_order_or_repetition(raw):
    def found(items):
        try:
            return identify(items, SETTINGS)
        except InvalidInput:
            return None

    assert found(raw) == found(raw[::-1]) == found(raw * 2)


def test_identifiers_stand_in_the_order_of_the_rules():
    raw = [RawIdentifier("chat", "c"), RawIdentifier("phone", "3175556789"), RawIdentifier("email", "a@b.c")]
    assert [identifier.id_type for identifier in identify(raw, SETTINGS)] == ["email", "phone", "chat"]


@pytest.mark.parametrize("raw", [("fax", "1"), ("chat", "   "), ("chat", "x" * 256), ("phone", "x")])
def test_what_cannot_be_an_identifier_is_refused(raw):
    with pytest.raises(InvalidInput):
        identifier_of(RawIdentifier(*raw), SETTINGS)


@given(st.text())
def test_an_address_without_prefix_is_bare(text):
    for prefix in ("whatsapp:", "WhatsApp:", "rcs:"):
        assert bare_address(prefix + text) == text
