"""Under which names a conversation is found while it is open."""

from collections.abc import Sequence
from dataclasses import replace

from regulars.core.errors import GroupTaken
from regulars.core.ids import ConversationId, StoreId
from regulars.domain.conversations import Conversation, Participant, keys_of
from regulars.storage import conversations
from regulars.storage.db import Tx


async def regroup(
    tx: Tx, conversation: Conversation, present: Sequence[Participant], *, insist: bool = False, anew: bool = False
) -> Conversation:
    """The conversation with the name that its participants give it now, and those that it had; with `anew` without
    these. The caller holds it and writes it.

    Another open conversation may have the name: then GroupTaken is raised for who insists, and else nothing changes.
    """
    had = conversation.group_keys
    grouping = conversation.configuration.conversation_grouping_type
    wanted = keys_of(grouping, conversation.configuration_id, present, () if anew else had)
    if not wanted or tuple(wanted) == tuple(had):
        return conversation
    key, conversation_id = wanted[-1], ConversationId(conversation.conversation_id)
    if key not in had:
        owner = await conversations.claim_group(tx, StoreId(conversation.store_id), key, conversation_id)
        if owner != conversation_id:
            if insist:
                raise GroupTaken(owner)
            return conversation
    await conversations.delete_groups(tx, conversation, {*had} - {*wanted})
    return replace(conversation, group_keys=wanted)
