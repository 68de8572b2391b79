"""Configurations."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from regulars.core import limits
from regulars.core.errors import Conflict
from regulars.core.ids import StoreId
from regulars.core.page import Order
from regulars.domain.configurations import Configuration, ConfigurationDocument
from regulars.storage.db import Tx
from regulars.storage.queries import load

SQL = load("configurations")


async def insert(tx: Tx, configuration: Configuration, account_sid: str) -> None:
    document = configuration.document
    try:
        await tx.run(
            SQL["insert_configuration"],
            configuration_id=configuration.configuration_id,
            account_sid=account_sid,
            store_id=document.memory_store_id,
            display_name=document.display_name,
            document=Jsonb(document),
            now=configuration.created_at,
        )
    except UniqueViolation:
        raise _taken(document) from None


async def update(tx: Tx, configuration: Configuration, account_sid: str) -> None:
    document = configuration.document
    try:
        await tx.run(
            SQL["update_configuration"],
            configuration_id=configuration.configuration_id,
            account_sid=account_sid,
            store_id=document.memory_store_id,
            display_name=document.display_name,
            document=Jsonb(document),
            version=configuration.version,
            now=configuration.updated_at,
        )
    except UniqueViolation:
        raise _taken(document) from None


async def delete(tx: Tx, account_sid: str, configuration_id: str) -> bool:
    return bool(await tx.run(SQL["delete_configuration"], account_sid=account_sid, configuration_id=configuration_id))


async def count(tx: Tx, account_sid: str) -> int:
    return await tx.value(SQL["count_configurations"], account_sid=account_sid)


async def fetch(tx: Tx, account_sid: str, configuration_id: str) -> Configuration | None:
    return await tx.maybe(
        SQL["fetch_configuration"], _configuration, account_sid=account_sid, configuration_id=configuration_id
    )


async def lock(tx: Tx, account_sid: str, configuration_id: str) -> Configuration | None:
    return await tx.maybe(
        SQL["lock_configuration"], _configuration, account_sid=account_sid, configuration_id=configuration_id
    )


async def fetch_bridged(tx: Tx, account_sid: str, service_id: str) -> str | None:
    """The configuration that is bridged to this Conversations V1 service."""
    return await tx.value(SQL["fetch_bridged"], account_sid=account_sid, service_id=service_id)


async def list_of_account(tx: Tx, account_sid: str) -> list[Configuration]:
    """All of them: an account has few."""
    return await list_page(tx, account_sid, "ASC", "", limits.CONFIGURATIONS_PER_ACCOUNT_MAX)


async def list_page(
    tx: Tx, account_sid: str, order: Order, key: str, limit: int, *, store_id: str | None = None
) -> list[Configuration]:
    return await tx.all(
        SQL[f"list_configurations.{order}"],
        _configuration,
        account_sid=account_sid,
        key=key,
        limit=limit,
        store_id=store_id,
    )


async def delete_of_store(tx: Tx, store_id: StoreId) -> None:
    await tx.run(SQL["delete_store_configurations"], store_id=store_id)


def _taken(document: ConfigurationDocument) -> Conflict:
    return Conflict(f"A configuration named {document.display_name!r} exists already")


def _configuration(
    configuration_id: str, document: dict[str, Any], version: int, created_at: datetime, updated_at: datetime
) -> Configuration:
    return Configuration(
        configuration_id=configuration_id,
        document=msgspec.convert(document, ConfigurationDocument),
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
