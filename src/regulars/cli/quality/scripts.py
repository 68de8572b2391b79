"""How customers get round to what they want: small conversations whose last turns lead to a question.

A memory that reads along has to find out by itself what is wanted now. The agents' words, and whatever is said besides
the question, are ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from regulars.cli.quality.datasets.form import Dialogue


@dataclass(frozen=True, slots=True)
class Line:
    by_customer: bool
    text: str


class Phrases(msgspec.Struct, frozen=True):
    """What people say in one language."""

    hello: str
    how_help: str
    small_talk: str
    small_answer: str
    one_more: str
    what_is_it: str
    one_moment: str
    thanks: str
    go_on: str
    noted: str
    is_it: str
    """An agent makes sure; the question follows."""
    yes: str


PHRASES: Final = msgspec.json.decode(Path(__file__).with_name("phrases.json").read_bytes(), type=dict[str, Phrases])

Write = Callable[[Phrases, str, str], list[Line]]
"""Of phrases, the question, and the question before it."""


def _customer(text: str) -> Line:
    return Line(by_customer=True, text=text)


def _agent(text: str) -> Line:
    return Line(by_customer=False, text=text)


def _opening(say: Phrases) -> list[Line]:
    return [_customer(say.hello), _agent(say.how_help)]


def _at_once(say: Phrases, question: str, _: str) -> list[Line]:
    return [*_opening(say), _customer(question)]


def _after_small_talk(say: Phrases, question: str, _: str) -> list[Line]:
    talk = [_customer(say.small_talk), _agent(say.small_answer), _customer(say.one_more), _agent(say.what_is_it)]
    return [*_opening(say), *talk, _customer(question)]


def _then_waiting(say: Phrases, question: str, _: str) -> list[Line]:
    return [*_opening(say), _customer(question), _agent(say.one_moment), _customer(say.thanks)]


def _after_another(say: Phrases, question: str, former: str) -> list[Line]:
    return [*_opening(say), _customer(former), _agent(say.noted), _customer(question)]


def _confirmed(say: Phrases, question: str, _: str) -> list[Line]:
    return [*_opening(say), _agent(f"{say.is_it} {question}"), _customer(say.yes)]


def _in_two_messages(say: Phrases, question: str, _: str) -> list[Line]:
    return [*_opening(say), *map(_customer, _halves(question))]


def _in_two_turns(say: Phrases, question: str, _: str) -> list[Line]:
    first, second = _halves(question)
    return [*_opening(say), _customer(first), _agent(say.go_on), _customer(second)]


def _carelessly(say: Phrases, question: str, former: str) -> list[Line]:
    """Without capitals and marks, as people write on phones."""
    return _after_small_talk(say, question.lower().rstrip("?？.。"), former)  # noqa: RUF001 - Chinese marks


def _halves(text: str) -> tuple[str, str]:
    """Cut between words where there are spaces."""
    middle = len(text) // 2
    cut = text.rfind(" ", 0, middle + 1)
    cut = cut if cut > 0 else middle
    return text[:cut], text[cut:].strip()


SCRIPTS: Final[Mapping[str, Write]] = {
    "at once": _at_once,
    "after small talk": _after_small_talk,
    "then waiting": _then_waiting,
    "after another question": _after_another,
    "in two messages": _in_two_messages,
    "in two turns": _in_two_turns,
    "carelessly": _carelessly,
    "confirmed to an agent": _confirmed,
}


def script(dialogue: Dialogue, number: int) -> tuple[str, list[Line]]:
    """Name and lines for one of a dialogue's questions: each script in turn."""
    names = tuple(SCRIPTS)
    name = names[number % len(names)]
    questions = dialogue.questions
    former = questions[number - 1].text
    lines = SCRIPTS[name](PHRASES.get(dialogue.language, PHRASES["en"]), questions[number].text, former)
    return name, lines
