"""From the raw text of a message to clean sentences: no links, handles, emoji, markup or control characters.

Every pattern here is linear in the text: no nested quantifiers, no alternation that can match the same text twice.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Final, cast

import sentencex

TURN_CHARS_READ_MAX: Final = 8_000
"""Characters read of one message. What follows is ignored: nobody states a lasting fact only after four pages."""

SENTENCES_PER_TURN_MAX: Final = 80

HOLE: Final = "\ufffc"
"""Stands where a handle was cut out of the middle of a sentence, which is then not self-contained."""

_segment = cast("Callable[[str, str], list[str]]", vars(sentencex)["segment"])

_QUOTES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u00b4": "'"})
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLES_AT_START = re.compile(r"^(?:\s*[.^]?@\w+(?:'s)?[:,;]?)+")
_HANDLES_AT_END = re.compile(r"(?<!\S)@\w+[.!?]?\s*$")
_HANDLE_BEFORE_STOP = re.compile(r"\s@\w+(?=[.!?,])")
_HANDLE_NUMBER = re.compile(r"(?<![\w.])@\d+")
_HANDLE_NAME = re.compile(r"(?<![\w.])@(?=[A-Za-z_])")
_HASHTAG_AT_END = re.compile(r"(?<!\S)#[^\W\d]\w*[.!?]?\s*$")
_HASHTAG = re.compile(r"(?<!\w)#(?=[^\W\d])")
_PART_MARK = re.compile(r"(?<!\S)\(?\d/\d\)?(?!\S)")
_SIGNATURE = re.compile(
    r"(?:(?<=[.!?])\s?-{1,2}|\s[*^]\s?|\s[-\u2013]{1,2}\s?)(?:[A-Z][A-Za-z]{1,20}|[A-Z]{1,3})\.?\s*$"
)
_SIGNATURE_CARET = re.compile(r"\s\^[A-Za-z]{1,20}(?!\S)")
_ELLIPSIS = re.compile(r"\.{2,}|\u2026")
_SHOUT = re.compile(r"([!?,])[!?,]+")
_SHRUG = re.compile(r"\\?_\(.?\)_/?")
_NO_SPACE = re.compile(r"(?<=[a-z][a-z][.!?])(?=[A-Z][a-z])|(?<=[a-z],)(?=[A-Za-z])")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n[\n ]*")
_LINE = re.compile(r"\s*\n\s*|\s+[\u2022|]\s+")
_ITEM = re.compile(r"(?:[-*\u00b7\u2022]|\d{1,2}[.)])\s+")
_ALONE = re.compile(r"[^\W\d_]\.")
_DROPPED_CATEGORIES: Final = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf"})
_EMOTICON = re.compile(r"(?<!\S)(?:[:;=]['-]?[()DPpO3/|*]|<3|:'\(|xd|XD)(?!\S)")


def clean(text: str) -> str:
    """The readable part of a message. Line breaks stay, as they end sentences."""
    text = html.unescape(text[:TURN_CHARS_READ_MAX]).translate(_QUOTES)
    text = _LINK.sub(" ", _printable(text))
    text = _without_tail(_PART_MARK.sub(" ", _HANDLES_AT_START.sub("", text)))
    text = _HANDLE_NAME.sub("", _HANDLE_NUMBER.sub(HOLE, _HANDLE_BEFORE_STOP.sub("", text)))
    text = _SHRUG.sub(" ", text.replace(" 't", "'t").replace("w/ ", "with "))
    text = _NO_SPACE.sub(" ", text)
    text = _EMOTICON.sub(" ", _HASHTAG.sub("", text))
    text = _SHOUT.sub(_one_mark, _ELLIPSIS.sub(". ", text))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def split(text: str, language: str = "en") -> list[str]:
    """The sentences of a cleaned message, in order, each without surrounding blanks. A line and an item of a list end
    a sentence. `language` decides what an abbreviation is."""
    found: list[str] = []
    for line in _LINE.split(text):
        for piece in _segment(language, _ITEM.sub("", line, count=1) if _ITEM.match(line) else line):
            if found and _ALONE.fullmatch(found[-1]):
                found[-1] = f"{found[-1]} {piece.strip()}"  # an initial, as in "M. Dupont"
            elif piece.strip():
                found.append(piece.strip())
            if len(found) == SENTENCES_PER_TURN_MAX:
                return found
    return found


def _printable(text: str) -> str:
    """Control characters become blanks; emoji, variation selectors and other signs disappear."""
    return "".join(_printed(char) for char in text)


def _printed(char: str) -> str:
    if char == "\n" or (char.isascii() and char.isprintable()):
        return char
    category = unicodedata.category(char)
    if category in {"Cc", "Zl", "Zp", "Zs"} or category in _DROPPED_CATEGORIES:
        return " " if category[0] in "CZ" and category != "Cf" else ""
    return "" if 0xFE00 <= ord(char) <= 0xFE0F else char


def _without_tail(text: str) -> str:
    """Signatures of agents, hashtags and handles that trail a message say nothing."""
    text = _SIGNATURE_CARET.sub("", _SIGNATURE.sub("", text.rstrip()))
    for _ in range(12):
        shorter = _HASHTAG_AT_END.sub("", _HANDLES_AT_END.sub("", text)).rstrip()
        if shorter == text:
            break
        text = shorter
    return text


def _one_mark(match: re.Match[str]) -> str:
    return "?" if "?" in match.group() else match.group(1)
