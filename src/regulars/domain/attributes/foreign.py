"""The most common attributes in statements that are kept in the customer's own words: first person, not English."""

import re
from typing import Final

from regulars.domain.attributes.form import Attribute, about


def _any(*parts: str) -> re.Pattern[str]:
    """Whole words; Chinese has none, so that there any place will do."""
    return re.compile("|".join(part if part.startswith("\\u") else rf"\b(?:{part})\b" for part in parts), re.IGNORECASE)


_CHANNELS: Final = (
    (
        "email",
        _any(
            r"correo(?: electr\u00f3nico)?|e-?mails?|mails?|courriel|schreiben",
            r"\u90ae\u4ef6|\u96fb\u90f5|\u90f5\u4ef6",
        ),
    ),
    ("whatsapp", _any("whatsapp")),
    (
        "text",
        _any(r"mensajes?(?: de texto)?|sms|textos?|kurznachrichten?", r"\u77ed\u4fe1|\u7b80\u8baf|\u7c21\u8a0a"),
    ),
    (
        "call",
        _any(
            r"tel[\u00e9e]fono|llam\w+|t\u00e9l\u00e9phone|appel\w+|telefon\w*|anruf\w*|rufen",
            r"\u7535\u8bdd|\u96fb\u8a71",
        ),
    ),
    ("letter", _any(r"carta|correo postal|courrier|brief\w*|post", r"\u4fe1\u4ef6")),
)
_WISH: Final = _any(
    r"prefiero|preferir\u00eda|mejor|en vez de|de ahora en adelante|a partir de ahora|no me llamen",
    r"lieber|bevorzuge|am liebsten|ab jetzt|in zukunft",
    r"je pr\u00e9f\u00e8re|de pr\u00e9f\u00e9rence|plut\u00f4t|d\u00e9sormais|prefiro|preferisco",
    r"\u66f4\u559c\u6b22|\u4ee5\u540e|\u4eca\u540e|\u8bf7\u7528|\u8acb\u7528|\u504f\u597d|\u6700\u597d",
)
_LANGUAGES: Final = (
    ("english", _any(r"ingl\u00e9s|englisch|anglais", r"\u82f1\u6587|\u82f1\u8bed")),
    ("spanish", _any(r"espa\u00f1ol|castellano|spanisch|espagnol", r"\u897f\u73ed\u7259\u8bed")),
    ("german", _any(r"alem\u00e1n|deutsch|allemand", r"\u5fb7\u8bed|\u5fb7\u6587")),
    ("french", _any(r"franc\u00e9s|franz\u00f6sisch|fran\u00e7ais", r"\u6cd5\u8bed|\u6cd5\u6587")),
    ("chinese", _any(r"chino|chinesisch|chinois", r"\u4e2d\u6587|\u6c49\u8bed|\u666e\u901a\u8bdd")),
    ("italian", _any("italiano|italienisch|italien")),
    ("portuguese", _any(r"portugu\u00e9s|portugiesisch|portugais")),
)
_PLACE: Final = r"(?P<value>(?-i:[A-Z\u00c0-\u00de])[^,.;!\n]{0,40})"
_NOUN: Final = r"(?P<value>(?-i:[A-Z\u00c4\u00d6\u00dc])[\w-]+(?: (?-i:[A-Z\u00c4\u00d6\u00dc])[\w-]+){0,2})"
_NOW: Final = r"(?: jetzt| nun| gerade| mittlerweile| vor kurzem)?"
_ZH_I: Final = r"\u6211(?:\u73b0\u5728|\u76ee\u524d)?"
_ZH_LIVE: Final = r"(?:\u4f4f\u5728|\u5c45\u4f4f\u5728|\u642c\u5230\u4e86?|\u642c\u53bb\u4e86?)"

_HOMES: Final = (
    _any(rf"(?<!no )(?:vivo|estoy viviendo|resido) en {_PLACE}"),
    _any(rf"(?:me (?:he )?mud[\u00e9a]\w*|me he trasladado|me traslad\u00e9|nos (?:hemos )?muda(?:mos|do)) a {_PLACE}"),
    _any(rf"(?:ich|wir) (?:wohnen?|leben?){_NOW} in {_NOUN}"),
    _any(rf"(?:ich bin|wir sind){_NOW} nach {_NOUN} (?:um)?gezogen"),
    _any(rf"(?:j'habite|je vis)(?: maintenant| d\u00e9sormais)? \u00e0 {_PLACE}"),
    _any(rf"j'ai d\u00e9m\u00e9nag\u00e9 \u00e0 {_PLACE}"),
    re.compile(rf"{_ZH_I}{_ZH_LIVE}(?P<value>[\u4e00-\u9fff]{{2,8}}?)\u4e86?(?=$|[\uff0c\u3002,.])"),
)
_EMPLOYERS: Final = (
    _any(rf"(?<!no )trabajo (?:en|para) {_PLACE}"),
    _any(rf"ich arbeite{_NOW} (?:bei|f\u00fcr) (?:der |dem )?{_NOUN}"),
    _any(rf"je travaille(?: maintenant| d\u00e9sormais)? (?:chez|pour) {_PLACE}"),
    re.compile(rf"{_ZH_I}\u5728(?P<value>[\u4e00-\u9fff\w]{{2,20}}?)(?:\u5de5\u4f5c|\u4e0a\u73ed)"),
)
_GOODS: Final = {
    "pedido": "order",
    "bestellung": "order",
    "commande": "order",
    "\u8ba2\u5355": "order",
    "\u8a02\u55ae": "order",
    "paquete": "parcel",
    "env\u00edo": "parcel",
    "paket": "parcel",
    "lieferung": "parcel",
    "sendung": "parcel",
    "colis": "parcel",
    "livraison": "parcel",
    "\u5305\u88f9": "parcel",
    "\u5feb\u9012": "parcel",
}
_NUMBER: Final = r"[0-9][a-zA-Z0-9-]*"
_GOOD: Final = re.compile(
    rf"(?:\b(?:mi|meine?|mon|ma|unsere?|nuestro) |\u6211\u7684)(?P<name>{'|'.join(_GOODS)})"
    rf"(?:(?: (?:n\u00famero |nr\.? ?|nummer |n\u00b0 ?|num\u00e9ro )?#?|\u53f7?)(?P<number>{_NUMBER}))?",
    re.IGNORECASE,
)
_STATES: Final = (
    (
        "waiting",
        _any(
            r"no (?:me )?(?:ha |han )?lleg\w+|no lo he recibido",
            r"(?:ist|sind) (?:immer )?(?:noch )?nicht (?:angekommen|da|eingetroffen|geliefert)",
            r"n'est pas (?:encore )?arriv\w+",
            r"\u8fd8\u6ca1\u6709?|\u6ca1\u6709?\u5230|\u6ca1\u6536\u5230|\u9084\u6c92",
        ),
    ),
    ("delayed", _any(r"retrasad\w+|versp\u00e4tet|en retard", r"\u5ef6\u8fdf|\u665a\u70b9")),
    ("cancelled", _any(r"cancelad\w+|storniert|annul\u00e9\w*", r"\u53d6\u6d88")),
    ("refunded", _any(r"reembolsad\w+|erstattet|rembours\u00e9\w*", r"\u5df2\u9000\u6b3e")),
    (
        "arrived",
        _any(
            r"(?:ya )?(?:ha llegado|lleg\u00f3)",
            r"ist (?:jetzt |heute |endlich )?(?:angekommen|da|eingetroffen)",
            r"est (?:bien |enfin )?arriv\w+",
            r"\u5df2\u7ecf?\u5230|\u5230\u4e86|\u6536\u5230\u4e86",
        ),
    ),
)
_UNSURE: Final = re.compile(r"[?\uff1f]|\b(?:si|wenn|falls|cuando)\b", re.IGNORECASE)


def foreign(said: str) -> Attribute | None:
    """What a quotation in Spanish, German, French or Chinese is about; None for most, and for English."""
    if _UNSURE.search(said):
        return None
    good = _GOOD.search(said)
    if good is not None:
        return _state(good, said)
    for kind, patterns in (("home city", _HOMES), ("employer", _EMPLOYERS)):
        found = next((match for pattern in patterns if (match := pattern.search(said))), None)
        if found is not None:
            return about(kind, found["value"].casefold().strip())
    if _WISH.search(said) is None:
        return None
    language, channel = _only(_LANGUAGES, said), _only(_CHANNELS, said)
    if language is not None:
        return about("language", language)
    return about("contact preference", channel) if channel else None


def _state(good: re.Match[str], said: str) -> Attribute | None:
    state = next((name for name, pattern in _STATES if pattern.search(said)), None)
    name = _GOODS[good["name"].casefold()]
    return about("state", state, f"{name} {good['number']}" if good["number"] else name) if state else None


def _only(table: tuple[tuple[str, re.Pattern[str]], ...], said: str) -> str | None:
    """None when several are named: which of them is wanted is not certain."""
    found = [name for name, pattern in table if pattern.search(said)]
    return found[0] if len(found) == 1 else None
