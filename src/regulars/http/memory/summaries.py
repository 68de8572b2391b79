"""Conversation summaries (contract §2.13)."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import Parameter

from regulars.core import limits
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.summaries import Summary
from regulars.http.memory.observations import require_profile
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.storage import summaries


class SummaryResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    content: str
    source: str
    conversation_id: str
    occurred_at: str
    created_at: str
    updated_at: str


class SummaryList(msgspec.Struct, frozen=True):
    summaries: list[SummaryResource]
    meta: Meta


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/ConversationSummaries",
    responses=PROBLEMS,
    tags=["Summaries"],
    summary="List conversation summaries",
    dependencies={"page": paged(limits.MEMORIES_PER_PAGE_MAX)},
)
async def list_all(
    rt: Runtime,
    store: StoreId,
    profile: ProfileId,
    page: PageRequest,
    conversation_id: Annotated[str | None, Parameter(query="conversationId")] = None,
) -> SummaryList:
    async with rt.db.read() as tx:
        await require_profile(tx, store, profile)
        found = await paginate(
            page,
            lambda order, key, limit: summaries.list_page(
                tx, store, profile, order, key, limit, conversation_id=conversation_id
            ),
            lambda summary: summary.summary_id,
        )
    return SummaryList([_resource(summary) for summary in found.items], meta("summaries", found))


def _resource(summary: Summary) -> SummaryResource:
    return SummaryResource(
        id=summary.summary_id,
        content=summary.content,
        source=summary.source,
        conversation_id=summary.conversation_id,
        occurred_at=utc_text(summary.occurred_at),
        created_at=utc_text(summary.created_at),
        updated_at=utc_text(summary.updated_at),
    )
