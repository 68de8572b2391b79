"""One self-contained sentence about the customer, or a quotation of what they said."""

import re
from typing import Final

from regulars.ai.rules import person, verbs
from regulars.ai.rules.tables import words

CONTENT_CHARS_MAX: Final = 300
"""Longer than this is a story, not a fact."""

_LEAD = re.compile(
    r"^[\s\"'(*>-]*(?:(?:(?:hi|hello|hey|dear|thanks|thank you) (?!for|to|the|my|so|it|and|but|you|this"
    r"|is)[a-z]{2,15}(?=[,!.])"
    r"|hi|hello|hey|hiya|dear|ok|okay|so|and|but|well|also|actually|yes|yeah|yep|yup|nope|oh|lol|sorry|btw"
    r"|by the way|fyi|ah|um|hmm|wow|ugh|great|cool|right|thanks|thank ?you|thx|cheers|guys|team|there|all|folks|sir"
    r"|madam|honestly|seriously|basically|anyway|again|no|omg|unfortunately|sadly|however|apparently|currently"
    r"|please note that"
    r"|you know|look|listen|good (?:morning|afternoon|evening)|hola|morning|evening|for your information|help|ps)\b"
    r"(?:[\s,:;.!-]+|$))",
    re.IGNORECASE,
)
_NEEDS_COMMA: Final = words("no all right great cool again look listen help currently there sorry ps")
_TAIL = re.compile(
    r"(?<![\s,.;!-])[\s,.;!-]+(?:thanks?|thank you|thx|ty|cheers|please|pls help|please help|help|lol|lmao|tbh|sorry"
    r"|gr8|yo|bro|dude|man|so yeah|xx?|ok|okay|pls|guys"
    r"|any ideas?|please advise|kind regards|regards|thanks in advance|thanks for (?:your|the) help|can you help"
    r"|anyone)"
    r"[\s.!?]*$",
    re.IGNORECASE,
)
_ADVERB_LEAD = re.compile(r"^(?:(?:just|still|already|also|only|finally|recently|now|never)\s+){0,3}", re.IGNORECASE)
_ELLIPTIC_ING: Final = words(
    "waiting trying having getting using moving looking travelling traveling flying experiencing paying hoping"
    " struggling being"
)
_ELLIPTIC_STATE: Final = words("unable stuck happy locked")
_ELLIPTIC_VERB: Final = words(
    "can't cannot couldn't haven't didn't don't need want had got ordered bought paid received called tried waited"
    " booked cancelled canceled updated upgraded switched moved spent lost purchased emailed contacted reported"
    " returned installed checked restarted signed downloaded missed requested love hate prefer live"
)
_ELLIPTIC_PAST = re.compile(r"[a-z]{3,12}ed (?:my|a|an|the|to|with|from|for|in|on|your|it|up|out|me)\b", re.IGNORECASE)
_FINITE: Final = words(
    "is are am were has have isn't aren't doesn't don't hasn't haven't weren't keeps does says needs it's that's i'm"
    " i've we're we've"
)
_SMALL_START: Final = words(
    "the a an this these that those my our your his her it its there every everything after since when while all no"
    " some another order delivery package parcel website app when both each one two three four nothing now still even"
    " every in on at for from with as because most half any right whenever every first second during before until"
    " once only your new old please something someone nobody everyone"
)
_IMPERATIVE = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|someone|anyone|somebody|u)(?: guys)?(?: please| kindly)?|please|kindly) "
    r"(?P<never>don't |do not |never |stop )?(?P<what>[a-z].*)$",
    re.IGNORECASE | re.DOTALL,
)
_ORDER_TO_REACH = re.compile(
    r"^(?P<never>don't |do not |never |stop )?"
    r"(?P<what>(?:always |only )?(?:text|email|e-mail|call|phone|ring|message|whatsapp|sms|contact|calling|texting"
    r"|emailing|ship|send|deliver|leave|cancel|refund)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WISH_TO_KNOW = re.compile(r"^(?:can|could|may) (?P<who>I|we) (?P<what>.*)$", re.IGNORECASE | re.DOTALL)
_COMMA_SPLICE = re.compile(r", (?=(?:they|it) \w)")
_COUPLE = re.compile(r"\bmy (\w{2,20}) and I\b", re.IGNORECASE)


def trimmed(sentence: str) -> str:
    """Without greetings in front and thanks behind, spelled out, the missing subject restored."""
    sentence = person.plain(sentence).strip()
    is_question = sentence.endswith("?")
    for _ in range(6):
        shorter = _TAIL.sub("", _lead_cut(sentence))
        if shorter == sentence:
            break
        sentence = shorter
    sentence = _unshouted(sentence.strip(" \t\"'*-,;:"))
    return f"{sentence}?" if is_question and not sentence.endswith("?") else sentence


def third_person(sentence: str, name: str | None) -> str | None:
    """A trimmed sentence of the customer told about them. None when only a quotation would be safe."""
    if '"' in sentence or "(" in sentence:
        return None
    cast = person.customer_speaks(name)
    told = _asked(sentence, cast) or _told(_with_subject(sentence), cast)
    return finished(told) if told else None


def quoted(sentence: str, name: str | None) -> str:
    subject = name or "The customer"
    return f'{subject} said: "{trimmed_ends(sentence)}"'


def trimmed_ends(sentence: str) -> str:
    """For quotations: no blanks at the ends and no quotation marks inside."""
    return sentence.strip().replace('"', "'")


def finished(text: str) -> str:
    """Capital first, full stop last, one line."""
    text = text if " said that " in text else _COMMA_SPLICE.sub("; ", text)
    text = " ".join(text.split()).rstrip(" ,;:-!?.")
    return f"{text[:1].upper()}{text[1:]}."


def _lead_cut(sentence: str) -> str:
    found = _LEAD.match(sentence)
    if not found:
        return sentence
    words = found.group().lower().strip(" \"'(*>-")
    separated = not words[-1:].isalpha()
    if words.strip(",:;.!- ") in _NEEDS_COMMA and not separated:
        return sentence
    return sentence[found.end() :]


def _unshouted(sentence: str) -> str:
    letters = [char for char in sentence if char.isalpha()]
    if len(letters) < 12 or sum(1 for char in letters if char.isupper()) * 10 < len(letters) * 7:
        return sentence
    return person.plain(sentence.lower())


def _with_subject(sentence: str) -> str:
    """Writers of short messages leave out the "I am" of "still waiting for my order"."""
    lead = _ADVERB_LEAD.match(sentence)
    rest = sentence[lead.end() if lead else 0 :]
    first = re.split(r"[^\w']", rest, maxsplit=1)[0].lower()
    lowered = sentence[:1].lower() + sentence[1:]
    if first in _ELLIPTIC_ING or first in _ELLIPTIC_STATE:
        return f"I am {lowered}"
    if first == "been":
        return f"I have {lowered}"
    return f"I {lowered}" if first in _ELLIPTIC_VERB or _ELLIPTIC_PAST.match(rest) else sentence


def _asked(sentence: str, cast: person.Cast) -> str | None:
    """Requests: "Please send me X" and "Can I have X?"."""
    wish = _WISH_TO_KNOW.match(sentence)
    if wish:
        rest = person.rewrite(wish["what"], cast, introduced=True)
        return f"{cast.speaker} asked whether they can {rest}" if rest else None
    order = _IMPERATIVE.match(sentence) or _ORDER_TO_REACH.match(sentence)
    if not order or _first_word(order["what"]) in {"a", "an", "the", "got", "i", "be", "been", "my", "because", "as"}:
        return None
    rest = person.rewrite(order["what"], cast, introduced=True)
    if rest is None:
        return None
    never = (order["never"] or "").strip().lower()
    to = "to stop" if never == "stop" else "not to" if never else "to"
    return f"{cast.speaker} asked {person.BUSINESS} {to} {rest[:1].lower()}{rest[1:]}"


def _told(sentence: str, cast: person.Cast) -> str | None:
    couple = _COUPLE.match(sentence)
    if couple:
        rest = person.rewrite(sentence[couple.end() :], cast, introduced=True)
        return f"{cast.speaker} and their {couple.group(1).lower()}{rest}" if rest else None
    first = _first_word(sentence)
    if first in {"i", "i'm", "i've", "i'd", "i'll", "we", "we're", "we've", "we'd", "we'll", "my", "our"}:
        direct = person.rewrite(sentence, cast)
        if direct:
            return direct
    if not _has_verb(sentence):
        return None
    indirect = person.rewrite(sentence, cast, introduced=True)
    return f"{cast.speaker} said that {_small(indirect)}" if indirect else None


def _small(text: str) -> str:
    first = _first_word(text)
    return text[:1].lower() + text[1:] if first in _SMALL_START or first in {"they", "it"} else text


def _first_word(sentence: str) -> str:
    return re.split(r"[^\w']", sentence.strip(), maxsplit=1)[0].lower()


def has_clause(sentence: str) -> bool:
    """Whether a finite verb is in it once the unspoken subject is restored: "no sound" has none."""
    restored = _with_subject(sentence)
    return restored != sentence or _has_verb(sentence)


def _has_verb(sentence: str) -> bool:
    found = [word.group().lower() for word in re.finditer(r"[\w']+", sentence)]
    return any(word in _FINITE or word in verbs.INVARIANT or verbs.is_past(word) for word in found[1:])
