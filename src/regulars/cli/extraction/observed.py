"""What a server made of conversations: its observations, and what they are worth before any recall."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from regulars.cli.client import Json
from regulars.cli.extraction.sides import customer_turns
from regulars.cli.quality.corpus import Item
from regulars.cli.quality.datasets.form import Dialogue
from regulars.cli.quality.ingest import Known
from regulars.cli.quality.metrics import Hit, mean
from regulars.core.times import parse_instant

_QUOTATION: Final = re.compile(
    r"[\"“„«「](?:(?:[^\s\"]+\s+){2,}[^\"]*|[^\"]*[\u3040-\u30ff\u3400-\u9fff]{4}[^\"]*)[\"”“»」]"
)
"""Of three words or more, or four ideographs in a row: less is the name of something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """`cites` names the data set's turns; `by` is empty when the server does not say."""

    id: str
    text: str
    cites: frozenset[str]
    session: str
    at: str
    by: str
    confidence: float | None
    flags: tuple[str, ...]

    @property
    def quotes(self) -> bool:
        return _QUOTATION.search(self.text) is not None

    @property
    def hit(self) -> Hit:
        return Hit(turns=self.cites, session=self.session)

    @property
    def item(self) -> Item:
        at = parse_instant(self.at, field="occurredAt")
        return Item(turns=self.cites, session=self.session, at=at, text=self.text, told=self.text)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that can be found about one customer in one form."""

    dialogue: Dialogue
    items: Sequence[Item]

    def turns(self) -> frozenset[str]:
        return frozenset[str]().union(*(item.turns for item in self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """`coverage` is the share of a question's evidence that anything stands for, a mean over the questions with an
    answer: no ranking can find more. `evidence` is the same of all turns that are evidence, each once. None without
    such a question."""

    items: int
    per_100_turns: float
    cited: float
    coverage: float | None
    evidence: float | None
    chars: float


def observed(known: Known, resource: Json) -> Observed:
    """As the API lists it; `known` knows which communication is which turn."""
    cited = [known.hits[one] for one in resource.get("communicationIds", ()) if one in known.hits]
    return Observed(
        id=resource["id"],
        text=resource["content"],
        cites=frozenset[str]().union(*(hit.turns for hit in cited)),
        session=cited[0].session if cited else "",
        at=resource["occurredAt"],
        by=resource.get("extractedBy", ""),
        confidence=resource.get("confidence"),
        flags=tuple(resource.get("flags", ())),
    )


def worth(corpora: Sequence[Corpus]) -> Worth:
    """Of all customers together."""
    items = [item for corpus in corpora for item in corpus.items]
    shares: list[float] = []
    needed = held = 0
    for corpus in corpora:
        turns = corpus.turns()
        asked = [one.evidence for one in corpus.dialogue.questions if one.answerable]
        shares += [len(evidence & turns) / len(evidence) for evidence in asked]
        evidence = frozenset[str]().union(*asked)
        needed, held = needed + len(evidence), held + len(evidence & turns)
    spoken = sum(len(customer_turns(corpus.dialogue)) for corpus in corpora)
    return Worth(
        items=len(items),
        per_100_turns=100 * len(items) / spoken if spoken else 0.0,
        cited=mean([float(bool(item.turns)) for item in items]) if items else 0.0,
        coverage=mean(shares) if shares else None,
        evidence=held / needed if needed else None,
        chars=mean([float(len(item.text)) for item in items]) if items else 0.0,
    )


def shares(made: Sequence[Observed]) -> Mapping[str, float]:
    """Of the observations: what is odd about them, and who made them."""
    if not made:
        return {}
    counts = Counter({"quoting": sum(one.quotes for one in made)})
    counts.update(f"flagged {flag}" for one in made for flag in set(one.flags))
    counts.update(f"by {one.by or 'unknown'}" for one in made)
    return {name: count / len(made) for name, count in counts.items()}
