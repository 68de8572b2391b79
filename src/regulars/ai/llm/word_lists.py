"""Words that tell nothing by themselves, and words that turn what is said around (`words.toml`)."""

import re
import tomllib
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("english", "spanish", "german", "french", "portuguese", "italian", "dutch", "russian")
"""Whose stems are compared."""

_LISTS: Final[dict[str, str]] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


NEGATIONS: Final = _words("negations")
TROUBLES: Final = _words("troubles")
PLAIN: Final = _words("plain") | NEGATIONS | TROUBLES - _words("telling")
NUMBERS: Final = {word: str(number) for number, word in enumerate(_LISTS["numbers"].split(), start=2)}
SAME: Final = {word: forms.split()[0] for forms in _LISTS["same"].strip().splitlines() for word in forms.split()}

FIRST_OR_SECOND: Final = re.compile(
    r"(?<![\w'])(?:i|i'm|i've|i'll|i'd|me|my|mine|myself|us|we|we're|we've|we'll|our|ours|you|your|yours|you're|yo|nosotros"
    r"|tengo|quiero|ich|mein|meine|wir|je|j'ai|moi|nous|vous|eu|meu|minha|voc\u00eas?)(?![\w'-])|[\u6211\u4f60\u60a8]",
    re.IGNORECASE,
)
QUOTED: Final = re.compile(
    r"\"[^\"]*\"|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb|\u300c[^\u300d]*\u300d|(?<!\w)['\u2018].*['\u2019](?!\w)"
)
ENDS: Final = re.compile(r"(?P<before>[^\W\d_]*)[.!?]\s+(?=\S)|[\u3002\uff01\uff1f](?=\S)")
"""The end of a sentence with more behind it, unless `before` is an abbreviation."""
GERMAN: Final = _words("german")
ABBREVIATIONS: Final = _words("abbreviations")
AGREEMENT: Final = re.compile(
    r"\W*(?:yes|yeah|yep|yup|correct|right|exactly|sure|please do|that's right|s[i\u00ed]|claro|correcto|ja|genau"
    r"|richtig|stimmt|oui|exact|d'accord|sim|certo|esatto|klopt|\u0434\u0430)(?![\w'])|[\u662f\u5bf9\u5c0d]|\u306f\u3044|\ub124",
    re.IGNORECASE,
)
BUSINESS: Final = re.compile(
    r"\W*(?:\w+\s+){0,2}?(?:business|company|shop|store|agent|team|support|empresa|tienda|firma|unternehmen|gesch\u00e4ft"
    r"|entreprise|soci\u00e9t\u00e9|azienda|negozio|loja|bedrijf|winkel|\u043a\u043e\u043c\u043f\u0430\u043d\u0438\u044f)\b"
    r"|\W*(?:\u516c\u53f8|\u5546\u5bb6|\u5ba2\u670d|\u5546\u5e97|\u5f0a\u793e|\u304a\u5e97|\u4f1a\u793e)",
    re.IGNORECASE,
)
PROMISED: Final = re.compile(
    r"\b(?:was|were|is|been) (?:promised|offered|assured|guaranteed|granted|told by)\b|\bfue prometid|\bse (?:le|les)"
    r" prometi|\bwurde\w* [^.]{0,60}(?:versprochen|zugesagt)|\bpromis(?:e|es)? (?:au|\u00e0 la) client|\bfoi prometid",
    re.IGNORECASE,
)
LINK: Final = re.compile(r"://|\]\(|\bwww\.", re.IGNORECASE)
ARTICLES: Final = re.compile(
    r"^\W*(?:(?:the|a|al|el|la|der|die|dem|den|des|le|l'|\u00e0|au|il|lo|alla|o|ao|de|het|den)\s+){0,2}", re.IGNORECASE
)
CUSTOMER: Final = re.compile(
    r"(?:customer|client[ea]?|kund(?:e|in|en)?|klant|klient(?:ka)?|z\u00e1kazn\u00edk|asiakas|m\u00fc\u015fteri|pelanggan"
    r"|\u043a\u043b\u0438\u0435\u043d\u0442\u043a?\u0430?|\u0627\u0644\u0639\u0645\u064a\u0644"
    r"|\u0917\u094d\u0930\u093e\u0939\u0915)\b"
    r"|\u5ba2\u6237|\u5ba2\u6236|\u987e\u5ba2|\u9867\u5ba2|\u304a\u5ba2\u69d8|\uace0\uac1d",
    re.IGNORECASE,
)
TOLD: Final = re.compile(
    r"\W*(?:[^\s:]+\s+){1,3}?(?:(?:said|says|asked|asks|wrote|claimed|claims|stated|told|mentioned|requested|dijo|dice|sagte"
    r"|schrieb|disse|ha detto|\u0441\u043a\u0430\u0437\u0430\u043b\u0430?)\b|a (?:dit|\u00e9crit)\b)"
    r"|[^\s:]+(?:\s+[^\s:]+){0,3}\s*:|[^:]{1,8}(?:\u8bf4|\u8aaa|\u8a00)",
    re.IGNORECASE,
)
"""Said to have been said. What a message tells that addresses the machine cannot be told otherwise."""
