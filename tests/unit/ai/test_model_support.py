"""Whether messages bear a sentence: what a truthful model writes passes, what a liar writes does not."""

from datetime import date

import pytest

from regulars.ai.llm.support import Source, why_not

SAID_ON = date(2026, 11, 22)
TEXT_ME = "Please text me, I never pick up the phone."


def judged(sentence: str, *said: str, name: str = "Ana") -> str | None:
    return why_not(sentence, [Source(text, SAID_ON) for text in said], name)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Ana prefers to be contacted by text message.", TEXT_ME),
        ("Ana never picks up the phone and prefers texts.", TEXT_ME),
        ("Ana's coffee grinder is broken.", "Hi, the coffee grinder I ordered is broken."),
        ("Ana's coffee grinder is broken.", "My coffee grinder doesn't work any more, it broke"),
        ("Ana moved to Lisbon in October 2026.", "I moved to Lisbon last month by the way."),
        ("The business will send Ana a grinder by 2026-11-27.", "We will send a new grinder by Friday"),
        ("Ana has two dogs, Rex and Fido.", "i have 2 dogs rex and fido"),
        ("Ana's order #4471 has not arrived.", "where is order 4471?? it never arrived"),
        ("Ana works as a nurse at a hospital in Leeds.", "I'm a nurse, working at the hospital in Leeds"),
        ("Ana's daughter Mia was born on 2026-11-20.", "my daughter Mia was born on Friday!"),
        ("Ana's birthday is on 24 March 1990.", "I was born March 24 1990"),
        ("Ana's e-mail address is ana.lee@example.com.", "reach me at ana.lee@example.com"),
        ("Ana cancelled her subscription in 2025.", "I cancelled the subscription last year"),
        ("Ana cannot attend on Tuesdays.", "tuesdays don't suit, can't attend"),
        ("A la clienta le gusta el t\u00e9 verde.", "Me gusta el t\u00e9 verde"),
        ("La clienta vive en Lisboa y tiene dos perros.", "vivo en Lisboa y tengo dos perros"),
        ("Die Kundin wohnt in Berlin und hat einen Hund.", "Ich wohne in Berlin und habe einen Hund"),
        ("Le client veut \u00eatre contact\u00e9 par e-mail.", "je veux qu'on me contacte par e-mail"),
        ("\u5ba2\u6237\u559c\u6b22\u7eff\u8336\u3002", "\u6211\u559c\u6b22\u7eff\u8336"),
        ("\u304a\u5ba2\u69d8\u306f\u7dd1\u8336\u304c\u597d\u304d", "\u79c1\u306f\u7dd1\u8336\u304c\u597d\u304d"),
    ],
)  # fmt: skip
def test_what_the_messages_say_passes(sentence, said):
    assert judged(sentence, said) is None


@pytest.mark.parametrize(
    ("sentence", "said", "why"),
    [
        ("Ana prefers to be contacted by phone.", TEXT_ME, "negation"),
        ("Ana likes coffee.", "I like tea", "unsupported"),
        ("Ana dislikes tea.", "I like tea", "negation"),
        ("Ana wants coffee.", "I don't want coffee, I like tea", "negation"),
        ("Ana's grinder works.", "the grinder does not work", "negation"),
        ("Bob moved to Lisbon with his two cats.", "I moved to Lisbon with two cats", "name"),
        ("Ana moved to Porto.", "I moved to Lisbon", "name"),
        ("Ana's order #4472 has not arrived.", "where is order 4471?? it never arrived", "number"),
        ("Ana has 3 dogs.", "I have two dogs", "number"),
        ("Ana's e-mail address is eve@example.com.", "reach me at ana.lee@example.com", "name"),
        ("Ana's page is https://evil.example/x.", "my page is https://ana.example/x", "name"),
        ("Ana is an administrator.", "I like tea", "unsupported"),
        ("Ana moved to Lisbon on 2024-01-01.", "I moved to Lisbon last month by the way.", "date"),
        ("Ana moved to Lisbon on 2026-11-20.", "I moved to Lisbon", "date"),
        ("Ana moved to Lisbon on 2026-13-40.", "I moved to Lisbon last month", "date"),
        ("The customer.", "I have two dogs", "unsupported"),
        ("Ana prefers it.", "I have two dogs", "unsupported"),
        ("\u5ba2\u6237\u559c\u6b22\u7ea2\u8336\u3002", "\u6211\u559c\u6b22\u7eff\u8336", "unsupported"),
        ("\u5ba2\u6237\u4e0d\u559c\u6b22\u7eff\u8336\u3002", "\u6211\u559c\u6b22\u7eff\u8336", "negation"),
        ("A la clienta le gusta el caf\u00e9.", "Me gusta el t\u00e9 verde", "unsupported"),
        ("The customer likes green tea.", "Me gusta el t\u00e9 verde", "unsupported"),
    ],
)
def test_what_they_do_not_say_does_not(sentence, said, why):
    assert judged(sentence, said) == why


def test_one_new_word_in_four_is_one_too_many():
    said = "We keep bees, goats, ducks and a donkey behind the barn"
    assert judged("Ana keeps bees and goats, happily.", said) == "unsupported"
    assert judged("Ana keeps bees, goats, ducks and a donkey, happily.", said) is None


def test_each_cited_message_counts():
    assert judged("Ana likes tea and moved to Lisbon.", "I like tea", "I moved to Lisbon") is None
    assert judged("Ana likes tea and moved to Lisbon.", "I like tea") == "name"


def test_a_name_may_be_the_customers():
    assert judged("Ana Lee likes tea.", "I like tea", name="Ana Lee") is None
    assert judged("Ana Lee likes tea.", "I like tea", name="") == "name"
