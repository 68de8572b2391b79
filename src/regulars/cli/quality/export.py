"""What a measurement says, as JSON: every figure, and every question with the ranks of its evidence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from regulars.cli.quality.calibration import calibration, threshold_curve
from regulars.cli.quality.measure import INFERRED, OURS, Measured
from regulars.cli.quality.metrics import Figures, Outcome, percentile
from regulars.cli.quality.tables import Systems, by_script, figures_of, groups, of_ours

Json = dict[str, Any]


def exported(measured: Measured, head: Mapping[str, str]) -> Json:
    scored = {system: measured.systems[system] for system in (OURS, INFERRED) if system in measured.systems}
    return {
        "dataset": measured.dataset.name,
        "mode": measured.mode,
        "header": dict(head),
        "bytes": measured.dataset.size,
        "sha256": measured.dataset.sha256,
        "ingest_s": measured.ingest_s,
        "vectors_s": measured.vectors_s,
        "recall_ms": {f"p{percent}": 1000 * percentile(measured.recall_s, percent) for percent in (50, 99)},
        "figures": flat_figures(measured.systems, groups(measured.systems, measured.dataset.categories)),
        "scripts": flat_figures(of_ours(measured), by_script(measured)),
        "calibration": {system: _calibration(outcomes) for system, outcomes in scored.items()},
        "thresholds": {
            system: [asdict(one) for one in threshold_curve(outcomes)] for system, outcomes in scored.items()
        },
        "questions": list(_questions(measured)),
    }


def flat_figures(systems: Systems, numbers: Mapping[str, Sequence[int]]) -> Json:
    return {
        group: {system: _flat(found) for system, found in figures_of(systems, of_it)}
        for group, of_it in numbers.items()
    }


def _flat(found: Figures) -> Json:
    recall = {f"recall@{cut}": share for cut, share in found.recall.items()}
    return {"questions": found.questions, **recall, "mrr": found.mrr, "session_any@5": found.session_any}


def _calibration(outcomes: Sequence[Outcome]) -> Json:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    measured = {
        "answerable": calibration(answerable),
        "answerable, first 20": calibration(answerable, cut=20),
        "all": calibration(outcomes),
    }
    return {name: None if found is None else asdict(found) for name, found in measured.items()}


def _questions(measured: Measured) -> Iterator[Json]:
    """`ranks` by system and turn, null for what was not found; `hits` are ours, best first."""
    for number, outcome in enumerate(measured.systems[OURS]):
        question = outcome.question
        yield {
            "id": question.id,
            "category": question.category,
            "question": question.text,
            "answerable": question.answerable,
            "evidence": sorted(question.evidence),
            "ranks": {system: outcomes[number].ranks() for system, outcomes in measured.systems.items()},
            "hits": [{"turns": sorted(hit.turns), "score": hit.score} for hit in outcome.hits],
            **({"script": measured.scripts[number]} if measured.scripts else {}),
        }
