"""Operations: what a caller polls after a 202 of the control plane."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    operation_id: str
    resource_id: str
    status: str
    created_at: datetime
    completed_at: datetime | None
