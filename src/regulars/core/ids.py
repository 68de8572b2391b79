"""TypeIDs: a prefix, an underscore and a UUIDv7 in 26 lower-case base32 characters (contract §1.2)."""

import re
from collections.abc import Callable
from typing import Final, NewType

from regulars.core.text import whole

type_id_suffix: Final = r"[0-7][0-9a-z]{25}"

Mint = Callable[[str], str]
"""Makes a new id with the given prefix; ids of one process sort by the time they were made."""

AccountSid = NewType("AccountSid", str)
StoreId = NewType("StoreId", str)
ProfileId = NewType("ProfileId", str)
ConversationId = NewType("ConversationId", str)

STORE: Final = "mem_store"
STORE_LEGACY: Final = "mem_service"
PROFILE: Final = "mem_profile"
OBSERVATION: Final = "mem_observation"
SUMMARY: Final = "mem_summary"
IMPORT: Final = "mem_import"
DATA_MAPPING: Final = "mem_datamapping"
MERGE: Final = "mem_merge"
MEMORY_OPERATION: Final = "mem_operation"
CONFIGURATION: Final = "conv_configuration"
CONVERSATION: Final = "conv_conversation"
PARTICIPANT: Final = "conv_participant"
COMMUNICATION: Final = "conv_communication"
ACTION: Final = "conv_action"
EVENT: Final = "conv_event"
DELIVERY: Final = "conv_delivery"
CONVERSATIONS_OPERATION: Final = "proc_job"

_SUFFIX = re.compile(type_id_suffix)
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


def is_id(prefix: str, value: str) -> bool:
    """Whether `value` looks like an id with this prefix; documentation examples outside base32 pass too."""
    head, _, tail = value.rpartition("_")
    return head == prefix and _SUFFIX.fullmatch(tail) is not None


def is_sid(prefix: str, value: str) -> bool:
    """Whether `value` is a Twilio SID such as ``AC`` and 32 hexadecimal digits."""
    return value.startswith(prefix) and _SID.fullmatch(value) is not None


def pattern(prefix: str) -> str:
    return whole(f"{prefix}_{type_id_suffix}")
