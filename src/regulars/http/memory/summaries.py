"""Conversation summaries (contract §2.13)."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import parse_instant, utc_text
from regulars.domain.summaries import SUMMARY_SOURCE, Summary
from regulars.http.auth import checked
from regulars.http.memory.common import Accepted, Content, ConversationIdText, Idempotency, Source
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import READ_PROBLEMS, WRITE_PROBLEMS
from regulars.runtime import Runtime
from regulars.services import summaries as service
from regulars.services.summaries import Changes, Recap
from regulars.storage import summaries


class NewSummary(msgspec.Struct, frozen=True, rename="camel"):
    content: Content
    conversation_id: ConversationIdText
    occurred_at: str
    source: Source | None = None


class CreateSummaries(msgspec.Struct, frozen=True):
    summaries: Annotated[list[NewSummary], Limits(min_length=1, max_length=limits.SUMMARIES_PER_BATCH_MAX)]


class PatchSummary(msgspec.Struct, frozen=True, rename="camel"):
    """What is absent stays as it is."""

    content: Content | None = None
    conversation_id: ConversationIdText | None = None
    occurred_at: str | None = None
    source: Source | None = None


class SummaryResource(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What follows `updatedAt` is ours, of an extracted summary: see `ObservationResource`."""

    id: str
    content: str
    source: str
    conversation_id: str
    occurred_at: str
    created_at: str
    updated_at: str
    communication_ids: list[str] = []
    extracted_by: str | None = None


class SummaryList(msgspec.Struct, frozen=True):
    summaries: list[SummaryResource]
    meta: Meta


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Summaries"],
    summary="Add conversation summaries",
)
async def create(
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    profile: ProfileId,
    data: CreateSummaries,
    idempotency_key: Idempotency = None,
) -> Accepted:
    recaps = [_recap(index, item) for index, item in enumerate(data.summaries)]
    await rt.db.write(lambda tx: service.add(tx, ctx, store, profile, recaps, idempotency_key=idempotency_key))
    return Accepted("Summaries creation accepted")


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries",
    responses=READ_PROBLEMS,
    tags=["Summaries"],
    summary="List conversation summaries",
    dependencies={"page": paged(limits.MEMORIES_PER_PAGE_MAX)},
)
async def list_all(
    rt: Runtime,
    store: StoreId,
    reading: ProfileId,
    page: PageRequest,
    conversation_id: Annotated[str | None, Parameter(query="conversationId")] = None,
) -> SummaryList:
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: summaries.list_page(
                tx, store, reading, order, key, limit, conversation_id=conversation_id
            ),
            lambda summary: summary.summary_id,
        )
    return SummaryList([resource(summary) for summary in found.items], meta("summaries", found))


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries/{summary_id:str}",
    responses=READ_PROBLEMS,
    tags=["Summaries"],
    summary="Fetch a conversation summary",
)
async def fetch(rt: Runtime, store: StoreId, reading: ProfileId, summary_id: str) -> SummaryResource:
    async with rt.db.read() as tx:
        found = await summaries.fetch(tx, store, reading, checked(ids.SUMMARY, summary_id, "summary"))
    if found is None:
        raise service.absent(summary_id)
    return resource(found)


@patch(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries/{summary_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Summaries"],
    summary="Change a conversation summary",
)
async def modify(
    rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, summary_id: str, data: PatchSummary
) -> Accepted:
    known_id = checked(ids.SUMMARY, summary_id, "summary")
    changes = _changes(data)
    await rt.db.write(lambda tx: service.patch(tx, ctx, store, profile, known_id, changes))
    return Accepted("Conversation summary update accepted")


@delete(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries/{summary_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Summaries"],
    summary="Delete a conversation summary",
)
async def remove(rt: Runtime, store: StoreId, profile: ProfileId, summary_id: str) -> Accepted:
    known_id = checked(ids.SUMMARY, summary_id, "summary")
    await rt.db.write(lambda tx: service.erase(tx, store, profile, known_id))
    return Accepted("Conversation summary deletion accepted")


def resource(summary: Summary) -> SummaryResource:
    return SummaryResource(
        id=summary.summary_id,
        content=summary.content,
        source=summary.source,
        conversation_id=summary.conversation_id,
        occurred_at=utc_text(summary.occurred_at),
        created_at=utc_text(summary.created_at),
        updated_at=utc_text(summary.updated_at),
        communication_ids=list(summary.communication_ids),
        extracted_by=summary.extracted_by,
    )


def _recap(index: int, item: NewSummary) -> Recap:
    return Recap(
        content=item.content,
        source=item.source or SUMMARY_SOURCE,
        conversation_id=item.conversation_id,
        occurred_at=parse_instant(item.occurred_at, field=f"summaries.{index}.occurredAt"),
    )


def _changes(data: PatchSummary) -> Changes:
    return Changes(
        content=data.content,
        source=data.source,
        conversation_id=data.conversation_id,
        occurred_at=None if data.occurred_at is None else parse_instant(data.occurred_at, field="occurredAt"),
    )
