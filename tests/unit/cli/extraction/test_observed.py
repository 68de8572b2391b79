"""Figures counted by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars.cli.extraction.observed import Corpus, Observed, observed, shares, worth
from regulars.cli.quality.corpus import Item
from regulars.cli.quality.datasets.form import Dialogue, Question, Session, Turn
from regulars.cli.quality.ingest import Known
from regulars.cli.quality.metrics import Hit

AT = datetime(2026, 3, 1, tzinfo=UTC)


def question(evidence: str, *, answerable: bool = True) -> Question:
    return Question(id=evidence, category="c", text="?", evidence=frozenset(evidence), answerable=answerable)


def dialogue(*questions: Question) -> Dialogue:
    turns = tuple(
        Turn(id=id_, speaker="Ann", by_customer=id_.islower(), text="Hello", at=AT) for id_ in ("a", "b", "c", "d", "E")
    )
    return Dialogue(
        name="d", customer="Ann", partner="Joe", sessions=(Session(id="s", at=AT, turns=turns),), questions=questions
    )


def item(cites: str, text: str = "1234567890") -> Item:
    return Item(turns=frozenset(cites), session="s", at=AT, text=text, told=text)


def resource(**changed: Any) -> dict[str, Any]:
    return {"id": "o1", "content": "Ann has a dog.", "occurredAt": "2026-03-01T00:00:00Z", **changed}


def known() -> Known:
    hits = {f"comm_{turn}": Hit(turns=frozenset(turn), session=f"s{turn}") for turn in "ab"}
    return Known(dialogue(), "profile", hits=hits)


def made(text: str, by: str = "rules", *flags: str) -> Observed:
    return Observed(id="o", text=text, cites=frozenset(), session="", at="", by=by, confidence=None, flags=flags)


def test_coverage_counts_questions_and_evidence_counts_turns() -> None:
    corpus = Corpus(dialogue(question("ab"), question("a"), question("cd"), question("E", answerable=False)), [])
    filled = Corpus(corpus.dialogue, [item("a"), item("ac"), item("", "12345")])
    found = worth([filled])
    assert (found.items, found.per_100_turns) == (3, 75)
    assert found.cited == 2 / 3
    assert found.coverage == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert found.evidence == 2 / 4
    assert found.chars == pytest.approx(25 / 3)


def test_customers_are_counted_together_and_their_turns_apart() -> None:
    one = dialogue(question("a"))
    found = worth([Corpus(one, [item("a")]), Corpus(one, [])])
    assert (found.items, found.per_100_turns, found.coverage, found.evidence) == (1, 12.5, 0.5, 0.5)


def test_of_nothing_there_is_nothing_to_say() -> None:
    found = worth([Corpus(dialogue(), [])])
    assert (found.items, found.cited, found.coverage, found.evidence) == (0, 0, None, None)
    assert shares([]) == {}


def test_an_observation_stands_for_the_turns_of_its_communications() -> None:
    found = observed(known(), resource(communicationIds=["comm_b", "comm_a", "elsewhere"], flags=["INSTRUCTION"]))
    assert (found.cites, found.session) == ({"a", "b"}, "sb")
    assert (found.flags, found.by) == (("INSTRUCTION",), "")
    assert observed(known(), resource()).cites == frozenset()


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ('Ann said: "no more kettles"', True),
        ("Ann said: „Bitte keine Werbung mehr“", True),
        ('顾客说: "我对花生过敏"', True),
        ("顾客说: “我对花生过敏”", True),
        ('Ann reads "Moby Dick".', False),
        ('顾客在看"三体"', False),
        ('Ann\'s rug is 2" thick and 3" wide.', False),
    ],
)
def test_names_in_marks_are_no_quotations(text: str, quotes: bool) -> None:
    assert made(text).quotes is quotes


def test_shares_are_of_all_observations() -> None:
    found = shares(
        [
            made('Ann said: "no more of these kettles"'),
            made('Ann reads "Moby Dick".'),
            made("Ann's dog is ill.", "openai:x", "INSTRUCTION"),
            made("Ann's rug is 2\" thick."),
        ]
    )
    assert found == {"quoting": 0.25, "flagged INSTRUCTION": 0.25, "by rules": 0.75, "by openai:x": 0.25}
