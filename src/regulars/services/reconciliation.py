"""What a conversation adds to what is known of a profile: looked up beside the memory, written under its lock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from regulars.core import ids
from regulars.core.ids import ConversationId, Mint, ProfileId, StoreId
from regulars.domain.attributes import NAME, key_of, names_of
from regulars.domain.observations import Observation
from regulars.domain.reconcile import Add, Hints, Revise, Step, plan, revised
from regulars.domain.transcripts import Candidate, Extraction
from regulars.services.nearness import alike_of, likeness_of, nearest
from regulars.storage import observations, profiles
from regulars.storage.db import Db, Tx
from regulars.storage.observations import Related

SOURCE: Final = "conversation-intelligence"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose memory, out of which conversation."""

    store_id: StoreId
    profile_id: ProfileId
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an extractor proposes, with the vectors of the contents, and where to look when it is to be written:
    `near` are ids of observations as they were at `known_version` of the memory."""

    candidates: Sequence[Candidate]
    by: str
    model: str
    vectors: Mapping[str, bytes]
    customer_name: str | None
    near: Sequence[str]
    known_version: int


async def prepared(
    db: Db, subject: Subject, extraction: Extraction, model: str, vectors: Mapping[str, bytes], name: str | None
) -> Proposal:
    """Looks through the whole memory, in no transaction: what changes from now on is looked at again when writing."""
    candidates = extraction.candidates
    near, version = list[str](), 0
    if candidates:
        async with db.read() as tx:
            place = await profiles.fetch_place(tx, subject.store_id, subject.profile_id)
        version = 0 if place is None else place.memory_version
        asked = list(dict.fromkeys(vectors[one.content] for one in candidates))
        near = await nearest(db, subject.store_id, subject.profile_id, model, asked)
    return Proposal(
        candidates=candidates,
        by=extraction.by,
        model=model,
        vectors=vectors,
        customer_name=name,
        near=near,
        known_version=version,
    )


async def reconcile(
    tx: Tx, mint: Mint, now: datetime, subject: Subject, proposal: Proposal, version: int
) -> tuple[Counter[str], dict[str, bytes]]:
    """Writes what is new or changed, in few round trips. `version` is the memory's next, and its row is held.

    Returns how often each decision was taken, and the vectors of what was written, by id.
    """
    if not proposal.candidates:
        return Counter(), {}
    steps = await _decide(tx, subject, proposal)
    written = _Written(mint, now, subject, proposal.by)
    for step in steps:
        written.take(step)
    key = subject.store_id, subject.profile_id
    await observations.insert_each(tx, *key, written.added, version)
    await observations.revise_each(tx, *key, written.changed, version)
    both = [*written.added, *written.changed]
    return written.counts, {
        one.observation_id: proposal.vectors[one.content] for one in both if one.content in proposal.vectors
    }


async def _decide(tx: Tx, subject: Subject, proposal: Proposal) -> list[Step]:
    keys = {key_of(one.content, one.attribute) for one in proposal.candidates} | {NAME}
    related = await observations.list_related(
        tx,
        subject.store_id,
        subject.profile_id,
        model=proposal.model,
        attributes=sorted(filter(None, keys)),
        near=proposal.near,
        known_version=proposal.known_version,
    )
    return plan([one.observation for one in related], proposal.candidates, _hints(proposal, related))


def _hints(proposal: Proposal, related: Iterable[Related]) -> Hints:
    contents = [one.content for one in proposal.candidates]
    known = {one.observation.content: one.vector for one in related}
    vectors = {**{content: vector for content, vector in known.items() if vector is not None}, **proposal.vectors}
    return Hints(
        names=names_of(proposal.customer_name, [*known, *contents]),
        likeness=likeness_of(contents, vectors),
        alike=alike_of(proposal.model),
    )


class _Written:
    def __init__(self, mint: Mint, now: datetime, subject: Subject, by: str) -> None:
        self._mint, self._now, self._subject, self._by = mint, now, subject, by
        self.counts: Counter[str] = Counter()
        self.added: list[Observation] = []
        self.changed: list[Observation] = []

    def take(self, step: Step) -> None:
        self.counts[type(step).__name__.lower()] += 1
        held: Observation | None = None
        if isinstance(step, Add):
            held = self._observation(step.candidate)
            self.added.append(held)
        elif isinstance(step, Revise):
            conversation_id = self._subject.conversation_id
            held = revised(step, now=self._now, source=SOURCE, conversation_id=conversation_id, by=self._by)
            self.changed.append(held)
        else:
            held = step.observation
        log.debug(
            "candidate_decided",
            decision=type(step).__name__.lower(),
            why=step.why,
            observation_id=held.observation_id if held else None,
            profile_id=self._subject.profile_id,
            conversation_id=self._subject.conversation_id,
            communication_ids=list(step.candidate.communication_ids),
        )

    def _observation(self, candidate: Candidate) -> Observation:
        return Observation(
            observation_id=self._mint(ids.OBSERVATION),
            content=candidate.content,
            source=SOURCE,
            occurred_at=candidate.occurred_at,
            conversation_ids=(self._subject.conversation_id,),
            communication_ids=candidate.communication_ids,
            attribute=key_of(candidate.content, candidate.attribute),
            created_at=self._now,
            updated_at=self._now,
            confidence=candidate.confidence,
            flags=candidate.flags,
            extracted_by=self._by,
        )
