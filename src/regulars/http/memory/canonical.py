"""Profiles that were merged into another: who answers in their place (contract §1.7)."""

from typing import Any, Final

from litestar import Request
from litestar.types import Message, Scope

from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.runtime import Runtime
from regulars.storage import profiles

CANONICAL_HEADER: Final = "Canonical-Profile-Id"
_STATE_KEY: Final = "canonical_profile_id"


async def provide_reading(
    request: Request[Any, Any, Any], rt: Runtime, store: StoreId, profile: ProfileId
) -> ProfileId:
    """The profile that a GET reads: the one in the address, or the canonical one that it was merged into.

    Raises Moved instead when the settings ask for redirects.
    """
    async with rt.db.read() as tx:
        place = await profiles.fetch_place(tx, store, profile)
    if place is None:
        raise NotFound(f"There is no profile {profile} in this store")
    if place.merged_into is None:
        return profile
    if rt.settings.merged_profile_gets == "redirect":
        raise Moved(profile, place.merged_into)
    request.scope["state"][_STATE_KEY] = place.merged_into
    return ProfileId(place.merged_into)


async def name_canonical(message: Message, scope: Scope) -> None:
    """Adds the header to the answer of a GET that was served by another profile than it named."""
    canonical_id = scope["state"].get(_STATE_KEY)
    if canonical_id is not None and message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (CANONICAL_HEADER.lower().encode(), canonical_id.encode())]
