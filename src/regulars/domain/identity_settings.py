"""Telling a store how to tell its customers apart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.identity import IdentifierConfig, IdentitySettings

_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "matching_algo": ("matchingAlgo", ("exact", "fuzzy")),
    "limit_policy": ("limitPolicy", ("fifo", "lifo")),
    "normalization": ("normalization", ("phone", "email", "trim", "none")),
}


def new_settings(
    configs: Sequence[Mapping[str, Any]], rules: Sequence[str] | None, sharing_limit: int | None
) -> IdentitySettings:
    """`configs` hold the fields of an IdentifierConfig as they were given. What is missing takes its default.

    Without rules the idTypes decide in the order of their configs (contract §0).
    """
    known: dict[str, IdentifierConfig] = {}
    for place, given in enumerate(configs):
        config = _config(given, f"identifierConfigs[{place}]")
        if config.id_type in known:
            raise InvalidInput(f"identifierConfigs[{place}].idType is there twice")
        known[config.id_type] = config
    for place, rule in enumerate(rules or ()):
        if rule not in known:
            raise InvalidInput(f"matchingRules[{place}] names an idType that has no identifierConfig")
    return IdentitySettings(
        identifier_configs=known,
        matching_rules=tuple(dict.fromkeys(rules)) if rules else tuple(known),
        sharing_limit=sharing_limit or limits.SHARING_LIMIT_DEFAULT,
    )


def _config(given: Mapping[str, Any], field: str) -> IdentifierConfig:
    words: dict[str, Any] = {name: _word(given[name], name, field) for name in _WORDS if name in given}
    return IdentifierConfig(**{**given, **words})


def _word(text: str, name: str, field: str) -> str:
    wire_name, allowed = _WORDS[name]
    if text.lower() not in allowed:
        raise InvalidInput(f"{field}.{wire_name} must be one of {', '.join(allowed)}")
    return text.lower()
