"""Summaries: one text about one conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SUMMARY_SOURCE: Final = "conversations"
"""Of a summary that names no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`communication_ids` are the messages that it rests on, `extracted_by` "rules" or the name of a model; empty and
    None for what came in through the API."""

    summary_id: str
    content: str
    source: str
    conversation_id: str
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
    communication_ids: tuple[str, ...] = ()
    extracted_by: str | None = None
