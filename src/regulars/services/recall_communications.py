"""What was said to a profile and by it, in all its conversations: how recall keeps up with it, and tells it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Final, NamedTuple, TypeVar

import msgspec

from regulars.core import limits
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.conversations import Communication, Participant
from regulars.recall.rank import Hit, Signal
from regulars.recall.snapshot import Memory
from regulars.recall.spoken import KIND, Heard, Spoken
from regulars.services.embedding import unpacked
from regulars.services.recall_lines import Line, Update
from regulars.storage import communications, conversations, memories, merges, participants
from regulars.storage.communications import SaidRow
from regulars.storage.conversations import HeardRow
from regulars.storage.db import Answer, Tx
from regulars.storage.memories import Membership
from regulars.storage.participants import Speaker
from regulars.storage.profiles import Place

T = TypeVar("T")

_NOTHING: Final = Heard(version=0, is_settled=True, is_final=True)
"""Of a conversation that is not there any more."""


@dataclass(frozen=True, slots=True)
class CommunicationHit:
    """`context` holds what was said right before and after, the oldest first, of long texts the beginning."""

    communication: Communication
    score: float | None = None
    signals: tuple[Signal, ...] = ()
    context: Sequence[Communication] = ()


class Told(NamedTuple):
    hits: list[CommunicationHit]
    participants: list[Participant]
    """Of the conversations that the hits are from."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What tells whether there is anything new."""

    membership: Answer[Membership]
    heard: Answer[HeardRow] | None


class _Moves(NamedTuple):
    """How the conversations of a profile have changed since they were heard. `moved` are those of which something may
    be new, with how far they are now; `thinned` those of them that something left."""

    joined: frozenset[str]
    left: frozenset[str]
    moved: Mapping[str, HeardRow]
    thinned: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.joined or self.left or self.moved)


class _News(NamedTuple):
    """What a snapshot lacks. Of the conversations in `emptied` only what is in `living` is still there."""

    version: int
    heard: Mapping[str, Heard]
    rows: Sequence[SaidRow]
    vectors: Mapping[str, bytes]
    speakers: Mapping[str, Speaker]
    emptied: Collection[str]
    living: Collection[str]


class SpokenLine(Line[Spoken]):
    _look: _Look | None = None

    def cached(self) -> Spoken | None:
        return self.cache.get_spoken(self.key)

    def empty(self) -> Spoken:
        return Spoken.empty(self.embedder.dimensions)

    async def look(self, tx: Tx) -> None:
        open_ones = self.known.open_ones()
        self._look = _Look(
            await memories.ask_membership(tx, self.store_id, self.profile_id, self.known.version),
            await conversations.ask_heard(tx, self.store_id, open_ones) if open_ones else None,
        )

    async def read(self, tx: Tx, place: Place) -> None:
        moves = None if self._look is None else await self._moves(tx, self._look)
        if not moves:
            return
        news = await self._news(tx, moves, place.memory_version)
        self.update = Update(
            weight=len(news.rows) + (len(self.known) if news.emptied else 0),
            make=lambda: self.known.updated(
                [_memory(row, self.profile_id, news) for row in news.rows],
                news.version,
                heard=news.heard,
                emptied=news.emptied,
                living=news.living,
            ),
        )

    async def _moves(self, tx: Tx, look: _Look) -> _Moves:
        """What joins is told by its version. What leaves is told by the number of those that are there, and then by
        their ids: whoever takes a conversation from a profile holds the conversation, and may not wait for the
        profile."""
        heard = self.known.heard
        [membership] = await look.membership()
        joined = frozenset(membership.joined)
        now = {one.conversation_id: one for one in await _rows(look.heard)}
        left = frozenset(self.known.open_ones()) - now.keys()
        if membership.conversations != len(heard.keys() | joined):
            there = frozenset(await merges.list_conversation_ids(tx, self.store_id, self.profile_id))
            joined = (joined & there) | (there - heard.keys())
            left |= heard.keys() - there
        stayed = now.keys() - joined - left
        moved = {one: now[one] for one in sorted(stayed) if _is_news(heard[one], now[one])}
        thinned = frozenset(one for one in moved if moved[one].removed_version > heard[one].version)
        return _Moves(joined, left - joined, moved, thinned)

    async def _news(self, tx: Tx, moves: _Moves, version: int) -> _News:
        """Versions are read before what they stand for: what is committed in between counts as newer and is read
        again."""
        store_id, known, model = self.store_id, self.known, self.embedder.name
        fresh = sorted(moves.joined)
        async with tx.together():
            heard = await conversations.ask_heard(tx, store_id, fresh) if fresh else None
            speakers = await participants.ask_speakers(tx, store_id, [*fresh, *moves.moved])
            ids = await communications.ask_ids(tx, store_id, sorted(moves.thinned)) if moves.thinned else None
            changed = [
                await communications.ask_changed(tx, store_id, one, known.heard[one].version, model=model)
                for one in moves.moved
            ]
        people = await speakers()
        rows = await communications.list_said(tx, store_id, fresh) if fresh else []
        vectors = await communications.list_vectors(tx, store_id, fresh, model=model) if fresh else {}
        rejoined = moves.joined & known.heard.keys()
        stayed = {one: heard for one, heard in known.heard.items() if one not in moves.left}
        now = {**{one.conversation_id: one for one in await _rows(heard)}, **moves.moved}
        return _News(
            version=version,
            heard={**stayed, **dict.fromkeys(fresh, _NOTHING), **_heard(now, people)},
            rows=[*rows, *chain.from_iterable([await answer() for answer in changed])],
            vectors=vectors,
            speakers={one.participant_id: one for one in people},
            emptied=moves.left | moves.thinned | rejoined,
            living={*await _rows(ids), *(row.communication_id for row in rows if row.conversation_id in rejoined)},
        )


async def tell(tx: Tx, store_id: StoreId, hits: Sequence[Hit], context: int) -> Told:
    """What was found, as it is now. What was erased meanwhile is left out."""
    if not hits:
        return Told([], [])
    found_in = sorted({hit.memory.conversation_ids[0] for hit in hits})
    async with tx.together():
        said = await _ask_told(tx, store_id, [hit.memory for hit in hits], found_in, context)
        present = await participants.ask_of(tx, [store_id], found_in)
    found = {one.communication_id: one for answer in said for one in await answer()}
    threads: defaultdict[str, list[Communication]] = defaultdict(list)
    for one in sorted(found.values(), key=lambda one: one.position):
        threads[one.conversation_id].append(one)
    told = [
        CommunicationHit(communication, hit.score, hit.signals, _around(threads, communication, context))
        for hit in hits
        if (communication := found.get(hit.memory.memory_id)) is not None
    ]
    return Told(told, await present())


async def _ask_told(
    tx: Tx, store_id: StoreId, found: Sequence[Memory], found_in: Sequence[str], context: int
) -> list[Answer[Communication]]:
    """Inside `together`: at once, or with their neighbours one by one."""
    if not context:
        ids = [memory.memory_id for memory in found]
        return [await communications.ask_by_ids(tx, store_id, found_in, ids)]
    return [
        await communications.ask_around(tx, store_id, memory.conversation_ids[0], memory.position, context)
        for memory in found
    ]


class Named(NamedTuple):
    """Of one conversation that was asked for by its id."""

    known: Answer[HeardRow]
    said: Answer[Communication]
    present: Answer[Participant]


async def ask_named(
    tx: Tx, store_id: StoreId, conversation_id: ConversationId, limit: int, *, as_of: datetime | None
) -> Named:
    """Inside `together`: what was said last, and by whom."""
    return Named(
        await conversations.ask_heard(tx, store_id, [conversation_id]),
        await communications.ask_newest(tx, store_id, conversation_id, limit, as_of=as_of),
        await participants.ask_all(tx, store_id, conversation_id),
    )


async def _rows(answer: Answer[T] | None) -> list[T]:
    return [] if answer is None else await answer()


def _is_news(before: Heard, now: HeardRow) -> bool:
    return (before.version, before.is_settled) != (now.version, now.is_settled)


def _heard(now: Mapping[str, HeardRow], people: Sequence[Speaker]) -> dict[str, Heard]:
    """Where several may be customers, one of them may be erased, so nothing is final."""
    customers: defaultdict[str, int] = defaultdict(int)
    for one in people:
        customers[one.conversation_id] += one.profile_id is not None or one.type in {"CUSTOMER", "UNKNOWN"}
    return {
        conversation_id: Heard(
            version=one.version,
            is_settled=one.is_settled,
            is_final=one.is_settled and customers[conversation_id] <= 1,
        )
        for conversation_id, one in now.items()
    }


def _memory(row: SaidRow, profile_id: ProfileId, news: _News) -> Memory:
    speaker = news.speakers.get(row.participant_id)
    vector = row.vector or news.vectors.get(row.communication_id)
    return Memory(
        memory_id=row.communication_id,
        kind=KIND,
        content=row.text,
        source=None,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        updated_at=row.created_at,  # no delivery status is news; whoever asks is told what stands in the database
        conversation_ids=(row.conversation_id,),
        vector=None if vector is None else unpacked(vector),
        speaker="" if speaker is None else speaker.name,
        by_customer=speaker is not None and speaker.type == "CUSTOMER" and speaker.profile_id == profile_id,
        position=row.position,
    )


def _around(
    threads: Mapping[str, Sequence[Communication]], communication: Communication, context: int
) -> Sequence[Communication]:
    """A thread holds at least the nearest on either side, in their order."""
    thread = threads[communication.conversation_id]
    at = thread.index(communication)
    return [_clipped(one) for one in (*thread[max(at - context, 0) : at], *thread[at + 1 : at + 1 + context])]


def _clipped(one: Communication) -> Communication:
    if len(one.content.text) <= limits.RECALL_COMMUNICATION_CHARS_MAX:
        return one
    text = one.content.text[: limits.RECALL_COMMUNICATION_CHARS_MAX]
    return replace(one, content=msgspec.structs.replace(one.content, text=text))
