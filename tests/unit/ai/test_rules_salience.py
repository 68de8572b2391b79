"""What a sentence is worth, and which sentences of a message are told together."""

import math
from datetime import UTC, datetime

import pytest

from regulars.ai.rules import salience, select
from regulars.ai.rules.extractor import HEDGED, QUOTED, TOLD, extract_candidates
from regulars.ai.rules.salience import PERSONAL, SERVICE, Features, Place
from regulars.domain.transcripts import Candidate, Transcript, Turn

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AMONG_FRIENDS = Place(personal=1.0)
WITH_SERVICE = Place(personal=0.0)
SMALL_TALK = "My family and friends love music and books, and my kids enjoy cooking at home with our dog on a weekend"


def friends(*said: str, name: str | None = "Ana") -> list[Candidate]:
    """Ana has every second turn, the last one too; what was said before makes the talk personal."""
    opening = Turn("m_0", by_customer=False, speaker="Ben", text=SMALL_TALK, occurred_at=SUNDAY)
    talk = (
        Turn(
            f"m_{number}",
            (len(said) - number) % 2 == 0,
            "Ana" if (len(said) - number) % 2 == 0 else "Ben",
            text,
            SUNDAY,
        )
        for number, text in enumerate(said, 1)
    )
    return extract_candidates(Transcript((opening, *talk), customer_name=name))


@pytest.mark.parametrize("weights", [PERSONAL, SERVICE])
def test_weights_are_such_as_the_fit_prints(weights: Features) -> None:
    assert all(isinstance(one, float) and math.isfinite(one) and round(one, 2) == one for one in weights)
    assert weights.bias < 0 < weights.content
    assert weights.speaker > 0 > weights.question


@pytest.mark.parametrize(
    ("place", "worthy", "idle"),
    [
        (AMONG_FRIENDS, "I adopted a puppy called Biscuit from the shelter last week", "Wow, that sounds so great!"),
        (AMONG_FRIENDS, "My sister plays the cello in the city orchestra", "What did you do there?"),
        (AMONG_FRIENDS, "We camped near Lake Orta with the kids in July", "You must be so proud of yourself!"),
        (WITH_SERVICE, "My order A-10293 never arrived", "I already told your colleague everything"),
        (WITH_SERVICE, "I fly to Zurich for work every month", "Could you check it for me please?"),
    ],
)
def test_what_is_kept(place: Place, worthy: str, idle: str) -> None:
    assert salience.worth(worthy, place) > 0 > salience.worth(idle, place)


def test_what_interests_a_friend_is_small_talk_to_a_service() -> None:
    said = "The garden looked lovely after the rain this morning"
    assert salience.worth(said, AMONG_FRIENDS) > salience.worth(said, WITH_SERVICE)


@pytest.mark.parametrize(
    ("texts", "low", "high"),
    [
        ([], 0.0, 0.0),
        (["My order has not arrived", "Please send us your order number and email address by DM"], 0.0, 0.1),
        ([SMALL_TALK, "I love that my family is happy"], 0.9, 1.0),
        ([SMALL_TALK * 50], 1.0, 1.0),
    ],
)
def test_how_personal_talk_is(texts: list[str], low: float, high: float) -> None:
    assert low <= salience.personal(texts) <= high


def test_sentences_that_belong_together_are_one_observation() -> None:
    (found,) = friends("I painted that lake at sunrise last year. It hangs in my mother's kitchen now.")
    assert found.communication_ids == ("m_1",)
    assert "lake" in found.content
    assert "kitchen" in found.content


def test_empty_talk_beside_a_fact_is_left_out() -> None:
    (found,) = friends("Wow, thanks Ben! I started a pottery class with my sister in March. How about you?")
    assert "pottery" in found.content
    assert "thanks" not in found.content.lower()
    assert "How about you" not in found.content


def test_an_answer_is_told_with_its_question_and_cites_both() -> None:
    (found,) = friends("What kind of dog did your brother adopt?", "A tiny spaniel from the shelter in Leeds!")
    assert found.content == (
        'Asked "What kind of dog did your brother adopt?", Ana said: "A tiny spaniel from the shelter in Leeds!"'
    )
    assert found.communication_ids == ("m_1", "m_2")


def test_what_points_back_at_nothing_is_left_out() -> None:
    assert friends("It was painted by my grandmother in Lisbon in 1962.") == []


def test_what_the_other_says_of_themselves_is_not_the_customers() -> None:
    found = friends("I moved to Porto with my wife and our two dogs last month.", "That's great, well done!")
    assert found == []


def test_how_sure_a_candidate_is() -> None:
    plain, hedged = friends(
        "I moved to Porto with my wife in 2019.", "Nice!", "I think my brother might sell his bakery next year."
    )
    (quoted,) = friends("What kind of dog did your brother adopt?", "A tiny spaniel from the shelter in Leeds!")
    assert (plain.confidence, hedged.confidence, quoted.confidence) == (TOLD, HEDGED, QUOTED)


def test_what_contradicts_is_not_merged_with_what_it_contradicts() -> None:
    turns = tuple(
        Turn(f"m_{number}", by_customer=True, speaker="Ana", text=text, occurred_at=SUNDAY)
        for number, text in enumerate(["I want a full refund for my order", "I do not want a full refund for my order"])
    )
    assert [found.communication_ids for found in extract_candidates(Transcript(turns))] == [("m_0",), ("m_1",)]


@pytest.mark.parametrize("text", ["", "?", "\ufffc", '"', "I", "my " * 200])
def test_whatever_is_weighed_has_a_worth(text: str) -> None:
    assert not math.isnan(select.weigh(text, WITH_SERVICE).worth)
