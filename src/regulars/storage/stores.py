"""Stores with their identity settings and trait groups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from regulars.core.errors import Conflict
from regulars.core.ids import StoreId
from regulars.core.page import Order
from regulars.domain.identity import IdentifierConfig, IdentitySettings
from regulars.domain.stores import Store
from regulars.domain.traits import TraitDefinition, TraitGroup
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("stores")


async def insert(tx: Tx, store: Store, account_sid: str) -> None:
    try:
        await tx.run(
            SQL["insert_store"],
            store_id=store.store_id,
            account_sid=account_sid,
            display_name=store.display_name,
            description=store.description,
            now=store.created_at,
        )
    except UniqueViolation:
        raise Conflict(f"A store named {store.display_name!r} exists already", code=520045) from None


async def lock_account(tx: Tx, account_sid: str) -> None:
    await tx.run(SQL["lock_account"], account_sid=account_sid)


async def count(tx: Tx, account_sid: str) -> int:
    return await tx.value(SQL["count_stores"], account_sid=account_sid)


async def fetch(tx: Tx, account_sid: str, store_id: str) -> Store | None:
    return await tx.maybe(SQL["fetch_store"], Store, account_sid=account_sid, store_id=store_id)


async def list_ids(tx: Tx, account_sid: str, order: Order, key: str, limit: int) -> list[str]:
    return await tx.column(SQL[f"list_store_ids.{order}"], account_sid=account_sid, key=key, limit=limit)


async def fetch_account_sid(tx: Tx, store_id: StoreId) -> str:
    return await tx.value(SQL["fetch_account_sid"], store_id=store_id)


async def insert_identity_settings(
    tx: Tx, store_id: StoreId, configs: Sequence[IdentifierConfig], rules: Sequence[str], now: datetime
) -> None:
    await tx.run(
        SQL["insert_identity_settings"],
        store_id=store_id,
        identifier_configs=Jsonb(configs),
        matching_rules=list(rules),
        now=now,
    )


async def fetch_identity_settings(tx: Tx, store_id: StoreId) -> IdentitySettings:
    settings = await tx.maybe(SQL["fetch_identity_settings"], _identity_settings, store_id=store_id)
    return settings or IdentitySettings(identifier_configs={}, matching_rules=())


async def insert_trait_group(tx: Tx, store_id: StoreId, group: TraitGroup, now: datetime) -> None:
    await tx.run(
        SQL["insert_trait_group"],
        store_id=store_id,
        name=group.name,
        description=group.description,
        traits=Jsonb(group.traits),
        now=now,
    )


async def list_trait_groups(tx: Tx, store_id: StoreId) -> list[TraitGroup]:
    return await tx.all(SQL["list_trait_groups"], _trait_group, store_id=store_id)


def _identity_settings(identifier_configs: list[Any], matching_rules: list[str]) -> IdentitySettings:
    configs = msgspec.convert(identifier_configs, list[IdentifierConfig])
    return IdentitySettings(
        identifier_configs={config.id_type: config for config in configs}, matching_rules=matching_rules
    )


def _trait_group(name: str, description: str, traits: dict[str, Any], version: int) -> TraitGroup:
    return TraitGroup(
        name=name,
        description=description,
        traits=msgspec.convert(traits, dict[str, TraitDefinition]),
        version=version,
    )
