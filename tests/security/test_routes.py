"""Every route by {nobody, wrong secret, revoked key, another tenant's ids, right key}. A route without a row fails."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.conftest import Application, Tenant, new_tenant
from tests.helpers import (
    CUSTOMER,
    assert_problem,
    chat_action,
    communication,
    communications,
    conversations,
    create_configuration,
    create_profile,
    create_store,
    customer,
    data_mapping,
    fresh,
    observation,
    observe,
    ok,
    profile_ids,
    recall,
    run_jobs,
    set_status,
    summarise,
    summary,
    text_in,
    unknown,
)
from tests.imports import declaration, declare

from regulars.runtime import Runtime, clock, new_key_sid, new_secret
from regulars.services import accounts

CONTROL = "/v1/ControlPlane/Stores/{store_id}"
STORE = "/v1/Stores/{store_id}"
PROFILE = STORE + "/Profiles/{profile_id}"
CONVERSATION = "/v2/Conversations/{conversation_id}"
EMAIL = "ada@example.com"
CONFIGURATION = {"displayName": "mine", "conversationGroupingType": "GROUP_BY_PROFILE", "memoryStoreId": "{store_id}"}
REPLACEMENT = {
    "description": "mine",
    "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES",
    "memoryStoreId": "{store_id}",
    "channelSettings": {},
}


@dataclass(frozen=True)
class Row:
    """`body` is what the right key sends; `by_id` whether the route names something of one tenant."""

    route: str
    status: int = 200
    body: Any = None
    by_id: bool = True
    foreign: int = field(default=404)


ROWS = [
    Row("POST /v1/ControlPlane/Stores", 202, {"displayName": "mine"}, by_id=False),
    Row("GET /v1/ControlPlane/Stores", by_id=False),
    Row(f"GET {CONTROL}"),
    Row(f"PATCH {CONTROL}", 202, {"description": "mine"}),
    Row(f"DELETE {CONTROL}", 202),
    Row(f"GET {CONTROL}/IdentityResolutionSettings"),
    Row(f"PUT {CONTROL}/IdentityResolutionSettings", 202, {"identifierConfigs": [{"idType": "phone"}]}),
    Row(f"POST {CONTROL}/TraitGroups", 202, {"displayName": "Another"}),
    Row(f"GET {CONTROL}/TraitGroups"),
    Row(f"GET {CONTROL}/TraitGroups/{{trait_group_name}}"),
    Row(f"PATCH {CONTROL}/TraitGroups/{{trait_group_name}}", 202, {"description": "mine"}),
    Row(f"DELETE {CONTROL}/TraitGroups/{{trait_group_name}}", 202),
    Row(f"POST {CONTROL}/DataMappings", 202, data_mapping()),
    Row(f"GET {CONTROL}/DataMappings"),
    Row(f"GET {CONTROL}/DataMappings/{{data_mapping_id}}"),
    Row(f"PATCH {CONTROL}/DataMappings/{{data_mapping_id}}", 202, {"description": "mine"}),
    Row(f"DELETE {CONTROL}/DataMappings/{{data_mapping_id}}", 202),
    Row("GET /v1/ControlPlane/Operations/{memory_operation_id}"),
    Row("GET /v2/ControlPlane/Operations/{conversations_operation_id}"),
    Row(f"POST {STORE}/Profiles", 202, {"traits": {"Contact": {"phone": CUSTOMER}}}),
    Row(f"GET {STORE}/Profiles"),
    Row(f"GET {PROFILE}"),
    Row(f"PATCH {PROFILE}", 202, {"traits": {"Contact": {"city": "Rome"}}}),
    Row(f"DELETE {PROFILE}", 202),
    Row(f"GET {PROFILE}/Export"),
    Row(f"GET {PROFILE}/Merges"),
    Row(f"POST {PROFILE}/Merges/{{merge_id}}/Undo", 202),
    Row(f"GET {PROFILE}/Identifiers"),
    Row(f"POST {PROFILE}/Identifiers", 202, {"idType": "chat", "value": "mine"}),
    Row(f"GET {PROFILE}/Identifiers/{{id_type}}"),
    Row(
        f"PATCH {PROFILE}/Identifiers/{{id_type}}", 202, {"idType": "{id_type}", "oldValue": EMAIL, "newValue": "b@c.d"}
    ),
    Row(f"DELETE {PROFILE}/Identifiers/{{id_type}}", 202),
    Row(f"POST {STORE}/Profiles/Lookup", 200, {"idType": "phone", "value": CUSTOMER}),
    Row(f"PUT {STORE}/Profiles/Bulk", 202, {"profiles": [{"traits": {"Contact": {"phone": CUSTOMER}}}]}),
    Row(f"POST {STORE}/Profiles/Imports", 201, declaration()),
    Row(f"GET {STORE}/Profiles/Imports"),
    Row(f"GET {STORE}/Profiles/Imports/{{import_id}}"),
    Row(f"GET {STORE}/Profiles/Imports/{{import_id}}/Problems"),
    Row(f"POST {PROFILE}/Observations", 202, {"observations": [observation("x")]}),
    Row(f"GET {PROFILE}/Observations"),
    Row(f"GET {PROFILE}/Observations/{{observation_id}}"),
    Row(f"PATCH {PROFILE}/Observations/{{observation_id}}", 202, {"content": "Likes coffee"}),
    Row(f"DELETE {PROFILE}/Observations/{{observation_id}}", 202),
    Row(f"GET {PROFILE}/Observations/{{observation_id}}/Revisions"),
    Row(f"POST {PROFILE}/ConversationSummaries", 202, {"summaries": [summary("x")]}),
    Row(f"GET {PROFILE}/ConversationSummaries"),
    Row(f"GET {PROFILE}/ConversationSummaries/{{summary_id}}"),
    Row(f"PATCH {PROFILE}/ConversationSummaries/{{summary_id}}", 202, {"content": "They were refunded"}),
    Row(f"DELETE {PROFILE}/ConversationSummaries/{{summary_id}}", 202),
    Row(f"GET {PROFILE}/Traits"),
    Row(f"POST {PROFILE}/Recall", 200, {"conversationId": "{conversation_id}", "communicationsLimit": 5}),
    Row("POST /v2/ControlPlane/Configurations", 202, CONFIGURATION),
    Row("GET /v2/ControlPlane/Configurations", by_id=False),
    Row("GET /v2/ControlPlane/Configurations/{configuration_id}"),
    Row("PUT /v2/ControlPlane/Configurations/{configuration_id}", 202, REPLACEMENT),
    Row("PATCH /v2/ControlPlane/Configurations/{configuration_id}", 202, {"description": "mine"}),
    Row("DELETE /v2/ControlPlane/Configurations/{configuration_id}", 202),
    Row("POST /v2/Conversations", 201, {"configurationId": "{configuration_id}"}),
    Row("GET /v2/Conversations", by_id=False),
    Row(f"GET {CONVERSATION}"),
    Row(f"PUT {CONVERSATION}", 200, {"status": "INACTIVE"}),
    Row(f"PATCH {CONVERSATION}", 200, {"name": "mine"}),
    Row(f"GET {CONVERSATION}/Participants"),
    Row(f"POST {CONVERSATION}/Participants", 201, customer("+12025550177")),
    Row(f"DELETE {CONVERSATION}", 202),
    Row(f"GET {CONVERSATION}/Participants/{{participant_id}}"),
    Row(f"PUT {CONVERSATION}/Participants/{{participant_id}}", 200, customer(CUSTOMER)),
    Row(f"POST {CONVERSATION}/Communications", 201, communication()),
    Row(f"GET {CONVERSATION}/Communications"),
    Row(f"GET {CONVERSATION}/Communications/{{communication_id}}"),
    Row(f"POST {CONVERSATION}/Actions", 202, chat_action()),
    Row(f"GET {CONVERSATION}/Actions/{{action_id}}"),
    Row("POST /webhooks/sendgrid/inbound", 400, {"not": "an e-mail"}, by_id=False),
]
OPEN = {
    "GET /health/live",
    "GET /health/ready",
    "GET /docs",
    "GET /openapi.json",
    "GET /",
    "GET /{path}",
    "GET /webhooks/twilio/messaging",
    "POST /webhooks/twilio/messaging",
    "GET /webhooks/twilio/messaging/status",
    "POST /webhooks/twilio/transcription",
    "POST /webhooks/twilio/messaging/status",
    "PUT /v1/Stores/{store_id}/Profiles/Imports/{import_id}/File",
}
"""Open to anybody on purpose; the webhook checks a signature and the upload a token, which have tests of their own."""

by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.route)


@pytest.fixture
async def mine(api, tenant) -> dict[str, str]:
    """One of everything, of the tenant."""
    return await one_of_everything(api, tenant)


@pytest.fixture
async def other(runtime) -> Tenant:
    return await new_tenant(runtime)


async def one_of_everything(api, tenant: Tenant) -> dict[str, str]:
    created = await api.post("/v1/ControlPlane/Stores", json={"displayName": fresh("store")})
    store = created.json()["id"]
    ok(await api.post(f"/v1/ControlPlane/Stores/{store}/TraitGroups", json={"displayName": "Loyalty"}), 202)
    ok(await api.post(f"/v1/ControlPlane/Stores/{store}/DataMappings", json=data_mapping()), 202)
    [mapping] = ok(await api.get(f"/v1/ControlPlane/Stores/{store}/DataMappings"))["dataMappings"]
    body = {"displayName": fresh("c"), "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES"}
    rules = {"SMS": {"captureRules": [{"from": "*", "to": "*"}]}}
    configured = await api.post("/v2/ControlPlane/Configurations", json={**body, "channelSettings": rules})
    await text_in(api, tenant)
    [profile] = await profile_ids(api, store)
    await observe(api, f"/v1/Stores/{store}/Profiles/{profile}", "Likes tea")
    observed = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Observations"))["observations"]
    await summarise(api, f"/v1/Stores/{store}/Profiles/{profile}", "They asked for a refund")
    summed = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/ConversationSummaries"))["summaries"]
    declared = await declare(api, store)
    ok(await api.post(f"/v1/Stores/{store}/Profiles", json={"traits": {"Contact": {"email": EMAIL}}}), 202)
    ok(
        await api.post(f"/v1/Stores/{store}/Profiles/{profile}/Identifiers", json={"idType": "email", "value": EMAIL}),
        202,
    )
    [merge] = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Merges"))["merges"]
    [conversation] = await conversations(api)
    [said] = await communications(api, conversation["id"])
    asked = ok(await api.post(f"/v2/Conversations/{conversation['id']}/Actions", json=chat_action()), 202)
    return {
        "store_id": store,
        "import_id": declared["importId"],
        "trait_group_name": "Loyalty",
        "data_mapping_id": mapping["id"],
        "memory_operation_id": created.headers["Operation-Id"],
        "conversations_operation_id": configured.headers["Operation-Id"],
        "profile_id": profile,
        "merge_id": merge["id"],
        "id_type": "email",
        "observation_id": observed[0]["id"],
        "summary_id": summed[0]["id"],
        "configuration_id": configured.json()["id"],
        "conversation_id": conversation["id"],
        "participant_id": conversation["participants"][0]["id"],
        "communication_id": said["id"],
        "action_id": asked["id"],
    }


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Every {placeholder} in texts, at any depth, replaced."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    return [filled(item, ids) for item in value] if isinstance(value, list) else value


async def call(api, row: Row, ids: dict[str, str], auth: Any):
    method, url = filled(row.route, ids).split()
    return await api.request(method, url, json=filled(row.body, ids), auth=auth)


def nobody(ids: dict[str, str]) -> dict[str, str]:
    plain = {"id_type", "trait_group_name"}
    return {name: value if name in plain else unknown(value.rpartition("_")[0]) for name, value in ids.items()}


async def test_every_route_has_a_row(api, application: Application):
    found = {
        f"{method} {re.sub(r':str|:path', '', route.path_format)}"
        for route in application.litestar.routes
        for method in route.methods - {"OPTIONS", "HEAD"}
    }
    named = {re.sub(r"\{(memory|conversations)_operation_id\}", "{operation_id}", row.route) for row in ROWS}
    assets = {route for route in found if route.startswith("GET /docs/assets")}
    assert found - assets == named | OPEN


@by_row
async def test_the_right_credentials_are_let_in(api, tenant, mine, row):
    response = await call(api, row, mine, tenant.auth)
    assert response.status_code == row.status, response.text


async def test_nobody_and_wrong_or_revoked_credentials_are_kept_out(api, runtime, tenant, mine):
    """Of every route; what is kept out changes nothing for the next."""
    for auth in await wrong_credentials(runtime, tenant):
        for row in ROWS:
            response = await call(api, row, mine, auth)
            assert (row.route, response.status_code) == (row.route, 401)
            assert_problem(response, 401, 20003)
            assert response.headers["WWW-Authenticate"].startswith("Basic"), row.route


async def test_ids_of_another_tenant_look_like_unknown_ones(api, mine, other):
    for row in (row for row in ROWS if row.by_id):
        foreign = await call(api, row, mine, other.auth)
        missing = await call(api, row, nobody(mine), other.auth)
        assert (row.route, foreign.status_code, missing.status_code) == (row.route, row.foreign, row.foreign)
        assert_problem(foreign, row.foreign)
        assert foreign.json()["code"] == missing.json()["code"], row.route
        blanked = [re.sub(r"_[0-7][0-9a-z]{25}", "_", answer.json()["message"]) for answer in (foreign, missing)]
        assert blanked[0] == blanked[1], row.route


async def wrong_credentials(runtime: Runtime, tenant: Tenant) -> list[tuple[str, str] | None]:
    live, revoked = [(new_key_sid(), new_secret()) for _ in range(2)]
    for sid, secret in (live, revoked):
        await runtime.db.write(
            lambda tx, sid=sid, secret=secret: accounts.create_key(
                tx, clock(), account_sid=tenant.account_sid, key_sid=sid, secret=secret
            )
        )
    await runtime.db.write(lambda tx: accounts.revoke_key(tx, clock(), revoked[0]))
    return [
        None,
        (tenant.account_sid, "wrong"),
        (tenant.account_sid, ""),
        ("AC" + "0" * 32, tenant.auth_token),
        (live[0], "wrong"),
        (live[0], revoked[1]),
        revoked,
        ("", ""),
        ("SK\x00", "x"),
        ("admin", "admin"),
    ]


# What the table cannot say


async def test_a_key_and_its_secret_are_let_in_until_revoked(api, runtime, tenant):
    sid, secret = new_key_sid(), new_secret()
    await runtime.db.write(
        lambda tx: accounts.create_key(tx, clock(), account_sid=tenant.account_sid, key_sid=sid, secret=secret)
    )
    assert (await api.get("/v2/Conversations", auth=(sid, secret))).status_code == 200
    await runtime.db.write(lambda tx: accounts.revoke_key(tx, clock(), sid))
    assert (await api.get("/v2/Conversations", auth=(sid, secret))).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Basic /w==", "é"]
)
async def test_odd_authorization_headers_are_kept_out(api, header):
    response = await api.get("/v2/Conversations", headers={"Authorization": header.encode()}, auth=None)
    assert_problem(response, 401, 20003)


async def test_credentials_are_asked_for_before_the_body_is_judged(api):
    response = await api.post("/v1/ControlPlane/Stores", content=b"{", auth=None)
    assert_problem(response, 401, 20003)


async def test_lists_show_nothing_of_another_tenant(api, mine, other):
    for url, key in (
        ("/v1/ControlPlane/Stores", "stores"),
        ("/v2/ControlPlane/Configurations", "configurations"),
        ("/v2/Conversations", "conversations"),
    ):
        assert ok(await api.get(url, auth=other.auth))[key] == []


async def test_a_message_sid_finds_nothing_of_another_tenant(api, tenant, other):
    await create_configuration(api)
    await text_in(api, tenant, MessageSid="SM" + "7" * 32)
    params = {"channelId": "SM" + "7" * 32}
    assert len(ok(await api.get("/v2/Conversations", params=params))["conversations"]) == 1
    assert ok(await api.get("/v2/Conversations", params=params, auth=other.auth))["conversations"] == []


async def test_ids_of_one_tenant_do_not_open_paths_under_another(api, mine, other):
    """The store is the caller's own, what it is asked for is not."""
    own = ok(await api.post("/v1/ControlPlane/Stores", json={"displayName": "own"}, auth=other.auth), 202)["id"]
    paths = [
        f"/v1/Stores/{own}/Profiles/{mine['profile_id']}",
        f"/v1/Stores/{own}/Profiles/{mine['profile_id']}/Observations",
        f"/v1/Stores/{own}/Profiles/{mine['profile_id']}/Observations/{mine['observation_id']}",
        f"/v1/Stores/{own}/Profiles/{mine['profile_id']}/ConversationSummaries",
    ]
    for path in paths:
        assert_problem(await api.get(path, auth=other.auth), 404, 20404)
    imports = f"/v1/Stores/{own}/Profiles/Imports/{mine['import_id']}"
    for path in (imports, f"{imports}/Problems"):
        assert_problem(await api.get(path, auth=other.auth), 404, 20404)
    mapping = f"/v1/ControlPlane/Stores/{own}/DataMappings/{mine['data_mapping_id']}"
    assert_problem(await api.get(mapping, auth=other.auth), 404, 520048)
    assert_problem(await api.post(f"{paths[0]}/Recall", json={}, auth=other.auth), 404, 20404)


async def test_a_recall_does_not_read_another_tenants_conversation(api, mine, other):
    own = ok(await api.post("/v1/ControlPlane/Stores", json={"displayName": "own"}, auth=other.auth), 202)["id"]
    body = {"traits": {"Contact": {"phone": CUSTOMER}}}
    profile = ok(await api.post(f"/v1/Stores/{own}/Profiles", json=body, auth=other.auth), 202)["id"]
    asked = {"conversationId": mine["conversation_id"], "communicationsLimit": 5}
    response = await api.post(f"/v1/Stores/{own}/Profiles/{profile}/Recall", json=asked, auth=other.auth)
    assert_problem(response, 404, 20404)


async def test_a_webhook_signed_by_one_tenant_reaches_nothing_of_another(api, tenant, other):
    """Signed with our token, in the name of the other account."""
    await create_configuration(api)
    response = await api.get("/health/live")
    assert response.status_code == 200
    from tests.helpers import WEBHOOK, message, signed

    form = message(other.account_sid)
    refused = await api.post(WEBHOOK, data=form, headers=signed(tenant.auth_token, form), auth=None)
    assert_problem(refused, 403, 403)


async def test_the_database_holds_neither_tokens_nor_secrets(api, runtime, tenant):
    """Whoever steals a dump cannot authenticate: every column of every table is searched."""
    sid, secret = new_key_sid(), new_secret()
    await runtime.db.write(
        lambda tx: accounts.create_key(tx, clock(), account_sid=tenant.account_sid, key_sid=sid, secret=secret)
    )
    await one_of_everything(api, tenant)
    async with runtime.db.read() as tx:
        tables = await tx.column(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        dump = [row for table in tables for row in await tx.column(f'SELECT t::text FROM "{table}" t')]  # type: ignore[arg-type]
    text = "\n".join(dump)
    assert sid in text
    for hidden in (tenant.auth_token, secret):
        assert hidden not in text
        assert hidden.encode().hex() not in text


async def test_memories_of_one_customer_are_not_recalled_for_another(api, runtime, tenant):
    store = await create_store(api)
    await create_configuration(api, store)
    one = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    two = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store, '+12025550188')}"
    await observe(api, one, "Is allergic to peanuts")
    await text_in(api, tenant, Body="I am moving to Lisbon next month and need my parcels there")
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    await run_jobs(runtime)
    found = await recall(api, two, query="peanuts Lisbon parcels")
    assert found["observations"] == found["summaries"] == []
