"""What a replay does with a file of threads, decided before anything is sent."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from regulars.core.errors import RegularsError

_MENTION = re.compile(r"@(\w+)")


class Message(msgspec.Struct, frozen=True):
    id: str
    author: str
    customer: bool
    at: str
    text: str


class Thread(msgspec.Struct, frozen=True):
    thread: str
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Step:
    """One message to send. `sid` is the same in every replay of the same file."""

    sid: str
    by_customer: bool
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One customer's part of a thread: a conversation of its own with the business."""

    customer: str
    number: str
    steps: tuple[Step, ...]


def read_threads(path: Path) -> list[Thread]:
    """Raises RegularsError naming the line that is not a thread."""
    decoder = msgspec.json.Decoder(Thread)
    threads: list[Thread] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    threads.append(decoder.decode(line))
                except msgspec.DecodeError as error:
                    raise RegularsError(f"{path}, line {number}: {error}") from None
    return threads


def plan(thread: Thread) -> list[Talk]:
    """One talk for each customer of the thread, in the order in which they first speak.

    An agent turn goes to the customer whom it mentions (`@author`), else to the one who spoke last, else to the first
    one to speak. A thread without a customer is nobody's, and has no talks.
    """
    customers = list(dict.fromkeys(message.author for message in thread.messages if message.customer))
    if not customers:
        return []
    steps: dict[str, list[Step]] = {customer: [] for customer in customers}
    last = customers[0]
    for message in thread.messages:
        last = message.author if message.customer else _addressed(message.text, steps) or last
        sid = message_sid(thread.thread, message.id)
        steps[last].append(Step(sid, message.customer, message.at, message.text))
    return [Talk(customer, number_of(customer), tuple(steps[customer])) for customer in customers]


def lanes(threads: Iterable[Thread]) -> list[list[Thread]]:
    """Threads that may be played side by side: those that share a customer stay in one lane, in their order.

    A customer has one open conversation at a time, so the next thread of theirs waits until this one is closed.
    """
    lane_of: dict[str, int] = {}
    played: dict[int, list[Thread]] = {}
    for place, thread in enumerate(threads):
        customers = {message.author for message in thread.messages if message.customer}
        joined = sorted({lane_of[customer] for customer in customers if customer in lane_of})
        lane = joined[0] if joined else place
        for other in joined[1:]:
            played[lane] += played.pop(other)
            lane_of |= {customer: lane for customer, theirs in lane_of.items() if theirs == other}
        played.setdefault(lane, []).append(thread)
        lane_of |= dict.fromkeys(customers, lane)
    return list(played.values())


def message_sid(thread: str, message: str) -> str:
    return "SM" + hashlib.sha256(f"{thread}\n{message}".encode()).hexdigest()[:32]


def number_of(customer: str) -> str:
    """A number in E.164 that is nobody's: North American area codes with a 9 in the middle are kept unassigned."""
    digits = int.from_bytes(hashlib.sha256(customer.encode()).digest()[:8], "big")
    area, line = digits % 80, digits // 80 % 10_000_000
    return f"+1{area // 10 + 2}9{area % 10}{line:07}"


def _addressed(text: str, customers: Iterable[str]) -> str | None:
    known = set(customers)
    return next((name for name in _MENTION.findall(text) if name in known), None)
