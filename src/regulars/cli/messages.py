"""Messages as the commands that play conversations put them on the wire."""

from dataclasses import dataclass

from regulars.cli.client import Client, Json

_WEBHOOK = "/webhooks/twilio/messaging"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Between whom messages go. Addresses carry the prefix of their channel, as Twilio writes them."""

    channel: str
    customer: str
    business: str
    profile_name: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """`sid` names the message for good: sent twice, it is stored once."""

    sid: str
    at: str
    text: str


async def receive(client: Client, line: Line, text: Text) -> None:
    """The customer writes: Twilio's webhook, signed. `OccurredAt` is ours."""
    form = {
        "AccountSid": client.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": text.text,
        "From": line.customer,
        "MessageSid": text.sid,
        "NumMedia": "0",
        "OccurredAt": text.at,
        "To": line.business,
    }
    await client.deliver(_WEBHOOK, form | ({"ProfileName": line.profile_name} if line.profile_name else {}))


async def answer(client: Client, conversation_id: str, line: Line, text: Text) -> None:
    """The business writes."""
    body = {
        "author": {"channel": line.channel, "address": line.business},
        "recipients": [{"channel": line.channel, "address": line.customer, "deliveryStatus": "DELIVERED"}],
        "content": {"type": "TEXT", "text": text.text},
        "channelId": text.sid,
        "resourceId": text.sid,
        "occurredAt": text.at,
    }
    await client.call("POST", f"/v2/Conversations/{conversation_id}/Communications", body)


async def holders(client: Client, sid: str) -> list[Json]:
    """The conversations that hold a message."""
    return (await client.call("GET", "/v2/Conversations", query={"channelId": sid}))["conversations"]
