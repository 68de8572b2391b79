"""How a store tells its customers apart."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars.core.ids import StoreId
from regulars.domain.identity import IdentifierConfig, IdentitySettings
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("identity_settings")


async def insert(tx: Tx, store_id: StoreId, settings: IdentitySettings, now: datetime) -> None:
    await tx.run(SQL["insert_identity_settings"], store_id=store_id, now=now, **_columns(settings))


async def fetch(tx: Tx, store_id: StoreId) -> IdentitySettings:
    settings = await tx.maybe(SQL["fetch_identity_settings"], _settings, store_id=store_id)
    return settings or IdentitySettings(identifier_configs={}, matching_rules=())


async def fetch_config(tx: Tx, store_id: StoreId, id_type: str) -> IdentifierConfig | None:
    """Of one kind of identifier: much less to send and to read than all of them."""
    found = await tx.value(SQL["fetch_identifier_config"], store_id=store_id, id_type=id_type)
    return None if found is None else msgspec.convert(found, IdentifierConfig)


async def update(tx: Tx, store_id: StoreId, settings: IdentitySettings, now: datetime) -> None:
    await tx.run(SQL["update_identity_settings"], store_id=store_id, now=now, **_columns(settings))


async def delete(tx: Tx, store_id: StoreId) -> None:
    await tx.run(SQL["delete_identity_settings"], store_id=store_id)


def _columns(settings: IdentitySettings) -> dict[str, object]:
    return {
        "identifier_configs": Jsonb(list(settings.identifier_configs.values())),
        "matching_rules": list(settings.matching_rules),
        "sharing_limit": settings.sharing_limit,
        "version": settings.version,
    }


def _settings(
    identifier_configs: list[Any], matching_rules: list[str], sharing_limit: int, version: int
) -> IdentitySettings:
    configs = msgspec.convert(identifier_configs, list[IdentifierConfig])
    return IdentitySettings(
        identifier_configs={config.id_type: config for config in configs},
        matching_rules=matching_rules,
        sharing_limit=sharing_limit,
        version=version,
    )
