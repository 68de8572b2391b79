"""Which model is meant: `openai:gpt-4o-mini`, `ollama:qwen3`, or any name with a base URL that speaks OpenAI's way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from regulars.ai.llm.asking import Mode
from regulars.core.errors import MisconfiguredError

_OLLAMA_URL: Final = "http://localhost:11434/v1"
_COMPATIBLE: Final = frozenset({"openai", "ollama"})
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "ollama": ("OLLAMA_API_KEY",),
}
"""Each vendor's own variables, of which the first that is set counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelName:
    """`whole` is what the operator wrote and what is stored with each observation. `compatible`: somebody else's server
    that speaks OpenAI's protocol."""

    whole: str
    vendor: str
    model: str
    api_key: str | None
    base_url: str | None
    compatible: bool
    mode: Mode | None

    @property
    def client(self) -> str:
        """Which of pydantic-ai's models speaks to it."""
        return "openai-chat" if self.compatible or self.vendor == "openai" else self.vendor

    def __repr__(self) -> str:
        """Without the key."""
        return f"ModelName({self.whole!r})"


def parse(
    whole: str, *, api_key: str | None, base_url: str | None, mode: Mode | None, environment: Mapping[str, str]
) -> ModelName:
    """Raises MisconfiguredError for what cannot be asked."""
    vendor, colon, model = whole.partition(":")
    if not (colon and vendor in _KEYS):
        if base_url is None:
            raise MisconfiguredError(
                "The setting `model` names no vendor that is known. Write openai:, anthropic:, google: or ollama:"
                " before the model's name, or set `model_base_url` to a server that speaks OpenAI's protocol."
            )
        vendor, model = "compatible", whole
    if not model.strip():
        raise MisconfiguredError(f"The setting `model` names no model after {vendor}:")
    if base_url is not None and not base_url.startswith(("http://", "https://")):
        raise MisconfiguredError("The setting `model_base_url` must begin with http:// or https://")
    base_url = base_url or (_OLLAMA_URL if vendor == "ollama" else None)
    own = next((environment[name] for name in _KEYS.get(vendor, ()) if environment.get(name)), None)
    if (api_key or own or base_url) is None:
        raise MisconfiguredError(f"A model of {vendor} needs a key: set `model_api_key` or {_KEYS[vendor][0]}.")
    return ModelName(
        whole=whole,
        vendor=vendor,
        model=model,
        api_key=api_key or own,
        base_url=base_url,
        compatible=base_url is not None and vendor in _COMPATIBLE | {"compatible"},
        mode=mode,
    )
