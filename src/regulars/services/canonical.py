"""Whether a profile is there to be written to, or who answers in its place."""

from regulars.core.errors import Moved, NotFound
from regulars.core.ids import ProfileId, StoreId
from regulars.storage import profiles
from regulars.storage.db import Tx


async def require(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> None:
    """Raises NotFound, or Moved for one that was merged."""
    place = await profiles.fetch_place(tx, store_id, profile_id)
    if place is None or place.merged_into is not None:
        raise await gone(tx, store_id, profile_id)


async def require_memory_version(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> int:
    """The next version of the profile's memory; holds the profile until the transaction ends."""
    version = await profiles.next_memory_version(tx, store_id, profile_id)
    if version is None:
        raise await gone(tx, store_id, profile_id)
    return version


async def gone(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> Moved | NotFound:
    """Why a profile cannot be written to."""
    place = await profiles.fetch_place(tx, store_id, profile_id)
    if place is None or place.merged_into is None:
        return NotFound(f"There is no profile {profile_id} in this store")
    return Moved(profile_id, place.merged_into)


async def followed(tx: Tx, store_id: StoreId, profile_id: ProfileId) -> ProfileId | None:
    """The profile that answers for this one, which may be itself. None when there is none."""
    place = await profiles.fetch_place(tx, store_id, profile_id)
    return None if place is None else ProfileId(place.merged_into or profile_id)
