"""Summaries: one text about one conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SUMMARY_SOURCE: Final = "conversations"
"""Of a summary that names no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    summary_id: str
    content: str
    source: str
    conversation_id: str
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
