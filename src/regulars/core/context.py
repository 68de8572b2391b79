"""What one request or one job carries down: who it is for, when it is, how ids are made."""

from dataclasses import dataclass
from datetime import datetime

from regulars.core.ids import AccountSid, Mint, StoreId


@dataclass(frozen=True, slots=True)
class Ctx:
    """Built once at the edge. `store_ids` are all stores of the account: the fence around every statement.

    `actor` is who acts, for the record: an API key, the account itself, or the webhook that brought a message.
    """

    account_sid: AccountSid
    store_ids: tuple[StoreId, ...]
    now: datetime
    mint: Mint
    actor: str
