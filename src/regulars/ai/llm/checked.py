"""What of a model's answer may be believed. A sentence must cite messages that exist and say nothing but what they say.

Pure: the answer and the messages in, sentences and the count of what was dropped out.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from regulars.ai.llm import support, word_lists
from regulars.ai.llm.prompts import ATTRIBUTES, COMMITMENT
from regulars.ai.llm.windows import Message
from regulars.core import limits
from regulars.domain import screening
from regulars.domain.transcripts import Candidate, Transcript


class Item(msgspec.Struct, frozen=True):
    """One sentence of an answer, before it is believed."""

    sentence: str
    messages: list[int]
    kind: str = ""
    attribute: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """What the model was shown."""

    transcript: Transcript
    messages: Sequence[Message]

    def cited(self, item: Item) -> list[Message] | None:
        """In the order of the conversation; None when one does not exist or was not shown."""
        shown = {message.number: message for message in self.messages}
        numbers = sorted(set(item.messages))
        return [shown[number] for number in numbers] if all(number in shown for number in numbers) else None


def items_of(answer: Mapping[str, Any], key: str, dropped: Counter[str]) -> list[Item] | None:
    """The items that have the right form; None when there is no list of them at all."""
    if not isinstance(answer.get(key), list):
        return None
    listed = cast("list[Any]", answer[key])
    found: list[Item] = []
    for one in listed[: limits.MODEL_ITEMS_MAX]:
        try:
            found.append(msgspec.convert(one, Item))
        except msgspec.ValidationError:
            dropped["malformed"] += 1
    dropped["too many"] += max(len(listed) - limits.MODEL_ITEMS_MAX, 0)
    return found


def candidates_of(items: Iterable[Item], window: Window, dropped: Counter[str]) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for item in items:
        cited = window.cited(item)
        reason = _why_no_memory(item, cited, window)
        if reason is not None or cited is None:
            dropped[reason or "uncited"] += 1
            continue
        candidate = _candidate(item, cited)
        if candidate.content.casefold() in found:
            dropped["duplicate"] += 1
            continue
        found[candidate.content.casefold()] = candidate
    return list(found.values())


def sentence_of(item: Item, window: Window, dropped: Counter[str]) -> tuple[str, list[Message]] | None:
    """A sentence of a summary, and the messages that it cites."""
    cited = window.cited(item)
    reason = _why_not(item, cited, window)
    if reason is not None or cited is None:
        dropped[reason or "uncited"] += 1
        return None
    return _tidy(item.sentence), cited


def _why_no_memory(item: Item, cited: list[Message] | None, window: Window) -> str | None:
    """Observations are about the customer: they rest on something new, said by the customer or promised to them."""
    if cited and not any(message.fresh for message in cited):
        return "stale"
    if item.kind == COMMITMENT:
        return _why_not(item, cited, window) if _is_by_business(item.sentence) else "no commitment"
    if cited and not any(one.turn.by_customer and one.fresh for one in cited):
        return "not said by the customer"
    return _why_not(item, cited, window)


def _why_not(item: Item, cited: list[Message] | None, window: Window) -> str | None:
    if not cited or len(cited) > limits.MODEL_CITATIONS_MAX:
        return "uncited"
    content, names = _tidy(item.sentence), _names(cited, window.transcript)
    texts = [one.turn.text for one in cited]
    return (
        _why_unfit(content, names)
        or screening.refused(content, window.transcript.screened, texts)
        or ("instruction" if screening.flags_of(texts) and not word_lists.TOLD.match(content) else None)
        or _why_unsupported(content, names, cited)
    )


def _why_unfit(content: str, names: str) -> str | None:
    """It has not the form of an observation or of a sentence of a summary."""
    if not 0 < len(content) <= limits.MODEL_SENTENCE_CHARS_MAX or not _is_one_sentence(content) or _hides(content):
        return "malformed"
    if word_lists.LINK.search(content):
        return "link"
    if _speaks_for_itself(content):
        return "person"
    return None if _is_by_business(content) or _is_about_customer(content, names) else "subject"


def _why_unsupported(content: str, names: str, cited: list[Message]) -> str | None:
    bearing = _told_by_business(cited) if _is_by_business(content) else _told_by_customer(cited)
    sources = [support.Source(one.turn.text, one.turn.occurred_at.date()) for one in bearing]
    return support.why_not(content, sources, also=names)


def _told_by_business(cited: list[Message]) -> list[Message]:
    """A customer is no witness for what was promised to them."""
    return [one for one in cited if not one.turn.by_customer]


def _told_by_customer(cited: list[Message]) -> list[Message]:
    """Their own messages, and the questions that they said yes to. What else an agent says about a customer may come
    from Recall, or from anywhere."""
    agreed = {one.number for one in cited if one.turn.by_customer and _agrees(one.turn.text)}
    return [one for one in cited if one.turn.by_customer or (one.number + 1 in agreed and "?" in one.turn.text)]


def _agrees(text: str) -> bool:
    return word_lists.AGREEMENT.match(text) is not None


def _names(cited: list[Message], transcript: Transcript) -> str:
    """Of those who speak. Names are set by strangers too: one that reads like a command lends no words."""
    names = {transcript.customer_name or "", *(one.turn.speaker for one in cited)}
    return " ".join(name for name in sorted(names) if not screening.addresses_machine(name))


def _candidate(item: Item, cited: list[Message]) -> Candidate:
    return Candidate(
        content=_tidy(item.sentence),
        occurred_at=max(one.turn.occurred_at for one in cited),
        communication_ids=tuple(one.turn.communication_id for one in cited),
        attribute=item.attribute if item.attribute in ATTRIBUTES else None,
        confidence=min(max(item.confidence, 0.0), 1.0),
        flags=screening.flags_of(one.turn.text for one in cited),
    )


def _tidy(sentence: str) -> str:
    return " ".join(sentence.split())


def _is_about_customer(sentence: str, names: str) -> bool:
    """It begins with the customer: so does everything that is told of one, and no instruction."""
    begun = word_lists.ARTICLES.sub("", sentence)
    own = {name for name in re.findall(r"\w+", names.casefold()) if len(name) > 1 or not name.isascii()}
    first = re.match(r"\w+", begun.casefold())
    return word_lists.CUSTOMER.match(begun) is not None or (first is not None and first.group() in own)


def _is_by_business(sentence: str) -> bool:
    """What it does or promises, not what it says about others."""
    return word_lists.BUSINESS.match(sentence) is not None or word_lists.PROMISED.search(sentence) is not None


def _is_one_sentence(content: str) -> bool:
    """What is quoted may have several."""
    ends = (match["before"] for match in word_lists.ENDS.finditer(word_lists.QUOTED.sub(" ", content)))
    return all(word and (len(word) == 1 or word.lower() in word_lists.ABBREVIATIONS) for word in ends)


def _hides(content: str) -> bool:
    """Characters that nobody sees, but for the two that some scripts and emojis need."""
    return any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"} for char in content if char not in "\u200c\u200d")


def _speaks_for_itself(content: str) -> bool:
    """In the first or second person, outside of quotation marks."""
    return word_lists.FIRST_OR_SECOND.search(word_lists.QUOTED.sub(" ", content)) is not None
