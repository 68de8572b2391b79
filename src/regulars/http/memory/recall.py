"""Recall (contract §2.14)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import post
from msgspec import UNSET, UnsetType
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.core.times import parse_instant, utc_text
from regulars.domain.conversations import Author, Communication, Participant, Recipient
from regulars.http.auth import WITH_PLACE
from regulars.http.memory.common import ConversationIdText
from regulars.http.problems import WRITE_PROBLEMS
from regulars.recall.rank import Hit, Signal
from regulars.runtime import Runtime, clock, monotonic
from regulars.services.recall import Question
from regulars.services.recall_communications import CommunicationHit
from regulars.storage.profiles import Place

Limit = Annotated[int, Limits(ge=0, le=limits.RECALL_ITEMS_MAX)]


class RecallRequest(msgspec.Struct, frozen=True, rename="camel"):
    """Without `query`, one is inferred from the conversation; without either, the newest memories come first."""

    conversation_id: ConversationIdText | None = None
    query: Annotated[str, Limits(max_length=limits.RECALL_QUERY_CHARS_MAX)] | None = None
    begin_date: str | None = None
    end_date: str | None = None
    observations_limit: Limit | None = None
    summaries_limit: Limit | None = None
    communications_limit: Limit | None = None
    relevance_threshold: Annotated[float, Limits(ge=0, le=1)] | None = None
    communications_context: Annotated[int, Limits(ge=0, le=limits.RECALL_CONTEXT_MAX)] | None = None
    """So many communications before and after each that is found come with it (ours)."""
    explain: bool | None = None
    """Tells what speaks for each hit (ours)."""
    as_of: str | None = None
    """An instant: what was known then, instead of what is known now (ours)."""


class RecallSignal(msgspec.Struct, frozen=True):
    name: str
    value: float
    weight: float
    contribution: float
    """Value times weight: the score is the sigmoid of the sum of these."""


class RecallExplanation(msgspec.Struct, frozen=True):
    signals: list[RecallSignal]
    """The strongest first."""


class RecalledObservation(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    content: str
    source: str
    occurred_at: str
    conversation_ids: list[str]
    created_at: str
    updated_at: str
    score: float | UnsetType = UNSET
    explanation: RecallExplanation | UnsetType = UNSET


class RecalledSummary(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    content: str
    source: str
    conversation_id: str
    occurred_at: str
    created_at: str
    updated_at: str
    score: float | UnsetType = UNSET
    explanation: RecallExplanation | UnsetType = UNSET


class RecalledPerson(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    id: str
    name: str
    address: str
    channel: str
    type: str | None = None
    profile_id: str | None = None
    delivery_status: str | None = None


class RecalledText(msgspec.Struct, frozen=True):
    text: str


class RecalledCommunication(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Where no conversation was asked for, each tells its own (ours)."""

    id: str
    author: RecalledPerson
    content: RecalledText
    recipients: list[RecalledPerson]
    created_at: str
    updated_at: str
    channel_id: str | None = None
    conversation_id: str | None = None
    occurred_at: str | None = None
    score: float | None = None
    explanation: RecallExplanation | UnsetType = UNSET
    context: "list[RecalledCommunication] | UnsetType" = UNSET


class RecallMeta(msgspec.Struct, frozen=True, rename="camel"):
    query_time: int
    """Milliseconds."""


class RecallResponse(msgspec.Struct, frozen=True):
    observations: list[RecalledObservation]
    summaries: list[RecalledSummary]
    communications: list[RecalledCommunication]
    meta: RecallMeta


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Recall",
    status_code=200,
    responses=WRITE_PROBLEMS,
    tags=["Recall"],
    summary="Recall what matters about a customer",
    opt=WITH_PLACE,
)
async def recall(
    rt: Runtime, store: StoreId, profile: ProfileId, place: Place | None, data: RecallRequest
) -> RecallResponse:
    started = monotonic()
    recalled = await rt.recaller.recall(store, profile, _question(data), place)
    people = {one.participant_id: one for one in recalled.participants}
    return RecallResponse(
        observations=[_observation(hit) for hit in recalled.observations],
        summaries=[_summary(hit) for hit in recalled.summaries],
        communications=[_hit(hit, people, data) for hit in recalled.communications],
        meta=RecallMeta(round((monotonic() - started) * 1000)),
    )


def _question(data: RecallRequest) -> Question:
    return Question(
        query=data.query or "",
        conversation_id=ConversationId(data.conversation_id) if data.conversation_id else None,
        begin=_instant(data.begin_date, "beginDate"),
        end=_instant(data.end_date, "endDate"),
        observations_limit=_or(data.observations_limit, limits.RECALL_OBSERVATIONS_DEFAULT),
        summaries_limit=_or(data.summaries_limit, limits.RECALL_SUMMARIES_DEFAULT),
        communications_limit=_or(data.communications_limit, 0),
        threshold=data.relevance_threshold or 0.0,
        communications_context=data.communications_context or 0,
        explain=bool(data.explain),
        as_of=_past(data.as_of),
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _instant(text: str | None, field: str) -> datetime | None:
    return parse_instant(text, field=field) if text else None


def _past(text: str | None) -> datetime | None:
    """None for a time that has not come yet: as much is known as now."""
    instant = _instant(text, "asOf")
    return instant if instant is not None and instant < clock() else None


def _observation(hit: Hit) -> RecalledObservation:
    memory = hit.memory
    return RecalledObservation(
        id=memory.memory_id,
        content=memory.content,
        source=memory.source or "",
        occurred_at=utc_text(memory.occurred_at),
        conversation_ids=list(memory.conversation_ids),
        created_at=utc_text(memory.created_at),
        updated_at=utc_text(memory.updated_at),
        score=UNSET if hit.score is None else hit.score,
        explanation=_explanation(hit.signals),
    )


def _summary(hit: Hit) -> RecalledSummary:
    memory = hit.memory
    return RecalledSummary(
        id=memory.memory_id,
        content=memory.content,
        source=memory.source or "",
        conversation_id=memory.conversation_ids[0],
        occurred_at=utc_text(memory.occurred_at),
        created_at=utc_text(memory.created_at),
        updated_at=utc_text(memory.updated_at),
        score=UNSET if hit.score is None else hit.score,
        explanation=_explanation(hit.signals),
    )


def _explanation(signals: Sequence[Signal]) -> RecallExplanation | UnsetType:
    if not signals:
        return UNSET
    told = [RecallSignal(one.name, one.value, one.weight, one.value * one.weight) for one in signals]
    return RecallExplanation(sorted(told, key=lambda one: abs(one.contribution), reverse=True))


def _hit(hit: CommunicationHit, people: Mapping[str, Participant], asked: RecallRequest) -> RecalledCommunication:
    is_told = asked.conversation_id is None
    said = _communication(hit.communication, people, is_told=is_told)
    context = [_communication(one, people, is_told=is_told) for one in hit.context]
    return msgspec.structs.replace(
        said,
        score=hit.score,
        explanation=_explanation(hit.signals),
        context=context if is_told and asked.communications_context else UNSET,
    )


def _communication(one: Communication, people: Mapping[str, Participant], *, is_told: bool) -> RecalledCommunication:
    """In the shape of recall, which is not that of the Orchestrator (contract §2.14)."""
    return RecalledCommunication(
        id=one.communication_id,
        author=_person(one.author, people),
        content=RecalledText(one.content.text),
        recipients=[_person(recipient, people) for recipient in one.recipients],
        created_at=utc_text(one.created_at),
        updated_at=utc_text(one.updated_at),
        channel_id=one.channel_id,
        conversation_id=one.conversation_id if is_told else None,
        occurred_at=utc_text(one.occurred_at) if is_told else None,
    )


def _person(party: Author | Recipient, people: Mapping[str, Participant]) -> RecalledPerson:
    known = people.get(party.participant_id)
    return RecalledPerson(
        id=party.participant_id,
        name=(known.name if known else party.address)[: limits.PARTICIPANT_NAME_CHARS_MAX],
        address=party.address,
        channel=party.channel,
        type=known.type if known else None,
        profile_id=known.profile_id if known else None,
        delivery_status=_delivered(party) if isinstance(party, Recipient) else None,
    )


def _delivered(recipient: Recipient) -> str | None:
    """Recall knows no READ, and Agent Connect drops what has it (contract §8a Q19)."""
    return "DELIVERED" if recipient.delivery_status == "READ" else recipient.delivery_status
