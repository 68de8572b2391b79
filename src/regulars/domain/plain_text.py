"""A text as patterns should see it: what looks alike is alike, and nothing in it is invisible."""

import re
import unicodedata
from typing import Final

_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u043a\u043c\u0442\u043d\u0432"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u0417"
    "\u03bf\u03b1\u03b5\u03b9\u03bd\u03c1\u03c4\u03c5\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u0396"
    "\u0131\u0261",
    "aeopcyxijsdhqwkmthbABEKMHOPCTYXIJS3oaeivptuABEHIKMNOPTXZig",
)
"""Letters of the Cyrillic and Greek alphabets to the Latin ones that they look like."""
_MARKS: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "`": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u00df": "ss", "\u0153": "oe", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u2026": "...",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_BLANKS = re.compile(r"[^\S\n]+")
_TAGS: Final = range(0xE0020, 0xE007F)


def plain(text: str) -> str:
    """Compatibility forms, look-alikes, accents, digits of any script and marks made plain; what cannot be seen is
    taken away, and text that is hidden in tag characters shown. Line feeds stay."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", "".join(map(_seen, text))).translate(_MARKS)
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = _WORD.sub(_latin, unicodedata.normalize("NFC", text))
    return _BLANKS.sub(" ", text)


def _seen(char: str) -> str:
    if char.isascii():
        return char
    if ord(char) in _TAGS:
        return chr(ord(char) - 0xE0000)
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    return "" if category == "Cf" or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF else char


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    return word.translate(_LOOKALIKES) if _LATIN.search(word) else word
