"""The extractor that needs no model: pick what lasts, say it in the third person, cite where it was said."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from regulars.ai.rules import commitments, dates, foreign, language, phrasing, screen, select, sentences
from regulars.ai.rules.cues import Kind
from regulars.ai.rules.select import Finding
from regulars.ai.rules.tables import words
from regulars.core import limits
from regulars.domain.transcripts import Candidate, Extraction, Transcript, Turn

BY: Final = "rules"
OBSERVATIONS_PER_TURN_MAX: Final = 3
OBSERVATIONS_PER_TRANSCRIPT_MAX: Final = 50
NAME_CHARS_MAX: Final = 60

_NAME = re.compile(
    r"\b(?:my (?:full |first )?name(?:'s| is)|(?:please )?call me|you can call me)\s+"
    r"(?P<name>[^\W\d_][\w'-]{1,30}(?:\s[A-Z][\w'-]{1,30}){0,2})",
    re.IGNORECASE,
)
_NO_NAMES: Final = words(
    "back when if at on as now asap about to please again by for today tomorrow not a the in crazy maybe and but old"
    " instead before after during only anytime this next every because just is spelled spelt misspelled wrong out"
    " with later tonight until between or it"
)
_PLEA = re.compile(r"(?:,| so| and|, so|, and|, but) (?=(?:please|pls|plz|can you|could you) )", re.IGNORECASE)
_CLAUSE = re.compile(
    r",? and (?=(?:i(?! are| were| have)|i'm|i've|we|we're|we've|my|our|have|got|own|work|drive|moved|bought)\b)"
    r"|, (?=(?:i|i'm|i've|we|we're|my|our)\b)|; ",
    re.IGNORECASE,
)
_BARE_VERB = re.compile(r"^(have|got|own|work|drive|moved|bought)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


class RuleExtractor:
    """Implements `Extractor`: pure computation, which a caller may move to a thread."""

    async def extract(self, transcript: Transcript) -> Extraction:
        return Extraction(await asyncio.to_thread(extract_candidates, transcript), BY)


def extract_candidates(transcript: Transcript) -> list[Candidate]:
    """Candidates in the order they were said, duplicates merged."""
    name = name_of(transcript)
    found = [candidate for turn in transcript.fresh for candidate in candidates_of(turn, name)]
    return _merged(found)[:OBSERVATIONS_PER_TRANSCRIPT_MAX]


def candidates_of(turn: Turn, name: str | None) -> list[Candidate]:
    """What one message is worth: at most a few sentences, the weightiest first when there are more."""
    text = sentences.clean(turn.text)
    if not text or screen.is_addressed_to_machine(text):
        return []
    if not turn.by_customer:
        return list(_promises(turn, text, name))[:OBSERVATIONS_PER_TURN_MAX]
    facts = _joined(list(_facts(turn, text, name)))
    kept = sorted(range(len(facts)), key=lambda index: -facts[index][0])[:OBSERVATIONS_PER_TURN_MAX]
    return [facts[index][1] for index in sorted(kept)]


def _joined(facts: list[tuple[int, Candidate]]) -> list[tuple[int, Candidate]]:
    """Two sentences of one message about one attribute belong together: neither replaces the other."""
    joined: list[tuple[int, Candidate]] = []
    for weight, candidate in facts:
        at = next((i for i, (_, known) in enumerate(joined) if known.attribute == candidate.attribute), None)
        if candidate.attribute is None or at is None:
            joined.append((weight, candidate))
            continue
        known = joined[at][1]
        both = f"{known.content} {candidate.content}"
        if candidate.content not in known.content and len(both) <= phrasing.CONTENT_CHARS_MAX:
            joined[at] = (weight, replace(known, content=both))
    return joined


def name_of(transcript: Transcript) -> str | None:
    """What the business calls the customer, or else what they call themselves."""
    if transcript.customer_name and _is_plain_name(transcript.customer_name):
        return transcript.customer_name.strip()
    stated = [
        name
        for turn in transcript.turns
        if turn.by_customer and (name := _stated_name(sentences.clean(turn.text))) is not None
    ]
    return stated[-1].split()[0] if stated else None


def _is_plain_name(name: str) -> bool:
    """Names come from profiles and senders: hostile ones, numbers and addresses are not put into sentences."""
    is_text = 0 < len(name.strip()) <= NAME_CHARS_MAX and all(char.isalpha() or char in " .'-" for char in name)
    return is_text and not screen.is_addressed_to_machine(name)


def _stated_name(text: str) -> str | None:
    found = _NAME.search(text)
    if found is None or screen.is_addressed_to_machine(text):
        return None
    first = found["name"].split()[0]
    if first.lower() in _NO_NAMES or not first[0].isupper():
        return None
    kept = [part for part in found["name"].split() if part[0].isupper()]
    return " ".join(kept)


def _facts(turn: Turn, text: str, name: str | None) -> Iterator[tuple[int, Candidate]]:
    english = language.is_english(text)
    for raw in sentences.split(text):
        if len(raw) > select.SENTENCE_CHARS_MAX * 2:
            continue
        if not language.is_english(raw, unsure=english):
            if foreign.is_fact(raw):
                yield Kind.PROBLEM.value, _candidate(phrasing.quoted(raw, name), turn, None)
            continue
        for part, sentence, finding in _findings(raw):
            content = _worded(part, sentence, finding, turn, name)
            if content is not None:
                yield finding.kind.value, _candidate(content, turn, finding.attribute)


def _findings(raw: str) -> Iterator[tuple[str, str, Finding]]:
    """A sentence that holds a replaceable fact is taken apart first: what replaces it must not take another along."""
    for part in _PLEA.split(raw):
        sentence = phrasing.trimmed(part)
        finding = select.find(sentence)
        if finding is None:
            continue
        clauses = _CLAUSE.split(sentence) if _is_divisible(finding) else [sentence]
        if len(clauses) == 1:
            yield part, sentence, finding
            continue
        for clause in clauses:
            whole = _BARE_VERB.sub(r"I \1", clause.strip())
            if (found := select.find(whole)) is not None:
                yield clause, whole, found


def _is_divisible(finding: Finding) -> bool:
    return finding.kind is Kind.LIFE_EVENT or finding.attribute not in {None, "contact preference"}


def _worded(raw: str, sentence: str, finding: Finding, turn: Turn, name: str | None) -> str | None:
    if finding.attribute == "name":
        stated = _stated_name(sentence)
        return f"The customer's name is {stated}." if stated else None
    told = phrasing.third_person(sentence, name)
    return dates.resolve(told, turn.occurred_at) if told else phrasing.quoted(raw, name)


def _promises(turn: Turn, text: str, name: str | None) -> Iterator[Candidate]:
    for sentence in sentences.split(text):
        if len(sentence) > select.SENTENCE_CHARS_MAX:
            continue
        content = commitments.commitment(sentence, name)
        if content is not None:
            yield _candidate(dates.resolve(content, turn.occurred_at), turn, None)


def _candidate(content: str, turn: Turn, attribute: str | None) -> Candidate:
    content = content[: limits.MEMORY_CONTENT_CHARS_MAX]
    return Candidate(content, turn.occurred_at, (turn.communication_id,), attribute)


def _merged(found: list[Candidate]) -> list[Candidate]:
    """One candidate for what was said twice, citing both messages; the wording that says more wins."""
    kept: list[Candidate] = []
    keys: list[frozenset[str]] = []
    for candidate in found:
        key = frozenset(_WORD.findall(candidate.content.casefold()))
        same = next((index for index, other in enumerate(keys) if key <= other or other <= key), None)
        if same is None or kept[same].attribute != candidate.attribute:
            kept.append(candidate)
            keys.append(key)
            continue
        longer = kept[same] if len(kept[same].content) >= len(candidate.content) else candidate
        cited = tuple(dict.fromkeys(kept[same].communication_ids + candidate.communication_ids))
        kept[same] = replace(longer, communication_ids=cited)
        keys[same] |= key
    return kept
