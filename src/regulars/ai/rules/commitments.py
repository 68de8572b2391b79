"""What the business promised or did, told to the customer by an agent. Nothing else an agent says is a memory."""

import re
from typing import Final

from regulars.ai.rules import person, phrasing
from regulars.ai.rules.sentences import HOLE

_WE: Final = r"\b(?:i|we|i've|we've|i'll|we'll|i'm|we're)\b"
_DONE = re.compile(
    rf"{_WE}(?: have)?(?: now| just| already| also| gone ahead and)? (?:issued|refunded|credited|sent|shipped"
    rf"|replaced|cancell?ed|escalated"
    r"|processed|arranged|booked|scheduled|dispatched|waived|applied|extended|reopened|upgraded|submitted"
    r"|forwarded|raised|filed|opened"
    r"|requested|reported|added|removed|updated|reset|changed|placed|ordered|registered|logged"
    r"|passed|asked|contacted|created|activated|deactivated|set up) (?!the same|a dm|dm|it via|you a dm|you a message"
    r"|a message|you a pm)",
    re.IGNORECASE,
)
_PROMISED = re.compile(
    r"\b(?:i'll|we'll|i will|we will|(?:i'm|we're|i am|we are) going to) (?:now |also |then )?(?:issue|refund"
    r"|credit|send|ship|replace|cancel|escalate"
    r"|process|arrange|book|schedule|deliver|dispatch|waive|apply|extend|reopen|upgrade|submit|forward|raise"
    r"|file|call you|reply|email you"
    r"|add|give you a call|remove|reset|change|fix|repair|collect|pass|reimburse|compensate) (?!the same|a dm|you a dm"
    r"|you a message)",
    re.IGNORECASE,
)
_THEIR_MATTER = re.compile(
    r"^(?:your|our|the|a|an) (?:new |full |next |current |monthly )?(?:refund|order|replacement|engineer|technician"
    r"|driver|parcel|package|credit|delivery|payment|card|appointment|booking|case)"
    r" (?:will|has been|have been|is on|is scheduled|is booked|was) "
    r"|^your (?:\w+ ){0,2}(?:refund|order|plan|tariff|contract|subscription|membership|account|claim|ticket|request"
    r"|reservation|flight|bag|warranty|bill|points|credits?|policy|deposit|balance|booking|appointment|delivery|parcel)"
    r" (?:is|are|was|were|has|have|will|expires?|renews?|ends?|includes?|costs?|comes?) ",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:if|once|please|when|unless|would|could|can|feel free|let us|dm|direct message|private message|pm"
    r"|happy to|love to|glad|sorry|what|customer|kidding|joking|or rather|as soon as"
    r"|he|she|him|her|will not|won't|comments|feedback|pass\w* (?:it|this|that)? ?(?:along|on)|they|their|them)\b"
    r"|[?<>]",
    re.IGNORECASE,
)
_WORTH: Final = re.compile(
    r"\b(?:refund\w*|credit\w*|replac\w+|order|account|plan|tariff|contract|subscription|membership"
    r"|claim|warranty|balance|bill|call|store|case|ticket|request|report\w*|by|within|today|tomorrow|ship\w*"
    r"|booking|reservation|fee|charge|voucher|discount|points|engineer|technician|delivery|package|parcel|card"
    r"|payment|team|supervisor"
    r"|manager|department|warranty|flight|seat|bag|form|invoice|receipt)\b",
    re.IGNORECASE,
)


def commitment(sentence: str, name: str | None) -> str | None:
    """What the customer was promised or told; None for the rest of what agents say."""
    sentence = phrasing.trimmed(sentence)
    promised = _PROMISED.search(sentence)
    theirs = _THEIR_MATTER.match(sentence)
    if not (promised or theirs or _DONE.search(sentence)) or _is_unfit(sentence):
        return None
    told = person.rewrite(sentence, person.business_speaks())
    if told is None:
        return None
    verb = "promised" if promised or (theirs and " will " in theirs.group()) else "told"
    return phrasing.finished(f"{name or 'the customer'} was {verb} that {told[:1].lower()}{told[1:]}")


def _is_unfit(sentence: str) -> bool:
    return bool(
        len(sentence) > phrasing.CONTENT_CHARS_MAX - 60
        or HOLE in sentence
        or _VAGUE.search(sentence)
        or not _WORTH.search(sentence)
    )
