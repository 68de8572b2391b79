"""Words: terms of any script, and what BM25 over memories, their neighbours and their conversations says."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recall.layout import Layout
from regulars.recall.lexical import (
    K1,
    PRIOR_MEMORIES,
    PRIOR_SHARE,
    PRIOR_SHARE_FUNCTION_WORD,
    UNASKED,
    B,
    Postings,
    folded,
    query_terms,
    rarity,
    terms,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She PREFERS window seats", ["she", "prefer", "window", "seat"]),
        ("\uff46\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48", ["full", "width"]),
        ("Café crème", ["cafe", "creme"]),
        ("Straße", ["strass"]),
        ("snake_case", ["snake", "case"]),
        ("delivered on 2026-11-22.", ["deliv", "on", "2026", "11", "22"]),
        ("order 12345, €19.99", ["order", "12345", "19", "99"]),
        ("顧客は紅茶", ["顧客", "客は", "は紅", "紅茶"]),
        ("茶", ["茶"]),
        ("order of 紅茶2kg", ["order", "of", "紅茶", "2kg"]),
        ("Canciones de cuna", ["cancion", "de", "cun"]),
        ("заказы не пришли", ["заказ", "не", "пришл"]),
        ("किताबें", ["किताब"]),
        ("tea 😀 please", ["tea", "pleas"]),
        ("", []),
        ("!?… 😀", []),
    ],
)
def test_terms(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CAFÉ Ñandú İstanbul", "cafe nandu istanbul"),
        ("STRASSE Straße", "strasse strasse"),
        ("Ελληνικά ΠΑΡΑΓΓΕΛΊΑΣ", "ελληνικα παραγγελιασ"),
        ("Чайный ЁЖ", "чайный ёж"),
        ("\uff54\uff45\uff41 \uff12", "tea 2"),
        ("\U0001d413\U0001d404\U0001d400 \u2116 5", "tea no 5"),
        ("ｶﾞｽ", "ガス"),
        ("한국어", "한국어"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_case_accents_and_width_fold_where_they_do_not_make_another_letter(text, expected):
    assert folded(text) == expected


def test_composed_and_decomposed_letters_are_one():
    for composed, decomposed in (
        ("r\u00e9sum\u00e9", "re\u0301sume\u0301"),
        ("чай", "чаи\u0306"),
        ("각", "\u1100\u1161\u11a8"),
    ):
        assert terms(composed) == terms(decomposed)


@given(st.text())
def test_folding_twice_is_folding_once_for_words(text):
    assert words(folded(folded(text))) == words(folded(text))


@given(st.text())
def test_every_word_has_a_stem(text):
    assert len(terms(text)) == len(words(folded(text)))


def test_thai_and_korean_are_cut_into_pairs():
    assert all(len(term) == 2 for term in terms("ลูกค้าชอบชา 고객은 홍차를"))
    assert terms("홍차를") == ["홍차", "차를"]


def test_marks_do_not_part_a_word():
    assert words(folded("मुझे चाय पसंद है")) == ["मुझे", "चाय", "पसंद", "है"]


def forms(text, *languages, without=frozenset()):
    return [set(term.forms) for term in query_terms(folded(text), languages, without=without)]


def test_a_query_carries_the_forms_of_every_language_of_the_memories():
    assert forms("canciones") == [{"cancion"}]
    assert forms("lieferungen") == [{"lieferungen"}]
    assert forms("lieferungen", "german") == [{"lieferungen", "liefer"}]
    assert forms("songs", "spanish", "german") == [{"song", "songs"}]


def test_forms_of_one_word_are_one_term():
    assert len(forms("order orders ordering ordered tea", "spanish", "german")) == 2


def test_words_that_do_not_count_are_left_out_unless_nothing_else_is_there():
    assert forms("Jane likes tea", without={"jane"}) == [{"like"}, {"tea"}]
    assert forms("Jane", without={"jane"}) == [{"jane"}]
    assert forms("", without={"jane"}) == []


def lexical(texts, query, *, conversations=None, alive=None, without=frozenset()):
    """The memories of a list: observations, or, with `conversations`, said one after the other in each."""
    postings = Postings()
    languages = postings.extend(0, texts)
    layout = Layout(
        alive=np.ones(len(texts), dtype=bool) if alive is None else np.array(alive),
        conversations=np.arange(len(texts)) if conversations is None else np.array(conversations),
        positions=None if conversations is None else np.arange(len(texts)),
        lengths=postings.lengths[: len(texts)].astype(np.float64),
    )
    return postings.scores(query_terms(folded(query), languages, without=without), layout)


@pytest.mark.parametrize(
    ("memory", "query"),
    [
        ("Le gustan las canciones de cuna", "canciones"),
        ("Le gusta la cancion de cuna", "canciones"),
        ("Likes songs at bedtime", "canta songs con la familia"),
        ("Meine Lieferungen sind nicht da", "Lieferung"),
        ("Я заказал чай, но заказы не пришли", "заказов"),
        ("मुझे किताबें पसंद हैं", "किताब"),
        ("顧客は紅茶が好きです", "紅茶"),
        ("ลูกค้าชอบชา", "ชอบชา"),
        ("고객은 홍차를 좋아한다", "홍차"),
    ],
)
def test_words_find_memories_whatever_the_query_seems_to_be_written_in(memory, query):
    found = lexical([memory, "owns a very old dog"], query)
    assert found.coverage[0] > 0 == found.coverage[1]


def saturated(frequency, length, average):
    return frequency * (1 + K1) / (frequency + K1 * (1 - B + B * length / average))


def test_two_memories_by_hand():
    tea, green = log(102 / 3), log(102 / 2)
    found = lexical(["green tea", "tea"], "green tea")
    assert found.coverage == pytest.approx([1, tea / (tea + green)])
    assert found.nearby == pytest.approx(
        [
            (tea + green) * saturated(1, 2, 1.5) / (tea + green + UNASKED),
            tea * saturated(1, 1, 1.5) / (tea + green + UNASKED),
        ]
    )
    assert found.conversation == pytest.approx(found.nearby)
    assert found.overlap == pytest.approx([1, 1 / 2])


def test_a_conversation_by_hand():
    """The second was said beside the first, the third not; the fourth elsewhere."""
    near, together = log(104 / 3), log(102 / 2)
    found = lexical(["tea", "yes", "big dog", "cat"], "tea", conversations=[0, 0, 0, 1])
    assert found.coverage == pytest.approx([1, 0, 0, 0])
    average = (2 + 4 + 3 + 1) / 4
    assert found.nearby == pytest.approx(
        [near * saturated(1, length, average) / (near + UNASKED) for length in (2, 4)] + [0, 0]
    )
    inside = together * saturated(1, 4, 5 / 2) / (together + UNASKED)
    assert found.conversation == pytest.approx([inside, inside, inside, 0])


def test_what_is_said_twice_nearby_counts_twice():
    found = lexical(["tea", "tea tea", "yes"], "tea", conversations=[0, 0, 0])
    near = log(103 / 4)
    lengths = [3, 4, 3]
    frequencies = [3, 3, 2]
    assert found.nearby == pytest.approx(
        [
            near * saturated(frequency, length, 10 / 3) / (near + UNASKED)
            for frequency, length in zip(frequencies, lengths, strict=True)
        ]
    )


def test_the_dead_leave_no_trace():
    texts, alive = ["green tea", "tea tea tea", "green dog tea"], [True, False, True]
    among = lexical(texts, "green tea", conversations=[0, 0, 0], alive=alive)
    alone = lexical([texts[0], texts[2]], "green tea", conversations=[0, 0])
    for mine, theirs in (
        (among.nearby, alone.nearby),
        (among.coverage, alone.coverage),
        (among.overlap, alone.overlap),
    ):
        assert mine[alive].tolist() == theirs.tolist()


def test_a_term_in_more_than_one_form_counts_once():
    """The Spanish memory makes the query carry Spanish forms too; they find no more than there is."""
    spanish = "El pedido de la tienda no ha llegado"
    found = lexical(["order dog", spanish], "order orders ordering ordered tea")
    assert found.overlap == pytest.approx([1 / 3, 0])
    assert found.coverage == pytest.approx([log(102 / 2) / (log(102 / 2) + log(102 / 1)), 0])


MIXED = "order orders ordering tea teas canciones cancion pedidos pedido de la the Lieferungen und"
words_of_many = st.lists(
    st.sampled_from(MIXED.split()),
    min_size=1,
    max_size=8,
).map(" ".join)


@given(texts=st.lists(words_of_many, min_size=1, max_size=6), query=words_of_many)
def test_shares_are_shares(texts, query):
    found = lexical(texts, query)
    for values in (found.coverage, found.overlap):
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    assert ((found.coverage > 0) == (found.nearby > 0)).all()
    assert ((found.coverage > 0) == (found.overlap > 0)).all()


@given(texts=st.lists(words_of_many, min_size=1, max_size=6))
def test_the_same_text_overlaps_wholly(texts):
    found = lexical(texts, texts[0])
    assert found.overlap[0] == pytest.approx(1)
    assert found.coverage[0] == pytest.approx(1)


def test_a_word_that_all_memories_hold_still_counts_a_little():
    assert (lexical(["tea daily", "tea weekly", "tea monthly"], "tea").nearby > 0).all()


@pytest.mark.parametrize("share", [PRIOR_SHARE, PRIOR_SHARE_FUNCTION_WORD])
@pytest.mark.parametrize("living", [0, 1, 3, 100, 100_000])
def test_rarity_is_positive_and_falls_with_frequency(living, share):
    weights = [rarity(holding, living, share) for holding in {*range(min(living, 1000) + 1), living}]
    assert min(weights) > 0
    assert weights == sorted(weights, reverse=True)


def test_a_function_word_weighs_less_before_the_profile_can_tell():
    when, tea = (query_terms(word, [])[0].prior_share for word in ("when", "tea"))
    assert rarity(0, 3, when) < rarity(0, 3, tea) / 3
    assert rarity(0, 0, tea) == pytest.approx(log(PRIOR_MEMORIES / (PRIOR_MEMORIES * PRIOR_SHARE)))


def test_a_small_word_of_another_language_is_one_too():
    assert query_terms("und", [])[0].prior_share == PRIOR_SHARE_FUNCTION_WORD


def test_the_same_words_overlap_wholly_in_any_order():
    assert lexical(["likes green tea"], "green tea likes").overlap == pytest.approx([1.0])


def test_more_mentions_and_fewer_other_words_rank_higher():
    nearby = lexical(
        ["tea tea biscuits", "tea biscuits scones", "tea biscuits scones with jam and much cream"], "tea"
    ).nearby
    assert nearby[0] > nearby[1] > nearby[2]


def test_more_mentions_than_fit_an_entry_are_many():
    found = lexical(["tea " * 100, "tea " * 255, "tea " * 256, "tea " * 3000], "tea")
    assert (found.nearby > 0).all()
    assert found.coverage == pytest.approx([1, 1, 1, 1])


def test_nothing_in_common():
    found = lexical(["likes green tea"], "password reset")
    for values in (found.coverage, found.nearby, found.conversation, found.overlap):
        assert values[0] == 0


@pytest.mark.parametrize("query", ["", "😀", "!?"])
def test_a_query_without_words_finds_nothing(query):
    found = lexical(["likes green tea", "😀"], query)
    assert not found.coverage.any()
    assert not found.overlap.any()


def test_a_run_of_marks_costs_no_more_than_it_is_worth():
    assert len(folded("a" + "\u0300\u0316" * 8_000)) < 20


@pytest.mark.parametrize("word", ["x" * 64, "\u00fc" * 64])
def test_of_a_word_so_many_letters_count(word):
    assert words(folded(word + "y")) == words(folded(word + "z")) == words(folded(word))
    assert words(folded(word)) != words(folded(word[:-1]))
