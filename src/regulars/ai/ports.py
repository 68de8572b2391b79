"""What Regulars asks of a model: one verb each. Implementations may wait; nobody calls them inside a transaction."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from regulars.domain.transcripts import Digest, Extraction, Transcript

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """`name` goes with every stored vector: vectors of different names are never compared."""

    name: str
    dimensions: int

    async def embed(self, texts: Sequence[str], *, kind: Literal["query", "document"]) -> Vectors:
        """One unit-length row a text, in order. Shape `(len(texts), dimensions)`, float32."""
        ...


class Extractor(Protocol):
    async def extract(self, transcript: Transcript) -> Extraction:
        """What the fresh turns say about the customer that lasts. Each candidate cites the turns it rests on."""
        ...


class Summariser(Protocol):
    async def summarise(self, transcript: Transcript) -> Digest:
        """One paragraph about the whole conversation."""
        ...
