"""SendGrid's Inbound Parse: from a multipart form to a communication in the right conversation."""

import asyncio
import json
import random
from itertools import count

import pytest
import structlog
from tests.conftest import new_tenant
from tests.helpers import (
    BY_PROFILE,
    assert_problem,
    communications,
    conversations,
    create_configuration,
    create_store,
    lookup,
    profile_ids,
    set_status,
)

from regulars.core import limits
from regulars.runtime import clock, new_key_sid, new_secret
from regulars.services import accounts

URL = "/webhooks/sendgrid/inbound"
ADA, SHOP = "ada@example.com", "help@parse.shop.example"
ALL = [{"from": "*", "to": "*"}]
BOUNDARY = "xYzZY"
QUOTED = "\r\n\r\nOn Mon, Nov 2, 2026 at 3:04 PM Shop <help@parse.shop.example> wrote:\r\n\r\n> Do you want it?\r\n"

_numbers = count(1)


@pytest.fixture
async def store(api) -> str:
    return await create_store(api)


async def listen(api, store, rules=ALL, **fields) -> str:
    settings = {"EMAIL": {"captureRules": rules, "statusTimeouts": {"inactive": 10, "closed": 60}}}
    return await create_configuration(api, store, channelSettings=settings, **fields)


def headers(message_id: str, *more: str) -> str:
    lines = [f"From: Ada Lovelace <{ADA}>", f"Message-ID: {message_id}", "MIME-Version: 1.0", *more]
    return "\n".join(lines) + "\n"


def parsed(**fields: str | bytes) -> dict[str, str | bytes]:
    """The fields of an e-mail, as SendGrid tells them."""
    envelope = {"to": [SHOP], "from": ADA}
    return {
        "headers": headers(f"<{next(_numbers)}@mail.example.com>"),
        "dkim": "{@example.com : pass}",
        "to": SHOP,
        "from": f"Ada Lovelace <{ADA}>",
        "text": "Where is my order?" + QUOTED,
        "html": "<p>Where is my order?</p>",
        "sender_ip": "209.85.213.182",
        "envelope": json.dumps(envelope),
        "attachments": "0",
        "subject": "My order",
        "charsets": '{"to":"UTF-8","html":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"UTF-8"}',
        "SPF": "pass",
        **fields,
    }


def body(fields: dict[str, str | bytes], *attachments: bytes) -> bytes:
    parts = []
    for name, value in fields.items():
        content = value if isinstance(value, bytes) else value.encode()
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content)
    for number, content in enumerate(attachments, 1):
        head = f'Content-Disposition: form-data; name="attachment{number}"; filename="'.encode() + "ä.png".encode(
            "latin-1"
        )
        parts.append(head + b'"\r\nContent-Type: image/png\r\n\r\n' + content)
    lines = b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
    return lines + f"--{BOUNDARY}--\r\n".encode()


async def post(api, content: bytes, **more):
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return await api.post(URL, content=content, headers=kind, **more)


async def mail(api, fields: dict[str, str | bytes] | None = None, *attachments: bytes, **more) -> None:
    response = await post(api, body(fields or parsed(), *attachments), **more)
    assert response.status_code == 200, response.text
    assert response.content == b""


async def texts(api) -> list[list[str]]:
    found = [await communications(api, one["id"]) for one in await conversations(api)]
    return [[one["content"]["text"] for one in each] for each in found]


async def test_an_email_becomes_a_communication(api, store):
    conf = await listen(api, store)

    await mail(api, parsed(headers=headers("<own@x>", "References: <first@x> <second@x>")))

    [conversation] = await conversations(api, channelId="<first@x>")
    assert conversation["configurationId"] == conf
    them, us = conversation["participants"]
    assert (them["type"], them["name"], us["type"], us["name"]) == ("CUSTOMER", "Ada Lovelace", "AGENT", SHOP)
    assert await lookup(api, store, ADA, "email") == [them["profileId"]]
    [said] = await communications(api, conversation["id"])
    assert said["content"] == {"type": "TEXT", "text": "Where is my order?"}
    assert (said["resourceId"], said["channelId"]) == ("<own@x>", "<first@x>")
    assert said["author"] == {"address": ADA, "channel": "EMAIL", "participantId": them["id"]}
    assert said["recipients"] == [
        {"address": SHOP, "channel": "EMAIL", "participantId": us["id"], "deliveryStatus": "DELIVERED"}
    ]


async def test_a_raw_email_is_taken_too(api, store):
    await listen(api, store)
    whole = headers("<raw@x>", "Content-Type: text/plain; charset=iso-8859-1").encode() + b"\nGr\xfc\xdfe\n"
    fields = {
        name: value for name, value in parsed().items() if name in ("from", "to", "envelope", "subject", "charsets")
    }
    await mail(api, {**fields, "email": whole})
    assert await texts(api) == [["Grüße"]]


async def test_attachments_are_thrown_away(api, store):
    await listen(api, store)
    await mail(api, parsed(attachments="2"), b"\r\n--xYz" * 200_000, bytes(range(256)) * 4000)
    assert await texts(api) == [["Where is my order?"]]


async def test_each_field_has_its_charset(api, store):
    await listen(api, store)
    await mail(api, parsed(text="Grüße".encode("latin-1"), charsets='{"text":"iso-8859-1"}'))
    assert await texts(api) == [["Grüße"]]


async def test_three_times_in_any_order_and_at_once_ends_the_same(api, store):
    await listen(api, store)
    emails = [body(parsed(text=f"number {n}")) for n in range(5)]
    deliveries = emails * 3
    random.Random(4).shuffle(deliveries)
    responses = await asyncio.gather(*(post(api, one) for one in deliveries))
    assert [one.status_code for one in responses] == [200] * 15
    [told] = await texts(api)
    assert sorted(told) == [f"number {n}" for n in range(5)]
    assert len(await profile_ids(api, store)) == 1


async def test_the_same_email_after_the_end_opens_nothing(api, store):
    await listen(api, store)
    fields = parsed(headers="")
    await mail(api, fields)
    await set_status(api, (await conversations(api))[0]["id"], "CLOSED")
    await mail(api, fields)
    assert len(await conversations(api)) == 1


async def test_a_customer_who_also_texts_is_one(api, store):
    await listen(api, store, conversationGroupingType=BY_PROFILE)
    body = {"traits": {"Contact": {"email": ADA, "phone": "+12025550101"}}}
    profile = (await api.post(f"/v1/Stores/{store}/Profiles", json=body)).json()["id"]
    await mail(api)
    assert (await conversations(api))[0]["participants"][0]["profileId"] == profile


# Recipients


async def test_the_recipient_that_a_rule_names_counts(api, store):
    await listen(api, store, [{"from": "*", "to": SHOP}])
    envelope = json.dumps({"to": ["other@parse.shop.example", SHOP], "from": ADA})
    await mail(api, parsed(envelope=envelope))
    [conversation] = await conversations(api)
    assert [one["addresses"][0]["address"] for one in conversation["participants"]] == [ADA, SHOP]


async def test_two_recipients_of_one_configuration_have_one_communication(api, store):
    await listen(api, store)
    envelope = json.dumps({"to": [SHOP, "sales@parse.shop.example"], "from": ADA})
    await mail(api, parsed(envelope=envelope))
    assert await texts(api) == [["Where is my order?"]]


async def test_two_configurations_have_one_each(api, store):
    await listen(api, store, [{"from": "*", "to": SHOP}])
    await listen(api, store, [{"from": "*", "to": "sales@parse.shop.example"}])
    envelope = json.dumps({"to": [SHOP, "sales@parse.shop.example"], "from": ADA})
    await mail(api, parsed(envelope=envelope))
    assert await texts(api) == [["Where is my order?"], ["Where is my order?"]]


# What is not captured


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"envelope": json.dumps({"to": [SHOP], "from": ""})}, "bounce"),
        ({"headers": headers("<a@b>", "Auto-Submitted: auto-replied")}, "auto_reply"),
        ({"headers": headers("<a@b>", "Precedence: bulk")}, "bulk"),
    ],
)
async def test_what_no_person_wrote_is_answered_and_told_in_the_log(api, store, fields, reason):
    await listen(api, store)
    with structlog.testing.capture_logs() as logs:
        await mail(api, parsed(**fields))
    assert [one["reason"] for one in logs if one["event"] == "email_not_captured"] == [reason]
    assert await conversations(api) == []
    assert await profile_ids(api, store) == []


async def test_what_no_rule_wants_is_answered(api, store):
    await listen(api, store, [{"from": "*", "to": "else@shop.example"}])
    with structlog.testing.capture_logs() as logs:
        await mail(api)
    assert "email_matches_no_rule" in {one["event"] for one in logs}
    assert await conversations(api) == []


async def test_a_form_with_nothing_in_it_is_answered(api, store):
    await listen(api, store)
    await mail(api, {"nothing": "x"})
    assert await conversations(api) == []


# Credentials


async def test_a_key_opens_it_until_it_is_revoked(api, runtime, store, tenant):
    await listen(api, store)
    sid, secret = new_key_sid(), new_secret()
    await runtime.db.write(
        lambda tx: accounts.create_key(tx, clock(), account_sid=tenant.account_sid, key_sid=sid, secret=secret)
    )
    await mail(api, auth=(sid, secret))
    await runtime.db.write(lambda tx: accounts.revoke_key(tx, clock(), sid))
    assert_problem(await post(api, body(parsed()), auth=(sid, secret)), 401, 20003)
    assert await texts(api) == [["Where is my order?"]]


@pytest.mark.parametrize("auth", [None, ("AC" + "0" * 32, "wrong")])
async def test_nobody_else_is_let_in(api, store, auth):
    await listen(api, store)
    assert_problem(await post(api, body(parsed()), auth=auth), 401, 20003)
    assert await conversations(api) == []


async def test_the_email_of_another_account_stays_there(api, runtime, store):
    await listen(api, store)
    other = await new_tenant(runtime)
    await mail(api, auth=other.auth)
    assert await conversations(api) == []


# Forms


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/mixed"],
)
async def test_another_content_type_is_refused(api, kind):
    assert_problem(await api.post(URL, content=b"{}", headers={"Content-Type": kind}), 400, 400)


@pytest.mark.parametrize("content", [b"", b"--", b"--xYzZY", b"--xYzZY\r\n", body(parsed())[:-40], b"\x00" * 5000])
async def test_a_broken_form_is_refused(api, store, content):
    await listen(api, store)
    assert_problem(await post(api, content), 400, 400)
    assert await conversations(api) == []


async def test_a_form_that_is_too_large_is_refused(api):
    piece = b"x" * (1024 * 1024)

    async def pieces():
        yield body(parsed())[:-13] + b'--xYzZY\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
        for _ in range(limits.EMAIL_BODY_BYTES_MAX // len(piece)):
            yield piece

    assert_problem(await post(api, pieces()), 413, 413)


@pytest.mark.parametrize(("parts", "status"), [(0, 200), (1, 400)])
async def test_a_form_has_so_many_parts_at_most(api, store, parts, status):
    await listen(api, store)
    fields = parsed()
    attachments = [b"x"] * (limits.EMAIL_PARTS_MAX - len(fields) + parts)
    assert (await post(api, body(fields, *attachments))).status_code == status


@pytest.mark.parametrize("sender", ["(" * 4000, "a:" * 2000, f"{'(' * 4000} {ADA}", "\x00", f"A\x00da <{ADA}>"])
async def test_no_sender_is_too_odd(api, store, sender):
    await listen(api, store)
    await mail(api, parsed(**{"from": sender}))
    [conversation] = await conversations(api)
    assert [one["address"] for one in conversation["participants"][0]["addresses"]] == [ADA]


@pytest.mark.parametrize("text", [b"half a +2AA- character", b"half a +AAA- character"])
async def test_half_a_character_does_not_lose_an_email(api, store, text):
    """UTF-7 can tell what no database keeps."""
    await listen(api, store)
    await mail(api, parsed(text=text, charsets='{"text":"utf-7"}'))
    assert await texts(api) == [["half a  character"]]


async def test_a_long_text_is_cut(api, store):
    await listen(api, store)
    await mail(api, parsed(text="x" * (limits.EMAIL_FIELD_BYTES_MAX + 1)))
    assert [[len(one) for one in told] for told in await texts(api)] == [[limits.EMAIL_FIELD_BYTES_MAX]]
