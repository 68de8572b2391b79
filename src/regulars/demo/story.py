"""The demo's conversations, as `conversations.json` has them."""

from importlib import resources
from typing import Literal

import msgspec

Channel = Literal["SMS", "WHATSAPP"]


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer wrote, or what the shop did."""

    customer: str | None = None
    shop: str | None = None

    @property
    def text(self) -> str:
        return self.customer or self.shop or ""


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: Channel
    turns: list[Turn]
    days_ago: int = 0
    profile_name: str | None = None
    """The name that WhatsApp shows."""


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    conversations: list[Conversation]
    traits: dict[str, dict[str, str]] | None = None
    """What the shop has in its books already."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    query: str


class Live(Conversation, frozen=True, kw_only=True):
    """A conversation that is not over yet."""

    number: str


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    business: str
    customers: list[Customer]
    question: Question
    live: Live


def load() -> Story:
    text = resources.files("regulars.demo").joinpath("conversations.json").read_bytes()
    return msgspec.json.decode(text, type=Story)
