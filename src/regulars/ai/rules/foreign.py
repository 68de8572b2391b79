"""Sentences in other languages than English: picked by the words of `languages.toml`, kept as they were written."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from regulars.ai.rules.language import HINGLISH
from regulars.ai.rules.lexicons import Lexicon, folded, framed, lexicon
from regulars.ai.rules.sentences import HOLE
from regulars.domain.transcripts import Candidate, Turn

SENTENCE_CHARS_MAX: Final = 260
OF_A_TURN_MAX: Final = 2
ENOUGH: Final = 2.0
"""Of the weight of a sentence: what it tells, or two signs that it is about the speaker's own affairs."""
_ENOUGH_FOR_SECOND: Final = 3.0
_ENOUGH_BEFORE_QUESTION: Final = 2.5

_UNKNOWN: Final = 1.7
_CHARS_MIN: Final = 10
_UNSPACED_CHARS_MIN: Final = 6
_LONG: Final = 40
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_QUESTION = re.compile(r"[?\uff1f\u061f]\W*$|\u5417\W*$")
_CLAUSE = re.compile(r"[,;\uff0c\uff1b\u3001\u060c]\s*")
_ASKED_ANYWHERE: Final = frozenset({"zh", "ja", "hi", HINGLISH, "tr"})
_CAPITALS_ARE_NAMES_NOT: Final = frozenset({"de"})
_NAME = re.compile(
    r"(?<=[\w,] )[A-Z\u00c0-\u00de\u0400-\u042f]\w{2,}|[\u300a\u300e\u300c\u00ab]|(?<=[\u3040-\u9fff])[A-Za-z]{2,}"
)
_EMPTY_CLAUSE_CHARS_MAX: Final = 24


def candidates(said: Sequence[tuple[str, str]], turn: Turn, name: str | None) -> list[Candidate]:
    """What sentences of one message, each with its language, are worth: quotations, at most `OF_A_TURN_MAX`."""
    weighed = [(weight, told, language) for raw, language in said for weight, told in _kept(raw, language)]
    ranked = sorted(range(len(weighed)), key=lambda index: -weighed[index][0])[:OF_A_TURN_MAX]
    kept = [index for place, index in enumerate(ranked) if place == 0 or weighed[index][0] >= _ENOUGH_FOR_SECOND]
    return [_candidate(*weighed[index], turn, name) for index in sorted(kept)]


def quoted(words: str, language: str, turn: Turn, name: str | None) -> str:
    """With the day of writing behind it where the words name a day that only this one tells."""
    content = framed("said", language, name, words=words)
    known = lexicon(language)
    dated = known is not None and known.when.search(folded(words))
    return f"{content} ({turn.occurred_at.date().isoformat()})" if dated else content


def weight(sentence: str, language: str) -> float:
    """How much a statement tells of the one who makes it. 0 for what is never kept."""
    known = lexicon(language)
    text = folded(sentence)
    if not is_long_enough(sentence) or HOLE in sentence or (known is not None and known.insult.search(text)):
        return 0
    exact = any(char.isdigit() for char in sentence) + bool(
        language not in _CAPITALS_ARE_NAMES_NOT and _NAME.search(sentence)
    )
    signs = exact / 2 + min(len(sentence), _LONG) / (2 * _LONG)
    if known is None:
        return _UNKNOWN + signs
    told = 2 * bool(known.lasts.search(text)) + 3 * bool(known.trouble.search(text))
    own = 1.5 * bool(known.speaker.search(text)) + 0.5 * bool(known.when.search(text))
    return max(0.0, min(told, 3) + own + signs - 1 - 1.5 * bool(known.empty.search(text)))


def is_question(sentence: str, language: str) -> bool:
    """By its mark or, as marks are often left out, by how it begins."""
    known = lexicon(language)
    if known is None or _QUESTION.search(sentence):
        return bool(_QUESTION.search(sentence))
    find = known.asks.search if language in _ASKED_ANYWHERE else known.asks.match
    return bool(find(folded(_CLAUSE.split(sentence)[-1] if language in {"zh", "ja"} else sentence)))


def without_greeting(sentence: str, known: Lexicon | None) -> str:
    """Clauses of politeness at the beginning are left out, as far as a comma sets them off."""
    for _ in range(3):
        cut = _CLAUSE.search(sentence[:_EMPTY_CLAUSE_CHARS_MAX])
        if known is None or cut is None or not known.empty.match(folded(sentence[: cut.start()])):
            break
        sentence = sentence[cut.end() :]
    return sentence


def _kept(raw: str, language: str) -> Iterator[tuple[float, str]]:
    """A statement; of a question what is stated before it is asked."""
    if len(raw) > 2 * SENTENCE_CHARS_MAX:
        return
    sentence, enough = without_greeting(raw, lexicon(language)), ENOUGH
    while is_question(sentence, language):
        cuts = list(_CLAUSE.finditer(sentence))
        if not cuts or not _QUESTION.search(raw):
            return
        sentence, enough = sentence[: cuts[-1].start()], _ENOUGH_BEFORE_QUESTION
    if len(sentence) <= SENTENCE_CHARS_MAX and (found := weight(sentence, language)) >= enough:
        yield found, sentence


def _candidate(found: float, told: str, language: str, turn: Turn, name: str | None) -> Candidate:
    confidence = round(min(0.5 + found / 10, 0.95), 2)
    return Candidate(
        quoted(told, language, turn, name), turn.occurred_at, (turn.communication_id,), confidence=confidence
    )


def is_long_enough(sentence: str) -> bool:
    unspaced = bool(_UNSPACED.search(sentence))
    return len(sentence) >= (_UNSPACED_CHARS_MIN if unspaced else _CHARS_MIN) and (unspaced or " " in sentence)
