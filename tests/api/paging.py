"""What every list must do, told once: `url` lists items under `key`, `add` makes one more."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from tests.helpers import ok, pages

Add = Callable[[], Awaitable[Any]]


def ids(items: list[Any]) -> list[str]:
    return [item if isinstance(item, str) else item["id"] for item in items]


async def assert_walks(api: httpx.AsyncClient, url: str, key: str, add: Add, order: str) -> None:
    """Three pages forwards and the same three backwards, each item once, in order."""
    for _ in range(7):
        await add()
    everything = ids(ok(await api.get(url, params={"orderBy": order}))[key])
    assert len(everything) == 7
    assert everything == sorted(everything, reverse=order == "DESC")
    forwards = [body async for body in pages(api, url, orderBy=order, pageSize=3)]
    assert [body["meta"]["pageSize"] for body in forwards] == [3, 3, 1]
    assert {body["meta"]["key"] for body in forwards} == {key}
    assert "previousToken" not in forwards[0]["meta"]
    assert "nextToken" not in forwards[-1]["meta"]
    assert [one for body in forwards for one in ids(body[key])] == everything
    last = forwards[-1]["meta"]["previousToken"]
    backwards = [body async for body in pages(api, url, "previous", orderBy=order, pageSize=3, pageToken=last)]
    assert [ids(body[key]) for body in backwards] == [everything[3:6], everything[:3]]


async def assert_inserts_do_not_disturb(api: httpx.AsyncClient, url: str, key: str, add: Add) -> None:
    """Newest first: what comes in meanwhile stands before the first page, and nothing repeats or hides."""
    for _ in range(4):
        await add()
    four = ids(ok(await api.get(url))[key])
    first = ok(await api.get(url, params={"pageSize": 2}))
    await add()
    await add()
    second = ok(await api.get(url, params={"pageSize": 2, "pageToken": first["meta"]["nextToken"]}))
    assert ids(first[key]) + ids(second[key]) == four
    back = ok(await api.get(url, params={"pageSize": 2, "pageToken": second["meta"]["previousToken"]}))
    assert ids(back[key]) == ids(first[key])
    newest = ok(await api.get(url, params={"pageSize": 2, "pageToken": back["meta"]["previousToken"]}))
    assert ids(newest[key]) + four == ids(ok(await api.get(url))[key])


async def assert_refuses_bad_parameters(api: httpx.AsyncClient, url: str) -> None:
    for params in (
        {"pageSize": "0"},
        {"pageSize": "1001"},
        {"pageSize": "-1"},
        {"pageSize": "many"},
        {"pageToken": "!"},
        {"pageToken": "bm8gdG9rZW4"[1:]},
        {"pageToken": "A" * 4097},
        {"orderBy": "sideways"},
    ):
        response = await api.get(url, params=params)
        assert (response.status_code, response.json()["code"]) == (400, 400), (params, response.text)
