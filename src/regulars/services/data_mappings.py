"""Data mappings."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from regulars.core import ids
from regulars.core.context import Ctx
from regulars.core.errors import InvalidInput, NotFound
from regulars.core.ids import StoreId
from regulars.domain.mappings import DataMapping, MappingDocument, MappingSource, TraitMapping, check_source, declared
from regulars.services.operations import Started, start
from regulars.storage import data_mappings, trait_groups
from regulars.storage.db import Tx


async def create(tx: Tx, ctx: Ctx, store_id: StoreId, *, display_name: str, document: MappingDocument) -> Started:
    check_source(document.source)
    mapping = DataMapping(
        data_mapping_id=ctx.mint(ids.DATA_MAPPING),
        display_name=display_name,
        document=msgspec.structs.replace(document, mappings=await _declared(tx, store_id, document.mappings)),
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    await data_mappings.insert(tx, store_id, mapping)
    return await start(tx, ctx, mapping.data_mapping_id)


async def patch(
    tx: Tx,
    ctx: Ctx,
    store_id: StoreId,
    data_mapping_id: str,
    *,
    display_name: str | None,
    description: str | None,
    is_enabled: bool | None,
    source: MappingSource | None,
    mappings: Sequence[TraitMapping] | None,
    require_version: Callable[[int], None],
) -> Started:
    """What is None stays; `mappings` are replaced as a whole. `source` can only be what it is already."""
    current = await data_mappings.lock(tx, store_id, data_mapping_id)
    if current is None:
        raise unknown(data_mapping_id)
    require_version(current.version)
    old = current.document
    if source is not None and source != old.source:
        raise InvalidInput("mappingFrom cannot be changed. Create another data mapping.")
    document = msgspec.structs.replace(
        old,
        description=old.description if description is None else description,
        is_enabled=old.is_enabled if is_enabled is None else is_enabled,
        mappings=old.mappings if mappings is None else await _declared(tx, store_id, mappings),
    )
    name = current.display_name if display_name is None else display_name
    changed = replace(current, display_name=name, document=document, version=current.version + 1, updated_at=ctx.now)
    await data_mappings.update(tx, store_id, changed)
    return await start(tx, ctx, data_mapping_id)


async def delete(tx: Tx, ctx: Ctx, store_id: StoreId, data_mapping_id: str) -> Started:
    if not await data_mappings.delete(tx, store_id, data_mapping_id):
        raise unknown(data_mapping_id)
    return await start(tx, ctx, data_mapping_id)


def unknown(data_mapping_id: str) -> NotFound:
    return NotFound(f"There is no data mapping {data_mapping_id}", code=520048)


async def _declared(tx: Tx, store_id: StoreId, mappings: Sequence[TraitMapping]) -> tuple[TraitMapping, ...]:
    return declared(mappings, await trait_groups.list_all(tx, store_id))
