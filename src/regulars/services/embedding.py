"""Vectors: how they are stored, and the job that computes those which are missing."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from regulars.ai.ports import Embedder
from regulars.core.ids import ProfileId, StoreId
from regulars.storage import memories, profiles
from regulars.storage.db import Db, Tx
from regulars.storage.memories import Unembedded

_BATCH_TEXTS: Final = 256
_STORED: Final = np.dtype("<f2")
"""Half precision: half the bytes, and cosines differ in the fourth digit."""


async def packed_vectors(embedder: Embedder, texts: Sequence[str]) -> dict[str, bytes]:
    """The vectors of different texts, by text, in the form in which they are stored."""
    if not texts:
        return {}
    vectors = await embedder.embed(texts, kind="document")
    return {text: vector.astype(_STORED).tobytes() for text, vector in zip(texts, vectors, strict=True)}


def unpacked(data: bytes) -> NDArray[np.float32]:
    return np.frombuffer(data, dtype=_STORED).astype(np.float32)


async def embed_missing(
    db: Db, embedder: Embedder, store_id: StoreId, profile_id: ProfileId, *, since_version: int = 0
) -> int:
    """Computes and stores, in batches, what is lacking of the memories that changed from a version on.

    Returns how many vectors it wrote.
    """
    count = 0
    while True:
        async with db.read() as tx:
            missing = await memories.list_unembedded(
                tx, store_id, profile_id, model=embedder.name, since_version=since_version, limit=_BATCH_TEXTS
            )
        if not missing:
            return count
        vectors = await packed_vectors(embedder, sorted({memory.content for memory in missing}))
        await db.write(
            lambda tx, missing=missing, vectors=vectors: _store(
                tx, store_id, profile_id, embedder.name, missing, vectors
            )
        )
        count += len(missing)


async def _store(
    tx: Tx,
    store_id: StoreId,
    profile_id: ProfileId,
    model: str,
    missing: Sequence[Unembedded],
    vectors: dict[str, bytes],
) -> None:
    """What was changed or deleted since it was read is left out; the next round reads it again."""
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is not None:
        await memories.insert_embeddings(tx, store_id, profile_id, model=model, memories=missing, vectors=vectors)
        await memories.touch(tx, store_id, profile_id, [memory.memory_id for memory in missing], version)
