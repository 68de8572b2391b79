"""Profiles full of invented observations with their vectors, written straight into the tables.

A million of them takes a minute or two this way. Words come with the frequencies and endings of natural language, so
that some are in nearly every memory and new ones never cease; vectors are random, for nothing measured here depends on
what they say. Foreign keys are not checked one by one, for both sides are made here.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import psycopg

from bench.crowd import conninfo
from bench.server import Server
from regulars.ai.local_embedder import LocalEmbedder

OTHERS_EACH: Final = 100
"""Observations of each other profile."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MODEL: Final = LocalEmbedder()

_COMMON: Final = """
the to and of a in is it that for on was with he she they her his at be this have from or had by not but what all were
when we there can an your which their said if do will each about how up out them then so some would make like him into
has two more no way could my than first been who its now call did get come made may part
"""
_SYLLABLES: Final = [
    a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en", "il", "on", "ust")
]
_ENDINGS: Final = ("", "", "", "s", "ed", "ing", "er", "ly", "ation", "ness")
_VOCABULARY: Final = 60_000
_WORDS: Final = (6, 30)
"""Of a memory: at least, and one more than at most."""
_QUERY_WORDS: Final = (5, 14)
_PER_CONVERSATION: Final = 12
_POOL: Final = 20_000
"""So many texts and vectors are dealt to the other profiles again and again."""
_AT_ONCE: Final = 100_000

_PROFILES: Final = """
INSERT INTO profile (store_id, profile_id, memory_version, created_at)
SELECT %s, 'mem_profile_00' || lpad(n::text, 24, '0'), 1, now() FROM generate_series(%s::int, %s::int) AS n
"""
_OBSERVATIONS: Final = """
COPY observation (store_id, profile_id, observation_id, content, source, occurred_at, conversation_ids,
    communication_ids, memory_version, created_at, updated_at) FROM STDIN (FORMAT binary)
"""
_OBSERVATION_TYPES: Final = (
    *("text", "text", "text", "text", "text", "timestamptz", "text[]"),
    *("text[]", "int8", "timestamptz", "timestamptz"),
)
_EMBEDDINGS: Final = "COPY embedding (store_id, profile_id, memory_id, model, vector) FROM STDIN (FORMAT binary)"
_EMBEDDING_TYPES: Final = ("text", "text", "text", "text", "bytea")
_TABLES: Final = "profile, observation, embedding"


@dataclass(frozen=True)
class Target:
    """A profile that is measured, and others of its size that nobody has asked for yet."""

    size: int
    profile_id: str
    cold: list[str]


class Material:
    """The same texts and vectors for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        self._words = np.array(_vocabulary(), dtype=object)
        shares = 1 / (np.arange(len(self._words)) + 2.7)
        self._until = np.cumsum(shares / shares.sum())

    def texts(self, count: int, words: tuple[int, int] = _WORDS) -> list[str]:
        ends = np.cumsum(self._dice.integers(*words, count))
        picked = self._words[np.searchsorted(self._until[:-1], self._dice.random(ends[-1]))].tolist()
        return [
            " ".join(picked[start:end]).capitalize() + "." for start, end in itertools.pairwise([0, *ends.tolist()])
        ]

    def questions(self) -> Iterator[str]:
        while True:
            yield from self.texts(1000, _QUERY_WORDS)

    def vectors(self, count: int) -> np.ndarray:
        """Of unit length."""
        drawn = self._dice.standard_normal((count, MODEL.dimensions), dtype=np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _vocabulary() -> list[str]:
    """The most frequent first; always the same."""
    dice = random.Random(1)
    made = dict.fromkeys(_COMMON.split())
    while len(made) < _VOCABULARY:
        made["".join(dice.choices(_SYLLABLES, k=dice.randint(1, 3))) + dice.choice(_ENDINGS)] = None
    return list(made)


def profile_id(number: int) -> str:
    return f"mem_profile_00{number:024d}"


def occurred_at(place: int) -> datetime:
    return START + timedelta(hours=place)


def conversation_id(place: int) -> str:
    return f"conv_conversation_00{place // _PER_CONVERSATION:024d}"


class Writer:
    """Writes profiles into a store, numbered in the order in which they come."""

    def __init__(self, server: Server, store_id: str) -> None:
        self._conninfo = conninfo(server)
        self._store_id = store_id
        self._next = 0

    def others(self, memories: int) -> list[str]:
        """So many of them, dealt to profiles of `OTHERS_EACH`."""
        material = Material(seed=1)
        count = min(memories, _POOL)
        texts = itertools.cycle(material.texts(count))
        vectors = itertools.cycle(_packed(material.vectors(count)))
        profiles = max(1, memories // OTHERS_EACH)
        at_once = _AT_ONCE // OTHERS_EACH
        return [
            written
            for first in range(0, profiles, at_once)
            for written in self._write(min(at_once, profiles - first), OTHERS_EACH, texts, vectors)
        ]

    def profile(self, size: int, seed: int) -> str:
        """One with the texts and vectors of `Material(seed)`."""
        material = Material(seed)
        return self._write(1, size, iter(material.texts(size)), iter(_packed(material.vectors(size))))[0]

    def settle(self) -> None:
        """So that nothing of the writing is left to be done under the measurements."""
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(f"VACUUM (ANALYZE) {_TABLES}")
            connection.execute("CHECKPOINT")

    def _write(self, profiles: int, each: int, texts: Iterator[str], vectors: Iterator[bytes]) -> list[str]:
        first, self._next = self._next, self._next + profiles
        ids = [profile_id(number) for number in range(first, self._next)]
        keys = [(one, f"mem_observation_00{number:012d}{place:012d}", place)
                for number, one in enumerate(ids, first) for place in range(each)]  # fmt: skip
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(_PROFILES, (self._store_id, first, self._next - 1))
            _copy(connection, _OBSERVATIONS, _OBSERVATION_TYPES, (self._observation(*key, next(texts)) for key in keys))
            _copy(connection, _EMBEDDINGS, _EMBEDDING_TYPES, (self._embedding(*key, next(vectors)) for key in keys))
        return ids

    def _observation(self, owner: str, memory_id: str, place: int, text: str) -> Sequence[object]:
        at = occurred_at(place)
        return (self._store_id, owner, memory_id, text, "bench", at, [conversation_id(place)], [], 1, at, at)

    def _embedding(self, owner: str, memory_id: str, _: int, vector: bytes) -> Sequence[object]:
        return (self._store_id, owner, memory_id, MODEL.name, vector)


def _packed(vectors: np.ndarray) -> list[bytes]:
    """As `services/embedding.py` stores them."""
    return [one.tobytes() for one in vectors.astype("<f2")]


def _copy(
    connection: psycopg.Connection, statement: str, types: Sequence[str], rows: Iterator[Sequence[object]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
