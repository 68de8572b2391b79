"""Insults say nothing lasting about their author."""

import re

_INSULT = re.compile(
    r"\b(?:f+u+c*k\w*|f\*+\w*|sh[i*]t\w*|bullsh\w+|bitch\w*|bastard\w*|ass ?holes?|arse\w*|cunt\w*|dick\w*"
    r"|idiots?|idiotic"
    r"|morons?|stupid|scum\w*|retard\w*|wank\w+|crap\w*|suck\w*|pathetic|liars?|thieves|clowns?|joke|garbage"
    r"|trash|wtf"
    r"|stfu|smh|lmao|lmfao|crooks?|damn|goddamn|hell|bloody|pissed|useless)\b",
    re.IGNORECASE,
)


def is_insult(sentence: str) -> bool:
    return bool(_INSULT.search(sentence))
