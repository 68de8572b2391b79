"""Fits and checks the weights of `regulars.ai.rules.salience`.

    .venv/bin/python -m bench.fit_salience --locomo locomo.json --support threads.jsonl

Of LoCoMo every sentence counts: those on which a gold observation or the answer to a question rests are worth keeping.
Of support threads the few that `salience_labels.txt` judges (thread, message and sentence, counted from 0, then 1 for
worth keeping); with them the sentences of `salience_examples.txt`, which the project wrote. The data are not part of
this repository.

The weights for personal talk and those for talk with a service are fitted together and pulled towards each other. Each
dialogue, and each fifth thread, is checked with weights of the others; then the weights of all are printed, to be
copied by hand. Their biases are lowered so that 0 is where a sentence begins to be kept: `--turns` is the share of the
turns of personal talk of which something is kept, `--cut` the logit in service talk.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from regulars.ai.rules import phrasing, salience, sentences
from regulars.ai.rules.salience import Features, Place
from regulars.cli.quality.datasets import READERS
from regulars.cli.quality.datasets.form import Dialogue, Session
from regulars.recall.languages import ENGLISH, function_stems
from regulars.recall.lexical import terms

Floats = NDArray[np.float64]
FOLDS = 5
LABEL_COUNTS = 8.0
"""A judged sentence counts for as many of LoCoMo, of which there are thousands."""
RIDGE = 2e-4
APART = 2e-4
"""The ridge on the difference of the two tables."""
WORDS_IN_COMMON = 2
HERE = Path(__file__).parent
SMALL = function_stems(ENGLISH)


@dataclass(frozen=True)
class Row:
    """One sentence. `turn` is what it was said in; `fold` decides by which weights it is checked."""

    values: Features
    personal: float
    kept: float
    fold: int
    turn: tuple[int, str]
    counts: float = 1.0


def asks(before: str | None) -> bool:
    return before is not None and "?" in before


def row(text: str, place: Place, kept: float, fold: int, turn: tuple[int, str], counts: float = 1.0) -> Row:
    return Row(salience.features(phrasing.trimmed(text), place), place.personal, kept, fold, turn, counts)


def locomo(path: Path) -> Iterator[Row]:
    dialogues = [dialogue for part in READERS["locomo"](path) for dialogue in part.dialogues]
    for number, dialogue in enumerate(dialogues):
        wanted = telling(dialogue)
        for session in dialogue.sessions:
            yield from of_session(number, session, wanted)


def telling(dialogue: Dialogue) -> dict[str, list[set[str]]]:
    """The words of what rests on each turn. The answers of the questions are in the evidence itself."""
    names = content(f"{dialogue.customer} {dialogue.partner}")
    found: dict[str, list[set[str]]] = {}
    cited = [(one.text, one.cites) for one in dialogue.observations]
    cited += [(one.text, one.evidence) for one in dialogue.questions if one.answerable]
    for text, turns in cited:
        for turn in turns:
            found.setdefault(turn, []).append(content(text) - names)
    return found


def content(text: str) -> set[str]:
    return set(terms(text)) - SMALL


def of_session(number: int, session: Session, wanted: dict[str, list[set[str]]]) -> Iterator[Row]:
    personal = salience.personal(turn.text for turn in session.turns)
    for before, turn in zip((None, *session.turns), session.turns, strict=False):
        said = sentences.split(sentences.clean(turn.text))
        place = Place(
            answers=before is not None and before.speaker != turn.speaker and asks(before.text), personal=personal
        )
        chosen = {index for words in wanted.get(turn.id, ()) for index in meant(said, words)}
        for index, text in enumerate(said):
            yield row(text, place, float(index in chosen), number, (number, turn.id))


def meant(said: list[str], words: set[str]) -> Iterator[int]:
    """The sentences that share enough words with what rests on them; else the one that shares the most."""
    shared = [len(content(text) & words) for text in said]
    enough = [index for index, count in enumerate(shared) if count >= WORDS_IN_COMMON]
    if enough or not said:
        yield from enough
    else:
        yield max(range(len(said)), key=lambda index: (shared[index], len(said[index])))


def support(path: Path) -> Iterator[Row]:
    threads = [json.loads(line)["messages"] for line in path.read_text().splitlines()]
    for line in (HERE / "salience_labels.txt").read_text().splitlines():
        thread, message, sentence, kept = map(int, line.split())
        messages: list[dict[str, Any]] = threads[thread]
        before = messages[message - 1] if message else None
        place = Place(
            answers=before is not None and not before["customer"] and asks(before["text"]),
            personal=salience.personal(one["text"] for one in messages),
        )
        text = sentences.split(sentences.clean(messages[message]["text"]))[sentence]
        yield row(text, place, kept, thread % FOLDS, (-1, f"{thread}/{message}/{sentence}"), LABEL_COUNTS)
    for number, line in enumerate((HERE / "salience_examples.txt").read_text().splitlines()):
        yield row(line[2:], Place(), float(line[0] == "+"), number % FOLDS, (-2, str(number)), LABEL_COUNTS)


def wide(rows: list[Row]) -> Floats:
    values = np.array([one.values for one in rows], dtype=np.float64)
    personal = np.array([[one.personal] for one in rows])
    return np.hstack([values * personal, values * (1 - personal)])


def fit(rows: list[Row]) -> Floats:
    """Both tables, one after the other: the likeliest, with a ridge on each but its bias and on their difference."""
    x, size = wide(rows), len(Features._fields)
    kept, counts = np.array([one.kept for one in rows]), np.array([one.counts for one in rows])
    counts /= counts.sum()
    free = np.array([name != "bias" for name in Features._fields], dtype=np.float64)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit, (one, other) = x @ weights, np.split(weights, 2)
        apart = free * (one - other)
        both = np.tile(free, 2) * weights
        slope = x.T @ (counts * (1 / (1 + np.exp(-logit)) - kept))
        slope += 2 * RIDGE * both + 2 * APART * np.concatenate([apart, -apart])
        entropy = (counts * (np.logaddexp(0, logit) - kept * logit)).sum()
        return float(entropy + RIDGE * both @ both + APART * apart @ apart), slope

    return minimize(loss, np.zeros(2 * size), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def checked(rows: list[Row]) -> Floats:
    """The logit of each with weights of the other folds."""
    found = np.zeros(len(rows))
    for fold in range(FOLDS):
        inside = np.array([one.fold == fold for one in rows])
        weights = fit([one for one in rows if one.fold != fold])
        found[inside] = wide([one for one in rows if one.fold == fold]) @ weights
    return found


def ranked_well(logits: Floats, kept: Floats) -> float:
    """How often one that is worth keeping stands before one that is not."""
    ranks = np.argsort(np.argsort(logits))
    good = kept > 0
    return float((ranks[good].mean() - (good.sum() - 1) / 2) / (~good).sum())


def turns_cut(rows: list[Row], logits: Floats, share: float) -> tuple[float, float]:
    """The logit above which that share of turns has a sentence, and how many of the telling turns are among them."""
    best: dict[tuple[int, str], float] = {}
    telling: set[tuple[int, str]] = set()
    for one, logit in zip(rows, logits, strict=True):
        best[one.turn] = max(best.get(one.turn, -np.inf), logit)
        if one.kept:
            telling.add(one.turn)
    cut = float(np.quantile(list(best.values()), 1 - share))
    return cut, sum(best[turn] > cut for turn in telling) / len(telling)


def report(name: str, rows: list[Row], logits: Floats, cut: float) -> None:
    kept = np.array([one.kept for one in rows])
    above = logits > cut
    print(
        f"{name:<22}{len(rows):>7}{kept.mean():>9.2f}{ranked_well(logits, kept):>9.3f}"
        f"{above.mean():>9.2f}{kept[above].mean():>11.2f}{kept[above].sum() / kept.sum():>9.2f}"
    )


def table(name: str, weights: Floats) -> None:
    print(f"{name}: Final = Features(")
    for field, weight in zip(Features._fields, weights, strict=True):
        print(f"    {field}={weight:.2f},")
    print(")")


def main(arguments: argparse.Namespace) -> None:
    talk, judged = list(locomo(arguments.locomo)), list(support(arguments.support))
    rows = [*talk, *judged]
    logits = checked(rows)
    personal_cut, covered = turns_cut(talk, logits[: len(talk)], arguments.turns)
    print(f"{'':<22}{'rows':>7}{'worth':>9}{'ranked':>9}{'kept':>9}{'precision':>11}{'recall':>9}")
    for number in sorted({one.turn[0] for one in rows}, reverse=True):
        part = np.array([one.turn[0] == number for one in rows])
        name = {-1: "support, judged", -2: "support, written"}.get(number, f"dialogue {number + 1}")
        cut = personal_cut if number >= 0 else arguments.cut
        report(name, [one for one in rows if one.turn[0] == number], logits[part], cut)
    print(f"telling turns of personal talk of which something is kept: {covered:.3f}")
    personal, service = np.split(fit(rows), 2)
    personal[0] -= personal_cut
    service[0] -= arguments.cut
    table("PERSONAL", personal)
    table("SERVICE", service)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fits and checks the weights of salience.")
    parser.add_argument("--locomo", type=Path, required=True, help="a LoCoMo file")
    parser.add_argument("--support", type=Path, required=True, help="support threads, one a line")
    parser.add_argument("--turns", type=float, default=0.55)
    parser.add_argument("--cut", type=float, default=0.0)
    main(parser.parse_args())
