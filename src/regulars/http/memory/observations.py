"""Observations (contract §2.12)."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import Parameter
from msgspec import Meta as Limits

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import parse_instant, utc_text
from regulars.domain.observations import Observation
from regulars.http.auth import checked
from regulars.http.memory.common import Accepted, Content, ConversationIdText, Source
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import observations as service
from regulars.services.observations import Statement
from regulars.storage import observations, profiles
from regulars.storage.db import Tx


class NewObservation(msgspec.Struct, frozen=True, rename="camel"):
    content: Content
    source: Source
    occurred_at: str
    conversation_ids: (
        Annotated[list[ConversationIdText], Limits(max_length=limits.CONVERSATION_IDS_PER_OBSERVATION_MAX)] | None
    ) = None


class CreateObservations(msgspec.Struct, frozen=True):
    observations: Annotated[list[NewObservation], Limits(min_length=1, max_length=limits.OBSERVATIONS_PER_BATCH_MAX)]


class ObservationResource(msgspec.Struct, frozen=True, rename="camel"):
    """`communicationIds` is ours: the messages that the observation rests on."""

    id: str
    content: str
    source: str
    occurred_at: str
    conversation_ids: list[str]
    communication_ids: list[str]
    created_at: str
    updated_at: str


class ObservationList(msgspec.Struct, frozen=True):
    observations: list[ObservationResource]
    meta: Meta


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations",
    status_code=202,
    responses=PROBLEMS,
    tags=["Observations"],
    summary="Add observations",
)
async def create(rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, data: CreateObservations) -> Accepted:
    statements = [_statement(index, item) for index, item in enumerate(data.observations)]
    await rt.db.write(lambda tx: service.add(tx, ctx, store, profile, statements))
    return Accepted("Observations creation accepted")


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations",
    responses=PROBLEMS,
    tags=["Observations"],
    summary="List observations",
    dependencies={"page": paged(limits.MEMORIES_PER_PAGE_MAX)},
)
async def list_all(
    rt: Runtime,
    store: StoreId,
    profile: ProfileId,
    page: PageRequest,
    source: str | None = None,
    created_after: Annotated[str | None, Parameter(query="createdAfter", description="Inclusive")] = None,
    created_before: Annotated[str | None, Parameter(query="createdBefore", description="Exclusive")] = None,
    conversation_id: Annotated[str | None, Parameter(query="conversationId")] = None,
) -> ObservationList:
    after = parse_instant(created_after, field="createdAfter") if created_after else None
    before = parse_instant(created_before, field="createdBefore") if created_before else None
    async with rt.db.read() as tx:
        await require_profile(tx, store, profile)
        found = await paginate(
            page,
            lambda order, key, limit: observations.list_page(
                tx,
                store,
                profile,
                order,
                key,
                limit,
                source=source,
                created_after=after,
                created_before=before,
                conversation_id=conversation_id,
            ),
            lambda observation: observation.observation_id,
        )
    return ObservationList([resource(observation) for observation in found.items], meta("observations", found))


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations/{observation_id:str}",
    responses=PROBLEMS,
    tags=["Observations"],
    summary="Fetch an observation",
)
async def fetch(rt: Runtime, store: StoreId, profile: ProfileId, observation_id: str) -> ObservationResource:
    async with rt.db.read() as tx:
        found = await observations.fetch(tx, store, profile, checked(ids.OBSERVATION, observation_id, "observation"))
    if found is None:
        raise NotFound(f"There is no observation {observation_id} on this profile")
    return resource(found)


async def require_profile(tx: Tx, store: StoreId, profile: ProfileId) -> None:
    if await profiles.fetch(tx, store, profile) is None:
        raise NotFound(f"There is no profile {profile} in this store")


def resource(observation: Observation) -> ObservationResource:
    return ObservationResource(
        id=observation.observation_id,
        content=observation.content,
        source=observation.source,
        occurred_at=utc_text(observation.occurred_at),
        conversation_ids=list(observation.conversation_ids),
        communication_ids=list(observation.communication_ids),
        created_at=utc_text(observation.created_at),
        updated_at=utc_text(observation.updated_at),
    )


def _statement(index: int, item: NewObservation) -> Statement:
    return Statement(
        content=item.content,
        source=item.source,
        occurred_at=parse_instant(item.occurred_at, field=f"observations.{index}.occurredAt"),
        conversation_ids=tuple(item.conversation_ids or ()),
    )
