"""Other languages than English: what lasts is kept word for word, in a frame of its own language."""

# ruff: noqa: RUF001

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.ai.rules import foreign, lexicons, sentences
from regulars.ai.rules.extractor import extract_candidates
from regulars.ai.rules.lexicons import framed, lexicon
from regulars.domain.transcripts import Transcript, Turn

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TABLES = tomllib.loads(Path(lexicons.__file__).with_name("languages.toml").read_text("utf-8"))
LANGUAGES = sorted(set(TABLES) - {"en"})


def kept(said: str, name: str | None = "Ana") -> list[str]:
    turn = Turn("comms_communication_1", True, "C", said, SUNDAY)
    return [one.content for one in extract_candidates(Transcript((turn,), 0, name))]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hola. Vivo en Sevilla desde mayo.", "Ana dijo: «Vivo en Sevilla desde mayo.»"),
        ("prefiero que me escriban por correo", "Ana dijo: «prefiero que me escriban por correo»"),
        ("Meu pedido não chegou, e agora?", "Ana disse: “Meu pedido não chegou”"),
        ("Merci, ma commande n'est pas arrivée.", "Ana a dit : « ma commande n'est pas arrivée. »"),
        ("il mio ordine non è arrivato", "Ana ha detto: «il mio ordine non è arrivato»"),
        ("Meine Bestellung ist nicht angekommen.", "Ana sagte: „Meine Bestellung ist nicht angekommen.“"),
        ("Wir haben zwei Kinder und einen Hund", "Ana sagte: „Wir haben zwei Kinder und einen Hund“"),
        ("ik wil mijn abonnement opzeggen", "Ana zei: “ik wil mijn abonnement opzeggen”"),
        ("Mieszkam w Gdańsku od maja", "Ana mówi: „Mieszkam w Gdańsku od maja”"),
        ("siparişim hâlâ gelmedi", "Ana dedi ki: “siparişim hâlâ gelmedi”"),
        ("У меня двое детей и собака", "Ana говорит: «У меня двое детей и собака»"),
        ("طلبي لم يصل بعد", "بحسب Ana: «طلبي لم يصل بعد»"),
        ("मेरे दो बच्चे हैं और एक कुत्ता है", "Ana ने कहा: “मेरे दो बच्चे हैं और एक कुत्ता है”"),
        ("mera order abhi tak nahi aaya", 'Ana ne kaha: "mera order abhi tak nahi aaya" (2026-11-22)'),
        ("你好，我有两个孩子和一条狗。", "Ana说：“我有两个孩子和一条狗。”"),
        ("注文した商品が届きません", "Ana：「注文した商品が届きません」"),
        ("返金してください。注文番号は12です。", "Ana：「返金してください。」"),
        ("Jag bor i Malmö med min fru", 'Ana: "Jag bor i Malmö med min fru"'),
    ],
)
def test_a_fact_is_quoted_in_its_language(said: str, expected: str) -> None:
    assert kept(said)[:1] == [expected]


@pytest.mark.parametrize(
    "said",
    [
        "Gracias, hasta luego",
        "¿Cuándo llega mi paquete?",
        "cuando llega mi paquete",
        "Bonjour, pouvez-vous m'aider ?",
        "Vielen Dank für die schnelle Hilfe",
        "Wann kommt mein Paket?",
        "grazie mille, buona giornata",
        "спасибо большое, всё понятно",
        "شكرا جزيلا لك",
        "teşekkürler, iyi günler",
        "धन्यवाद, बहुत अच्छा",
        "refund kab milega?",
        "theek hai bhai, thank you",
        "谢谢你的帮助",
        "你喜欢什么运动？",
        "ありがとうございます",
        "いつ届きますか",
        "sois idiotas, mi pedido no llega",
        "Wenn mein Paket morgen kommt",
    ],
)
def test_thanks_questions_conditions_and_insults_are_not_kept(said: str) -> None:
    assert kept(said) == []


def test_what_is_stated_before_a_question_is_kept_without_it() -> None:
    assert kept("我最近在学羽毛球，你也喜欢打羽毛球吗？") == ["Ana说：“我最近在学羽毛球” (2026-11-22)"]


def test_a_day_that_only_the_message_tells_is_given() -> None:
    assert kept("Ayer me mudé a Lyon") == ["Ana dijo: «Ayer me mudé a Lyon» (2026-11-22)"]
    assert kept("En el año 2019 me mudé a Lyon") == ["Ana dijo: «En el año 2019 me mudé a Lyon»"]


def test_of_one_message_the_weightiest_sentences_are_kept_in_their_order() -> None:
    found = kept("Tengo un perro. Vivo en Sevilla desde 2019. Mi pedido 55 no ha llegado a mi casa. Me gusta el sol.")
    assert found == [
        "Ana dijo: «Vivo en Sevilla desde 2019.»",
        "Ana dijo: «Mi pedido 55 no ha llegado a mi casa.»",
    ]


def test_without_a_name_it_is_the_customer() -> None:
    assert kept("Vivo en Sevilla desde mayo", None) == ["El cliente dijo: «Vivo en Sevilla desde mayo»"]
    assert kept("Jag bor i Malmö med min fru", None) == ['The customer: "Jag bor i Malmö med min fru"']


@pytest.mark.parametrize("language", [*LANGUAGES, "sv"])
def test_a_quotation_cannot_be_left(language: str) -> None:
    frame = framed("said", language, "Ana", words="")
    marks = [char for char in frame if char in '"“”„«»「」']
    assert len(marks) == 2
    for hostile in (marks[0], marks[1], '"', "”", "»", "」"):
        content = framed("said", language, "Ana", words=f"a{hostile} b\n{{who}}")
        assert [char for char in content if char in marks] == marks
        assert "{who}" in content
        assert "\n" not in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key(language: str) -> None:
    assert set(TABLES[language]) == set(TABLES["es"])
    known = lexicon(language)
    assert known is not None
    for key in ("contacted", "reached"):
        assert "2026-11-22" in framed(key, language, "Ana", day="2026-11-22")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", ["a", "я", "我", "hai ", "no ", "不", ", ", "了", "nicht "])
def test_no_pattern_takes_long_over_a_long_text(language: str, piece: str) -> None:
    known = lexicon(language)
    assert known is not None
    text = piece * (sentences.TURN_CHARS_READ_MAX // len(piece))
    before = process_time()
    for pattern in (known.speaker, known.lasts, known.trouble, known.when, known.empty, known.asks, known.insult):
        pattern.search(text)
    assert process_time() - before < 1


words = st.text(alphabet=st.characters(categories=["L", "Nd", "Po", "Zs", "Mn", "Ps", "Pe", "Pi", "Pf"]), max_size=60)
stems = st.sampled_from(["no funciona ", "我喜欢", "Vivo en ", "mera order nahi aaya ", "ich wohne in ", "届きません"])


@settings(deadline=None)
@given(st.lists(st.tuples(stems, words), min_size=1, max_size=4))
def test_what_is_kept_was_said_word_for_word(parts: list[tuple[str, str]]) -> None:
    said = "\n".join(stem + rest for stem, rest in parts)
    turn = Turn("comms_communication_1", True, "C", said, SUNDAY)
    text = sentences.clean(said)
    found = foreign.candidates([(one, "es") for one in sentences.split(text, "es")], turn, None)
    assert len(found) <= foreign.OF_A_TURN_MAX
    for candidate in found:
        quoted = re.fullmatch(r"El cliente dijo: «(.*)»(?: \(2026-11-22\))?", candidate.content)
        assert quoted is not None
        assert _letters(quoted[1]) in _letters(text)
        assert candidate.communication_ids == ("comms_communication_1",)
        assert 0 <= candidate.confidence <= 1


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
