"""A cheap guess of one thing only: is this English? The rest is kept in the customer's own words."""

import re
from typing import Final

from regulars.ai.rules.tables import words

_WORD = re.compile(r"[^\W\d_]+")
_LATIN_END: Final = 0x250

_ENGLISH: Final = words(
    "the a an and or but is are was were am be been it its it's i i'm my me we our you your he she they them this"
    " that of to in on at for from with by as if so not don't can can't will would have has had do does did please"
    " what when where how why who there here just out up about after since all get got want need order"
)
_ROMANCE: Final = words(
    "el la los las un una de del que y en es por para con ha han mi mis su se lo le como pero muy est\u00e1 estoy tengo"
    " ya o os as um uma do da em n\u00e3o com meu minha voc\u00eas est\u00e3o isso mais sim il gli che di non sono"
    " per ho mio mia della alla questo le les des du et est je vous nous pas ne mon ma mes pour avec sur dans ce"
    " cette qui"
)
_GERMANIC: Final = words(
    "der die das und ist ich nicht ein eine mein meine mit auf von zu wie f\u00fcr habe hat wir sie bei het een ik"
    " niet van mijn maar heb bij naar wij jullie och det jag inte"
)
_IN_LATIN_LETTERS: Final = words(
    "saya yang tidak di dan ini itu sudah belum aku kamu bir ve bu benim nie jest si\u0119 moje hai paisa pura yaar"
    " karo jaldi kab abhi toh haan ji mein hu ho raha rahi naam bahut yeh woh thik kyu mere aap diya gaya mila"
    " chahiye jab aisa mera meri mujhe kya nahi ke ka ki ko se aur hain tha bhi kar"
)
_FOREIGN: Final = (_ROMANCE | _GERMANIC | _IN_LATIN_LETTERS) - _ENGLISH


def is_english(text: str, *, unsure: bool = True) -> bool:
    """`unsure` is the answer where no word tells, as in many short replies."""
    found = [match.group().casefold() for match in _WORD.finditer(text)]
    if sum(1 for word in found if ord(word[0]) >= _LATIN_END) * 3 > len(found):
        return False
    english = sum(1 for word in found if word in _ENGLISH)
    others = sum(1 for word in found if word in _FOREIGN)
    if others > 1:
        return english > 2 * others  # two languages in one sentence: better quoted than half rewritten
    return unsure if english == others else english > others
