"""Communications of conversations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from regulars.core import limits
from regulars.core.ids import ConversationId, StoreId
from regulars.core.page import Order
from regulars.domain.conversations import Author, Communication, Content, Recipient
from regulars.domain.transcripts import BEFORE_CHARS
from regulars.storage.conversations import ConversationKey
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("communications")


class SaidRow(NamedTuple):
    """A communication as recall reads it; `text` is its beginning."""

    conversation_id: str
    communication_id: str
    position: int
    participant_id: str
    text: str
    occurred_at: datetime
    created_at: datetime
    vector: bytes | None = None


class Unembedded(NamedTuple):
    store_id: StoreId
    conversation_id: ConversationId
    communication_id: str
    version: int
    text: str
    participant_id: str
    before: tuple[str, str] | None
    """Participant and end of the text of what was said directly before."""

    @property
    def key(self) -> ConversationKey:
        return ConversationKey(self.store_id, self.conversation_id)


async def insert(tx: Tx, store_id: StoreId, communication: Communication, version: int) -> None:
    await tx.run(
        SQL["insert_communication"],
        store_id=store_id,
        conversation_id=communication.conversation_id,
        communication_id=communication.communication_id,
        position=communication.position,
        author=Jsonb(communication.author),
        content=Jsonb(communication.content),
        recipients=Jsonb(communication.recipients),
        channel_id=communication.channel_id,
        resource_id=communication.resource_id,
        occurred_at=communication.occurred_at,
        now=communication.created_at,
        version=version,
    )


async def update(tx: Tx, store_id: StoreId, communication: Communication, version: int | None) -> None:
    """Content, recipients and resource id; the rest stays, the version too when it is None."""
    await tx.run(
        SQL["update_communication"],
        store_id=store_id,
        conversation_id=communication.conversation_id,
        communication_id=communication.communication_id,
        content=Jsonb(communication.content),
        recipients=Jsonb(communication.recipients),
        resource_id=communication.resource_id,
        now=communication.updated_at,
        version=version,
    )


async def fetch(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, communication_id: str
) -> Communication | None:
    return await tx.maybe(
        SQL["fetch_communication"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        communication_id=communication_id,
    )


async def fetch_by_resource(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, resource_id: str
) -> Communication | None:
    return await tx.maybe(
        SQL["fetch_by_resource"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        resource_id=resource_id,
    )


async def ask_by_resource(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, resource_id: str
) -> Answer[Communication]:
    """`fetch_by_resource` inside `together`."""
    return await tx.ask(
        SQL["fetch_by_resource"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        resource_id=resource_id,
    )


async def fetch_last_resource(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, prefix: str
) -> Communication | None:
    """The one with the highest resource id of those that begin so."""
    return await tx.maybe(
        SQL["fetch_last_resource"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        first=prefix,
        last=f"{prefix}~",
    )


async def list_page(
    tx: Tx,
    store_id: StoreId,
    conversation_id: ConversationId,
    order: Order,
    key: str,
    limit: int,
    *,
    channel_id: str | None,
) -> list[Communication]:
    return await tx.all(
        SQL[f"list_communications.{order}"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        key=key,
        limit=limit,
        channel_id=channel_id,
    )


async def list_newest(tx: Tx, store_id: StoreId, conversation_id: ConversationId, limit: int) -> list[Communication]:
    return await tx.all(
        SQL["list_newest_communications"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        as_of=None,
        limit=limit,
    )


async def touch_said_by(tx: Tx, store_id: StoreId, conversation_id: str, participant_id: str, version: int) -> None:
    """Marks what somebody said as changed, so that snapshots read it again."""
    await tx.run(
        SQL["touch_said_by"],
        store_id=store_id,
        conversation_id=conversation_id,
        participant_id=participant_id,
        version=version,
    )


async def forget_embeddings(tx: Tx, store_id: StoreId, changed: Communication, version: int) -> None:
    """Of other words, and of what was said directly after them: its vector holds them, too. Whoever is computing that
    one now comes too late."""
    place: dict[str, Any] = {
        "store_id": store_id,
        "conversation_id": changed.conversation_id,
        "position": changed.position,
    }
    await tx.run(SQL["touch_next"], **place, version=version)
    await tx.run(SQL["delete_embeddings_at"], **place)


async def list_said(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> list[SaidRow]:
    """Everything, without vectors."""
    return await tx.many(
        SQL["list_said"],
        SaidRow,
        store_id=store_id,
        conversation_ids=list(conversation_ids),
        chars=limits.RECALL_COMMUNICATION_CHARS_MAX,
    )


async def list_vectors(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], *, model: str) -> dict[str, bytes]:
    """Of everything said in these conversations, by the ids of communications."""
    pairs = await tx.many(
        SQL["list_vectors"], _pair, store_id=store_id, conversation_ids=list(conversation_ids), model=model
    )
    return dict(pairs)


async def ask_changed(
    tx: Tx, store_id: StoreId, conversation_id: str, known_version: int, *, model: str
) -> Answer[SaidRow]:
    """Inside `together`: what changed after a version, with vectors."""
    return await tx.ask(
        SQL["list_changed"],
        SaidRow,
        store_id=store_id,
        conversation_id=conversation_id,
        known_version=known_version,
        chars=limits.RECALL_COMMUNICATION_CHARS_MAX,
        model=model,
    )


async def ask_ids(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> Answer[str]:
    """Inside `together`: of everything said in these conversations."""
    return await tx.ask(SQL["list_ids"], _id, store_id=store_id, conversation_ids=list(conversation_ids))


async def ask_newest(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, limit: int, *, as_of: datetime | None
) -> Answer[Communication]:
    """`list_newest` inside `together`; of those that had been captured by some time, if one is given."""
    return await tx.ask(
        SQL["list_newest_communications"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        as_of=as_of,
        limit=limit,
    )


async def ask_by_ids(
    tx: Tx, store_id: StoreId, conversation_ids: Sequence[str], communication_ids: Sequence[str]
) -> Answer[Communication]:
    """Inside `together`: those of these conversations that have one of the ids."""
    return await tx.ask(
        SQL["list_by_ids"],
        _communication,
        store_id=store_id,
        conversation_ids=list(conversation_ids),
        communication_ids=list(communication_ids),
    )


async def ask_around(
    tx: Tx, store_id: StoreId, conversation_id: str, position: int, context: int
) -> Answer[Communication]:
    """Inside `together`: what stands there, or next after it when it is gone, and up to `context` on either side."""
    return await tx.ask(
        SQL["list_around"],
        _communication,
        store_id=store_id,
        conversation_id=conversation_id,
        position=position,
        context=context,
    )


async def list_unembedded(tx: Tx, keys: Sequence[ConversationKey], *, model: str, limit: int) -> list[Unembedded]:
    """In the order of conversations and positions."""
    return await tx.all(
        SQL["list_unembedded"],
        Unembedded,
        store_ids=sorted({key.store_id for key in keys}),
        conversation_ids=[key.conversation_id for key in keys],
        chars=limits.MEMORY_CONTENT_CHARS_MAX,
        chars_before=BEFORE_CHARS,
        model=model,
        limit=limit,
    )


async def insert_embeddings(
    tx: Tx,
    missing: Sequence[Unembedded],
    versions: Mapping[ConversationKey, int],
    *,
    model: str,
    vectors: Mapping[str, bytes],
) -> int:
    """For words that were read before, by id; `versions` are those that the conversations have now. Returns how many
    are still the same words."""
    return await tx.run_each(
        SQL["insert_embedding"],
        [
            {
                "store_id": one.store_id,
                "conversation_id": one.conversation_id,
                "communication_id": one.communication_id,
                "known_version": one.version,
                "version": versions[one.key],
                "model": model,
                "vector": vectors[one.communication_id],
            }
            for one in missing
            if one.key in versions
        ],
    )


def _id(*, communication_id: str) -> str:
    return communication_id


def _pair(communication_id: str, vector: bytes) -> tuple[str, bytes]:
    return communication_id, vector


def _communication(*, author: Any, content: Any, recipients: Any, **columns: Any) -> Communication:
    return Communication(
        author=msgspec.convert(author, Author),
        content=msgspec.convert(content, Content),
        recipients=msgspec.convert(recipients, list[Recipient]),
        **columns,
    )
