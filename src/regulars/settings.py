"""The server's settings, read once. Flags win over the environment, the environment over the TOML file."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import platformdirs
from msgspec import Meta

from regulars.core.errors import MisconfiguredError

_PREFIX: Final = "REGULARS_"

AtLeastOne = Annotated[int, Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each field is the flag `--data-dir`, the variable `REGULARS_DATA_DIR` and the key `data_dir` of the file.

    Durations end in `_s` (seconds), sizes in `_bytes` or `_mb`.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    data_dir: str = str(platformdirs.user_data_path("regulars"))
    database_url: str | None = None
    """An existing PostgreSQL, 14 or newer. Without it an embedded one runs in the data directory."""
    processes: AtLeastOne = 1
    worker: bool = True
    """Whether `serve` runs jobs and timers too; without it, run `regulars worker` beside it."""
    account_sid: str | None = None
    auth_token: str | None = None
    """Together with `account_sid`: an account that is made sure of at the start."""
    secret_key: str | None = None
    """Seals auth tokens in the database. Without it, one is kept in the data directory."""
    public_url: str | None = None
    """Where the outside world finds this server, when a proxy hides it: webhook signatures cover the address."""
    database_connections: AtLeastOne = 8
    """At most so many for writing and as many for reading, in each process."""
    recall_cache_mb: Annotated[int, Meta(ge=0)] = 1024
    """Of each web process, as far as it is needed. A profile that alone exceeds it is read anew at every recall: one of
    100,000 memories takes about 560."""
    recall_end_inclusive: bool = True
    """Whether `endDate` of a recall includes its instant (contract §8b U1)."""
    merged_profile_gets: Literal["transparent", "redirect"] = "transparent"
    """Whether a GET of a merged profile is answered by its canonical profile, or with 301 as the contract's writes are
    with 308 (§1.7). The official SDKs turn a 301 into an empty object."""
    lifecycle_interval_s: Annotated[float, Meta(gt=0)] = 5.0
    """How often conversations whose timers ran out are looked for."""
    development: bool = False
    """Lets status callbacks reach this machine itself; elsewhere they reach public addresses only."""
    callback_networks: str = ""
    """Networks (CIDR, separated by commas) that we may call although they are not public."""
    callbacks_keep_days: AtLeastOne = 30
    """For so long a callback that has ended stays listed and can be sent again."""
    messages_api_url: str | None = None
    """Where messages are sent, instead of https://api.twilio.com. Without it only accounts that were imported, with a
    SID and token of Twilio's, can send."""
    read_receipts: bool = False
    """Whether deliveryStatus READ is told; else such a message stays DELIVERED. Agent Connect 2.5.0 drops a whole list
    for one READ in it (contract §8a Q19)."""
    model: str | None = None
    """The language model that reads conversations, such as `openai:gpt-4o-mini`, `anthropic:…`, `google:…` or
    `ollama:qwen3` (docs/models.md). Without one, rules do."""
    model_api_key: str | None = None
    """Its key, unless the vendor's own variable has it (OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY)."""
    model_base_url: str | None = None
    """Another server that speaks OpenAI's protocol, such as vLLM, llama.cpp or a gateway; ends in `/v1` mostly."""
    model_output: Literal["schema", "tool", "prompt"] | None = None
    """How the form of the answer is asked for, when what suits most servers does not suit this one."""
    model_timeout_s: Annotated[float, Meta(gt=0)] = 60.0
    """For one answer, with all the tries that it takes."""
    model_patience_s: Annotated[float, Meta(ge=0)] = 3600.0
    """For so long a conversation waits for a model that does not answer; then the rules serve."""
    model_input_tokens_max: Annotated[int, Meta(ge=1000)] = 12_000
    """In one question, by a cautious estimate. A longer conversation is read in several windows."""
    model_output_tokens_max: Annotated[int, Meta(ge=100)] = 4_000
    model_calls_max: AtLeastOne = 8
    """Windows of one conversation; of a longer one the newest are read."""
    log_format: Literal["console", "json"] = "console"

    def __repr__(self) -> str:
        """Without the values: some are secrets."""
        return "Settings(…)"

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).expanduser().resolve()


def load(flags: Mapping[str, object], *, config: Path | None) -> Settings:
    """`flags` that are None were not given. Raises MisconfiguredError naming the setting that is wrong."""
    merged = {**_file(config), **_environment(), **{k: v for k, v in flags.items() if v is not None}}
    try:
        return msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise MisconfiguredError(f"A setting is wrong: {error}") from None


def _environment() -> dict[str, Any]:
    named = {name: _PREFIX + name.upper() for name in Settings.__struct_fields__}
    return {name: os.environ[variable] for name, variable in named.items() if os.environ.get(variable)}


def _file(config: Path | None) -> dict[str, Any]:
    named = os.environ.get(_PREFIX + "CONFIG")
    path = config or (Path(named) if named else None)
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise MisconfiguredError(f"There is no configuration file {path}") from None
    except OSError as error:
        raise MisconfiguredError(f"The configuration file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MisconfiguredError(f"{path} is not valid TOML: {error}") from None
