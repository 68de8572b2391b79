"""After a conversation: what of it lasts. Models work on what was read; one transaction writes what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import structlog

from regulars.ai.ports import Embedder, Extractor, Summariser
from regulars.core import ids
from regulars.core.ids import ConversationId, Mint, ProfileId, StoreId
from regulars.domain.conversations import Communication, Conversation, Participant
from regulars.domain.observations import Observation
from regulars.domain.profiles import display_name
from regulars.domain.reconcile import Add, Revise, Step, plan
from regulars.domain.summaries import SUMMARY_SOURCE, Summary
from regulars.domain.transcripts import Candidate, Digest, Extraction, Transcript, Turn
from regulars.services.canonical import followed
from regulars.services.embedding import packed_vectors
from regulars.storage import communications, conversations, memories, observations, participants, profiles, summaries
from regulars.storage.db import Db, Tx
from regulars.storage.memories import Progress

SOURCE: Final = "conversation-intelligence"
_COMMUNICATIONS_MAX: Final = 2_000
"""Of a longer conversation the newest are read."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Models:
    extractor: Extractor
    summariser: Summariser
    embedder: Embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose memory, out of which conversation."""

    store_id: StoreId
    profile_id: ProfileId
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What there was when the job began."""

    conversation: Conversation
    transcript: Transcript
    progress: Progress
    last_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the models made of it."""

    extraction: Extraction
    digest: Digest | None
    vectors: dict[str, bytes]
    """By content."""


class SupersededError(Exception):
    """Another run of the job came further meanwhile."""


Outcome = Literal["written", "nothing new"]


async def extract(db: Db, models: Models, mint: Mint, now: datetime, subject: Subject) -> Outcome:
    """Adds or revises observations from what is new, and writes the summary once the conversation is CLOSED.

    Running it again changes nothing: the progress of the conversation moves in the same transaction as the memories.
    Raises SupersededError when another run came further meanwhile: there may be work left, for a run that begins anew.
    """
    async with db.read() as tx:
        profile_id = await followed(tx, subject.store_id, subject.profile_id)
        subject = replace(subject, profile_id=profile_id or subject.profile_id)
        read = await _load(tx, subject)
    if read is None or not _has_work(read):
        return "nothing new"
    found = await _ask(models, read)
    await db.write(lambda tx: _store(tx, mint, now, subject, models.embedder.name, read, found))
    log.info(
        "conversation_extracted", conversation_id=subject.conversation_id, candidates=len(found.extraction.candidates)
    )
    return "written"


async def _load(tx: Tx, subject: Subject) -> _Read | None:
    store_id, conversation_id = subject.store_id, subject.conversation_id
    progress = await memories.fetch_progress(tx, store_id, subject.profile_id, conversation_id)
    conversation = await conversations.fetch(tx, [store_id], conversation_id)
    if progress is None or conversation is None or progress.summarised_at is not None:
        return None
    said = await communications.list_newest(tx, store_id, conversation_id, _COMMUNICATIONS_MAX)
    said.reverse()
    present = await participants.list_all(tx, store_id, conversation_id)
    traits = await profiles.list_traits(tx, store_id, subject.profile_id)
    fresh_from = sum(one.position <= progress.extracted_position for one in said)
    return _Read(
        conversation=conversation,
        transcript=Transcript(turns_of(said, present, subject.profile_id), fresh_from, display_name(traits)),
        progress=progress,
        last_position=said[-1].position if said else 0,
    )


def turns_of(said: Sequence[Communication], present: Sequence[Participant], profile_id: str | None) -> tuple[Turn, ...]:
    """Communications as turns. Without a profile, every CUSTOMER counts as the customer."""
    people = {one.participant_id: one for one in present}
    return tuple(
        Turn(
            communication_id=one.communication_id,
            by_customer=_is_customer(people.get(one.author.participant_id), profile_id),
            speaker=people[one.author.participant_id].name if one.author.participant_id in people else "",
            text=one.content.text,
            occurred_at=one.occurred_at,
        )
        for one in said
    )


def _is_customer(author: Participant | None, profile_id: str | None) -> bool:
    if author is None or author.type != "CUSTOMER":
        return False
    return profile_id is None or author.profile_id == profile_id


def _has_work(read: _Read) -> bool:
    return read.last_position > read.progress.extracted_position or read.conversation.status == "CLOSED"


async def _ask(models: Models, read: _Read) -> _Found:
    fresh = read.transcript.fresh_from < len(read.transcript.turns)
    extraction = await models.extractor.extract(read.transcript) if fresh else Extraction([], "")
    closed = read.conversation.status == "CLOSED"
    digest = await models.summariser.summarise(read.transcript) if closed else None
    texts = {candidate.content for candidate in extraction.candidates} | ({digest.content} if digest else set[str]())
    vectors = await packed_vectors(models.embedder, sorted(texts - {""}))
    return _Found(extraction=extraction, digest=digest, vectors=vectors)


async def _store(tx: Tx, mint: Mint, now: datetime, subject: Subject, model: str, read: _Read, found: _Found) -> None:
    store_id, profile_id = subject.store_id, subject.profile_id
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is None:
        raise SupersededError
    candidates, by = found.extraction.candidates, found.extraction.by
    known = await observations.list_all(tx, store_id, profile_id) if candidates else []
    written = [o for step in plan(known, candidates) if (o := _decided(mint, now, subject, by, step)) is not None]
    fresh = [observation for observation, is_new in written if is_new]
    await observations.insert_each(tx, store_id, profile_id, fresh, version)
    for observation, is_new in written:
        if not is_new:
            await observations.revise(tx, store_id, profile_id, observation, version)
    vectors = {observation.observation_id: found.vectors[observation.content] for observation, _ in written}
    if found.digest and found.digest.content:
        summary = _summary(mint, now, subject, read, found.digest)
        await summaries.insert_each(tx, store_id, profile_id, [summary], version)
        vectors[summary.summary_id] = found.vectors[summary.content]
    await memories.upsert_embeddings(tx, store_id, profile_id, model=model, vectors=vectors)
    closed = read.conversation.status == "CLOSED"
    reached = Progress(read.last_position, now if closed else None)
    if not await memories.advance_progress(
        tx, store_id, profile_id, subject.conversation_id, known=read.progress, reached=reached
    ):
        raise SupersededError


def _decided(mint: Mint, now: datetime, subject: Subject, by: str, step: Step) -> tuple[Observation, bool] | None:
    """The observation that a step writes, and whether it is a new one."""
    if isinstance(step, Add):
        return _observation(mint, now, subject, by, step.candidate), True
    if isinstance(step, Revise):
        return _revised(now, subject, by, step.observation, step.candidate), False
    return None


def _observation(mint: Mint, now: datetime, subject: Subject, by: str, candidate: Candidate) -> Observation:
    return Observation(
        observation_id=mint(ids.OBSERVATION),
        content=candidate.content,
        source=SOURCE,
        occurred_at=candidate.occurred_at,
        conversation_ids=(subject.conversation_id,),
        communication_ids=candidate.communication_ids,
        attribute=candidate.attribute,
        created_at=now,
        updated_at=now,
        confidence=candidate.confidence,
        flags=candidate.flags,
        extracted_by=by,
    )


def _revised(now: datetime, subject: Subject, by: str, observation: Observation, candidate: Candidate) -> Observation:
    return replace(
        observation,
        content=candidate.content,
        source=SOURCE,
        occurred_at=candidate.occurred_at,
        conversation_ids=tuple(dict.fromkeys((*observation.conversation_ids, subject.conversation_id))),
        communication_ids=tuple(dict.fromkeys((*observation.communication_ids, *candidate.communication_ids))),
        updated_at=now,
        confidence=candidate.confidence,
        flags=candidate.flags,
        extracted_by=by,
    )


def _summary(mint: Mint, now: datetime, subject: Subject, read: _Read, digest: Digest) -> Summary:
    turns = read.transcript.turns
    return Summary(
        summary_id=mint(ids.SUMMARY),
        content=digest.content,
        source=SUMMARY_SOURCE,
        conversation_id=subject.conversation_id,
        occurred_at=turns[-1].occurred_at if turns else now,
        created_at=now,
        updated_at=now,
        communication_ids=digest.communication_ids,
        extracted_by=digest.by,
    )
