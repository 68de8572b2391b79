"""Observations (contract §2.12)."""

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
from regulars.domain.observations import Observation
from regulars.http.auth import checked
from regulars.http.memory.common import Accepted, Content, ConversationIdText, Idempotency, Source
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import READ_PROBLEMS, WRITE_PROBLEMS
from regulars.runtime import Runtime
from regulars.services import observations as service
from regulars.services.observations import Changes, Statement
from regulars.storage import observations

ConversationIds = Annotated[list[ConversationIdText], Limits(max_length=limits.CONVERSATION_IDS_PER_OBSERVATION_MAX)]


class NewObservation(msgspec.Struct, frozen=True, rename="camel"):
    content: Content
    source: Source
    occurred_at: str
    conversation_ids: ConversationIds | None = None


class CreateObservations(msgspec.Struct, frozen=True):
    observations: Annotated[list[NewObservation], Limits(min_length=1, max_length=limits.OBSERVATIONS_PER_BATCH_MAX)]


class PatchObservation(msgspec.Struct, frozen=True, rename="camel"):
    """What is absent stays as it is."""

    content: Content | None = None
    source: Source | None = None
    occurred_at: str | None = None
    conversation_ids: ConversationIds | None = None


class ObservationResource(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`communicationIds` and what follows `updatedAt` are ours: the messages that an extracted observation rests on,
    how sure it is from 0 to 1, what is odd about those messages, and "rules" or the name of the model that understood
    it so.
    """

    id: str
    content: str
    source: str
    occurred_at: str
    conversation_ids: list[str]
    communication_ids: list[str]
    created_at: str
    updated_at: str
    confidence: float | None = None
    flags: list[str] = []
    extracted_by: str | None = None


class ObservationList(msgspec.Struct, frozen=True):
    observations: list[ObservationResource]
    meta: Meta


class RevisionList(msgspec.Struct, frozen=True):
    """The first of the first page is the state that holds."""

    revisions: list[ObservationResource]
    meta: Meta


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Observations"],
    summary="Add observations",
)
async def create(
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    profile: ProfileId,
    data: CreateObservations,
    idempotency_key: Idempotency = None,
) -> Accepted:
    statements = [_statement(index, item) for index, item in enumerate(data.observations)]
    await rt.db.write(lambda tx: service.add(tx, ctx, store, profile, statements, idempotency_key=idempotency_key))
    return Accepted("Observations creation accepted")


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations",
    responses=READ_PROBLEMS,
    tags=["Observations"],
    summary="List observations",
    dependencies={"page": paged(limits.MEMORIES_PER_PAGE_MAX)},
)
async def list_all(
    rt: Runtime,
    store: StoreId,
    reading: ProfileId,
    page: PageRequest,
    source: str | None = None,
    created_after: Annotated[str | None, Parameter(query="createdAfter", description="Inclusive")] = None,
    created_before: Annotated[str | None, Parameter(query="createdBefore", description="Exclusive")] = None,
    conversation_id: Annotated[str | None, Parameter(query="conversationId")] = None,
) -> ObservationList:
    after = parse_instant(created_after, field="createdAfter") if created_after else None
    before = parse_instant(created_before, field="createdBefore") if created_before else None
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: observations.list_page(
                tx,
                store,
                reading,
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
    responses=READ_PROBLEMS,
    tags=["Observations"],
    summary="Fetch an observation",
)
async def fetch(rt: Runtime, store: StoreId, reading: ProfileId, observation_id: str) -> ObservationResource:
    async with rt.db.read() as tx:
        found = await observations.fetch(tx, store, reading, checked(ids.OBSERVATION, observation_id, "observation"))
    if found is None:
        raise service.absent(observation_id)
    return resource(found)


@patch(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations/{observation_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Observations"],
    summary="Change an observation",
)
async def modify(
    rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, observation_id: str, data: PatchObservation
) -> Accepted:
    known_id = checked(ids.OBSERVATION, observation_id, "observation")
    changes = _changes(data)
    await rt.db.write(lambda tx: service.patch(tx, ctx, store, profile, known_id, changes))
    return Accepted("Observation update accepted")


@delete(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations/{observation_id:str}",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Observations"],
    summary="Delete an observation",
)
async def remove(rt: Runtime, store: StoreId, profile: ProfileId, observation_id: str) -> Accepted:
    known_id = checked(ids.OBSERVATION, observation_id, "observation")
    await rt.db.write(lambda tx: service.erase(tx, store, profile, known_id))
    return Accepted("Observation deletion accepted")


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Observations/{observation_id:str}/Revisions",
    responses=READ_PROBLEMS,
    tags=["Observations"],
    summary="List the states of an observation",
    dependencies={"page": paged(limits.MEMORIES_PER_PAGE_MAX)},
)
async def list_revisions(
    rt: Runtime, store: StoreId, reading: ProfileId, observation_id: str, page: PageRequest
) -> RevisionList:
    known_id = checked(ids.OBSERVATION, observation_id, "observation")
    async with rt.db.read() as tx:
        if await observations.fetch(tx, store, reading, known_id) is None:
            raise service.absent(known_id)
        found = await paginate(
            page,
            lambda order, key, limit: observations.list_revisions(tx, store, reading, known_id, order, key, limit),
            lambda revision: revision.place,
        )
    return RevisionList([resource(revision.observation) for revision in found.items], meta("revisions", found))


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
        confidence=observation.confidence,
        flags=list(observation.flags),
        extracted_by=observation.extracted_by,
    )


def _statement(index: int, item: NewObservation) -> Statement:
    return Statement(
        content=item.content,
        source=item.source,
        occurred_at=parse_instant(item.occurred_at, field=f"observations.{index}.occurredAt"),
        conversation_ids=tuple(item.conversation_ids or ()),
    )


def _changes(data: PatchObservation) -> Changes:
    return Changes(
        content=data.content,
        source=data.source,
        occurred_at=None if data.occurred_at is None else parse_instant(data.occurred_at, field="occurredAt"),
        conversation_ids=None if data.conversation_ids is None else tuple(data.conversation_ids),
    )
