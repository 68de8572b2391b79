"""What holds for every endpoint: errors, bodies, encodings, names, ids, logs."""

import gzip
import json
import zlib

import pytest
import structlog
from tests.helpers import (
    CUSTOMER,
    assert_problem,
    communication,
    create_configuration,
    create_profile,
    create_store,
    create_store_and_profile,
    customer,
    fresh,
    observation,
    observe,
    ok,
    open_conversation,
    recall,
)

STORES = "/v1/ControlPlane/Stores"
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1024 * 1024


def body(text: str = "shop") -> bytes:
    return json.dumps({"displayName": text}).encode()


async def post(api, content, url: str = STORES, **headers: str):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post(url, content=content, headers={**JSON, **names})


# Errors


@pytest.mark.parametrize("path", ["/v1", "/v1/Services", "/v2/Nothing", f"{STORES}/a/b", "/docs/assets/nothing.js"])
async def test_an_unknown_path_is_not_found(api, path):
    assert_problem(await api.get(path), 404, 20404)


@pytest.mark.parametrize(("method", "path"), [("DELETE", STORES), ("PUT", STORES), ("POST", "/health/live")])
async def test_another_method_is_refused(api, method, path):
    assert_problem(await api.request(method, path), 405, 405)


@pytest.mark.parametrize("content", [b"{", b'{"displayName": }', b"nonsense", b"\xff\xfe", b'{"displayName": "x"} {}'])
async def test_malformed_json_is_refused(api, content):
    assert_problem(await post(api, content), 400, 400)


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"caf\xe9", b"\xf0\x9f\x92"])
async def test_json_that_is_not_utf_8_is_refused(api, wrong):
    profile = await create_store_and_profile(api)
    opened = await open_conversation(api, await create_configuration(api))
    said = json.dumps(communication("@")).encode().replace(b"@", wrong)
    bulk = b'{"profiles": [{"traits": {"Contact": {"phone": "+12025550101", "city": "%s"}}}]}' % wrong
    for url, content in (
        (STORES, b'{"displayName": "%s"}' % wrong),
        (f"{profile}/Recall", b'{"query": "%s"}' % wrong),
        (f"{profile}/Observations", b'{"observations": [{"content": "%s"}]}' % wrong),
        (f"/v2/Conversations/{opened['id']}/Communications", said),
    ):
        assert assert_problem(await post(api, content, url), 400, 400) == "The body is not in UTF-8", url
    response = await api.put(f"{profile.rpartition('/')[0]}/Bulk", content=bulk, headers=JSON)
    assert assert_problem(response, 400, 400) == "The body is not in UTF-8"


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"text"', b"7", b"true"])
async def test_a_body_that_is_no_object_is_refused(api, content):
    assert_problem(await post(api, content), 400, 400)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 5000, b"-" + b"9" * 400])
async def test_numbers_beyond_reason_are_refused(api, number):
    store = await create_store(api)
    content = b'{"traits": {"Contact": {"phone": "+12025550101", "city": %s}}}' % number
    assert_problem(await post(api, content, f"/v1/Stores/{store}/Profiles"), 400, 400)


@pytest.mark.parametrize("number", [b"NaN", b"1e999", b"9" * 30, b"9" * 5000, b"2147483648"])
async def test_numbers_beyond_reason_are_refused_where_numbers_belong(api, number):
    profile = await create_store_and_profile(api)
    assert_problem(await post(api, b'{"observationsLimit": %s}' % number, f"{profile}/Recall"), 400, 400)
    assert_problem(await post(api, b'{"relevanceThreshold": %s}' % number, f"{profile}/Recall"), 400, 400)


async def test_a_large_number_without_a_limit_does_no_harm(api):
    opened = await open_conversation(api, await create_configuration(api))
    for channel in ("9" * 25, "9" * 5000):
        content = json.dumps(communication()).replace('"TEXT"', '"TRANSCRIPTION"').encode()
        content = content.replace(b'"text":', b'"transcription": {"channel": %s}, "text":' % channel.encode())
        response = await post(api, content, f"/v2/Conversations/{opened['id']}/Communications")
        assert response.status_code in {201, 400}, response.text


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
async def test_deep_nesting_is_refused(api, opening):
    closing = b"]" if opening == b"[" else b"}"
    deep = opening * 100_000 + b"1" + closing * 100_000
    assert_problem(await post(api, b'{"displayName": "x", "extra": %s}' % deep), 400, 400)
    assert_problem(await post(api, b'{"displayName": %s}' % deep), 400, 400)
    assert_problem(await post(api, deep), 400, 400)


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b"])
async def test_text_with_a_nul_is_refused(api, text):
    """Postgres keeps it neither in text nor in jsonb."""
    store = await create_store(api)
    profile = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    conf = await create_configuration(api, store)
    opened = await open_conversation(api, conf)
    for url, sent in (
        (STORES, {"displayName": fresh("store"), "description": "@"}),
        (f"/v1/Stores/{store}/Profiles", {"traits": {"Contact": {"phone": CUSTOMER, "city": "@"}}}),
        (f"/v1/Stores/{store}/Profiles", {"traits": {"Contact": {"chatId": "@"}}}),
        (f"/v1/Stores/{store}/Profiles/Lookup", {"idType": "chat", "value": "@"}),
        (f"{profile}/Observations", {"observations": [observation("@")]}),
        ("/v2/Conversations", {"configurationId": conf, "name": "@"}),
        ("/v2/Conversations", {"configurationId": conf, "metadata": {"k": "@"}}),
        (f"/v2/Conversations/{opened['id']}/Communications", communication("@")),
        (f"/v2/Conversations/{opened['id']}/Communications", communication(resourceId="@")),
        (f"/v2/Conversations/{opened['id']}/Participants", customer("ada", "CHAT", name="@")),
        (
            "/v2/ControlPlane/Configurations",
            {"displayName": "x", "description": "@", "conversationGroupingType": "GROUP_BY_PROFILE"},
        ),
    ):
        response = await post(api, json.dumps(sent).replace("@", text).encode(), url)
        assert_problem(response, 400)


async def test_a_nul_in_a_question_does_no_harm(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, "Likes tea")
    ok(await post(api, b'{"query": "tea\\u0000"}', f"{profile}/Recall"))


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00", "\\ud800\\ud800"])
async def test_half_a_character_never_breaks_anything(api, text):
    profile = await create_store_and_profile(api)
    for url, sent in (
        (STORES, {"displayName": fresh("store"), "description": "@"}),
        (f"{profile}/Observations", {"observations": [observation("@")]}),
        (f"{profile}/Recall", {"query": "@"}),
    ):
        response = await post(api, json.dumps(sent).replace("@", text).encode(), url)
        assert_problem(response, 400)


@pytest.mark.parametrize(
    "url",
    [
        f"{STORES}/%00",
        "/v1/ControlPlane/Operations/%00",
        "/v2/ControlPlane/Configurations/%00",
        "/v2/Conversations/%00",
        "/v2/Conversations?channelId=%00",
        "/v2/ControlPlane/Configurations?memoryStoreId=%00",
        f"{STORES}?pageToken=%00",
        f"{STORES}?pageToken=bgA",
        f"{STORES}?pageToken=%ff",
        "/v2/Conversations?channelId=%ff%fe",
        "/v2/Conversations?Status=%ff",
        "/v2/ControlPlane/Configurations/%ff",
    ],
)
async def test_odd_bytes_in_an_address_are_the_callers_fault(api, url):
    response = await api.get(url)
    assert response.status_code in {200, 400, 404}, response.text


# Unknown and absent


async def test_unknown_keys_are_ignored(api):
    ok(await post(api, b'{"displayName": "shop", "colour": {"of": ["the", 7]}}'), 202)


async def test_unknown_query_names_are_ignored(api):
    ok(await api.get(STORES, params={"colour": "red"}))


@pytest.mark.parametrize("name", ["pageSize", "PageSize"])
async def test_query_names_may_begin_with_a_capital(api, name):
    await create_store(api)
    await create_store(api)
    assert len(ok(await api.get(STORES, params={name: 1}))["stores"]) == 1


async def test_a_get_may_carry_the_content_type_of_a_form(api):
    ok(await api.get(STORES, headers={"Content-Type": "application/x-www-form-urlencoded"}))


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/msgpack"],
)
async def test_a_body_that_is_not_json_is_refused(api, kind):
    assert_problem(await post(api, b"displayName=shop", Content_Type=kind), 415, 415)


async def test_a_body_that_is_missing_is_told(api):
    assert assert_problem(await post(api, b""), 400, 400) == "body: There is none, and JSON is needed"


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"])
async def test_json_may_say_more_about_itself(api, kind):
    ok(await post(api, body(), Content_Type=kind), 202)


# Sizes


async def test_a_body_over_ten_megabytes_is_refused(api):
    assert_problem(await post(api, b" " * (10 * MEGABYTE + 1)), 413, 413)


async def test_a_body_of_ten_megabytes_is_read(api):
    ok(await post(api, body() + b" " * (10 * MEGABYTE - len(body()))), 202)


async def test_a_body_without_a_length_is_measured_as_it_comes(api):
    async def pieces(count: int):
        yield body()
        for _ in range(count):
            yield b" " * MEGABYTE

    assert_problem(await post(api, pieces(11)), 413, 413)
    ok(await post(api, pieces(9)), 202)


async def test_a_compressed_body_is_measured_as_it_unfolds(api):
    bomb = gzip.compress(body() + b" " * (200 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    assert_problem(await post(api, bomb, Content_Encoding="gzip"), 413, 413)


# Encodings


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_compressed_bodies_are_read(api, encoding, pack):
    ok(await post(api, pack(body()), Content_Encoding=encoding), 202)


async def test_a_compressed_body_in_many_pieces_is_read(api):
    packed = gzip.compress(body() + b" " * 300_000)

    async def pieces():
        for start in range(0, len(packed), 7):
            yield packed[start : start + 7]

    ok(await post(api, pieces(), Content_Encoding="gzip"), 202)


@pytest.mark.parametrize("kept", [0, 5, 12, -9, -1])
async def test_a_truncated_body_is_refused(api, kept):
    assert_problem(await post(api, gzip.compress(body())[:kept], Content_Encoding="gzip"), 400, 400)


@pytest.mark.parametrize(
    "more", [b"\0" * 5_000_000, gzip.compress(b" ", mtime=0), b"x"], ids=["zeros", "member", "byte"]
)
async def test_what_follows_the_end_of_a_compressed_body_is_refused_unread(api, more):
    async def pieces():
        yield gzip.compress(body())
        yield more

    assert_problem(await post(api, pieces(), Content_Encoding="gzip"), 400, 400)


async def test_a_body_that_is_not_what_it_says_is_refused(api):
    assert_problem(await post(api, body(), Content_Encoding="gzip"), 400, 400)


async def test_an_unknown_encoding_is_refused(api):
    assert_problem(await post(api, body(), Content_Encoding="zstd"), 415, 415)


async def test_large_answers_are_compressed_for_who_can_read_them(api):
    profile = await create_store_and_profile(api)
    await observe(api, profile, *(f"Fact number {n} about this customer" for n in range(20)))
    url = f"{profile}/Observations"
    packed = await api.get(url, headers={"Accept-Encoding": "gzip, deflate"})
    plain = await api.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


# Ids and times


async def test_an_offered_request_id_comes_back(api):
    assert (await api.get(STORES, headers={"X-Request-Id": "my-request_1"})).headers["X-Request-Id"] == "my-request_1"


@pytest.mark.parametrize("offered", ["", "x" * 129, "a b", "<script>", "é"])
async def test_an_odd_request_id_is_replaced(api, offered):
    response = await api.get(STORES, headers={"X-Request-Id": offered.encode()})
    assert response.headers["X-Request-Id"].startswith("RQ")


async def test_every_answer_has_a_request_id_of_its_own(api):
    answers = [await api.get("/nothing"), await api.get("/health/live"), await api.get(STORES, auth=None)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


# Logs


async def test_neither_errors_nor_logs_tell_what_customers_wrote(api):
    """Not even when it breaks a rule, and never with a trace."""
    secret = "sesame-1234"
    store = await create_store(api)
    profile = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    with structlog.testing.capture_logs() as logged:
        await observe(api, profile, secret)
        await recall(api, profile, query=secret)
        answers = [
            await post(api, b'{"observations": "' + secret.encode(), f"{profile}/Observations"),
            await api.post(f"{profile}/Observations", json={"observations": [observation(secret * 1000)]}),
            await api.post(f"{profile}/Observations", json={"observations": secret}),
            await api.post(f"{profile}/Observations", json={"observations": [observation("x", occurredAt=secret)]}),
            await api.post(f"{profile}/Observations", json={"observations": [observation(secret + "\0")]}),
            await api.post(f"{profile}/Recall", json={"observationsLimit": secret}),
            await api.post(f"{profile}/Recall", json={"conversationId": secret}),
            await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": {"Contact": {"phone": secret}}}),
            await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json={"idType": "phone", "value": secret}),
            await api.post("/v2/Conversations", json={"configurationId": "x", "participants": [{"type": secret}]}),
            await api.get("/v2/Conversations", params={"status": secret}),
        ]
    assert {answer.status_code for answer in answers} == {400}
    assert not [answer.text for answer in answers if secret in answer.text]
    assert secret not in repr(logged)


async def test_each_request_is_one_line(api):
    with structlog.testing.capture_logs() as logged:
        await api.get(STORES)
    [line] = [line for line in logged if line["event"] == "request"]
    assert {"method": "GET", "path": STORES, "status": 200}.items() <= line.items()
