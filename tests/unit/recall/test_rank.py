from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recall.rank import newest, rank
from regulars.recall.snapshot import Memory, Snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
DIMENSIONS = 8
WORDS = ["tea", "coffee", "likes", "the", "dog", "refund", "order", "紅茶", "2026-01-03"]

texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
vectors = st.none() | st.lists(st.integers(-3, 3), min_size=DIMENSIONS, max_size=DIMENSIONS).map(
    lambda values: np.array([*values[:-1], 5], dtype=np.float32) / np.linalg.norm([*values[:-1], 5])
)
days = st.integers(0, 5)


@st.composite
def memories(draw):
    at = START + timedelta(days=draw(days))
    return Memory(
        memory_id=draw(st.sampled_from("abcdefgh")),
        kind="observation",
        content=draw(texts),
        source=None,
        occurred_at=at,
        created_at=at,
        updated_at=at,
        conversation_ids=tuple(draw(st.sampled_from(["", "x", "y"]))),
        vector=draw(vectors),
    )


changes = st.tuples(st.lists(memories(), max_size=4), st.lists(st.sampled_from("abcdefgh"), max_size=1))
queries = st.fixed_dictionaries(
    {
        "text": texts,
        "vector": vectors,
        "begin": st.none() | days.map(lambda day: START + timedelta(days=day)),
        "end": st.none() | days.map(lambda day: START + timedelta(days=day)),
        "end_inclusive": st.booleans(),
        "limit": st.integers(0, 5),
        "threshold": st.sampled_from([0.0, 0.0, 0.001, 0.5]),
    }
)


def told(hits):
    return [(hit.memory.memory_id, hit.memory.content, hit.score) for hit in hits]


def grow(steps):
    """The snapshots after each step, and what each should hold."""
    snapshot, held = Snapshot.empty(DIMENSIONS), {}
    for version, (changed, removed) in enumerate(steps, start=1):
        held = {memory_id: memory for memory_id, memory in held.items() if memory_id not in removed}
        held |= {memory.memory_id: memory for memory in changed}
        snapshot = snapshot.updated(changed, version, removed=removed)
        yield snapshot, held


@given(steps=st.lists(changes, max_size=8), query=queries)
def test_deltas_leave_no_trace_and_old_snapshots_stay_valid(steps, query):
    for snapshot, held in list(grow(steps)):
        hits = rank(snapshot, kind="observation", **query)
        backwards = list(reversed(held.values()))
        for order in (list(held.values()), backwards):
            scratch = Snapshot.empty(DIMENSIONS).updated(order, 1)
            assert told(rank(scratch, kind="observation", **query)) == told(hits)


@given(steps=st.lists(changes, max_size=4), query=queries)
def test_scores_filters_limit_and_order_hold(steps, query):
    for snapshot, held in grow(steps):
        hits = rank(snapshot, kind="observation", **query)
        assert len(hits) <= query["limit"]
        keys = [(hit.score, hit.memory.occurred_at, hit.memory.memory_id) for hit in hits]
        assert keys == sorted(keys, reverse=True)
        for hit in hits:
            assert query["threshold"] <= hit.score <= 1
            assert inside(hit.memory.occurred_at, query)
            assert hit.memory == replace(held[hit.memory.memory_id], vector=None)
        if query["threshold"] == 0:
            assert len(hits) == min(query["limit"], sum(inside(m.occurred_at, query) for m in held.values()))


def inside(at, query):
    begin, end = query["begin"] or at, query["end"] or at
    return begin <= at <= end if query["end_inclusive"] or not query["end"] else begin <= at < end


@given(steps=st.lists(changes, max_size=4), query=queries)
def test_a_date_filter_leaves_scores_as_they_are(steps, query):
    for snapshot, _ in grow(steps):
        everything = query | {"begin": None, "end": None, "limit": 100}
        score_of = {hit.memory.memory_id: hit.score for hit in rank(snapshot, kind="observation", **everything)}
        for hit in rank(snapshot, kind="observation", **query):
            assert score_of[hit.memory.memory_id] == hit.score


def ask(snapshot, text="", vector=None, **options):
    options = {"kind": "observation", "begin": None, "end": None, "limit": 10, "threshold": 0.0} | options
    return rank(snapshot, text=text, vector=vector, **options)


def score(snapshot, text, vector=None, memory_id="a"):
    return next(hit.score for hit in ask(snapshot, text, vector, limit=100_000) if hit.memory.memory_id == memory_id)


def axis(*values):
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("vector", [None, axis(1)])
@pytest.mark.parametrize("text", ["tea", "She likes green tea", "紅茶が好きです", "word " * 800])
@pytest.mark.parametrize("beside", [0, 5])
def test_the_same_text_is_nearly_certain(memory, snapshot_of, text, vector, beside):
    others = [memory(f"x{number}", "owns a very old dog", vector=[0, 1]) for number in range(beside)]
    same = replace(memory("a", text), vector=vector)
    assert score(snapshot_of(same, *others), text, vector) > 0.85


def test_the_same_sign_without_words_comes_first_by_its_vector(memory, snapshot_of):
    snapshot = snapshot_of(memory("a", "😀", vector=[1]), memory("b", "😡", vector=[0, 1]), memory("c", "tea"))
    hits = ask(snapshot, "😀", axis(1))
    assert hits[0].memory.memory_id == "a"
    assert hits[0].score > 3 * hits[1].score


@pytest.mark.parametrize("vector", [None, [0, 1]])
def test_nothing_in_common_is_nearly_nothing(memory, snapshot_of, vector):
    snapshot = snapshot_of(memory("a", "owns a very old dog", vector=vector))
    assert score(snapshot, "refund for a late parcel", axis(1)) < 0.01


def test_what_one_signal_alone_finds_survives(memory, snapshot_of):
    snapshot = snapshot_of(
        memory("words", "wants a refund", vector=[0, 1]),
        memory("meaning", "asked for the money back", vector=[1, 0.2]),
        memory("neither", "owns a dog", vector=[0, 0, 1]),
        memory("unembedded", "a refund was promised"),
    )
    hits = ask(snapshot, "refund", axis(1))
    assert hits[-1].memory.memory_id == "neither"
    assert all(hit.score > 2 * hits[-1].score for hit in hits[:-1])


@given(cosine=st.floats(0, 0.99), more=st.floats(0, 0.01), text=texts)
def test_a_greater_cosine_never_scores_less(cosine, more, text):
    def of(likeness):
        at = {"occurred_at": START, "created_at": START, "updated_at": START}
        vector = axis(likeness, (1 - likeness**2) ** 0.5)
        one = Memory(
            memory_id="a",
            kind="observation",
            content="likes tea",
            source=None,
            conversation_ids=(),
            vector=vector,
            **at,
        )
        return score(Snapshot.empty(DIMENSIONS).updated([one], 1), text, axis(1))

    assert of(cosine + more) >= of(cosine) - 1e-6


def test_more_of_the_query_never_scores_less(memory, snapshot_of):
    query = "prefers window seats on morning trains"
    words = query.split()
    padded = [" ".join([*words[:count], *["biscuits"] * (len(words) - count)]) for count in range(len(words) + 1)]
    snapshot = snapshot_of(*(memory(f"{count}", text) for count, text in enumerate(padded)))
    scores = [score(snapshot, query, memory_id=f"{count}") for count in range(len(padded))]
    assert scores == sorted(scores)


def test_a_conversation_that_fits_lifts_its_other_memories(memory, snapshot_of):
    snapshot = snapshot_of(
        memory("hit", "the flight to Lisbon was delayed", conversations=["1"]),
        memory("beside", "was offered a voucher", conversations=["1"]),
        memory("elsewhere", "was offered a discount", conversations=["2"], day=1),
    )
    assert [hit.memory.memory_id for hit in ask(snapshot, "delayed flight Lisbon")] == ["hit", "beside", "elsewhere"]


def test_the_date_is_found_though_the_text_does_not_say_it(memory, snapshot_of):
    snapshot = snapshot_of(memory("january", "bought shoes"), memory("march", "bought shoes", day=70))
    assert ask(snapshot, "what was bought in January 2026")[0].memory.memory_id == "january"
    assert ask(snapshot, "what was bought in March 2026")[0].memory.memory_id == "march"


def test_equals_come_newest_first_then_by_id(memory, snapshot_of):
    snapshot = snapshot_of(*(memory(f"{n}", "tea", day=n % 3) for n in range(9)))
    assert [hit.memory.memory_id for hit in ask(snapshot, "refund", limit=4)] == ["8", "5", "2", "7"]


def test_newest_has_no_score_and_keeps_the_window(memory, snapshot_of):
    snapshot = snapshot_of(*(memory(f"{n}", "tea", day=n) for n in range(9)))
    window = {"kind": "observation", "begin": START + timedelta(days=2), "end": START + timedelta(days=6)}
    hits = newest(snapshot, **window, limit=3)
    assert [(hit.memory.memory_id, hit.score) for hit in hits] == [("6", None), ("5", None), ("4", None)]
    assert len(newest(snapshot, **window, limit=100)) == 5
    assert len(newest(snapshot, **window, end_inclusive=False, limit=100)) == 4
    assert newest(snapshot, **window, limit=0) == []


def test_an_empty_profile_has_no_hits():
    assert ask(Snapshot.empty(DIMENSIONS), "tea", axis(1)) == []
    assert newest(Snapshot.empty(DIMENSIONS), kind="summary", begin=None, end=None, limit=5) == []
