"""The job of an import: reads the file piece by piece and writes its rows in batches, each with the progress made."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Final

import structlog

from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput
from regulars.core.ids import AccountSid, Mint, StoreId
from regulars.domain import rows
from regulars.domain.csv_rows import Lines, Record, Table, read_table
from regulars.domain.identity import IdentitySettings
from regulars.domain.imports import Import, Layout, layout_of, room_for_problems, traits_of
from regulars.domain.mappings import DataMapping
from regulars.domain.plans import Item
from regulars.domain.rows import Prepared
from regulars.domain.traits import TraitGroup
from regulars.services import imports as service
from regulars.services import trait_groups as declared_groups
from regulars.services.erasing import forget_digests, upsert_unless_erased
from regulars.storage import data_mappings, identity_settings, imports, operations, stores, trait_groups
from regulars.storage.db import Db, Tx
from regulars.storage.imports import LineProblem, Progress

_BATCH_ROWS: Final = 1000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """The import and what its store declares, as of the beginning of the job."""

    store_id: StoreId
    account_sid: AccountSid
    one: Import
    groups: Sequence[TraitGroup]
    mappings: Sequence[DataMapping]
    settings: IdentitySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    known_rows: int
    progress: Progress
    items: Sequence[Item]
    problems: Sequence[LineProblem]


class _OvertakenError(Exception):
    """Another run of the job came further meanwhile, or the store is gone."""


class _RedeclaredError(Exception):
    """The store declares other traits than those by which the rows were prepared."""


async def run(db: Db, mint: Mint, clock: Callable[[], datetime], store_id: StoreId, import_id: str) -> None:
    """Goes on after the rows that an earlier run has written. What is wrong with the file itself ends the import."""
    while (subject := await _load(db, store_id, import_id)) is not None:
        try:
            await _run(db, mint, clock, subject)
        except _RedeclaredError:
            continue
        return


async def _run(db: Db, mint: Mint, clock: Callable[[], datetime], subject: _Subject) -> None:
    one = subject.one
    await db.write(lambda tx: operations.set_running(tx, one.operation_id))
    try:
        await _apply(db, mint, clock, subject)
        await db.write(lambda tx: _complete(tx, clock(), subject))
    except _OvertakenError:
        return
    except InvalidInput as error:
        failure = error.message
        await db.write(lambda tx: service.fail(tx, clock(), subject.store_id, one, failure))
    log.info("import_ended", import_id=one.import_id)


async def _load(db: Db, store_id: StoreId, import_id: str) -> _Subject | None:
    async with db.read() as tx:
        one = await imports.fetch(tx, store_id, import_id)
        account_sid = await stores.fetch_account_sid(tx, store_id)
        if one is None or account_sid is None or one.status != "PROCESSING":
            return None
        return _Subject(
            store_id=store_id,
            account_sid=account_sid,
            one=one,
            groups=await trait_groups.list_all(tx, store_id),
            mappings=await data_mappings.list_ingress(tx, store_id),
            settings=await identity_settings.fetch(tx, store_id),
        )


async def _apply(db: Db, mint: Mint, clock: Callable[[], datetime], subject: _Subject) -> None:
    """While Postgres writes one batch, the next is read and prepared on a thread."""
    batches = _batches(subject, _pieces(db, subject, asyncio.get_running_loop()))
    upcoming = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await upcoming) is not None:
            upcoming = asyncio.create_task(asyncio.to_thread(next, batches, None))
            ctx = Ctx(
                account_sid=subject.account_sid,
                store_ids=(subject.store_id,),
                now=clock(),
                mint=mint,
                actor=subject.one.actor,
            )
            await db.write(lambda tx, ctx=ctx, batch=batch: _write(tx, ctx, subject, batch))
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)


def _pieces(db: Db, subject: _Subject, loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """The file, one piece in memory at a time. Runs on a thread; the database answers on the loop."""

    async def fetch(position: int) -> bytes | None:
        async with db.read() as tx:
            one = subject.one
            return await imports.fetch_chunk(tx, subject.store_id, one.import_id, one.upload_id or "", position)

    for position in count():
        piece = asyncio.run_coroutine_threadsafe(fetch(position), loop).result()
        if piece is None:
            return
        yield piece


def _batches(subject: _Subject, pieces: Iterator[bytes]) -> Iterator[_Batch]:
    lines = Lines(pieces)
    table = read_table(lines, [mapping.column_name for mapping in subject.one.column_mappings])
    layout = layout_of(
        table, subject.one.column_mappings, subject.mappings, subject.groups, subject.settings.identifier_configs
    )
    done = sum(1 for _ in islice(table.records, subject.one.rows_done))
    while records := list(islice(table.records, _BATCH_ROWS)):
        prepared = [_prepared(record, table, layout, subject) for record in records]
        found = [problem for one in prepared for problem in one.problems]
        yield _Batch(
            known_rows=done,
            progress=Progress(
                rows_done=done + len(records),
                bytes_done=lines.bytes_done,
                errors=rows.count(found, "ERROR"),
                warnings=rows.count(found, "WARNING"),
            ),
            items=[one.item for one in prepared if one.item is not None],
            problems=list(_told(records, prepared)),
        )
        done += len(records)


def _prepared(record: Record, table: Table, layout: Layout, subject: _Subject) -> Prepared:
    if not record.is_valid:
        return _refused("The line is no valid CSV: a quote stands inside a cell, or text after its closing quote")
    if len(record.cells) != table.width:
        return _refused(f"The line has {len(record.cells)} cells, the first line {table.width}")
    traits, problems = traits_of(record.cells, layout)
    prepared = rows.prepare(traits, subject.groups, subject.settings)
    return Prepared(prepared.item, [*problems, *prepared.problems])


def _refused(reason: str) -> Prepared:
    return Prepared(None, [rows.error(reason)])


def _told(records: Sequence[Record], prepared: Sequence[Prepared]) -> Iterator[LineProblem]:
    for record, one in zip(records, prepared, strict=True):
        for position, problem in enumerate(one.problems):
            yield LineProblem(record.line, position, problem.severity, problem.reason)


async def _write(tx: Tx, ctx: Ctx, subject: _Subject, batch: _Batch) -> None:
    """The rows and the progress together, so that no row is written twice."""
    store_id, import_id = subject.store_id, subject.one.import_id
    if not await declared_groups.are(tx, store_id, subject.groups):
        raise _RedeclaredError
    told = await imports.advance(
        tx, store_id, import_id, known_rows=batch.known_rows, progress=batch.progress, now=ctx.now
    )
    if told is None:
        raise _OvertakenError
    room = room_for_problems(told - len(batch.problems))
    if batch.problems and room:
        await imports.insert_problems(tx, store_id, import_id, batch.problems[:room])
    if batch.items:
        await upsert_unless_erased(tx, ctx, store_id, batch.items, subject.settings, accepted_at=subject.one.created_at)


async def _complete(tx: Tx, now: datetime, subject: _Subject) -> None:
    store_id, import_id = subject.store_id, subject.one.import_id
    if not await imports.end(tx, store_id, import_id, "COMPLETED", now, known_status="PROCESSING"):
        raise _OvertakenError
    done = await imports.require(tx, store_id, import_id)
    report = {
        "total": done.rows_done,
        "applied": done.rows_done - done.errors,
        "failed": done.errors,
        "warnings": done.warnings,
    }
    await operations.complete(tx, done.operation_id, now, report=report)
    await forget_digests(tx, store_id)
