"""Sentences in other languages than English: picked by a few cues, kept word for word. Nothing is translated."""

import re
from typing import Final

from regulars.ai.rules import screen
from regulars.ai.rules.select import SENTENCE_CHARS_MAX
from regulars.ai.rules.sentences import HOLE

_CUES: Final = re.compile(
    # Spanish, Portuguese, Italian
    r"\b(?:me llamo|mi nombre es|vivo en|me mud\w+|prefiero|mi (?:pedido|paquete|cuenta|correo|direcci\u00f3n"
    r"|tel\u00e9fono|vuelo|factura)"
    r"|no (?:funciona|lleg\w+|he recibido|ha llegado|puedo)|reembolso|cancelar|devoluci\u00f3n"
    r"|meu nome|moro em|prefiro|(?:meu|minha) (?:pedido|pacote|conta|encomenda|celular)|n\u00e3o (?:funciona"
    r"|chegou|recebi|consigo)|reembolso"
    r"|mi chiamo|abito a|preferisco|il mio (?:ordine|pacco|account)|non (?:funziona|\u00e8 arrivat\w|ho ricevuto"
    r"|riesco)|rimborso"
    # French, German, Dutch
    r"|je m'appelle|j'habite|je pr\u00e9f\u00e8re|ma (?:commande|livraison|carte)|mon (?:colis|compte|vol"
    r"|t\u00e9l\u00e9phone)|n'est pas arriv\w+|ne (?:marche|fonctionne) p(?:as|lus)"
    r"|pas re\u00e7u|remboursement|rembours\u00e9\w*|annuler"
    r"|ich hei\u00dfe|ich wohne|mein name|ich bevorzuge|meine? (?:bestellung|paket|konto|lieferung|handy"
    r"|rechnung)|funktioniert nicht|nicht (?:angekommen|erhalten|geliefert)"
    r"|r\u00fcckerstattung|geld zur\u00fcck|k\u00fcndigen|umgezogen"
    r"|ik heet|ik woon|mijn (?:bestelling|pakket|account)|werkt niet|niet ontvangen|terugbetaling|verhuisd"
    # Hindi in Latin letters
    r"|mera (?:naam|order|account|paisa|phone)|meri (?:delivery|booking)|nahi (?:aaya|mila|chal|ho raha|aya)"
    r"|refund (?:chahiye|nahi))\b"
    # Japanese, Chinese, Hindi, Arabic
    r"|\u5c4a(?:\u304b\u306a\u3044|\u3044\u3066\u3044\u306a\u3044|\u304d\u307e\u305b\u3093)|\u8fd4\u91d1"
    r"|\u6ce8\u6587\u3057\u305f|\u58ca\u308c|\u4f4f\u3093\u3067\u3044|\u30ad\u30e3\u30f3\u30bb\u30eb\u3057\u305f"
    r"|\u9000\u6b3e|\u6ca1\u6709?\u6536\u5230|\u6211\u4f4f\u5728|\u6211\u53eb|\u574f\u4e86|\u6211\u7684\u8ba2\u5355"
    r"|\u092e\u0947\u0930\u093e \u0928\u093e\u092e|\u092e\u0947\u0930\u093e \u0911\u0930\u094d\u0921\u0930"
    r"|\u0928\u0939\u0940\u0902 (?:\u092e\u093f\u0932\u093e|\u0906\u092f\u093e)|\u0930\u093f\u092b\u0902\u0921"
    r"|\u0627\u0633\u0645\u064a|\u0623\u0633\u0643\u0646|\u0637\u0644\u0628\u064a"
    r"|\u0627\u0633\u062a\u0631\u062f\u0627\u062f|\u0644\u0645 (?:\u064a\u0635\u0644|\u0623\u0633\u062a\u0644\u0645)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?\uff1f\u061f]")
_SENSITIVE = re.compile(
    r"\b(?:contrase\u00f1a|senha|mot de passe|passwort|wachtwoord|embarazad\w+|enceinte|schwanger|diab\u00e8te"
    r"|c\u00e1ncer|krank\w*|krebs|alergi\w+|allergi\w+"
    r"|enferm\w+|m\u00e9dic\w+|dni|tarjeta n\u00famero)\b|\u30d1\u30b9\u30ef\u30fc\u30c9|\u5bc6\u7801"
    r"|\u533b\u9662|\u75c5\u6c17",
    re.IGNORECASE,
)


def is_fact(sentence: str) -> bool:
    """Worth quoting as it stands."""
    if not 8 <= len(sentence) <= SENTENCE_CHARS_MAX or HOLE in sentence or _QUESTION.search(sentence):
        return False
    if screen.is_sensitive(sentence) or screen.is_insult(sentence) or is_sensitive(sentence):
        return False
    return bool(_CUES.search(sentence))


def is_sensitive(sentence: str) -> bool:
    return bool(_SENSITIVE.search(sentence))
