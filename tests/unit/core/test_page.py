"""Pages: whatever the size and order, together they are the list."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import InvalidInput
from regulars.core.page import Page, PageRequest, page_request, paginate

keys = st.lists(st.text("abcdefghij", min_size=1, max_size=4), unique=True, max_size=30)
sizes = st.integers(1, 7)
orders = st.sampled_from(["ASC", "DESC"])


class Shelf:
    """A list that may grow between pages."""

    def __init__(self, items: list[str]) -> None:
        self.items = items

    async def fetch(self, order: str, after: str, limit: int) -> list[str]:
        beyond = [item for item in self.items if (item > after if order == "ASC" else item < after)]
        return sorted(beyond, reverse=order == "DESC")[:limit]

    def page(self, size: int, order: str, token: str | None = None) -> Page[str]:
        request = page_request(size, token, order, size_max=1000)
        return asyncio.run(paginate(request, self.fetch, str))

    def walk(self, size: int, order: str) -> list[Page[str]]:
        found = [self.page(size, order)]
        while token := found[-1].next_token:
            found.append(self.page(size, order, token))
        return found


def joined(pages: list[Page[str]]) -> list[str]:
    return [item for page in pages for item in page.items]


@given(keys, sizes, orders)
def test_pages_together_are_the_list(items, size, order):
    assert joined(Shelf(items).walk(size, order)) == sorted(items, reverse=order == "DESC")


@given(keys, sizes, orders)
def test_no_page_but_the_last_is_short(items, size, order):
    assert all(len(page.items) == size for page in Shelf(items).walk(size, order)[:-1])


@given(keys, sizes, orders)
def test_the_way_back_is_the_way_there(items, size, order):
    shelf = Shelf(items)
    there = shelf.walk(size, order)
    back = [there[-1]]
    while token := back[-1].previous_token:
        back.append(shelf.page(size, order, token))
    assert joined(back[::-1]) == joined(there)


@given(keys, sizes, orders)
def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(items, size, order):
    pages = Shelf(items).walk(size, order)
    assert pages[0].previous_token is None
    assert pages[-1].next_token is None


@given(keys, keys, sizes, orders, st.integers(0, 5))
def test_inserts_meanwhile_neither_repeat_nor_hide_what_was_there(items, inserted, size, order, moment):
    shelf = Shelf(items)
    found = [shelf.page(size, order)]
    while token := found[-1].next_token:
        if len(found) == moment:
            shelf.items = sorted({*items, *inserted})
        found.append(shelf.page(size, order, token))
    seen = joined(found)
    assert len(seen) == len(set(seen))
    assert set(items) <= set(seen)


@given(keys.filter(bool), sizes, orders)
def test_a_token_says_where_it_is(items, size, order):
    for page in Shelf(items).walk(size, order):
        if page.next_token:
            request = page_request(size, page.next_token, order, size_max=1000)
            assert request == PageRequest(size, order, page.items[-1], backwards=False)
        if page.previous_token:
            request = page_request(size, page.previous_token, order, size_max=1000)
            assert request == PageRequest(size, order, page.items[0], backwards=True)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_a_foreign_token_is_refused_or_read_but_never_breaks_anything(token):
    try:
        request = page_request(None, token, None, size_max=50)
    except InvalidInput:
        return
    assert request.key.isascii()
    assert "\x00" not in request.key


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_size_outside_is_refused(size):
    with pytest.raises(InvalidInput):
        page_request(size, None, None, size_max=50)


def test_a_size_over_the_cap_is_clamped():
    assert page_request(1000, None, None, size_max=50).size == 50


def test_the_default_is_fifty_newest_first():
    assert page_request(None, None, None, size_max=1000) == PageRequest(50, "DESC", "", backwards=False)
    assert page_request(None, None, None, size_max=20).size == 20


@pytest.mark.parametrize("order", ["asc", "Asc", "ASC"])
def test_orders_are_read_whatever_their_case(order):
    assert page_request(None, None, order, size_max=50).order == "ASC"
