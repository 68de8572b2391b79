"""One question to one model: what every vendor's client is brought to.

Nothing here imports a vendor's library: `vendors` does, and is loaded when the first question is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Mode = Literal["schema", "tool", "prompt"]
"""How the form of the answer is asked for: the vendor holds the model to a JSON schema, the model calls a tool, or the
schema stands in the instructions."""

Trouble = Literal["unreachable", "timeout", "busy", "server", "credentials", "model", "rejected", "unusable"]
"""Why there is no answer. "unusable": there was one, which was empty, cut off, refused or not what was asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """`data` is one JSON value, and all that comes from a customer. `schema` is the JSON schema of the answer."""

    name: str
    instructions: str
    data: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    value: Mapping[str, Any]
    input_tokens: int
    output_tokens: int


class AskError(Exception):
    """`retry_after_s` is what the vendor asked for. It carries no text of the vendor's: that may quote customers."""

    def __init__(
        self, trouble: Trouble, *, retry_after_s: float | None = None, tokens: tuple[int, int] = (0, 0)
    ) -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble
        self.retry_after_s = retry_after_s
        self.tokens = tokens

    @property
    def passes(self) -> bool:
        """Whether the same question may be answered in a moment."""
        return self.trouble in {"unreachable", "timeout", "busy", "server"}


class Asker(Protocol):
    async def ask(self, question: Question, *, output_tokens_max: int, timeout_s: float) -> Answer:
        """One request, not repeated. Raises AskError."""
        ...

    async def close(self) -> None: ...
