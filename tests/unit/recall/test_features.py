"""What a query and each memory have in common, as numbers."""

from math import log1p

import numpy as np
import pytest

from regulars.recall.features import COSINE_USUAL, COSINE_USUAL_COVERED, LENGTH_USUAL, Query, features

AXIS = np.eye(8, dtype=np.float32)


def found(snapshot, text, vector=None, kind="communication"):
    return features(snapshot.view(kind), Query.of(text, vector))[0]


def speakers(snapshot, text):
    return found(snapshot, text).speaker.tolist()


@pytest.fixture
def talk(said, snapshot_of):
    """Jane, the customer, and Sam Miller of the shop."""
    return snapshot_of(
        said("a", "I like tea", at=0),
        said("b", "Jane, do you like coffee?", at=1, speaker="Sam Miller"),
        said("c", "No, thanks", at=2),
    )


@pytest.mark.parametrize("text", ["What does Jane like?", "JANE'S tea", "Jane"])
def test_who_is_named_is_asked_about(talk, text):
    assert speakers(talk, text) == [1, -1, 1]


@pytest.mark.parametrize("text", ["What did Sam ask?", "Mr Miller", "what did Sam Miller tell me?"])
def test_any_part_of_a_name_will_do_and_comes_before_the_first_person(talk, text):
    assert speakers(talk, text) == [-1, 1, -1]


def test_all_who_are_named_are_asked_about(talk):
    assert speakers(talk, "What did Sam and Jane like?") == [1, 1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "What do I like?",
        "my tea",
        "What does the customer like?",
        "¿Qué le gusta al cliente?",
        "Was mag ich?",
        "Que j'aime",
        "我喜欢什么",
        "客户喜欢什么茶",
        "私の好きなお茶",
        "고객이 좋아하는 것",
    ],
)
def test_the_first_person_and_the_customer_are_the_customer(talk, text):
    assert speakers(talk, text) == [1, -1, 1]


@pytest.mark.parametrize("text", ["What about tea?", "", "茶", "Janet's tea", "the jane of old"])
def test_nobody_is_asked_about(talk, text):
    assert speakers(talk, text) == [0, 0, 0]


@pytest.mark.parametrize("name", ["refund order", "shop@example.com", "+1 317 555 0142", "a b c Refund of every Order"])
def test_a_name_that_somebody_chose_takes_no_word_from_a_question(said, snapshot_of, name):
    shop = snapshot_of(said("a", "The refund of the order is late", speaker=name), said("b", "Fine", at=1))
    assert speakers(shop, "When does the refund of the order from the shop come? 317") == [0, 0]
    assert found(shop, "the refund of the order").coverage[0] == pytest.approx(1)


def test_the_small_words_of_a_name_name_nobody(said, snapshot_of):
    shop = snapshot_of(
        said("a", "We sell green tea", speaker="The Bank of Tea"),
        said("b", "Fine", at=1),
        said("c", "Hm", at=2, speaker="Will"),
    )
    assert speakers(shop, "what of the parcel") == [0, 0, 0]
    assert speakers(shop, "what did the Bank say") == [1, -1, -1]
    assert speakers(shop, "what did Will say") == [-1, -1, 1]


def test_names_do_not_count_as_words_unless_nothing_is_left(talk):
    assert found(talk, "Jane coffee").coverage.tolist() == [0, 1, 0]
    assert found(talk, "Jane").coverage.tolist() == [0, 1, 0]
    assert found(talk, "Jane Miller").coverage[1] == pytest.approx(0.5, abs=0.1)
    assert found(talk, "Sam").coverage.tolist() == [0, 0, 0]


def test_who_was_renamed_or_is_gone_leaves_no_trace(said, snapshot_of):
    """Vera said two things: one is Jane's now, the other is gone."""
    before = snapshot_of(said("a", "Vera likes tea", speaker="Vera"), said("b", "and rum", at=1, speaker="Vera"))
    after = before.updated([said("a", "Vera likes tea")], 2, removed=["b"])
    anew = snapshot_of(said("a", "Vera likes tea"))
    assert list(after.view("communication").speakers) == ["Jane"]
    for text in ("What does Vera like?", "What does Jane like?", "Vera tea"):
        living = after.view("communication").alive()
        for mine, theirs in zip(found(after, text), found(anew, text), strict=True):
            assert mine[living].tolist() == theirs.tolist()
    assert speakers(before, "What does Vera like?") == [1, 1]


def test_the_language_of_what_is_gone_leaves_no_trace(said, snapshot_of):
    """While a Spanish memory lives, a query carries Spanish forms, too."""
    before = snapshot_of(said("a", "the tiend"), said("b", "no sé dónde está la tienda", at=1))
    after = before.updated([], 2, removed=["b"])
    assert found(before, "the tiendas").coverage[0] == 1
    assert (
        found(after, "the tiendas").coverage[0] == found(snapshot_of(said("a", "the tiend")), "the tiendas").coverage[0]
    )
    assert found(after, "the tiendas").coverage[0] < 1


def test_nobody_speaks_in_observations(memory, snapshot_of):
    known = snapshot_of(memory("a", "Jane likes tea", vector=[1]))
    row = found(known, "What does Jane like?", AXIS[0], kind="observation")
    assert (
        row.speaker.tolist() == row.opening.tolist() == row.cosine_before.tolist() == row.cosine_after.tolist() == [0]
    )
    assert row.coverage[0] > 0.4


def test_a_missing_vector_has_the_usual_cosine(said, snapshot_of):
    talk = snapshot_of(
        said("a", "green tea"), said("b", "no", at=1, vector=[0, 1]), said("c", "yes", at=2, vector=[-1])
    )
    asked = found(talk, "green tea", AXIS[1])
    assert asked.cosine == pytest.approx([COSINE_USUAL + COSINE_USUAL_COVERED, 1, 0])
    assert found(talk, "parcel", AXIS[1]).cosine == pytest.approx([COSINE_USUAL, 1, 0])


def test_without_a_vector_of_the_query_every_cosine_is_the_usual(said, snapshot_of):
    talk = snapshot_of(said("a", "green tea", vector=[1]), said("b", "no", at=1))
    assert found(talk, "green tea").cosine == pytest.approx([COSINE_USUAL + COSINE_USUAL_COVERED, COSINE_USUAL])


def test_cosines_of_neighbours_and_of_the_conversation(said, snapshot_of):
    talk = snapshot_of(
        said("a", "one", at=0, vector=[1]),
        said("b", "two", at=1, vector=[3, 4]),
        said("c", "three", at=2, vector=[0, 1]),
        said("d", "four", conversation="d", vector=[4, 3]),
    )
    asked = found(talk, "parcel", AXIS[0])
    assert asked.cosine == pytest.approx([1, 0.6, 0, 0.8])
    assert asked.cosine_before == pytest.approx([0, 1, 0.6, 0])
    assert asked.cosine_after == pytest.approx([0.6, 0, 0, 0])
    assert asked.cosine_conversation == pytest.approx([1, 1, 1, 0.8])


@pytest.mark.parametrize(
    ("content", "is_question"),
    [
        ("Do you like tea?", 1),
        ("Tea? ", 1),
        ("お茶は\uff1f", 1),
        ("هل تحب الشاي؟", 1),
        ("τσάι\u037e", 1),
        ("Tea? No", 0),
        ("", 0),
    ],
)
def test_a_question_ends_with_its_mark(said, snapshot_of, content, is_question):
    assert found(snapshot_of(said("a", content)), "tea").question.tolist() == [is_question]


def test_length_counts_up_to_the_usual_and_beyond_it_apart(said, snapshot_of):
    talk = snapshot_of(said("a", ""), said("b", "tea " * 20, at=1), said("c", "tea " * 200, at=2))
    asked = found(talk, "parcel")
    assert asked.length == pytest.approx([0, log1p(20), LENGTH_USUAL])
    assert asked.length_beyond == pytest.approx([0, 0, log1p(200) - LENGTH_USUAL])


def test_a_date_is_a_signal_of_its_own_and_no_word(said, snapshot_of):
    talk = snapshot_of(said("a", "bought tea in January 2026"), said("b", "bought tea", at=1, day=31))
    asked = found(talk, "tea in February 2026")
    assert asked.date.tolist() == [0, 0.7]
    assert asked.coverage[1] == found(talk, "tea in").coverage[1]
    assert found(talk, "tea").date.tolist() == [0, 0]


def test_an_empty_view_has_no_rows(snapshot_of):
    assert all(len(values) == 0 for values in found(snapshot_of(), "What do I like in May?", AXIS[0], "observation"))
