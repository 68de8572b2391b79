"""Identity resolution settings (contract §2.2)."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, put
from msgspec import Meta as Limits

from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.ids import StoreId
from regulars.core.text import NO_DOTS, whole
from regulars.domain.identity import IdentifierConfig
from regulars.domain.identity_settings import new_settings
from regulars.http.etags import IfMatch, etag, require_match
from regulars.http.memory.common import IdType
from regulars.http.operations import OperationAccepted, accepted
from regulars.http.problems import PROBLEMS
from regulars.runtime import Runtime
from regulars.services import identity_settings as service
from regulars.storage import identity_settings

_URL: Final = "/v1/ControlPlane/Stores/{store_id:str}/IdentityResolutionSettings"

Threshold = Annotated[int, Limits(ge=limits.MATCHING_THRESHOLD_MIN, le=limits.MATCHING_THRESHOLD_MAX)]
ValuesLimit = Annotated[int, Limits(ge=1, le=limits.IDENTIFIER_VALUES_PER_TYPE_MAX)]
SharingLimit = Annotated[int, Limits(ge=1, le=limits.SHARING_LIMIT_MAX)]


NewIdType = Annotated[IdType, Limits(pattern=whole(NO_DOTS + r"[^/\s]+"))]
"""It becomes a part of addresses: no slash, no blank."""


class IdentifierConfigIn(msgspec.Struct, frozen=True, rename="camel"):
    """The words for algorithm, policy and normalization count in any case."""

    id_type: NewIdType
    matching_algo: str | None = None
    matching_threshold: Threshold | None = None
    limit: ValuesLimit | None = None
    limit_policy: str | None = None
    enforce_unique: bool | None = None
    normalization: str | None = None


class PutIdentitySettings(msgspec.Struct, frozen=True, rename="camel"):
    """Without `matchingRules` the idTypes decide in the order in which they stand here. `sharingLimit` is ours."""

    identifier_configs: Annotated[
        list[IdentifierConfigIn], Limits(min_length=1, max_length=limits.IDENTITY_TYPES_PER_STORE_MAX)
    ]
    matching_rules: Annotated[list[IdType], Limits(min_length=1, max_length=limits.MATCHING_RULES_MAX)] | None = None
    sharing_limit: SharingLimit | None = None


class IdentitySettingsResource(msgspec.Struct, frozen=True, rename="camel"):
    identifier_configs: list[IdentifierConfig]
    matching_rules: list[str]
    sharing_limit: int
    version: int


@get(_URL, responses=PROBLEMS, tags=["Identity resolution"], summary="Fetch the identity resolution settings")
async def fetch(rt: Runtime, store: StoreId) -> Response[IdentitySettingsResource]:
    async with rt.db.read() as tx:
        found = await identity_settings.fetch(tx, store)
    body = IdentitySettingsResource(
        identifier_configs=list(found.identifier_configs.values()),
        matching_rules=list(found.matching_rules),
        sharing_limit=found.sharing_limit,
        version=found.version,
    )
    return Response(body, headers={"ETag": etag(store, found.version)})


@put(
    _URL,
    status_code=202,
    responses=PROBLEMS,
    tags=["Identity resolution"],
    summary="Replace the identity resolution settings",
)
async def replace(
    request: Request[Any, Any, Any],
    rt: Runtime,
    ctx: Ctx,
    store: StoreId,
    data: PutIdentitySettings,
    if_match: IfMatch = None,
) -> Response[OperationAccepted]:
    settings = new_settings(
        [_given(config) for config in data.identifier_configs], data.matching_rules, data.sharing_limit
    )
    started = await rt.db.write(
        lambda tx: service.put(
            tx, ctx, store, settings, require_version=lambda version: require_match(if_match, store, version)
        )
    )
    return accepted(request, started, "Identity Resolution Settings accepted for processing.")


def _given(config: IdentifierConfigIn) -> dict[str, Any]:
    """What was said about an idType; null is not."""
    return {name: value for name, value in msgspec.structs.asdict(config).items() if value is not None}
