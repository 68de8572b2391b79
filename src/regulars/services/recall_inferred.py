"""What conversations are about, for as long as nothing is said in them."""

from collections import OrderedDict
from typing import Final

from regulars.core.ids import ConversationId, StoreId
from regulars.storage import conversations
from regulars.storage.db import Tx

_ENTRIES_MAX: Final = 4096

Whose = tuple[StoreId, ConversationId]


class InferredQueries:
    """The query of each conversation as of one version of what is said in it. Least recently used goes first."""

    def __init__(self, entries_max: int = _ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._known: OrderedDict[Whose, tuple[int, str]] = OrderedDict()

    async def current(self, tx: Tx, store_id: StoreId, conversation_id: ConversationId) -> str | None:
        """None when what was said must be read, or there is no such conversation. What no longer holds is forgotten."""
        heard = await (await conversations.ask_heard(tx, store_id, [conversation_id]))()
        version, query = self._known.get((store_id, conversation_id), (None, None))
        if not heard or heard[0].version != version:
            self.forget(store_id, conversation_id)
            return None
        self._known.move_to_end((store_id, conversation_id))
        return query

    def keep(self, store_id: StoreId, conversation_id: ConversationId, version: int, query: str) -> None:
        """`version` was read before what was said was: what came in between makes the next one."""
        self._known[store_id, conversation_id] = version, query
        self._known.move_to_end((store_id, conversation_id))
        if len(self._known) > self._entries_max:
            self._known.popitem(last=False)

    def forget(self, store_id: StoreId, conversation_id: ConversationId) -> None:
        self._known.pop((store_id, conversation_id), None)

    def __len__(self) -> int:
        return len(self._known)
