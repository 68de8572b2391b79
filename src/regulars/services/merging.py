"""Two profiles become one, on record; and two again, when somebody says that they were different people."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import Conflict, NotFound
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.conversations import Conversation
from regulars.domain.identity import Identifier
from regulars.domain.merges import (
    Ledger,
    MergeRecord,
    Past,
    StampedIdentifier,
    StampedTrait,
    family_of,
    merge_traits,
    return_traits,
)
from regulars.domain.plans import Claim, Held, Merge, Refusal
from regulars.services.canonical import gone
from regulars.services.grouping import hold_each, regroup
from regulars.storage import conversations, identifiers, jobs, memories, merges, participants, profiles
from regulars.storage.db import RetryTransactionError, Tx
from regulars.storage.merges import Locked, Memories


async def carry_out(tx: Tx, ctx: Ctx, store_id: StoreId, steps: Sequence[Merge | Held]) -> None:
    """All profiles that are merged are locked first, in the order of their ids; begins anew when one has changed its
    place since."""
    planned = [step for step in steps if isinstance(step, Merge)]
    everybody = {profile_id for merge in planned for profile_id in (merge.canonical_id, merge.loser_id)}
    locked = {profile_id: await _lock(tx, store_id, profile_id) for profile_id in sorted(everybody)}
    lost: list[Held] = []
    for step in steps:
        if isinstance(step, Held):
            lost.append(step)
        else:
            await identifiers.release(tx, store_id, lost)
            await _merge(tx, ctx, store_id, step, locked[step.loser_id])
            lost.clear()
    await identifiers.release(tx, store_id, lost)


async def record_refusals(tx: Tx, ctx: Ctx, store_id: StoreId, refusals: Sequence[Refusal]) -> None:
    for refusal in refusals:
        await merges.insert_refusal(
            tx,
            store_id,
            merge_id=ctx.mint(ids.MERGE),
            profile_id=refusal.profile_id,
            other_id=refusal.other_id,
            identifier=refusal.identifier,
            reason=refusal.reason,
            actor=ctx.actor,
            now=ctx.now,
        )


async def undo(tx: Tx, ctx: Ctx, store_id: StoreId, canonical_id: ProfileId, merge_id: str) -> None:
    """What belonged to the other profile goes back to it, what came since stays; the two are not merged again.

    Raises NotFound for an unknown merge, Conflict for one that was refused or undone.
    """
    await lock(tx, store_id, canonical_id)
    record = await merges.fetch(tx, store_id, canonical_id, merge_id)
    if record is None:
        raise NotFound(f"There is no merge {merge_id} of this profile")
    if record.status != "MERGED":
        raise Conflict(f"The merge {merge_id} is {record.status}: there is nothing to undo")
    await _lock_signpost(tx, store_id, record.other_profile_id)
    await _separate(tx, ctx, store_id, canonical_id, record)


async def lock(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> None:
    """Keeps every other writer from the profile. Raises NotFound, or Moved for one that was merged."""
    found = await merges.lock(tx, store_id, profile_id)
    if found is None or found.merged_into is not None:
        raise await gone(tx, store_id, profile_id)


async def _lock(tx: Tx, store_id: StoreId, profile_id: str) -> Locked:
    found = await merges.lock(tx, store_id, profile_id)
    if found is None or found.merged_into is not None:
        raise RetryTransactionError
    return found


async def _merge(tx: Tx, ctx: Ctx, store_id: StoreId, merge: Merge, loser: Locked) -> None:
    canonical_id, loser_id = merge.canonical_id, merge.loser_id
    version = await merges.next_memory_version_after(tx, store_id, canonical_id, loser.memory_version)
    held = await identifiers.list_held(tx, store_id, [loser_id])
    own = {one.identifier for one in await identifiers.list_held(tx, store_id, [canonical_id])}
    moved = await merges.move_memories(tx, store_id, from_id=loser_id, to_id=canonical_id, memory_version=version)
    conversation_ids = await merges.list_conversation_ids(tx, store_id, loser_id)
    open_ones = await hold_each(tx, store_id, conversation_ids)
    await merges.move_conversations(
        tx, store_id, conversation_ids, from_id=loser_id, to_id=canonical_id, memory_version=version
    )
    participant_ids = await merges.take_over_participants(
        tx, store_id, conversation_ids, from_id=loser_id, to_id=canonical_id
    )
    theirs = await profiles.list_stamped_traits(tx, store_id, loser_id)
    own_traits = await profiles.list_stamped_traits(tx, store_id, canonical_id)
    await profiles.upsert_traits(tx, store_id, _keyed(canonical_id, merge_traits(own_traits, theirs)))
    await merges.move_rest(tx, store_id, from_id=loser_id, to_id=canonical_id)
    await identifiers.hand_over(tx, store_id, held, from_id=loser_id, to_id=canonical_id)
    await merges.delete_profiles(tx, store_id, [loser_id])
    await merges.insert_signpost(tx, store_id, loser_id, loser, canonical_id)
    await _follow(tx, store_id, loser_id, canonical_id)
    ledger = Ledger(
        memory_version=version,
        traits=theirs,
        own_traits=own_traits,
        identifiers=[_stamped(one) for one in held],
        shared=[_stamped(one) for one in held if one.identifier in own],
        evicted=[_stamped(one) for one in merge.evicted],
        observation_ids=moved.observation_ids,
        summary_ids=moved.summary_ids,
        conversation_ids=conversation_ids,
        participant_ids=participant_ids,
    )
    await merges.insert(
        tx,
        store_id,
        merge_id=ctx.mint(ids.MERGE),
        canonical_id=canonical_id,
        other_id=loser_id,
        identifier=merge.identifier,
        actor=ctx.actor,
        ledger=ledger,
        now=ctx.now,
    )
    await _settle(tx, store_id, canonical_id, moved, version, open_ones)


async def _separate(tx: Tx, ctx: Ctx, store_id: StoreId, canonical_id: str, record: MergeRecord) -> None:
    other_id = record.other_profile_id
    active = await merges.list_active(tx, store_id, canonical_id)
    ledgers = await merges.list_ledgers(tx, store_id, canonical_id)
    ledger = ledgers[record.merge_id]
    family = family_of(other_id, active)
    await _return_traits(tx, store_id, canonical_id, [Past(merge, ledgers[merge.merge_id]) for merge in active], record)
    await merges.point_to(tx, store_id, [other_id], None)
    members = [merge.other_profile_id for merge in family]
    await merges.point_to(tx, store_id, members, other_id)
    records = await merges.list_of_family(tx, store_id, canonical_id, [other_id, *members])
    await merges.move_merges(tx, store_id, records, from_id=canonical_id, to_id=other_id)
    open_ones = await hold_each(tx, store_id, ledger.conversation_ids)
    moved, own_version, version = await _return_memories(tx, store_id, canonical_id, other_id, ledger)
    await _return_identifiers(tx, store_id, canonical_id, other_id, ledger)
    await merges.move_conversations(
        tx, store_id, ledger.conversation_ids, from_id=canonical_id, to_id=other_id, memory_version=version
    )
    await merges.give_back_participants(
        tx, store_id, ledger.conversation_ids, ledger.participant_ids, from_id=canonical_id, to_id=other_id
    )
    await _forget_where_absent(tx, store_id, [canonical_id, other_id], ledger.conversation_ids)
    await merges.touch_conversations(tx, store_id, canonical_id, ledger.conversation_ids, own_version)
    await merges.mark_undone(tx, store_id, canonical_id, record.merge_id, actor=ctx.actor, now=ctx.now)
    await _settle(tx, store_id, other_id, moved, version, open_ones)


class _Returned(NamedTuple):
    """Both versions are new: that of the canonical profile, and that of the one which got its memories back."""

    moved: Memories
    own_version: int
    memory_version: int


async def _return_memories(tx: Tx, store_id: StoreId, canonical_id: str, other_id: str, ledger: Ledger) -> _Returned:
    version = await merges.next_memory_version_after(tx, store_id, canonical_id, 0)
    theirs = await merges.next_memory_version_after(tx, store_id, other_id, version)
    moved = await merges.move_memories(
        tx,
        store_id,
        from_id=canonical_id,
        to_id=other_id,
        memory_version=theirs,
        observation_ids=ledger.observation_ids,
        summary_ids=ledger.summary_ids,
    )
    await merges.delete_memories(tx, store_id, canonical_id, moved)
    await memories.mark_removal(tx, store_id, ProfileId(canonical_id), version)
    return _Returned(moved, version, theirs)


async def _return_traits(
    tx: Tx, store_id: StoreId, canonical_id: str, active: Sequence[Past], record: MergeRecord
) -> None:
    undone = next(past for past in active if past.record.merge_id == record.merge_id)
    change = return_traits(await profiles.list_stamped_traits(tx, store_id, canonical_id), undone, active)
    theirs = _keyed(record.other_profile_id, undone.ledger.traits)
    await profiles.upsert_traits(tx, store_id, {**theirs, **_keyed(canonical_id, change.written)})
    gone = [(trait.trait_group, trait.trait_name) for trait in change.removed]
    await profiles.delete_traits(tx, store_id, canonical_id, gone)
    await merges.update_ledgers(tx, store_id, canonical_id, change.ledgers)


async def _return_identifiers(tx: Tx, store_id: StoreId, canonical_id: str, other_id: str, ledger: Ledger) -> None:
    """The other's own go back, if nobody took them away since; what a limit pushed out at the merge returns when it
    is still free."""
    here = {one.identifier for one in await identifiers.list_held(tx, store_id, [canonical_id])}
    theirs = [_held(other_id, one) for one in ledger.identifiers]
    shared = [_held(other_id, one) for one in ledger.shared]
    back = [one for one in theirs if one.identifier in here and one not in shared]
    await identifiers.hand_over(tx, store_id, back, from_id=canonical_id, to_id=other_id)
    await identifiers.move_held(tx, store_id, back, from_id=canonical_id, to_id=other_id)
    await identifiers.claim(tx, store_id, [_claim(one, shared=True) for one in shared if one.identifier in here])
    own = {one.identifier for one in theirs}
    for evicted in (_held(canonical_id, one) for one in ledger.evicted):
        if not await identifiers.list_owners(tx, store_id, evicted.identifier):
            home = other_id if evicted.identifier in own else canonical_id
            claimed = await identifiers.claim(tx, store_id, [_claim(replace(evicted, profile_id=home), shared=False)])
            if not claimed():
                raise RetryTransactionError


async def _forget_where_absent(
    tx: Tx, store_id: StoreId, profile_ids: Sequence[str], conversation_ids: Sequence[str]
) -> None:
    """A profile does not lead to a conversation in which nobody takes part as it."""
    present = await participants.list_of(tx, [store_id], conversation_ids)
    for profile_id in profile_ids:
        left = [cid for cid, people in present.items() if all(one.profile_id != profile_id for one in people)]
        await merges.delete_conversations(tx, store_id, profile_id, left)


async def _follow(tx: Tx, store_id: StoreId, loser_id: str, canonical_id: str) -> None:
    """Signposts that led to the loser lead to the canonical profile at once: never more than one hop."""
    family = family_of(loser_id, await merges.list_active(tx, store_id, canonical_id))
    await merges.point_to(tx, store_id, [merge.other_profile_id for merge in family], canonical_id)


async def _settle(
    tx: Tx,
    store_id: StoreId,
    profile_id: str,
    moved: Memories,
    memory_version: int,
    open_ones: Sequence[Conversation],
) -> None:
    """What waits for a profile that has just got memories and conversations."""
    for conversation in open_ones:
        await _regroup(tx, store_id, conversation)
    if moved.observation_ids or moved.summary_ids:
        await jobs.enqueue_embed(tx, store_id, ProfileId(profile_id), since_version=memory_version)


async def _regroup(tx: Tx, store_id: StoreId, conversation: Conversation) -> None:
    """The next message of the customer must find the open conversation. Where both profiles had one, each goes on until
    its timer ends it."""
    present = await participants.list_all(tx, store_id, ConversationId(conversation.conversation_id))
    grouped = await regroup(tx, conversation, present)
    if grouped is not conversation:
        await conversations.regroup(tx, conversation, grouped.group_keys)


def _keyed(profile_id: str, traits: Sequence[StampedTrait]) -> dict[tuple[str, str, str], StampedTrait]:
    return {(profile_id, trait.trait_group, trait.trait_name): trait for trait in traits}


def _stamped(held: Held) -> StampedIdentifier:
    return StampedIdentifier(held.identifier.id_type, held.identifier.value, held.added_at)


def _held(profile_id: str, stamped: StampedIdentifier) -> Held:
    return Held(profile_id, Identifier(stamped.id_type, stamped.value), stamped.added_at)


def _claim(held: Held, *, shared: bool) -> Claim:
    return Claim(held.profile_id, held.identifier, shared=shared, listed=True, added_at=held.added_at)


async def _lock_signpost(tx: Tx, store_id: StoreId, profile_id: str) -> None:
    if await merges.lock(tx, store_id, profile_id) is None:
        raise RetryTransactionError
