"""Fits the weights of `regulars.recall.relevance`: `.venv/bin/python bench/fit_relevance.py path/to/locomo.json`.

Prints recall of the parts and of the fusion, each conversation ranked with weights fitted on the others; how calibrated
those scores are; and the weights fitted on all, to be copied by hand. The data are not part of this repository.

A memory is relevant to a question when it cites a turn of the question's evidence. Recall counts turns, so that two
memories that cite the same turn are one find.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regulars.ai.local_embedder import LocalEmbedder
from regulars.recall.features import Signals, signals
from regulars.recall.relevance import sameness, saturated
from regulars.recall.snapshot import Memory, Snapshot

Floats = NDArray[np.float64]
CUTS = (5, 10, 20)
RIDGE = 1e-3
ADVERSARIAL = 5
FEATURES: dict[str, Callable[[Signals], list[Floats]]] = {
    "with vector": lambda s: [saturated(s.bm25), saturated(s.neighbour), s.cosine],
    "words only": lambda s: [saturated(s.bm25), saturated(s.neighbour)],
}


@dataclass(frozen=True)
class Question:
    conversation: int
    category: int
    evidence: set[str]
    cited: list[set[str]]
    signals: Signals

    @property
    def relevant(self) -> Floats:
        return np.array([bool(turns & self.evidence) for turns in self.cited], dtype=np.float64)

    def found(self, scores: Floats) -> list[float]:
        """The share of the evidence among the first 5, 10 and 20."""
        order = np.argsort(-scores, kind="stable")
        return [
            len(self.evidence & set().union(*(self.cited[row] for row in order[:cut]))) / len(self.evidence)
            for cut in CUTS
        ]


def turn_ids(*texts: str) -> set[str]:
    return {f"D{int(session)}:{int(turn)}" for text in texts for session, turn in re.findall(r"D(\d+):(\d+)", text)}


def observations(sample: dict) -> Iterator[tuple[str, set[str], str, datetime]]:
    for key, by_speaker in sample["observation"].items():
        session = key.removesuffix("_observation")
        said = re.search(r"\d+ \w+,? \d{4}", sample["conversation"][f"{session}_date_time"])[0].replace(",", "")
        at = datetime.strptime(said, "%d %B %Y").replace(tzinfo=UTC)
        for items in by_speaker.values():
            for text, cites in items:
                yield text, turn_ids(*([cites] if isinstance(cites, str) else cites)), session, at


def snapshot(texts: list[tuple[str, set[str], str, datetime]], vectors: NDArray[np.float32]) -> Snapshot:
    memories = [
        Memory(
            memory_id=f"{row:06d}",
            kind="observation",
            content=text,
            source=None,
            occurred_at=at,
            created_at=at,
            updated_at=at,
            conversation_ids=(session,),
            vector=vector,
        )
        for row, ((text, _, session, at), vector) in enumerate(zip(texts, vectors, strict=True))
    ]
    return Snapshot.empty(vectors.shape[1]).updated(memories, 1)


async def questions(number: int, sample: dict, embedder: LocalEmbedder) -> list[Question]:
    texts = list(observations(sample))
    view = snapshot(texts, await embedder.embed([text for text, *_ in texts], kind="document")).view("observation")
    transcript = sample["conversation"].items()
    turns = {turn["dia_id"] for key, said in transcript if re.fullmatch(r"session_\d+", key) for turn in said}
    asked = [(qa, turn_ids(*qa["evidence"]) & turns) for qa in sample["qa"] if qa["category"] != ADVERSARIAL]
    asked = [(qa, evidence) for qa, evidence in asked if evidence]
    vectors = await embedder.embed([qa["question"] for qa, _ in asked], kind="query")
    cited = [cites for _, cites, *_ in texts]
    return [
        Question(
            conversation=number,
            category=qa["category"],
            evidence=evidence,
            cited=cited,
            signals=signals(view, text=qa["question"], vector=vector, alive=view.alive()),
        )
        for (qa, evidence), vector in zip(asked, vectors, strict=True)
    ]


def fit(x: Floats, y: Floats, offset: Floats) -> Floats:
    """Logistic regression by Newton's method; weights that would fall below 0 are held at 0. The bias comes first."""
    x = np.column_stack((np.ones(len(x)), x))
    weights, free = np.zeros(x.shape[1]), np.ones(x.shape[1], dtype=bool)
    while True:
        part = x[:, free]
        for _ in range(50):
            p = 1 / (1 + np.exp(-(part @ weights[free] + offset)))
            hessian = (part * (p * (1 - p))[:, None]).T @ part + RIDGE * np.eye(part.shape[1])
            step = np.linalg.solve(hessian, part.T @ (p - y) + RIDGE * weights[free])
            weights[free] -= step
            if np.abs(step).max() < 1e-9:
                break
        below = free & (weights < 0)
        below[0] = False
        if not below.any():
            return weights
        free &= ~below
        weights[below] = 0


def fit_questions(features: Callable[[Signals], list[Floats]], chosen: list[Question]) -> Floats:
    x = np.concatenate([np.column_stack(features(q.signals)) for q in chosen])
    return fit(x, np.concatenate([q.relevant for q in chosen]), np.concatenate([offset(features, q) for q in chosen]))


def offset(features: Callable[[Signals], list[Floats]], question: Question) -> Floats:
    """What `relevance` adds for sameness; words alone know of no cosine."""
    s = question.signals
    if len(features(s)) == len(FEATURES["words only"](s)):
        s = Signals(bm25=s.bm25, overlap=s.overlap, neighbour=s.neighbour, cosine=s.cosine * 0, has_vector=s.has_vector)
    return sameness(s)


def logits(features: Callable[[Signals], list[Floats]], weights: Floats, question: Question) -> Floats:
    x = np.column_stack(features(question.signals))
    return weights[0] + x @ weights[1:] + offset(features, question)


def unit(values: Floats) -> Floats:
    return (values - values.min()) / (np.ptp(values) or 1.0)


def report(name: str, asked: list[Question], scores: list[Floats]) -> None:
    found = np.array([q.found(s) for q, s in zip(asked, scores, strict=True)]) * 100
    print(f"{name:<24}" + "".join(f"{value:>8.1f}" for value in found.mean(axis=0)))


def calibration(asked: list[Question], scores: list[Floats]) -> None:
    p = 1 / (1 + np.exp(-np.concatenate(scores)))
    y = np.concatenate([q.relevant for q in asked])
    print(f"log loss {-np.log(np.where(y > 0, p, 1 - p)).mean():.5f}\n   bin            pairs  predicted  observed")
    edges = [0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001]
    for low, high in pairwise(edges):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(f"{low:>6.2f}-{high:<6.2f}{inside.sum():>10}{p[inside].mean():>11.3f}{y[inside].mean():>10.3f}")


def main(path: Path) -> None:
    embedder = LocalEmbedder()
    embedder.load()
    samples = json.loads(path.read_text())
    asked = [q for n, sample in enumerate(samples) for q in asyncio.run(questions(n, sample, embedder))]
    embedder.close()
    print(f"{len(asked)} questions\n{'':<24}" + "".join(f"{f'R@{cut}':>8}" for cut in CUTS))
    report("BM25", asked, [q.signals.bm25 for q in asked])
    report("vectors", asked, [q.signals.cosine for q in asked])
    report("min-max .4/.6", asked, [0.4 * unit(q.signals.bm25) + 0.6 * unit(q.signals.cosine) for q in asked])
    for name, features in FEATURES.items():
        held_out = {
            number: fit_questions(features, [q for q in asked if q.conversation != number])
            for number in range(len(samples))
        }
        scores = [logits(features, held_out[q.conversation], q) for q in asked]
        report(f"fusion, {name}", asked, scores)
        calibration(asked, scores)
        print("weights fitted on all:", fit_questions(features, asked).round(2).tolist())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
