"""Observations and their revisions: one remembered sentence about a customer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`occurred_at` is when it was said, `updated_at` when Regulars last changed it.

    `attribute` is set when only one such statement can hold at a time (see `Candidate`).
    `communication_ids` are the messages it rests on; empty for what came in through the API. So are the last three:
    `confidence` in [0, 1] that it was said and meant, `flags` (see `Candidate`), and `extracted_by`, "rules" or the
    name of a model.
    """

    observation_id: str
    content: str
    source: str
    occurred_at: datetime
    conversation_ids: tuple[str, ...]
    communication_ids: tuple[str, ...]
    attribute: str | None
    created_at: datetime
    updated_at: datetime
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    extracted_by: str | None = None
