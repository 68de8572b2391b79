"""Everything known about a customer as one JSON document. An extension: nothing of it is in the contract."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from litestar import get
from litestar.response import Stream

from regulars.core.context import Ctx
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.core.times import utc_text
from regulars.domain.conversations import Communication
from regulars.domain.plans import Held
from regulars.domain.resources import communication_resource, conversation_resource
from regulars.http.memory import merges as merges_http
from regulars.http.memory import observations as observations_http
from regulars.http.memory import summaries as summaries_http
from regulars.http.memory import traits as traits_http
from regulars.http.problems import READ_PROBLEMS
from regulars.runtime import Runtime
from regulars.storage import (
    communications,
    conversations,
    identifiers,
    merges,
    observations,
    participants,
    profiles,
    summaries,
    traits,
)
from regulars.storage.db import Tx

T = TypeVar("T")

Fetch = Callable[[Tx, str, int], Awaitable[Sequence[T]]]
"""The rows after a key, so many at most."""

_ROWS_AT_ONCE: Final = 500


class ExportedIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    id_type: str
    value: str
    added_at: str


class ExportedProfile(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    created_at: str


@get(
    "/v1/Stores/{store_id:str}/Profiles/{profile_id:str}/Export",
    responses=READ_PROBLEMS,
    media_type="application/json",
    tags=["Profiles"],
    summary="Export everything known about a customer",
    description=(
        "Extension. Traits, identifiers, observations with their revisions, summaries, conversations with all that was"
        " said, and merges. Streamed, so that a customer of many years fits."
    ),
)
async def export(rt: Runtime, ctx: Ctx, store: StoreId, reading: ProfileId) -> Stream:
    return Stream(_Export(rt, ctx, store, reading).pieces(), media_type="application/json")


class _Export:
    """Each page is read on its own: the connection is not held while a slow reader takes the document."""

    def __init__(self, rt: Runtime, ctx: Ctx, store_id: StoreId, profile_id: ProfileId) -> None:
        self._rt = rt
        self._ctx = ctx
        self._store_id = store_id
        self._profile_id = profile_id

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b'{"profile":' + msgspec.json.encode(await self._profile())
        yield b',"identifiers":' + msgspec.json.encode(await self._identifiers())
        for name, section in (
            ("traits", self._traits()),
            ("observations", self._observations()),
            ("revisions", self._revisions()),
            ("summaries", self._summaries()),
            ("conversations", self._conversations()),
            ("merges", self._merges()),
        ):
            yield b',"' + name.encode() + b'":['
            first = True
            async for piece in section:
                yield piece if first else b"," + piece
                first = False
            yield b"]"
        yield b"}"

    async def _profile(self) -> ExportedProfile | None:
        async with self._rt.db.read() as tx:
            found = await profiles.fetch(tx, self._store_id, self._profile_id)
        return None if found is None else ExportedProfile(found.profile_id, utc_text(found.created_at))

    async def _identifiers(self) -> list[ExportedIdentifier]:
        async with self._rt.db.read() as tx:
            held = await identifiers.list_held(tx, self._store_id, [self._profile_id])
        return [_identifier(one) for one in held]

    async def _rows(self, fetch: Fetch[T], key_of: Callable[[T], str]) -> AsyncIterator[T]:
        key = ""
        while True:
            async with self._rt.db.read() as tx:
                rows = await fetch(tx, key, _ROWS_AT_ONCE)
            for row in rows:
                yield row
            if len(rows) < _ROWS_AT_ONCE:
                return
            key = key_of(rows[-1])

    async def _encoded(
        self, fetch: Fetch[T], key_of: Callable[[T], str], resource: Callable[[T], Any]
    ) -> AsyncIterator[bytes]:
        async for row in self._rows(fetch, key_of):
            yield msgspec.json.encode(resource(row))

    def _traits(self) -> AsyncIterator[bytes]:
        return self._encoded(
            lambda tx, key, limit: traits.list_page(
                tx, self._store_id, self._profile_id, "ASC", key, limit, trait_groups=None
            ),
            lambda trait: trait.key,
            traits_http.resource,
        )

    def _observations(self) -> AsyncIterator[bytes]:
        return self._encoded(
            lambda tx, key, limit: observations.list_page(
                tx,
                self._store_id,
                self._profile_id,
                "ASC",
                key,
                limit,
                source=None,
                created_after=None,
                created_before=None,
                conversation_id=None,
            ),
            lambda observation: observation.observation_id,
            observations_http.resource,
        )

    def _revisions(self) -> AsyncIterator[bytes]:
        return self._encoded(
            lambda tx, key, limit: observations.list_former(tx, self._store_id, self._profile_id, key, limit),
            lambda revision: revision.place,
            lambda revision: observations_http.resource(revision.observation),
        )

    def _summaries(self) -> AsyncIterator[bytes]:
        return self._encoded(
            lambda tx, key, limit: summaries.list_page(
                tx, self._store_id, self._profile_id, "ASC", key, limit, conversation_id=None
            ),
            lambda summary: summary.summary_id,
            summaries_http.resource,
        )

    def _merges(self) -> AsyncIterator[bytes]:
        return self._encoded(
            lambda tx, key, limit: merges.list_page(tx, self._store_id, self._profile_id, "ASC", key, limit),
            lambda merge: merge.merge_id,
            merges_http.resource,
        )

    async def _conversations(self) -> AsyncIterator[bytes]:
        async with self._rt.db.read() as tx:
            conversation_ids = await merges.list_conversation_ids(tx, self._store_id, self._profile_id)
        for conversation_id in map(ConversationId, conversation_ids):
            async with self._rt.db.read() as tx:
                found = await conversations.fetch(tx, [self._store_id], conversation_id)
                present = await participants.list_all(tx, self._store_id, conversation_id)
            if found is None:
                continue
            head = msgspec.json.encode(conversation_resource(self._ctx.account_sid, found, present))
            yield head.removesuffix(b"}") + b',"communications":[' + await self._said(conversation_id) + b"]}"

    async def _said(self, conversation_id: ConversationId) -> bytes:
        def resource(communication: Communication) -> Any:
            return communication_resource(self._ctx.account_sid, communication)

        pieces = self._encoded(
            lambda tx, key, limit: communications.list_page(
                tx, self._store_id, conversation_id, "ASC", key, limit, channel_id=None
            ),
            lambda communication: communication.communication_id,
            resource,
        )
        return b",".join([piece async for piece in pieces])


def _identifier(held: Held) -> ExportedIdentifier:
    return ExportedIdentifier(held.identifier.id_type, held.identifier.value, utc_text(held.added_at))
