"""Pieces of calls: from callbacks in the form of Twilio's documentation to communications, in any order."""

import itertools
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.domain.conversations import Content
from regulars.domain.transcription_events import Call, beginning, call, call_type, message, piece, placed, track_of

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
GT, CA = "GT" + "a" * 32, "CA" + "b" * 32
CONTENT = {
    "LanguageCode": "en-US",
    "TranscriptionSid": GT,
    "TranscriptionEvent": "transcription-content",
    "CallSid": CA,
    "TranscriptionData": '{"transcript":"to be or not to be","confidence":0.9956335}',
    "Timestamp": "2024-06-25T18:45:21.454203Z",
    "AccountSid": "AC" + "c" * 32,
    "Track": "inbound_track",
    "Final": "true",
    "SequenceId": "2",
}
STARTED = {
    **{name: CONTENT[name] for name in ("LanguageCode", "TranscriptionSid", "CallSid", "Timestamp", "AccountSid")},
    "ProviderConfiguration": '{"profanityFilter":"true","speechModel":"telephony"}',
    "TranscriptionEvent": "transcription-started",
    "TranscriptionEngine": "google",
    "Track": "both_tracks",
    "SequenceId": "1",
}
CUSTOMER, BUSINESS = "+12025550101", "+18005550199"
INBOUND = Call(from_=CUSTOMER, to=BUSINESS, is_outbound=False)
OUTBOUND = Call(from_=BUSINESS, to=CUSTOMER, is_outbound=True)


def test_a_piece_is_read():
    said = piece(CONTENT, NOW)
    assert (said.call_sid, said.sequence_id, said.is_final, said.text) == (CA, 2, True, "to be or not to be")
    assert said.confidence == 0.9956335
    assert said.occurred_at == datetime(2024, 6, 25, 18, 45, 21, 454203, tzinfo=UTC)


def test_a_partial_result_has_no_confidence():
    data = {"TranscriptionData": '{"transcript":"to be"}', "Final": "false", "Stability": "0.9"}
    said = piece({**CONTENT, **data}, NOW)
    assert (said.is_final, said.confidence) == (False, None)


def test_a_beginning_has_no_words():
    told = message(beginning(STARTED, NOW), INBOUND)
    assert (told.content, told.channel_id, told.from_, told.to) == (None, CA, CUSTOMER, BUSINESS)


def test_without_a_timestamp_it_is_now():
    assert piece({**CONTENT, "Timestamp": ""}, NOW).occurred_at == NOW


@pytest.mark.parametrize(
    "wrong",
    [
        {"TranscriptionData": "{"},
        {"TranscriptionData": "{}"},
        {"TranscriptionData": '{"transcript":1}'},
        {"Track": "both_tracks"},
        {"Track": ""},
        {"SequenceId": ""},
        {"SequenceId": "-1"},
        {"SequenceId": "1" * 11},
        {"SequenceId": "²"},
        {"CallSid": "CA1"},
        {"TranscriptionSid": "SM" + "a" * 32},
        {"Timestamp": "yesterday"},
    ],
)
def test_a_piece_that_is_none_is_refused(wrong):
    with pytest.raises(InvalidInput):
        piece({**CONTENT, **wrong}, NOW)


@pytest.mark.parametrize("confidence", ["1.5", "-0.1", "null"])
def test_an_odd_confidence_is_left_out(confidence):
    said = piece({**CONTENT, "TranscriptionData": f'{{"transcript":"x","confidence":{confidence}}}'}, NOW)
    assert said.confidence is None


@given(st.dictionaries(st.sampled_from(sorted(CONTENT)), st.text()))
def test_any_field_is_read_or_refused(fields):
    with suppress(InvalidInput):
        piece({**CONTENT, **fields}, NOW)


@pytest.mark.parametrize(
    ("track", "known", "speaker", "direction"),
    [
        ("inbound_track", INBOUND, CUSTOMER, "INBOUND"),
        ("outbound_track", INBOUND, BUSINESS, "OUTBOUND"),
        ("inbound_track", OUTBOUND, CUSTOMER, "INBOUND"),
        ("outbound_track", OUTBOUND, BUSINESS, "OUTBOUND"),
    ],
)
def test_the_track_says_who_speaks(track, known, speaker, direction):
    told = message(piece({**CONTENT, "Track": track}, NOW), known)
    assert (told.from_, told.direction, told.channel, told.channel_id) == (speaker, direction, "VOICE", CA)
    assert {told.from_, told.to} == {CUSTOMER, BUSINESS}
    assert told.content is not None
    assert told.content.transcription == {
        "channel": 0 if track == "inbound_track" else 1,
        "confidence": 0.9956335,
        "final": True,
        "sequenceId": 2,
    }


@pytest.mark.parametrize(
    ("other", "kind", "direction"),
    [(CUSTOMER, "PSTN", "INBOUND"), ("client:ada", "CLIENT", None), ("sip:ada@example.com", "PUBLIC_SIP", "INBOUND")],
)
def test_the_kind_of_call_is_told(other, kind, direction):
    known = Call(from_=other, to=BUSINESS, is_outbound=False)
    told = message(piece(CONTENT, NOW), known)
    assert call_type(known) == told.metadata["callType"] == kind
    assert told.direction == direction


def test_a_call_is_read_from_a_query():
    assert call(CUSTOMER, BUSINESS, "inbound") == call(CUSTOMER, BUSINESS, "") == INBOUND
    assert call(BUSINESS, CUSTOMER, "outbound-api") == call(BUSINESS, CUSTOMER, "outbound-dial") == OUTBOUND
    assert call(CUSTOMER.replace("+", " "), BUSINESS.replace("+", " "), "inbound") == INBOUND
    assert call("", BUSINESS, "") is None
    assert call(CUSTOMER, " ", "") is None
    assert call("sip:" + "x" * 250, BUSINESS, "") is not None
    assert call("sip:" + "x" * 251, BUSINESS, "") is None


# Utterances


def content(sequence_id: int, *, final: bool) -> Content:
    return Content(
        type="TRANSCRIPTION", text=f"{sequence_id}", transcription={"final": final, "sequenceId": sequence_id}
    )


def played(events: list[tuple[int, bool]]) -> set[tuple[int, bool]]:
    """What is kept of the pieces of one track when they come in this order, each perhaps several times."""
    kept: dict[int, bool] = {}
    seen = set()
    for number, final in events:
        if number in seen:
            continue
        seen.add(number)
        newest = max(kept, default=None)
        place = placed(content(number, final=final), None if newest is None else content(newest, final=kept[newest]))
        if place == "REPLACE":
            del kept[newest]
        if place != "DROP":
            kept[number] = final
    return set(kept.items())


TALK = [(1, False), (2, False), (4, True), (5, False), (7, True), (8, False), (9, False)]


def test_in_order_each_utterance_is_kept_once():
    assert played(TALK) == {(4, True), (7, True), (9, False)}
    assert played(TALK[:5]) == {(4, True), (7, True)}


def test_every_order_ends_the_same():
    for events in itertools.permutations(TALK):
        assert played(list(events)) == {(4, True), (7, True), (9, False)}


@given(st.data())
def test_any_talk_in_any_order_ends_the_same(data):
    numbers = data.draw(st.lists(st.integers(0, 10**9), unique=True, max_size=12))
    events = [(number, data.draw(st.booleans())) for number in sorted(numbers)]
    last = max(numbers, default=None)
    wanted = {(number, final) for number, final in events if final or number == last}
    assert played(data.draw(st.permutations(events + events))) == wanted


def test_the_ids_of_a_track_sort_as_its_pieces_follow():
    ids = [message(piece({**CONTENT, "SequenceId": str(n)}, NOW), INBOUND).resource_id for n in (2, 10, 9_999_999_999)]
    assert ids == sorted(ids)
    assert {track_of(one) for one in ids} == {f"{GT}/0/"}
    other = message(piece({**CONTENT, "Track": "outbound_track"}, NOW), INBOUND).resource_id
    assert track_of(other) == f"{GT}/1/"
    assert json.loads(CONTENT["TranscriptionData"])
