"""Figures computed by hand."""

import pytest

from regulars.cli.quality.calibration import calibration, threshold_curve
from regulars.cli.quality.datasets.form import Question
from regulars.cli.quality.metrics import Hit, Outcome, figures, percentile


def question(*evidence: str, answerable: bool = True) -> Question:
    return Question(id="q", category="c", text="?", evidence=frozenset(evidence), answerable=answerable)


def hit(*turns: str, session: str = "other", score: float | None = None) -> Hit:
    return Hit(turns=frozenset(turns), session=session, score=score)


def outcome(asked: Question, *hits: Hit) -> Outcome:
    return Outcome(asked, frozenset({"s1"}), hits)


def misses(count: int) -> list[Hit]:
    return [hit(f"x{number}") for number in range(count)]


def test_recall_is_the_share_of_the_evidence_and_counts_a_turn_once():
    found = outcome(question("a", "b", "c", "d"), hit("a"), hit("a", "x"), *misses(3), hit("b", "c"))
    assert found.found(5) == 1 / 4
    assert found.found(6) == 3 / 4
    assert found.found(100) == 3 / 4


def test_ranks_are_places_from_1_on():
    found = outcome(question("a", "b", "c"), hit("x"), hit("b"), hit("a", "b"))
    assert found.ranks() == {"a": 3, "b": 2, "c": None}
    assert found.reciprocal_rank() == 1 / 2
    assert outcome(question("a"), *misses(3)).reciprocal_rank() == 0


def test_a_session_is_met_within_the_first_five():
    assert outcome(question("a"), *misses(4), hit("x", session="s1")).meets_session() == 1
    assert outcome(question("a"), *misses(5), hit("a", session="s1")).meets_session() == 0


def test_figures_are_means_over_questions_that_have_evidence():
    found = figures(
        [
            outcome(question("a"), hit("a", session="s1")),
            outcome(question("a", "b"), *misses(7), hit("b")),
            outcome(question(answerable=False), hit("z")),
        ]
    )
    assert found is not None
    assert found.questions == 2
    assert found.recall == {5: 0.5, 10: 0.75, 20: 0.75}
    assert found.mrr == (1 + 1 / 8) / 2
    assert found.session_any == 0.5
    assert figures([outcome(question(answerable=False))]) is None


def test_percentiles_are_values_that_were_measured():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([1.0], 99) == 1.0
    assert percentile(list(map(float, range(1, 101))), 99) == 99.0


def test_the_calibration_error_is_the_mean_distance_of_promise_and_truth():
    """Two bins: 0.2 and 0.3 promised is 0.25, half is true; 0.9 and 1.0 promised is 0.95, all is true."""
    found = calibration(
        [
            outcome(question("a"), hit("a", score=1.0), hit("a", score=0.9)),
            outcome(question("b"), hit("b", score=0.29), hit("x", score=0.21), hit("b")),
        ]
    )
    assert found is not None
    assert found.hits == 4
    assert [(one.low, one.hits) for one in found.bins] == [(0.2, 2), (0.9, 2)]
    assert [one.relevant for one in found.bins] == [0.5, 1.0]
    assert found.error == pytest.approx((2 * 0.25 + 2 * 0.05) / 4)


def test_calibration_may_look_at_the_first_hits_only():
    answers = [outcome(question("a"), hit("a", score=0.5), hit("x", score=0.5))]
    whole, first = calibration(answers), calibration(answers, cut=1)
    assert whole is not None
    assert first is not None
    assert (whole.hits, whole.error) == (2, 0.0)
    assert (first.hits, first.error) == (1, 0.5)
    assert calibration([outcome(question("a"), hit("a"))]) is None


def test_nothing_is_relevant_to_a_question_without_an_answer():
    found = calibration([outcome(question("a", answerable=False), hit("a", score=0.55))])
    assert found is not None
    assert found.error == pytest.approx(0.55)


def test_a_threshold_empties_some_answers_and_keeps_relevant_hits_of_others():
    curve = {
        one.threshold: one
        for one in threshold_curve(
            [
                outcome(question(answerable=False), hit("x", score=0.35), hit("y", score=0.15), hit("z", score=0.05)),
                outcome(question("a", answerable=False), hit("a", score=0.2)),
                outcome(question("a"), hit("x", score=0.9), hit("a", score=0.3)),
                outcome(question("b"), hit("b", score=0.1)),
                outcome(question("c"), hit("x", score=0.1)),
            ]
        )
    }
    assert list(curve) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert curve[0.0].silent == {0: 0.0, 1: 0.5, 2: 0.5}
    assert (curve[0.0].relevant_kept, curve[0.0].relevant_all) == (1.0, 2 / 3)
    assert curve[0.1].silent == {0: 0.0, 1: 0.5, 2: 1.0}
    assert curve[0.3].silent == {0: 0.5, 1: 1.0, 2: 1.0}
    assert (curve[0.3].relevant_kept, curve[0.3].relevant_all) == (0.5, 1 / 3)
    assert (curve[0.4].relevant_kept, curve[0.4].silent[0]) == (0.0, 1.0)


def test_shares_of_nothing_are_none():
    (first, *_) = threshold_curve([outcome(question("a"), hit("a", score=0.4))])
    assert first.silent == {0: None, 1: None, 2: None}
    (first, *_) = threshold_curve([outcome(question(answerable=False))])
    assert (first.relevant_kept, first.relevant_all) == (None, None)
