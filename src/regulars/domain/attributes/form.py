"""An attribute, and when two statements about it contradict each other."""

from dataclasses import dataclass
from typing import Final

Values = frozenset[str]
"""What is said of the attribute; with a minus in front, what is denied. Empty: not known."""

KEY_CHARS_MAX: Final = 120
_MANY: Final = frozenset({"appointment", "drives"})
"""Of these there can be several: another one replaces the first only where it says so."""

_PRESENT: Final = frozenset({"have"})
"""With or without a number: one of several is no other number."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """`kind` and `object` as in "state" of "order 4471". `subject` is whose it is: empty for the customer, else the
    word for a relative or a name, which may turn out to be the customer's. `details` narrow the object down: "blue" of
    a car. `is_marked`: it says itself that something is otherwise now. `is_whole`: it says nothing beyond that."""

    kind: str
    object: str = ""
    subject: str = ""
    values: Values = frozenset()
    details: frozenset[str] = frozenset()
    is_marked: bool = False
    is_whole: bool = True

    @property
    def key(self) -> str:
        """By which others about it are found. Without the subject: who is meant by a name may become clear later."""
        key = f"{self.kind}: {self.object}" if self.object else self.kind
        return key[:KEY_CHARS_MAX]

    @property
    def is_denied(self) -> bool:
        return bool(self.values) and not _affirmed(self.values)

    def is_of(self, other: "Attribute", names: frozenset[str]) -> bool:
        """Whether both are about the same thing of the same person. `names` are the customer's."""
        return (
            self.key == other.key
            and _person(self.subject, names) == _person(other.subject, names)
            and (self.details <= other.details or other.details <= self.details)
        )

    def contradicts(self, other: "Attribute") -> bool:
        """Whether both cannot hold at once, `self` being what is said now. What is not known may be anything."""
        if not self.values or not other.values:
            return True
        here, there = _affirmed(self.values), _affirmed(other.values)
        if any(f"-{value}" in other.values for value in here) or any(f"-{value}" in self.values for value in there):
            return True
        if self.kind in _MANY and not self.is_marked:
            return False
        here, there = here - _PRESENT, there - _PRESENT
        return bool(here and there) and not here <= there


def about(kind: str, value: str, thing: str = "") -> Attribute:
    """Of one value."""
    return Attribute(kind, thing, values=frozenset({value}))


def denied(values: Values) -> Values:
    return frozenset(value if value.startswith("-") else f"-{value}" for value in values)


def _affirmed(values: Values) -> Values:
    return frozenset(value for value in values if not value.startswith("-"))


def _person(subject: str, names: frozenset[str]) -> str:
    return "" if subject and set(subject.split()) <= names else subject
