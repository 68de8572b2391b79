"""The yardstick, against the formula written out."""

import math

import pytest

from regulars.cli.quality.bm25 import K1, B, Bm25


def test_scores_are_those_of_the_formula():
    index = Bm25(["red boats sail", "the red red house is here", "nothing"])
    mean = (3 + 6 + 1) / 3

    def part(frequency: int, length: int) -> float:
        return frequency / (frequency + K1 * (1 - B + B * length / mean))

    red = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    boat = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert index.scores("red boat") == pytest.approx([(red + boat) * part(1, 3), red * part(2, 6), 0])


def test_the_parameters_are_the_protocols():
    assert (K1, B) == (0.9, 0.4)


def test_words_meet_by_their_stems_whatever_their_case():
    assert Bm25(["She was RUNNING", "cats"]).ranked("runs") == [0, 1]
    assert Bm25(["dogs", "a cat's tail"]).ranked("Cats") == [1, 0]


def test_no_word_is_left_out_for_being_frequent():
    assert Bm25(["x", "the"]).scores("the")[1] > 0


def test_equals_keep_their_order_and_nothing_is_dropped():
    assert Bm25(["b", "a b", "b", "c d"]).ranked("zebra") == [0, 1, 2, 3]


def test_scripts_without_spaces_are_found_by_pairs_of_characters():
    index = Bm25(["今天天气很好", "我喜欢喝绿茶", "猫"])
    assert index.ranked("绿茶好喝吗")[0] == 1
    assert index.ranked("猫")[0] == 2


def test_texts_without_words_are_no_stumbling_block():
    assert Bm25(["", "!?"]).scores("what") == [0, 0]
