"""Which model a setting means, and which it cannot mean."""

import subprocess
import sys

import pytest

from regulars.ai.llm.names import parse
from regulars.core.errors import MisconfiguredError

SECRET = "sk-very-secret"


def named(whole: str, *, key: str | None = None, url: str | None = None, **environment: str):
    return parse(whole, api_key=key, base_url=url, mode=None, environment=environment)


@pytest.mark.parametrize(
    ("whole", "variable", "client"),
    [
        ("openai:gpt-4o-mini", "OPENAI_API_KEY", "openai-chat"),
        ("anthropic:claude-haiku-4-5", "ANTHROPIC_API_KEY", "anthropic"),
        ("google:gemini-2.5-flash", "GEMINI_API_KEY", "google"),
    ],
)
def test_a_vendor_needs_a_key_and_takes_its_own_variable(whole, variable, client):
    with pytest.raises(MisconfiguredError, match="key"):
        named(whole)
    found = named(whole, **{variable: SECRET})
    assert (found.api_key, found.client, found.compatible, found.whole) == (SECRET, client, False, whole)
    assert named(whole, key="other", **{variable: SECRET}).api_key == "other"


def test_ollama_is_on_this_machine_and_needs_no_key():
    found = named("ollama:qwen3:8b")
    assert (found.model, found.base_url, found.compatible) == ("qwen3:8b", "http://localhost:11434/v1", True)


@pytest.mark.parametrize("whole", ["qwen3:8b", "Qwen/Qwen3-8B", "openai:gpt-oss"])
def test_any_name_will_do_for_a_server_of_ones_own(whole):
    found = named(whole, url="http://localhost:8000/v1")
    assert found.compatible
    assert found.model == whole.removeprefix("openai:")
    assert found.client == "openai-chat"


@pytest.mark.parametrize(
    ("whole", "url"), [("gpt-4o", None), ("mistral:large", None), ("openai:", None), ("x", "localhost:8000")]
)
def test_what_cannot_be_asked_is_told_at_the_start(whole, url):
    with pytest.raises(MisconfiguredError, match="model"):
        named(whole, url=url, OPENAI_API_KEY=SECRET)


def test_no_vendors_library_is_loaded_before_the_first_question():
    code = "import sys; from regulars.runtime import Settings, models_of; models_of(Settings(model='ollama:x'));"
    code += "print(sorted({'pydantic_ai', 'pydantic', 'openai', 'anthropic'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_name_shows_no_key():
    assert SECRET not in repr(named("openai:gpt-4o-mini", key=SECRET))
