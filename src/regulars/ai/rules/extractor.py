"""The extractor that needs no model: pick what lasts, say it in the third person, cite where it was said."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from regulars.ai.rules import commitments, dates, foreign, language, phrasing, salience, select, sentences
from regulars.ai.rules.salience import Place
from regulars.ai.rules.select import Group, Said
from regulars.ai.rules.tables import words
from regulars.core import limits
from regulars.domain import screening
from regulars.domain.transcripts import Candidate, Extraction, Transcript, Turn

BY: Final = "rules"
OBSERVATIONS_PER_TURN_MAX: Final = 4
OBSERVATIONS_PER_TRANSCRIPT_MAX: Final = 1_000
_COMPARED_MAX: Final = 200
"""So many of the last are looked through for one that says the same."""
NAME_CHARS_MAX: Final = 60
QUESTION_CHARS_MAX: Final = 140

TOLD: Final = 0.9
QUOTED: Final = 0.8
HEDGED: Final = 0.6
"""How sure a candidate is: what was said plainly; what nobody dared to put into other words; what the customer was not
sure of."""

_NAME = re.compile(
    r"\b(?:my (?:full |first )?name(?:'s| is)|(?:please )?call me|you can call me)\s+"
    r"(?P<name>[^\W\d_][\w'-]{1,30}(?:\s[A-Z][\w'-]{1,30}){0,2})",
    re.IGNORECASE,
)
_MAY_NAME = re.compile(r"name|call me", re.IGNORECASE)
_NO_NAMES: Final = words(
    "back when if at on as now asap about to please again by for today tomorrow not a the in crazy maybe and but old"
    " instead before after during only anytime this next every because just is spelled spelt misspelled wrong out"
    " with later tonight until between or it"
)
_PLEA = re.compile(r"(?:,| so| and|, so|, and|, but) (?=(?:please|pls|plz|can you|could you) )", re.IGNORECASE)
_CLAUSE = re.compile(
    r",? and (?=(?:i(?! are| were| have)|i'm|i've|i'd|we|we're|we've|my|our|have|got|own|work|drive|moved|bought)\b)"
    r"|, (?=(?:i|i'm|i've|we|we're|my|our)\b)|; ",
    re.IGNORECASE,
)
_BARE_VERB = re.compile(r"^(have|got|own|work|drive|moved|bought)\b", re.IGNORECASE)
_HEDGE = re.compile(r"\b(?:i think|i guess|maybe|perhaps|probably|might|not sure|i suppose)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_INDIRECT = re.compile(r" (?:said|asked)(?: that (?!the business )|: | to \w+: | \w+: )")
OF_INDIRECT: Final = 0.8
"""What it takes for a sentence that is quoted, or told as said, to be kept in talk with a service."""
_ANYWHERE: Final = Place()
_AMONG_FRIENDS: Final = 0.5
"""How personal talk is whose listener is a person and no business."""
_DENIALS: Final = words("not no never don't doesn't didn't isn't wasn't can't cannot won't without t nor neither")


class RuleExtractor:
    """Implements `Extractor`: pure computation, which a caller may move to a thread."""

    async def extract(self, transcript: Transcript) -> Extraction:
        return Extraction(await asyncio.to_thread(extract_candidates, transcript), BY)


def extract_candidates(transcript: Transcript) -> list[Candidate]:
    """Candidates in the order they were said, duplicates merged."""
    name = name_of(transcript)
    personal = salience.personal(turn.text for turn in transcript.turns)
    listener = _listener(transcript) if personal > _AMONG_FRIENDS else None
    befores = (None, *transcript.turns)[transcript.fresh_from :]
    found = [
        candidate
        for before, turn in zip(befores, transcript.fresh, strict=False)
        for candidate in candidates_of(
            turn, name, before, Place(personal=personal, listener=listener, screened=transcript.screened)
        )
    ]
    return _merged(found)[:OBSERVATIONS_PER_TRANSCRIPT_MAX]


def candidates_of(
    turn: Turn, name: str | None, before: Turn | None = None, place: Place = _ANYWHERE
) -> list[Candidate]:
    """What one message is worth, in its order. `before` is the one that it follows."""
    text = sentences.clean(turn.text)
    if not text or screening.addresses_machine(text):
        return []
    if not turn.by_customer:
        return _permitted(_promises(turn, text, name), place)
    spoken = language.language_of(text)
    said = [(raw, language.language_of(raw, unsure=spoken)) for raw in sentences.split(text, spoken)]
    facts = _facts([raw for raw, its in said if its == language.ENGLISH], turn, name, before, place)
    others = foreign.candidates([(raw, its) for raw, its in said if its != language.ENGLISH], turn, name)
    return _permitted([*_joined(facts), *others], place)


def _permitted(found: Iterable[Candidate], place: Place) -> list[Candidate]:
    kept = [one for one in found if not screening.is_screened(one.content, place.screened)]
    return kept[:OBSERVATIONS_PER_TURN_MAX]


def _joined(facts: Iterable[Candidate]) -> list[Candidate]:
    """Two sentences of one message about one attribute belong together: neither replaces the other."""
    joined: list[Candidate] = []
    for candidate in facts:
        at = next((i for i, known in enumerate(joined) if known.attribute == candidate.attribute), None)
        if candidate.attribute is None or at is None:
            joined.append(candidate)
            continue
        both = f"{joined[at].content} {candidate.content}"
        if candidate.content not in joined[at].content and len(both) <= phrasing.CONTENT_CHARS_MAX:
            joined[at] = replace(joined[at], content=both)
    return joined


def name_of(transcript: Transcript) -> str | None:
    """What the business calls the customer, or else what they call themselves."""
    if transcript.customer_name and _is_plain_name(transcript.customer_name):
        return transcript.customer_name.strip()
    stated = [
        name
        for turn in transcript.turns
        if turn.by_customer
        and _MAY_NAME.search(turn.text)
        and (name := _stated_name(sentences.clean(turn.text))) is not None
    ]
    return stated[-1].split()[0] if stated else None


def _listener(transcript: Transcript) -> str | None:
    """The other person, when there is one only and it has a name."""
    names = {turn.speaker.strip() for turn in transcript.turns if not turn.by_customer}
    only = names.pop() if len(names) == 1 else ""
    return only if _is_plain_name(only) else None


def _is_plain_name(name: str) -> bool:
    """Names come from profiles and senders: hostile ones, numbers and addresses are not put into sentences."""
    is_text = 0 < len(name.strip()) <= NAME_CHARS_MAX and all(char.isalpha() or char in " .'-" for char in name)
    return is_text and not screening.addresses_machine(name)


def _stated_name(text: str) -> str | None:
    found = _NAME.search(text)
    if found is None or screening.addresses_machine(text):
        return None
    first = found["name"].split()[0]
    if first.lower() in _NO_NAMES or not first[0].isupper():
        return None
    kept = [part for part in found["name"].split() if part[0].isupper()]
    return " ".join(kept)


def _facts(said: list[str], turn: Turn, name: str | None, before: Turn | None, place: Place) -> Iterator[Candidate]:
    question = _question(before, place.screened)
    parts = [part for raw in said if len(raw) <= select.SENTENCE_CHARS_MAX * 2 for part in _PLEA.split(raw)]
    place = replace(place, answers=question is not None)
    weighed = [one for part in parts for one in _apart(part, place)]
    for group in select.groups(weighed, place):
        if group.needs_question and before is not None and question is not None:
            found = _answer(group, question, before, turn, name)
        elif content := _told(group, turn, name, place.listener):
            found = _candidate(content, turn, group.said[0].attribute, _sureness(group, content))
        else:
            continue
        if _reads_well(found.content, group, place):
            yield found


def _reads_well(content: str, group: Group, place: Place) -> bool:
    """With a service, what nobody could put into plain words must be worth more: most of it was said in passing."""
    is_plain = not _INDIRECT.search(content)
    return is_plain or max(one.worth for one in group.said) > OF_INDIRECT * (1.0 - place.personal)


def _question(before: Turn | None, screened: frozenset[str]) -> str | None:
    """What the other has just asked, when it may be repeated."""
    if before is None or before.by_customer or "?" not in before.text:
        return None
    text = sentences.clean(before.text)
    last = next(reversed(sentences.split(text)), "")
    fit = last.endswith("?") and len(last) <= QUESTION_CHARS_MAX and sentences.HOLE not in last
    return None if not fit or screening.addresses_machine(text) or screening.is_screened(last, screened) else last


def _apart(raw: str, place: Place) -> Iterator[Said]:
    """A sentence that holds a replaceable fact is taken apart: what replaces it must not take another along."""
    whole = select.weigh(raw, place)
    clauses = _CLAUSE.split(whole.text) if whole.attribute not in {None, "contact preference"} else []
    if len(clauses) < 2:
        yield whole
        return
    for clause in clauses:
        yield select.weigh(_BARE_VERB.sub(r"I \1", clause.strip()), place)


def _told(group: Group, turn: Turn, name: str | None, listener: str | None) -> str | None:
    """The sentences one after the other; neighbours that can only be quoted, in one quotation."""
    if group.said[0].attribute == "name":
        stated = _stated_name(group.said[0].text)
        return f"The customer's name is {stated}." if stated else None
    told: list[str] = []
    quoted: list[str] = []
    after: str | None = None
    for one in group.said:
        is_claim = screening.claims_privilege(one.text)
        rewritten = None if is_claim else phrasing.third_person(one.text, name, listener, after=after)
        after = one.text
        if rewritten is None:
            quoted.append(one.raw)
            continue
        told += _quoted(quoted, turn, name, listener)
        quoted = []
        told.append(dates.resolve(rewritten, turn.occurred_at))
    return " ".join(told + _quoted(quoted, turn, name, listener))


def _quoted(said: list[str], turn: Turn, name: str | None, listener: str | None) -> list[str]:
    """Nothing or one quotation of them all."""
    if not said:
        return []
    return [dates.resolve(phrasing.quoted(" ".join(said), name, listener), turn.occurred_at, keep=True)]


def _answer(group: Group, question: str, before: Turn, turn: Turn, name: str | None) -> Candidate:
    """Question and answer word for word: neither is understood alone."""
    words_ = phrasing.trimmed_ends(" ".join(one.raw for one in group.said))
    content = f'Asked "{phrasing.trimmed_ends(question)}", {name or "the customer"} said: "{words_}"'
    found = _candidate(dates.resolve(content, turn.occurred_at, keep=True), turn, None, QUOTED)
    return replace(found, communication_ids=(before.communication_id, turn.communication_id))


def _sureness(group: Group, content: str) -> float:
    if any(_HEDGE.search(one.text) for one in group.said):
        return HEDGED
    return QUOTED if content.endswith('"') else TOLD


def _promises(turn: Turn, text: str, name: str | None) -> Iterator[Candidate]:
    for sentence in sentences.split(text):
        if len(sentence) > select.SENTENCE_CHARS_MAX:
            continue
        content = commitments.commitment(sentence, name)
        if content is not None:
            yield _candidate(dates.resolve(content, turn.occurred_at), turn, None, TOLD)


def _candidate(content: str, turn: Turn, attribute: str | None, confidence: float) -> Candidate:
    content = content[: limits.MEMORY_CONTENT_CHARS_MAX]
    return Candidate(content, turn.occurred_at, (turn.communication_id,), attribute, confidence)


def _merged(found: list[Candidate]) -> list[Candidate]:
    """One candidate for what was said twice, citing both messages; the wording that says more wins."""
    kept: list[Candidate] = []
    keys: list[frozenset[str]] = []
    for candidate in found:
        key = frozenset(_WORD.findall(candidate.content.casefold()))
        latest = range(max(len(keys) - _COMPARED_MAX, 0), len(keys))
        same = next((index for index in latest if _says_the_same(key, keys[index])), None)
        if same is None or kept[same].attribute != candidate.attribute:
            kept.append(candidate)
            keys.append(key)
            continue
        longer = kept[same] if len(kept[same].content) >= len(candidate.content) else candidate
        cited = tuple(dict.fromkeys(kept[same].communication_ids + candidate.communication_ids))
        kept[same] = replace(longer, communication_ids=cited)
        keys[same] |= key
    return kept


def _says_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """All words of one are in the other, which adds little and denies nothing."""
    less, more = sorted((one, other), key=len)
    return less <= more and 3 * len(less) >= 2 * len(more) and _DENIALS.isdisjoint(more - less)
