"""Secrets in a text: what opens an account, pays, or names a person to an authority.

A number is known by its check digits or by what is said around it, so that the numbers of orders and parcels stay.
Every function takes plain text (`domain.plain_text`). The patterns are linear in it.
"""

import math
import re
from collections import Counter
from typing import Final

from regulars.domain.guarded import Guarded


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_NUMBER_WORDS: Final = {
    "zero": "0", "oh": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_ONE_WORD: Final = "(?:" + "|".join(_NUMBER_WORDS) + ")"
_SPOKEN = Guarded(rf"\b{_ONE_WORD}(?:[ ,-]{{1,2}}{_ONE_WORD}){{2,}}\b")
_SPOKEN_SPACES = re.compile(r"[ ,-]+")

_DIGITS_APART = Guarded(r"(?<![\w.-])\d(?:[ ./_-]{0,3}\d){12,18}(?![\w-]|[.]\d)")
_CARD_STARTS: Final = {
    14: re.compile(r"30[0-5]|3[689]"),
    15: re.compile(r"3[47]"),
    16: re.compile(r"4|5[1-5]|2[2-7]|35|6|30[0-5]|3[689]"),
    17: re.compile(r"5[06-9]|6"),
    18: re.compile(r"5[06-9]|6"),
    19: re.compile(r"4|5[06-9]|6"),
}
_IBAN = Guarded(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b")
_CHINESE_ID = Guarded(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?!\w)")
_CHINESE_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SPANISH_ID = Guarded(r"(?<![\w-])([XYZ]?\d{7,8})[ .-]?([A-Z])(?!\w)")
_SPANISH_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_ID_FORMS = Guarded(
    r"(?<![\w-])(?:"
    r"(?!000|666|9)\d{3}-\d{2}-\d{4}"  # United States
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"  # Brazil
    r"|[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]"  # Italy
    r"|[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom
    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}\w\d"  # Mexico
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"  # France
    r"|[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"  # India, tax
    r")(?![\w-])",
)
_ID_NAMED = Guarded(
    r"(?:\b(?:ssn|social security|(?:my|the|of) social|social insurance|passport|passeport|reisepass\w*|pasaporte"
    r"|passaporto|passaporte"
    r"|national (?:id|identity|insurance)|identity card|id card|tax (?:id|file|number)|aadhaa?r|adhar|pan card|nhs"
    r"|medicare|medicaid|insurance (?:id|policy id)|driver'?s'? licen[cs]e|driving licen[cs]e|licen[cs]e number"
    r"|dni|nie|nif|curp|cpf|rg|codice fiscale|carta d'identita|steuer-?id\w*|steueridentifikationsnummer"
    r"|sozialversicherungsnummer|personalausweis\w*|ausweisnummer|numero de securite sociale|securite sociale"
    r"|carte d'identite|cedula|pesel|bsn|cartao de cidadao|numero de (?:identidad|identificacion)|green card)\b"
    r"|身份证|护照|身分證"
    r"|आधार|पासपोर्ट)"
    r"[^\n\d?]{0,40}?(?<![\w])(?=[A-Z]{0,3}[ -]?\d)[A-Z]{0,3}[ -]?\d(?:[ ./-]?[A-Z]?\d){3,18}",
)

_ACCOUNT = Guarded(
    r"\b(?:bank account|bankkonto|kontonummer|cuenta bancaria|compte bancaire|conto corrente|conta bancaria|sort code"
    r"|routing(?: number| no)?|acc(?:oun)?t (?:number|no)|blz|clabe|iban)\b[^\n\d?]{0,30}\d(?:[ -]?\d){5,}"
    r"|(?:银行卡|卡号|账号|खाता)[^\n\d]{0,12}\d(?:[ -]?\d){7,}",
)
_CARD_NAMED = Guarded(
    r"\b(?:(?:credit|debit|bank|visa|master|amex|my|the|new) ?card|card (?:number|no)|mastercard|visa|kreditkarte\w*"
    r"|kartennummer|tarjeta|numero de tarjeta|carte (?:bancaire|bleue|de credit)|carta di credito|cartao)\b"
    r"[^\n\d?]{0,30}\d(?:[ ./_-]{0,3}\d){11,18}(?!\d)",
)
_CARD_CODE = Guarded(
    r"\b(?:cvv2?|cvc2?|cvn|csc|card security code|security code|sicherheitscode|pruefziffer|prufziffer"
    r"|codigo de seguridad|code de securite|cryptogramme|codice di sicurezza|codigo de"
    r" seguranca)\b[^\n\d?]{0,20}\d{3,8}"
    r"\b|(?:安全码)[^\n\d]{0,8}\d{3,8}",
)
_PIN = Guarded(
    r"\b(?:pin|pin-?code|pin number|passcode|pass code|geheimzahl|clave|codigo (?:pin|secreto)|code (?:pin|secret"
    r"|confidentiel)|codice (?:pin|segreto)|senha)\b[^\n\d?]{0,20}(?<![\w#-])\d(?:[ -]?\d){2,7}(?![\w-])"
    r"|(?<![\w#-])\d(?:[ -]?\d){3,7} (?:is|as|es|ist|est) (?:my|the|our|his|her|their|mi|meine?|mon) (?:\w+ ){0,2}?"
    r"(?:pin|passcode|clave)\b"
    r"|(?:संख्या|पिन)[^\n\d]{0,12}\d{4,8}",
)
_CODE = Guarded(
    r"(?:(?P<kind>[a-z]+)[ -])?\b(?P<word>code|codes|otp|tan|codigo|codice|passcode|kode|token|einmalcode"
    r"|bestatigungscode|verifizierungscode|sicherheitscode)\b"
    r"[^\n\d?]{0,40}?(?<![\w#.-])(?:[A-Z]-)?(?P<digits>\d(?:[ -]?\d){3,7})(?![\w-]|[.,]\d)",
)
_CODE_AFTER = Guarded(
    r"(?<![\w#.-])(?:[A-Z]-)?\d(?:[ -]?\d){3,7} (?:is|was|as|es|ist|est|e|for)(?: \w+){0,3}? (?P<kind>[a-z]+ )?(?:code"
    r"|otp|codigo"
    r"|codice|tan)\b",
)
_CODE_MIXED = Guarded(
    r"\b(?:verification|login|log-in|sign-in|one[- ]time|otp|2fa|mfa|authenti\w+|auth|access|recovery|backup|security"
    r"|unlock|door|gate|alarm) (?:code|key|token|phrase)s?\b(?: \w+){0,3}?(?: is|:| =|=| was)\s?"
    r"(?=\S{0,20}\d)[A-Z0-9-]{4,40}\b",
)
_CODE_ELSEWHERE = Guarded(
    r"(?:验证码|校验码|动态码|驗證碼"
    r"|\u043a\u043e\u0434|ओटीपी|कोड|認証コード)"
    r"[^\n\d]{0,20}\d(?:[ -]?\d){3,7}(?!\d)"
    r"|(?<!\d)\d{4,8}[^\n\d]{0,12}(?:验证码|ओटीपी)",
)
_ORDINARY_CODES: Final = _words(
    "error discount promo promotional promotion voucher coupon gift zip postal post area country dialling dialing dress"
    " order product item booking reservation tracking qr bar source color colour building reference referral fault"
    " status http exit response sku model style offer rebate flight airport currency morse tax event vin part parcel"
    " shipping shipment invoice batch serial store branch class course fehler rabatt gutschein descuento reduction"
    " promozionale postleitzahl engine trouble sku lot return rma case ticket claim group member"
    " membership customer"
)
_LONE_CODE = re.compile(r"[^\w@#]*(?:(?:the |my )?(?:code|otp|pin)\W+(?:is )?)?\d(?:[ -]?\d){3,7}\W*", re.IGNORECASE)

_PASSWORD = Guarded(
    r"(?:\b(?:pass ?words?|pass-word|passwd|passwort|kennwort|passphrase|pwd|pw|pass(?=\s?[:=])|contrasena|clave"
    r"|mot de passe|mdp|senha"
    r"|palavra-passe|parola d'ordine|wachtwoord|parole)\b"
    r"|密码|口令|密碼|\u043f\u0430\u0440\u043e\u043b\u044c"
    r"|पासवर्ड|パスワード)"
    r"(?P<between>(?: (?!keeper|manager|reset|page|field|link|app|box|screen|policy|request)[^\s.!?:=]+){0,5}?)"
    r"(?P<link> is now | is | was | to | es | est | ist | e | lautet | heisst |['\"]?s |\s?[:=]+\s?|是|为"
    r"| है | (?=[\"']))"
    r"\s?[\"'(]?(?P<value>[^\s\"'()]{3,64})",
)
_PASSWORD_SET = Guarded(
    r"\b(?:set|changed?|updated?|made?|making|chose|picked|use|used|using) (?P<before>[^\s\"']{3,64}|(?:my|the|our|his"
    r"|her"
    r"|their)(?: \w+){0,2}?) (?:pass ?word|passphrase|pwd|pin) (?:to|be|as) [\"']?(?P<value>[^\s\"']{3,64})",
)
_PASSWORD_NEXT = Guarded(
    r"(?:\b(?:pass ?word|passwd|pwd|passwort|contrasena|senha|mot de passe)\b|密码"
    r"|पासवर्ड|\u043f\u0430\u0440\u043e\u043b\u044c)"
    r"(?: (?!for|on|of|in|with|to|since|and|or|at|by|from|after)\w+){0,2}?[ \"'(:/]{1,3}(?P<value>[^\s\"'()/]{5,64})",
    r"\b(?:login|log in|credentials|log on|sign-?in|sign in)\b[^\n?]{0,40}? ?[/,] ?[^\s\"'()/]{5,64}",
)
_PASSWORD_BEFORE = Guarded(
    r"(?<!\S)[\"']?(?P<value>[^\s\"']{4,64})[\"']? (?:is|was|as|for|es|ist|est) (?:my|the|our|his|her|mi|mein|mon)"
    r" (?:\w+ ){0,3}?(?:pass ?word|passwort|passphrase|pwd|contrasena|mot de passe|login)\b",
)
_NO_PASSWORDS: Final = _words(
    "not wrong incorrect invalid expired still being too correct right fine ok okay working broken lost forgotten reset"
    " changed required needed weak strong short long set the a an my your this that no always never rejected refused"
    " accepted sent saved stored asked protected locked something different same case secure unsafe visible what which"
    " access enter log login get use reset change sure only also already just now gone never unknown compromised leaked"
    " hacked stolen falsch incorrecta incorrecto invalida incorrect incorrecte errata sbagliata errada incorreta it"
    " at least known shown hidden empty blank impossible hard easy safe bad good here there on in of and or but"
    " because since when if how why who where all one every each reset. him her them me us you"
)
_TOKEN_KNOWN = Guarded(
    r"(?<![A-Za-z0-9])(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}"
    r"|\b(?:gh[opsru]_|github_pat_|glpat-|xox[abprs]-|npm_|hf_|shpat_|dop_v1_|pypi-)[A-Za-z0-9_-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}|\bSG\.[\w-]{16,}"
    r"|\bSK[0-9a-f]{32}\b|-----BEGIN [A-Z ]{0,20}PRIVATE KEY|\bBearer [A-Za-z0-9._~+/-]{16,}"
)
_TOKEN_NAMED = Guarded(
    r"\b(?:api[ _-]?key|api[ _-]?token|secret(?: key)?|auth[ _-]?token|access[ _-]?token|private key|token|license key"
    r"|licence key|schlussel|clave api|cle api|activation key|product key|client[ _-]secret)\b[^\n?]{0,25}?[\s:=\"']"
    r"(?=[A-Za-z_+/=-]{0,40}\d)[A-Za-z0-9_+/=-]{12,}",
)
_TOKEN = Guarded(r"(?<![\w/.@=&?%#-])[A-Za-z0-9_+/=-]{20,200}(?![\w/.@&?%#-])")
_TOKEN_BITS_MIN: Final = 3.6
_ANSWERS = Guarded(
    r"\bmother'?s maiden name (?:is|was)? ?\w|\bmaiden name of (?:my|the customer's|\w+'s) mother"
    r"|\b(?:security|secret) (?:answer|word)\b[^\n?]{0,30}(?:is|:|=|was)\s?\w"
    r"|\banswer to (?:my|the|his|her|their) (?:security|secret) question"
    r"|\b(?:seed|recovery|backup) (?:phrase|words)\b[^\n?]{0,30}(?:is|are|:|=)\s?\w"
    r"|\b(?:apellido de soltera de (?:mi|su) madre|nom de jeune fille de (?:ma|sa) mere|madchenname (?:meiner|ihrer"
    r"|seiner) mutter|cognome da nubile di (?:mia|sua) madre)",
)
_NUMBERS: Final = (
    _ID_FORMS, _ID_NAMED, _ACCOUNT, _CARD_NAMED, _CARD_CODE, _PIN, _CODE_MIXED, _CODE_ELSEWHERE, _TOKEN_NAMED,
)  # fmt: skip


def has_secret(text: str) -> bool:
    if _SPOKEN.may_match(text):
        text = re.sub(_SPOKEN.source, _spoken, text, flags=re.IGNORECASE)
    if _TOKEN_KNOWN.search(text) or _ANSWERS.search(text) or _has_password(text):
        return True
    return any(map(str.isdigit, text)) and _has_number(text)


def _has_number(text: str) -> bool:
    return (
        _LONE_CODE.fullmatch(text) is not None
        or any(pattern.search(text) for pattern in _NUMBERS)
        or _has_checked_number(text)
        or _has_code(text)
        or _has_token(text)
    )


def is_luhn(digits: str) -> bool:
    """https://en.wikipedia.org/wiki/Luhn_algorithm"""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _spoken(match: re.Match[str]) -> str:
    return "".join(_NUMBER_WORDS[word] for word in _SPOKEN_SPACES.split(match.group().lower()))


def _has_checked_number(text: str) -> bool:
    return (
        any(_is_card(match.group()) for match in _DIGITS_APART.finditer(text))
        or any(_is_iban(match.group()) for match in _IBAN.finditer(text))
        or any(_is_chinese_id(match.group()) for match in _CHINESE_ID.finditer(text))
        or any(_is_spanish_id(*match.groups()) for match in _SPANISH_ID.finditer(text))
    )


def _is_card(text: str) -> bool:
    digits = "".join(filter(str.isdigit, text))
    start = _CARD_STARTS.get(len(digits))
    return start is not None and start.match(digits) is not None and is_luhn(digits)


def _is_iban(text: str) -> bool:
    joined = text.replace(" ", "").replace("-", "").upper()
    return 15 <= len(joined) <= 34 and int("".join(str(int(c, 36)) for c in joined[4:] + joined[:4])) % 97 == 1


def _is_chinese_id(text: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_CHINESE_WEIGHTS, text[:17], strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _is_spanish_id(number: str, letter: str) -> bool:
    digits = number.upper().translate(str.maketrans("XYZ", "012"))
    return len(number) == 8 and _SPANISH_LETTERS[int(digits) % 23] == letter.upper()


def _has_code(text: str) -> bool:
    found = [*_CODE.finditer(text), *_CODE_AFTER.finditer(text)]
    return any((match["kind"] or "").strip().lower() not in _ORDINARY_CODES for match in found)


def _has_password(text: str) -> bool:
    stated = any(_is_value(match["value"], match["link"]) for match in _PASSWORD.finditer(text))
    chosen = any(_is_value(match["value"]) for match in _PASSWORD_SET.finditer(text))
    return (
        stated
        or chosen
        or any(
            _looks_chosen(match["value"] or match.group().rpartition("/")[2].rpartition(",")[2].strip())
            for pattern in (_PASSWORD_NEXT, _PASSWORD_BEFORE)
            for match in pattern.finditer(text)
        )
    )


def _is_value(word: str, link: str = " is ") -> bool:
    if link in {" to ", " e "}:
        return _looks_chosen(word)
    return word.strip(".,;:!").lower() not in _NO_PASSWORDS


def _looks_chosen(word: str) -> bool:
    """Letters with digits or signs inside, as passwords have; an e-mail address is none."""
    word = word.strip(".,;:!?")
    has_letter, has_digit = any(map(str.isalpha, word)), any(map(str.isdigit, word))
    return len(word) >= 5 and has_letter and has_digit and "@" not in word[1:-1]


def _has_token(text: str) -> bool:
    return any(_is_random(match.group()) for match in _TOKEN.finditer(text))


def _is_random(token: str) -> bool:
    kinds = (any(map(str.isupper, token)), any(map(str.islower, token)), any(map(str.isdigit, token)))
    size = len(token)
    bits = -sum(count / size * math.log2(count / size) for count in Counter(token).values())
    return all(kinds) and bits >= _TOKEN_BITS_MIN
