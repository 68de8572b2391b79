"""LoCoMo: long dialogues of two friends in dated sessions, questions with the turns that answer them.

`PATH` is a file with a list of samples, or one sample, or a folder of such files. `speaker_a` is the customer. Evidence
strings may hold several ids, or malformed ones: whatever reads like `D1:3` counts, ids that the transcript lacks are
dropped, and a question with none left is left out. Captions of pictures are not text that anybody wrote.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from regulars.cli.quality.datasets.files import Files, matching
from regulars.cli.quality.datasets.form import (
    Dataset,
    Dialogue,
    GoldObservation,
    Question,
    Session,
    Turn,
    seconds_apart,
)
from regulars.core.errors import RegularsError

CATEGORIES: Final = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
"""Of an adversarial question the premise is wrong: it has evidence, and no answer."""
_ADVERSARIAL: Final = 5
_TURN: Final = re.compile(r"D(\d+):(\d+)")
_SESSION: Final = re.compile(r"session_(\d+)")
_DATE: Final = "%I:%M %p on %d %B, %Y"

Sample = dict[str, Any]


def read(path: Path) -> tuple[Dataset, ...]:
    root = path if path.is_dir() else path.parent
    files = Files(root)
    paths = matching(path, "*.json") if path.is_dir() else [path]
    samples = [sample for one in paths for sample in _samples(files.json(one), one)]
    return (
        Dataset(
            name="locomo",
            categories=tuple(CATEGORIES.values()),
            dialogues=tuple(_dialogue(sample, number) for number, sample in enumerate(samples, start=1)),
            size=files.size,
            sha256=files.sha256,
        ),
    )


def _samples(content: Any, path: Path) -> list[Sample]:
    samples = cast("list[Any]", content) if isinstance(content, list) else [content]
    if not all(isinstance(one, dict) and {"conversation", "qa"} <= one.keys() for one in samples):
        raise RegularsError(f"{path} is not LoCoMo: a sample has `conversation` and `qa`")
    return samples


def _dialogue(sample: Sample, number: int) -> Dialogue:
    said = sample["conversation"]
    name = str(sample.get("sample_id", number))
    sessions = tuple(sorted(_sessions(said), key=lambda session: session.at))
    known = {turn.id for session in sessions for turn in session.turns}
    return Dialogue(
        name=name,
        customer=said["speaker_a"],
        partner=said["speaker_b"],
        sessions=sessions,
        questions=tuple(_questions(name, sample["qa"], known)),
        observations=tuple(_observations(sample.get("observation", {}), said, known)),
    )


def _sessions(said: Sample) -> Iterator[Session]:
    for key, turns in said.items():
        if not (_SESSION.fullmatch(key) and turns):
            continue
        at = _date(said, key)
        spoken = [turn for turn in turns if str(turn.get("text", "")).strip()]
        yield Session(
            id=key,
            at=at,
            turns=tuple(
                Turn(
                    id=_only(turn["dia_id"]),
                    speaker=turn["speaker"],
                    by_customer=turn["speaker"] == said["speaker_a"],
                    text=turn["text"],
                    at=seconds_apart(at, number),
                )
                for number, turn in enumerate(spoken)
            ),
        )


def _questions(name: str, asked: Iterable[Sample], known: set[str]) -> Iterator[Question]:
    for number, one in enumerate(asked, start=1):
        evidence = frozenset(turn_ids(one.get("evidence", []))) & known
        if evidence and one["category"] in CATEGORIES:
            yield Question(
                id=f"{name}/{number}",
                category=CATEGORIES[one["category"]],
                text=str(one["question"]),
                evidence=evidence,
                answerable=one["category"] != _ADVERSARIAL,
            )


def _observations(written: Sample, said: Sample, known: set[str]) -> Iterator[GoldObservation]:
    for key, by_speaker in written.items():
        session = key.removesuffix("_observation")
        at = _date(said, session)
        for speaker, text, *cites in ((speaker, *one) for speaker, ones in by_speaker.items() for one in ones):
            held = frozenset(turn_ids(cites)) & known
            yield GoldObservation(about=speaker, text=text, session=session, at=at, cites=held)


def turn_ids(written: Any) -> Iterator[str]:
    """Ids however they were written: `D1:3`, `D1:3; D2:4`, `D30:05`, or a list of such."""
    if isinstance(written, str):
        yield from (f"D{int(session)}:{int(turn)}" for session, turn in _TURN.findall(written))
    elif isinstance(written, list):
        for one in cast("list[Any]", written):
            yield from turn_ids(one)


def _only(written: str) -> str:
    return next(turn_ids(written), written)


def _date(said: Sample, session: str) -> datetime:
    return datetime.strptime(said[f"{session}_date_time"].strip(), _DATE).replace(tzinfo=UTC)
