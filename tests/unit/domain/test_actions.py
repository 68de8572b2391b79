"""Actions: who is meant, what is sent, and which of a carrier's messages is ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.domain.actions import (
    CarrierMessage,
    MessageContent,
    Outgoing,
    Payload,
    Place,
    Reference,
    delivery_status,
    display,
    find,
    outgoing,
    resolve,
)
from regulars.domain.conversations import Address, Participant

US, THEM = "+18005550199", "+12025550101"
THEN = datetime(2026, 11, 22, 6, 0, 0, 500_000, tzinfo=UTC)


def place(address: str, channel: str = "SMS") -> Place:
    return Place(channel=channel, address=address)


def payload(sender: str = US, recipient: str = THEM, channel: str = "SMS", **settings: object) -> Payload:
    return Payload(
        sender=place(sender, channel),
        to=[place(recipient, channel)],
        content=MessageContent(text="Hello"),
        channel_settings=settings,
    )


def theirs(**fields: object) -> CarrierMessage:
    told = CarrierMessage(
        sid="SM1",
        from_=US,
        to=THEM,
        body="Hello",
        status="queued",
        direction="outbound-api",
        created_at=THEN.replace(microsecond=0),
        sent_at=None,
    )
    return replace(told, **fields)


WANTED = outgoing(payload())


@pytest.mark.parametrize(
    ("address", "expected"),
    [("+1555", "whatsapp:+1555"), ("whatsapp:+1555", "whatsapp:+1555"), ("WhatsApp:+1555", "WhatsApp:+1555")],
)
def test_whatsapp_addresses_get_their_prefix_once(address: str, expected: str) -> None:
    assert outgoing(payload(address, address, "WHATSAPP")).to == expected


def test_rcs_addresses_stay_as_they_are() -> None:
    made = outgoing(payload("rcs:shop", "+1555", "RCS"))
    assert (made.from_, made.to) == ("rcs:shop", "+1555")


def test_a_messaging_service_is_no_sender() -> None:
    made = outgoing(payload("MG" + "a" * 32, channel="WHATSAPP"))
    assert made.from_ is None
    assert made.others == {"MessagingServiceSid": "MG" + "a" * 32}


def test_the_message_of_a_try_is_found() -> None:
    assert find(WANTED, [theirs()], THEN, set()) == theirs()


@pytest.mark.parametrize(
    "other",
    [
        theirs(body="Hello there"),
        theirs(body="Oh, Hello"),
        theirs(body=""),
        theirs(direction="inbound"),
        theirs(created_at=THEN - timedelta(seconds=61)),
    ],
)
def test_others_are_not(other: CarrierMessage) -> None:
    assert find(WANTED, [other], THEN, set()) is None


def test_nor_one_that_is_known() -> None:
    listed = [theirs(sid="SM2", created_at=THEN + timedelta(seconds=5)), theirs()]
    assert find(WANTED, listed, THEN, {"SM1"}) == listed[0]
    assert find(WANTED, listed, THEN, set()) == listed[1]


def test_a_trial_account_says_so_first_and_a_carrier_trims() -> None:
    for body in ("Sent from your Twilio trial account - Hello", "Hello ", "Hello"):
        assert find(WANTED, [theirs(body=body)], THEN, set()) is not None


def test_media_without_words_are_messages_without_words() -> None:
    wanted = replace(WANTED, body=None, media_urls=("https://example.com/a.png",))
    assert find(wanted, [theirs()], THEN, set()) is None
    assert find(wanted, [theirs(body="")], THEN, set()) is not None


def test_the_words_of_a_template_are_the_carriers() -> None:
    wanted = replace(WANTED, body=None, content_sid="HX1")
    assert find(wanted, [theirs(body="Dear Ada")], THEN, set()) is not None
    assert display(MessageContent(content_id="HX1"), theirs(body="Dear Ada")) == "Dear Ada"
    assert display(MessageContent(text="Hi"), theirs(body="Sent from your Twilio trial account - Hi")) == "Hi"
    assert display(MessageContent(media_urls=("u",)), theirs(body="")) == ""


@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.lists(st.text()))
    )
)
def test_settings_never_say_who_and_what(settings: dict) -> None:
    made: Outgoing = outgoing(payload(**settings))
    assert (made.from_, made.to, made.body) == (US, THEM, "Hello")
    assert not {"From", "To", "Body", "ContentSid", "ContentVariables", "MediaUrl"} & set(made.others)
    assert all(isinstance(value, str) for value in made.others.values())


def test_read_counts_as_delivered_unless_receipts_are_told() -> None:
    assert delivery_status("read", read_receipts=False) == "DELIVERED"
    assert delivery_status("read", read_receipts=True) == "READ"
    assert delivery_status("received", read_receipts=True) is None


def test_an_address_given_twice_is_one() -> None:
    own = [Address(channel="SMS", address=US), Address(channel="SMS", address=US, channel_id="x")]
    one = Participant(
        participant_id="p",
        conversation_id="c",
        name="Bot",
        type="AI_AGENT",
        profile_id=None,
        addresses=own,
        created_at=THEN,
        updated_at=THEN,
    )
    assert resolve("from", Reference(participant_id="p"), [one]).address == US
    with pytest.raises(InvalidInput, match="has no such address"):
        resolve("from", Reference(participant_id="p"), [replace(one, addresses=[])])
