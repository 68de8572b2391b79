"""What the business promised or did, told to the customer by an agent. Nothing else an agent says is a memory."""

import re
from typing import Final

from regulars.ai.rules import person, phrasing, screen
from regulars.ai.rules.sentences import HOLE

_WE: Final = r"\b(?:i|we|i've|we've|i'll|we'll|i'm|we're)\b"
_DONE = re.compile(
    rf"{_WE}(?: have)?(?: now| just| already| also| gone ahead and)? (?:issued|refunded|credited|sent|shipped"
    rf"|replaced|cancell?ed|escalated"
    r"|processed|arranged|booked|scheduled|dispatched|waived|applied|extended|reopened|upgraded|submitted"
    r"|forwarded|raised|filed|opened"
    r"|requested|reported|added|removed|updated|reset|changed|placed|ordered|registered|logged"
    r"|passed) (?!the same|a dm|dm|it via|you a dm|you a message|a message|you a pm)",
    re.IGNORECASE,
)
_PROMISED = re.compile(
    r"\b(?:i'll|we'll|i will|we will|(?:i'm|we're|i am|we are) going to) (?:now |also |then )?(?:issue|refund"
    r"|credit|send|ship|replace|cancel|escalate"
    r"|process|arrange|book|schedule|deliver|dispatch|waive|apply|extend|reopen|upgrade|submit|forward|raise"
    r"|file|call you|reply|email you"
    r"|add|remove|reset|change|fix|repair|collect|pass|reimburse|compensate) (?!the same|a dm|you a dm"
    r"|you a message)",
    re.IGNORECASE,
)
_ON_ITS_WAY = re.compile(
    r"^(?:your|our|the|a|an) (?:new |full )?(?:refund|order|replacement|engineer|technician|driver|parcel"
    r"|package|credit|delivery"
    r"|payment|card|appointment|booking|case) (?:will|has been|have been|is on|is scheduled|is booked|was) ",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:if|once|please|when|unless|would|could|can|feel free|let us|dm|direct message|private message|pm"
    r"|happy to|love to|glad|sorry|what|comments|feedback|pass\w* (?:it|this|that)? ?(?:along|on))\b|\?",
    re.IGNORECASE,
)
_WORTH: Final = re.compile(
    r"\b(?:refund\w*|credit\w*|replac\w+|order|account|case|ticket|request|report\w*|by|within|today|tomorrow|ship\w*"
    r"|booking|reservation|fee|charge|voucher|discount|points|engineer|technician|delivery|package|parcel|card"
    r"|payment|team|supervisor"
    r"|manager|department|warranty|flight|seat|bag|form|invoice|receipt)\b",
    re.IGNORECASE,
)


def commitment(sentence: str, name: str | None) -> str | None:
    """What the customer was promised or told; None for the rest of what agents say."""
    sentence = phrasing.trimmed(sentence)
    promised = _PROMISED.search(sentence)
    under_way = _ON_ITS_WAY.match(sentence)
    if not (promised or under_way or _DONE.search(sentence)) or _is_unfit(sentence):
        return None
    told = person.rewrite(sentence, person.business_speaks())
    if told is None:
        return None
    verb = "promised" if promised or (under_way and " will " in under_way.group()) else "told"
    return phrasing.finished(f"{name or 'the customer'} was {verb} that {told[:1].lower()}{told[1:]}")


def _is_unfit(sentence: str) -> bool:
    return bool(
        len(sentence) > phrasing.CONTENT_CHARS_MAX - 60
        or HOLE in sentence
        or _VAGUE.search(sentence)
        or not _WORTH.search(sentence)
        or screen.is_sensitive(sentence)
    )
