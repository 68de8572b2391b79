"""A customer is forgotten: everything that is known, and everything that they said."""

from collections.abc import Collection, Sequence
from datetime import datetime

from regulars.core.context import Ctx
from regulars.core.ids import ProfileId, StoreId
from regulars.domain.conversations import Participant
from regulars.domain.identity import Identifier, IdentitySettings, fingerprint, spellings
from regulars.domain.plans import Item
from regulars.services.canonical import gone
from regulars.services.grouping import hold_each
from regulars.services.resolution import upsert
from regulars.storage import erasures, identifiers, merges, participants
from regulars.storage.db import RetryTransactionError, Tx
from regulars.storage.erasures import Stranger


async def erase(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId) -> None:
    """The profile with those that were merged into it, its memories and their former states, its identifiers, and its
    conversations. Of a conversation with other customers only this one's part goes.

    Which messages were captured stays known by their ids alone, so that a webhook that comes again does not bring the
    customer back. Neither does a batch or an import that was accepted before: while one waits, digests of the
    identifiers stay.
    """
    found = await merges.lock(tx, store_id, profile_id)
    if found is None or found.merged_into is not None:
        raise await gone(tx, store_id, profile_id)
    held = await identifiers.list_held(tx, store_id, [profile_id])
    strangers = await erasures.list_strangers(tx, store_id, spellings(one.identifier for one in held))
    conversation_ids = await merges.list_conversation_ids(tx, store_id, profile_id)
    await _leave_conversations(tx, ctx, store_id, profile_id, conversation_ids, strangers)
    if held and await erasures.has_waiting_work(tx, store_id):
        await _remember(tx, ctx, store_id, profile_id, sorted(one.identifier for one in held))
    await identifiers.release(tx, store_id, held)
    family = [merge.other_profile_id for merge in await merges.list_active(tx, store_id, profile_id)]
    await merges.delete_profiles(tx, store_id, [profile_id, *family])


async def upsert_unless_erased(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    items: Sequence[Item],
    settings: IdentitySettings,
    *,
    accepted_at: datetime,
) -> None:
    """`resolution.upsert` for what was accepted some time ago: leaves out whoever was erased since.

    Begins the transaction anew when somebody was erased meanwhile: what was found before may be what is erased now.
    """
    erased = await erasures.list_erased(tx, store_id, accepted_at)
    left = _spared(store_id, items, erased) if erased else items
    if left:
        await upsert(tx, ctx, store_id, left, settings)
    if await erasures.list_erased(tx, store_id, accepted_at) != erased:
        raise RetryTransactionError


async def forget_digests(tx: Tx, store_id: StoreId) -> None:
    """Once nothing waits any more that could bring somebody back."""
    if not await erasures.has_waiting_work(tx, store_id):
        await erasures.delete_erased(tx, store_id)


async def _remember(tx: Tx, ctx: Ctx, store_id: StoreId, profile_id: ProfileId, wanted: Sequence[Identifier]) -> None:
    """Only what nobody else has: a value that others share may well be waiting for one of them."""
    holders = await identifiers.list_holders(tx, store_id, wanted)
    shared = {holder.identifier for holder in holders if holder.profile_id != profile_id}
    digests = [fingerprint(store_id, identifier) for identifier in wanted if identifier not in shared]
    await erasures.insert_erased(tx, store_id, digests, ctx.now)


async def _leave_conversations(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    profile_id: ProfileId,
    conversation_ids: Sequence[str],
    strangers: Sequence[Stranger],
) -> None:
    """`strangers` are participants whom nobody had recognised, with an address of theirs."""
    everywhere = sorted({*conversation_ids, *(one.conversation_id for one in strangers)})
    await hold_each(tx, store_id, everywhere)
    present = await participants.list_of(tx, [store_id], everywhere)
    unknown = {one.participant_id for one in strangers}
    mine = {
        one.participant_id
        for people in present.values()
        for one in people
        if one.profile_id == profile_id or (one.participant_id in unknown and one.profile_id is None)
    }
    shared = [cid for cid in everywhere if _has_others(present[cid], mine, recognised=cid in conversation_ids)]
    own = sorted({*everywhere} - {*shared})
    channels = [
        (one.conversation_id, address.channel_id)
        for conversation_id in own
        for one in present[conversation_id]
        for address in one.addresses
        if address.channel_id is not None
    ]
    if own:
        await erasures.delete_conversations(tx, store_id, own, channels)
        await erasures.delete_deliveries(tx, store_id, own)
    if shared:
        those = [one for cid in shared for one in present[cid] if one.participant_id in mine]
        await erasures.forget_participants(tx, store_id, shared, those, ctx.now)


def _has_others(present: Sequence[Participant], mine: Collection[str], *, recognised: bool) -> bool:
    """Other customers. Where the erased one was a stranger, every stranger may be another customer."""
    others = [one for one in present if one.participant_id not in mine]
    return any(one.profile_id is not None or (one.type == "UNKNOWN" and not recognised) for one in others)


def _spared(store_id: StoreId, items: Sequence[Item], erased: Collection[str]) -> list[Item]:
    return [item for item in items if not any(fingerprint(store_id, one) in erased for one in item.identifiers)]
