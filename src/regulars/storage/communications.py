"""Communications of conversations."""

from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import ConversationId, StoreId
from regulars.core.page import Order
from regulars.domain.conversations import Author, Communication, Content, Recipient
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("communications")


async def insert(tx: Tx, store_id: StoreId, communication: Communication) -> None:
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
    )


async def update(tx: Tx, store_id: StoreId, communication: Communication) -> None:
    """Content, recipients and resource id; the rest stays."""
    await tx.run(
        SQL["update_communication"],
        store_id=store_id,
        conversation_id=communication.conversation_id,
        communication_id=communication.communication_id,
        content=Jsonb(communication.content),
        recipients=Jsonb(communication.recipients),
        resource_id=communication.resource_id,
        now=communication.updated_at,
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
        limit=limit,
    )


def _communication(*, author: Any, content: Any, recipients: Any, **columns: Any) -> Communication:
    return Communication(
        author=msgspec.convert(author, Author),
        content=msgspec.convert(content, Content),
        recipients=msgspec.convert(recipients, list[Recipient]),
        **columns,
    )
