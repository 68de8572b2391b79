"""Reconciliation: what is known stays, what changed is revised, and nothing is planned twice."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regulars.domain.observations import Observation
from regulars.domain.reconcile import Add, Discard, Hints, Revise, Step, plan, revised
from regulars.domain.transcripts import Candidate
from regulars.domain.wording import Alike

START = datetime(2026, 1, 1, tzinfo=UTC)
ANA = Hints(names=frozenset({"ana"}))
MESSAGE = "comms_communication_1"


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


def said(content: str, *, attribute: str | None = None, day: int = 0, message: str = MESSAGE) -> Candidate:
    return Candidate(content, START + timedelta(days=day), (message,), attribute)


def applied(existing: Sequence[Observation], steps: Sequence[Step]) -> list[Observation]:
    """What a shell does with a plan."""
    held = {observation.observation_id: observation for observation in existing}
    for step in steps:
        candidate = step.candidate
        if isinstance(step, Add):
            added = observed(candidate.content, attribute=candidate.attribute, number=len(held) + 1000)
            held[added.observation_id] = replace(
                added, occurred_at=candidate.occurred_at, communication_ids=candidate.communication_ids
            )
        elif isinstance(step, Revise):
            after = revised(step, now=START, source="s", conversation_id="conversation", by="rules")
            held[step.observation.observation_id] = after
    return list(held.values())


def decisions(existing: Sequence[Observation], *candidates: Candidate, hints: Hints = ANA) -> list[str]:
    return [type(step).__name__ for step in plan(existing, candidates, hints)]


# Add


def test_an_unknown_statement_is_added() -> None:
    candidate = said("The customer has two dogs.")
    assert plan([observed("The customer has a cat.")], [candidate]) == [Add(candidate)]


def test_without_candidates_there_is_nothing_to_do() -> None:
    assert plan([observed("The customer has a cat.")], []) == []


@pytest.mark.parametrize(
    ("known", "now"),
    [
        ("Ana lives in Leeds.", "Ana's sister lives in York."),
        ("Ana lives in Leeds.", "Carla lives in York."),
        ("Ana lives in Leeds.", "Ana used to live in York."),
        ("Ana works for Norvik and has two dogs.", "Ana works for Tasman."),
        ("Ana works for Norvik.", "Ana no longer works for Tasman."),
        ("Ana has two children, Mia and Tom.", "Ana has three children."),
        ("Ana has an appointment on 3 May.", "Ana has an appointment on 9 May."),
    ],
)
def test_what_is_no_contradiction_is_added(known: str, now: str) -> None:
    assert decisions([observed(known)], said(now, day=9)) == ["Add"]


# Discard


def test_the_same_words_are_discarded_whatever_their_case_and_punctuation() -> None:
    known, candidate = observed("The customer plays chess."), said("the customer plays CHESS", day=3)
    assert plan([known], [candidate]) == [Discard(candidate, known, "known")]


def test_an_earlier_statement_arriving_late_overwrites_nothing() -> None:
    known = observed("The customer lives in Leeds.", day=7)
    candidate = said("The customer lives in York.")
    assert plan([known], [candidate]) == [Discard(candidate, known, "overtaken")]


def test_a_statement_contained_in_what_is_known_is_discarded() -> None:
    known = observed("The customer collects old radios from Japan.")
    candidate = said("The customer collects old radios.", day=7)
    assert plan([known], [candidate]) == [Discard(candidate, known, "known")]


def test_likeness_discards_only_what_agrees_in_every_detail() -> None:
    known = observed("Ana grows tall roses.")
    same, other = said("Ana cultivates tall roses.", day=1), said("Ana does not cultivate tall roses.", day=1)
    likeness = {one.content: {known.content: 0.98} for one in (same, other)}
    hints = replace(ANA, likeness=likeness, alike=Alike(0.9, 0.25))
    assert decisions([known], same, hints=hints) == ["Discard"]
    assert decisions([known], other, hints=hints) == ["Add"]
    assert decisions([known], same) == ["Add"]


def test_long_statements_are_not_the_same_for_being_about_the_same() -> None:
    known = observed(
        "Ana told the whole group about the long wet walk to the lake, the storm, the cold night, the map and the tent."
    )
    candidate = said(
        "Ana told the whole group about the long wet walk to the lake, the sun, the warm night, the map and the boat."
    )
    hints = replace(ANA, likeness={candidate.content: {known.content: 0.97}}, alike=Alike(0.86, 0.25))
    assert decisions([known], candidate, hints=hints) == ["Add"]


def test_a_model_that_is_not_known_takes_no_other_words_for_the_same() -> None:
    known, candidate = observed("Ana ordered a red lamp."), said("Ana ordered a blue lamp.", day=1)
    hints = replace(ANA, likeness={candidate.content: {known.content: 0.999}}, alike=Alike(0.97, 0))
    assert decisions([known], candidate, hints=hints) == ["Add"]


# Revise


def test_a_later_statement_about_the_same_attribute_revises() -> None:
    known = observed("The customer prefers email.", attribute="contact preference")
    candidate = said("The customer asked the business to text them instead.", attribute="contact preference", day=7)
    assert plan([known], [candidate]) == [Revise(known, candidate, "changed")]


def test_a_change_back_is_a_change() -> None:
    known = observed("The customer prefers text.", day=7)
    candidate = said("The customer prefers email.", day=9)
    assert plan([known], [candidate]) == [Revise(known, candidate, "changed")]


def test_what_is_said_again_keeps_its_words_and_moves_its_time() -> None:
    known = replace(observed("Ana is based in Leeds."), source="crm", communication_ids=("m1",))
    [step] = plan([known], [said("Ana lives in Leeds.", day=9, message="m2")], ANA)
    assert isinstance(step, Revise)
    assert step.why == "said again"
    after = revised(step, now=START, source="s", conversation_id="c", by="rules")
    assert (after.content, after.source, after.extracted_by) == ("Ana is based in Leeds.", "crm", None)
    assert after.occurred_at == START + timedelta(days=9)
    assert (after.communication_ids, after.conversation_ids) == (("m1", "m2"), ("c",))
    assert decisions([after], said("Ana lives in York.", day=5)) == ["Discard"]


def test_a_more_telling_statement_takes_the_place_of_the_other() -> None:
    known = observed("Ana has a dog.")
    [step] = plan([known], [said("Ana has a dog called Rex.", day=9)], ANA)
    assert step == Revise(known, step.candidate, "says more")


def test_a_more_telling_statement_that_arrives_late_keeps_the_time_of_the_other() -> None:
    known = observed("Ana collects radios.", day=9)
    [step] = plan([known], [said("Ana collects radios from Japan.")], ANA)
    assert isinstance(step, Revise)
    assert step.candidate.occurred_at == known.occurred_at
    assert decisions([observed("Ana has a dog.", day=9)], said("Ana has a dog called Rex.")) == ["Discard"]


def test_an_event_told_with_more_words_much_later_is_another_event() -> None:
    known = observed("Ana ordered a lamp.")
    candidate = "Ana ordered a lamp for her mother."
    assert decisions([known], said(candidate, day=90)) == ["Add"]
    assert decisions([known], said(candidate, day=1)) == ["Revise"]


def test_its_own_denial_retires_any_statement() -> None:
    known = observed("Ana is planning a trip to Oslo.")
    assert decisions([known], said("Ana is no longer planning a trip to Oslo.", day=9)) == ["Revise"]
    assert decisions([known], said("Ana is no longer planning a trip to Rome.", day=9)) == ["Add"]


def test_an_order_without_a_number_is_another_order_months_later() -> None:
    known = observed("Ana's order has not arrived.")
    assert decisions([known], said("Ana's order has arrived.", day=5)) == ["Revise"]
    assert decisions([known], said("Ana's order has arrived.", day=200)) == ["Add"]


# Attributes as an extractor names them


def test_an_attribute_that_the_words_do_not_show_counts_when_they_do_not_speak_against_it() -> None:
    known = observed("Ana rides to work on the red tram.", attribute="way to work")
    assert decisions([known], said("Ana rides to work on her bike.", attribute="Way to work", day=9)) == ["Revise"]
    assert decisions([known], said("Ana's son rides the tram.", attribute="way to work", day=9)) == ["Add"]


@pytest.mark.parametrize("attribute", ["family", "preference", "life event", "Pets"])
def test_a_name_that_fits_many_statements_brings_none_together(attribute: str) -> None:
    known = observed("Ana plays chess with her daughter.", attribute=attribute)
    assert decisions([known], said("Ana plays golf with her daughter.", attribute=attribute, day=9)) == ["Add"]


def test_a_wrong_name_does_not_give_a_statement_away() -> None:
    known = observed("Ana rides the red tram.", attribute="home city")
    assert decisions([known], said("Ana lives in York.", attribute="home city", day=9)) == ["Add"]


def test_what_the_words_say_counts_for_more_than_a_wrong_name() -> None:
    known = observed("Ana prefers email.", attribute="contact preference")
    assert decisions([known], said("Ana has two horses.", attribute="contact preference", day=9)) == ["Add"]


# Of one batch


def test_within_a_batch_the_last_said_holds_whatever_the_order() -> None:
    email, text = said("The customer prefers email.", day=1), said("The customer prefers text.", day=2)
    lost = Discard(email, None, "replaced at once")
    assert plan([], [email, text]) == [lost, Add(text)]
    assert plan([], [text, email]) == [Add(text), lost]


def test_within_a_batch_only_the_last_of_several_revisions_is_written() -> None:
    known = observed("Ana lives in Leeds.")
    york, bath = said("Ana lives in York.", day=1), said("Ana lives in Bath.", day=2)
    assert plan([known], [york, bath], ANA) == [
        Discard(york, known, "replaced at once"),
        Revise(known, bath, "changed"),
    ]


def test_within_a_batch_the_same_words_are_added_once_with_both_citations() -> None:
    first, second = said("Ana lives in Bath.", message="m1"), said("Ana lives in Bath!", day=1, message="m2")
    steps = plan([], [first, second], ANA)
    assert [type(step) for step in steps] == [Discard, Add]
    assert steps[1].candidate == replace(first, occurred_at=second.occurred_at, communication_ids=("m1", "m2"))


def test_two_answers_at_once_both_hold() -> None:
    assert decisions([], said("Ana works for Norvik."), said("Ana works for Tasman.")) == ["Add", "Add"]


# Cost


def test_three_thousand_observations_take_little_time() -> None:
    known = [observed(f"The customer ordered item number {n} in the year {n % 30}.", number=n) for n in range(3_000)]
    candidates = [said(f"The customer ordered item number {n * 7} in the year 1.") for n in range(50)]
    started = time.process_time()
    plan(known, candidates)
    assert time.process_time() - started < 3.0


# Laws

KINDS = [
    "Ana prefers e-mail.",
    "Ana prefers text messages.",
    "Ana would rather be emailed.",
    "Ana asked the business to stop calling her.",
    "Ana lives in Leeds.",
    "Ana has moved to York.",
    "Ana lives in Leeds with her sister.",
    "Carla lives in York.",
    "Ana has a dog.",
    "Ana has a dog called Rex.",
    "Ana no longer has a dog.",
    "Ana has two dogs.",
    "Ana loves jazz.",
    "Ana can't stand jazz any more.",
    "Order 4471 was shipped.",
    "Ana has received order 4471.",
    "Ana is no longer planning a trip to Oslo.",
    "Ana is planning a trip to Oslo.",
    "A b",
    "b a.",
    "!",
    "",
    "\u65e5\u672c",
]
contents = st.sampled_from(KINDS)
attributes = st.sampled_from([None, "name", "home city", "shelf"])
days = st.integers(min_value=0, max_value=4)
candidates = st.lists(st.builds(lambda c, a, d: said(c, attribute=a, day=d), contents, attributes, days), max_size=8)
histories = st.lists(st.tuples(contents, attributes, days), max_size=8).map(
    lambda rows: [observed(c, attribute=a, day=d, number=n) for n, (c, a, d) in enumerate(rows)]
)


@given(histories, candidates)
def test_applying_a_plan_twice_changes_nothing(existing: list[Observation], proposed: list[Candidate]) -> None:
    steps = plan(existing, proposed, ANA)
    reasons = {step.why for step in steps}
    assume("replaced at once" not in reasons and not {"changed", "overtaken"} <= reasons)
    assert all(isinstance(step, Discard) for step in plan(applied(existing, steps), proposed, ANA))


@given(histories, candidates)
def test_one_step_a_candidate_and_nothing_deleted(existing: list[Observation], proposed: list[Candidate]) -> None:
    steps = plan(existing, proposed, ANA)
    assert len(steps) == len(proposed)
    ids = {observation.observation_id for observation in applied(existing, steps)}
    assert {observation.observation_id for observation in existing} <= ids
    revisions = [step.observation.observation_id for step in steps if isinstance(step, Revise)]
    assert len(revisions) == len(set(revisions))


@given(histories, candidates)
def test_an_older_statement_never_overwrites_a_newer_one(
    existing: list[Observation], proposed: list[Candidate]
) -> None:
    times = {observation.observation_id: observation.occurred_at for observation in existing}
    for after in applied(existing, plan(existing, proposed, ANA)):
        assert after.occurred_at >= times.get(after.observation_id, after.occurred_at)


@given(histories, candidates)
def test_a_revision_is_about_what_the_observation_was_about(
    existing: list[Observation], proposed: list[Candidate]
) -> None:
    words = {"dog": "dog", "jazz": "jazz", "4471": "4471", "trip": "trip"}
    for step in plan(existing, proposed, ANA):
        if isinstance(step, Revise) and step.candidate.attribute is None and step.observation.attribute is None:
            topics = {one for one in words if one in step.observation.content}
            assert topics == {one for one in words if one in step.candidate.content}
