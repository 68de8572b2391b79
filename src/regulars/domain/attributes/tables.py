"""The words by which attributes are told in English, as far as they are many."""

import re
from typing import Final

from regulars.domain.attributes.people import GOODS
from regulars.domain.wording import listed

LANGUAGES: Final = (
    "english|spanish|french|german|italian|portuguese|polish|dutch|hindi|arabic|chinese|mandarin|cantonese|japanese"
    "|korean|turkish|russian|ukrainian|greek|swedish|norwegian|danish|finnish|czech|romanian|hungarian|catalan"
)
COUNTRIES: Final = listed(
    "england scotland wales ireland uk usa america canada mexico brazil argentina chile colombia peru spain portugal"
    " france germany austria switzerland italy belgium netherlands denmark norway sweden finland iceland poland greece"
    " turkey russia ukraine hungary romania czechia india china japan korea thailand vietnam indonesia australia egypt"
    " morocco kenya nigeria israel singapore malaysia philippines europe asia africa"
) | {"united kingdom", "united states", "south africa", "new zealand", "saudi arabia"}
_JOBS: Final = (
    "accountant|actor|architect|artist|baker|builder|carpenter|cashier|chef|cleaner|clerk|consultant|cook|courier"
    "|dentist|designer|developer|doctor|editor|electrician|engineer|farmer|firefighter|gardener|hairdresser|journalist"
    "|lawyer|lecturer|librarian|manager|mechanic|midwife|musician|nurse|painter|paramedic|pharmacist|photographer"
    "|physiotherapist|pilot|plumber|police officer|professor|programmer|psychologist|receptionist|researcher|salesman"
    "|saleswoman|scientist|secretary|shop assistant|soldier|student|surgeon|teacher|technician|therapist|translator"
    "|tutor|vet|waiter|waitress|writer"
)
_TIERS: Final = "bronze|silver|gold|platinum|diamond|basic|standard|premium|pro|plus|elite|vip"
COUNTS: Final = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
DEFINITE: Final = listed("any her his their my the")
EXCLUSIVE: Final = (
    "window aisle middle",
    "front back rear",
    "double twin single king queen",
    "upper lower",
    "high low ground",
    "soft firm",
    "bath shower",
    "smoking non-smoking",
    "morning afternoon evening",
    "early late",
    "paper electronic",
)
"""Of each line only one can be preferred for the same thing."""

CUT: Final = re.compile(
    r"(?:,| (?:with|since|for|near|because|but|and|when|while|so|as|where|who|which|after|before|until|last|this"
    r"|in (?:january|february|march|april|may|june|july|august|september|october|november|december|\d{4})"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b).*",
    re.IGNORECASE,
)
"""What follows a place, a firm or a job without being part of it."""


def _rule(*patterns: str) -> re.Pattern[str]:
    """VALUE is anything, NAMED what begins with a capital or a digit."""
    joined = "|".join(patterns)
    names = iter(("value", "other"))
    joined = re.sub("VALUE|NAMED", lambda found: f"(?P<{next(names)}>{_PLACES[found.group()]})", joined)
    return re.compile(joined, re.IGNORECASE)


_PLACES: Final = {"VALUE": ".+", "NAMED": "(?-i:[A-Z0-9]).+"}
_DENIED: Final = r"(?:no longer |does not |do not )?"
_IS: Final = r"(?:is|am|are|became|has become|have become)"
_TO_SPEAK: Final = (
    r"(?:to (?:be )?(?:speak|write|communicate|chat|talk|answer|reply|written|contact(?:ed)?|spoken|served|answered"
    r"|addressed|helped)(?: to| with)?(?: them| her| him| me)? in )?"
)

STATED: Final = (
    (
        "plan",
        _rule(
            r"(?:(?:is|am|are) on|(?:has |have )?(?:switched|upgraded|downgraded|moved|changed) to|signed up for)"
            r" (?:the |an? |our |their |her |his )?(?P<plan>[\w.+-]+(?: [\w.+-]+)?) (?:plan|tariff|package|contract)\b"
        ),
    ),
    (
        "home city",
        _rule(
            _DENIED + r"(?:lives? in|living in|(?:is|am|are) (?:living|based) in|resides? in|home (?:city|town) is"
            r"|(?:has |have )?(?:moved|relocated) (?:from [\w ]{1,40} )?to) NAMED"
        ),
    ),
    (
        "employer",
        _rule(
            _DENIED + r"(?:works? (?:for|at)|working (?:for|at)|employer is"
            r"|(?:is|am) (?:no longer )?(?:working (?:for|at)|employed (?:by|at))) NAMED"
        ),
    ),
    (
        "job",
        _rule(
            r"(?:works?|working|(?:is|am) working|is employed) as (?:an? )?VALUE",
            rf"{_IS} (?:an? )?(?P<job>(?:[\w-]+ )?(?:{_JOBS}))$",
            r"(?:job|profession|occupation) is (?:an? )?VALUE",
            r"(?:has |have |is |am )?(?P<retired>retired)$",
        ),
    ),
    (
        "marital status",
        _rule(
            r"(?:is|am|has been|got|has got) (?:no longer )?"
            r"(?P<status>married|divorced|engaged|single|widowed|separated)\b(?! in | to be )"
        ),
    ),
    (
        "diet",
        _rule(
            rf"(?:{_IS}|has turned) (?:no longer )?(?:an? )?(?P<diet>vegetarian|vegan|pescatarian)s?$",
            r"eats? (?P<meat>meat|everything)|stopped being (?P<was>vegan|vegetarian)",
        ),
    ),
    (
        "language",
        _rule(
            r"(?:would )?(?:prefers?|wants?|would like|asked(?: the business)?|asks|likes)(?: only)? "
            rf"{_TO_SPEAK}(?P<asked>{LANGUAGES})$",
            rf"(?:preferred language|language preference) is (?P<named>{LANGUAGES})$",
            rf"only (?:speaks|understands|reads) (?P<only>{LANGUAGES})$",
        ),
    ),
    (
        "payment method",
        _rule(
            r"(?:pays?|prefers? (?:to pay|paying)|wants? to pay|(?:is|am) paying) (?:by|with|via) VALUE",
            r"(?:preferred )?payment method is VALUE",
        ),
    ),
    (
        "delivery place",
        _rule(
            r"(?:asked(?: the business)? to|wants (?:the business )?to|prefers to have) (?:leave |have )?"
            r"(?:(?:her|his|their|the|all|my) ){0,2}(?:parcels|packages|deliveries|orders|everything) (?:left )?VALUE"
        ),
    ),
    (
        "status",
        _rule(
            rf"{_IS} (?:an? )?(?P<tier>{_TIERS})(?:[ -]level)? (?:member|customer|user|cardholder|subscriber)\b",
        ),
    ),
    ("age", _rule(r"(?:is|am|turned) (?P<age>\d{1,3})(?: years old)?$")),
    ("birthday", _rule(r"(?:birthday is|was born)(?: on| in)? VALUE")),
    (
        "children",
        _rule(
            rf"(?:(?:does|do) not have|has no|have no|has|have) (?P<count>(?:{'|'.join(COUNTS)}|\d+|any|an?) )?"
            r"(?:children|kids|child|kid)\b"
        ),
    ),
    ("name", _rule(r"(?:name is|goes by|(?:prefers|asked|wants|likes) to be called|is called) NAMED")),
)
"""About the customer or a relative, by the predicate. The first that matches counts."""

_ARRIVED: Final = (
    r"arriv\w+|been delivered|come|came|shown up|turned up|been received|been sent|been shipped|been refunded"
)
_WAS: Final = r"(?:was|were|has been|have been)"


def _table(*rows: tuple[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in rows)


STATES: Final = _table(
    (
        "waiting",
        (
            rf"(?:has|have|had|did|is|was) not (?:{_ARRIVED})|never (?:arrived|came)"
            r"|(?:is|are|was|has been) (?:missing|lost|not here)"
        ),
    ),
    ("shipped", rf"(?:{_WAS}|is) (?:shipped|dispatched|sent out|on its way|in transit)"),
    ("delayed", rf"(?:{_WAS}|is|are) (?:delayed|late|running late)"),
    (
        "arrived",
        (
            r"(?:has |have )?(?:arrived|came|turned up)(?: today| yesterday| safely| on time)?$"
            rf"|{_WAS} (?:delivered|found|received)"
        ),
    ),
    ("cancelled", rf"(?:{_WAS}|is) cancell?ed"),
    ("refunded", rf"{_WAS} (?:fully )?(?:refunded|paid out)"),
    ("returned", rf"{_WAS} returned"),
    ("open", r"is (?:open|unresolved|pending)$|has not been (?:solved|resolved|closed|answered)"),
    ("closed", r"(?:is|was|has been) (?:closed|solved|resolved|answered)"),
)
"""Of what comes and goes; one after the other holds."""

CONDITIONS: Final = _table(
    (
        "working",
        (
            rf"(?:works?|is working|are working)(?: fine| well| properly)?$|(?:{_WAS}|is|are) (?:fixed|repaired"
            r"|replaced|mended|solved|resolved|restored|unlocked|back up|back online)"
        ),
    ),
    (
        "broken",
        (
            r"(?:is|are|was|has) (?:broken|down|faulty|defective|out of order|not working|stuck|locked|dead|leaking"
            r"|broken down|blocked|frozen|crashing|cracked)|(?:does|do|did|will) not (?:work|turn on|start|load|connect"
            r"|charge|open|switch on)|stopped \w+ing|(?:keeps?|kept) \w+ing|(?:leaks|crashes|freezes|broke)\b"
        ),
    ),
)
_NUMBER: Final = r"(?: (?:number |no\.? ?|#)?(?P<number>#?\d[\w-]*))?"
_NO_NAME: Final = (
    r"(?!(?:is|are|am|was|were|be|been|will|would|can|could|should|may|might|must|to|and|but|has|have|had|not|keeps?|wants?"
    r"|going|never|that|who|which|they|she|he|it|we|i|you|of|for|in|on)\b)"
)
_NOUN: Final = rf"{_NO_NAME}[^\W\d][\w-]*"
THING: Final = re.compile(
    rf"(?P<name>(?:{_NOUN} ){{0,3}}?{_NOUN}){_NUMBER} (?=(?:has|have|had|is|are|was|were|did|do|does"
    r"|will|never|works?|keeps?|kept|stopped|arrived|came|turned|leaks|crashes|freezes|broke)\b)",
    re.IGNORECASE,
)
GOOD: Final = re.compile(
    rf"(?:the |their |her |his |my |an? )?(?P<name>(?:[\w-]+ )?(?:{GOODS})){_NUMBER}$", re.IGNORECASE
)
PROPERTY: Final = re.compile(
    r"(?:(?:new|current|correct|main|personal) ){0,2}(?P<object>(?:[\w-]+ )?(?:e-?mail(?: address)?"
    r"|(?:phone|mobile|telephone|cell|landline|contact) ?(?:number)?|number|address|(?:\w+ )?size"
    r"|favou?rite \w+(?: \w+)?)) (?:is|are|has changed to|changed to|was changed to) (?P<value>.+)",
    re.IGNORECASE,
)
PUT_RIGHT: Final = re.compile(
    r"(?:has )?(?:changed|updated|corrected) (?:her|his|their|my|the) (?P<what>[\w -]{3,40}?) (?:from .{1,60} )?to"
    r" (?P<value>.+)",
    re.IGNORECASE,
)
WEARS: Final = re.compile(r"(?:wears|takes) (?:an? )?(?P<what>(?:\w+ )?)size (?P<value>.+)", re.IGNORECASE)
LIKES: Final = re.compile(
    r"(?P<no>(?:does|do|did) not |no longer |not )?"
    r"(?P<verb>likes?|loves?|enjoys?|adores?|hates?|dislikes?|detests?|can not stand"
    r"|is (?P<fan>not )?(?:an? )?(?:big |huge )?fan of|is fond of|went off|is tired of) (?P<object>.+)",
    re.IGNORECASE,
)
NO_LIKING: Final = re.compile(r",|\b(?:it|that|when|not|being|how|if|because|what|this|these|those)\b", re.IGNORECASE)
DISLIKES: Final = ("hate", "dislike", "detest", "can not", "went off", "is tired")
CHOICE: Final = re.compile(
    r"(?:would )?(?:prefers?|likes?) (?P<one>.{2,40}?) (?:to|over|rather than|more than|better than)"
    r" (?P<other>.{2,40})$",
    re.IGNORECASE,
)
PREFERS: Final = re.compile(
    r"(?:(?:always )?(?:prefers?|wants?|likes?|books?|chooses?)|would like|would rather have) (?:to have |to sit in )?"
    r"(?:an? |the )?(?P<words>[\w ,-]{3,60})$",
    re.IGNORECASE,
)
SERVED: Final = re.compile(
    r"\b(seat|room|bed|berth|cabin|floor|pillow|mattress|appointment|slot|delivery|invoice|ticket)s?\b", re.IGNORECASE
)
SPEAKS: Final = re.compile(rf"(?P<no>(?:does|do) not |no longer )?speaks? (?P<what>{LANGUAGES})", re.IGNORECASE)
HAS: Final = re.compile(
    r"(?:(?P<no>(?:does|do|did) not (?:own|have)|no longer (?:has|owns|have)|has no|have no|sold|lost|got rid of"
    r"|cancell?ed|returned|unsubscribed from|gave(?= .+ away$)|gave away)"
    r"|(?P<has>has|have|got|has got|have got)"
    r"|owns?|(?:(?:has|have) )?(?:bought|adopted)|subscribes? to|(?:has )?subscribed to) "
    r"(?:(?P<count>an?|one|two|three|four|five|six|\d+|any|her|his|their|my|the) )?(?P<thing>\w[\w' -]{1,60})$",
    re.IGNORECASE,
)
"""With "has" a noun comes only after an article or a number: "has been", "has read"."""

PARTS: Final = re.compile(r" (?:with|called|named|of|that|who|for|in|from|to|away|at|on)\b", re.IGNORECASE)
NO_THING: Final = listed(
    "time problem question issue idea trouble look day been appointment meeting reason right access difficulty plan"
    " chance email call message reply answer response refund order parcel package delivery ticket lot bit need"
)
"""What one has without owning it."""

EXPECTS: Final = re.compile(
    r"(?:(?P<no>(?:has|have|did) not (?:yet )?(?:received?|got|gotten|get)|never (?:received|got)"
    r"|(?:is|am) (?:waiting for|expecting))|(?:has |have )?(?:received|got)) (?P<what>.+)",
    re.IGNORECASE,
)
ENDED: Final = re.compile(r"(?:has )?(?P<did>cancell?ed|returned) (?P<what>.+)", re.IGNORECASE)
APPOINTMENT: Final = re.compile(
    r"(?:(?:has|have|booked|made) an? |(?:rescheduled|moved|changed|postponed) (?:her|his|their|my|the) )?"
    r"(?P<what>(?:[\w-]+ )?(?:appointment|viewing|meeting|visit|delivery slot))"
    r"(?: (?:is|was|has been)(?: (?:moved|rescheduled|postponed|changed|brought forward))?)? (?:on|for|to|at)"
    r" (?P<value>.+)",
    re.IGNORECASE,
)
DRIVES: Final = re.compile(r"drives an? (?P<value>(?-i:[A-Z]).+)", re.IGNORECASE)
