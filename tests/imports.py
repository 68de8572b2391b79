"""Imports for tests: declared, uploaded, told."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from tests.helpers import ok

PHONE_AND_NAME = [("phone", "Contact.phone"), ("name", "Contact.firstName")]


def mapped(columns: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """`("phone", "Contact.phone")`: a column and the trait that it fills."""
    return [
        {"columnName": column, "traitGroup": trait.split(".")[0], "traitName": trait.split(".")[1]}
        for column, trait in columns
    ]


def declaration(content: bytes | int = 100, columns: Any = PHONE_AND_NAME, **fields: Any) -> dict[str, Any]:
    """`content` is the file, or how many bytes it is said to have."""
    size = content if isinstance(content, int) else len(content)
    return {"filename": "people.csv", "fileSize": size, "columnMappings": mapped(columns), **fields}


async def declare(api: httpx.AsyncClient, store: str, content: bytes | int = 100, columns: Any = PHONE_AND_NAME) -> Any:
    body = declaration(content, columns)
    return ok(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=body), 201)


async def upload(api: httpx.AsyncClient, store: str, content: bytes, columns: Any = PHONE_AND_NAME) -> str:
    """The path of an import whose file has come."""
    declared = await declare(api, store, content, columns)
    ok(await api.put(declared["url"], content=content, auth=None))
    return f"/v1/Stores/{store}/Profiles/Imports/{declared['importId']}"


async def problems(api: httpx.AsyncClient, path: str) -> list[tuple[int, str, str]]:
    response = await api.get(f"{path}/Problems")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(response.text))
    assert header == ["line", "severity", "reason"]
    return [(int(line), severity, reason) for line, severity, reason in rows]


def people(count: int, start: int = 0) -> bytes:
    """A file of as many customers."""
    lines = [f"+1202{5_550_000 + number:07d},Name{number}" for number in range(start, start + count)]
    return "\n".join(["phone,name", *lines, ""]).encode()


def table(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()
