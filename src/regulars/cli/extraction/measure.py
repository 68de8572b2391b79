"""One measurement from beginning to end: conversations told and closed, what was made of them listed and recalled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from regulars.cli.client import Client
from regulars.cli.extraction.observed import Corpus, Observed, observed
from regulars.cli.extraction.sides import customer_turns
from regulars.cli.quality.asking import Answered, Asker
from regulars.cli.quality.corpus import Mode, by_words, items
from regulars.cli.quality.datasets.form import Dataset, Dialogue
from regulars.cli.quality.ingest import Known, ingest
from regulars.cli.quality.measure import Progress
from regulars.cli.quality.metrics import Outcome
from regulars.cli.quality.place import Place, place_of_its_own
from regulars.cli.quality.settled import extracted_here, settled_here, settled_there
from regulars.core import limits
from regulars.runtime import monotonic

EXTRACTED: Final = "extracted"
GOLD: Final = "gold"
RAW: Final = "raw turns"
OURS: Final = "Regulars"
BM25: Final = "BM25"


def system(ranker: str, form: str) -> str:
    return f"{ranker}, {form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`made` by dialogue; `corpora` by form; the outcomes of every `system`, for the same questions in the same order.

    `extract_s` is what passed after the last conversation was closed until all of them had been read, `vectors_s` what
    passed then until communications had their vectors; of a server that is not ours only their sum is known.
    """

    dataset: Dataset
    conversations: int
    turns: int
    ingest_s: float
    extract_s: float
    vectors_s: float
    recall_s: tuple[float, ...]
    made: Mapping[str, Sequence[Observed]]
    corpora: Mapping[str, Sequence[Corpus]]
    systems: Mapping[str, Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class _Told:
    known: list[Known]
    made: list[list[Observed]]
    ingest_s: float
    extract_s: float
    vectors_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`data_dir` is that of a server of our own; None for somebody else's, which is done when its answers have not
    changed for `quiet_s`."""

    client: Client
    data_dir: Path | None
    quiet_s: float
    hits_max: int
    screened: bool
    progress: Progress

    async def measure(self, dataset: Dataset, store_name: str) -> Measured:
        """Of dialogues from both sides (`both_sides`)."""
        dialogues = dataset.dialogues
        recalled: dict[str, list[Answered]] = {}
        async with place_of_its_own(self.client, store_name, extracting=True, screened=self.screened) as place:
            told = await self._told(place, dialogues)
            recalled[EXTRACTED] = await self._ask(place, told.known, "observations", EXTRACTED)
            turns = await self._ask(place, told.known, "communications", RAW, limits.RECALL_ITEMS_MAX)
        recalled[RAW] = _of_customers(turns, dialogues, self.hits_max)
        if all(dialogue.observations for dialogue in dialogues):
            async with place_of_its_own(self.client, f"{store_name}-gold") as place:
                recalled[GOLD] = await self._gold(place, dialogues)
        corpora = _corpora(dialogues, told.made)
        return Measured(
            dataset=dataset,
            conversations=sum(len(dialogue.sessions) for dialogue in dialogues),
            turns=sum(1 for dialogue in dialogues for _ in dialogue.turns()),
            ingest_s=told.ingest_s,
            extract_s=told.extract_s,
            vectors_s=told.vectors_s,
            recall_s=tuple(one.seconds for one in recalled[EXTRACTED]),
            made={one.name: made for one, made in zip(dialogues, told.made, strict=True)},
            corpora=corpora,
            systems=_systems(corpora, recalled, self.hits_max),
        )

    async def _told(self, place: Place, dialogues: Sequence[Dialogue]) -> _Told:
        """A session is a conversation; the observations are those that the server made of all of them."""
        total = sum(1 for dialogue in dialogues for _ in dialogue.turns())
        began = monotonic()
        with self.progress.begin("Telling conversations", total) as advance:
            known = await ingest(place, dialogues, "communications", advance)
        ingested = monotonic()
        await self._until_read(place, known)
        read = monotonic()
        await self._until_settled(place, known, "communications")
        settled = monotonic()
        made = [[observed(one, found) for found in await place.observed(one.profile_id)] for one in known]
        for one, its in zip(known, made, strict=True):
            one.hits |= {found.id: found.hit for found in its}
        return _Told(known, made, ingested - began, read - ingested, settled - read)

    async def _until_read(self, place: Place, known: Sequence[Known]) -> None:
        if self.data_dir is None:
            with self.progress.begin("Waiting for memories", None):
                await settled_there(place, known, "observations", self.quiet_s)
            return
        with self.progress.begin("Reading conversations", sum(len(one.conversations) for one in known)) as advance:
            await extracted_here(self.data_dir, place, known, advance)

    async def _until_settled(self, place: Place, known: Sequence[Known], mode: Mode) -> None:
        with self.progress.begin("Waiting for vectors", None):
            if self.data_dir is None:
                await settled_there(place, known, mode, self.quiet_s)
            else:
                await settled_here(self.data_dir, place, known, mode)

    async def _gold(self, place: Place, dialogues: Sequence[Dialogue]) -> list[Answered]:
        total = sum(len(dialogue.observations) for dialogue in dialogues)
        with self.progress.begin("Posting gold", total) as advance:
            known = await ingest(place, dialogues, "observations", advance)
        await self._until_settled(place, known, "observations")
        return await self._ask(place, known, "observations", GOLD)

    async def _ask(
        self, place: Place, known: Sequence[Known], mode: Mode, form: str, hits_max: int | None = None
    ) -> list[Answered]:
        total = sum(len(one.dialogue.questions) for one in known)
        with self.progress.begin(f"Asking, {form}", total) as advance:
            return await Asker(place, mode, hits_max or self.hits_max).ask_all(known, "question", advance)


def _of_customers(answered: Sequence[Answered], dialogues: Sequence[Dialogue], hits_max: int) -> list[Answered]:
    """Without what the others said: a score does not depend on what else is found, so neither does the order."""
    spoken = [turns for dialogue in dialogues for turns in [customer_turns(dialogue)] * len(dialogue.questions)]
    return [
        replace(
            one, outcome=replace(one.outcome, hits=tuple(h for h in one.outcome.hits if h.turns <= turns)[:hits_max])
        )
        for one, turns in zip(answered, spoken, strict=True)
    ]


def _corpora(dialogues: Sequence[Dialogue], made: Sequence[Sequence[Observed]]) -> dict[str, list[Corpus]]:
    found = {
        EXTRACTED: [Corpus(one, [o.item for o in its]) for one, its in zip(dialogues, made, strict=True)],
        RAW: [_spoken(dialogue) for dialogue in dialogues],
    }
    if all(dialogue.observations for dialogue in dialogues):
        found[GOLD] = [Corpus(dialogue, items(dialogue, "observations")) for dialogue in dialogues]
    return found


def _spoken(dialogue: Dialogue) -> Corpus:
    turns = customer_turns(dialogue)
    return Corpus(dialogue, [item for item in items(dialogue, "communications") if item.turns <= turns])


def _systems(
    corpora: Mapping[str, Sequence[Corpus]], recalled: Mapping[str, Sequence[Answered]], hits_max: int
) -> dict[str, list[Outcome]]:
    forms = [form for form in (EXTRACTED, GOLD, RAW) if form in recalled]
    ours = {system(OURS, form): [one.outcome for one in recalled[form]] for form in forms}
    return ours | {system(BM25, form): list(_by_words(corpora[form], hits_max)) for form in forms}


def _by_words(corpora: Sequence[Corpus], hits_max: int) -> Iterator[Outcome]:
    for corpus in corpora:
        yield from by_words(corpus.dialogue, corpus.items, hits_max)
