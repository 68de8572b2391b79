"""Memory stores, and what every new one begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from regulars.domain.identity import IdentifierConfig, IdentitySettings
from regulars.domain.screening import Category
from regulars.domain.traits import TraitDefinition, TraitGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    store_id: str
    display_name: str
    description: str
    status: str
    version: int
    created_at: datetime
    screening: tuple[str, ...] = tuple(Category)
    """The categories of sensitive data that are never remembered from conversations, in the order of `Category`."""


DEFAULT_IDENTIFIER_CONFIGS: Final = (
    IdentifierConfig(id_type="email", normalization="email"),
    IdentifierConfig(id_type="whatsapp", normalization="trim"),
    IdentifierConfig(id_type="phone", normalization="phone"),
    IdentifierConfig(id_type="chat", normalization="trim"),
    IdentifierConfig(id_type="pushUserID", normalization="trim"),
)
"""Contract §4, Defaults. Their order is the order of the matching rules."""

DEFAULT_IDENTITY_SETTINGS: Final = IdentitySettings(
    identifier_configs={config.id_type: config for config in DEFAULT_IDENTIFIER_CONFIGS},
    matching_rules=tuple(config.id_type for config in DEFAULT_IDENTIFIER_CONFIGS),
)


def _text(promoted_to: str | None = None) -> TraitDefinition:
    return TraitDefinition(data_type="STRING", id_type_promotion=promoted_to)


DEFAULT_TRAIT_GROUP: Final = TraitGroup(
    name="Contact",
    description="How to reach a customer and what to call them.",
    traits={
        "email": _text("email"),
        "phone": _text("phone"),
        "whatsapp": _text("whatsapp"),
        "chatId": _text("chat"),
        "firstName": _text(),
        "lastName": _text(),
        "street": _text(),
        "city": _text(),
        "state": _text(),
        "postalCode": _text(),
        "country": _text(),
        "preferredLanguage": _text(),
    },
    version=1,
)
