"""MemoryBank: users who talk to a companion over ten days, in English and in Chinese, and probing questions.

`PATH` is a language's folder (`memory_bank_en.json`, `probing_questions_en.jsonl`) or the folder above. Each user is a
dialogue, each day a session; each language is a data set of its own.

The authors publish neither answers nor evidence. `memorybank_evidence.json` is ours: for each question the turns that
hold the answer, found by reading (`2023-04-28/2q` is the second thing that the user says that day, `2r` the companion's
reply). The languages are translations of each other, so one list serves both. Left out are turns that only repeat the
question's words, and a question that nothing answers is not answerable. `day named` are questions such as "What did I
buy on May 2nd?": no turn holds its own date.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from regulars.cli.quality.datasets.files import Files, matching, parsed
from regulars.cli.quality.datasets.form import Dataset, Dialogue, Question, Session, Turn, seconds_apart

_PARTNER: Final = {"en": "Companion", "cn": "伴侣"}
CATEGORIES: Final = ("day not named", "day named")
_DAY: Final = re.compile(r"\b(?:April|May) \d|\d\s*[月号]")
_EVIDENCE: Final = Path(__file__).with_name("memorybank_evidence.json")


class _Judged(msgspec.Struct, frozen=True):
    """`evidence` is in the order of the questions."""

    names: tuple[str, ...]
    evidence: list[list[str]]


def read(path: Path) -> tuple[Dataset, ...]:
    """A data set for each language."""
    banks = matching(path, "memory_bank_*.json", "*/memory_bank_*.json")
    return tuple(_dataset(bank) for bank in banks)


def _dataset(bank: Path) -> Dataset:
    files = Files(bank.parent)
    language = bank.stem.rpartition("_")[2]
    people = {name.strip(): person for name, person in files.json(bank).items()}
    probes = bank.parent / f"probing_questions_{language}.jsonl"
    judged = {name: one for one in _judgements() for name in one.names}
    asked: dict[str, list[str]] = {}
    for line in files.text(probes).splitlines():
        asked |= parsed(line, probes) if line.strip() else {}
    return Dataset(
        name=f"memorybank {language}",
        categories=CATEGORIES,
        dialogues=tuple(
            _dialogue(language, name, person, asked[name], judged[name])
            for name, person in people.items()
            if name in asked and name in judged
        ),
        size=files.size,
        sha256=files.sha256,
    )


def _judgements() -> list[_Judged]:
    return msgspec.json.decode(_EVIDENCE.read_bytes(), type=list[_Judged])


def _dialogue(language: str, name: str, person: dict[str, Any], asked: list[str], judged: _Judged) -> Dialogue:
    sessions = tuple(_session(language, name, day, said) for day, said in sorted(person["history"].items()))
    return Dialogue(
        name=f"{language}/{name}",
        customer=name,
        partner=_PARTNER.get(language, "Companion"),
        sessions=sessions,
        questions=tuple(_questions(f"{language}/{name}", asked, sessions, judged)),
        by_machine=True,
        language=language,
    )


def _session(language: str, name: str, day: str, exchanges: list[dict[str, str]]) -> Session:
    at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    turns: list[Turn] = []
    for number, exchange in enumerate(exchanges, start=1):
        for key, speaker in (("query", name), ("response", _PARTNER.get(language, "Companion"))):
            turns.append(
                Turn(
                    id=f"{day}/{number}{key[0]}",
                    speaker=speaker,
                    by_customer=key == "query",
                    text=exchange[key],
                    at=seconds_apart(at, len(turns)),
                )
            )
    return Session(id=day, at=at, turns=tuple(turn for turn in turns if turn.text.strip()))


def _questions(name: str, asked: list[str], sessions: tuple[Session, ...], judged: _Judged) -> Iterator[Question]:
    known = {turn.id for session in sessions for turn in session.turns}
    for number, (text, holding) in enumerate(zip(asked, judged.evidence, strict=False), start=1):
        evidence = frozenset(holding) & known
        yield Question(
            id=f"{name}/{number}",
            category=CATEGORIES[bool(_DAY.search(text))],
            text=text,
            evidence=evidence,
            answerable=bool(evidence),
        )
