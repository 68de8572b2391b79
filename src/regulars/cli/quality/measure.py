"""One measurement from beginning to end: a data set told to a server, its questions asked, every system's answers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from regulars.cli.client import Client
from regulars.cli.quality.asking import Answered, Asker, Way
from regulars.cli.quality.corpus import Mode, by_chance, by_words, items
from regulars.cli.quality.datasets.form import Dataset, Dialogue
from regulars.cli.quality.ingest import Known, ingest
from regulars.cli.quality.metrics import Outcome
from regulars.cli.quality.place import Place, place_of_its_own
from regulars.cli.quality.settled import settled_here, settled_there
from regulars.runtime import monotonic

RANDOM: Final = "random"
BM25: Final = "BM25"
OURS: Final = "Regulars"
INFERRED: Final = "Regulars, inferred"


class Progress(Protocol):
    def begin(self, what: str, total: int | None) -> AbstractContextManager[Callable[[], None]]:
        """Shown while entered; the function counts one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Every system's outcomes, by its name, for the same questions in the same order.

    `scripts` says how each question was brought up in a conversation; it is empty when none was.
    """

    dataset: Dataset
    mode: Mode
    told: int
    ingest_s: float
    vectors_s: float
    recall_s: tuple[float, ...]
    systems: Mapping[str, Sequence[Outcome]]
    scripts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`data_dir` is that of a server of our own; None for somebody else's, which is done with its vectors when its
    answers have not changed for `quiet_s`."""

    client: Client
    data_dir: Path | None
    quiet_s: float
    mode: Mode
    way: Way
    hits_max: int
    progress: Progress

    async def measure(self, dataset: Dataset, store_name: str) -> Measured:
        systems = self._without_server(dataset.dialogues)
        async with place_of_its_own(self.client, store_name) as place:
            known, told, ingest_s, vectors_s = await self._told(place, dataset.dialogues)
            asked = await self._ask(place, known, "question")
            inferred = await self._ask(place, known, "conversation") if self.way == "conversation" else []
        systems[OURS] = [one.outcome for one in asked]
        if inferred:
            systems[INFERRED] = [one.outcome for one in inferred]
        return Measured(
            dataset=dataset,
            mode=self.mode,
            told=told,
            ingest_s=ingest_s,
            vectors_s=vectors_s,
            recall_s=tuple(one.seconds for one in asked),
            systems=systems,
            scripts=tuple(one.script for one in inferred),
        )

    def _without_server(self, dialogues: Sequence[Dialogue]) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {RANDOM: [], BM25: []}
        with self.progress.begin("Plain BM25", len(dialogues)) as advance:
            for dialogue in dialogues:
                corpus = items(dialogue, self.mode)
                found[RANDOM] += by_chance(dialogue, corpus, self.hits_max)
                found[BM25] += by_words(dialogue, corpus, self.hits_max)
                advance()
        return found

    async def _told(self, place: Place, dialogues: Sequence[Dialogue]) -> tuple[list[Known], int, float, float]:
        """What the server knows, of how many things, the seconds until it took them and those until it had vectors."""
        total = sum(len(items(dialogue, self.mode)) for dialogue in dialogues)
        began = monotonic()
        with self.progress.begin(f"Telling {self.mode}", total) as advance:
            known = await ingest(place, dialogues, self.mode, advance)
        told = monotonic()
        with self.progress.begin("Waiting for vectors", None):
            if self.data_dir is None:
                await settled_there(place, known, self.mode, self.quiet_s)
            else:
                await settled_here(self.data_dir, place, known, self.mode)
        return known, total, told - began, monotonic() - told

    async def _ask(self, place: Place, known: Sequence[Known], way: Way) -> list[Answered]:
        total = sum(len(one.dialogue.questions) for one in known)
        with self.progress.begin("Asking" if way == "question" else "Asking in conversations", total) as advance:
            return await Asker(place, self.mode, self.hits_max).ask_all(known, way, advance)
