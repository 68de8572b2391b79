"""The vendors, through pydantic-ai. Loading it takes a second, so only `Caller` does, before the first question."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UserError,
)
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from regulars.ai.llm.asking import Answer, AskError, Mode, Question, Trouble
from regulars.ai.llm.names import ModelName

_PROMPTED: Final = "Answer with one JSON value and nothing else, after this JSON schema:\n"
_NO_KEY: Final = "none"
"""Servers of one's own often want no key, and the clients insist on one."""


class VendorAsker:
    """Implements `Asker`."""

    def __init__(self, name: ModelName) -> None:
        self._model = _model(name)
        self._compatible = name.compatible
        self._mode: Mode = name.mode or ("schema" if self._model.profile.get("supports_json_schema_output") else "tool")

    async def ask(self, question: Question, *, output_tokens_max: int, timeout_s: float) -> Answer:
        instructions = question.instructions
        if self._mode == "prompt":
            instructions += f"\n\n{_PROMPTED}{msgspec.json.encode(question.schema).decode()}"
        try:
            response = await model_request(
                self._model,
                [ModelRequest.user_text_prompt(question.data, instructions=instructions)],
                model_settings=self._settings(question, output_tokens_max, timeout_s),
                model_request_parameters=_parameters(question, self._mode),
            )
        except (AgentRunError, UserError, OSError, ValueError) as error:
            retry_after = error.retry_after if isinstance(error, ModelAPIError) else None
            raise AskError(_trouble(error), retry_after_s=retry_after) from None
        return _answer(response)

    def _settings(self, question: Question, output_tokens_max: int, timeout_s: float) -> ModelSettings:
        """`Caller` tries again, not the client. Servers of one's own hold a model to a tool only when it is named."""
        settings = ModelSettings(max_tokens=output_tokens_max, request_timeout=timeout_s, max_retries=0)
        if not cast("Mapping[str, Any]", self._model.profile).get("openai_supports_reasoning"):
            settings["temperature"] = 0.0  # those that reason refuse it
        if self._mode == "tool" and self._compatible:
            settings["extra_body"] = {"tool_choice": {"type": "function", "function": {"name": question.name}}}
        return settings

    async def close(self) -> None:
        if self._model.provider is not None:
            async with self._model.provider:
                """Leaving closes the connections."""


def _model(name: ModelName) -> Model:
    def provider(kind: str) -> Provider[Any]:
        if name.compatible:
            return OpenAICompatibleProvider(
                name.vendor,
                base_url=name.base_url or "",
                api_key=name.api_key or _NO_KEY,
                profile=OpenAIModelProfile(
                    supports_json_schema_output=True,
                    openai_chat_supports_max_completion_tokens=name.vendor == "openai",
                ),
            )
        make: Any = infer_provider_class(kind)
        addressed = {"base_url": name.base_url} if name.base_url else {}
        return make(api_key=name.api_key or _NO_KEY, **addressed)

    return infer_model(f"{name.client}:{name.model}", provider)


def _parameters(question: Question, mode: Mode) -> ModelRequestParameters:
    schema = dict(question.schema)
    if mode == "schema":
        shape = OutputObjectDefinition(json_schema=schema, name=question.name, strict=True)
        return ModelRequestParameters(output_mode="native", output_object=shape)
    if mode == "tool":
        tool = ToolDefinition(name=question.name, parameters_json_schema=schema, kind="output")
        return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
    return ModelRequestParameters(output_mode="text")


def _answer(response: ModelResponse) -> Answer:
    tokens = (response.usage.input_tokens, response.usage.output_tokens)
    if response.finish_reason in {"length", "content_filter", "error"}:
        raise AskError("unusable", tokens=tokens)
    for said in _said(response):
        value = _decoded(said)
        if value is not None:
            return Answer(value, *tokens)
    raise AskError("unusable", tokens=tokens)


def _said(response: ModelResponse) -> Iterator[str]:
    """A call of the tool before words: some models do both."""
    for part in response.parts:
        if isinstance(part, ToolCallPart):
            yield part.args_as_json_str()
    yield "".join(part.content for part in response.parts if isinstance(part, TextPart))


def _decoded(said: str) -> dict[str, Any] | None:
    """Models like to put a fence around JSON, or a word before it."""
    start, end = said.find("{"), said.rfind("}")
    try:
        return msgspec.json.decode(said[start : end + 1], type=dict[str, Any]) if start >= 0 else None
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


_TROUBLES: Final[tuple[tuple[type[Exception], Trouble], ...]] = (
    (ModelTimeoutError, "timeout"),
    (ModelRequestTimeout, "timeout"),
    (TimeoutError, "timeout"),
    (ModelConnectionError, "unreachable"),
    (OSError, "unreachable"),
    (ModelRateLimitError, "busy"),
    (ModelQuotaExceededError, "busy"),
    (ModelAuthenticationError, "credentials"),
    (UserError, "credentials"),
    (ModelNotFoundError, "model"),
    (ModelRequestRejectedError, "rejected"),
    (ModelHTTPError, "server"),
)
"""The first that fits; what fits none is an answer that nobody can use."""


def _trouble(error: Exception) -> Trouble:
    for kind, trouble in _TROUBLES:
        if isinstance(error, kind):
            return trouble
    return "unusable"
