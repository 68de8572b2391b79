"""The description of the API, and the page that shows it."""

import re

from tests.helpers import ok


async def test_the_description_is_openapi_31_and_open(api):
    document = ok(await api.get("/openapi.json", auth=None))
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Regulars"
    assert document["components"]["securitySchemes"]["basic"]["scheme"] == "basic"


async def test_every_operation_tells_its_errors_in_the_one_shape(api):
    document = ok(await api.get("/openapi.json"))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) >= 30
    for operation in operations:
        assert {"400", "404", "500"} <= set(operation["responses"]), operation["operationId"]
        schema = operation["responses"]["404"]["content"]["application/json"]["schema"]
        assert schema["$ref"].endswith("/TwilioError")
    assert "422" not in {status for operation in operations for status in operation["responses"]}


async def test_properties_are_in_camel_case(api):
    schemas = ok(await api.get("/openapi.json"))["components"]["schemas"]
    names = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert {name for name in names if "_" in name} == {"more_info"}


async def test_the_page_loads_nothing_from_elsewhere(api):
    page = await api.get("/docs", auth=None)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    sources = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.text)
    assert len(sources) == 2
    for source in sources:
        assert source.startswith("/")
        assert (await api.get(source, auth=None)).status_code == 200
    assert "//" not in page.text.replace("</", "")
