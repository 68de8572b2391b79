"""The application: every route, and what surrounds them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from litestar import Litestar, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.static_files import create_static_files_router  # pyright: ignore[reportUnknownVariableType]
from litestar.types import ASGIApp
from openapi_ui_bundles import rapidoc

from regulars import __version__
from regulars.core import limits
from regulars.core.errors import Moved, RegularsError
from regulars.http import health, operations
from regulars.http.auth import (
    provide_conversation_id,
    provide_ctx,
    provide_place,
    provide_profile_id,
    provide_store_id,
    require_principal,
)
from regulars.http.conversations import actions, communications, configurations, conversations, participants
from regulars.http.memory import (
    bulk,
    data_mappings,
    exports,
    identifiers,
    identity_settings,
    imports,
    merges,
    observations,
    profiles,
    recall,
    stores,
    summaries,
    trait_groups,
    traits,
)
from regulars.http.memory.canonical import name_canonical, provide_reading
from regulars.http.problems import (
    on_http_error,
    on_moved,
    on_no_utf8,
    on_regulars_error,
    on_too_deep,
    on_unexpected,
)
from regulars.http.state import provide_runtime
from regulars.http.webhooks import email, messaging, messaging_status, transcription
from regulars.http.wire import Wire
from regulars.runtime import monotonic, new_request_id

API: Final = [
    stores.create,
    stores.list_all,
    stores.fetch,
    stores.update,
    stores.remove,
    identity_settings.fetch,
    identity_settings.replace,
    trait_groups.create,
    trait_groups.list_all,
    trait_groups.fetch,
    trait_groups.update,
    trait_groups.remove,
    data_mappings.create,
    data_mappings.list_all,
    data_mappings.fetch,
    data_mappings.update,
    data_mappings.remove,
    operations.fetch_memory,
    profiles.create,
    profiles.list_all,
    profiles.fetch,
    profiles.modify,
    profiles.remove,
    profiles.lookup,
    identifiers.list_all,
    identifiers.create,
    identifiers.fetch,
    identifiers.modify,
    identifiers.remove,
    exports.export,
    merges.list_all,
    merges.undo,
    bulk.apply,
    imports.create,
    imports.list_all,
    imports.fetch,
    imports.list_problems,
    observations.create,
    observations.list_all,
    observations.fetch,
    observations.modify,
    observations.remove,
    observations.list_revisions,
    summaries.create,
    summaries.list_all,
    summaries.fetch,
    summaries.modify,
    summaries.remove,
    traits.list_all,
    recall.recall,
    operations.fetch_conversations,
    configurations.create,
    configurations.list_all,
    configurations.fetch,
    configurations.replace,
    configurations.modify,
    configurations.remove,
    conversations.create,
    conversations.list_all,
    conversations.fetch,
    conversations.update,
    conversations.modify,
    conversations.remove,
    participants.list_all,
    participants.create,
    participants.fetch,
    participants.update,
    communications.create,
    communications.list_all,
    communications.fetch,
    actions.create,
    actions.fetch,
    email.receive,
]
"""Behind authentication."""

OPEN: Final = [
    health.live,
    health.ready,
    messaging.receive,
    messaging_status.receive,
    transcription.receive,
    imports.receive,
]
"""Without it: probes, webhooks that carry a signature of their own, and uploads under a link that does."""

_ASSETS: Final = "/docs/assets"
_DOCS: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Regulars API</title>
<script type="module" src="{_ASSETS}/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="/openapi.json" render-style="focused" show-header="false" allow-spec-url-load="false"
 load-fonts="false" regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"></rapi-doc>
</body>
</html>"""

_DOCS_POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
)
"""The browser holds the page to what its comment promises."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


@get("/docs", include_in_schema=False, media_type="text/html")
async def docs() -> Response[str]:
    """The reference, from files of an installed package: it loads nothing from the internet."""
    return Response(_DOCS, media_type="text/html", headers={"Content-Security-Policy": _DOCS_POLICY})


def create_app(lifespan: Lifespan) -> ASGIApp:
    """`lifespan` sets `app.state.runtime` before the first request and tears it down after the last."""
    return Wire(_application(lifespan), new_request_id=new_request_id, monotonic=monotonic)


def _application(lifespan: Lifespan) -> Litestar:
    api = Router(
        "/",
        route_handlers=API,
        guards=[require_principal],
        security=[{"basic": []}],
        dependencies={
            "ctx": Provide(provide_ctx, sync_to_thread=False),
            "store": Provide(provide_store_id, sync_to_thread=False),
            "profile": Provide(provide_profile_id, sync_to_thread=False),
            "place": Provide(provide_place, sync_to_thread=False),
            "reading": Provide(provide_reading),
            "conversation": Provide(provide_conversation_id, sync_to_thread=False),
        },
    )
    assets = create_static_files_router(_ASSETS, directories=[rapidoc.static_path], include_in_schema=False)
    return Litestar(
        route_handlers=[api, Router("/", route_handlers=OPEN), docs, assets],
        lifespan=[lifespan],
        dependencies={"rt": Provide(provide_runtime, sync_to_thread=False)},
        exception_handlers={
            Moved: on_moved,
            RegularsError: on_regulars_error,
            HTTPException: on_http_error,
            RecursionError: on_too_deep,
            UnicodeDecodeError: on_no_utf8,
            Exception: on_unexpected,
        },
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, minimum_size=1024),
        before_send=[name_canonical],
        request_max_body_size=limits.BODY_BYTES_MAX,
        openapi_config=_openapi(),
        logging_config=None,
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Regulars",
        version=__version__,
        description="Conversation memory that speaks Twilio's Conversation Memory and Orchestrator protocols.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/",
        render_plugins=[JsonRenderPlugin()],
        components=Components(
            security_schemes={"basic": SecurityScheme(type="http", scheme="basic", description="API key and secret")}
        ),
    )
