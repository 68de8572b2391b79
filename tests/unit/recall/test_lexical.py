import numpy as np
import pytest

from regulars.recall.lexical import Postings, rarity, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She PREFERS window seats", ["she", "prefer", "window", "seat"]),
        ("\uff46\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48", ["full", "width"]),
        ("Café crème", ["cafe", "creme"]),
        ("Straße", ["strass"]),
        ("snake_case", ["snake", "case"]),
        ("delivered on 2026-11-22.", ["deliv", "on", "2026-11-22", "2026"]),
        ("顧客は紅茶", ["顧客", "客は", "は紅", "紅茶"]),
        ("茶", ["茶"]),
        ("order of 紅茶2kg", ["order", "of", "紅茶", "2kg"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("", []),
        ("!?… 😀", []),
    ],
)
def test_terms(text, expected):
    assert terms(text) == expected


def test_thai_and_korean_are_cut_into_pairs():
    assert all(len(term) == 2 for term in terms("ลูกค้าชอบชา 고객은 홍차를"))


def test_composed_and_decomposed_accents_are_one():
    assert terms("r\u00e9sum\u00e9") == terms("re\u0301sume\u0301")


def scores(texts, query, context=""):
    postings = Postings()
    for row, text in enumerate(texts):
        postings.append(row, text, context)
    total = sum(postings.length(row) for row in range(len(texts)))
    return postings.scores(query, alive=np.ones(len(texts), dtype=bool), living=len(texts), length_total=total)


def test_a_word_that_all_memories_hold_still_counts_a_little():
    assert (scores(["tea daily", "tea weekly", "tea monthly"], "tea").bm25 > 0).all()


@pytest.mark.parametrize("living", [0, 1, 3, 100, 100_000])
def test_rarity_is_positive_and_falls_with_frequency(living):
    weights = [rarity("tea", holding, living) for holding in range(living % 1000 + 1)]
    assert min(weights) > 0
    assert weights == sorted(weights, reverse=True)


def test_a_function_word_weighs_less_before_the_profile_can_tell():
    assert rarity("when", 0, 3) < rarity("tea", 0, 3) / 3


def test_the_same_words_overlap_wholly_in_any_order():
    assert scores(["likes green tea"], "green tea likes").overlap == pytest.approx([1.0])


def test_context_finds_a_memory_but_does_not_lengthen_it():
    found = scores(["likes green tea"], "likes green tea", context="november 2026-11-22")
    assert found.overlap == pytest.approx([1.0])
    by_date = scores(["likes green tea"], "in November 2026", context="november 2026-11-22")
    assert by_date.bm25[0] > 0
    assert by_date.overlap[0] == 0


def test_more_mentions_and_fewer_other_words_rank_higher():
    bm25 = scores(
        ["tea tea biscuits", "tea biscuits scones", "tea biscuits scones with jam and much cream"], "tea"
    ).bm25
    assert bm25[0] > bm25[1] > bm25[2]


def test_nothing_in_common():
    found = scores(["likes green tea"], "password reset")
    assert found.bm25[0] == 0
    assert found.overlap[0] == 0
