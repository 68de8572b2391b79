"""Data mappings: which columns of data from elsewhere become which traits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from regulars.core.errors import InvalidInput
from regulars.domain.traits import TraitGroup, require_group, require_trait

SourceType = Literal["INGRESS", "DATASET_CLOUDAPP", "DATASET_WAREHOUSE"]

_COLUMN: Final = re.compile(r"\{\{(.*?)\}\}")


class TraitMapping(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`expression` is the name of a column, or a template such as `{{first}} {{last}}`."""

    expression: str
    trait_group: str
    trait_name: str


class MappingSource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`columns` of what is sent in, or the id of a data set."""

    type: SourceType
    columns: tuple[str, ...] | None = None
    dataset_id: str | None = None


class MappingDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    description: str | None
    is_enabled: bool
    source: MappingSource
    mappings: tuple[TraitMapping, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMapping:
    data_mapping_id: str
    display_name: str
    document: MappingDocument
    version: int
    created_at: datetime
    updated_at: datetime


def declared(mappings: Sequence[TraitMapping], groups: Iterable[TraitGroup]) -> tuple[TraitMapping, ...]:
    """The mappings under the declared names of their traits; refuses traits that the store does not have."""
    known = list(groups)
    return tuple(_declared(mapping, known) for mapping in mappings)


def check_source(source: MappingSource) -> None:
    """What is sent in has columns, what is fetched has a data set (contract §2.4)."""
    if source.type == "INGRESS" and not source.columns:
        raise InvalidInput("mappingFrom.columns is required for the type INGRESS")
    if source.type != "INGRESS" and source.dataset_id is None:
        raise InvalidInput(f"mappingFrom.datasetId is required for the type {source.type}")


def columns_of(expression: str) -> list[str]:
    """The columns that an expression reads."""
    return [name.strip() for name in _COLUMN.findall(expression)] or [expression]


def evaluate(expression: str, row: Mapping[str, str]) -> str | None:
    """The value of an expression over one row, or None when a column that it reads is missing or empty."""
    if any(not row.get(column) for column in columns_of(expression)):
        return None
    if _COLUMN.search(expression) is None:
        return row[expression]
    return _COLUMN.sub(lambda match: row[match[1].strip()], expression)


def _declared(mapping: TraitMapping, groups: Sequence[TraitGroup]) -> TraitMapping:
    group = require_group(mapping.trait_group, groups)
    return TraitMapping(
        expression=mapping.expression, trait_group=group.name, trait_name=require_trait(mapping.trait_name, group)
    )
