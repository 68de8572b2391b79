"""What every resource with an ETag must do, told once. `change(n)` is a body that differs with n."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
from tests.helpers import assert_problem, ok

Change = Callable[[int], Any]


async def etag_of(api: httpx.AsyncClient, url: str) -> str:
    response = await api.get(url)
    ok(response)
    return response.headers["ETag"]


async def assert_if_match(api: httpx.AsyncClient, url: str, change: Change, method: str = "PATCH") -> None:
    """The right version passes and an old or foreign one does not; of two writers who hold one version, one wins."""

    async def send(n: int, if_match: str) -> httpx.Response:
        return await api.request(method, url, json=change(n), headers={"If-Match": if_match})

    first = await etag_of(api, url)
    assert len(first) <= 100
    token = first.strip('"')
    decoded = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert set(decoded) == {"id", "v"}
    assert_problem(await send(1, '"bm9uZQ"'), 412, 520043)
    assert_problem(await send(1, "x" * 101), 400, 400)
    assert await etag_of(api, url) == first
    ok(await send(2, first), 202)
    second = await etag_of(api, url)
    assert second != first
    assert_problem(await send(3, first), 412, 520043)
    for n, form in enumerate(("{}", '"{}"', 'W/"{}"', '"bm9uZQ", "{}"', "*")):
        token = (await etag_of(api, url)).strip('"')
        ok(await send(4 + n, form.format(token)), 202)
    held = await etag_of(api, url)
    answers = await asyncio.gather(*(send(10 + n, held) for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 412, 412, 412]
