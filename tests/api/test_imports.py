"""Imports: declared, uploaded once under a link that expires, applied by a job, told."""

import asyncio
import gzip
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.api.paging import assert_inserts_do_not_disturb, assert_refuses_bad_parameters, assert_walks
from tests.helpers import (
    CUSTOMER,
    OTHER_CUSTOMER,
    assert_problem,
    create_profile,
    create_store,
    lookup,
    ok,
    profile_ids,
    run_jobs,
    unknown,
)
from tests.imports import PHONE_AND_NAME, declaration, declare, mapped, people, problems, table, upload

from regulars.core.ids import StoreId
from regulars.runtime import clock
from regulars.services import imports as service

LIMIT = 104_857_600


async def imported(api, runtime, store: str, content: bytes, columns=PHONE_AND_NAME) -> tuple[str, dict]:
    """The path of an import and what became of it."""
    path = await upload(api, store, content, columns)
    await run_jobs(runtime)
    return path, ok(await api.get(path))


async def traits_of(api, store: str, phone: str = CUSTOMER) -> dict:
    [profile] = await lookup(api, store, phone)
    return ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"]["Contact"]


async def define(api, store: str) -> None:
    """A group with a trait of each type."""
    traits = {kind.lower(): {"dataType": kind} for kind in ("STRING", "NUMBER", "BOOLEAN", "ARRAY")}
    body = {"displayName": "Kinds", "traits": traits}
    ok(await api.post(f"/v1/ControlPlane/Stores/{store}/TraitGroups", json=body), 202)


async def rows_of(runtime, name: str) -> int:
    async with runtime.db.read() as tx:
        return await tx.value(f"SELECT count(*) FROM {name}")  # type: ignore[arg-type]


# Declaring


async def test_an_import_is_declared(api):
    store = await create_store(api)

    response = await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=declaration(100))

    body = ok(response, 201)
    assert set(body) == {"importId", "url", "operationId", "createdAt", "statusUrl"}
    assert body["importId"].startswith("mem_import_")
    assert body["url"].startswith(f"http://testserver/v1/Stores/{store}/Profiles/Imports/{body['importId']}/File?")
    assert len(body["url"]) <= 2048
    assert response.headers["Location"] == body["url"].partition("/File")[0]
    assert response.headers["Operation-Id"] == body["operationId"]
    assert ok(await api.get(body["statusUrl"]))["status"] == "PENDING"
    assert ok(await api.get(response.headers["Location"])) == {
        "status": "PENDING",
        "filename": "people.csv",
        "fileSize": 100,
        "columnMappings": mapped(PHONE_AND_NAME),
        "summary": {"errors": 0, "warnings": 0},
        "progress": {"rows": 0, "bytes": 0},
        "failure": None,
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }


def columns(count: int) -> list[tuple[str, str]]:
    """The phone and so many less one of the group Wide."""
    return [("phone", "Contact.phone"), *((f"c{n}", f"Wide{n // 95}.t{n}") for n in range(count - 1))]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"filename": ""}, 400),
        ({"filename": "x" * 256}, 400),
        ({"filename": None}, 400),
        ({"filename": 1}, 400),
        ({"fileSize": 0}, 400),
        ({"fileSize": LIMIT + 1}, 400),
        ({"fileSize": "many"}, 400),
        ({"fileSize": 1.5}, 400),
        ({"columnMappings": mapped(PHONE_AND_NAME[:1])}, 400),
        ({"columnMappings": []}, 400),
        ({"columnMappings": {}}, 400),
        ({"columnMappings": mapped([("x" * 65, "Contact.phone"), ("name", "Contact.firstName")])}, 400),
        ({"columnMappings": mapped([("", "Contact.phone"), ("name", "Contact.firstName")])}, 400),
        ({"columnMappings": mapped([("phone", "Contact." + "x" * 65), ("name", "Contact.firstName")])}, 400),
        ({"columnMappings": mapped([("phone", "x" * 65 + ".phone"), ("name", "Contact.firstName")])}, 400),
        ({"columnMappings": mapped([("phone", "Contact.phone"), ("name", "Pets.name")])}, 520047),
        ({"columnMappings": mapped([("phone", "Contact.phone"), ("name", "Contact.shoeSize")])}, 520063),
        ({"columnMappings": mapped([("phone", "Contact.phone"), ("again", "contact.Phone")])}, 400),
        ({"columnMappings": mapped([("city", "Contact.city"), ("name", "Contact.firstName")])}, 400),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_wrong_declarations_are_refused(api, fields, code):
    store = await create_store(api)
    body = {**declaration(100), **fields}
    assert_problem(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=body), 400, code)
    assert ok(await api.get(f"/v1/Stores/{store}/Profiles/Imports"))["imports"] == []


async def test_what_is_as_large_as_it_may_be_is_declared(api):
    store = await create_store(api)
    long = declaration(LIMIT, filename="x" * 255)
    ok(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=long), 201)
    wide = mapped([("x" * 64, "Contact.phone"), ("y" * 64, "Contact.whatsapp")])
    ok(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=declaration(1, columnMappings=wide)), 201)
    both = mapped([("phone", "Contact.phone"), ("phone", "Contact.whatsapp")])
    ok(await api.post(f"/v1/Stores/{store}/Profiles/Imports", json=declaration(1, columnMappings=both)), 201)


async def test_100_columns_are_mapped_and_one_more_is_refused(api):
    store = await create_store(api)
    for number, names in enumerate((range(95), range(95, 110))):
        traits = {f"t{n}": {"dataType": "STRING"} for n in names}
        body = {"displayName": f"Wide{number}", "traits": traits}
        ok(await api.post(f"/v1/ControlPlane/Stores/{store}/TraitGroups", json=body), 202)
    url = f"/v1/Stores/{store}/Profiles/Imports"
    ok(await api.post(url, json=declaration(1, columns(100))), 201)
    assert_problem(await api.post(url, json=declaration(1, columns(101))), 400, 400)


# Uploading


async def test_the_link_needs_no_credentials_and_any_content_type_does(api, runtime):
    store = await create_store(api)
    content = people(3)
    for headers in ({}, {"Content-Type": "text/csv"}, {"Content-Type": "application/octet-stream"}):
        declared = await declare(api, store, content)
        body = ok(await api.put(declared["url"], content=content, headers=headers, auth=None))
        assert set(body) == {"message"}
        [path] = [declared["url"].partition("/File")[0]]
        assert ok(await api.get(path))["status"] == "PROCESSING"


async def test_a_file_in_many_pieces_and_a_compressed_one_are_taken(api, runtime):
    store = await create_store(api)
    content = people(30_000)
    assert len(content) > 2 * 256 * 1024

    async def pieces():
        for start in range(0, len(content), 100_001):
            yield content[start : start + 100_001]

    declared = await declare(api, store, content)
    ok(await api.put(declared["url"], content=pieces(), auth=None))
    async with runtime.db.read() as tx:
        [*sizes] = await tx.column("SELECT length(data) FROM import_chunk ORDER BY position")
    assert sizes[:-1] == [256 * 1024] * (len(sizes) - 1)
    assert sum(sizes) == len(content)
    declared = await declare(api, store, content)
    compressed = gzip.compress(content)
    ok(await api.put(declared["url"], content=compressed, headers={"Content-Encoding": "gzip"}, auth=None))


@pytest.mark.parametrize("change", [b"", b"+1,x\n"[:1], b"\n" * 300_000], ids=["empty", "one more", "many more"])
async def test_a_file_of_another_size_is_refused_and_may_be_sent_again(api, runtime, change):
    store = await create_store(api)
    content = people(5)
    declared = await declare(api, store, content)
    wrong = content + change if change else b""
    assert_problem(await api.put(declared["url"], content=wrong, auth=None), 400, 400)
    assert_problem(await api.put(declared["url"], content=content[:-1], auth=None), 400, 400)
    assert await rows_of(runtime, "import_chunk") == 0
    ok(await api.put(declared["url"], content=content, auth=None))


async def test_more_than_was_announced_is_not_waited_for(api):
    store = await create_store(api)
    declared = await declare(api, store, 1000)
    handed = 0

    async def endless():
        nonlocal handed
        while True:
            handed += 1
            yield b"x" * 65_536
            await asyncio.sleep(0)

    # httpx reads the whole body before it asks the application, so that the size is what ends it here
    async def ended():
        async for piece in endless():
            yield piece
            if handed == 64:
                return

    assert_problem(await api.put(declared["url"], content=ended(), auth=None), 400, 400)


async def test_an_upload_that_breaks_off_leaves_nothing(api, runtime, application):
    store, content = await create_store(api), people(40_000)
    declared = await declare(api, store, content)
    path, _, query = declared["url"].removeprefix("http://testserver").partition("?")
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http"}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": []}
    half = {"type": "http.request", "body": content[: len(content) // 2], "more_body": True}
    messages = iter([half, {"type": "http.disconnect"}])
    answers = []

    async def hear() -> dict:
        return next(messages)

    async def answer(message: dict) -> None:
        answers.append(message)

    await application.asgi(scope, hear, answer)

    assert answers[0]["status"] == 400
    assert await rows_of(runtime, "import_chunk") == 0
    ok(await api.put(declared["url"], content=content, auth=None))


async def test_a_link_is_good_for_one_file(api):
    store = await create_store(api)
    content = people(2)
    declared = await declare(api, store, content)
    ok(await api.put(declared["url"], content=content, auth=None))
    assert_problem(await api.put(declared["url"], content=content, auth=None), 409, 20409)


async def test_of_two_uploads_at_once_one_wins(api, runtime):
    store = await create_store(api)
    content = people(20_000)
    declared = await declare(api, store, content)
    answers = await asyncio.gather(*(api.put(declared["url"], content=content, auth=None) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await rows_of(runtime, "import_chunk") == -(-len(content) // (256 * 1024))
    await run_jobs(runtime)
    assert ok(await api.get(declared["url"].partition("/File")[0]))["progress"]["rows"] == 20_000


async def test_a_link_that_is_not_the_one_is_refused(api, runtime):
    store, content = await create_store(api), people(2)
    declared, other = await declare(api, store, content), await declare(api, store, content)
    path, _, token = declared["url"].partition("?token=")
    foreign = other["url"].partition("?token=")[2]
    late = service.token_of(runtime.sealer, clock() - timedelta(seconds=1801), StoreId(store), declared["importId"])
    odd = ["", foreign, late, token[:-1], token + "A", "x", "%00", "é", "A" * 4000]
    for wrong in odd:
        assert_problem(await api.put(f"{path}?token={wrong}", content=content, auth=None), 403, 403)
    assert_problem(await api.put(path, content=content, auth=None), 403, 403)
    assert_problem(await api.put(path, content=content), 403, 403)
    soon = service.token_of(runtime.sealer, clock() - timedelta(seconds=1790), StoreId(store), declared["importId"])
    ok(await api.put(f"{path}?token={soon}", content=content, auth=None))


async def test_a_link_for_an_import_that_is_not_there_finds_nothing(api, runtime):
    store, missing = await create_store(api), unknown("mem_import")
    token = service.token_of(runtime.sealer, clock(), StoreId(store), missing)
    url = f"/v1/Stores/{store}/Profiles/Imports/{missing}/File?token={token}"
    assert_problem(await api.put(url, content=b"x", auth=None), 404, 20404)


async def test_an_import_whose_file_never_comes_is_given_up(api, runtime):
    store = await create_store(api)
    declared = await declare(api, store, 100)
    await run_jobs(runtime)
    path = declared["url"].partition("/File")[0]
    assert ok(await api.get(path))["status"] == "PENDING"  # its time has not come

    await service.expire(runtime.db, clock(), StoreId(store), declared["importId"])

    found = ok(await api.get(path))
    assert (found["status"], found["failure"]) == ("FAILED", "The file did not come in time")
    assert ok(await api.get(declared["statusUrl"]))["status"] == "FAILED"
    assert_problem(await api.put(declared["url"], content=b"x" * 100, auth=None), 409, 20409)


# What becomes of the rows


async def test_rows_become_profiles(api, runtime):
    store = await create_store(api)
    known = await create_profile(api, store, city="London", firstName="A")
    content = table(["name", "phone", "spare"], ["Ada", CUSTOMER, "x"], ["Bob", "(202) 555-0102", ""])

    path, found = await imported(api, runtime, store, content)

    assert (found["status"], found["failure"]) == ("COMPLETED", None)
    assert found["summary"] == {"errors": 0, "warnings": 0}
    assert found["progress"] == {"rows": 2, "bytes": len(content)}
    assert await lookup(api, store, CUSTOMER) == [known]
    assert await traits_of(api, store) == {"phone": CUSTOMER, "firstName": "Ada", "city": "London"}
    assert await traits_of(api, store, OTHER_CUSTOMER) == {"phone": "(202) 555-0102", "firstName": "Bob"}
    assert await problems(api, path) == []
    assert await rows_of(runtime, "import_chunk") == 0


async def test_the_operation_ends_with_a_report(api, runtime):
    store = await create_store(api)
    content = table(["phone", "name"], [CUSTOMER, "Ada"], ["", "Bob"], [OTHER_CUSTOMER, "x" * 1025])
    declared = await declare(api, store, content)
    ok(await api.put(declared["url"], content=content, auth=None))
    await run_jobs(runtime)
    operation = ok(await api.get(declared["statusUrl"]))
    assert operation["status"] == "COMPLETED"
    assert operation["result"]["id"] == declared["importId"]
    assert operation["report"] == {"total": 3, "applied": 2, "failed": 1, "warnings": 1}


async def test_what_is_wrong_with_a_row_is_told_by_its_line(api, runtime):
    store = await create_store(api)
    content = (
        f"phone,name\n{CUSTOMER},{'x' * 1025}\n\n,Nobody\nsecret,Ada\n{OTHER_CUSTOMER}\n"
        f'"+1202",B,C\n"a"b,c\n"+12025550103","two\nlines"\n'
    ).encode()

    path, found = await imported(api, runtime, store, content)

    assert found["status"] == "COMPLETED"
    assert found["summary"] == {"errors": 5, "warnings": 2}
    assert found["progress"]["rows"] == 7
    told = await problems(api, path)
    assert [(line, severity) for line, severity, _ in told] == [
        *[(2, "WARNING"), (4, "ERROR"), (5, "WARNING"), (5, "ERROR")],
        *[(6, "ERROR"), (7, "ERROR"), (8, "ERROR")],
    ]
    assert told[4][2] == "The line has 1 cells, the first line 2"
    assert "secret" not in str(told)
    assert await traits_of(api, store) == {"phone": CUSTOMER}
    assert (await traits_of(api, store, "+12025550103"))["firstName"] == "two\nlines"
    assert await lookup(api, store, OTHER_CUSTOMER) == []


async def test_cells_are_read_as_the_types_of_their_traits(api, runtime):
    store = await create_store(api)
    await define(api, store)
    columns = [("phone", "Contact.phone"), *((k, f"Kinds.{k}") for k in ("string", "number", "boolean", "array"))]
    header = ["phone", "string", "number", "boolean", "array"]
    content = table(header, [CUSTOMER, " 1 ", " -7", "YES", '["a", 1]'], [OTHER_CUSTOMER, "", "1.5", "on", "a"])
    path, found = await imported(api, runtime, store, content, columns)
    [profile] = await lookup(api, store, CUSTOMER)
    kinds = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}"))["traits"]["Kinds"]
    assert kinds == {"string": " 1 ", "number": -7, "boolean": True, "array": ["a", 1]}
    assert found["summary"] == {"errors": 0, "warnings": 3}
    assert [line for line, _, _ in await problems(api, path)] == [3, 3, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=repr)
async def test_delimiters_marks_and_spellings_of_columns_are_found(api, runtime, delimiter):
    store = await create_store(api)
    content = b"\xef\xbb\xbf" + table([" PHONE", "Name"], [CUSTOMER, "Zoë"], delimiter=delimiter)
    _, found = await imported(api, runtime, store, content)
    assert found["summary"] == {"errors": 0, "warnings": 0}
    assert (await traits_of(api, store))["firstName"] == "Zoë"


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"phone,other\n+12025550101,x\n", "The file has no column 'name'"),
        (b"\n", "The file is empty: its first line must name the columns"),
        (b"phone,name\n+12025550101,x\n+12025550102,\xff\n", "Line 3 is not UTF-8. Save the file as CSV UTF-8"),
        (b'phone,name\n+12025550101,"x\n+12025550102,y\n', "The record in line 2 has a quote that is never closed"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_the_import(api, runtime, content, failure):
    store = await create_store(api)
    declared = await declare(api, store, content)
    ok(await api.put(declared["url"], content=content, auth=None))
    await run_jobs(runtime)
    found = ok(await api.get(declared["url"].partition("/File")[0]))
    assert found["status"] == "FAILED"
    assert found["failure"].startswith(failure)
    operation = ok(await api.get(declared["statusUrl"]))
    assert operation["status"] == "FAILED"
    assert operation["error"]["detail"] == found["failure"]
    assert await rows_of(runtime, "import_chunk") == 0
    assert await profile_ids(api, store) == []


async def test_a_trait_that_was_deleted_meanwhile_fails_the_import(api, runtime):
    store = await create_store(api)
    await define(api, store)
    path = await upload(api, store, b"phone,n\n+12025550101,1\n", [("phone", "Contact.phone"), ("n", "Kinds.number")])
    ok(await api.delete(f"/v1/ControlPlane/Stores/{store}/TraitGroups/Kinds"), 202)
    await run_jobs(runtime)
    found = ok(await api.get(path))
    assert (found["status"], found["failure"]) == ("FAILED", "Trait group 'Kinds' is not defined in this store")


async def test_data_mappings_whose_columns_are_there_apply_too(api, runtime):
    store = await create_store(api)

    async def create(name: str, expression: str, trait: str, source: list[str], **fields) -> None:
        mapping = {"expression": expression, "traitGroup": "Contact", "traitName": trait}
        body = {
            "displayName": name,
            "mappingFrom": {"type": "INGRESS", "columns": source},
            "mappingTo": {"type": "TRAITS", "mappings": [mapping]},
            **fields,
        }
        ok(await api.post(f"/v1/ControlPlane/Stores/{store}/DataMappings", json=body), 202)

    await create("last", "{{last}} {{suffix}}", "lastName", ["last", "suffix"])
    await create("town", "town", "city", ["town", "region"])
    await create("off", "last", "street", ["last"], isEnabled=False)
    await create("own", "last", "firstName", ["last"])
    content = table(["phone", "name", "last", "suffix", "town"], [CUSTOMER, "Ada", "King", "II", "Paris"])
    await imported(api, runtime, store, content)
    assert await traits_of(api, store) == {"phone": CUSTOMER, "firstName": "Ada", "lastName": "King II"}


async def test_what_is_wrong_is_told_up_to_a_number_and_counted_beyond(api, runtime):
    store = await create_store(api)
    content = b"phone,name\n" + b"x,y\n" * 5_200
    path, found = await imported(api, runtime, store, content)
    assert found["status"] == "COMPLETED"
    assert found["summary"] == {"errors": 5_200, "warnings": 5_200}
    told = await problems(api, path)
    assert len(told) == 10_000
    assert [line for line, _, _ in told] == [2 + number // 2 for number in range(10_000)]


async def test_deleting_a_profile_leaves_nothing_of_its_row(api, runtime):
    store = await create_store(api)
    await imported(api, runtime, store, table(["phone", "name"], [CUSTOMER, "Zanzibarbara"], ["oops", "Zanzibarbara"]))
    [profile] = await profile_ids(api, store)
    ok(await api.delete(f"/v1/Stores/{store}/Profiles/{profile}"), 202)
    async with runtime.db.read() as tx:
        tables = await tx.column(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        dump = [row for name in tables for row in await tx.column(f'SELECT t::text FROM "{name}" t')]  # type: ignore[arg-type]
    assert "people.csv" in "\n".join(dump)
    assert "Zanzibarbara" not in "\n".join(dump)
    assert "oops" not in "\n".join(dump)


# Reading


async def test_imports_are_listed_by_id_newest_first(api):
    store = await create_store(api)
    made = [(await declare(api, store))["importId"] for _ in range(3)]
    body = ok(await api.get(f"/v1/Stores/{store}/Profiles/Imports"))
    assert body == {"imports": made[::-1], "meta": {"key": "imports", "pageSize": 3}}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_pages(api, order):
    store = await create_store(api)
    await assert_walks(api, f"/v1/Stores/{store}/Profiles/Imports", "imports", lambda: declare(api, store), order)


async def test_inserts_do_not_disturb_pages(api):
    store = await create_store(api)
    await assert_inserts_do_not_disturb(
        api, f"/v1/Stores/{store}/Profiles/Imports", "imports", lambda: declare(api, store)
    )


async def test_bad_parameters_are_refused(api):
    store = await create_store(api)
    await assert_refuses_bad_parameters(api, f"/v1/Stores/{store}/Profiles/Imports")


async def test_a_page_holds_100_imports_at_most(api):
    store = await create_store(api)
    for _ in range(101):
        await declare(api, store)
    body = ok(await api.get(f"/v1/Stores/{store}/Profiles/Imports", params={"pageSize": 1000}))
    assert body["meta"]["pageSize"] == 100


@pytest.mark.parametrize("of", ["", "/Problems"])
async def test_unknown_malformed_and_foreign_imports_are_not_found(api, of):
    one, two = await create_store(api), await create_store(api)
    foreign = (await declare(api, two))["importId"]
    for missing in (unknown("mem_import"), foreign):
        assert_problem(await api.get(f"/v1/Stores/{one}/Profiles/Imports/{missing}{of}"), 404, 20404)
    assert_problem(await api.get(f"/v1/Stores/{one}/Profiles/Imports/mem_import_x{of}"), 400, 400)


async def test_links_lead_to_the_public_address(api, runtime, application, tenant):
    outside = replace(runtime, settings=type(runtime.settings)(public_url="https://memory.example.com/"))
    async with application.client(outside, tenant) as client:
        store = await create_store(client)
        declared = await declare(client, store)
    assert declared["url"].startswith(f"https://memory.example.com/v1/Stores/{store}/")
