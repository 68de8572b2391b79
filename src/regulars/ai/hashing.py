"""An embedder without a model, for tests and trials: words and their letter trigrams hashed into a vector.

Deterministic on every machine. Texts that share words are alike, texts that share nothing are close to perpendicular;
it knows nothing of meaning.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final, Literal

import numpy as np

from regulars.ai.ports import Vectors

_WORD: Final = re.compile(r"\w+")
_TRIGRAM_WEIGHT: Final = 0.3


class HashingEmbedder:
    def __init__(self, dimensions: int = 256) -> None:
        self.name = f"hashing-{dimensions}"
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str], *, kind: Literal["query", "document"]) -> Vectors:  # noqa: ARG002
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            self._fill(vector, text)
        return vectors

    def _fill(self, vector: Vectors, text: str) -> None:
        for feature, weight in _features(text):
            digest = int.from_bytes(blake2b(feature.encode(errors="replace"), digest_size=8).digest(), "big")
            vector[(digest >> 1) % self.dimensions] += weight if digest & 1 else -weight
        length = float(np.linalg.norm(vector))
        if length > 0:
            vector /= length
        else:
            vector[0] = 1.0


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(text.casefold()):
        yield word, 1.0
        edged = f"^{word}$"
        for start in range(len(edged) - 2):
            yield "3:" + edged[start : start + 3], _TRIGRAM_WEIGHT
