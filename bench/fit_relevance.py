"""Fits and checks the weights of `regulars.recall.weights`.

    .venv/bin/python -m bench.fit_relevance --locomo locomo.json --beam beam_folder

Prints, for communications and for observations, recall of each dialogue ranked with weights that were fitted on all the
others, how calibrated those scores are, and the weights fitted on all, to be copied by hand. The data are not part of
this repository.

Each dialogue is also cut into profiles of a single conversation, asked what it answers and as many questions that it
does not: a score has to mean the same where little is known.

The order of hits is fitted first: weights that make the relevant memories of a question the likeliest in a softmax over
the profile (ListNet, Cao et al. 2007). Then four numbers turn strength into a probability (logistic regression over all
pairs of question and memory). A dialogue of BEAM has few questions, so each counts three times in the order.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from regulars.ai.local_embedder import LocalEmbedder
from regulars.cli.quality.datasets import READERS
from regulars.cli.quality.datasets.form import Dialogue, Question, Turn
from regulars.domain.transcripts import in_context
from regulars.recall.dense import Vector
from regulars.recall.features import Features, Query, features
from regulars.recall.relevance import Calibration, Weights, crowd, probability
from regulars.recall.snapshot import Kind, Memory, Snapshot

Floats = NDArray[np.float64]
CUTS = (5, 10, 20)
RIDGE = 1e-3
BEAM_COUNTS = 3
UNUSED = {"observation": ("cosine_before", "cosine_after", "speaker", "question", "length_beyond", "opening")}
"""Nobody speaks in observations, and none is beside another."""


@dataclass(frozen=True)
class Asked:
    """One question before one profile. A row of `values` for each memory, in the order of `Weights`."""

    dataset: str
    question: Question
    values: Floats
    relevant: Floats
    cites: list[frozenset[str]]
    is_small: bool = False
    """Of a profile that is only a part of the dialogue."""

    @property
    def counts(self) -> bool:
        return self.question.answerable and bool(self.relevant.any())

    def found(self, order: Sequence[int]) -> list[float]:
        """The share of the evidence among the first 5, 10 and 20."""
        evidence = self.question.evidence
        return [
            len(evidence & frozenset().union(*(self.cites[row] for row in order[:cut]))) / len(evidence) for cut in CUTS
        ]


@dataclass(frozen=True)
class Item:
    memory: Memory
    cites: frozenset[str]


def memory(
    number: int, kind: Kind, text: str, session: str, turn: Turn | None, at: datetime, position: int, vector: Vector
) -> Memory:
    return Memory(
        memory_id=f"{number:08d}",
        kind=kind,
        content=text,
        source=None,
        occurred_at=at,
        created_at=at,
        updated_at=at,
        conversation_ids=(session,),
        vector=vector,
        speaker=turn.speaker if turn else "",
        by_customer=turn.by_customer if turn else False,
        position=position,
    )


async def said(dialogue: Dialogue, embedder: LocalEmbedder) -> list[Item]:
    texts = [
        in_context(turn.speaker, turn.text, (before.speaker, before.text) if before else None)
        for session in dialogue.sessions
        for before, turn in zip((None, *session.turns), session.turns, strict=False)
    ]
    vectors = iter(await embedder.embed(texts, kind="document"))
    found: list[Item] = []
    for session in dialogue.sessions:
        for position, turn in enumerate(session.turns, 1):
            made = memory(len(found), "communication", turn.text, session.id, turn, turn.at, position, next(vectors))
            found.append(Item(made, frozenset({turn.id})))
    return found


async def known(dialogue: Dialogue, embedder: LocalEmbedder) -> list[Item]:
    gold = dialogue.observations
    vectors = await embedder.embed([one.text for one in gold], kind="document")
    return [
        Item(memory(number, "observation", one.text, one.session, None, one.at, 0, vector), one.cites)
        for number, (one, vector) in enumerate(zip(gold, vectors, strict=True))
    ]


async def asked(dataset: str, kind: Kind, dialogue: Dialogue, embedder: LocalEmbedder) -> list[Asked]:
    items = await (said if kind == "communication" else known)(dialogue, embedder)
    vectors = await embedder.embed([question.text for question in dialogue.questions], kind="query")
    pairs = list(zip(dialogue.questions, vectors, strict=True))
    found = list(ask(dataset, kind, items, pairs))
    for number, session in enumerate(dialogue.sessions):
        part = [item for item in items if item.memory.conversation_ids == (session.id,)]
        turns = frozenset[str]().union(*(item.cites for item in part))
        answered = [pair for pair in pairs if pair[0].evidence & turns]
        others = [pair for pair in pairs if not pair[0].evidence & turns]
        if part and answered:
            step = max(len(others) // len(answered), 1)
            found += ask(dataset, kind, part, [*answered, *others[number % step :: step][: len(answered)]], small=True)
    return found


def ask(
    dataset: str, kind: Kind, items: list[Item], pairs: Sequence[tuple[Question, Vector]], *, small: bool = False
) -> Iterator[Asked]:
    dimensions = len(pairs[0][1]) if pairs else 1
    view = Snapshot.empty(dimensions, (kind,)).updated([item.memory for item in items], 1).view(kind)
    cites = [item.cites for item in items]
    for question, vector in pairs:
        yield Asked(
            dataset=dataset,
            question=question,
            values=np.column_stack(features(view, Query.of(question.text, vector))[0]),
            relevant=np.array([bool(turns & question.evidence) for turns in cites], dtype=np.float64),
            cites=cites,
            is_small=small,
        )


def fit_order(chosen: list[Asked], unused: Sequence[str]) -> Weights:
    """Minimises the cross-entropy of the softmax over each profile, with a small ridge."""
    chosen = [
        one
        for one in chosen
        if one.counts and not one.is_small
        for _ in range(BEAM_COUNTS if one.dataset == "beam" else 1)
    ]
    use = [name not in unused for name in Features._fields]
    values = np.concatenate([one.values[:, use] for one in chosen])
    target = np.concatenate([one.relevant / one.relevant.sum() for one in chosen])
    ends = np.cumsum([len(one.relevant) for one in chosen])
    starts = np.concatenate(([0], ends[:-1]))
    sizes = np.diff(np.concatenate(([0], ends)))

    def loss(weights: Floats) -> tuple[float, Floats]:
        strength = values @ weights
        strength -= np.repeat(np.maximum.reduceat(strength, starts), sizes)
        likely = np.exp(strength)
        total = np.repeat(np.add.reduceat(likely, starts), sizes)
        entropy = -(target * (strength - np.log(total))).sum() / len(chosen)
        slope = values.T @ (likely / total - target) / len(chosen)
        return entropy + RIDGE * weights @ weights, slope + 2 * RIDGE * weights

    found = np.zeros(len(use))
    found[use] = minimize(loss, np.zeros(sum(use)), jac=True, method="L-BFGS-B").x
    return Weights(*(round(float(weight), 2) for weight in found))


def fit_probability(chosen: list[Asked], weights: Weights) -> Calibration:
    """Of every strength that chance may bring, the one under which all profiles, large and small, are the likeliest."""
    chosen = [one for one in chosen if one.question.answerable or not one.question.evidence]
    strengths = [one.values @ np.array(weights) for one in chosen]
    relevant = np.concatenate([one.relevant for one in chosen])
    tried = [fit_competition(strengths, relevant, chance) for chance in np.arange(0.0, 13.0)]
    return min(tried)[1]


def fit_competition(strengths: list[Floats], relevant: Floats, chance: float) -> tuple[float, Calibration]:
    """The loss, and the numbers with which it is the least."""
    rivals = [crowd(s, np.ones(len(s), dtype=np.bool_), chance) for s in strengths]
    x = np.concatenate(
        [np.column_stack((np.ones(len(s)), s, np.full(len(s), r))) for s, r in zip(strengths, rivals, strict=True)]
    )

    def loss(numbers: Floats) -> tuple[float, Floats]:
        logit = x @ numbers
        slope = x.T @ (1 / (1 + np.exp(-logit)) - relevant) / len(relevant)
        return float((np.logaddexp(0, logit) - relevant * logit).mean()), slope

    found = minimize(loss, np.array([-1.0, 1.0, -1.0]), jac=True, method="L-BFGS-B")
    return float(found.fun), Calibration(*(round(float(number), 3) for number in (*found.x, chance)))


def scored(one: Asked, weights: Weights, calibration: Calibration) -> tuple[list[int], Floats]:
    """The best twenty, and their scores."""
    strength = one.values @ np.array(weights)
    rivals = crowd(strength, np.ones(len(strength), dtype=np.bool_), calibration.chance)
    order = np.argsort(-strength, kind="stable")[: max(CUTS)].tolist()
    return order, np.array([probability(calibration, float(strength[row]), rivals) for row in order])


def calibration_error(scores: Floats, relevant: Floats, bins: int = 10) -> float:
    bin_of = np.minimum((scores * bins).astype(int), bins - 1)
    return sum(
        float(inside.mean()) * abs(float(scores[inside].mean() - relevant[inside].mean()))
        for number in range(bins)
        if (inside := bin_of == number).any()
    )


def check(folds: list[list[Asked]], unused: Sequence[str]) -> None:
    """Each dialogue with what was fitted on the others."""
    found: dict[str, list[list[float]]] = {}
    scores: dict[str, list[tuple[Floats, Floats]]] = {}
    for number, held_out in enumerate(folds):
        others = [one for other, fold in enumerate(folds) if other != number for one in fold]
        weights = fit_order(others, unused)
        calibration = fit_probability(others, weights)
        for one in held_out:
            if not one.question.answerable or not one.question.evidence:
                continue
            order, likely = scored(one, weights, calibration)
            for name in () if one.is_small else (one.dataset, f"{one.dataset} {one.question.category}"):
                found.setdefault(name, []).append(one.found(order))
            profile = f"{one.dataset}, one conversation" if one.is_small else one.dataset
            scores.setdefault(profile, []).append((likely, one.relevant[order]))
    for name, shares in sorted(found.items()):
        print(f"  {name:<36}" + "".join(f"{100 * share:>8.1f}" for share in np.mean(shares, 0)) + f"{len(shares):>7}")
    for name, pairs in scores.items():
        likely, relevant = (np.concatenate(part) for part in zip(*pairs, strict=True))
        print(f"  {name}: expected calibration error {calibration_error(likely, relevant):.3f}")
        for low in np.arange(0, 1, 0.1):
            inside = (likely >= low) & (likely < low + 0.1)
            if inside.any():
                print(f"    {likely[inside].mean():.2f} held for {relevant[inside].mean():.2f} of {inside.sum()}")


async def main(arguments: argparse.Namespace) -> None:
    embedder = LocalEmbedder()
    embedder.load()
    read = {
        name: [dialogue for part in READERS[name](path) for dialogue in part.dialogues]
        for name, path in (("locomo", arguments.locomo), ("beam", arguments.beam))
        if path is not None
    }
    for kind in ("communication", "observation"):
        unused = UNUSED.get(kind, ())
        folds = [
            await asked(name, kind, dialogue, embedder)
            for name, dialogues in read.items()
            for dialogue in dialogues
            if kind == "communication" or dialogue.observations
        ]
        print(f"\n{kind}: R@5, R@10, R@20 and questions, each dialogue with weights of the others")
        check(folds, unused)
        everything = [one for fold in folds for one in fold]
        weights = fit_order(everything, unused)
        print(weights, fit_probability(everything, weights), sep="\n")
    embedder.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fits and checks the weights of relevance.")
    parser.add_argument("--locomo", type=Path, help="a LoCoMo file")
    parser.add_argument("--beam", type=Path, help="a folder of BEAM chats")
    asyncio.run(main(parser.parse_args()))
