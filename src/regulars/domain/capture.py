"""Passive capture: which messages a configuration wants, and who is who in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from regulars.domain.configurations import CaptureRule, Channel, ConfigurationDocument
from regulars.domain.identity import RawIdentifier, bare_address

_ID_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "SMS": ("phone",),
    "VOICE": ("phone",),
    "RCS": ("phone",),
    "WHATSAPP": ("whatsapp", "phone"),
    "EMAIL": ("email",),
    "CHAT": ("chat",),
}
"""What an address of a channel says about its owner (contract §5, Profile resolution).

A WhatsApp number is a phone number that WhatsApp has verified: recorded as both, the person who texts today and
writes on WhatsApp tomorrow is one customer, and Agent Connect, which looks up `phone` only (§8a Q25), finds them.
"""

_TRAITS: Final = {"phone": "phone", "whatsapp": "whatsapp", "email": "email", "chat": "chatId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """A message that a customer sent to the business."""

    message_sid: str
    channel: Channel
    from_: str
    to: str
    text: str
    profile_name: str | None
    received_at: datetime


def channel_of(address: str) -> Channel:
    lowered = address.lower()
    if lowered.startswith("whatsapp:"):
        return "WHATSAPP"
    return "RCS" if lowered.startswith("rcs:") else "SMS"


def captures(document: ConfigurationDocument, message: InboundMessage) -> bool:
    settings = document.channel_settings.get(message.channel)
    return settings is not None and any(_matches(rule, message) for rule in settings.capture_rules)


def identifiers_of(channel: str, address: str) -> list[RawIdentifier]:
    """The raw identifiers that an address carries, strongest first; none for channels that name nobody."""
    bare = bare_address(address)
    return [
        RawIdentifier(id_type, f"whatsapp:{bare}" if id_type == "whatsapp" else bare)
        for id_type in _ID_TYPES.get(channel, ())
    ]


def contact_trait(id_type: str) -> str | None:
    """The trait of the default Contact group that shows an identifier of this kind."""
    return _TRAITS.get(id_type)


def _matches(rule: CaptureRule, message: InboundMessage) -> bool:
    """Metadata describe calls and chats; a message has none, so a rule that asks for some does not match."""
    return not rule.metadata and _address_matches(rule.from_, message.from_) and _address_matches(rule.to, message.to)


def _address_matches(wanted: str, address: str) -> bool:
    return wanted == "*" or bare_address(wanted) == bare_address(address)
