"""Agreement of the verb with a third person: "have" becomes "has", "want" becomes "wants"; an unknown verb, None."""

from typing import Final

from regulars.ai.rules.tables import words

INVARIANT: Final = words(
    "can can't cannot could couldn't will won't would wouldn't should shouldn't must mustn't might may shall did"
    " didn't had hadn't ought was wasn't used"
)
_IRREGULAR_PAST: Final = words(
    "got bought went sent paid said told lost left made found saw came took gave kept felt thought knew met ran put"
    " set cut hit let spent built broke chose drove ate fell flew forgot froze grew heard held hid hurt laid led lent"
    " lit meant read rode rose sang sat shut slept sold spoke spilt stood stole swore taught threw understood woke"
    " wore won wrote began became brought caught dropped quit reset bet cost split upset fit sought"
)
_AUXILIARY: Final = {
    "am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't", "haven't": "hasn't",
    "aren't": "isn't", "weren't": "wasn't", "go": "goes", "try": "tries", "is": "is", "has": "has", "isn't": "isn't",
    "does": "does", "doesn't": "doesn't", "hasn't": "hasn't",
}  # fmt: skip
_BASE: Final = words(
    "want need like love prefer hate live work use own drive pay get keep see know think believe feel hope wish"
    " expect understand play watch listen order buy shop travel fly commute rent study teach run speak call text"
    " email receive wait look find hear say tell ask require suffer wear eat drink cook read write send take make"
    " give come sell subscribe stream start stop turn open close change add remember recommend rely depend plan"
    " intend enjoy dislike appreciate belong remain stay sit stand walk ride help run manage care collect cycle pick"
    " return check log click press connect charge download update upgrade install select enter search type submit"
    " sign hold hang follow support switch move book cancel visit attend swim sing dance paint train volunteer handle"
    " lead develop build grow breed regret miss trust doubt deserve demand refuse avoid struggle depend earn spend"
    " save lose share host raise lease"
)
_SAME_IN_PAST: Final = words("read put set cut hit let shut")
HABITUAL: Final = words("never always usually rarely often only normally")
_NOT_PAST: Final = frozenset({"need", "feed", "proceed", "succeed", "exceed", "speed", "bleed", "indeed", "red"})
ADVERBS: Final = words(
    "just also really still only never always already actually currently now usually normally often sometimes"
    " recently finally literally honestly even truly definitely certainly probably then first again almost absolutely"
    " much would rather simply originally previously mainly mostly generally regularly constantly barely hardly"
    " desperately urgently totally completely kindly nearly rarely strongly seriously genuinely accidentally"
) - {"would"}


def is_past(verb: str) -> bool:
    return verb in _IRREGULAR_PAST or (verb.endswith("ed") and verb not in _NOT_PAST and len(verb) > 3)


def is_verb(word: str) -> bool:
    """A word that can carry a clause."""
    return word in INVARIANT or word in _AUXILIARY or is_past(word) or word in _BASE


def singular(verb: str, *, habitual: bool = False) -> str | None:
    """The form after "the customer", given the form after "I", "we" or "you".

    `habitual` after "never" or "always", which make a present of "read" or "put"."""
    if habitual and verb in _SAME_IN_PAST:
        return _with_s(verb)
    if verb in _AUXILIARY:
        return _AUXILIARY[verb]
    if verb in INVARIANT or is_past(verb):
        return verb
    return _with_s(verb) if verb in _BASE else None


def plural(verb: str) -> str:
    """The form after "they", given the form after "I"."""
    return {"am": "are", "was": "were", "wasn't": "weren't", "is": "are", "has": "have"}.get(verb, verb)


def _with_s(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"
