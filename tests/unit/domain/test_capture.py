"""Capture: which messages a configuration wants, and who wrote them."""

from datetime import UTC, datetime

import pytest

from regulars.domain.capture import ChannelMessage, captures, channel_of, contact_trait, identifiers_of
from regulars.domain.configurations import CaptureRule, ChannelSettings, ConfigurationDocument
from regulars.domain.conversations import Content
from regulars.domain.stores import DEFAULT_IDENTIFIER_CONFIGS, DEFAULT_TRAIT_GROUP

ME, THEM = "+12025550101", "+18005550199"


def wants(channel: str = "SMS", **rule: object) -> ConfigurationDocument:
    return ConfigurationDocument(
        display_name="c",
        conversation_grouping_type="GROUP_BY_PROFILE",
        memory_store_id="s",
        channel_settings={channel: ChannelSettings(capture_rules=(CaptureRule(**{"from_": "*", "to": "*", **rule}),))},
    )


def from_me(from_: str = ME, to: str = THEM, channel: str | None = None, **metadata: str) -> ChannelMessage:
    return ChannelMessage(
        resource_id="SM1",
        channel_id="SM1",
        channel=channel or channel_of(from_),
        direction="INBOUND",
        from_=from_,
        to=to,
        content=Content(type="TEXT", text="Hi"),
        metadata=metadata,
        occurred_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        (ME, "SMS"),
        ("whatsapp:" + ME, "WHATSAPP"),
        ("WhatsApp:" + ME, "WHATSAPP"),
        ("rcs:brand", "RCS"),
        ("26262", "SMS"),
    ],
)
def test_the_prefix_tells_the_channel(address, channel):
    assert channel_of(address) == channel


@pytest.mark.parametrize("rule", [{}, {"from_": ME}, {"to": THEM}, {"from_": "whatsapp:" + ME, "to": THEM}])
def test_a_rule_that_fits_captures(rule):
    assert captures(wants(**rule), from_me())


@pytest.mark.parametrize("rule", [{"from_": THEM}, {"to": ME}, {"metadata": {"callType": "PSTN"}}])
def test_a_rule_that_does_not_fit_leaves_it(rule):
    assert not captures(wants(**rule), from_me())


@pytest.mark.parametrize(
    ("wanted", "is_a", "captured"),
    [
        ({}, {"callType": "PSTN"}, True),
        ({}, {"callType": "CLIENT"}, False),
        ({}, {}, False),
        ({"callType": "CLIENT"}, {"callType": "CLIENT"}, True),
        ({"callType": "PUBLIC_SIP"}, {"callType": "CLIENT"}, False),
        ({"callType": "PSTN", "queue": "vip"}, {"callType": "PSTN"}, False),
        ({"callType": "PSTN", "queue": "vip"}, {"callType": "PSTN", "queue": "vip", "more": "x"}, True),
    ],
)
def test_all_that_a_rule_asks_of_a_call_must_be_so_and_it_means_the_telephone_network(wanted, is_a, captured):
    assert captures(wants("VOICE", metadata=wanted), from_me(channel="VOICE", **is_a)) is captured


def test_a_rule_of_another_channel_leaves_it():
    assert not captures(wants("WHATSAPP"), from_me())
    assert captures(wants("WHATSAPP"), from_me("whatsapp:" + ME))


def test_a_whatsapp_address_is_a_phone_too():
    assert [tuple(one) for one in identifiers_of("WHATSAPP", "whatsapp:" + ME)] == [
        ("whatsapp", "whatsapp:" + ME),
        ("phone", ME),
    ]


@pytest.mark.parametrize("channel", ["VIDEO", "API", "SYSTEM"])
def test_some_channels_name_nobody(channel):
    assert identifiers_of(channel, "x") == []


@pytest.mark.parametrize("channel", ["SMS", "VOICE", "RCS", "WHATSAPP", "EMAIL", "CHAT"])
def test_every_identifier_is_configured_and_shown_by_default(channel):
    configured = {config.id_type for config in DEFAULT_IDENTIFIER_CONFIGS}
    for identifier in identifiers_of(channel, "x"):
        assert identifier.id_type in configured
        assert contact_trait(identifier.id_type) in DEFAULT_TRAIT_GROUP.traits
