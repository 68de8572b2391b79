"""Conversations: the name of a group, and what time does to them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.domain.configurations import ChannelSettings, StatusTimeouts
from regulars.domain.conversations import (
    Address,
    Participant,
    Recipient,
    due_at,
    further_delivered,
    group_key,
    keys_of,
    status_when_due,
)

START = datetime(2026, 11, 22, 6, tzinfo=UTC)
CHANNELS = ["SMS", "WHATSAPP", "RCS"]
BY_ADDRESS = "GROUP_BY_PARTICIPANT_ADDRESSES"
BY_ADDRESS_AND_CHANNEL = "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE"
BY_PROFILE = "GROUP_BY_PROFILE"

timeouts = st.builds(
    lambda closed, inactive: StatusTimeouts(
        closed=closed, inactive=None if inactive is None else min(inactive, closed)
    ),
    st.integers(1, 30),
    st.none() | st.integers(1, 30),
)
settings = st.dictionaries(
    st.sampled_from(CHANNELS), st.builds(lambda t: ChannelSettings(status_timeouts=t), st.none() | timeouts)
)
channels = st.sets(st.sampled_from(CHANNELS))
addresses = st.lists(st.builds(lambda c, a: Address(channel=c, address=a), st.sampled_from(CHANNELS), st.text()))
groupings = st.sampled_from([BY_ADDRESS, BY_ADDRESS_AND_CHANNEL, BY_PROFILE])


@given(settings, channels, st.sampled_from(["ACTIVE", "INACTIVE", "CLOSED"]), st.integers(0, 70))
def test_sleeping_through_is_stepping_minute_by_minute(chosen, present, status, minutes):
    stepped = status
    for minute in range(minutes + 1):
        stepped = status_when_due(chosen, present, stepped, START, START + timedelta(minutes=minute))
    assert status_when_due(chosen, present, status, START, START + timedelta(minutes=minutes)) == stepped


@given(
    settings,
    channels,
    st.sampled_from(["ACTIVE", "INACTIVE", "CLOSED"]),
    st.none() | st.integers(1, 40).map(lambda minutes: START + timedelta(minutes=minutes)),
)
def test_before_it_is_due_nothing_changes_and_then_something_does(chosen, present, status, ends_at):
    due = due_at(chosen, present, status, START, ends_at=ends_at)
    far = START + timedelta(days=9999)
    if due is None:
        assert status_when_due(chosen, present, status, START, far, ends_at=ends_at) == status
    else:
        assert START < due <= (ends_at or far)
        just_before = due - timedelta(microseconds=1)
        assert status_when_due(chosen, present, status, START, just_before, ends_at=ends_at) == status
        assert status_when_due(chosen, present, status, START, due, ends_at=ends_at) != status
        assert ends_at is None or status_when_due(chosen, present, status, START, far, ends_at=ends_at) == "CLOSED"


@given(settings, channels)
def test_time_never_opens_anything_again(chosen, present):
    order = {"ACTIVE": 0, "INACTIVE": 1, "CLOSED": 2}
    seen = [
        order[status_when_due(chosen, present, "ACTIVE", START, START + timedelta(minutes=minute))]
        for minute in range(40)
    ]
    assert seen == sorted(seen)


def of(**minutes: tuple[int | None, int | None] | None) -> dict[str, ChannelSettings]:
    return {
        channel: ChannelSettings(
            status_timeouts=None if pair is None else StatusTimeouts(inactive=pair[0], closed=pair[1])
        )
        for channel, pair in minutes.items()
    }


@pytest.mark.parametrize(
    ("chosen", "status", "minutes"),
    [
        (of(SMS=(10, 30)), "ACTIVE", 10),
        (of(SMS=(10, 30)), "INACTIVE", 30),
        (of(SMS=(10, 30)), "CLOSED", None),
        (of(SMS=(None, 30)), "ACTIVE", 30),
        (of(SMS=None), "ACTIVE", None),
        ({}, "ACTIVE", None),
        (of(SMS=(10, 30), WHATSAPP=(20, 60)), "ACTIVE", 20),
        (of(SMS=(10, 30), WHATSAPP=(20, 60)), "INACTIVE", 60),
        (of(SMS=(10, 30), WHATSAPP=None), "ACTIVE", None),
        (of(SMS=(10, 30), WHATSAPP=(None, 60)), "ACTIVE", 60),
    ],
)
def test_when_it_is_due(chosen, status, minutes):
    expected = None if minutes is None else START + timedelta(minutes=minutes)
    assert due_at(chosen, ["SMS", "WHATSAPP"], status, START) == expected


@given(groupings, addresses, st.lists(st.text()))
def test_a_group_has_one_name_whatever_the_order(grouping, people, profiles):
    name = group_key(grouping, "conf", people, profiles)
    assert group_key(grouping, "conf", people[::-1] * 2, profiles[::-1] * 2) == name
    assert group_key(grouping, "other", people, profiles) != name


@given(addresses, addresses)
def test_other_people_have_another_name(some, others):
    def bare(people):
        return {one.address.removeprefix("whatsapp:") for one in people}

    same = group_key(BY_ADDRESS, "conf", some, []) == group_key(BY_ADDRESS, "conf", others, [])
    assert same == (bare(some) == bare(others))


@given(groupings, st.lists(st.text(min_size=200, max_size=254), min_size=5, max_size=50), st.lists(st.text()))
def test_a_name_fits_in_an_index(grouping, people, profiles):
    listed = [Address(channel="CHAT", address=address) for address in people]
    assert len(group_key(grouping, "conv_configuration_x", listed, profiles).encode("utf-8", "replace")) < 2700


def sms(address: str) -> Address:
    return Address(channel="SMS", address=address)


def test_channels_meet_by_address_and_part_by_channel():
    by_sms = [sms("+1"), sms("+2")]
    by_whatsapp = [Address(channel="WHATSAPP", address=f"whatsapp:{one.address}") for one in by_sms]
    assert group_key(BY_ADDRESS, "c", by_sms, []) == group_key(BY_ADDRESS, "c", by_whatsapp, [])
    assert group_key(BY_ADDRESS_AND_CHANNEL, "c", by_sms, []) != group_key(BY_ADDRESS_AND_CHANNEL, "c", by_whatsapp, [])


def test_by_profile_addresses_do_not_matter_unless_there_is_no_profile():
    assert group_key(BY_PROFILE, "c", [sms("+1")], ["p"]) == group_key(BY_PROFILE, "c", [sms("+2")], ["p"])
    assert group_key(BY_PROFILE, "c", [sms("+1")], []) == group_key(BY_ADDRESS, "c", [sms("+1")], [])


def test_an_address_cannot_pretend_to_be_two():
    assert group_key(BY_ADDRESS, "c", [sms("a|b")], []) != group_key(BY_ADDRESS, "c", [sms("a"), sms("b")], [])


def seat(name: str, *own: Address, type_: str = "AGENT", profile: str | None = None) -> Participant:
    return Participant(
        participant_id=name,
        conversation_id="c",
        name=name,
        type=type_,
        profile_id=profile,
        addresses=own,
        created_at=START,
        updated_at=START,
    )


@given(
    groupings,
    st.lists(
        st.builds(lambda a, t: seat(a, sms(a), type_=t), st.text(min_size=1), st.sampled_from(["AGENT", "UNKNOWN"])),
        unique_by=lambda one: one.name,
        max_size=6,
    ),
)
def test_whoever_joins_messages_of_the_others_find_it(grouping, joining):
    pair = [seat("ada", sms("+1"), type_="CUSTOMER", profile="p"), seat("desk", sms("+2"))]
    (name,) = keys_of(grouping, "conf", pair)
    names = keys_of(grouping, "conf", [*pair, *joining])
    assert name in names
    addresses = [address for one in [*pair, *joining] for address in one.addresses]
    assert names[0] == group_key(grouping, "conf", addresses, ["p"])
    assert set(keys_of(grouping, "conf", [*joining, *pair])) == set(names)


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_ADDRESS_AND_CHANNEL])
def test_who_was_alone_is_not_found_by_their_address_alone_any_more(grouping):
    alone = [seat("ada", sms("+1"))]
    both = [*alone, seat("desk", sms("+2"))]
    assert set(keys_of(grouping, "conf", alone)).isdisjoint(keys_of(grouping, "conf", both))


def test_two_customers_are_each_found_by_their_profile_and_colleagues_are_not_found_by_each_other():
    people = [
        seat("ada", sms("+1"), type_="CUSTOMER", profile="p"),
        seat("bob", sms("+2"), type_="CUSTOMER", profile="q"),
        seat("desk", sms("+3")),
        seat("boss", sms("+4"), type_="HUMAN_AGENT"),
    ]
    both = group_key(BY_PROFILE, "c", [], ["p", "q"])
    assert keys_of(BY_PROFILE, "c", people) == (both, *(group_key(BY_PROFILE, "c", [], [one]) for one in "pq"))
    between = [("+1", "+3"), ("+1", "+4"), ("+2", "+3"), ("+2", "+4")]
    names = {group_key(BY_ADDRESS, "c", [sms(one), sms(other)], []) for one, other in between}
    assert set(keys_of(BY_ADDRESS, "c", people)[1:]) == names


def test_a_conversation_has_a_limited_number_of_names():
    crowd = [seat(f"{n}", sms(f"+{n}"), type_="UNKNOWN") for n in range(100)]
    assert len(keys_of(BY_ADDRESS, "c", crowd)) == 50


def test_a_customer_without_an_address_has_the_name_of_their_profile():
    ghost = seat("ghost", type_="CUSTOMER", profile="p")
    assert keys_of(BY_PROFILE, "c", [ghost]) == (group_key(BY_PROFILE, "c", [], ["p"]),)


def test_channels_and_addresses_are_not_mixed_up():
    def chat(address: str, channel: str = "CHAT") -> Address:
        return Address(channel=channel, address=address)

    one = group_key(BY_ADDRESS_AND_CHANNEL, "c", [chat("VOICE"), chat("x")], [])
    assert one != group_key(BY_ADDRESS_AND_CHANNEL, "c", [chat("x"), chat("x", "VOICE")], [])


def test_e_mail_addresses_are_the_same_in_any_case_and_other_addresses_are_not():
    def of(channel: str, address: str) -> str:
        return group_key(BY_ADDRESS, "c", [Address(channel=channel, address=address)], [])

    assert of("EMAIL", "Ada@Example.com") == of("EMAIL", "ada@example.COM")
    assert of("CHAT", "Ada") != of("CHAT", "ada")
    assert seat("ada", Address(channel="EMAIL", address="Ada@Example.com")).speaks_from("EMAIL", "ada@example.com")


def test_nobody_has_no_name():
    assert keys_of(BY_PROFILE, "conf", [seat("ghost")]) == ()


@given(
    st.lists(st.sampled_from(["INITIATED", "IN_PROGRESS", "FAILED", "DELIVERED", "READ"]), min_size=1).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told))
    )
)
def test_reports_of_delivery_end_the_same_in_any_order(orders):
    def end(told) -> str | None:
        one = Recipient(address="+1", channel="SMS", participant_id="p")
        for status in told:
            one = further_delivered(one, status)
        return one.delivery_status

    told, otherwise = orders
    assert end(told) == end(otherwise) == end(told * 3)
