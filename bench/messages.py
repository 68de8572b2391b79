"""Signed inbound messages as Twilio posts them, made before the clock runs."""

from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from bench.server import Server
from regulars.domain.signatures import signature

PATH = "/webhooks/twilio/messaging"
BUSINESS = "+15550009999"
ACTIVE_CUSTOMERS = 100
MESSAGES_PER_CUSTOMER = 6

BODIES = (
    "Hi, my order hasn't arrived yet. It was supposed to be here on Tuesday.",
    "The order number is {number}. I live at 12 Elm Street, Springfield.",
    "I'm allergic to peanuts by the way, so please check the replacement for that.",
    "Could you call me after 5pm instead? I work during the day.",
    "ok thanks",
    "One more thing: please send receipts to my new address, pat{number}@example.com, the old one is closed.",
)


@dataclass(frozen=True)
class Capture:
    store_id: str
    configuration_id: str


def prepare(server: Server) -> Capture:
    """A store and a configuration that takes every SMS. No timer runs out while we measure."""
    with httpx.Client(base_url=server.url, auth=server.auth, timeout=60) as client:
        made = client.post("/v1/ControlPlane/Stores", json={"displayName": "bench"}).raise_for_status().json()
        rules = {"captureRules": [{"from": "*", "to": "*"}], "statusTimeouts": {"inactive": 600, "closed": 1440}}
        configuration = {
            "displayName": "bench",
            "memoryStoreId": made["id"],
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryExtractionEnabled": True,
            "channelSettings": {"SMS": rules},
        }
        answer = client.post("/v2/ControlPlane/Configurations", json=configuration).raise_for_status().json()
        return Capture(made["id"], answer["id"])


def requests(server: Server, first: int, count: int) -> list[bytes]:
    """Messages `first` to `first + count` of an endless row: a hundred customers write in turn, six times each, then
    a hundred others. So one message in six meets a stranger: a new profile, conversation and two participants."""
    return [_request(server, number) for number in range(first, first + count)]


def _request(server: Server, number: int) -> bytes:
    block, place = divmod(number, ACTIVE_CUSTOMERS * MESSAGES_PER_CUSTOMER)
    turn, customer = divmod(place, ACTIVE_CUSTOMERS)
    form = {
        "AccountSid": server.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": BODIES[turn % len(BODIES)].format(number=number),
        "From": f"+1317{2_000_000 + block * ACTIVE_CUSTOMERS + customer:07d}",
        "FromCity": "INDIANAPOLIS",
        "FromCountry": "US",
        "FromState": "IN",
        "FromZip": "46204",
        "MessageSid": f"SM{number:032x}",
        "MessagingServiceSid": "MG" + "0" * 32,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": f"SM{number:032x}",
        "SmsSid": f"SM{number:032x}",
        "SmsStatus": "received",
        "To": BUSINESS,
        "ToCity": "",
        "ToCountry": "US",
        "ToState": "",
        "ToZip": "",
    }
    signed = signature(server.auth_token, server.url + PATH, {name: [value] for name, value in form.items()})
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUser-Agent: TwilioProxy/1.1\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {signed}\r\nI-Twilio-Idempotency-Token: {number:032x}\r\nAccept: */*\r\n\r\n"
    )
    return head.encode() + body
