"""Imports: files of many profiles. Which cell of a row becomes which trait, and of what type."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.domain.csv_rows import Table, find_columns
from regulars.domain.mappings import DataMapping, TraitMapping, columns_of, evaluate
from regulars.domain.rows import Problem, warning
from regulars.domain.traits import DataType, TraitGroup, TraitScalar, TraitValue, require_group, require_trait

Status = Literal["PENDING", "PROCESSING", "COMPLETED", "FAILED"]

_INTEGER_CHARS_MAX: Final = 20
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ARRAY: Final = msgspec.json.Decoder(list[TraitScalar])


class ColumnMapping(msgspec.Struct, frozen=True, rename="camel"):
    column_name: str
    trait_group: str
    trait_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`upload_id` names the upload that brought the whole file; `failure` says why it FAILED.

    `rows_done` counts the rows that were looked at, `errors` those of them that were not written, `warnings` the
    traits that were left out.
    """

    import_id: str
    operation_id: str
    actor: str
    status: Status
    filename: str
    file_size: int
    column_mappings: Sequence[ColumnMapping]
    upload_id: str | None = None
    rows_done: int = 0
    bytes_done: int = 0
    errors: int = 0
    warnings: int = 0
    failure: str | None = None
    created_at: datetime
    updated_at: datetime


class Target(NamedTuple):
    """A declared trait that an import fills."""

    trait_group: str
    trait_name: str
    data_type: DataType
    promoted_to: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells by their place in a record. `expressions` are those of data mappings, over the named `columns`; what the
    import says itself goes over what they make."""

    cells: Sequence[tuple[int, Target]]
    expressions: Sequence[tuple[str, Target]] = ()
    columns: Sequence[tuple[str, int]] = ()


def targets_of(
    mappings: Sequence[ColumnMapping], groups: Sequence[TraitGroup], configured: Container[str]
) -> list[Target]:
    """The traits that the columns fill. Refuses undeclared ones, one that is filled twice, and a file in which nobody
    could be recognised: `configured` are the idTypes of the store."""
    found = [target_of(mapping.trait_group, mapping.trait_name, groups) for mapping in mappings]
    if len(set(found)) < len(found):
        raise InvalidInput("columnMappings name one trait twice")
    if not any(target.promoted_to is not None and target.promoted_to in configured for target in found):
        raise InvalidInput("columnMappings must fill one trait at least that is promoted to an identifier")
    return found


def target_of(group_name: str, trait_name: str, groups: Sequence[TraitGroup]) -> Target:
    """Raises InvalidInput when the store does not declare it."""
    group = require_group(group_name, groups)
    name = require_trait(trait_name, group)
    definition = group.traits[name]
    return Target(group.name, name, definition.data_type, definition.id_type_promotion)


def layout_of(
    table: Table,
    own: Sequence[ColumnMapping],
    others: Sequence[DataMapping],
    groups: Sequence[TraitGroup],
    configured: Container[str],
) -> Layout:
    """`others` are the data mappings of the store: each applies whose columns the file has, all of them."""
    cells = [table.places[mapping.column_name] for mapping in own]
    expressions: list[tuple[str, Target]] = []
    columns: dict[str, int] = {}
    for document in (other.document for other in others):
        wanted = {
            *(document.source.columns or ()),
            *(c for one in document.mappings for c in columns_of(one.expression)),
        }
        found = find_columns(table.names, wanted)
        if len(found) == len(wanted):
            columns |= found
            expressions += [(one.expression, target) for one in document.mappings if (target := _known(one, groups))]
    return Layout(
        list(zip(cells, targets_of(own, groups, configured), strict=True)), expressions, list(columns.items())
    )


def _known(mapping: TraitMapping, groups: Sequence[TraitGroup]) -> Target | None:
    """None for a trait that was deleted after the mapping was made."""
    try:
        return target_of(mapping.trait_group, mapping.trait_name, groups)
    except InvalidInput:
        return None


def traits_of(cells: Sequence[str], layout: Layout) -> tuple[dict[str, dict[str, TraitValue]], list[Problem]]:
    """What a record says: group to name to value, and the cells that are not of the type of their trait."""
    named = {column: cells[place] for column, place in layout.columns}
    texts = [(evaluate(expression, named), target) for expression, target in layout.expressions]
    texts += [(cells[place], target) for place, target in layout.cells]
    traits: dict[str, dict[str, TraitValue]] = {}
    problems: list[Problem] = []
    for text, target in texts:
        if text is None or not text or text.isspace():
            continue
        value = typed(text, target.data_type)
        if value is None:
            problems.append(warning(f"{target.trait_group}.{target.trait_name} {_RULES[target.data_type]}"))
        else:
            traits.setdefault(target.trait_group, {})[target.trait_name] = value
    return traits, problems


_RULES: Final[Mapping[DataType, str]] = {
    "STRING": "must be a text",
    "NUMBER": "must be a whole number",
    "BOOLEAN": "must be one of true, false, yes, no, 1 and 0",
    "ARRAY": 'must be a JSON array of texts, whole numbers and booleans, such as ["a", "b"]',
}


def typed(text: str, data_type: DataType) -> TraitValue | None:
    """What is written in a cell that is not empty, or None when it is not of that type. A text stays as it is."""
    if data_type == "STRING":
        return text
    bare = text.strip()
    if data_type == "NUMBER":
        digits = bare[1:] if bare[:1] in ("+", "-") else bare
        fits = digits.isascii() and digits.isdigit() and len(digits) <= _INTEGER_CHARS_MAX
        return int(bare) if fits else None
    if data_type == "BOOLEAN":
        return _TRUTHS.get(bare.lower())
    try:
        return _ARRAY.decode(bare)
    except (msgspec.DecodeError, RecursionError):
        return None


def room_for_problems(told: int) -> int:
    """How many more problems of an import are kept one by one."""
    return max(0, limits.IMPORT_PROBLEMS_MAX - told)
