"""The suite of reconciliation: what it promises, with the default embedder and with one that knows no meaning."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from regulars.ai.hashing import HashingEmbedder
from regulars.cli.main import app
from regulars.cli.reconciliation.suite import SETS, WAYS, figures, judge, read_cases, wrongly_revised

Rows = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Rows:
    """As the command writes them, by set and by whose attributes."""
    path = tmp_path_factory.mktemp("reconciliation") / "figures.json"
    shown = CliRunner().invoke(app, ["bench", "reconciliation", "--misses", "--json", str(path)])
    assert shown.exit_code == 0, shown.output
    assert "cases, rules: 0 unrelated facts revised" in shown.output
    return {(row["set"], row["attributes"]): row for row in json.loads(path.read_text())}


def test_the_suite_is_large_and_touches_every_decision() -> None:
    cases = read_cases("cases")
    assert len(cases) >= 150
    assert len(read_cases("held_out")) >= 40
    expected = [one.decision for case in cases for one in case.statements[1:]]
    assert min(expected.count(decision) for decision in ("add", "revise", "discard")) >= 50


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_unrelated_is_revised_and_nothing_new_discarded(rows, name, way) -> None:
    row = rows[name, way]
    assert row["unrelated_facts_revised"] == 0
    assert row["discard"]["precision"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_changes_revise_and_repetitions_are_discarded(rows, way) -> None:
    assert rows["cases", way]["revise"]["recall"] >= 0.95
    assert rows["cases", way]["discard"]["recall"] >= 0.9
    assert rows["held_out", way]["revise"]["recall"] >= 0.85
    assert rows["held_out", way]["discard"]["recall"] >= 0.7


@pytest.mark.parametrize("name", SETS)
def test_without_meaning_everything_is_still_right_and_changes_are_seen(name) -> None:
    for verdicts in asyncio.run(judge(read_cases(name), HashingEmbedder())).values():
        assert wrongly_revised(verdicts) == []
        assert figures(verdicts)["discard"].precision == 1
        assert figures(verdicts)["revise"].recall >= 0.85


def test_a_first_statement_counts_for_nothing() -> None:
    [verdicts, _] = asyncio.run(judge(read_cases("cases"), HashingEmbedder())).values()
    counted = sum(one.expected for one in figures(verdicts).values())
    assert counted == sum(not one.is_first for one in verdicts) < len(verdicts)
