"""Stems: a text's own language decides."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recall import languages
from regulars.recall.languages import function_stems, is_small, language_of, stems
from regulars.recall.lexical import folded, words

SENTENCES = {
    "english": ["I would like to return my order", "The parcel never came and I want a refund"],
    "spanish": ["Quiero devolver mi pedido porque llegó roto", "¿Dónde está el paquete?"],
    "portuguese": ["Não recebi a encomenda e quero o meu dinheiro", "O meu pedido ainda não chegou, você pode ajudar?"],
    "french": ["Je voudrais retourner ma commande", "Où est le colis que j'ai commandé ?"],
    "italian": ["Vorrei restituire il mio ordine perché non funziona", "Dove sono le scarpe della settimana scorsa?"],
    "german": ["Ich möchte meine Bestellung zurückgeben", "Wo ist das Paket und wann kommt es?"],
    "dutch": ["Ik wil mijn bestelling terugsturen", "Waar is het pakket en wanneer wordt het bezorgd?"],
    "swedish": ["Jag vill skicka tillbaka min beställning"],
    "polish": ["Chcę zwrócić moje zamówienie, bo nie działa"],
    "turkish": ["Bu sipariş için iade istiyorum", "Benim siparişim ne zaman gelir?"],
    "russian": ["Я хочу вернуть свой заказ", "Верните деньги"],
    "greek": ["Θέλω το δέμα και τα παπούτσια μου", "Πού βρίσκεται το δέμα της αδελφής"],
    "arabic": ["أريد إرجاع طلبي من فضلك", "أين الطرد"],
    "hindi": ["मैं अपना ऑर्डर वापस करना चाहता हूं", "पैसे वापस चाहिए"],
}


def language(text):
    return language_of(words(folded(text)))


@pytest.mark.parametrize(("expected", "text"), [(name, text) for name, texts in SENTENCES.items() for text in texts])
def test_a_short_sentence_tells_its_language(expected, text):
    assert language(text) == expected
    assert language(text.upper()) == expected


@pytest.mark.parametrize("text", ["", "tea", "42", "order 2023-17", "紅茶が好きです", "😀", "ขอบคุณ", "고객"])
def test_without_evidence_it_is_english(text):
    assert language(text) == "english"


def test_the_small_words_of_most_decide_even_in_another_script():
    assert language("I would like to know what заказ is") == "english"
    assert language("где мой order") == "russian"


@given(st.lists(st.sampled_from(["tea", "der", "und", "la", "le", "заказ", "δεμα", "طرد", "茶"]), max_size=8))
def test_the_first_of_several_scripts_decides_and_nothing_that_differs_between_processes(found):
    known = language_of(found)
    assert known == language_of(list(found))
    if found and set(found) <= {"заказ", "δεμα", "طرد"}:
        assert known == {"заказ": "russian", "δεμα": "greek", "طرد": "arabic"}[found[0]]


@pytest.mark.parametrize("listed", languages._FUNCTION_WORDS.items(), ids=lambda listed: listed[0])
def test_small_words_are_listed_as_texts_are_folded(listed):
    _, small = listed
    assert [words(folded(word)) for word in small] == [[word] for word in small]


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("english", ["orders", "order", "ordering", "ordered"]),
        ("spanish", ["canciones", "cancion"]),
        ("german", ["lieferungen", "lieferung"]),
        ("french", ["commandes", "commande", "commander"]),
        ("portuguese", ["pedidos", "pedido"]),
        ("italian", ["ordini", "ordine"]),
        ("dutch", ["bestellingen", "bestelling"]),
        ("russian", ["заказ", "заказа", "заказу", "заказом", "заказы", "заказов"]),
        ("greek", ["δεμα", "δεματα"]),
        ("arabic", ["كتاب", "الكتاب"]),
        ("hindi", ["किताब", "किताबें", "किताबों"]),
        ("turkish", ["siparisler", "siparis"]),
    ],
)
def test_forms_of_a_word_have_one_stem(name, forms):
    assert len(set(stems(forms, name))) == 1


def test_words_of_different_meaning_keep_apart():
    assert len(set(stems(["order", "refund", "tea", "teas", "parcel"], "english"))) == 4


@pytest.mark.parametrize("name", sorted({*languages._FUNCTION_WORDS, *(name for _, _, name in languages._SCRIPTS)}))
def test_there_is_a_stemmer_for_every_language(name):
    assert len(stems(["a", "tea", "заказы", "a"], name)) == 4


def test_stems_come_in_the_order_of_the_words_and_as_often():
    assert stems(["teas", "dogs", "teas"], "english") == ["tea", "dog", "tea"]
    assert stems([], "english") == []


@pytest.mark.parametrize(
    ("name", "small"), [("english", "the"), ("german", "der"), ("spanish", "los"), ("russian", "и"), ("hindi", "है")]
)
def test_small_words_are_known_by_their_stems(name, small):
    assert set(stems([small], name)) <= function_stems(name)
    assert not set(stems(["tea", "заказ"], name)) & function_stems(name)
    assert is_small(small, name)
    assert not is_small("tea", name)


def test_a_language_without_a_list_has_no_small_words():
    assert function_stems("tamil") == frozenset()


def test_what_is_known_stays_within_the_limit(monkeypatch):
    monkeypatch.setattr(languages, "_KNOWN_MAX", 10)
    known = languages._Stems("english")
    for number in range(100):
        assert known.of([f"teas{number}", "dogs", "orders"]) == [f"teas{number}", "dog", "order"]
        assert len(known._known) <= 10 + 3


def test_threads_share_a_stemmer():
    listed = [f"{word}{number}" for number in range(2_000) for word in ("ordering", "refunds")]
    texts = [[*listed[start:], "ordering", "refunds"] for start in range(0, 4_000, 500)]
    alone = [languages._Stems("english").of(text) for text in texts]
    shared = languages._Stems("english")
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(shared.of, texts)) == alone
