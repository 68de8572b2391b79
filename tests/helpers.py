"""What many tests need: resources made through the API, signed webhooks, pages walked, jobs run."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
from twilio.request_validator import RequestValidator

from regulars.jobs.tasks import create_app
from regulars.runtime import Runtime

CUSTOMER = "+12025550101"
OTHER_CUSTOMER = "+12025550102"
BUSINESS = "+18005550199"
WHEN = "2026-11-22T06:00:00Z"
WEBHOOK = "/webhooks/twilio/messaging"
BY_ADDRESS = "GROUP_BY_PARTICIPANT_ADDRESSES"
BY_ADDRESS_AND_CHANNEL = "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE"
BY_PROFILE = "GROUP_BY_PROFILE"

_numbers = count(1)


def fresh(prefix: str) -> str:
    """A name that no other call of this process gives."""
    return f"{prefix}-{next(_numbers)}"


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def assert_problem(response: httpx.Response, status: int, code: int | None = None) -> str:
    """The one error body, with nothing else in it. Returns the message."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"code", "message", "more_info", "status"}
    assert body["status"] == status
    assert isinstance(body["code"], int)
    if code is not None:
        assert body["code"] == code, body
    assert body["more_info"] == f"https://www.twilio.com/docs/api/errors/{body['code']}"
    assert 0 < len(body["message"]) <= 1024
    assert "Traceback" not in response.text
    assert 'File "' not in response.text
    return body["message"]


def unknown(prefix: str) -> str:
    """An id that is well formed and nobody's."""
    return f"{prefix}_0" + "0" * 24 + "z"


# Memory


async def create_store(api: httpx.AsyncClient, **fields: Any) -> str:
    return ok(await api.post("/v1/ControlPlane/Stores", json={"displayName": fresh("store"), **fields}), 202)["id"]


async def create_profile(api: httpx.AsyncClient, store: str, phone: str = CUSTOMER, **contact: Any) -> str:
    body = {"traits": {"Contact": {"phone": phone, **contact}}}
    return ok(await api.post(f"/v1/Stores/{store}/Profiles", json=body), 202)["id"]


async def create_store_and_profile(api: httpx.AsyncClient) -> str:
    """The path of a profile in a store of its own."""
    store = await create_store(api)
    return f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"


def assert_accepted(response: httpx.Response, message: str) -> str:
    """A 202 of the memory control plane. Returns the path of its operation."""
    body = ok(response, 202)
    assert set(body) == {"message", "statusUrl"}
    assert body["message"] == message
    assert response.headers["Location"] == body["statusUrl"]
    assert response.headers["Retry-After"].isdigit()
    path = "/v1/ControlPlane/Operations/" + response.headers["Operation-Id"]
    assert body["statusUrl"].endswith(path)
    return path


def data_mapping(**fields: Any) -> dict[str, Any]:
    """A data mapping of two columns to traits that every store has."""
    mappings = [
        {"expression": "mobile", "traitGroup": "Contact", "traitName": "phone"},
        {"expression": "{{first}} {{middle}}", "traitGroup": "Contact", "traitName": "firstName"},
    ]
    return {
        "displayName": fresh("mapping"),
        "mappingTo": {"type": "TRAITS", "mappings": mappings},
        "mappingFrom": {"type": "INGRESS", "columns": ["mobile", "first", "middle"]},
        **fields,
    }


def observation(content: str, **fields: Any) -> dict[str, Any]:
    return {"source": "test", "occurredAt": WHEN, **fields, "content": content}


async def observe(api: httpx.AsyncClient, profile: str, *contents: str, **fields: Any) -> None:
    """`profile` is the path of a profile. Batches as large as the API takes."""
    items = [observation(content, **fields) for content in contents]
    for start in range(0, len(items), 10):
        ok(await api.post(f"{profile}/Observations", json={"observations": items[start : start + 10]}), 202)


def summary(content: str, **fields: Any) -> dict[str, Any]:
    return {"conversationId": unknown("conv_conversation"), "occurredAt": WHEN, **fields, "content": content}


async def summarise(api: httpx.AsyncClient, profile: str, *contents: str, **fields: Any) -> None:
    """`profile` is the path of a profile."""
    items = [summary(content, **fields) for content in contents]
    ok(await api.post(f"{profile}/ConversationSummaries", json={"summaries": items}), 202)


async def recall(api: httpx.AsyncClient, profile: str, **body: Any) -> Any:
    return ok(await api.post(f"{profile}/Recall", json=body))


async def lookup(api: httpx.AsyncClient, store: str, value: str, id_type: str = "phone") -> list[str]:
    body = {"idType": id_type, "value": value}
    return ok(await api.post(f"/v1/Stores/{store}/Profiles/Lookup", json=body))["profiles"]


async def profile_ids(api: httpx.AsyncClient, store: str) -> list[str]:
    return ok(await api.get(f"/v1/Stores/{store}/Profiles", params={"pageSize": 1000}))["profiles"]


# Conversations


def configuration(store: str | None = None, **fields: Any) -> dict[str, Any]:
    """A configuration that captures everything that comes to the business, by every channel of messages."""
    everything = {"captureRules": [{"from": "*", "to": "*"}], "statusTimeouts": {"inactive": 10, "closed": 60}}
    return {
        "displayName": fresh("conf"),
        "description": "",
        "conversationGroupingType": BY_ADDRESS,
        "channelSettings": {"SMS": everything, "WHATSAPP": everything, "RCS": everything},
        "memoryExtractionEnabled": True,
        **({} if store is None else {"memoryStoreId": store}),
        **fields,
    }


async def create_configuration(api: httpx.AsyncClient, store: str | None = None, **fields: Any) -> str:
    body = configuration(store or await create_store(api), **fields)
    return ok(await api.post("/v2/ControlPlane/Configurations", json=body), 202)["id"]


def customer(address: str = CUSTOMER, channel: str = "SMS", **fields: Any) -> dict[str, Any]:
    return {"type": "CUSTOMER", "addresses": [{"channel": channel, "address": address}], **fields}


def agent(address: str = BUSINESS, channel: str = "SMS", **fields: Any) -> dict[str, Any]:
    return {"type": "AI_AGENT", "addresses": [{"channel": channel, "address": address}], **fields}


async def open_conversation(api: httpx.AsyncClient, configuration_id: str, **fields: Any) -> dict[str, Any]:
    body = {"configurationId": configuration_id, "participants": [customer(), agent()], **fields}
    return ok(await api.post("/v2/Conversations", json=body), 201)


def communication(text: str = "Hello there", *, by_customer: bool = True, **fields: Any) -> dict[str, Any]:
    people = [{"address": CUSTOMER, "channel": "SMS"}, {"address": BUSINESS, "channel": "SMS"}]
    author, recipient = people if by_customer else people[::-1]
    return {"author": author, "recipients": [recipient], "content": {"type": "TEXT", "text": text}, **fields}


async def say(
    api: httpx.AsyncClient, conversation: str, text: str, *, by_customer: bool = True, **fields: Any
) -> dict[str, Any]:
    body = communication(text, by_customer=by_customer, **fields)
    return ok(await api.post(f"/v2/Conversations/{conversation}/Communications", json=body), 201)


async def conversations(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    return ok(await api.get("/v2/Conversations", params={"pageSize": 1000, **params}))["conversations"]


async def communications(api: httpx.AsyncClient, conversation: str) -> list[dict[str, Any]]:
    """The oldest first."""
    url = f"/v2/Conversations/{conversation}/Communications"
    return ok(await api.get(url, params={"pageSize": 1000, "orderBy": "ASC"}))["communications"]


async def set_status(api: httpx.AsyncClient, conversation: str, status: str) -> dict[str, Any]:
    return ok(await api.patch(f"/v2/Conversations/{conversation}", json={"status": status}))


# Actions


def action(text: str = "On its way", **payload: Any) -> dict[str, Any]:
    """A text from the business to the customer; fields of `payload` replace its own."""
    people = {"from": {"address": BUSINESS, "channel": "SMS"}, "to": [{"address": CUSTOMER, "channel": "SMS"}]}
    return {"type": "SEND_MESSAGE", "payload": {**people, "content": {"text": text}, **payload}}


def chat_action(text: str = "Hello from chat") -> dict[str, Any]:
    """One that needs no carrier."""
    ends = {"from": {"address": "bot", "channel": "CHAT"}, "to": [{"address": "visitor-1", "channel": "CHAT"}]}
    return action(text, **ends)


async def act(api: httpx.AsyncClient, conversation: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    return ok(await api.post(f"/v2/Conversations/{conversation}/Actions", json=body or action()), 202)


async def fetch_action(api: httpx.AsyncClient, conversation: str, action_id: str) -> dict[str, Any]:
    return ok(await api.get(f"/v2/Conversations/{conversation}/Actions/{action_id}"))


# Webhooks


def message(account_sid: str, **fields: str) -> dict[str, str]:
    return {
        "MessageSid": f"SM{next(_numbers):032x}",
        "AccountSid": account_sid,
        "From": CUSTOMER,
        "To": BUSINESS,
        "Body": "Hello, I have a question about my order",
        "NumMedia": "0",
        "ApiVersion": "2010-04-01",
        **fields,
    }


def signed(auth_token: str, form: dict[str, str], url: str = f"http://testserver{WEBHOOK}") -> dict[str, str]:
    """The header, made by Twilio's own library."""
    return {"X-Twilio-Signature": RequestValidator(auth_token).compute_signature(url, form)}


async def text_in(api: httpx.AsyncClient, tenant: Any, **fields: str) -> httpx.Response:
    """An inbound message as Twilio would deliver it."""
    form = message(tenant.account_sid, **fields)
    response = await api.post(WEBHOOK, data=form, headers=signed(tenant.auth_token, form), auth=None)
    assert response.status_code == 200, response.text
    return response


# Database


async def rows(runtime: Runtime, statement: str, **params: Any) -> list[dict[str, Any]]:
    async with runtime.db.read() as tx:
        return await tx.all(statement, lambda **row: row, **params)


async def assert_names_agree(runtime: Runtime) -> None:
    """Every name under which messages look leads to an open conversation that has it, and every name of one is there;
    whenever nobody writes."""
    leading = await rows(runtime, "SELECT group_key, conversation_id FROM conversation_group")
    had = await rows(runtime, "SELECT unnest(group_keys) AS group_key, conversation_id FROM conversation")
    closed = await rows(runtime, "SELECT group_keys FROM conversation WHERE status = 'CLOSED' AND group_keys <> '{}'")
    assert {tuple(row.values()) for row in leading} == {tuple(row.values()) for row in had}
    assert closed == []


# Pages


async def pages(api: httpx.AsyncClient, url: str, direction: str = "next", **params: Any) -> AsyncIterator[Any]:
    """Every page from the first (or, going back, from the one that `pageToken` names)."""
    token = params.pop("pageToken", None)
    while True:
        body = ok(await api.get(url, params={**params, **({"pageToken": token} if token else {})}))
        yield body
        token = body["meta"].get(f"{direction}Token")
        if token is None:
            return


# Jobs


async def run_jobs(runtime: Runtime) -> None:
    """Every job that waits, by a real worker."""
    app = create_app(runtime)
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
