"""Operations of both control planes."""

from typing import NamedTuple


class Started(NamedTuple):
    """A change that was accepted, and what it is about."""

    operation_id: str
    resource_id: str
