"""What a measurement of extraction says, as JSON: every figure, every observation, and what nothing was made of."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from regulars.cli.extraction.measure import EXTRACTED, OURS, Measured, system
from regulars.cli.extraction.observed import Corpus, Observed, shares, worth
from regulars.cli.quality.export import flat_figures
from regulars.cli.quality.metrics import percentile
from regulars.cli.quality.tables import groups

Json = dict[str, Any]


def exported(measured: Measured, head: Mapping[str, str]) -> Json:
    made = [one for its in measured.made.values() for one in its]
    return {
        "dataset": measured.dataset.name,
        "header": dict(head),
        "bytes": measured.dataset.size,
        "sha256": measured.dataset.sha256,
        "conversations": measured.conversations,
        "turns": measured.turns,
        "ingest_s": measured.ingest_s,
        "extract_s": measured.extract_s,
        "vectors_s": measured.vectors_s,
        "recall_ms": {f"p{percent}": 1000 * percentile(measured.recall_s, percent) for percent in (50, 99)},
        "worth": {form: asdict(worth(corpora)) for form, corpora in measured.corpora.items()},
        "shares": dict(shares(made)),
        "figures": flat_figures(measured.systems, groups(measured.systems, measured.dataset.categories)),
        "observations": {name: [_observation(one) for one in its] for name, its in measured.made.items()},
        "uncited": list(_uncited(measured.corpora[EXTRACTED])),
        "questions": list(_questions(measured)),
    }


def _observation(one: Observed) -> Json:
    return {
        "content": one.text,
        "cites": sorted(one.cites),
        "occurredAt": one.at,
        "confidence": one.confidence,
        "flags": list(one.flags),
        "extractedBy": one.by,
    }


def _uncited(corpora: Sequence[Corpus]) -> Iterator[Json]:
    """Turns that questions with an answer need and no observation cites, the most wanted first."""
    for corpus in corpora:
        wanted = Counter(turn for one in corpus.dialogue.questions if one.answerable for turn in one.evidence)
        texts = {turn.id: turn.text for turn in corpus.dialogue.turns()}
        cited = corpus.turns()
        for turn, questions in wanted.most_common():
            if turn not in cited:
                yield {"dialogue": corpus.dialogue.name, "turn": turn, "text": texts[turn], "questions": questions}


def _questions(measured: Measured) -> Iterator[Json]:
    """`ranks` by system and turn, null for what was not found."""
    for number, outcome in enumerate(measured.systems[system(OURS, EXTRACTED)]):
        question = outcome.question
        yield {
            "id": question.id,
            "category": question.category,
            "question": question.text,
            "answerable": question.answerable,
            "evidence": sorted(question.evidence),
            "ranks": {name: outcomes[number].ranks() for name, outcomes in measured.systems.items()},
            "hits": [{"turns": sorted(hit.turns), "score": hit.score} for hit in outcome.hits],
        }
