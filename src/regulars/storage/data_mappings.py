"""Data mappings."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from regulars.core.errors import Conflict
from regulars.core.ids import StoreId
from regulars.core.page import Order
from regulars.domain.mappings import DataMapping, MappingDocument
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("data_mappings")


async def insert(tx: Tx, store_id: StoreId, mapping: DataMapping) -> None:
    try:
        await tx.run(
            SQL["insert_data_mapping"],
            store_id=store_id,
            data_mapping_id=mapping.data_mapping_id,
            display_name=mapping.display_name,
            source_type=mapping.document.source.type,
            document=Jsonb(mapping.document),
            version=mapping.version,
            created_at=mapping.created_at,
            updated_at=mapping.updated_at,
        )
    except UniqueViolation:
        raise _taken(mapping) from None


async def fetch(tx: Tx, store_id: StoreId, data_mapping_id: str) -> DataMapping | None:
    return await tx.maybe(SQL["fetch_data_mapping"], _data_mapping, store_id=store_id, data_mapping_id=data_mapping_id)


async def lock(tx: Tx, store_id: StoreId, data_mapping_id: str) -> DataMapping | None:
    return await tx.maybe(SQL["lock_data_mapping"], _data_mapping, store_id=store_id, data_mapping_id=data_mapping_id)


async def list_page(
    tx: Tx, store_id: StoreId, order: Order, key: str, limit: int, *, source_type: str | None = None
) -> list[DataMapping]:
    return await tx.all(
        SQL[f"list_data_mappings.{order}"],
        _data_mapping,
        store_id=store_id,
        key=key,
        limit=limit,
        source_type=source_type,
    )


async def list_ingress(tx: Tx, store_id: StoreId) -> list[DataMapping]:
    """Those that apply to data which is sent in, and are enabled; the oldest first."""
    found = await tx.all(SQL["list_ingress_mappings"], _data_mapping, store_id=store_id)
    return [mapping for mapping in found if mapping.document.is_enabled]


async def update(tx: Tx, store_id: StoreId, mapping: DataMapping) -> None:
    try:
        await tx.run(
            SQL["update_data_mapping"],
            store_id=store_id,
            data_mapping_id=mapping.data_mapping_id,
            display_name=mapping.display_name,
            document=Jsonb(mapping.document),
            version=mapping.version,
            updated_at=mapping.updated_at,
        )
    except UniqueViolation:
        raise _taken(mapping) from None


async def delete(tx: Tx, store_id: StoreId, data_mapping_id: str) -> bool:
    """False when there was none."""
    return bool(await tx.run(SQL["delete_data_mapping"], store_id=store_id, data_mapping_id=data_mapping_id))


async def delete_all(tx: Tx, store_id: StoreId) -> None:
    await tx.run(SQL["delete_data_mappings"], store_id=store_id)


def _taken(mapping: DataMapping) -> Conflict:
    return Conflict(f"A data mapping named {mapping.display_name!r} exists already")


def _data_mapping(
    data_mapping_id: str,
    display_name: str,
    document: dict[str, Any],
    version: int,
    created_at: datetime,
    updated_at: datetime,
) -> DataMapping:
    return DataMapping(
        data_mapping_id=data_mapping_id,
        display_name=display_name,
        document=msgspec.convert(document, MappingDocument),
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
