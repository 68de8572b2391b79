"""Messages are cleaned, cut into sentences by the rules of their language, and their language is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.ai.rules import sentences
from regulars.ai.rules.language import HINGLISH, language_of


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("@shop  my order &amp; bag!!! https://t.example/x", "my order & bag!"),
        ("Thanks \U0001f600 #great #day", "Thanks"),
        ("my #broken phone", "my broken phone"),
        ("Sorted now. ^JW", "Sorted now."),
        ("tell @Kim about it", "tell Kim about it"),
        ("tell @12345 about it", f"tell {sentences.HOLE} about it"),
        ("a\u0000b\tc", "a b c"),
        ("write to me@example.com now", "write to me@example.com now"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert sentences.clean(raw) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("en", "it broke. my sister saw it", ["it broke.", "my sister saw it"]),
        ("en", "Mr. Lee paid 3.50 euros. Done", ["Mr. Lee paid 3.50 euros.", "Done"]),
        ("en", "first line\nsecond line", ["first line", "second line"]),
        ("en", "I need:\n- two cups\n2. a plate", ["I need:", "two cups", "a plate"]),
        ("en", 'My aunt said "wait. I come" and went', ['My aunt said "wait. I come" and went']),
        ("es", "El Sr. Gil vive en la Av. Mayor. Gracias", ["El Sr. Gil vive en la Av. Mayor.", "Gracias"]),
        ("de", "Am 3. Mai kam Dr. Roth. Danke!", ["Am 3. Mai kam Dr. Roth.", "Danke!"]),
        ("fr", "M. Roy habite Nice. Merci", ["M. Roy habite Nice.", "Merci"]),
        ("zh", "我住在上海。杯子碎了\uff01怎么办", ["我住在上海。", "杯子碎了\uff01", "怎么办"]),
        ("ja", "「はい。」届きません。困った", ["「はい。」", "届きません。", "困った"]),
        ("hi", "मैं पुणे में रहता हूँ। धन्यवाद", ["मैं पुणे में रहता हूँ।", "धन्यवाद"]),
        ("ar", "أسكن في تونس. متى يصل؟ شكرا", ["أسكن في تونس.", "متى يصل؟", "شكرا"]),
        ("en", "", []),
    ],
)
def test_split(language: str, text: str, expected: list[str]) -> None:
    assert sentences.split(text, language) == expected


@given(st.text(max_size=300), st.sampled_from(["en", "zh", "hi", "ar", "de", "", "hi-Latn"]))
def test_nothing_is_lost_or_added_between_sentences(text: str, language: str) -> None:
    cleaned = sentences.clean(text)
    found = sentences.split(cleaned, language)
    at = 0
    for sentence in found:
        assert sentence == sentence.strip() != ""
        for word in sentence.split():
            at = cleaned.index(word, at) + len(word)


@pytest.mark.parametrize("hostile", ["Mr. ", "(a. ", '"a. ', "\n- ", "1. ", "a.b.", "\u3002", " \u2022 ", "[1]. "])
def test_a_message_has_a_limit_of_sentences(hostile: str) -> None:
    assert len(sentences.split(hostile * 4000)) <= sentences.SENTENCES_PER_TURN_MAX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My order has not arrived yet", "en"),
        ("Just moved to Porto with my brother", "en"),
        ("Mi pedido no ha llegado", "es"),
        ("quero cancelar a assinatura", "pt"),
        ("Ma commande est en retard", "fr"),
        ("Abito a Torino da maggio", "it"),
        ("Meine Bestellung ist nicht da", "de"),
        ("Ik woon in Utrecht", "nl"),
        ("Mam dwoje dzieci i psa", "pl"),
        ("siparişim hâlâ gelmedi", "tr"),
        ("мой заказ не пришёл", "ru"),
        ("طلبي لم يصل بعد", "ar"),
        ("मेरा ऑर्डर नहीं आया", "hi"),
        ("mera order nahi aaya hai", HINGLISH),
        ("main pune mein rehta hoon", HINGLISH),
        ("注文した商品が届きません", "ja"),
        ("我的订单没收到", "zh"),
    ],
)
def test_the_language_of_a_short_message(text: str, expected: str) -> None:
    assert language_of(text, unsure="") == expected


@pytest.mark.parametrize("text", ["", "Xbox?", "ok", "12 34", "\U0001f600"])
def test_what_tells_nothing_is_of_the_language_around_it(text: str) -> None:
    assert language_of(text) == "en"
    assert language_of(text, unsure="de") == "de"
