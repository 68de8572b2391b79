"""Two people, each of them once the customer."""

from datetime import UTC, datetime

from regulars.cli.extraction.sides import both_sides, customer_turns
from regulars.cli.quality.datasets.form import Dataset, Dialogue, GoldObservation, Question, Session, Turn

AT = datetime(2026, 3, 1, tzinfo=UTC)


def dialogue(**changed: object) -> Dialogue:
    turns = tuple(
        Turn(id=str(number), speaker=speaker, by_customer=speaker == "Ann", text=f"{number}", at=AT)
        for number, speaker in enumerate(("Ann", "Joe", "Ann"), start=1)
    )
    questions = tuple(
        Question(id=name, category="c", text="?", evidence=frozenset(evidence), answerable=name != "wrong")
        for name, evidence in (("ann", "13"), ("both", "12"), ("joe", "2"), ("none", ""), ("wrong", "3"))
    )
    gold = tuple(
        GoldObservation(about=who, text=f"{who} is told of.", session="s", at=AT, cites=frozenset())
        for who in ("Ann", "Joe")
    )
    told = {"name": "d", "customer": "Ann", "partner": "Joe", "questions": questions, "observations": gold}
    return Dialogue(sessions=(Session(id="s", at=AT, turns=turns),), **(told | changed))


def sides(one: Dialogue) -> tuple[Dialogue, ...]:
    return both_sides(Dataset(name="d", categories=("c",), dialogues=(one,), size=0, sha256="")).dialogues


def test_each_side_has_its_questions_and_what_annotators_wrote_about_it() -> None:
    ann, joe = sides(dialogue())
    assert (ann.name, ann.customer, ann.partner) == ("d Ann", "Ann", "Joe")
    assert (joe.name, joe.customer, joe.partner) == ("d Joe", "Joe", "Ann")
    assert [one.id for one in ann.questions] == ["ann", "wrong"]
    assert [one.id for one in joe.questions] == ["joe"]
    assert [one.text for one in (*ann.observations, *joe.observations)] == ["Ann is told of.", "Joe is told of."]


def test_what_one_side_said_the_other_did_not() -> None:
    ann, joe = sides(dialogue())
    assert customer_turns(ann) == {"1", "3"}
    assert customer_turns(joe) == {"2"}
    assert [turn.text for turn in joe.turns()] == ["1", "2", "3"]


def test_a_machine_has_no_memories_made_of_it() -> None:
    (only,) = sides(dialogue(by_machine=True))
    assert only.customer == "Ann"
