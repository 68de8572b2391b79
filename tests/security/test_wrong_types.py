"""Every field of every body with a value of another type: a clear refusal, and no crash."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers import assert_problem
from tests.security.test_routes import ROWS, Row, call, one_of_everything

BODIES = [row for row in ROWS if isinstance(row.body, dict) and not row.route.startswith("POST /webhooks/")]
WRONG = {
    "object": st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.integers(), min_size=1)),
    "array": st.one_of(st.text(), st.integers(), st.booleans(), st.dictionaries(st.text(), st.integers(), min_size=1)),
    "string": st.one_of(st.integers(), st.booleans(), st.lists(st.text()), st.dictionaries(st.text(), st.text())),
    "integer": st.one_of(st.sampled_from(["many", "", "1x"]), st.lists(st.integers()), st.just({})),
    "number": st.one_of(st.sampled_from(["many", "", "1x"]), st.lists(st.integers()), st.just({})),
    "boolean": st.one_of(st.sampled_from(["perhaps", ""]), st.lists(st.integers()), st.just({})),
}
"""By the type that is right. `null` counts as absent, and a number may come as a text, so neither is among them."""

Place = tuple[Any, ...]


def places(
    schemas: dict[str, Any], schema: dict[str, Any], body: Any, place: Place = ()
) -> Iterator[tuple[Place, str]]:
    """Every field that the description knows of, as far as the body leads there, and its type. What may be of several
    types is left out."""
    known = resolved(schemas, schema)
    if known.get("type") not in WRONG:
        return
    yield place, known["type"]
    for name, field in known.get("properties", {}).items():
        yield from places(schemas, field, body.get(name) if isinstance(body, dict) else None, (*place, name))
    if isinstance(known.get("additionalProperties"), dict) and isinstance(body, dict):
        for name, value in body.items():
            yield from places(schemas, known["additionalProperties"], value, (*place, name))
    if isinstance(body, list) and body:
        yield from places(schemas, known["items"], body[0], (*place, 0))


def resolved(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Without references, and without the `null` that any optional field may be."""
    while "$ref" in schema or "oneOf" in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
            continue
        choices = [one for one in schema["oneOf"] if one.get("type") != "null"]
        if len(choices) != 1:
            return {}
        [schema] = choices
    kinds = schema.get("type")
    named = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
    return {**schema, "type": named[0]} if len(named) == 1 else {}


def reaches(body: Any, place: Place) -> bool:
    """Whether everything above the field is there, so that nothing but the field is wrong."""
    for key in place[:-1]:
        if not (isinstance(body, dict) and key in body) and not (isinstance(body, list) and key < len(body)):
            return False
        body = body[key]
    return True


def changed(value: Any, place: Place, wrong: Any) -> Any:
    if not place:
        return wrong
    head, *rest = place
    if isinstance(value, dict):
        return {**value, head: changed(value.get(head), tuple(rest), wrong)}
    return [changed(item, tuple(rest), wrong) if n == head else item for n, item in enumerate(value)]


@pytest.mark.parametrize("row", BODIES, ids=lambda row: row.route)
async def test_a_value_of_another_type_is_refused(api, tenant, row):
    described = (await api.get("/openapi.json")).json()
    method, address = row.route.split()
    path = address.replace("{memory_operation_id}", "{operation_id}")
    body = described["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    ids = await one_of_everything(api, tenant)
    found = [
        (place, kind)
        for place, kind in places(described["components"]["schemas"], body, row.body)
        if reaches(row.body, place)
    ]
    assert len(found) > 1
    for place, kind in found:
        for wrong in examples(WRONG[kind]):
            response = await call(api, Row(row.route, body=changed(row.body, place, wrong)), ids, tenant.auth)
            assert response.status_code == 400, (place, wrong, response.status_code, response.text)
            assert_problem(response, 400)


def examples(values: st.SearchStrategy[Any]) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=8, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(values)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found
