"""Who stands beside whom, on tables small enough to see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recall.layout import Layout


def layout(*rows, talks=True):
    """Rows of (conversation, position, lives, terms)."""
    conversations, positions, alive, lengths = (
        (list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 4
    )
    return Layout(
        alive=np.array(alive, dtype=bool),
        conversations=np.array(conversations, dtype=np.int64),
        positions=np.array(positions, dtype=np.int64) if talks else None,
        lengths=np.array(lengths, dtype=np.float64),
    )


def sums(found):
    rows, values = found
    return dict(zip(rows.tolist(), values.tolist(), strict=True))


DEAD = False
MIXED = (
    # conversation, position, lives, terms
    (0, 10, True, 1),  # row 0: the second of conversation 0
    (1, 1, True, 2),  # row 1: the only one of conversation 1 that lives
    (0, 40, True, 3),  # row 2: the last of conversation 0
    (0, 20, DEAD, 100),  # row 3
    (0, 2, True, 4),  # row 4: the first of conversation 0
    (1, 0, DEAD, 100),  # row 5
    (2, 0, DEAD, 100),  # row 6: nobody lives there
)


def test_neighbours_are_the_next_living_ones_of_the_same_conversation():
    mixed = layout(*MIXED)
    assert mixed.before.tolist() == [4, -1, 0, -1, -1, -1, -1]
    assert mixed.after.tolist() == [2, -1, -1, -1, 0, -1, -1]


def test_the_opening_counts_from_the_first_living_one():
    assert layout(*MIXED).opening.tolist() == [1 / 2, 1, 1 / 3, 0, 1, 0, 0]


def test_lengths_are_of_the_living():
    mixed = layout(*MIXED)
    assert mixed.nearby_lengths.tolist() == [1 + 4 + 3, 2, 3 + 1, 0, 4 + 1, 0, 0]
    assert mixed.nearby_average == (8 + 2 + 4 + 5) / 4
    assert mixed.conversation_lengths.tolist() == [8, 2, 0]
    assert mixed.conversation_average == 10 / 2


def test_counts():
    mixed = layout(*MIXED)
    assert (mixed.rows, mixed.living, mixed.all_alive) == (7, 4, False)
    assert (mixed.conversation_count, mixed.living_conversations) == (3, 2)


def test_the_best_of_a_conversation_is_one_of_the_living():
    values = np.array([0.1, 0.2, 0.3, 0.9, 0.25, 0.9, 0.9])
    assert layout(*MIXED).best(values).tolist() == [0.3, 0.2, 0.3, 0.3, 0.3, 0.2, 0]


def test_shifted_is_the_neighbours_value():
    mixed = layout(*MIXED)
    values = np.arange(10.0, 17.0)
    assert mixed.shifted(values, mixed.before).tolist() == [14, 0, 10, 0, 0, 0, 0]
    assert mixed.shifted(values, mixed.after).tolist() == [12, 0, 0, 0, 10, 0, 0]


def test_spread_adds_to_a_row_what_its_neighbours_have():
    mixed = layout(*MIXED)
    assert sums(mixed.spread(np.array([0]), np.array([5.0]))) == {0: 5, 2: 5, 4: 5}
    assert sums(mixed.spread(np.array([1]), np.array([5.0]))) == {1: 5}
    assert sums(mixed.spread(np.array([0, 2, 4]), np.array([1.0, 10.0, 100.0]))) == {0: 111, 2: 11, 4: 101}
    assert sums(mixed.spread(np.zeros(0, dtype=int), np.zeros(0))) == {}


def test_gather_adds_up_conversations():
    rows = np.array([0, 1, 2])
    assert sums(layout(*MIXED).gather(rows, np.array([1.0, 2.0, 3.0]))) == {0: 4, 1: 2}
    assert sums(layout(*MIXED).gather(np.zeros(0, dtype=int), np.zeros(0))) == {}


def test_what_stands_beside_nobody_has_no_neighbours_but_a_conversation():
    known = layout((0, 0, True, 2), (0, 0, True, 3), (1, 0, DEAD, 9), (1, 0, True, 4), talks=False)
    assert known.before.tolist() == known.after.tolist() == [-1] * 4
    assert known.opening.tolist() == [0] * 4
    assert known.nearby_lengths.tolist() == [2, 3, 0, 4]
    assert known.nearby_average == 3
    assert known.conversation_lengths.tolist() == [5, 4]
    assert known.shifted(np.ones(4), known.before).tolist() == [0] * 4
    assert known.best(np.array([0.1, 0.2, 0.9, 0.3])).tolist() == [0.2, 0.2, 0.3, 0.3]
    assert sums(known.spread(np.array([1]), np.array([5.0]))) == {1: 5}
    assert sums(known.gather(np.array([0, 1, 3]), np.array([1.0, 2.0, 4.0]))) == {0: 3, 1: 4}


@pytest.mark.parametrize("talks", [True, False])
def test_no_rows(talks):
    none = layout(talks=talks)
    assert (none.rows, none.living, none.conversation_count, none.living_conversations) == (0, 0, 0, 0)
    for values in (none.before, none.after, none.opening, none.nearby_lengths, none.conversation_lengths):
        assert values.tolist() == []
    assert none.nearby_average == none.conversation_average == 0
    assert none.best(np.zeros(0)).tolist() == none.shifted(np.zeros(0), none.before).tolist() == []
    nobody = np.zeros(0, dtype=int), np.zeros(0)
    assert sums(none.spread(*nobody)) == sums(none.gather(*nobody)) == {}


@pytest.mark.parametrize("alive", [True, False])
def test_one_row(alive):
    one = layout((0, 7, alive, 3))
    assert one.before.tolist() == one.after.tolist() == [-1]
    assert one.opening.tolist() == [float(alive)]
    assert one.nearby_average == one.conversation_average == (3 if alive else 0)
    assert one.best(np.array([0.5])).tolist() == [0.5 * alive]


@st.composite
def tables(draw):
    places = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), unique=True, max_size=12))
    return [(*place, draw(st.booleans()), draw(st.integers(0, 5))) for place in places]


@given(tables())
def test_neighbours_are_what_sorting_says(rows):
    said = layout(*rows)
    before, after, opening = [-1] * len(rows), [-1] * len(rows), [0.0] * len(rows)
    for conversation in range(4):
        order = sorted((row[1], number) for number, row in enumerate(rows) if row[0] == conversation and row[2])
        for place, (_, number) in enumerate(order):
            opening[number] = 1 / (1 + place)
            before[number] = order[place - 1][1] if place else -1
            after[number] = order[place + 1][1] if place + 1 < len(order) else -1
    assert said.before.tolist() == before
    assert said.after.tolist() == after
    assert said.opening.tolist() == opening


@given(tables(), st.data())
def test_spread_is_the_sum_over_a_row_and_its_neighbours(rows, data):
    said = layout(*rows)
    living = np.flatnonzero(said.alive)
    held = np.array(
        data.draw(st.lists(st.sampled_from(living.tolist()), unique=True)) if len(living) else [], dtype=int
    )
    values = np.zeros(len(rows))
    values[held] = np.arange(1, len(held) + 1)
    expected = values + said.shifted(values, said.before) + said.shifted(values, said.after)
    assert sums(said.spread(held, values[held])) == {row: value for row, value in enumerate(expected) if value}
