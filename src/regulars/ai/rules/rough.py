"""What customers write in haste: in the third person it would read as our own mistake."""

import re
from typing import Final

from regulars.ai.rules.cues import THING

_ROUGH: Final = re.compile(
    r"\b(?:would|could|should|must) of\b|\b(the|a|an|to|of|is|my|and) \1\b|\bit's (?:own|employees?|staff|customers?)\b"
    r"|\s[@+]\s|\bso \w{3,}ing\b| -+ (?:only|still|already|just|[a-z]{3,}ed) |\bhave went\b|\bwe all know\b|\bthat \d"
    rf"|^{THING} (?:is|was|has|had|will|not|hasn't|isn't|wasn't|won't|doesn't|never)\b",
    re.IGNORECASE,
)
_COMMA_SPLICE: Final = re.compile(
    r"(?<!overall)(?<!well)(?<!then)(?<!yet)(?<!now), "
    r"(?=(?:they|it|it's|he|she|there's|there is|there are|the customer|the last \w+ (?:they|the customer)) [a-z])"
)
_LEANING: Final = re.compile(
    r"\b(?:when\w*|if|while|after|before|since|once|until|unless|because|although|though|as|every ?time|by the time)\b"
    r"[^,;]*$",
    re.IGNORECASE,
)


def is_rough(sentence: str) -> bool:
    """Whether it can only be quoted: words twice or missing, a noun without its article, thoughts strung together."""
    return _ROUGH.search(sentence) is not None


def unspliced(text: str) -> str:
    """Two sentences with nothing but a comma between them get a semicolon. A clause that leans on the next keeps it."""
    return _COMMA_SPLICE.sub(_joint, text)


def _joint(found: re.Match[str]) -> str:
    return found.group() if _LEANING.search(found.string[: found.start()]) else "; "
