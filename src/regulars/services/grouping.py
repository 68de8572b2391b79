"""Under which names a conversation is found while it is open.

Messages take the row of their group first and the conversation after it. Whoever may give up a name does the same.
"""

from collections.abc import Sequence
from dataclasses import replace

from regulars.core.errors import GroupTaken
from regulars.core.ids import ConversationId, StoreId
from regulars.domain.conversations import Conversation, Participant, keys_of
from regulars.storage import conversations
from regulars.storage.db import RetryTransactionError, Tx


async def hold(tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> Conversation | None:
    """The conversation, which nobody else changes or finds until the transaction ends. None when there is none."""
    before = await conversations.fetch(tx, [store_id], conversation_id)
    if before is None:
        return None
    await conversations.lock_groups(tx, before, before.group_keys)
    current = await conversations.lock(tx, store_id, conversation_id)
    if current is not None and set(current.group_keys) != set(before.group_keys):
        raise RetryTransactionError
    return current


async def hold_each(tx: Tx, store_id: StoreId, conversation_ids: Sequence[str]) -> list[Conversation]:
    """Holds those that are there, before anything of theirs is touched, and returns the open ones. Also the closed
    ones can still be deleted, or learn whose a customer is."""
    found = await conversations.list_open(tx, store_id, conversation_ids)
    held = [await hold(tx, store_id, ConversationId(one.conversation_id)) for one in found]
    await conversations.lock_each(tx, store_id, conversation_ids)
    return [one for one in held if one is not None and one.status != "CLOSED"]


async def regroup(
    tx: Tx, conversation: Conversation, present: Sequence[Participant], *, insist: bool = False
) -> Conversation:
    """The conversation with the names that its participants give it now. The caller holds it and writes it.

    Another open conversation may have one. When that is the name of all of them, GroupTaken is raised for who insists.
    """
    had = {*conversation.group_keys}
    grouping = conversation.configuration.conversation_grouping_type
    wanted = keys_of(grouping, conversation.configuration_id, present)
    taken: set[str] = set()
    for key in sorted({*wanted} - had):
        owner = await _claim(tx, conversation, key)
        if owner is not None:
            taken.add(key)
            if insist and key == wanted[0]:
                raise GroupTaken(owner)
    await conversations.delete_groups(tx, conversation, had - {*wanted})
    keys = tuple(key for key in wanted if key not in taken)
    return conversation if keys == tuple(conversation.group_keys) else replace(conversation, group_keys=keys)


def is_found_by(conversation: Conversation | None, key: str) -> bool:
    """Whether what a row of the groups says is still so."""
    return conversation is not None and conversation.status != "CLOSED" and key in conversation.group_keys


async def _claim(tx: Tx, conversation: Conversation, key: str) -> ConversationId | None:
    """Who has the name, when it is another conversation that is open."""
    store_id, conversation_id = StoreId(conversation.store_id), ConversationId(conversation.conversation_id)
    owner = await conversations.claim_group(tx, store_id, key, conversation_id)
    if owner == conversation_id:
        return None
    if is_found_by(await conversations.fetch(tx, [store_id], owner), key):
        return owner
    await conversations.take_group(tx, store_id, key, conversation_id)
    return None
