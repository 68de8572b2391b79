"""What a statement is about, read from its words."""

import time

import pytest

from regulars.domain.attributes import Attribute, attribute_of, given, key_of, names_of

ANA = frozenset({"ana"})


@pytest.mark.parametrize(
    ("content", "key", "values"),
    [
        ("Ana prefers e-mail.", "contact preference", {"email"}),
        ("Prefers texts to phone calls", "contact preference", {"text", "call"}),
        ("Ana asked to be texted rather than called.", "contact preference", {"text", "-call"}),
        ("Ana asked the business not to call her.", "contact preference", {"-call"}),
        ("Ana prefers invoices by post.", "contact preference: invoice", {"letter"}),
        ("I live in York now.", "home city", {"york"}),
        ("Ana lives in Portugal.", "home country", {"portugal"}),
        ("Ana no longer works for Norvik.", "employer", {"-norvik"}),
        ("Ana works as a nurse since 2019.", "job", {"nurse"}),
        ("Ana's new phone number is 555 01-99.", "phone number", {"5550199"}),
        ("Ana changed her billing address to 4 Hill Road.", "address: billing", {"4 hill road"}),
        ("Ana switched to the Flex plan.", "plan", {"flex"}),
        ("Ana got married.", "marital status", {"married"}),
        ("Ana is no longer vegan.", "diet", {"-vegan"}),
        ("Ana wants to be written to in Spanish.", "language", {"spanish"}),
        ("Ana does not speak French.", "speaks: french", {"-yes"}),
        ("Ana has no children.", "children", {"-have"}),
        ("Ana has three kids.", "children", {"have", "3"}),
        ("Ana's favorite colour is green.", "favourite colour", {"green"}),
        ("Ana prefers an aisle seat.", "preference: window seat", {"aisle"}),
        ("Ana prefers rum to gin.", "choice: gin or rum", {"rum"}),
        ("Ana went off jazz.", "likes: jazz", {"-yes"}),
        ("Ana sold her blue van.", "owns: van", {"-have"}),
        ("Ana has two dogs.", "owns: dog", {"have", "2"}),
        ("Order #4471 was shipped.", "state: order 4471", {"shipped"}),
        ("Ana is waiting for her refund.", "state: refund", {"waiting"}),
        ("Ana's washing machine keeps stopping.", "condition: washing machine", {"broken"}),
        ("Ana's dental appointment is on 3 May.", "appointment: dental appointment", {"3 may"}),
        ("Ana dijo: «Vivo en Sevilla».", "home city", {"sevilla"}),
        ("Ana sagte: „Ich arbeite bei Norvik.“", "employer", {"norvik"}),
        ("Ana说：“我的订单4471已经到了。”", "state: order 4471", {"arrived"}),  # noqa: RUF001
    ],
)
def test_what_it_is_about_and_what_it_says(content: str, key: str, values: set[str]) -> None:
    found = attribute_of(content)
    assert found is not None
    assert (found.key, found.values) == (key, values)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Ana plays chess.",
        "Ana used to live in Leeds.",
        "Ana is thinking of moving to Spain.",
        "Ana moved to a bigger flat.",
        "Ana asked the business to call her about the refund.",
        "Ana has a problem with the router.",
        "Ana has been to Paris.",
        "Ana has read the other books.",
        "Ana is going to keep using her voice.",
        "Ana's mother motivates Ana to keep striving.",
        "Ana is a huge fan of it, that's why she goes.",
        "Ana works from home.",
        "Ana prefers text books.",
        "Ana lives in Leeds and has two dogs.",
        "Ana's address is wrong.",
        "Ana dijo: «Si vivo en Sevilla, les aviso».",
        "Ana lives in Leeds. " * 40,
    ],
)
def test_what_is_not_certain_is_about_nothing(content: str) -> None:
    assert attribute_of(content) is None


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        ("The customer lives in York.", ""),
        ("Lives in York", ""),
        ("Ana lives in York.", "ana"),
        ("Ana's sister lives in York.", "sister"),
        ("Her older brother lives in York.", "older brother"),
        ("Ana said that she lives in York.", "ana"),
        ('Ana said: "My sister lives in York."', "sister"),
    ],
)
def test_whose_it_is(content: str, subject: str) -> None:
    found = attribute_of(content)
    assert found is not None
    assert found.subject == subject
    assert found.is_of(Attribute("home city"), ANA) == (subject in {"", "ana"})


def test_the_name_of_an_extractor_counts_less_than_the_words() -> None:
    assert key_of("Ana rides a tram.", "Home_City") == "home city"
    assert key_of("Ana has a dog.", "home city") == "owns: dog"
    assert key_of("Ana rides a tram.") is None


@pytest.mark.parametrize("name", [None, "", "!", "preference", "favourite pets", "Life events"])
def test_a_name_that_fits_many_statements_is_none(name: str | None) -> None:
    assert given(name, "Ana rides a tram.") is None


def test_a_name_is_none_for_several_statements_at_once() -> None:
    assert given("employer", "Ana rides a tram and has two dogs.") is None


def test_keys_are_short_whatever_the_words() -> None:
    for content, name in ((f"The {'x' * 500} is broken.", None), ("Ana rides a tram.", "y" * 5000)):
        key = key_of(content, name)
        assert key is not None
        assert len(key) <= 120


def test_the_names_of_the_customer() -> None:
    known = ["The customer's name is Ana Lima.", "Ana's sister's name is Eva.", "Ana lives in York."]
    assert names_of("Anabel Lima", known) == {"anabel", "ana", "lima"}
    assert names_of(None, []) == frozenset()


@pytest.mark.parametrize(
    "piece",
    [
        "a ",
        "has a ",
        "is not ",
        "prefers text to ",
        "moved from a to ",
        "Ana's ",
        "x-",
        "的",
        "mi pedido ",
        "“",
        "; and ",
    ],
)
def test_hostile_words_take_little_time(piece: str) -> None:
    started = time.process_time()
    attribute_of((piece * 600)[:600])
    assert time.process_time() - started < 0.5
