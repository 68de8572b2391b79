"""Which of what is known is near a text, by the vectors."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regulars.core.ids import ProfileId, StoreId
from regulars.domain.wording import Alike
from regulars.services.embedding import STORED, unpacked
from regulars.storage import observations
from regulars.storage.db import Db

_NEAREST: Final = 8
"""So many observations are looked at for each candidate."""
_PAGE_ROWS: Final = 10_000
"""Some 10 MB of vectors at a time, whatever the profile holds."""
_WITHOUT_VECTOR_MAX: Final = 500
"""Of what has no vector yet the newest are looked at, by their words alone."""
_ALIKE: Final = {"use-multilingual-v3-512": Alike(0.86, 0.25)}
_ALIKE_OTHERWISE: Final = Alike(0.97, 0)

Floats = NDArray[np.float32]


class Near(NamedTuple):
    similarity: float
    observation_id: str


def alike_of(model: str) -> Alike:
    """Measured where the model is known (`regulars bench reconciliation`), careful where it is not."""
    return _ALIKE.get(model, _ALIKE_OTHERWISE)


def likeness_of(contents: Sequence[str], vectors: Mapping[str, bytes]) -> dict[str, dict[str, float]]:
    """Of each of the contents with every one that has a vector."""
    own = [content for content in dict.fromkeys(contents) if content in vectors]
    if not own:
        return {}
    cosines = np.stack([unpacked(vectors[one]) for one in own]) @ np.stack([*map(unpacked, vectors.values())]).T
    return {one: dict(zip(vectors, map(float, row), strict=True)) for one, row in zip(own, cosines, strict=True)}


async def nearest(db: Db, store_id: StoreId, profile_id: ProfileId, model: str, vectors: Sequence[bytes]) -> list[str]:
    """The ids of the observations nearest to each of some vectors, and of those that have none of the model's."""
    queries = np.stack([unpacked(vector) for vector in vectors])
    best: list[list[Near]] = [[] for _ in vectors]
    unknown: list[str] = []
    key = ""
    while True:
        async with db.read() as tx:
            page = await observations.list_vectors(tx, store_id, profile_id, model=model, key=key, limit=_PAGE_ROWS)
        unknown = [*unknown, *(one for one, vector in page if vector is None)][-_WITHOUT_VECTOR_MAX:]
        known = [(one, vector) for one, vector in page if vector is not None]
        if known:
            best = await asyncio.to_thread(_better, best, queries, known)
        if len(page) < _PAGE_ROWS:
            return sorted({*unknown, *(near.observation_id for few in best for near in few)})
        key = page[-1][0]


def _better(best: list[list[Near]], queries: Floats, known: Sequence[tuple[str, bytes]]) -> list[list[Near]]:
    packed = np.frombuffer(b"".join(vector for _, vector in known), dtype=STORED)
    cosines = queries @ packed.reshape(len(known), -1).astype(np.float32).T
    few = min(_NEAREST, len(known))
    nearest = np.argpartition(-cosines, few - 1, axis=1)[:, :few]
    return [
        sorted([*before, *(Near(float(row[at]), known[at][0]) for at in places)], reverse=True)[:_NEAREST]
        for before, row, places in zip(best, cosines, nearest.tolist(), strict=True)
    ]
