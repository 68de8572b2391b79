"""A dialogue of two people is measured twice: each of them once is the customer, whose memories are made."""

from collections.abc import Iterator
from dataclasses import replace

from regulars.cli.quality.datasets.form import Dataset, Dialogue, Session


def both_sides(dataset: Dataset) -> Dataset:
    """Each dialogue once as it is, and once the other way round; one with a machine only as it is."""
    return replace(dataset, dialogues=tuple(side for dialogue in dataset.dialogues for side in _sides(dialogue)))


def _sides(dialogue: Dialogue) -> Iterator[Dialogue]:
    yield _of_the_customer(dialogue)
    if not dialogue.by_machine:
        turned = replace(
            dialogue,
            customer=dialogue.partner,
            partner=dialogue.customer,
            sessions=tuple(_turned(session) for session in dialogue.sessions),
        )
        yield _of_the_customer(turned)


def _turned(session: Session) -> Session:
    return replace(session, turns=tuple(replace(turn, by_customer=not turn.by_customer) for turn in session.turns))


def _of_the_customer(dialogue: Dialogue) -> Dialogue:
    """Only with the questions whose whole evidence the customer said, and what annotators wrote about the customer."""
    said = customer_turns(dialogue)
    return replace(
        dialogue,
        name=f"{dialogue.name} {dialogue.customer}",
        questions=tuple(one for one in dialogue.questions if one.evidence and one.evidence <= said),
        observations=tuple(one for one in dialogue.observations if one.about == dialogue.customer),
    )


def customer_turns(dialogue: Dialogue) -> frozenset[str]:
    return frozenset(turn.id for turn in dialogue.turns() if turn.by_customer)
