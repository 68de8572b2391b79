"""One paragraph about a conversation from its own sentences: why, what happened, what was promised, the end."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from regulars.ai.rules import extractor, foreign, language, phrasing, screen, sentences
from regulars.ai.rules.cues import TROUBLE
from regulars.ai.rules.sentences import HOLE
from regulars.domain.transcripts import Digest, Transcript, Turn

SUMMARY_CHARS_MAX: Final = 600
QUOTE_CHARS_MAX: Final = 180
FACTS_MAX: Final = 3
PROMISES_MAX: Final = 2

_QUESTION_MARKS: Final = ("?", "\uff1f", "\u061f")
_POINTS_BACK = re.compile(r"\b(?:this|that|it|these|they)\b|\bhelp\b", re.IGNORECASE)
_DETAILS: Final = frozenset({"name", "email address", "phone number", "postal address", "billing address", "birthday"})
_SOLVED = re.compile(
    r"\b(?:solved|sorted|fixed|resolved|works? (?:now|again|fine|perfectly)|working (?:now|again|fine)"
    r"|that worked|it worked|all good)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|isn't|never|still|when|hasn't|haven't|until|want|need|please|can't|cannot|if|get)\b|\?", re.IGNORECASE
)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|thankyou|cheers|appreciate it|gracias|merci|danke|obrigad[oa]|grazie)\b", re.IGNORECASE
)
_PRIVATE = re.compile(r"\b(?:dm|direct message|private message|pm|privately)\b", re.IGNORECASE)
_SMALL_TALK = re.compile(
    r"\b(?:sorry|apologi\w+|hear from|thanks|thank you|welcome|glad|happy to|love to|great day|dm|direct message"
    r"|private message|reach out"
    r"|feel free|let us know|keep us|hi|hello|hey|help you|here to help|appreciate|please|click|visit|link"
    r"|check out|welcome to|closer look|a look|look in(?:to)?|we want to|concern\w*"
    r"|i'd like to|we'd like|next available|whenever you|frustrat\w+|disappoint\w+|understand)\b|\?",
    re.IGNORECASE,
)


class RuleSummariser:
    """Implements `Summariser`. Pure computation, as in `RuleExtractor`."""

    async def summarise(self, transcript: Transcript) -> Digest:
        cited = tuple(turn.communication_id for turn in transcript.turns)
        return Digest(await asyncio.to_thread(summary_of, transcript), cited, extractor.BY)


def summary_of(transcript: Transcript) -> str:
    """At most `SUMMARY_CHARS_MAX` characters. Where nothing can be told, that there was contact."""
    turns = transcript.turns
    if not turns:
        return ""
    name = extractor.name_of(transcript)
    business = _business_part(turns, name)
    facts = _customer_part(turns, name)
    return _fitted([_contact(turns[0], name), *facts[:FACTS_MAX]], business, _ending(turns, name))


def _contact(first: Turn, name: str | None) -> str:
    day = first.occurred_at.date().isoformat()
    who = name or "the customer"
    return f"On {day} " + (f"{who} contacted the business." if first.by_customer else f"the business contacted {who}.")


def _customer_part(turns: Sequence[Turn], name: str | None) -> list[str]:
    """Why the customer came, in their words when nothing was extracted from the first message, and further facts."""
    told: list[str] = []
    for turn in turns:
        if not turn.by_customer:
            continue
        found = [fact.content for fact in extractor.candidates_of(turn, name) if fact.attribute not in _DETAILS]
        if not found and not told and (words := _words_of(turn, name)) is not None:
            found = [words]
        told += [content for content in found if content not in told]
        if len(told) >= FACTS_MAX:
            break
    return told


def _words_of(turn: Turn, name: str | None) -> str | None:
    """The most telling sentence of a message in the customer's own words: a question before a statement."""
    text = sentences.clean(turn.text)
    if screen.is_addressed_to_machine(text):
        return None
    fit = [sentence for sentence in sentences.split(text) if _is_quotable(sentence)]
    if not fit:
        return None
    statements = [sentence for sentence in fit if not sentence.endswith(_QUESTION_MARKS)]
    statement = max(statements, key=_weight, default=None)
    question = next((sentence for sentence in fit if sentence.endswith(_QUESTION_MARKS)), None)
    if question is None or (statement is not None and _POINTS_BACK.search(question)):
        return phrasing.quoted(statement or fit[0], name)
    return f'{name or "The customer"} asked: "{phrasing.trimmed_ends(question)}"'


def _weight(sentence: str) -> tuple[bool, int]:
    """Of several statements the one that tells of trouble says why the customer came, else the longest."""
    return bool(TROUBLE.search(sentence)), len(sentence)


def _is_quotable(sentence: str) -> bool:
    long_enough = sentence.count(" ") >= 3 or (not sentence.isascii() and len(sentence) >= 8)
    return (
        long_enough
        and len(sentence) <= QUOTE_CHARS_MAX
        and HOLE not in sentence
        and not screen.is_insult(sentence)
        and not screen.is_sensitive(sentence)
        and (language.is_english(sentence) or not foreign.is_sensitive(sentence))
    )


def _business_part(turns: Sequence[Turn], name: str | None) -> list[str]:
    """Promises first; without any, the last thing of substance that the business answered."""
    agents = [turn for turn in turns if not turn.by_customer]
    promises = [candidate.content for turn in agents for candidate in extractor.candidates_of(turn, name)]
    if promises:
        return list(dict.fromkeys(promises))[-PROMISES_MAX:]
    for turn in reversed(agents):
        for sentence in sentences.split(sentences.clean(turn.text)):
            if _is_quotable(sentence) and sentence.count(" ") >= 5 and not _SMALL_TALK.search(sentence):
                return [f'The business answered: "{phrasing.trimmed_ends(sentence)}"']
    return []


def _ending(turns: Sequence[Turn], name: str | None) -> str:
    last = turns[-1]
    customer = next((turn for turn in reversed(turns) if turn.by_customer), None)
    text = sentences.clean(customer.text) if customer else ""
    subject = name or "The customer"
    if any(_SOLVED.search(sentence) and not _DENIED.search(sentence) for sentence in sentences.split(text)):
        return f"{subject} said that it was solved."
    if all(turn.by_customer for turn in turns):
        return "No answer of the business is recorded."
    if not last.by_customer:
        return _last_word_of_business(sentences.clean(last.text), text, subject)
    if _THANKS.search(text):
        return f"{subject} thanked the business."
    return "The last message was not answered." if "?" in text else ""


def _last_word_of_business(text: str, customer_text: str, subject: str) -> str:
    if _PRIVATE.search(text):
        return "The business asked to continue in a private message."
    if text.endswith("?"):
        return "The business asked for more details."
    return f"{subject} thanked the business." if _THANKS.search(customer_text) else ""


def _fitted(told: list[str], business: list[str], ending: str) -> str:
    """Who, why and the end always fit; answers and further facts as far as there is room."""
    ended = [ending] if ending else []
    kept_told, kept_business = told[:2], business[:]
    while kept_business and _size([*kept_told, *kept_business, *ended]) > SUMMARY_CHARS_MAX:
        kept_business.pop()
    for fact in told[2:]:
        if _size([*kept_told, fact, *kept_business, *ended]) <= SUMMARY_CHARS_MAX:
            kept_told.append(fact)
    return " ".join([*kept_told, *kept_business, *ended])


def _size(parts: list[str]) -> int:
    return len(" ".join(parts))
