"""Which language a sentence is in. English is told by its small words; the rest by a model that is read when first
needed (60 MB, a second)."""

import re
from functools import lru_cache
from threading import Lock
from typing import Final, Protocol, cast

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from regulars.ai.rules.tables import words

ENGLISH: Final = "en"
HINGLISH: Final = "hi-Latn"
_CHARS_READ_MAX: Final = 1_000
_SURE: Final = 0.4
_SURE_OF_FEW_LETTERS: Final = 0.8
_FEW_LETTERS: Final = 12

_WORDS_AROUND: Final = 20
"""English ones for each Hindi one: more are a message that only names something Indian."""

_KNOWN: Final = words(
    "ar bg bn cs da de el en es fa fi fr gu he hi hu id it ja kn ko ml mr nl no pa pl pt ro ru sv ta te th tl tr uk ur"
    " vi zh"
)
"""Of a hundred more a short message has the looks now and then, and is not."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENGLISH: Final = words(
    "the and are is was were i i'm i've i'll my our you your they them this that of with from have has had don't can't"
    " won't didn't isn't it's what when where how why would will been just because about which their"
)
_HINGLISH: Final = words(
    "hai hain nahi nahin nhi kya kyu kyun kyon mera meri mere mujhe mujhko mujhse maine hum humara hamara aap aapka"
    " aapke apna apni apne bhai yaar yar haan theek thik karo karna kar kiya karke raha rahi rahe gaya gayi gaye hua"
    " hui hoga hogi tha thi abhi kab kahan kaise koi kuch bahut jaldi paisa paise chahiye toh bhi lekin aur woh yeh"
    " wala wali wale milega mila mile diya dena lena baat pata samajh phir fir ka ki ko mein hoon hu rehta rehti"
    " bachche ghar sab sirf naam accha acha dhanyavaad gayi batao bolo chal jab tak"
)


_LOADING: Final = Lock()


class _Model(Protocol):
    def set_languages(self, langs: frozenset[str], /) -> None: ...
    def classify(self, text: str, /) -> tuple[str, float]: ...


def _model() -> _Model:
    with _LOADING:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> _Model:
    loaded = cast("_Model", LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))  # pyright: ignore[reportUnknownMemberType]
    loaded.set_languages(_KNOWN)
    return loaded


def language_of(text: str, *, unsure: str = ENGLISH) -> str:
    """A code of ISO 639-1, or `HINGLISH`: Hindi in Latin letters, with English in it or without.

    `unsure` is the answer where little tells, as in many short replies.
    """
    text = text[:_CHARS_READ_MAX]
    found = [word.casefold() for word in _WORD.findall(text)]
    if not found:
        return unsure
    hindi, english = (sum(word in small for word in found) for small in (_HINGLISH, _ENGLISH))
    if (hindi > 1 and hindi * _WORDS_AROUND >= len(found)) or (hindi and unsure == HINGLISH):
        return HINGLISH
    if text.isascii() and english > 1 and english * 6 >= len(found):
        return ENGLISH
    language, chance = _model().classify(text)
    if unsure == HINGLISH and text.isascii() and language != ENGLISH:
        return HINGLISH
    letters = sum(map(len, found)) if text.isascii() else _FEW_LETTERS
    sure = _SURE if letters >= _FEW_LETTERS else _SURE_OF_FEW_LETTERS
    return language if chance >= sure else unsure
