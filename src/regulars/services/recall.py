"""Recall: the right memories of one profile, for what is asked or what is being talked about."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from regulars.ai.ports import Embedder
from regulars.core import limits
from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ConversationId, ProfileId, StoreId
from regulars.domain.conversations import Communication, Participant
from regulars.domain.queries import inferred
from regulars.recall.cache import Key, SnapshotCache
from regulars.recall.dense import Vector
from regulars.recall.rank import Hit, newest, rank
from regulars.recall.ranked import Ranked, Rankings
from regulars.recall.snapshot import KINDS, Kind, Snapshot
from regulars.recall.spoken import KIND
from regulars.services.extraction import turns_of
from regulars.services.recall_communications import CommunicationHit, Named, SpokenLine, Told, ask_named, tell
from regulars.services.recall_inferred import InferredQueries
from regulars.services.recall_lines import Line, MemoryLine, S
from regulars.services.recall_then import embedded, own_then, read_former, said_then, stood, told_then
from regulars.storage import profiles
from regulars.storage.db import Db, Tx
from regulars.storage.profiles import Place

T = TypeVar("T")

_RANKED_AT_ONCE_MAX: Final = 2_000
"""So many are ranked within a millisecond or less; more is work for a thread, which costs time, too."""
_ADDED_AT_ONCE_MAX: Final = 50
_TURNS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An empty `query` with a conversation asks for what that conversation is about; without one, for the newest.

    Communications are the newest of the conversation when one is named, and of all of the profile's otherwise.
    """

    query: str
    conversation_id: ConversationId | None
    begin: datetime | None
    end: datetime | None
    observations_limit: int
    summaries_limit: int
    communications_limit: int
    threshold: float
    communications_context: int = 0
    """So many before and after each communication come with it."""
    explain: bool = False
    as_of: datetime | None = None
    """What was known then; otherwise what is known now."""

    @property
    def searches_communications(self) -> bool:
        return self.communications_limit > 0 and self.conversation_id is None

    @property
    def reads_conversation(self) -> bool:
        """Whether one is named and anything of it needed."""
        return self.conversation_id is not None and (self.communications_limit > 0 or not self.query.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    observations: Sequence[Hit]
    summaries: Sequence[Hit]
    communications: list[CommunicationHit]
    participants: list[Participant]
    """Of the conversations that the communications are from."""


class _Said(NamedTuple):
    """In the conversation that was asked for, the oldest first, and by whom; `query` is what it is about."""

    communications: Sequence[Communication] = ()
    participants: Sequence[Participant] = ()
    query: str = ""


class _Turns:
    """Who brings the snapshots of a profile up to date does so alone: a second successor of one would be a copy."""

    def __init__(self) -> None:
        self._locks = tuple(asyncio.Lock() for _ in range(_TURNS))

    def of(self, key: Key) -> asyncio.Lock:
        return self._locks[hash(key) % _TURNS]


@dataclass(frozen=True, slots=True)
class Recaller:
    """Snapshots are brought up to date by what changed since the version they know: a write that was answered is in
    the next recall of every process."""

    db: Db
    embedder: Embedder
    cache: SnapshotCache
    end_inclusive: bool
    _turns: _Turns = field(default_factory=_Turns, init=False)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Of large snapshots for one request: all at once they would take no less time, and all the memory."""
    _rankings: Rankings = field(default_factory=Rankings, init=False)
    _inferred: InferredQueries = field(default_factory=InferredQueries, init=False)

    async def recall(
        self, store_id: StoreId, profile_id: ProfileId, question: Question, place: Place | None = None
    ) -> Recalled:
        """`place` is that of the profile, when it was read since the request came.

        Raises NotFound, or Moved for a profile that was merged.
        """
        whose = (self.cache, self.embedder, store_id, profile_id)
        own = MemoryLine(*whose)
        spoken = SpokenLine(*whose) if question.searches_communications else None
        said = await self._look(own, spoken, question, place)
        snapshot = await self._kept_up(own)
        talk = None if spoken is None else (await self._kept_up(spoken)).snapshot
        query = question.query.strip() or said.query
        if question.as_of is not None:
            snapshot, talk = await self._then(own, snapshot, talk, question.as_of, is_ranked=bool(query))
        observations, summaries, hits = await self._ranked(snapshot, talk, question, query)
        told = await self._told(store_id, question, said, hits)
        return Recalled(
            observations=observations, summaries=summaries, communications=told.hits, participants=told.participants
        )

    async def _look(self, own: MemoryLine, spoken: SpokenLine | None, question: Question, place: Place | None) -> _Said:
        """Everything that depends on no other answer in one round trip, and none when there is nothing to ask."""
        if place is not None:
            self._require(own.key, place)
            known = None if spoken is not None or own.lags(place) else await self._known(own.store_id, question)
            if known is not None:
                return known
        async with self.db.read() as tx:
            async with tx.together():
                asked = None if place is not None else await profiles.ask_place(tx, own.store_id, own.profile_id)
                if spoken is not None:
                    await spoken.look(tx)
                named = await _ask_named(tx, own.store_id, question)
            if asked is not None:
                place = next(iter(await asked()), None)
            found = self._require(own.key, place)
            await own.read(tx, found)
            if spoken is not None:
                await spoken.read(tx, found)
            return _Said() if named is None else await self._heard(own.store_id, named, question)

    async def _known(self, store_id: StoreId, question: Question) -> _Said | None:
        """None when something must be read of the conversation."""
        if question.conversation_id is None or not question.reads_conversation:
            return _Said()
        if question.communications_limit or question.as_of is not None:
            return None
        async with self.db.read() as tx:
            query = await self._inferred.current(tx, store_id, question.conversation_id)
        return None if query is None else _Said(query=query)

    async def _heard(self, store_id: StoreId, named: Named, question: Question) -> _Said:
        heard = await named.known()
        if question.conversation_id is None or not heard:
            if question.conversation_id is not None:
                self._inferred.forget(store_id, question.conversation_id)
            raise NotFound(f"There is no conversation {question.conversation_id} in this store")
        said, present = (await named.said())[::-1], await named.present()
        query = inferred(turns_of(said[-limits.RECALL_INFERRED_QUERY_COMMUNICATIONS :], present, None))
        if question.as_of is None:
            self._inferred.keep(store_id, question.conversation_id, heard[0].version, query)
        return _Said(said, present, query)

    def _require(self, key: Key, place: Place | None) -> Place:
        """Forgets what it knows of a profile that no longer answers for itself."""
        if place is None or place.merged_into is not None:
            self.cache.drop(key)
        if place is None:
            raise NotFound(f"There is no profile {key[1]} in this store")
        if place.merged_into is not None:
            raise Moved(key[1], place.merged_into)
        return place

    async def _kept_up(self, line: Line[S]) -> S:
        """Whoever comes second looks again: by then there may be nothing left to do."""
        if line.update is None:
            return line.known
        async with self._turns.of(line.key):
            if not line.is_latest:
                line = line.anew()
                await self._look_again(line)
            if line.update is None:
                return line.known
            snapshot = await _aside(line.update.weight > _ADDED_AT_ONCE_MAX, line.update.make)
            self.cache.put(line.key, snapshot)
            return snapshot

    async def _look_again(self, line: Line[S]) -> None:
        async with self.db.read() as tx:
            async with tx.together():
                asked = await profiles.ask_place(tx, line.store_id, line.profile_id)
                await line.look(tx)
            await line.read(tx, self._require(line.key, next(iter(await asked()), None)))

    async def _then(
        self, own: MemoryLine, snapshot: Snapshot, talk: Snapshot | None, as_of: datetime, *, is_ranked: bool
    ) -> tuple[Snapshot, Snapshot | None]:
        """Made for one request and kept by nobody, but for what was then as it is now."""
        former = await read_former(self.db, own.store_id, own.profile_id, as_of)
        if is_ranked:
            former = await embedded(self.embedder, former)
        dimensions = self.embedder.dimensions
        if former or not await _stood(snapshot, KINDS, as_of):
            snapshot = await self._made(snapshot, lambda now: own_then(now, dimensions, former, as_of))
        if talk is not None and not await _stood(talk, (KIND,), as_of):
            talk = await self._made(talk, lambda now: said_then(now, dimensions, as_of))
        return snapshot, talk

    async def _made(self, now: Snapshot, make: Callable[[Snapshot], Snapshot]) -> Snapshot:
        heavy = len(now) > _ADDED_AT_ONCE_MAX
        async with self._making if heavy else nullcontext():
            return await _aside(heavy, lambda: make(now))

    async def _ranked(self, snapshot: Snapshot, talk: Snapshot | None, question: Question, query: str) -> Ranked:
        """What was made for one request is not asked again."""
        whole = [snapshot] if talk is None else [snapshot, talk]
        known = None if question.as_of is not None else self._rankings.get(whole, (query, question))
        if known is not None:
            return known
        size = sum(map(len, whole))
        vector = (await self.embedder.embed([query], kind="query"))[0] if query and size else None
        ranked = await _aside(
            size > _RANKED_AT_ONCE_MAX,
            lambda: Ranked(
                self._hits(snapshot, "observation", question, query, vector, question.observations_limit),
                self._hits(snapshot, "summary", question, query, vector, question.summaries_limit),
                self._hits(talk, KIND, question, query, vector, question.communications_limit),
            ),
        )
        if question.as_of is None:
            self._rankings.put(whole, (query, question), ranked)
        return ranked

    def _hits(
        self, snapshot: Snapshot | None, kind: Kind, question: Question, query: str, vector: Vector | None, limit: int
    ) -> Sequence[Hit]:
        if not limit or snapshot is None:
            return []
        begin, end = question.begin, question.end
        if not query:
            return newest(snapshot, kind=kind, begin=begin, end=end, end_inclusive=self.end_inclusive, limit=limit)
        return rank(
            snapshot,
            text=query,
            vector=vector,
            kind=kind,
            begin=begin,
            end=end,
            end_inclusive=self.end_inclusive,
            limit=limit,
            threshold=question.threshold,
            explain=question.explain,
        )

    async def _told(self, store_id: StoreId, question: Question, said: _Said, hits: Sequence[Hit]) -> Told:
        if hits:
            async with self.db.read() as tx:
                told = await tell(tx, store_id, hits, question.communications_context)
            return told if question.as_of is None else told._replace(hits=told_then(told.hits, question.as_of))
        newest_first = reversed(said.communications[-question.communications_limit :])
        return Told(
            [CommunicationHit(one) for one in newest_first] if question.communications_limit else [],
            list(said.participants),
        )


async def _aside(heavy: bool, work: Callable[[], T]) -> T:
    """Keeps the event loop free of what takes more than a few milliseconds."""
    return await asyncio.to_thread(work) if heavy else work()


async def _stood(now: Snapshot, kinds: Sequence[Kind], as_of: datetime) -> bool:
    return await _aside(len(now) > _RANKED_AT_ONCE_MAX, lambda: stood(now, kinds, as_of))


async def _ask_named(tx: Tx, store_id: StoreId, question: Question) -> Named | None:
    """Inside `together`. None when no conversation is named, or nothing of it needed."""
    if question.conversation_id is None or not question.reads_conversation:
        return None
    needed = max(question.communications_limit, limits.RECALL_INFERRED_QUERY_COMMUNICATIONS)
    return await ask_named(tx, store_id, question.conversation_id, needed, as_of=question.as_of)
