"""What is outside of both Regulars and Agent Connect: customers with their phones, Twilio's webhooks and its calls.

The messages of a call: https://www.twilio.com/docs/voice/conversationrelay/websocket-messages and, of its transcript,
https://www.twilio.com/docs/voice/twiml/transcription.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
from tests.messages_api import MessagesApi, Sent
from tests.processes import STOP_PATIENCE_S, Customer, Running, database, environment, key_for, rows, until
from twilio.request_validator import RequestValidator
from websockets.sync.client import ClientConnection, connect

APP = Path(__file__).with_name("agent_app.py")
SHOP = "+15550001111"


@dataclass
class Agent:
    """The process of Agent Connect."""

    process: subprocess.Popen[bytes]
    output: Path
    url: str

    def text(self) -> str:
        return self.output.read_text()

    def events(self, name: str, conversation: str) -> list[dict[str, Any]]:
        """What the application told about one conversation, in order."""
        lines = [line for line in self.text().splitlines() if line.startswith('{"event"') and line.endswith("}")]
        return [one for one in map(json.loads, lines) if one["event"] == name and conversation in _named_in(one)]


def _named_in(event: dict[str, Any]) -> set[str | None]:
    data = event.get("body", {}).get("data", {})
    return {event.get("conversation"), event.get("conversation_id"), data.get("conversationId"), data.get("id")}


@dataclass
class Stage:
    server: Running
    shop: Customer
    carrier: MessagesApi
    agent: Agent

    @contextmanager
    def explained(self) -> Iterator[None]:
        """When something fails, what both processes said."""
        try:
            yield
        except BaseException:
            sys.stdout.write(f"--- Regulars\n{self.server.text()}\n--- Agent Connect\n{self.agent.text()}\n")
            raise

    def post_form(self, url: str, **form: str) -> httpx.Response:
        """As Twilio does, signed."""
        fields = {"AccountSid": self.shop.account_sid, "ApiVersion": "2010-04-01", **form}
        signature = RequestValidator(self.shop.auth_token).compute_signature(url, fields)
        return httpx.post(url, data=fields, headers={"X-Twilio-Signature": signature}, timeout=20).raise_for_status()

    def query(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        return rows(database(self.server.data_dir), statement, *parameters)

    def profiles(self) -> list[str]:
        return self.shop.get(f"/v1/Stores/{self.shop.store_id}/Profiles?pageSize=1000")["profiles"]

    def observations(self, profile: str) -> str:
        found = self.shop.get(f"/v1/Stores/{self.shop.store_id}/Profiles/{profile}/Observations")["observations"]
        return " ".join(one["content"] for one in found)

    def participants(self, conversation: str) -> dict[str, dict[str, Any]]:
        """By type; there are never two of one."""
        found = self.shop.get(f"/v2/Conversations/{conversation}/Participants")["participants"]
        by_type = {one["type"]: one for one in found}
        assert len(by_type) == len(found), found
        return by_type

    def communications(self, conversation: str) -> list[dict[str, Any]]:
        """The oldest first."""
        return self.shop.get(f"/v2/Conversations/{conversation}/Communications?orderBy=ASC")["communications"]

    def said(self, conversation: str, count: int) -> list[dict[str, Any]]:
        """Once there are so many, and everybody has been told."""
        until(lambda: len(self.communications(conversation)) >= count, what=f"{count} communications")
        self.settled(conversation)
        found = self.communications(conversation)
        assert len(found) == count, found
        return found

    def status(self, conversation: str) -> str:
        return self.shop.get(f"/v2/Conversations/{conversation}")["status"]

    def settled(self, conversation: str) -> None:
        """Until every callback of the conversation has been answered."""
        waiting = "SELECT count(*) FROM delivery WHERE conversation_id = %s AND status = 'PENDING'"
        until(lambda: not self.query(waiting, conversation)[0]["count"], what=f"callbacks of {conversation}")

    def a_minute_passes(self, conversation: str) -> None:
        """For this conversation only: its last communication moves back, and its timer with it."""
        self.settled(conversation)
        self.query(
            "UPDATE conversation SET last_communication_at = last_communication_at - interval '61 s',"
            " due_at = due_at - interval '61 s' WHERE conversation_id = %s",
            conversation,
        )

    def falls_silent(self, conversation: str) -> None:
        """INACTIVE after one minute, CLOSED after two; the agent hears of it and ends its session."""
        for status in ("INACTIVE", "CLOSED"):
            assert self.status(conversation) != status
            self.a_minute_passes(conversation)
            until(lambda status=status: self.status(conversation) == status, what=f"{status} {conversation}")
        until(lambda: self.agent.events("ended", conversation), what="the end of the agent's session")
        self.settled(conversation)

    def check_callbacks(self, conversation: str) -> list[str]:
        """All arrived, were signed as Agent Connect wants it, in order and under a token each; their types."""
        self.settled(conversation)
        statement = "SELECT * FROM delivery WHERE conversation_id = %s ORDER BY position"
        deliveries = self.query(statement, conversation)
        assert {(one["status"], one["answer_status"]) for one in deliveries} == {("DELIVERED", 200)}
        heard = self.agent.events("callback", conversation)
        assert {one["answered"] for one in heard} == {200}
        assert [one["token"] for one in heard] == [one["event_id"] for one in deliveries]
        assert len({one["token"] for one in heard}) == len(heard)
        assert " - ERROR - " not in self.agent.text()
        assert " - WARNING - " not in self.agent.text()
        assert not self.server.events("request_crashed")
        return [one["body"]["eventType"] for one in heard]


@contextmanager
def agent(server: Running, shop: Customer, port: int) -> Iterator[Agent]:
    key_sid, secret = key_for(server, shop)
    variables = {
        "REGULARS_URL": server.url,
        "TWILIO_ACCOUNT_SID": shop.account_sid,
        "TWILIO_AUTH_TOKEN": shop.auth_token,
        "TWILIO_API_KEY": key_sid,
        "TWILIO_API_SECRET": secret,
        "TWILIO_PHONE_NUMBER": SHOP,
        "TWILIO_WHATSAPP_NUMBER": f"whatsapp:{SHOP}",
        "TWILIO_CONVERSATION_CONFIGURATION_ID": shop.configuration_id,
        "TWILIO_SERVER_HOST": "127.0.0.1",
        "TWILIO_SERVER_PORT": str(port),
        "TWILIO_VOICE_PUBLIC_DOMAIN": f"127.0.0.1:{port}",
        "STARTED_FOR": str(server.data_dir),  # so that `nothing_left` knows whose it is
    }
    handle, name = tempfile.mkstemp(prefix="agent-output-")
    process = subprocess.Popen(
        [sys.executable, APP],
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=handle,
        stderr=handle,
    )
    os.close(handle)
    started = Agent(process, Path(name), f"http://127.0.0.1:{port}")
    try:
        until(lambda: _answers(started), within_s=40, what="Agent Connect")
        yield started
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_PATIENCE_S)
        process.kill()
        process.wait()
        started.output.unlink()


def _answers(started: Agent) -> bool:
    assert started.process.poll() is None, started.text()
    with suppress(httpx.TransportError):
        return httpx.get(f"{started.url}/openapi.json").status_code == 200
    return False


def settle(shop: Customer, agent_port: int) -> None:
    """A store, and a configuration that captures the shop's numbers and tells the agent."""
    shop.store_id = shop.post("/v1/ControlPlane/Stores", {"displayName": "shop"})["id"]
    captured = {
        "statusTimeouts": {"inactive": 1, "closed": 2},
        "captureRules": [{"from": "*", "to": SHOP}, {"from": SHOP, "to": "*"}],
    }
    body = {
        "displayName": "agent",
        "description": "",
        "conversationGroupingType": "GROUP_BY_PROFILE",
        "memoryStoreId": shop.store_id,
        "memoryExtractionEnabled": True,
        "channelSettings": {"SMS": captured, "WHATSAPP": captured, "VOICE": captured},
        "statusCallbacks": [{"url": f"http://127.0.0.1:{agent_port}/webhook", "method": "POST"}],
    }
    shop.configuration_id = shop.post("/v2/ControlPlane/Configurations", body)["id"]


@dataclass
class Phone:
    """A customer who writes to the shop."""

    stage: Stage
    number: str
    whatsapp: bool = False

    @property
    def address(self) -> str:
        return f"whatsapp:{self.number}" if self.whatsapp else self.number

    @property
    def shop(self) -> str:
        return f"whatsapp:{SHOP}" if self.whatsapp else SHOP

    def write(self, text: str) -> str:
        """The SID of the message."""
        sid = "SM" + secrets.token_hex(16)
        url = f"{self.stage.server.url}/webhooks/twilio/messaging"
        form = {"MessageSid": sid, "From": self.address, "To": self.shop, "Body": text, "NumMedia": "0"}
        self.stage.post_form(url, **form)
        return sid

    def received(self) -> list[Sent]:
        return [one for one in self.stage.carrier.sent if one.to == self.address]

    def reads(self, count: int) -> Sent:
        """The newest of so many messages."""
        return until(lambda: self.received() if len(self.received()) == count else None, what=f"{count} answers")[-1]

    def conversations(self, *statuses: str) -> list[str]:
        query = "&".join(["pageSize=1000", *(f"status={status}" for status in statuses)])
        found = self.stage.shop.get(f"/v2/Conversations?{query}")["conversations"]
        people = {one["id"]: [a["address"] for p in one["participants"] for a in p["addresses"]] for one in found}
        return [conversation for conversation, addresses in people.items() if self.address in addresses]

    def conversation(self) -> str:
        """The one that is open."""
        (found,) = self.conversations("ACTIVE", "INACTIVE")
        return found


@dataclass
class Call:
    """Somebody calls the shop; the test is Twilio. Twilio reaches the agent through TLS, which ends in front of it."""

    stage: Stage
    number: str
    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    transcription: str = field(default_factory=lambda: "GT" + secrets.token_hex(16))
    transcribes_to: str = ""
    socket: ClientConnection | None = None
    greeting: str = ""
    pieces: int = 0
    utterances: int = 0

    @contextmanager
    def connected(self) -> Iterator["Call"]:
        """Twilio asks the agent what to do with the call, and does it."""
        about = {"from": self.number, "to": SHOP, "direction": "inbound"}
        self.stage.carrier.calls[self.sid] = about
        form = {"CallSid": self.sid, "From": self.number, "To": SHOP, "CallStatus": "ringing", "Direction": "inbound"}
        twiml = ET.fromstring(self.stage.post_form(f"{self.stage.agent.url}/call", **form).text)
        start, connect_ = twiml
        self.transcribes_to = start[0].attrib["statusCallbackUrl"]
        relay = connect_[0].attrib
        assert "conversationConfiguration" not in relay
        self._transcript("transcription-started")
        signature = RequestValidator(self.stage.shop.auth_token).compute_signature(relay["url"], {})
        headers = {"X-Twilio-Signature": signature, "X-Forwarded-Proto": "https"}
        with connect(relay["url"].replace("wss://", "ws://"), additional_headers=headers) as self.socket:
            setup = {**about, "type": "setup", "sessionId": "VX" + secrets.token_hex(16), "callSid": self.sid}
            self._send({**setup, "accountSid": self.stage.shop.account_sid, "callType": "PSTN"})
            self.greeting = relay["welcomeGreeting"]
            yield self
            self.stage.said(self.conversation(), self.utterances)
        self._transcript("transcription-stopped")

    def greeted(self) -> None:
        self._heard("outbound_track", self.greeting)

    def say(self, text: str) -> str:
        """What the agent answers, which the caller hears."""
        self._heard("inbound_track", text)
        self._send({"type": "prompt", "voicePrompt": text, "lang": "en-US", "last": True})
        answer = json.loads(self.socket.recv(timeout=20))
        assert (answer["type"], answer["last"]) == ("text", True)
        self._heard("outbound_track", answer["token"])
        return answer["token"]

    def conversation(self) -> str:
        """The one that Agent Connect finds, too: it looks until there is one."""
        path = f"/v2/Conversations?channelId={self.sid}&status=ACTIVE"
        (found,) = until(lambda: self.stage.shop.get(path)["conversations"], what=f"a conversation of {self.sid}")
        return found["id"]

    def _send(self, message: dict[str, Any]) -> None:
        self.socket.send(json.dumps(message))

    def _heard(self, track: str, text: str) -> None:
        self.utterances += 1
        data = json.dumps({"transcript": text, "confidence": 0.97})
        self._transcript(
            "transcription-content", Track=track, TranscriptionData=data, Final="true", LanguageCode="en-US"
        )

    def _transcript(self, event: str, **fields: str) -> None:
        self.pieces += 1
        form = {
            "CallSid": self.sid,
            "TranscriptionSid": self.transcription,
            "TranscriptionEvent": event,
            "SequenceId": str(self.pieces),
            "Timestamp": f"2026-11-22T06:00:{self.pieces:02}.000000Z",
            **fields,
        }
        self.stage.post_form(self.transcribes_to, **form)
