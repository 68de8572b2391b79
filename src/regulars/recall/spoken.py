"""What was said in a profile's conversations, as a snapshot that knows how far it is of each of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np

from regulars.recall.snapshot import Kind, Memory, Snapshot

KIND: Final[Kind] = "communication"
_CONVERSATION_OVERHEAD_BYTES: Final = 250
_UNKNOWN: Final = -1
"""Before every version: memory versions begin with 0."""


class Heard(NamedTuple):
    """`version` is that of what is said in the conversation. A final one never changes again."""

    version: int
    is_settled: bool
    is_final: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """`version` is the profile's memory version: every conversation that joined its memory by then is in `heard`."""

    snapshot: Snapshot
    heard: Mapping[str, Heard]
    version: int

    @classmethod
    def empty(cls, dimensions: int) -> Self:
        return cls(Snapshot.empty(dimensions, (KIND,)), {}, _UNKNOWN)

    @property
    def bytes(self) -> int:
        return self.snapshot.bytes + _CONVERSATION_OVERHEAD_BYTES * len(self.heard)

    def __len__(self) -> int:
        return len(self.snapshot)

    def open_ones(self) -> list[str]:
        """Conversations that may have changed."""
        return [conversation_id for conversation_id, heard in self.heard.items() if not heard.is_final]

    def updated(
        self,
        changed: Sequence[Memory],
        version: int,
        *,
        heard: Mapping[str, Heard],
        emptied: Collection[str],
        living: Collection[str],
    ) -> "Spoken":
        """Adds, or replaces by id. Of the conversations in `emptied` only what is in `living` stays; memories without
        words go. `heard` replaces what was known."""
        wordless = [memory.memory_id for memory in changed if not memory.content.strip()]
        gone = [memory_id for memory_id in self._ids_of(emptied) if memory_id not in living] if emptied else []
        worded = [memory for memory in changed if memory.content.strip()]
        return Spoken(self.snapshot.updated(worded, version, removed=[*wordless, *gone]), heard, version)

    def _ids_of(self, conversation_ids: Collection[str]) -> Iterator[str]:
        view = self.snapshot.view(KIND)
        for row in np.flatnonzero(view.alive()).tolist():
            memory = view.memory(row)
            if memory.conversation_ids[0] in conversation_ids:
                yield memory.memory_id
