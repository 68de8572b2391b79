"""BEAM: long chats of one user with an assistant, and probing questions of ten kinds.

`PATH` is a chat's folder (`chat.json`, `probing_questions/probing_questions.json`) or a folder of such. A chat is a
dialogue, a batch of it a session, dated by its first `time_anchor`. `source_chat_ids` are the evidence, wherever they
stand below a question. Questions of the kind `abstention` have none; another kind's without any is left out. The mark
that the authors left at the end of what users say (`->-> 1,2`) is cut off: nobody wrote it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from regulars.cli.quality.datasets.files import Files, matching
from regulars.cli.quality.datasets.form import Dataset, Dialogue, Question, Session, Turn, seconds_apart
from regulars.core.errors import RegularsError

CATEGORIES: Final = (
    "information_extraction",
    "multi_session_reasoning",
    "temporal_reasoning",
    "knowledge_update",
    "contradiction_resolution",
    "event_ordering",
    "summarization",
    "instruction_following",
    "preference_following",
    "abstention",
)
_ABSTENTION: Final = "abstention"
_MARK: Final = re.compile(r"\s*->->\s*[\w/]+(\s*,\s*[\w/]+)*\s*$")
_DATE: Final = "%B-%d-%Y"
_FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)
_USER, _ASSISTANT = "User", "Assistant"


def read(path: Path) -> tuple[Dataset, ...]:
    files = Files(path)
    chats = matching(path, "chat.json", "*/chat.json")
    return (
        Dataset(
            name="beam",
            categories=CATEGORIES,
            dialogues=tuple(_dialogue(files, chat.parent) for chat in chats),
            size=files.size,
            sha256=files.sha256,
        ),
    )


def _dialogue(files: Files, folder: Path) -> Dialogue:
    sessions = tuple(_sessions(files.json(folder / "chat.json"), folder))
    known = {turn.id for session in sessions for turn in session.turns}
    probes = files.json(folder / "probing_questions" / "probing_questions.json")
    return Dialogue(
        name=folder.name,
        customer=_USER,
        partner=_ASSISTANT,
        sessions=sessions,
        questions=tuple(_questions(folder.name, probes, known)),
        by_machine=True,
    )


def _sessions(batches: Any, folder: Path) -> Iterator[Session]:
    at = _FIRST
    for batch in batches:
        try:
            said = [message for exchange in batch["turns"] for message in exchange]
            at = _date(batch, said) or at
            yield Session(
                id=str(batch["batch_number"]),
                at=at,
                turns=tuple(_turn(message, at, number) for number, message in enumerate(said) if message["content"]),
            )
        except (KeyError, TypeError):
            raise RegularsError(f"{folder} is not BEAM: a batch has `batch_number` and `turns`") from None


def _turn(message: Any, at: datetime, number: int) -> Turn:
    by_customer = message["role"] == "user"
    return Turn(
        id=str(message["id"]),
        speaker=_USER if by_customer else _ASSISTANT,
        by_customer=by_customer,
        text=_MARK.sub("", message["content"]) if by_customer else message["content"],
        at=seconds_apart(at, number),
    )


def _questions(chat: str, probes: dict[str, Any], known: set[str]) -> Iterator[Question]:
    for category in CATEGORIES:
        for number, probe in enumerate(probes.get(category, []), start=1):
            evidence = frozenset(map(str, _leaves(probe.get("source_chat_ids", [])))) & known
            answerable = category != _ABSTENTION
            if bool(evidence) == answerable:
                yield Question(
                    id=f"{chat}/{category}/{number}",
                    category=category,
                    text=probe["question"],
                    evidence=evidence,
                    answerable=answerable,
                )


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        tree = list(cast("dict[str, Any]", tree).values())
    if isinstance(tree, list):
        for one in cast("list[Any]", tree):
            yield from _leaves(one)
    else:
        yield tree


def _date(batch: Any, said: list[Any]) -> datetime | None:
    anchors = [batch.get("time_anchor"), *(message.get("time_anchor") for message in said)]
    written = next((anchor for anchor in anchors if anchor), None)
    return datetime.strptime(written, _DATE).replace(tzinfo=UTC) if written else None
