"""Conversations that lead to a question."""

import pytest

from regulars.cli.quality.datasets.form import Dialogue, Question
from regulars.cli.quality.scripts import PHRASES, SCRIPTS, script


def dialogue(language: str, *texts: str) -> Dialogue:
    questions = (Question(id=text, category="c", text=text, evidence=frozenset()) for text in texts)
    return Dialogue(name="d", customer="Ada", partner="Ben", sessions=(), questions=tuple(questions), language=language)


@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_each_says_every_word_of_the_question_after_a_greeting(language, number):
    texts = ["Where does the old lamp stand?"] * len(SCRIPTS)
    name, lines = script(dialogue(language, *texts), number)
    assert name == list(SCRIPTS)[number]
    assert lines[0].text == PHRASES[language].hello
    heard = "".join(line.text for line in lines).lower().replace(" ", "")
    assert "wheredoestheoldlampstand" in heard.replace(PHRASES[language].go_on.lower().replace(" ", ""), "")
    assert all(line.text.strip() for line in lines)


def test_the_former_matter_is_the_question_before():
    number = list(SCRIPTS).index("after another question")
    asked = dialogue("en", *(f"question {index}?" for index in range(number + 1)))
    _, lines = script(asked, number)
    assert [line.text for line in lines if line.by_customer][1:] == [f"question {number - 1}?", f"question {number}?"]


def test_even_the_shortest_question_can_be_halved():
    for number, name in enumerate(SCRIPTS):
        asked = dialogue("en", *["ab"] * len(SCRIPTS))
        assert script(asked, number)[0] == name
        assert all(line.text for line in script(asked, number)[1])
