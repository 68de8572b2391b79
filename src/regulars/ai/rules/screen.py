"""What must never be remembered: secrets, special-category data, and text that addresses the machine.

The lists are short on purpose and err on the side of forgetting.
"""

import re

_SECRET = re.compile(
    r"\b(?:password|passcode|passwort|contrase\u00f1a|otp|cvv|cvc|iban|ssn|social security|passport|national id"
    r"|tax id|aadhaar|sort code|account number|routing number|card number|credit card (?:is|number)"
    r"|security (?:code|answer)"
    r"|mother's maiden|licen[cs]e number|(?:verification|one[- ]time|login|2fa|access|auth\w*|security"
    r"|confirmation) code"
    r"|(?:my|the|your) (?:pin|code) is|nhs number|medicare)\b",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SOCIAL_SECURITY = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_LONE_CODE = re.compile(r"^\W*(?:code\W+)?\d{4,8}\W*$", re.IGNORECASE)

_HEALTH = re.compile(
    r"\b(?:allerg\w+|pregnan\w+|diabet\w+|asthma\w*|cancer|tumou?r|epilep\w+|autis\w+|adhd|depress\w+|anxiety|bipolar"
    r"|hiv|surger\w+|surgeon|hospital\w*|diagnos\w+|medication\w*|medicine\w*|prescri\w+|insulin|therap\w+|doctors?"
    r"|disabilit\w+|disabled (?:person|passenger|customer|man|woman|veteran|son|daughter|child)|wheelchair"
    r"|deaf|dementia|chemo\w*|stroke|seizure\w*|injur\w+|illness\w*|disease\w*|symptom\w*|coeliac|celiac|migraine\w*"
    r"|covid\w*|miscarriage|abortion|handicap\w*|stomach|vomit\w*|broken (?:arm|leg|hip|wrist|ankle)"
    r"|(?:am|i'm|is|was|got|feel|feeling|been|being|so) (?:sick|ill|disabled|blind)(?! (?:of|and tired|to death)))\b",
    re.IGNORECASE,
)
_BELIEF = re.compile(
    r"\b(?:muslim|islam\w*|jewish|jew|judaism|hindu\w*|buddhis\w+|catholic\w*|protestant|atheis\w+|sikh|mormon"
    r"|(?:am|i'm) (?:a )?christian|christ|(?:go|goes|went|going) to church|mosque|synagogue|my (?:church|faith"
    r"|religion|god)|halal|kosher|ramadan"
    r"|gay|lesbian|bisexual|transgender|queer|homosexual\w*|sexual\w*|my (?:race|ethnicity)|because (?:i am"
    r"|i'm) black"
    r"|republican|democrat|trump|brexit|(?:i|we) voted|trade union|convicted|criminal record)\b",
    re.IGNORECASE,
)
_TO_THE_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:instruction|prompt|rule|polic|guideline"
    r"|previous"
    r"|system|told)|system prompt|\byou are (?:now|an ai)|\bas an ai\b|\bpretend\b|\bact as\b|jailbreak"
    r"|developer mode"
    r"|\b(?:remember|memori[sz]e|note|store|save|record) (?:that|this|forever|in your memory)\b"
    r"|\b(?:admin|administrator|superuser|sudo|root (?:access|user))\b|<\||\|>|\[/?inst\]|</?\w+>"
    r"|(?:^|\n)\s*(?:system|assistant|user|developer|tool)\s*:|\byour memory\b|\bdrop table\b",
    re.IGNORECASE,
)
_INSULT = re.compile(
    r"\b(?:f+u+c*k\w*|f\*+\w*|sh[i*]t\w*|bullsh\w+|bitch\w*|bastard\w*|ass ?holes?|arse\w*|cunt\w*|dick\w*"
    r"|idiots?|idiotic"
    r"|morons?|stupid|scum\w*|retard\w*|wank\w+|crap\w*|suck\w*|pathetic|liars?|thieves|clowns?|joke|garbage"
    r"|trash|wtf"
    r"|stfu|smh|lmao|lmfao|crooks?|damn|goddamn|hell|bloody|pissed|useless)\b",
    re.IGNORECASE,
)


def is_addressed_to_machine(text: str) -> bool:
    """An attempt to instruct the one who remembers. The whole message is then left out."""
    return bool(_TO_THE_MACHINE.search(text))


def is_sensitive(sentence: str) -> bool:
    """Secrets (cards, codes, passwords, national ids) and data of the GDPR's special categories."""
    return any(
        pattern.search(sentence) for pattern in (_SECRET, _LONG_NUMBER, _SOCIAL_SECURITY, _LONE_CODE, _HEALTH, _BELIEF)
    )


def is_insult(sentence: str) -> bool:
    return bool(_INSULT.search(sentence))
