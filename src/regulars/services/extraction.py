"""After a conversation: what of it lasts. Models work on what was read; one transaction writes what was decided."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import structlog

from regulars.ai.ports import Embedder, Extractor, Summariser
from regulars.core import ids
from regulars.core.ids import Mint
from regulars.domain.conversations import Communication, Conversation, Participant
from regulars.domain.profiles import display_name
from regulars.domain.screening import flags_of, refused
from regulars.domain.summaries import SUMMARY_SOURCE, Summary
from regulars.domain.transcripts import Candidate, Digest, Extraction, Transcript, Turn
from regulars.services.canonical import followed
from regulars.services.embedding import packed_vectors
from regulars.services.reconciliation import Proposal, Subject, prepared, reconcile
from regulars.storage import communications, conversations, memories, participants, profiles, stores, summaries
from regulars.storage.db import Db, Tx
from regulars.storage.memories import Progress

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_COMMUNICATIONS_MAX: Final = 2_000
"""Of a longer conversation the newest are read."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Models:
    extractor: Extractor
    summariser: Summariser
    embedder: Embedder


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

    proposal: Proposal
    digest: Digest | None
    dropped: Mapping[str, int]


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
    found = await _ask(db, models, subject, read)
    counts = await db.write(lambda tx: _store(tx, mint, now, subject, models.embedder.name, read, found))
    log.info(
        "conversation_extracted",
        conversation_id=subject.conversation_id,
        by=found.proposal.by,
        candidates=len(found.proposal.candidates),
        **{decision: counts[decision] for decision in ("add", "revise", "discard")},
        dropped=dict(found.dropped),
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
        transcript=Transcript(
            turns_of(said, present, subject.profile_id),
            fresh_from,
            display_name(traits),
            await stores.fetch_screening(tx, store_id),
        ),
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


async def understood(models: Models, transcript: Transcript, *, closed: bool) -> tuple[Extraction, Digest | None]:
    """What may not be remembered ends here, whoever proposed it. The summary comes at the end of a conversation."""
    fresh = transcript.fresh_from < len(transcript.turns)
    extraction = await models.extractor.extract(transcript) if fresh else Extraction([], "")
    digest = await models.summariser.summarise(transcript) if closed else None
    return await asyncio.to_thread(_allowed, extraction, transcript), _allowed_digest(digest, transcript)


async def _ask(db: Db, models: Models, subject: Subject, read: _Read) -> _Found:
    extraction, digest = await understood(models, read.transcript, closed=read.conversation.status == "CLOSED")
    texts = {candidate.content for candidate in extraction.candidates} | ({digest.content} if digest else set[str]())
    vectors = await packed_vectors(models.embedder, sorted(texts - {""}))
    name = read.transcript.customer_name
    proposal = await prepared(db, subject, extraction, models.embedder.name, vectors, name)
    return _Found(dropped=extraction.dropped, digest=digest, proposal=proposal)


def _allowed_digest(digest: Digest | None, transcript: Transcript) -> Digest | None:
    """Sentence by sentence: a number in one is not the secret of which another speaks."""
    told = _SENTENCE_END.split(_about_somebody(digest.content, transcript)) if digest else []
    reason = next((why for one in told if (why := refused(one, transcript.screened))), None)
    if reason is not None:
        log.warning("summary_refused", reason=reason)
    return digest if reason is None else None


def _about_somebody(content: str, transcript: Transcript) -> str:
    """A name in small letters or another script is that of a person, too."""
    name = (transcript.customer_name or "").strip()
    return content.replace(name, "The customer") if name else content


def _allowed(extraction: Extraction, transcript: Transcript) -> Extraction:
    said = {turn.communication_id: turn.text for turn in transcript.turns}
    kept: list[Candidate] = []
    dropped = Counter(extraction.dropped)
    for candidate in extraction.candidates:
        reason = _why_not(candidate, said, transcript)
        if reason is None:
            flags = flags_of(said[one] for one in candidate.communication_ids)
            kept.append(replace(candidate, flags=tuple(dict.fromkeys((*candidate.flags, *flags)))))
        else:
            dropped[reason] += 1
    return Extraction(kept, extraction.by, dropped)


def _why_not(candidate: Candidate, said: Mapping[str, str], transcript: Transcript) -> str | None:
    if not candidate.content.strip():
        return "empty"
    if not candidate.communication_ids or not said.keys() >= set(candidate.communication_ids):
        return "uncited"
    content = _about_somebody(candidate.content, transcript)
    return refused(content, transcript.screened, [said[one] for one in candidate.communication_ids])


async def _store(
    tx: Tx, mint: Mint, now: datetime, subject: Subject, model: str, read: _Read, found: _Found
) -> Counter[str]:
    store_id, profile_id = subject.store_id, subject.profile_id
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is None:
        raise SupersededError
    closed = read.conversation.status == "CLOSED"
    reached = Progress(read.last_position, now if closed else None)
    if not await memories.advance_progress(
        tx, store_id, profile_id, subject.conversation_id, known=read.progress, reached=reached
    ):
        raise SupersededError
    counts, vectors = await reconcile(tx, mint, now, subject, found.proposal, version)
    if found.digest and found.digest.content:
        summary = _summary(mint, now, subject, read, found.digest)
        await summaries.insert_each(tx, store_id, profile_id, [summary], version)
        vectors[summary.summary_id] = found.proposal.vectors[summary.content]
    await memories.upsert_embeddings(tx, store_id, profile_id, model=model, vectors=vectors)
    return counts


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
