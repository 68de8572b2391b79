"""Operations: what a caller polls after a 202 of the control plane."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED"]


class OperationError(msgspec.Struct, frozen=True, kw_only=True):
    """Why it failed, in words that repeat nothing of what a customer sent."""

    title: str
    detail: str
    status: int = 500
    code: int = 20500


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`report` tells what became of each of many things, when the operation was about many."""

    operation_id: str
    resource_id: str
    status: Status
    created_at: datetime
    completed_at: datetime | None
    error: OperationError | None = None
    report: Mapping[str, Any] | None = None
