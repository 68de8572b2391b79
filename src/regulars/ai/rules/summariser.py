"""One paragraph about a conversation from its own sentences: why, what happened, what was promised, the end."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from regulars.ai.rules import extractor, foreign, language, salience, sentences, tables
from regulars.ai.rules.cues import TROUBLE
from regulars.ai.rules.insults import is_insult
from regulars.ai.rules.language import ENGLISH
from regulars.ai.rules.lexicons import folded, framed, has_thanks, lexicon
from regulars.ai.rules.sentences import HOLE
from regulars.domain import screening
from regulars.domain.transcripts import Candidate, Digest, Transcript, Turn

SUMMARY_CHARS_MAX: Final = 600
QUOTE_CHARS_MAX: Final = 180
PROMISES_MAX: Final = 2
EXCHANGES_MAX: Final = 2
STRETCHES: Final = 4
"""A conversation is told from as many parts of it, each its weightiest first."""
_TURNS_AT_ONCE: Final = 100
_LANGUAGE_CHARS: Final = 1_000

_POINTS_BACK = re.compile(r"\b(?:this|that|it|these|they)\b|\bhelp\b", re.IGNORECASE)
_DETAILS: Final = frozenset({"name", "email address", "phone number", "postal address", "billing address", "birthday"})
_SOLVED = re.compile(
    r"\b(?:solved|sorted|fixed|resolved|works? (?:now|again|fine|perfectly)|working (?:now|again|fine)"
    r"|that worked|it worked|all good)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|isn't|never|still|when|hasn't|haven't|until|want|need|please|can't|cannot|if|get|none|nothing|no|neither|nor|didn't|doesn't|don't|won't|wasn't|only|unless|hope|hopefully|would)\b|\?",
    re.IGNORECASE,
)
_SMALL_TALK_QUESTION = re.compile(
    r"\b(?:how are you|how's|how have you|how was your|what's (?:up|new)|(?:been|going) up to|you doing"
    r"|your (?:day|week)"
    r"|did you|do you (?:like|love|enjoy|think)|have you ever)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|ok|okay|good (?:morning|afternoon|evening))(?: there| guys| all| team)?[,!.]?\s+",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"\b(?:i|my|me|we|our|i'm|i've)\b", re.IGNORECASE)
_TERM = re.compile(r"[^\W\d_]{4,}|\d+|[\u3040-\u9fff]{2,}")
_USUAL: Final = tables.words(
    "about again also back been being could does doing done even every from going gonna good great have haven here into"
    " just know like make more most much need once only other over please really right said same some sorry still such"
    " take tell than thank thanks that their them then there these they thing things think this those today trying very"
    " want wants well were what when where which while will with would years your"
)
_TERMS_SHARED_MIN: Final = 1
_PERSONAL: Final = 0.6
"""From here on the two tell each other of their lives; nobody came for anything."""
_UNSPACED_FROM: Final = "\u3040"
_LONG_NUMBER = re.compile(r"(?<![\d-])(?!\d{4}-\d\d-\d\d)\d(?:[ -]?\d){6}")
_PRIVATE = re.compile(
    r"\b(?:please|send|drop|shoot|via|can you|could you|kindly|join|meet)\b[^.!?]{0,80}(?<!your )"
    r"\b(?:dms?|direct messages?|private messages?|pm|privately)\b|\b(?:dm|pm) us\b",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"\b(?:sorry|apologi\w+|hear from|thanks|thank you|welcome|glad|happy to|love to|great day|dm|direct message"
    r"|private message|reach out"
    r"|feel free|let us know|keep us|hi|hello|hey|help you|here to help|appreciate|please|click|visit|link"
    r"|check out|welcome to|closer look|a look|look in(?:to)?|we want to|concern\w*"
    r"|i'd like to|we'd like|next available|whenever you|frustrat\w+|disappoint\w+|understand"
    r"|let us|help with|can help|able to help|hear you|here for you"
    r"|(?:your|the|more) (?:details|comments|feedback|info|information)|assist\w*|look forward|details here"
    r"|for reaching|happy|sounds? like|see you|enjoy)\b|\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of a summary. `place` is the index of the turn that it tells of; `cites` the messages it rests on."""

    text: str
    place: int
    cites: tuple[str, ...]
    weight: float = 0.0


class RuleSummariser:
    """Implements `Summariser`. Pure computation, as in `RuleExtractor`."""

    async def summarise(self, transcript: Transcript) -> Digest:
        return await asyncio.to_thread(digest_of, transcript)


def digest_of(transcript: Transcript) -> Digest:
    """At most `SUMMARY_CHARS_MAX` characters. Where nothing can be told, that there was contact."""
    parts = parts_of(transcript)
    cited = tuple(dict.fromkeys(one for part in parts for one in part.cites))
    return Digest(" ".join(part.text for part in parts), cited, extractor.BY)


def parts_of(transcript: Transcript) -> list[Part]:
    """The sentences in the order of what they tell of."""
    if not transcript.turns:
        return []
    conversation = _Conversation(transcript)
    opening, ending = conversation.contact(), conversation.ending()
    room = SUMMARY_CHARS_MAX - sum(len(part.text) + 1 for part in (opening, *ending))
    told = conversation.told()
    kept = _fitting(told, conversation.answered(), conversation.exchanged(), room, len(transcript.turns))
    return [opening, *sorted(kept, key=lambda part: part.place), *ending]


class _Conversation:
    """What may be told of a transcript: nothing that is screened, insults or speaks to the machine."""

    def __init__(self, transcript: Transcript) -> None:
        self._turns = transcript.turns
        self._screened = transcript.screened
        self._name = extractor.name_of(transcript)
        said = (sentences.clean(turn.text[:_LANGUAGE_CHARS]) for turn in self._turns if turn.by_customer)
        self._language = language.language_of("\n".join(islice(said, _TURNS_AT_ONCE))[:_LANGUAGE_CHARS])
        self._is_personal = salience.personal(turn.text for turn in self._turns) > _PERSONAL
        self._central = _central(self._turns)
        places = {turn.communication_id: place for place, turn in enumerate(self._turns)}
        self._found = [
            (self._place(candidate, places), candidate)
            for candidate in _candidates(transcript)
            if not candidate.flags and self._is_fit(candidate.content)
        ]

    def _place(self, candidate: Candidate, places: Mapping[str, int]) -> int:
        """Of the first customer's message among those cited, else of the first."""
        cited = [places[one] for one in candidate.communication_ids]
        return next((place for place in cited if self._turns[place].by_customer), cited[0])

    def contact(self) -> Part:
        first = self._turns[0]
        frame = "talked" if self._is_personal else "contacted" if first.by_customer else "reached"
        return self._frame(frame, 0, day=first.occurred_at.date().isoformat())

    def told(self) -> list[Part]:
        """Of the customer's, with their first words of substance where nothing came of these."""
        facts = [
            _told(candidate, place)
            for place, candidate in self._found
            if self._turns[place].by_customer and candidate.attribute not in _DETAILS
        ]
        if facts and self._is_personal:
            return facts
        first = min((part.place for part in facts), default=len(self._turns))
        words = [
            part
            for place, turn in enumerate(self._turns[:first])
            if turn.by_customer and (part := self._words_of(turn, place))
        ]
        why = next((part for part in words if part.weight), None)
        return [why, *facts] if why else facts or words[:1]

    def answered(self) -> list[Part]:
        """Promises first; without any, what the business answered that is most to the point."""
        promised = [_told(candidate, place) for place, candidate in self._found if not self._turns[place].by_customer]
        if promised or self._is_personal:
            return promised[-PROMISES_MAX:]
        return self._best(self._answers, by_customer=False)[:1]

    def exchanged(self) -> list[Part]:
        """Quotations that are to the point, for where there is little else to tell."""
        answers = [] if self._is_personal else self._best(self._answers, by_customer=False)[1:EXCHANGES_MAX]
        return answers + self._best(self._statements, by_customer=True)[:EXCHANGES_MAX]

    def _best(self, quoted: Callable[[int], Iterator[Part]], *, by_customer: bool) -> list[Part]:
        """Of each message what shares most with the rest of the conversation; of these, the most central first."""
        best = [
            max(parts, key=lambda part: part.weight)
            for place, turn in enumerate(self._turns)
            if turn.by_customer is by_customer and (parts := list(quoted(place)))
        ]
        return sorted((part for part in best if part.weight >= _TERMS_SHARED_MIN), key=lambda part: -part.weight)

    def ending(self) -> list[Part]:
        """What the last messages show. Nothing is solved unless the customer says so."""
        at = next((place for place in range(len(self._turns) - 1, -1, -1) if self._turns[place].by_customer), None)
        if at is None:
            return []
        said = self._said(at)
        answers = [turn for turn in self._turns if not turn.by_customer]
        if any(_SOLVED.search(one) and not _DENIED.search(one) for one in sentences.split(said)):
            return [self._frame("solved", at)]
        if not answers:
            return [replace(self._frame("unanswered", at), cites=())]
        if not self._turns[-1].by_customer:
            return self._last_word(said, at)
        if has_thanks(said, self._language):
            return [self._frame("thanked", at)]
        return [self._frame("open", at)] if "?" in said and self._language == ENGLISH else []

    def _last_word(self, said: str, at: int) -> list[Part]:
        last = len(self._turns) - 1
        text = self._said(last)
        if self._language == ENGLISH and _PRIVATE.search(text):
            return [self._frame("private", last)]
        if self._language == ENGLISH and text.endswith("?"):
            return [self._frame("asked_last", last)]
        return [self._frame("thanked", at)] if has_thanks(said, self._language) else []

    def _frame(self, frame: str, place: int, **values: str) -> Part:
        """Without one in the language of the conversation, the English one."""
        text = framed(frame, self._language, self._name, **values) or framed(frame, ENGLISH, self._name, **values)
        return Part(text, place, (self._turns[place].communication_id,))

    def _said(self, place: int) -> str:
        return sentences.clean(self._turns[place].text)

    def _words_of(self, turn: Turn, place: int) -> Part | None:
        """The most telling sentence of a message in the customer's own words, a question before a statement. It has
        weight when it says why they came, and is not only the first that they said."""
        fit = list(self._quotable(turn))
        statements = [one for one in fit if not foreign.is_question(*one)]
        question = next((one for one in fit if foreign.is_question(*one)), None)
        points_back = question is not None and bool(_POINTS_BACK.search(question[0]))
        cites = (turn.communication_id,)
        if question and not (statements and points_back):
            to_business = not points_back and not _SMALL_TALK_QUESTION.search(question[0])
            return Part(framed("asked", question[1], self._name, words=question[0]), place, cites, to_business)
        if not statements:
            return None
        words, spoken = best = max(statements, key=_telling)
        return Part(foreign.quoted(words, spoken, turn, self._name), place, cites, _telling(best)[0])

    def _answers(self, place: int) -> Iterator[Part]:
        """Of a message of the business that follows one of the customer's."""
        if not any(turn.by_customer for turn in self._turns[max(place - 2, 0) : place]):
            return
        for words, spoken in self._quotable(self._turns[place]):
            known = lexicon(spoken)
            polite = known.empty.search(folded(words)) if known else _SMALL_TALK.search(words)
            if not polite and not foreign.is_question(words, spoken):
                yield self._quotation(framed("answered", spoken, words=words), words, place)

    def _statements(self, place: int) -> Iterator[Part]:
        for words, spoken in self._quotable(self._turns[place]):
            if foreign.is_question(words, spoken):
                if not _SMALL_TALK_QUESTION.search(words):
                    yield self._quotation(framed("asked", spoken, self._name, words=words), words, place)
            elif _telling((words, spoken))[1]:
                text = foreign.quoted(words, spoken, self._turns[place], self._name)
                yield self._quotation(text, words, place)

    def _quotation(self, text: str, words: str, place: int) -> Part:
        return Part(text, place, (self._turns[place].communication_id,), len(_terms(words) & self._central))

    def _quotable(self, turn: Turn) -> Iterator[tuple[str, str]]:
        """Sentences that can stand in quotation marks, each with its language."""
        text = sentences.clean(turn.text)
        if screening.addresses_machine(text):
            return
        spoken = language.language_of(text, unsure=self._language)
        for raw in sentences.split(text, spoken):
            words = foreign.without_greeting(raw.replace(HOLE, "..."), lexicon(spoken))
            words = _shortened(_GREETING.sub("", words))
            its = language.language_of(raw, unsure=spoken)
            if foreign.is_long_enough(words) and self._is_fit(words) and _is_substantial(words):
                yield words, its

    def _is_fit(self, text: str) -> bool:
        """Numbers of phones and accounts are no part of a story."""
        return not _LONG_NUMBER.search(text) and screening.refused(text, self._screened) is None and not is_insult(text)


def _candidates(transcript: Transcript) -> Iterator[Candidate]:
    for start in range(0, len(transcript.turns), _TURNS_AT_ONCE):
        turns = transcript.turns[start : start + _TURNS_AT_ONCE]
        yield from extractor.extract_candidates(replace(transcript, turns=turns, fresh_from=0))


def _told(candidate: Candidate, place: int) -> Part:
    """What says much in few words, and what goes wrong, before the rest."""
    weight = candidate.confidence + bool(TROUBLE.search(candidate.content)) / 4 - len(candidate.content) / 400
    return Part(candidate.content, place, candidate.communication_ids, weight)


def _fitting(told: list[Part], answered: list[Part], beside: list[Part], room: int, turns: int) -> list[Part]:
    """Why the customer came, then answers, then the rest by stretches of the conversation, as far as there is room.
    What is `beside` is told of messages of which nothing else is."""
    stretches: list[list[Part]] = [[] for _ in range(STRETCHES)]
    for part in sorted(told[1:], key=lambda part: -part.weight):
        stretches[part.place * STRETCHES // turns].append(part)
    rounds = max(map(len, stretches))
    rest = [stretch[turn] for turn in range(rounds) for stretch in reversed(stretches) if turn < len(stretch)]
    kept: list[Part] = []
    places = {part.place for part in (*told, *answered)}
    for part in (*told[:1], *reversed(answered), *rest, *(part for part in beside if part.place not in places)):
        if len(part.text) + 1 <= room:
            kept.append(part)
            room -= len(part.text) + 1
    return kept


def _central(turns: Sequence[Turn]) -> frozenset[str]:
    """What more than one message speaks of."""
    counts = Counter(term for turn in turns for term in _terms(turn.text[: sentences.TURN_CHARS_READ_MAX]))
    return frozenset(term for term, count in counts.items() if count > 1)


def _telling(said: tuple[str, str]) -> tuple[bool, bool, int]:
    """Of several statements the one that tells of trouble says why the customer came, else of themselves, else most."""
    words, spoken = said
    known = lexicon(spoken)
    trouble, own = (known.trouble, known.speaker) if known else (TROUBLE, _SPEAKER)
    return bool(trouble.search(folded(words))), bool(own.search(folded(words))), len(words)


def _terms(text: str) -> frozenset[str]:
    """Longer words, numbers, and the pairs of signs of a script that sets no blanks."""
    found = set[str]()
    for term in _TERM.findall(folded(text)):
        if term in _USUAL:
            continue
        found |= {term} if term < _UNSPACED_FROM else {term[at : at + 2] for at in range(len(term) - 1)}
    return frozenset(found)


def _is_substantial(words: str) -> bool:
    return words.count(" ") >= 3 or not words.isascii()


def _shortened(sentence: str) -> str:
    """The beginning of what is too long to quote, up to a word's end."""
    if len(sentence) <= QUOTE_CHARS_MAX:
        return sentence
    return f"{sentence[: QUOTE_CHARS_MAX - 3].rpartition(' ')[0] or sentence[: QUOTE_CHARS_MAX - 3]}..."
