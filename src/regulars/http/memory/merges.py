"""Merges on record, and their undoing. An extension: nothing of it is in the contract."""

import msgspec
from litestar import get, post

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.ids import ProfileId, StoreId
from regulars.core.page import PageRequest, paginate
from regulars.core.times import utc_text
from regulars.domain.merges import MergeRecord
from regulars.http.auth import checked
from regulars.http.memory.common import Accepted
from regulars.http.pages import Meta, meta, paged
from regulars.http.problems import READ_PROBLEMS, WRITE_PROBLEMS
from regulars.runtime import Runtime
from regulars.services import merging
from regulars.storage import merges


class MergeResource(msgspec.Struct, frozen=True, rename="camel"):
    """`status` MERGED: `profileId` became part of `intoProfileId` because both had `value`. UNDONE: somebody took that
    back. REFUSED: they stayed apart, and `reason` says why."""

    id: str
    status: str
    profile_id: str
    into_profile_id: str
    id_type: str
    value: str
    reason: str
    actor: str
    created_at: str
    undone_at: str | None
    undone_by: str | None


class MergeList(msgspec.Struct, frozen=True):
    merges: list[MergeResource]
    meta: Meta


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Merges",
    responses=READ_PROBLEMS,
    tags=["Merges"],
    summary="List the merges of a profile",
    description="Extension. Who was merged into this profile, when, by whom and why; and which merges were refused.",
    dependencies={"page": paged(limits.PAGE_SIZE_CONTROL_PLANE_MAX)},
)
async def list_all(rt: Runtime, store: StoreId, reading: ProfileId, page: PageRequest) -> MergeList:
    async with rt.db.read() as tx:
        found = await paginate(
            page,
            lambda order, key, limit: merges.list_page(tx, store, reading, order, key, limit),
            lambda merge: merge.merge_id,
        )
    return MergeList([resource(merge) for merge in found.items], meta("merges", found))


@post(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Merges/{merge_id:str}/Undo",
    status_code=202,
    responses=WRITE_PROBLEMS,
    tags=["Merges"],
    summary="Undo a merge",
    description=(
        "Extension. What belonged to each side before goes back, what came after stays with the canonical profile; the"
        " same two are not merged again."
    ),
)
async def undo(rt: Runtime, ctx: Ctx, store: StoreId, profile: ProfileId, merge_id: str) -> Accepted:
    checked(ids.MERGE, merge_id, "merge")
    await rt.db.write(lambda tx: merging.undo(tx, ctx, store, profile, merge_id))
    return Accepted("The merge is undone.")


def resource(merge: MergeRecord) -> MergeResource:
    return MergeResource(
        id=merge.merge_id,
        status=merge.status,
        profile_id=merge.other_profile_id,
        into_profile_id=merge.into_profile_id,
        id_type=merge.id_type,
        value=merge.value,
        reason=merge.reason,
        actor=merge.actor,
        created_at=utc_text(merge.created_at),
        undone_at=utc_text(merge.undone_at) if merge.undone_at else None,
        undone_by=merge.undone_by,
    )
