"""Reconciliation: what is known stays, what changed is revised, and nothing is planned twice."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.domain.observations import Observation
from regulars.domain.reconcile import Add, Keep, Revise, Step, plan
from regulars.domain.transcripts import Candidate

START = datetime(2026, 1, 1, tzinfo=UTC)


def observed(content: str, *, attribute: str | None = None, day: int = 0, number: int = 1) -> Observation:
    at = START + timedelta(days=day)
    return Observation(
        observation_id=f"mem_observation_{number}",
        content=content,
        source="conversation-intelligence",
        occurred_at=at,
        conversation_ids=(),
        communication_ids=(),
        attribute=attribute,
        created_at=at,
        updated_at=at,
    )


def said(content: str, *, attribute: str | None = None, day: int = 0) -> Candidate:
    return Candidate(content, START + timedelta(days=day), ("comms_communication_1",), attribute)


def applied(existing: Sequence[Observation], steps: Sequence[Step]) -> list[Observation]:
    """What a shell does with a plan."""
    held = {observation.observation_id: observation for observation in existing}
    for step in steps:
        candidate = step.candidate
        if isinstance(step, Add):
            day = (candidate.occurred_at - START).days
            added = observed(candidate.content, attribute=candidate.attribute, day=day, number=len(held) + 1000)
            held[added.observation_id] = added
        elif isinstance(step, Revise):
            key = step.observation.observation_id
            held[key] = replace(held[key], content=candidate.content, occurred_at=candidate.occurred_at)
    return list(held.values())


def test_an_unknown_statement_is_added() -> None:
    candidate = said("The customer has two dogs.")
    assert plan([observed("The customer has a cat.")], [candidate]) == [Add(candidate)]


def test_the_same_words_are_kept_whatever_their_case_and_punctuation() -> None:
    known, candidate = observed("The customer has two dogs."), said("the customer has TWO dogs", day=3)
    assert plan([known], [candidate]) == [Keep(candidate, known)]


def test_a_later_statement_about_the_same_attribute_revises() -> None:
    known = observed("The customer prefers email.", attribute="contact preference")
    candidate = said("The customer prefers text.", attribute="contact preference", day=7)
    assert plan([known], [candidate]) == [Revise(known, candidate)]


def test_an_earlier_statement_arriving_late_overwrites_nothing() -> None:
    known = observed("The customer lives in Leeds.", attribute="home city", day=7)
    candidate = said("The customer lives in York.", attribute="home city")
    assert plan([known], [candidate]) == [Keep(candidate, known)]


def test_a_statement_contained_in_what_is_known_is_kept() -> None:
    known = observed("The customer's name is Ana Lima.", attribute="name")
    candidate = said("The customer's name is Ana.", attribute="name", day=7)
    assert plan([known], [candidate]) == [Keep(candidate, known)]


def test_another_attribute_and_no_attribute_are_left_alone() -> None:
    known = [
        observed("The customer lives in Leeds.", attribute="home city"),
        observed("The customer has a cat.", number=2),
    ]
    candidate = said("The customer's name is Ana.", attribute="name", day=7)
    assert plan(known, [candidate]) == [Add(candidate)]


def test_statements_without_attribute_never_revise() -> None:
    candidate = said("The customer's phone is not broken.", day=7)
    assert plan([observed("The customer's phone is broken.")], [candidate]) == [Add(candidate)]


def test_within_a_batch_the_last_said_holds_whatever_the_order() -> None:
    email = said("The customer prefers email.", attribute="contact preference", day=1)
    text = said("The customer prefers text.", attribute="contact preference", day=2)
    assert plan([], [email, text]) == [Keep(email, None), Add(text)]
    assert plan([], [text, email]) == [Add(text), Keep(email, None)]


def test_within_a_batch_the_same_words_are_added_once() -> None:
    first, second = said("The customer has a cat."), said("The customer has a cat!", day=1)
    assert plan([], [first, second]) == [Add(first), Keep(second, None)]


def test_a_change_back_is_a_change() -> None:
    known = observed("The customer prefers text.", attribute="contact preference", day=7)
    candidate = said("The customer prefers email.", attribute="contact preference", day=9)
    assert plan([known], [candidate]) == [Revise(known, candidate)]


def test_without_candidates_there_is_nothing_to_do() -> None:
    assert plan([observed("The customer has a cat.")], []) == []


def test_ten_thousand_observations_take_little_time() -> None:
    known = [observed(f"The customer ordered item number {n} in the year {n % 30}.", number=n) for n in range(10_000)]
    candidates = [said(f"The customer ordered item number {n * 7} in the year 1.") for n in range(50)]
    started = time.perf_counter()
    plan(known, candidates)
    assert time.perf_counter() - started < 1.0


contents = st.sampled_from(["a", "A.", "a b", "b", "b c", "c", "a b c", "!", "", "\u65e5\u672c", "the a"])
attributes = st.sampled_from([None, "name", "home city"])
days = st.integers(min_value=0, max_value=4)
candidates = st.lists(st.builds(lambda c, a, d: said(c, attribute=a, day=d), contents, attributes, days), max_size=8)
histories = st.lists(st.tuples(contents, attributes, days), max_size=8).map(
    lambda rows: [observed(c, attribute=a, day=d, number=n) for n, (c, a, d) in enumerate(rows)]
)


@given(histories, candidates)
def test_applying_a_plan_twice_changes_nothing(existing: list[Observation], proposed: list[Candidate]) -> None:
    after = applied(existing, plan(existing, proposed))
    assert all(isinstance(step, Keep) for step in plan(after, proposed))


@given(histories, candidates)
def test_one_step_a_candidate_and_nothing_deleted(existing: list[Observation], proposed: list[Candidate]) -> None:
    steps = plan(existing, proposed)
    assert [step.candidate for step in steps] == proposed
    ids = {observation.observation_id for observation in applied(existing, steps)}
    assert {observation.observation_id for observation in existing} <= ids


@given(histories, candidates)
def test_an_older_statement_never_overwrites_a_newer_one(
    existing: list[Observation], proposed: list[Candidate]
) -> None:
    for step in plan(existing, proposed):
        if isinstance(step, Revise):
            assert step.candidate.occurred_at > step.observation.occurred_at
            assert step.candidate.attribute == step.observation.attribute
