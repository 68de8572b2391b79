"""Conversations, the lookups that find them, and who is due."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from regulars.core import limits
from regulars.core.ids import ConversationId, StoreId
from regulars.core.page import Order
from regulars.domain.configurations import ConfigurationDocument
from regulars.domain.conversations import Conversation, Status
from regulars.storage.db import Answer, Tx
from regulars.storage.queries import load

SQL = load("conversations")


class ConversationKey(NamedTuple):
    store_id: StoreId
    conversation_id: ConversationId


class Due(NamedTuple):
    store_id: StoreId
    conversation_id: ConversationId
    due_at: datetime


class HeardRow(NamedTuple):
    """How far a conversation is: the version of what is said in it, and the one at which something last left it."""

    conversation_id: str
    version: int
    removed_version: int
    is_settled: bool
    """Nothing is said any more, and no vector is lacking."""


class Versioned(NamedTuple):
    store_id: StoreId
    conversation_id: ConversationId
    version: int


async def claim_group(tx: Tx, store_id: StoreId, group_key: str, conversation_id: ConversationId) -> ConversationId:
    """The open conversation of the group: `conversation_id` when there was none. Concurrent claims take turns."""
    return ConversationId(
        await tx.value(SQL["claim_group"], store_id=store_id, group_key=group_key, conversation_id=conversation_id)
    )


async def lock_groups(tx: Tx, conversation: Conversation, group_keys: Iterable[str]) -> None:
    """Messages of these groups wait until the transaction ends."""
    await tx.run_each(SQL["lock_group"], _groups(conversation, group_keys))


async def take_group(tx: Tx, store_id: StoreId, group_key: str, conversation_id: ConversationId) -> None:
    await tx.run(SQL["take_group"], store_id=store_id, group_key=group_key, conversation_id=conversation_id)


async def delete_groups(tx: Tx, conversation: Conversation, group_keys: Iterable[str]) -> None:
    await tx.run_each(SQL["delete_group"], _groups(conversation, group_keys))


async def insert(tx: Tx, conversation: Conversation) -> None:
    await tx.run(
        SQL["insert_conversation"],
        store_id=conversation.store_id,
        conversation_id=conversation.conversation_id,
        configuration_id=conversation.configuration_id,
        configuration=Jsonb(conversation.configuration),
        group_keys=list(conversation.group_keys),
        name=conversation.name,
        metadata=Jsonb(conversation.metadata),
        due_at=conversation.due_at,
        now=conversation.created_at,
    )


async def fetch(tx: Tx, store_ids: Sequence[StoreId], conversation_id: str) -> Conversation | None:
    return await tx.maybe(
        SQL["fetch_conversation"], _conversation, store_ids=list(store_ids), conversation_id=conversation_id
    )


async def lock(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> Conversation | None:
    return await tx.maybe(SQL["lock_conversation"], _conversation, store_id=store_id, conversation_id=conversation_id)


async def lock_each(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> None:
    rows = [{"store_id": store_id, "conversation_id": conversation_id} for conversation_id in sorted(conversation_ids)]
    await tx.run_each(SQL["hold_conversation"], rows)


async def ask_lock(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> Answer[Conversation]:
    """`lock` inside `together`."""
    return await tx.ask(SQL["lock_conversation"], _conversation, store_id=store_id, conversation_id=conversation_id)


async def list_open(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> list[Conversation]:
    return await tx.all(SQL["list_open"], _conversation, store_id=store_id, conversation_ids=list(conversation_ids))


async def regroup(tx: Tx, conversation: Conversation, group_keys: Sequence[str]) -> None:
    """The groups must have been claimed for the conversation."""
    await tx.run(
        SQL["regroup"],
        store_id=conversation.store_id,
        conversation_id=conversation.conversation_id,
        group_keys=list(group_keys),
    )


async def list_page(
    tx: Tx, store_ids: Sequence[StoreId], order: Order, key: str, limit: int, *, statuses: Sequence[Status] | None
) -> list[Conversation]:
    return await tx.all(
        SQL[f"list_conversations.{order}"],
        _conversation,
        store_ids=list(store_ids),
        key=key,
        limit=limit,
        statuses=list(statuses) if statuses else None,
    )


async def list_of_channel(
    tx: Tx,
    store_ids: Sequence[StoreId],
    channel_id: str,
    order: Order,
    key: str,
    limit: int,
    *,
    statuses: Sequence[Status] | None,
) -> list[Conversation]:
    """Of a call or a message there are few, of a chat's thread there may be many. The lookup does not know the status,
    so it is read on until the page is full."""
    found: list[Conversation] = []
    while len(found) < limit:
        held = await tx.all(
            SQL[f"list_channel.{order}"],
            ConversationKey,
            store_ids=list(store_ids),
            channel_id=channel_id,
            key=key,
            limit=limits.PAGE_SIZE_MAX,
        )
        found += await tx.all(
            SQL[f"list_of_channel.{order}"],
            _conversation,
            store_ids=sorted({one.store_id for one in held}),
            conversation_ids=[one.conversation_id for one in held],
            limit=limit - len(found),
            statuses=list(statuses) if statuses else None,
        )
        if len(held) < limits.PAGE_SIZE_MAX:
            break
        key = held[-1].conversation_id
    return found


async def insert_channel(tx: Tx, store_id: StoreId, channel_id: str, conversation_id: ConversationId) -> None:
    await tx.run(SQL["insert_channel"], store_id=store_id, channel_id=channel_id, conversation_id=conversation_id)


async def delete_channels(tx: Tx, store_id: StoreId, conversation_id: str, channel_ids: Sequence[str | None]) -> None:
    scope = {"store_id": store_id, "conversation_id": conversation_id}
    await tx.run_each(SQL["delete_channel"], [{**scope, "channel_id": one} for one in channel_ids if one is not None])


async def claim_message(tx: Tx, store_id: StoreId, configuration_id: str, message_sid: str) -> bool:
    """False when this configuration has captured the message before."""
    claimed = await tx.value(
        SQL["claim_message"], store_id=store_id, configuration_id=configuration_id, message_sid=message_sid
    )
    return claimed is not None


async def advance(tx: Tx, conversation: Conversation, *, said: int, due_at: datetime | None, now: datetime) -> None:
    """Heard from `now`, under the groups that it has by now. `said` is 1 when there is one communication more, else 0.
    The caller holds the row."""
    await tx.run(
        SQL["advance_conversation"],
        store_id=conversation.store_id,
        conversation_id=conversation.conversation_id,
        last_position=conversation.last_position + said,
        said=said,
        last_communication_at=now,
        group_keys=list(conversation.group_keys),
        due_at=due_at,
        now=now,
    )


async def update(tx: Tx, conversation: Conversation) -> None:
    """Everything that can change without a communication. The caller holds the row, and its groups are claimed."""
    await tx.run(
        SQL["update_conversation"],
        store_id=conversation.store_id,
        conversation_id=conversation.conversation_id,
        status=conversation.status,
        name=conversation.name,
        metadata=Jsonb(conversation.metadata),
        configuration=Jsonb(conversation.configuration),
        group_keys=list(conversation.group_keys),
        due_at=conversation.due_at,
        now=conversation.updated_at,
    )


async def list_holding(tx: Tx, store_ids: Sequence[StoreId], channel_id: str) -> list[ConversationKey]:
    """The conversations that hold a message or a call."""
    return await tx.all(SQL["list_messages"], ConversationKey, store_ids=list(store_ids), channel_id=channel_id)


async def list_due(tx: Tx, now: datetime, limit: int, after: Due | None) -> list[Due]:
    """Those that are due longest first, from where a page ended."""
    return await tx.all(
        SQL["list_due"],
        Due,
        now=now,
        limit=limit,
        after=after.due_at if after else datetime.min.replace(tzinfo=UTC),
        after_id=after.conversation_id if after else "",
    )


async def touch(tx: Tx, store_id: StoreId, conversation_id: ConversationId, now: datetime) -> None:
    """What was said in it changed. The caller holds the row, and says which communications did."""
    await tx.run(SQL["touch_conversation"], store_id=store_id, conversation_id=conversation_id, now=now)


async def ask_heard(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> Answer[HeardRow]:
    """Inside `together`. To be asked before what was said is."""
    return await tx.ask(SQL["list_heard"], HeardRow, store_id=store_id, conversation_ids=list(conversation_ids))


async def list_embedding_due(tx: Tx, now: datetime, limit: int) -> list[ConversationKey]:
    """Those of which vectors are due longest first."""
    return await tx.all(SQL["list_embedding_due"], ConversationKey, now=now, limit=limit)


async def has_embedding_due(tx: Tx, since: datetime, until: datetime) -> bool:
    """Whether anything was said in between that nobody has claimed yet."""
    return bool(await tx.column(SQL["list_embedding_due_between"], since=since, until=until))


async def claim_embedding(
    tx: Tx, keys: Iterable[ConversationKey], *, now: datetime, until: datetime
) -> list[ConversationKey]:
    """Those of them that nobody else has claimed."""
    async with tx.together():
        claimed = [
            await tx.ask(SQL["claim_embedding"], ConversationKey, **key._asdict(), now=now, until=until)
            for key in sorted(keys)
        ]
    return [key for rows in claimed for key in await rows()]


async def settle_embedding(
    tx: Tx,
    keys: Iterable[ConversationKey],
    *,
    written: Collection[ConversationKey],
    unfinished: Collection[ConversationKey],
    until: datetime,
    now: datetime,
) -> list[Versioned]:
    """Ends claims. Holds the conversations that are still there, and returns them with the versions that new vectors
    are to have."""
    async with tx.together():
        settled = [
            await tx.ask(
                SQL["settle_embedding"],
                Versioned,
                **key._asdict(),
                written=int(key in written),
                due_at=now if key in unfinished else None,
                until=until,
            )
            for key in sorted(keys)
        ]
    return [one for rows in settled for one in await rows()]


def _groups(conversation: Conversation, group_keys: Iterable[str]) -> list[dict[str, Any]]:
    """In the order of the keys: whoever wants several takes turns with others who do."""
    scope = {"store_id": conversation.store_id, "conversation_id": conversation.conversation_id}
    return [{**scope, "group_key": key} for key in sorted(group_keys)]


def _conversation(*, configuration: dict[str, Any], **columns: Any) -> Conversation:
    return Conversation(configuration=msgspec.convert(configuration, ConfigurationDocument), **columns)
