"""One self-contained sentence about the customer, or a quotation of what they said."""

import re
from typing import Final

from regulars.ai.rules import person, rough, verbs
from regulars.ai.rules.tables import words, words_of

_WORDS: Final = words_of("phrasing")
CONTENT_CHARS_MAX: Final = 300
"""Longer than this is a story, not a fact."""

_LEADS: Final = (
    r"hi / hello / hey / hiya / dear / ok / okay / and / but / well(?! (?:worth|done|made|said|known|over|before))"
    r" / also / actually / yes / yeah / yep / yup / nope / oh / lol / sorry / btw / by the way / fyi / ah / aha"
    r" / um / uh / hmm / ugh / great / cool / right / thanks / thanks so much / thanks for asking / thank ?you"
    r" / thx / cheers / guys / team / there / all / folks / sir / madam / honestly / seriously / basically"
    r" / anyway / anyways / again / no / omg / unfortunately / sadly / however / nice / apparently / currently"
    r" / please note that / you know / you know what / look / listen / hola / morning / evening"
    r" / good (?:morning|afternoon|evening) / for your information / help / ps / o+h+ / w+o+w+ / a+w+ / yay+"
    r" / woo\w* / whoa+h? / woah+ / haha\w* / ha / gosh / man / oh man / oh no / oh my / my god / my gosh"
    r" / oh my gosh / oh my god / damn / dang / definitely / absolutely / totally / for sure / of course / exactly"
    r" / sure / sure thing / i know / i mean / to be honest / tbh / awesome / amazing / congrats / true"
    r" / same here / me too / no worries / no problem / not really / really / sweet / perfect / indeed / agreed"
    r" / yikes / phew / fun fact / plus / heck yes / heck yeah / that being said / that said / on another note"
    r" / in other news / guess what / so true / so cool / so sweet"
    r" / so(?=,| (?:i|we|my|our|the|it|there|he|she|they|this|that|now|yesterday|last|if|when|you|please|can"
    r"|anyway|for|on|after|in|as|since|today|tomorrow|i'm|i've|we're|we've|it's|there's|he's|she's|they're)\b)"
    r" / (?:i just wanted|i wanted|just wanted|i want|i'm (?:so |very )?(?:excited|happy|glad)) to (?:tell you"
    r"|tell ya|tell u|let you know|share)(?: that)?(?=,? (?:i|i'm|i've|we|we've|my)\b)"
    r" / since (?:we last (?:talked|spoke|chatted|met)|our last chat)(?=,? ?-? ?(?:i|i'm|i've|we|we've|my)\b)"
)
_LEAD = re.compile(
    r"^[\s\"'(*>,-]*(?:(?:(?:hi|hello|hey|dear|thanks|thank you) (?!for|to|the|my|so|it|and|but|you|this"
    r"|is)[a-z]{2,15}(?=[,!.])|"
    + "|".join(sorted((lead.strip() for lead in _LEADS.split(" / ")), key=len, reverse=True))
    + r")\b(?:[\s,:;.!-]+|$))",
    re.IGNORECASE,
)
_NEEDS_COMMA: Final = _WORDS["needs_comma"]
_MANY_NEED_COMMA: Final = frozenset({
    "i know", "i mean", "you know", "you know what", "of course", "for sure", "not really", "same here", "me too",
    "no problem", "no worries", "guess what", "my god", "my gosh", "oh my", "thanks so much", "to be honest",
    "fun fact", "sure thing", "thanks", "thank you", "thankyou", "thx", "cheers", "congrats", "agreed", "indeed",
})  # fmt: skip
_TAIL = re.compile(
    r"(?<![\s,.;!-])(?:[\s,.;!-]+(?:thanks?|thank you|thx|ty|cheers|pls|pls help|please help|lol|lmao|tbh|gr8|yo|bro"
    r"|xx?|haha\w*|thanks in advance|thanks for (?:your|the) help|can you help|please advise|(?:kind )?regards"
    r"|any ideas?)|\s?[,.;!-]+\s?(?:please|help|sorry|dude|man|so yeah|ok|okay|guys|anyone|you know|tho|though))"
    r"[\s.!?]*$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r", (?:you know|like|i mean|lol|haha),", re.IGNORECASE)
_ADVERB_LEAD = re.compile(
    r"^(?:(?:just|still|already|also|only|finally|recently|now|never|always|currently|absolutely|definitely"
    r"|seriously|really|totally|so|very)\s+){0,3}",
    re.IGNORECASE,
)
_ELLIPTIC_ING: Final = words(
    "waiting trying having getting using moving looking travelling traveling flying experiencing paying hoping"
    " struggling planning thinking feeling heading enjoying dealing"
)
_ELLIPTIC_STATE: Final = words(
    "unable stuck happy locked excited grateful thankful proud glad disappointed frustrated annoyed impressed shocked"
    " confused worried concerned tired bored interested surprised pleased delighted obsessed addicted amazed"
)
_AFTER_STATE: Final = words("to that with about for i i'm i've we my by of when because how in at on")
_ELLIPTIC_VERB: Final = words(
    "can't cannot couldn't haven't didn't need want had got went bought paid saw met lost sold quit love hate prefer am"
)
_OWN = re.compile(r"\b(?:my|myself)\b")
_ELLIPTIC_DONT = re.compile(r"don't (?:want|need|have|know|like|think|understand|get|use|see)\b", re.IGNORECASE)
_ELLIPTIC_PAST = re.compile(
    r"(?!used to)[a-z]{3,12}ed (?:my|a|an|the|to|with|from|for|in|on|your|it|up|out"
    r"|some|two|three|this|that|off|back|twice)\b",
    re.IGNORECASE,
)
_IT_DID: Final = words(
    "made gave brought helped kept let based related inspired compared needed promised offered charged denied asked"
    " told given sent billed quoted scheduled supposed forced allowed delivered refused required advised informed"
    " assured"
)
"""First words that leave open who did it, or to whom: "Promised a refund"."""
_ELLIPTIC_THOUGHT: Final = words("wish hope think guess hoped thought wished feel")
_PREPOSITION_TOO: Final = words("since before after once even")
_SUBORDINATE: Final = words("when while if although though") | _PREPOSITION_TOO
_SUBJECTS: Final = words("i we he she it they you there")
_STRONG: Final = _WORDS["strong"]
_BEFORE_NOUN: Final = words("to a an the my our your his her its their this that of in on with for at from and")
_AFTER_VERB: Final = words("me us my our the a an to it him her them so myself")
_AFTER_NAME: Final = words("and or who with in of from at on to for also just really always never")
_SMALL_START: Final = _WORDS["small_start"]
_TIMES: Final = _WORDS["times"]
_FRAGMENT_START: Final = words(
    "because which whose whom until unless than especially including such like or plus what how why where who whether"
    " let let's lets not nor neither either cause as here here's"
)
_IMPERATIVE = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|someone|anyone|somebody|u)(?: guys)?(?: please| kindly)?|please|kindly) "
    r"(?P<never>don't |do not |not |never |stop )?(?P<what>[a-z].*)$",
    re.IGNORECASE | re.DOTALL,
)
_ORDER_TO_REACH = re.compile(
    r"^(?P<never>don't |do not |never |stop )?"
    r"(?P<what>(?:always |only )?(?:text|email|e-mail|call|phone|ring|message|whatsapp|sms|contact|calling|texting"
    r"|emailing|ship|send|deliver|leave|cancel|refund)\b(?! of\b| is\b| was\b| are\b).*)$",
    re.IGNORECASE | re.DOTALL,
)
_REQUEST = re.compile(r"(?:can|could|would|will|please|kindly) ", re.IGNORECASE)
_WISH_TO_KNOW = re.compile(r"^(?:can|could|may) (?P<who>I|we) (?P<what>.*)$", re.IGNORECASE | re.DOTALL)
_SUBJECT: Final = r"(?=(?:i|i'm|i've|we|it|it's|they|he|she|you|there|this|that|the|my|can't)\b)"
_NEXT_CLAUSE = re.compile(
    rf",? (?:and|but|so|because|though|although|while) {_SUBJECT}|, {_SUBJECT}|;| - ",
    re.IGNORECASE,
)
_QUOTING = re.compile(r"(?<!\w)'\w|\"[^\"]*\b(?:i|i'm|my|me|we|our|us|you|your)\b[^\"]*\"|^[\"(]|\)$", re.IGNORECASE)
_NOT_ABOUT_THEM = re.compile(
    r"\b(?:my (?:god|gosh|goodness|bad|dear)|(?:believe|trust|tell) me|our (?:\w+ )?(?:chats?|talks?|conversations?"
    r"|friendship)|we (?:[\w']+ ){0,2}(?:talk(?:ed)?|chat(?:ted)?|spoken?|speak|catch up|caught up)"
    r"(?! (?:to|with|about)))\b|\w please \w|\ufffc",
    re.IGNORECASE,
)


def trimmed(sentence: str, listener: str | None = None) -> str:
    """Without greetings in front and thanks behind, spelled out, the missing subject restored.

    `listener` is the name of the person spoken to, which is cut where it only calls them."""
    return _unshouted(_cut(person.plain(sentence), listener))


def third_person(
    sentence: str, name: str | None, listener: str | None = None, *, after: str | None = None
) -> str | None:
    """A trimmed sentence of the customer told about them. None when only a quotation would be safe.

    `after` is the sentence of theirs that was told directly before it: who spoke is clear, and who "they" are."""
    if (
        _QUOTING.search(sentence)
        or sentence.count('"') % 2
        or sentence.count("(") != sentence.count(")")
        or rough.is_rough(sentence)
        or (_NOT_ABOUT_THEM.search(sentence) and not _REQUEST.match(sentence))
    ):
        return None
    cast = person.customer_speaks(name, listener)
    told = _asked(sentence, cast)
    if told is None and "?" not in sentence:
        told = _told(_with_subject(sentence), cast, after)
    return finished(told) if told else None


def quoted(sentence: str, name: str | None, listener: str | None = None) -> str:
    """The customer's own words, and to whom they were said where that matters."""
    words_said = trimmed_ends(_unshouted(_cut(sentence, listener))) or trimmed_ends(sentence)
    to = f" to {listener}" if listener and re.search(r"\byou", words_said, re.IGNORECASE) else ""
    verb = f"asked{to.replace(' to', '')}" if words_said.endswith("?") else f"said{to}"
    return f'{name or "The customer"} {verb}: "{words_said[:1].upper()}{words_said[1:]}"'


def trimmed_ends(sentence: str) -> str:
    """For quotations: no blanks at the ends and no quotation marks inside."""
    return " ".join(sentence.split()).replace('"', "'")


def finished(text: str) -> str:
    """Capital first, full stop last, one line."""
    text = text if _first_word(text) in _TIMES else rough.unspliced(text)
    text = " ".join(text.split()).rstrip(" ,;:-!?.")
    stop = "" if text.endswith(('."', '!"', '?"')) else "."
    return f"{text[:1].upper()}{text[1:]}{stop}"


def has_clause(sentence: str) -> bool:
    """Whether a finite verb is in it once the unspoken subject is restored: "no sound" has none."""
    restored = _with_subject(sentence)
    return restored != sentence or _has_verb(sentence)


def _cut(sentence: str, listener: str | None) -> str:
    sentence = sentence.strip()
    is_question = sentence.endswith("?")
    for _ in range(6):
        shorter = _TAIL.sub("", _lead_cut(_uncalled(sentence, listener)))
        if shorter == sentence or not shorter.strip(" .!?,"):
            break
        sentence = shorter
    sentence = _ASIDE.sub("", sentence).strip(" \t*-,;:" if sentence.count('"') % 2 == 0 else " \t\"'*-,;:")
    return f"{sentence}?" if is_question and not sentence.endswith("?") else sentence


def _uncalled(sentence: str, listener: str | None) -> str:
    """Without the name, or the short name, of the person spoken to at either end."""
    if not listener:
        return sentence
    first, _, rest = sentence.partition(",")
    if rest and _is_short_for(first.strip(), listener):
        return rest.lstrip()
    start, _, last = sentence.rpartition(",")
    if start and _is_short_for(last.strip(" .!?"), listener):
        return start
    start, _, last = sentence.rstrip(" .!").rpartition(" ")
    called = last == listener.split()[0] and start.rpartition(" ")[2].lower() not in _BEFORE_NOUN
    return start if called else sentence


def _is_short_for(word: str, name: str) -> bool:
    return len(word) > 1 and word[:1].isupper() and name.split(maxsplit=1)[0].lower().startswith(word.lower())


def _lead_cut(sentence: str) -> str:
    found = _LEAD.match(sentence)
    if not found:
        return sentence
    said = found.group().lower().strip(" \"'(*>-")
    separated = not said[-1:].isalpha()
    bare = said.strip(",:;.!- ")
    if (bare in _NEEDS_COMMA or bare in _MANY_NEED_COMMA) and not separated:
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
    first, second = [*_words(rest), "", ""][:2]
    lowered = sentence[:1].lower() + sentence[1:]
    if second in _STRONG or second in verbs.INVARIANT:
        return sentence
    if _is_without_am(rest, first, second, adverbial=rest != sentence):
        return f"I am {lowered}"
    if first == "been" and (second.endswith(("ing", "ed")) or second in {"to", "there", "busy", "in", "on", "sick"}):
        return f"I have {lowered}"
    return f"I {lowered}" if _is_without_i(rest, first, second) else sentence


def _is_without_am(rest: str, first: str, second: str, *, adverbial: bool) -> bool:
    if first == "being":
        return verbs.is_past(second)
    if first.endswith("ing") and (first in _ELLIPTIC_ING or adverbial or _OWN.search(rest)):
        return _is_verbless(rest)
    return first in _ELLIPTIC_STATE and second in _AFTER_STATE


def _is_without_i(rest: str, first: str, second: str) -> bool:
    if first in _ELLIPTIC_THOUGHT:
        return _stem(second) in _SUBJECTS - {"you"}
    if first in _IT_DID:
        return False
    if first in _ELLIPTIC_VERB:
        return second not in {"me", "us"}
    if _ELLIPTIC_DONT.match(rest) or _ELLIPTIC_PAST.match(rest):
        return True
    return verbs.is_past(first) and second not in {"my", "me", "by"} and _OWN.search(rest) is not None


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
    return f"{cast.speaker} asked {cast.addressed} {to} {rest[:1].lower()}{rest[1:]}"


def _told(sentence: str, cast: person.Cast, after: str | None) -> str | None:
    if _is_fragment(sentence):
        return None
    first = _first_word(sentence)
    speaks = person.first_mention(first) in {"i", "we"}
    if not (speaks or _has_verb(sentence) or (first in {"my", "our"} and _has_plain_verb(sentence))):
        return None
    if not _has_main_clause(sentence):
        return None
    if (
        after is not None
        or person.first_mention(first)
        or ((first in _TIMES or verbs.is_adverb(first)) and person.first_mention(sentence) in {"i", "we"})
    ):
        direct = person.rewrite(small(sentence), cast, after=after or "")
        if direct:
            return direct
    indirect = person.rewrite(sentence, cast, introduced=True) if first not in {"that", "that's"} else None
    return f"{cast.speaker} said that {small(indirect)}" if indirect else None


def _is_fragment(sentence: str) -> bool:
    """An order, or a clause that leans on another: "Keeps crashing", "Because it broke"."""
    found = _words(sentence)
    first = found[0] if found else ""
    if (first in _FRAGMENT_START and found[:2] not in (["as", "a"], ["as", "an"])) or not sentence[:1].isalpha():
        return True
    bare = next((word for word in found if not verbs.is_adverb(word)), "")
    is_bare = (
        bare in {"been", "being"}
        or verbs.is_base(bare)
        or verbs.is_past(bare)
        or (verbs.is_verb(bare) and bare.endswith("s"))
    )
    following = found[found.index(bare) + 1 :][:1] if bare else []
    return is_bare and bare not in _TIMES and not (following and (following[0] in _STRONG | verbs.INVARIANT))


def _has_main_clause(sentence: str) -> bool:
    """Not so "When I was young": it has a clause only, and no comma. "After the race I slept" has one."""
    first, second = [*_words(sentence), "", ""][:2]
    if first not in _SUBORDINATE:
        return True
    needed = 1 if first in _PREPOSITION_TOO and _stem(second) not in _SUBJECTS else 2
    return "," in sentence or sum(_stem(word) in _SUBJECTS for word in _words(sentence)) >= needed


def small(text: str) -> str:
    first = _first_word(text)
    if re.match(r"I\b", text):
        return text
    is_common = _stem(first) in _SMALL_START or verbs.is_adverb(first) or (first.endswith("ing") and len(first) > 5)
    return text[:1].lower() + text[1:] if (is_common or _is_described(text)) else text


def _is_described(text: str) -> bool:
    """A first word that is no name: names stand before a verb in the singular, or before another name."""
    both = text.split(maxsplit=3)[:3]
    if len(both) == 3 and both[1] in {"and", "or"}:
        return both[2].islower() and both[2] not in _SMALL_START
    both = both[:2]
    if len(both) < 2 or not (both[0][1:].islower() and both[1].isalpha() and both[1].islower()):
        return False
    is_plural = both[0].endswith("s") and (verbs.is_base(both[1]) or both[1] in {"are", "were"})
    return is_plural or not (
        _is_finite([w.lower() for w in both], 1) or verbs.is_verb(both[1]) or both[1] in _AFTER_NAME
    )


def _stem(word: str) -> str:
    """The "it" of "it's"."""
    return word.partition("'")[0]


def _words(sentence: str) -> list[str]:
    return [word.group().lower() for word in re.finditer(r"[\w']+", sentence)]


def _first_word(sentence: str) -> str:
    return re.split(r"[^\w']", sentence.strip(), maxsplit=1)[0].lower()


def _has_verb(sentence: str) -> bool:
    found = [word.group().lower() for word in re.finditer(r"[\w']+|,", sentence)]
    return found[:1] != [] and ("'" in found[0] or any(_is_finite(found, at) for at in range(1, len(found))))


def _is_verbless(sentence: str) -> bool:
    """Whether the first clause has no verb behind its first word: "Having fun" has none, "Having fun is great" has."""
    found = _words(_NEXT_CLAUSE.split(sentence, maxsplit=1)[0])
    return not any(_is_finite(found, at) or _looks_finite(found[at]) for at in range(1, len(found)))


def _has_plain_verb(sentence: str) -> bool:
    """As in "My son turns five": a plural would do as well, which after "my" is seldom all."""
    return any(map(_looks_finite, _words(sentence)[2:]))


def _looks_finite(word: str) -> bool:
    return word.endswith("s") and verbs.is_verb(word)


def _is_finite(found: list[str], at: int) -> bool:
    """Plurals that look like verbs count only where an object follows them."""
    word = found[at]
    if word in _STRONG or word in verbs.INVARIANT:
        return True
    subject = next((one for one in reversed(found[:at]) if not verbs.is_adverb(one)), ",")
    if verbs.is_past(word):
        return subject not in {",", "and", "but", "or"}
    before, after = found[at - 1], found[at + 1] if at + 1 < len(found) else ""
    return (
        verbs.is_verb(word)
        and before not in _BEFORE_NOUN
        and (after in _AFTER_VERB or before in {"i", "we", "they", "it", "he", "she", "you", "who"})
    )
