"""Postings of many texts at once and of one after the other are the same."""

from random import Random

import numpy as np

from regulars.recall.layout import Layout
from regulars.recall.lexical import Postings, folded, query_terms

WORDS = """
the a customer she likes tea coffee cats running runs ran deliveries delivered late never always 2026 order-42
el cliente quiere té negro der Kunde möchte keinen Kaffee 顧客は紅茶 клиент любит чай
"""


def texts(seed: int, count: int) -> list[str]:
    dice = Random(seed)
    return [" ".join(dice.choices(WORDS.split(), k=dice.randrange(30))) for _ in range(count)]


def test_at_once_or_one_by_one():
    for seed, count in enumerate((63, 64, 65, 200, 1100)):
        given = texts(seed, count)
        at_once, one_by_one, mixed = Postings(), Postings(), Postings()
        languages = at_once.extend(0, given)
        assert languages == [one for row, text in enumerate(given) for one in one_by_one.extend(row, [text])]
        half = count // 2
        assert languages == [*mixed.extend(0, given[:half]), *mixed.extend(half, given[half:])]
        for query in ("the cats", "late deliveries of tea", "紅茶 чай", "cliente Kunde customer", "nobody asks"):
            asked = query_terms(folded(query), set(languages))
            expected = found(one_by_one, asked, count)
            np.testing.assert_array_equal(found(at_once, asked, count), expected)
            np.testing.assert_array_equal(found(mixed, asked, count), expected)


def test_who_came_before_a_row_does_not_see_it():
    given = texts(7, 200)
    early, late = Postings(), Postings()
    early.extend(0, given[:100])
    late.extend(0, given[:100])
    late.extend(100, given[100:])
    asked = query_terms(folded("the cats like tea and coffee"), {"english"})
    np.testing.assert_array_equal(found(early, asked, 100), found(late, asked, 100))


def found(postings: Postings, asked: list, rows: int) -> np.ndarray:
    """Every score of every row: its texts are parts of three conversations."""
    layout = Layout(
        alive=np.arange(rows) % 5 > 0,
        conversations=np.arange(rows) % 3,
        positions=np.arange(rows),
        lengths=postings.lengths[:rows].astype(np.float64),
    )
    scores = postings.scores(asked, layout)
    return np.stack([scores.coverage, scores.nearby, scores.conversation, scores.overlap])
