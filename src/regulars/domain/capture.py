"""Passive capture: which messages a configuration wants, and who is who in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from regulars.domain.configurations import CaptureRule, Channel, ConfigurationDocument
from regulars.domain.conversations import Content, DeliveryStatus, comparable
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

_METADATA_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {"VOICE": {"callType": "PSTN"}}
"""What a rule asks for when it does not say (contract §5, Capture rules): calls over the telephone network."""

_TRAITS: Final = {"phone": "phone", "whatsapp": "whatsapp", "email": "email", "chat": "chatId"}


Direction = Literal["INBOUND", "OUTBOUND"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMessage:
    """A message or a piece of a call, as a channel tells it.

    `resource_id` is the channel's own id of it: the same one again never adds a second. `channel_id` names the call or
    thread that it belongs to. `direction` says whose the other side is: INBOUND came to an address of the account,
    OUTBOUND from one, and None means that nobody knows. `metadata` is what capture rules may ask for. Without `content`
    it is the beginning of a call, in which nothing was said yet. `call` is who called whom, whoever speaks: rules look
    at that.
    """

    resource_id: str
    channel_id: str
    channel: Channel
    direction: Direction | None
    from_: str
    to: str
    from_name: str | None = None
    content: Content | None
    delivery_status: DeliveryStatus | None = None
    call: tuple[str, str] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    occurred_at: datetime


def channel_of(address: str) -> Channel:
    lowered = address.lower()
    if lowered.startswith("whatsapp:"):
        return "WHATSAPP"
    return "RCS" if lowered.startswith("rcs:") else "SMS"


def captures(document: ConfigurationDocument, message: ChannelMessage) -> bool:
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


def _matches(rule: CaptureRule, message: ChannelMessage) -> bool:
    from_, to = message.call or (message.from_, message.to)
    wanted = {**_METADATA_DEFAULTS.get(message.channel, {}), **rule.metadata}
    return (
        all(message.metadata.get(name) == value for name, value in wanted.items())
        and _address_matches(message.channel, rule.from_, from_)
        and _address_matches(message.channel, rule.to, to)
    )


def _address_matches(channel: str, wanted: str, address: str) -> bool:
    return wanted == "*" or comparable(channel, wanted) == comparable(channel, address)
