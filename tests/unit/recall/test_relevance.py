"""Fusion and calibration: more of what speaks for a memory never counts against it, and a score is a probability."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.recall.features import Features
from regulars.recall.relevance import COMPETITORS, SAME, Weights, crowd, probability, same, strengths
from regulars.recall.weights import KNOWN, SAID

MODELS = pytest.mark.parametrize("model", [KNOWN, SAID], ids=["known", "said"])
CHANCE = 9.0

usual = st.floats(-1, 6, allow_subnormal=False)
extreme = st.floats(-1e6, 1e6)


def scores(model, values, overlap):
    """Of a profile whose memories are the columns of `values`."""
    alike = strengths(Features(*values), model.weights)
    rivals = crowd(alike, np.ones(len(alike), dtype=bool), model.calibration.chance)
    return [probability(model.calibration, float(one), rivals) for one in alike + SAME * same(overlap)]


@st.composite
def profiles(draw, value=usual):
    rows = draw(st.integers(1, 30))
    one = st.lists(value, min_size=rows, max_size=rows).map(np.array)
    overlap = st.lists(st.floats(0, 1), min_size=rows, max_size=rows).map(np.array)
    return [draw(one) for _ in Features._fields], draw(overlap), draw(st.integers(0, rows - 1))


def test_weights_are_those_of_the_features():
    assert Weights._fields == Features._fields


@MODELS
@settings(max_examples=50)
@given(profile=profiles(), more=st.floats(0, 2), data=st.data())
def test_more_of_a_feature_never_scores_less(model, profile, more, data):
    values, overlap, row = profile
    before = scores(model, values, overlap)[row]
    raised = data.draw(st.sampled_from([name for name, weight in model.weights._asdict().items() if weight > 0]))
    values[Features._fields.index(raised)][row] += more
    assert scores(model, values, overlap)[row] >= before - 1e-12


@MODELS
@settings(max_examples=50)
@given(profile=profiles(), more=st.floats(0, 2))
def test_what_another_has_never_lifts_a_score(model, profile, more):
    values, overlap, row = profile
    before = scores(model, values, overlap)
    values[0][row] += more
    for other, (now, then) in enumerate(zip(scores(model, values, overlap), before, strict=True)):
        assert other == row or now <= then + 1e-12


@MODELS
@settings(max_examples=50)
@given(profile=profiles(extreme))
def test_a_score_is_a_probability_whatever_the_values(model, profile):
    values, overlap, _ = profile
    assert all(0 <= score <= 1 for score in scores(model, values, overlap))


@MODELS
@settings(max_examples=50)
@given(profile=profiles())
def test_the_order_is_that_of_the_strengths(model, profile):
    values, overlap, _ = profile
    strength = strengths(Features(*values), model.weights) + SAME * same(overlap)
    found = np.array(scores(model, values, overlap))
    assert (np.diff(found[np.argsort(strength, kind="stable")]) >= 0).all()


def test_strength_is_the_weighted_sum():
    values = [np.array([float(number), 0.0]) for number in range(1, len(Features._fields) + 1)]
    expected = sum(number * weight for number, weight in enumerate(SAID.weights, 1))
    assert strengths(Features(*values), SAID.weights) == pytest.approx([expected, 0])


def test_only_nearly_the_same_text_counts_as_the_same():
    assert same(np.array([0.0, 0.5, 0.85, 1.0])) == pytest.approx([0, 0, 0, 1], abs=0.08)
    assert same(np.array([0.9])) == pytest.approx([0.9**16])


@pytest.mark.parametrize("rows", [0, 1, COMPETITORS - 1, COMPETITORS, COMPETITORS + 1, 500])
def test_the_crowd_is_the_best_twenty_filled_up_by_chance(rows):
    strength = np.random.default_rng(rows).normal(8, 3, rows)
    best = sorted([*sorted(strength, reverse=True)[:COMPETITORS], *[CHANCE] * max(COMPETITORS - rows, 0)])
    expected = log(sum(exp(one) for one in best))
    assert crowd(strength, np.ones(rows, dtype=bool), CHANCE) == pytest.approx(expected)


def test_the_crowd_is_the_same_in_any_order_to_the_last_bit():
    random = np.random.default_rng(3)
    strength = random.normal(8, 3, 300)
    everybody = np.ones(300, dtype=bool)
    assert len({crowd(random.permutation(strength), everybody, CHANCE) for _ in range(20)}) == 1


def test_the_dead_do_not_compete():
    strength = np.array([5.0, 50.0, 6.0])
    alive = np.array([True, False, True])
    assert crowd(strength, alive, CHANCE) == crowd(strength[alive], np.ones(2, dtype=bool), CHANCE)


@MODELS
def test_one_of_many_alike_is_less_likely_than_one_that_stands_out(model):
    def score(alike):
        strength = np.full(alike, model.calibration.chance + 4)
        rivals = crowd(strength, np.ones(alike, dtype=bool), model.calibration.chance)
        return probability(model.calibration, float(strength[0]), rivals)

    assert score(1) > score(2) > score(10) > score(20) == score(200)
    assert score(1) > 3 * score(20)


@pytest.mark.parametrize("strength", [-1e9, -800.0, 0.0, 800.0, 1e9])
def test_a_probability_of_any_strength(strength):
    found = probability(SAID.calibration, strength, 10.0)
    assert 0 <= found <= 1
    assert (found > 0.5) == (strength > 100)
