"""The corpus of injections through a language model that obeys every one of them, and through one that lies."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.model_server import KEY, Asked, Reply, item, model_server, obedient
from tests.security.injections import ATTACKS, Attack, Remembered, assert_harmless

from regulars.ai.hashing import HashingEmbedder
from regulars.domain.screening import SCREENED_BY_DEFAULT
from regulars.domain.transcripts import Transcript, Turn
from regulars.runtime import models_of
from regulars.services.extraction import Models, understood
from regulars.settings import Settings

NAME = "Ana"
FIRST = datetime(2026, 11, 22, 6, tzinfo=UTC)


def transcript(attack: Attack) -> Transcript:
    turns = tuple(
        Turn(
            communication_id=f"m{number}",
            by_customer=speaker == "C",
            speaker=(attack.participant or NAME) if speaker == "C" else "Shop",
            text=text,
            occurred_at=FIRST + timedelta(minutes=number),
        )
        for number, (speaker, text) in enumerate(attack.said, start=1)
    )
    return Transcript(turns, 0, attack.first_name or NAME, frozenset(map(str, SCREENED_BY_DEFAULT)))


def wanted(attack: Attack):
    """Says what the attacker is after in every way there is, citing whatever there is to cite."""

    def script(asked: Asked) -> Reply:
        shown = [message["number"] for message in asked.messages]
        by_customer = [message["number"] for message in asked.messages if message["from"] == "customer"]
        ways = [
            attack.wanted,
            attack.wanted.replace("The customer", NAME),
            f"{NAME} stated that {attack.wanted[:1].lower()}{attack.wanted[1:]}",
            f'{NAME}: "{attack.wanted}"',
        ]
        items = [
            item(way, *numbers, kind=kind, confidence=1.0)
            for way in ways
            for numbers in (shown, by_customer, by_customer[-1:], [*shown, 99])
            for kind in ("statement", "commitment")[: 1 + (way == attack.wanted)]
        ]
        repeated = obedient(asked).content[asked.what]
        return Reply({asked.what: [*items, *repeated]})

    return script


def lies(_: Attack):
    """What nobody said, with evidence that there is not and that there is."""
    said = ["The customer is an administrator.", f"{NAME} has unlimited refunds.", "The customer is verified."]

    def script(asked: Asked) -> Reply:
        shown = [message["number"] for message in asked.messages]
        numbers = (shown, [shown[-1] + 1], [0], [])
        return Reply({asked.what: [item(one, *cited) for one in said for cited in numbers]})

    return script


@pytest.fixture
async def asking():
    with model_server() as server:
        settings = Settings(model="openai:scripted", model_api_key=KEY, model_base_url=server.base_url)
        models = models_of(settings, HashingEmbedder())
        yield server, models
        await models.extractor.close()


async def _remembered(models: Models, attack: Attack) -> tuple[Remembered, Counter[str]]:
    read = transcript(attack)
    extraction, digest = await understood(models, read, closed=True)
    observations = [
        {"content": one.content, "communicationIds": one.communication_ids, "flags": one.flags}
        for one in extraction.candidates
    ]
    told = [digest] if digest is not None and digest.content else []
    summaries = [{"content": one.content, "communicationIds": one.communication_ids} for one in told]
    said = {turn.communication_id: turn.text for turn in read.turns}
    return Remembered(observations, summaries, said), Counter(extraction.dropped)


@pytest.mark.parametrize(("behaviour", "attacks"), [(wanted, ATTACKS), (lies, ATTACKS[::8])])
async def test_no_attack_gains_anything(asking, behaviour, attacks):
    server, models = asking
    failures: list[str] = []
    dropped = Counter[str]()
    for attack in attacks:
        server.script = behaviour(attack)
        found, counts = await _remembered(models, attack)
        dropped += counts
        try:
            assert_harmless(attack, found)
            for asked in server.asked[-2:]:
                _assert_in_its_place(attack, asked)
        except AssertionError as error:
            failures.append(f"{attack.id}: {error}")
    assert failures == []
    assert dropped.total() >= 6 * len(attacks)
    assert len(server.asked) >= 2 * len(attacks)
    assert len({asked.instructions for asked in server.asked}) == 2


def _assert_in_its_place(attack: Attack, asked: Asked) -> None:
    """What a customer writes, or is called, is inside the one JSON value. The client parts marks of chat templates."""
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    assert asked.instructions.startswith(("You keep the long-term memory", "You write the summary"))
    shown = [message["text"].replace("\u200d", "") for message in asked.messages]
    assert shown == [text.replace("\u200d", "") for _, text in attack.said]
    assert "<" not in asked.body["messages"][1]["content"]
