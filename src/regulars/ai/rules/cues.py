"""The words that tell a lasting fact, and the trouble a product or service can be in."""

import re
from dataclasses import dataclass
from typing import Final

from regulars.ai.rules.tables import one_of


@dataclass(frozen=True, slots=True)
class Cue:
    """What tells for certain a fact of which only one can hold at a time."""

    attribute: str
    pattern: re.Pattern[str]


def _cue(attribute: str, *patterns: str) -> Cue:
    return Cue(attribute, re.compile("|".join(patterns), re.IGNORECASE))


_ME: Final = r"\b(?:i|we|i'm|we're|i've|we've|i'd|we'd)\b"
_REACH: Final = one_of(
    "e-?mails? / texts? / text messages? / sms / (?:phone )?calls? / phone / whatsapp / chat / letters?"
    " / being called / calling / texting / emailing"
)
_TO_REACH: Final = one_of("text / e-?mail / call / phone / ring / message / whatsapp / sms / contact / reach")
_KIN: Final = one_of(
    "wife / husband / son / daughter / kids? / children / mother / mum / mom / father / dad / partner / fianc\u00e9e?"
    " / fiance / boyfriend / girlfriend / brother / sister / grandmother / grandfather / grandson / granddaughter"
    " / twins / family / parents / baby"
)
_PET: Final = one_of("dogs? / cats? / pupp(?:y|ies) / kittens? / rabbits? / horses? / parrots?")
_DEVICE: Final = one_of(
    "i?phones? / ipads? / ipod / macs? / macbooks? / imac / laptops? / computers? / pc / tv / console / xbox / ps\\d"
    " / playstation / watch / routers? / modem / ios ?[\\d.]* / windows / android / kindle / echo / printer"
    " / headphones / headset / airpods / camera / keyboard / charger / speakers? / fridge / machine / car / bike"
    " / boiler / kettle"
)
THING: Final = one_of(
    _DEVICE + " / orders? / deliver(?:y|ies) / packages? / parcels? / items? / products? / app / website / site / page"
    " / internet / wi-?fi / broadband / connection / service / signal / network / data / accounts? / cards?"
    " / payments?"
    " / bank / bills? / refunds? / subscription / membership / bookings? / reservations? / flights? / trains?"
    " / bus / luggage"
    " / bags? / suitcase / tickets? / seats? / rides? / trips? / drivers? / rooms? / screen / battery / sound"
    " / software"
    " / update / game / server / cable / box / channels? / videos? / music / playlists? / songs? / episodes?"
    " / shows? / stream"
    " / emails? / messages? / voucher / codes? / coupons? / discount / gift card / points / miles / warranty"
    " / sofa / bed"
    " / shoes? / dress / jacket / coat / boots? / shirt / meal / food / pizza / wallet / pictures? / photos?"
    " / icloud / alarm"
    " / pdfs? / links? / contract / plan / tariff / meter / appointment / engineer / technician / pre-?orders?"
    " / purchase"
    " / lamp / table / chair / door / heater / sim"
)
_OWNED_TO: Final = (
    one_of("ship / send / deliver") + " " + one_of("it / everything / them / my (?:order|parcel|package)s?")
)
_LANGUAGE: Final = one_of(
    "english / spanish / french / german / italian / portuguese / polish / dutch / hindi / arabic / chinese"
    " / mandarin / japanese / turkish"
)
_REMEDY: Final = one_of(
    "refund(?:ed)? / refunds / money back / replacement / replaced / exchange / return / cancel\\w* / compensation"
    " / credit / invoice / receipt / repair(?:ed)? / upgrade / downgrade / unsubscribe / close my / delete my"
    " / change my / new one / callback / manager / supervisor / price match / reschedule / rebook"
)
_HABIT: Final = one_of("buy / order / use / fly / choose / take / book / stay / get / eat / drink / wear")

_HARM: Final = one_of(
    "overcharged / double[- ]charged / charged (?:(?:me|my|us|our) ?)?(?:credit )?(?:card |account )?(?:twice|double)"
    " / never (?:arrived|came|received|got) / wrong (?:item|order|size|colou?r|address|product|price|date|name)"
    " / damaged / faulty / defective / stolen / smashed / cracked / hacked / locked out / unauthori[sz]ed"
    " / (?:lost|broke) (?:my|our|by|after) / (?:hasn't|haven't|not) (?:been )?(?:shipped|arrived|delivered|refunded)"
    " / still waiting (?:for|on) (?:my|our)"
)
YOU_DID: Final = "(?:guys |have |still )*" + one_of(
    "sent / charged / delivered / promised / cancell?ed / shipped / billed / overcharged / lost / said"
)
"""After "you": what the business did to the customer, which is told; other sentences about "you" are not."""

CUES: Final = (
    _cue(
        "contact preference",
        rf"{_ME}[^.]{{0,30}}\b(?:prefer|rather|hate|dislike|can't stand)\b[^.]{{0,30}}\b{_REACH}\b",
        rf"{_ME} (?:never|don't|do not|rarely) (?:read|check|answer|pick up|use|take)[^.]{{0,20}}\b{_REACH}\b",
        rf"\b{_TO_REACH} (?:me|us)\b[^.]{{0,60}}\b(?:instead|only|rather than|not call|from now on|in future"
        rf"|always|hate)\b",
        rf"\b{_TO_REACH} (?:me|us)\b[^.]{{0,60}}\b(?:prefer|never|by (?:e-?mail|text|sms|phone|whatsapp))\b",
        rf"\b(?:always|only) {_TO_REACH} (?:me|us)\b",
        rf"\b(?:don't|do not|never|stop|not) {_TO_REACH}(?:ing)? (?:me|us)\b",
        r"\b(?:don't|do not) want (?:to be (?:called|texted|emailed)|(?:to (?:get"
        r"|receive) )?(?:any )?(?:more )?(?:calls|emails|texts))\b",
        r"\bbest (?:way|time|number) to (?:reach|contact|call|text|get hold of) (?:me|us)\b",
    ),
    _cue(
        "name",
        r"\bmy (?:first |full |last )?name(?:'s| is)\b",
        r"\bcall me (?!back|when|if|at|on|as|now|asap|about|to|please|again|by|for|today|tomorrow)[a-z]",
    ),
    _cue(
        "email address",
        r"\bmy (?:new |current |correct )?e-?mail(?: address)?(?: is|:) \S{1,64}@\S",
    ),
    _cue(
        "phone number",
        r"\bmy (?:(?:new|current|correct|mobile|cell|phone|contact) ){0,3}number(?: is|'s|:) ?[+(]?\d",
    ),
    _cue(
        "postal address",
        r"\b(?:my|our) (?:(?:new|home|delivery|shipping|postal|correct|mailing) ){0,3}address (?:is|should be) \w",
    ),
    _cue(
        "billing address",
        r"\b(?:my|our) (?:new )?billing address is \w",
    ),
    _cue(
        "home city",
        rf"{_ME} (?:now |currently )?(?:live|reside|am based|am living|living|based) in"
        r" (?!the |an? |fear|hope|my |your )\w",
        rf"{_ME} (?:have )?(?:just |recently )?(?:moved|relocated) to (?-i:[A-Z])(?!\w*(?: \w+)? \d)",
    ),
    _cue(
        "birthday",
        r"\bmy birthday is\b|\bi was born (?:on|in) \w",
    ),
    _cue(
        "language",
        rf"{_ME} (?:only |mostly |mainly |prefer to )?(?:speak|talk in) {_LANGUAGE}\b",
        rf"\bmy (?:native|first|preferred) language is {_LANGUAGE}\b",
    ),
    _cue(
        "phone plan",
        rf"{_ME} (?:am |currently |am currently )?(?:on|switched to|upgraded to) [\w .+-]{{1,30}}\b(?:plan"
        rf"|tariff|contract)\b",
        r"\bmy (?:current )?(?:plan|tariff) is\b",
    ),
)
"""The first that matches decides, so the most telling come first."""

TELLING: Final = re.compile(
    rf"\b{_OWNED_TO} to \d"
    rf"|{_ME} (?:have been |am |been )?(?:an? )?(?:[\w-]+ ){{0,3}}(?:customer|member|subscriber|user)s?\b"
    r"|\b(?:order|booking|reservation|case|reference|invoice|tracking|confirmation)(?: number| no\.?| id| ref)?"
    r"(?: is|:)? ?#?(?=[a-z-]{0,12}\d)[a-z\d-]{4,20}\b"
    rf"|{_ME} (?:work|am working|study) (?:for|at|as|in|from home)\b|\bmy (?:job|profession|company) is\b"
    r"|\bas an? [a-z]+(?: [a-z]+)?, i\b|\bi (?:own|run) an? \w+"
    rf"|{_ME}[^.]{{0,20}}\b(?:getting married|got married|got engaged|getting divorced|new job|retired"
    rf"|retiring|graduated)\b"
    rf"|{_ME}[^.]{{0,20}}\b(?:moving (?:house|home|to|out|in|abroad)|moved (?:house|home|out|in)|had a baby)\b"
    rf"|{_ME}[^.]{{0,20}}\b(?:new (?:house|flat|apartment|home)|start(?:ing|ed) (?:university|college|a new))\b"
    r"|\b(?:my|our) (?:\w+ )?(?:wedding|honeymoon|anniversary|retirement|graduation|birthday|funeral|new job)\b"
    rf"|\bmy {_KIN}(?:'s name)? (?:is (?:an? |\d|called |named |(?-i:[A-Z]))|(?:turns?|passed|died|lives"
    rf"|loves|works|and i)\b)"
    rf"|{_ME} (?:have|got|adopted) (?:an? |\w+ )(?:\w+ )?{_PET}\b|\b(?:my|our) {_PET}(?:'s name)? (?:is|loves)\b"
    rf"|{_ME} have (?:\w+ )(?:kids|children|sons|daughters|son|daughter)\b"
    rf"|{_ME}(?: would|'d)?(?: always| usually| only| really| much)* (?:prefer|rather have)\b"
    r"|\b(?:i|we) (?:really |absolutely )?(?:love|hate|dislike|can't stand)"
    r"(?! (?:my|this|that|these|it|you|your|to|how|when|the|what)\b) \w"
    rf"|{_ME} (?:always|usually|only) {_HABIT}\b"
    r"|\bmy fav(?:ou?rite)?\b|\b(?:i'm|i am|we're|we are) (?:an? )?(?:vegetarian|vegan|left-handed)\b"
    r"|\bmy (?:shoe |dress |shirt |ring )?size is\b|\b(?:i|we) (?:wear|take) (?:a )?size\b"
    rf"|{_ME}[^.?]{{0,25}}\b(?:want|need|would like|'d like|demand|request(?:ed|ing)?|asked for|expect"
    rf"|waiting (?:for|on)"
    rf"|trying to get)\b[^.?]{{0,40}}\b{_REMEDY}\b"
    rf"|^(?:can|could|may) (?:i|we) [^.]{{0,30}}\b{_REMEDY}\b"
    rf"|^(?:(?:can|could|would|will) you (?:please )?|please |kindly )(?:\w+ ){{0,2}}(?:{_REMEDY}|replace"
    rf"|resend|update my"
    r"|remove my|send me (?:a|an|the|my)|leave (?:it|my|the|them|all|every\w*|parcels|packages|orders"
    r"|deliveries)|deliver|ship)\b"
    rf"|{_ME}[^.?]{{0,12}}\b(?:cancell?ing|switching (?:to|from|providers?)|leaving|closing) (?:my|the|to"
    rf"|from|your|you)\b"
    rf"|{_ME} (?:have )?(?:just |already )?(?:cancell?ed|returned|switched|unsubscribed)\b"
    rf"|{_ME}[^.?]{{0,10}}\b(?:looking for|interested in|planning (?:to|on)|saving for) \w+ \w+"
    rf"|{_ME}(?: just| also| only| recently| still)? (?:have(?! your)|own|use|drive|bought|purchased|pre-?ordered"
    rf"|upgraded to"
    rf"|switched to|got) (?:\w+ ){{0,4}}{_DEVICE}\b"
    rf"|{_ME}(?: just| also| only| recently)? (?:bought|purchased|pre-?ordered|ordered) (?:\w+ ){{0,4}}{THING}\b"
    rf"|\b(?:i'm|i am|we're|we are) (?:using|on|running) (?:(?:an?|the|my|your) )?(?:[\w.]+ ){{0,2}}{_DEVICE}\b"
    r"|\b(?:i'm|i am) (?:flying|travell?ing) (?:\w+ ){0,3}(?:from|to) (?-i:[A-Z])"
    rf"|{_ME} (?:just |recently |have |already )*(?:bought|purchased|ordered) (?:an?|some|two|three|my|the"
    rf"|\d+) [\w -]{{2,50}}"
    r"\b(?:from you|in (?-i:[A-Z])[a-z]{2,}|on|last|yesterday|today|ago|and it|but it)\b"
    r"|\bi drive an? \w"
    rf"|\bmy [\w -]{{0,20}}{_DEVICE} (?:is|runs) (?:an? |on |running )"
    rf"|\b{_HARM}\b"
    rf"|^you {YOU_DID} (?:me|us|my|our|that|to|someone|the wrong|an? \w)",
    re.IGNORECASE,
)
"""Requests, belongings, habits, family, what happens in a life and the harm that the business did: worth more than its
words tell."""

_NEGATED: Final = (
    r"\b(?:not|never|no longer|won't|can't|cannot|couldn't|doesn't|didn't|don't|isn't|hasn't|haven't|wasn't"
    r"|aren't|unable to"
    r"|not able to|failed to|refuses? to)\b[^.]{0,25}\b"
)
_EXPECTED: Final = one_of(
    "arriv\\w* / deliver\\w* / work\\w* / receiv\\w* / load(?:s|ed|ing)? / connect(?:s|ed|ing)?"
    " / charg(?:e|es|ed|ing) / turn\\w* / sync\\w* / respond\\w* / ship\\w* / open\\w* / updat\\w* / install\\w*"
    " / play\\w* / log ?(?:in|on)(?:to)? / login / join / sign ?(?:in|on) / access\\w* / download\\w* / upload\\w*"
    " / book\\w* / check(?:ed)? in / print\\w* / fit / came / come / show(?:n|ed|ing)? up / refund\\w* / credit\\w*"
    " / find my / find the / get (?:my|the|any|into|it|through) / reset / see (?:my|the|any) / use (?:my|the|any|it)"
    " / change / cancel / redeem / hear / send / available / function\\w* / start\\w* / stream\\w* / watch"
    " / export\\w* / adjust / restore / activate / complete / processed / applied / paid / establish"
)
_WRONG: Final = one_of(
    "broken / broke / damaged / faulty / defective / missing / lost / stolen / smashed / cracked / double[- ]charged"
    " / wrong (?:item|order|size|colou?r|address|product|one|price|date|name) / overcharged / order was wrong"
    " / delayed / charged (?:(?:me|my|us|our) ?)?(?:credit )?(?:card |account )?(?:twice|double|for|\\W?\\d)"
    " / disappeared / expired / crash(?:es|ed|ing) / freez(?:es|ing) / froze / frozen"
    " / (?:stopped|quit|keeps|kept|started) \\w+ing / error / bug"
    " / glitch\\w* / outage / locked out / hacked / cancell?ed / declined / rejected"
    " / keeps? (?:\\w+ing|telling|saying) / drops? / dropping / blurry / leak\\w* / out of sync / still waiting"
    " / waiting (?:for|since|on) / never (?:arrived|came|received|got) / stuck"
    " / no (?:signal|service|internet|connection|sound|picture|wi-?fi|power|response|reply|update|hot water|refund)"
    " / (?<!without )(?<!no )issues? with / (?<!not a )(?<!no )problems? with / trouble / drain\\w* / dies / died"
    " / overheat\\w* / disconnect\\w* / unauthori[sz]ed / fraud\\w* / ripped / stain\\w* / dirty / incorrect\\w*"
    " / bricked / malfunction\\w* / (?:is|was|are|were|arrived|minutes|mins|hours|hrs|days) late / left early"
    " / ruined / suspended / banned / restricted / blocked"
)
TROUBLE: Final = re.compile(rf"{_NEGATED}{_EXPECTED}\b|\b{_WRONG}\b", re.IGNORECASE)
CONCRETE: Final = re.compile(
    rf"\b(?:my|our|the|a|an|your|this|new|no|any) (?:[\w'/.-]+ ){{0,3}}{THING}\b|\b{THING} #?\d|^(?:my|our) \w"
    r"|^i(?:'ve| have| am|'m)? [^.]{0,60}\b(?:(?:can't|cannot|couldn't|didn't|haven't|never|not) (?:\w+ )?(?:get"
    r"|got|receiv\w*|log"
    r"|sign|access|join|download|install|connect|redeem|been paid|been refunded)|keep getting)\b",
    re.IGNORECASE,
)
"""A thing with a name, or the customer's own story: a complaint about neither says nothing later."""
