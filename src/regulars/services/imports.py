"""Imports as callers see them: declared, then filled by one upload under a link that needs no credentials."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from regulars.core import ids, limits
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, Forbidden, InvalidInput
from regulars.core.ids import Mint, StoreId
from regulars.domain.imports import ColumnMapping, Import, targets_of
from regulars.domain.operations import OperationError
from regulars.services import operations as started_operations
from regulars.services.erasing import forget_digests
from regulars.services.sealing import Sealer
from regulars.storage import identity_settings, imports, jobs, operations, trait_groups
from regulars.storage.db import Db, Tx

_UPLOAD: Final = "mem_upload"
_USED: Final = "The file of this import has come already, or it was given up. Create another import"


async def create(
    tx: Tx, ctx: Ctx, store_id: StoreId, *, filename: str, file_size: int, mappings: Sequence[ColumnMapping]
) -> Import:
    """PENDING until its file has come."""
    settings = await identity_settings.fetch(tx, store_id)
    targets_of(mappings, await trait_groups.list_all(tx, store_id), settings.identifier_configs)
    import_id = ctx.mint(ids.IMPORT)
    started = await started_operations.start(tx, ctx, import_id, status="PENDING")
    created = Import(
        import_id=import_id,
        operation_id=started.operation_id,
        actor=ctx.actor,
        status="PENDING",
        filename=filename,
        file_size=file_size,
        column_mappings=mappings,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    await imports.insert(tx, store_id, created)
    await jobs.enqueue_expire_import(tx, store_id, import_id, now=ctx.now)
    return created


def token_of(sealer: Sealer, now: datetime, store_id: StoreId, import_id: str) -> str:
    """For the link: who has it may upload this one file, for a while."""
    return sealer.seal_link(f"{store_id}/{import_id}", now)


def check_token(sealer: Sealer, now: datetime, token: str, store_id: str, import_id: str) -> None:
    if sealer.open_link(token, now, ttl_s=limits.IMPORT_URL_TTL_S) != f"{store_id}/{import_id}":
        raise Forbidden("The link is not one for this import, or it has expired")


async def receive(
    db: Db, mint: Mint, now: datetime, store_id: StoreId, import_id: str, pieces: AsyncIterator[bytes]
) -> None:
    """Keeps the file piece by piece, and lets the import begin once it is whole. Of two uploads one wins."""
    async with db.read() as tx:
        known = await imports.require(tx, store_id, import_id)
    if known.status != "PENDING":
        raise Conflict(_USED)
    upload_id, done = mint(_UPLOAD), False
    try:
        await _keep(db, store_id, known, upload_id, pieces)
        await db.write(lambda tx: _begin(tx, store_id, import_id, upload_id, now))
        done = True
    finally:
        if not done:
            await db.write(lambda tx: imports.delete_upload(tx, store_id, import_id, upload_id))


async def _keep(db: Db, store_id: StoreId, known: Import, upload_id: str, pieces: AsyncIterator[bytes]) -> None:
    size = position = 0
    async for piece in pieces:
        size += len(piece)
        if size > known.file_size:
            raise InvalidInput(f"The file is longer than the {known.file_size} bytes that were announced")
        await db.write(
            lambda tx, position=position, piece=piece: imports.insert_chunk(
                tx, store_id, known.import_id, upload_id, position, piece
            )
        )
        position += 1
    if size < known.file_size:
        raise InvalidInput(f"The file has {size} bytes, and {known.file_size} were announced")


async def _begin(tx: Tx, store_id: StoreId, import_id: str, upload_id: str, now: datetime) -> None:
    if not await imports.start(tx, store_id, import_id, upload_id, now):
        raise Conflict(_USED)
    await imports.delete_other_uploads(tx, store_id, import_id, upload_id)
    await jobs.enqueue_import(tx, store_id, import_id)


async def expire(db: Db, now: datetime, store_id: StoreId, import_id: str) -> None:
    """Gives up an import that still waits for its file."""
    async with db.read() as tx:
        known = await imports.fetch(tx, store_id, import_id)
    if known is not None and known.status == "PENDING":
        await db.write(lambda tx: fail(tx, now, store_id, known, "The file did not come in time"))


async def fail(tx: Tx, now: datetime, store_id: StoreId, known: Import, failure: str) -> None:
    """What was applied stays; what was uploaded goes."""
    if await imports.end(tx, store_id, known.import_id, "FAILED", now, known_status=known.status, failure=failure):
        told = OperationError(title="The import failed", detail=failure, status=400, code=400)
        await operations.fail(tx, known.operation_id, now, told)
        await forget_digests(tx, store_id)
