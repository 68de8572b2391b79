"""The endpoints of the contract, which of them the application has, and the tests that prove it: docs/api-coverage.md.

A test says what it proves, and `tests/contract/conftest.py` sees to it that it really asks for that and succeeds:

    @pytest.mark.endpoint("PUT /v1/Stores/{storeId}/Profiles/Bulk")

`make docs` writes the file anew. The markers are read from the source; nothing needs to run.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from regulars.http.app import _application

ROOT: Final = Path(__file__).resolve().parent.parent
TESTS: Final = ROOT / "tests" / "contract"
TABLE: Final = ROOT / "docs" / "api-coverage.md"

_STORES: Final = "/v1/ControlPlane/Stores"
_STORE: Final = _STORES + "/{storeId}"
_PROFILES: Final = "/v1/Stores/{storeId}/Profiles"
_PROFILE: Final = _PROFILES + "/{profileId}"

MEMORY: Final = (
    f"POST {_STORES}",
    f"GET {_STORES}",
    f"GET {_STORE}",
    f"PATCH {_STORE}",
    f"DELETE {_STORE}",
    f"GET {_STORE}/IdentityResolutionSettings",
    f"PUT {_STORE}/IdentityResolutionSettings",
    f"POST {_STORE}/TraitGroups",
    f"GET {_STORE}/TraitGroups",
    f"GET {_STORE}/TraitGroups/{{traitGroupName}}",
    f"PATCH {_STORE}/TraitGroups/{{traitGroupName}}",
    f"DELETE {_STORE}/TraitGroups/{{traitGroupName}}",
    f"POST {_STORE}/DataMappings",
    f"GET {_STORE}/DataMappings",
    f"GET {_STORE}/DataMappings/{{dataMappingId}}",
    f"PATCH {_STORE}/DataMappings/{{dataMappingId}}",
    f"DELETE {_STORE}/DataMappings/{{dataMappingId}}",
    "GET /v1/ControlPlane/Operations/{operationId}",
    f"POST {_PROFILES}",
    f"GET {_PROFILES}",
    f"GET {_PROFILE}",
    f"PATCH {_PROFILE}",
    f"DELETE {_PROFILE}",
    f"GET {_PROFILE}/Traits",
    f"PUT {_PROFILES}/Bulk",
    f"POST {_PROFILES}/Imports",
    f"GET {_PROFILES}/Imports",
    f"GET {_PROFILES}/Imports/{{importId}}",
    f"POST {_PROFILES}/Lookup",
    f"GET {_PROFILE}/Identifiers",
    f"POST {_PROFILE}/Identifiers",
    f"GET {_PROFILE}/Identifiers/{{idType}}",
    f"PATCH {_PROFILE}/Identifiers/{{idType}}",
    f"DELETE {_PROFILE}/Identifiers/{{idType}}",
    f"POST {_PROFILE}/Observations",
    f"GET {_PROFILE}/Observations",
    f"GET {_PROFILE}/Observations/{{observationId}}",
    f"PATCH {_PROFILE}/Observations/{{observationId}}",
    f"DELETE {_PROFILE}/Observations/{{observationId}}",
    f"GET {_PROFILE}/Observations/{{observationId}}/Revisions",
    f"POST {_PROFILE}/ConversationSummaries",
    f"GET {_PROFILE}/ConversationSummaries",
    f"GET {_PROFILE}/ConversationSummaries/{{summaryId}}",
    f"PATCH {_PROFILE}/ConversationSummaries/{{summaryId}}",
    f"DELETE {_PROFILE}/ConversationSummaries/{{summaryId}}",
    f"POST {_PROFILE}/Recall",
)
"""Contract §2."""

_CONFIGURATIONS: Final = "/v2/ControlPlane/Configurations"
_CONVERSATIONS: Final = "/v2/Conversations"
_CONVERSATION: Final = _CONVERSATIONS + "/{conversationId}"

ORCHESTRATOR: Final = (
    f"POST {_CONFIGURATIONS}",
    f"GET {_CONFIGURATIONS}",
    f"GET {_CONFIGURATIONS}/{{configurationId}}",
    f"PUT {_CONFIGURATIONS}/{{configurationId}}",
    f"PATCH {_CONFIGURATIONS}/{{configurationId}}",
    f"DELETE {_CONFIGURATIONS}/{{configurationId}}",
    "GET /v2/ControlPlane/Operations/{operationId}",
    f"POST {_CONVERSATIONS}",
    f"GET {_CONVERSATIONS}",
    f"GET {_CONVERSATION}",
    f"PUT {_CONVERSATION}",
    f"PATCH {_CONVERSATION}",
    f"DELETE {_CONVERSATION}",
    f"POST {_CONVERSATION}/Participants",
    f"GET {_CONVERSATION}/Participants",
    f"GET {_CONVERSATION}/Participants/{{participantId}}",
    f"PUT {_CONVERSATION}/Participants/{{participantId}}",
    f"POST {_CONVERSATION}/Communications",
    f"GET {_CONVERSATION}/Communications",
    f"GET {_CONVERSATION}/Communications/{{communicationId}}",
    f"POST {_CONVERSATION}/Actions",
    f"GET {_CONVERSATION}/Actions/{{actionId}}",
)
"""Contract §3."""

CONTRACT: Final = MEMORY + ORCHESTRATOR


_ABOUT: Final = """\
Written by `make docs` from the routes of the application and the tests in `tests/contract`; a test fails when it is
out of date. Each proof is a test that sends the request with an official client to a running server and looks at what
comes of it; beside them, [sdk_methods](../tests/contract/test_sdk_methods.py) calls every method that the Python SDK
has for the Memory API."""


@dataclass(frozen=True, order=True)
class Proof:
    """A test and what it says that it proves. `module` is the name of its file without the ending."""

    module: str
    test: str
    endpoint: str

    @property
    def by_the_sdk(self) -> bool:
        return self.module.startswith("test_sdk_")


class BadMarkerError(ValueError):
    pass


# What the application has


def routes() -> dict[str, str]:
    """Every `METHOD /path` of the two APIs that the application answers, with its summary."""
    handlers = [
        (_camel(route.path_format), method, handler)
        for route in _litestar().routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
    ]
    return {
        f"{method} {path}": str(handler.summary)
        for path, method, handler in handlers
        if method not in {"HEAD", "OPTIONS"} and path.startswith(("/v1/", "/v2/"))
    }


def shape(endpoint: str) -> str:
    """An endpoint whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", endpoint)


def endpoint_of(method: str, path: str, endpoints: Iterable[str] = CONTRACT) -> str | None:
    """The endpoint that a request goes to. One without parameters comes before one with: `Profiles/Bulk` is no id."""
    fitting = [one for one in endpoints if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", one), f"{method} {path}")]
    return min(fitting, key=lambda one: one.count("{"), default=None)


def _litestar() -> Litestar:
    @asynccontextmanager
    async def nothing(_: Litestar):
        yield

    return _application(nothing)


def _camel(path: str) -> str:
    """`/Stores/{store_id:str}` as the contract writes it."""
    plain = re.sub(r":\w+\}", "}", path)
    return re.sub(r"\{(\w+)\}", lambda match: "{" + re.sub(r"_(\w)", lambda m: m[1].upper(), match[1]) + "}", plain)


# What the tests prove


def proofs(folder: Path = TESTS) -> list[Proof]:
    return sorted(
        proof
        for path in folder.glob("test_*.py")
        for proof in proofs_in(path.stem, ast.parse(path.read_text("utf-8"), str(path)))
    )


def proofs_in(module: str, tree: ast.Module) -> Iterator[Proof]:
    """Raises BadMarkerError for a marker of something else than endpoints of the contract, written out."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for marker in function.decorator_list:
            if ast.unparse(marker).startswith("pytest.mark.endpoint"):
                yield from (Proof(module, function.name, endpoint) for endpoint in _endpoints(module, marker))


def _endpoints(module: str, marker: ast.expr) -> list[str]:
    arguments = marker.args if isinstance(marker, ast.Call) else []
    named = [one.value if isinstance(one, ast.Constant) else None for one in arguments]
    for endpoint in named or [None]:
        if endpoint not in CONTRACT:
            raise BadMarkerError(f"{module}.py:{marker.lineno}: {endpoint} is no endpoint of the contract")
    return [str(endpoint) for endpoint in named]


def unproven(found: Collection[Proof], answered: Iterable[str]) -> list[str]:
    """What the application has and no test with the official SDK proves."""
    known = {shape(one) for one in answered}
    proven = {proof.endpoint for proof in found if proof.by_the_sdk}
    return [one for one in CONTRACT if shape(one) in known and one not in proven]


# The table


def render(answered: Mapping[str, str], found: Sequence[Proof]) -> str:
    known = {shape(one) for one in answered}
    extensions = [one for one in answered if shape(one) not in {shape(endpoint) for endpoint in CONTRACT}]
    return "\n".join(
        [
            "# What of the API is here",
            "",
            _ABOUT,
            "",
            f"## Conversation Memory, `/v1`: {_counted(MEMORY, known)}",
            "",
            *_table(MEMORY, known, found),
            "",
            "## Added under `/v1`",
            "",
            "Not in Twilio's protocol; [extensions.md](extensions.md) tells more.",
            "",
            "| endpoint | what it does |",
            "|---|---|",
            *(f"| `{one}` | {answered[one]} |" for one in sorted(extensions, key=_by_path)),
            "",
            f"## Conversation Orchestrator, `/v2`: {_counted(ORCHESTRATOR, known)}",
            "",
            *_table(ORCHESTRATOR, known, found),
            "",
        ]
    )


def _table(endpoints: Sequence[str], known: Collection[str], found: Sequence[Proof]) -> list[str]:
    rows = [f"| `{one}` | {'yes' if shape(one) in known else 'not yet'} | {_proven(one, found)} |" for one in endpoints]
    return ["| endpoint | implemented | proven by |", "|---|---|---|", *rows]


def _counted(endpoints: Collection[str], known: Collection[str]) -> str:
    return f"{sum(shape(one) in known for one in endpoints)} of {len(endpoints)}"


def _proven(endpoint: str, found: Iterable[Proof]) -> str:
    by_module: dict[str, list[str]] = {}
    for proof in found:
        if proof.endpoint == endpoint:
            by_module.setdefault(proof.module, []).append(proof.test.removeprefix("test_").replace("_", " "))
    return "; ".join(
        f"[{module.removeprefix('test_')}](../tests/contract/{module}.py): {', '.join(tests)}"
        for module, tests in by_module.items()
    )


def _by_path(endpoint: str) -> tuple[str, str]:
    method, path = endpoint.split()
    return path, method


if __name__ == "__main__":
    TABLE.write_text(render(routes(), proofs()), "utf-8")
