"""How the demo looks: portraits of customers, and recalls. Every word of content came from the server."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from regulars.cli.client import Json
from regulars.cli.demo_play import Portrait

_CHANNELS = {"SMS": "SMS", "WHATSAPP": "WhatsApp"}


def show_portrait(console: Console, portrait: Portrait) -> None:
    console.print(
        Panel(
            Group(*_parts(portrait)),
            title=Text(f" {_title(portrait)} ", style="bold"),
            title_align="left",
            subtitle=_reach(portrait),
            subtitle_align="left",
            border_style="cyan",
            padding=(0, 1),
        )
    )


def show_recall(console: Console, answer: Json, found_in: Mapping[str, Json]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=13, style="bold cyan")
    table.add_column(width=6, justify="right")
    table.add_column()
    for kind in ("observations", "summaries"):
        for index, memory in enumerate(answer[kind]):
            label = kind.capitalize() if index == 0 else ""
            table.add_row(label, _score(memory.get("score")), _content(memory, found_in))
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(Text(f"  answered in {answer['meta']['queryTime']} ms", style="dim"))


def say(console: Console, communication: Json) -> None:
    author, text = communication["author"]["name"], communication["content"]["text"]
    line = Text(f"{author}: ", style="bold").append(text, style="not bold italic")
    console.print(Padding(line, (0, 0, 0, 2)))


def _parts(portrait: Portrait) -> Iterator[RenderableType]:
    conversations = portrait.conversations
    yield _labelled("Traits", [(group, _traits(traits)) for group, traits in portrait.profile["traits"].items()])
    yield _labelled("Wrote", [row for one in conversations.values() for row in _conversation(one)])
    observations = [(_day(one["occurredAt"]), _observation(portrait, one)) for one in portrait.observations]
    yield _labelled("Observations", observations)
    summaries = [(_day(one["occurredAt"]), _content(one, conversations)) for one in portrait.summaries]
    yield _labelled("Summaries", summaries)


def _labelled(label: str, rows: Sequence[tuple[str, Text]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=12, style="bold cyan")
    table.add_column(width=7, style="dim", no_wrap=True)
    table.add_column()
    for index, (head, text) in enumerate(rows or [("", Text("none", style="dim"))]):
        table.add_row(label if index == 0 else "", head, text)
    return table


def _title(portrait: Portrait) -> str:
    contact = portrait.profile["traits"].get("Contact", {})
    name = " ".join(contact[part] for part in ("firstName", "lastName") if part in contact)
    addresses = {address["address"] for one in _customers(portrait) for address in one["addresses"]}
    shown = [one["name"] for one in _customers(portrait) if one["name"] not in addresses]
    return " · ".join(filter(None, (name or next(iter(shown), ""), contact.get("phone"))))


def _reach(portrait: Portrait) -> Text | None:
    channels = sorted({_channel(one) for one in portrait.conversations.values()})
    return Text(f" one profile on {' and '.join(channels)} ") if len(channels) > 1 else None


def _customers(portrait: Portrait) -> list[Json]:
    return [
        person
        for conversation in portrait.conversations.values()
        for person in conversation["participants"]
        if person["type"] == "CUSTOMER"
    ]


def _traits(traits: Mapping[str, object]) -> Text:
    return Text(", ".join(f"{name} {value}" for name, value in traits.items()))


def _conversation(conversation: Json) -> Iterator[tuple[str, Text]]:
    """What the customer wrote in it; the business's turns are only counted."""
    said = conversation["communications"]
    customers = {one["id"] for one in conversation["participants"] if one["type"] == "CUSTOMER"}
    own = [one for one in said if one["author"]["participantId"] in customers]
    status = f"{_channel(conversation)}, {len(said)} messages, {conversation['status'].lower()}"
    yield _day(said[0]["occurredAt"]), Text(status, style="dim")
    for one in own:
        yield "", Text(f"“{one['content']['text']}”", style="italic")


def _observation(portrait: Portrait, observation: Json) -> Text:
    text = _content(observation, portrait.conversations)
    before = portrait.before.get(observation["id"])
    if before is not None and before != observation["content"]:
        text.append("\nrevised, was: ", style="bold yellow").append(before, style="yellow")
    return text


def _content(memory: Json, conversations: Mapping[str, Json]) -> Text:
    ids = memory["conversationIds"] if "conversationIds" in memory else [memory["conversationId"]]
    known = [conversations[one] for one in ids if one in conversations]
    if len(known) > 1:
        sources = [f"{_channel(one)} {_day(one['communications'][0]['occurredAt'])}" for one in known]
    else:
        sources = [_channel(one) for one in known]
    return Text(memory["content"]).append(f" ({', '.join(sources)})", style="dim")


def _score(score: float | None) -> Text:
    if score is None:
        return Text("")
    return Text(f"{score:.2f}" if score >= 0.005 else "<0.01", style="green")


def _channel(conversation: Json) -> str:
    channels: set[str] = {one["author"]["channel"] for one in conversation["communications"]}
    return " and ".join(sorted(_CHANNELS.get(one, one) for one in channels))


def _day(instant: str) -> str:
    return datetime.fromisoformat(instant).strftime("%d %b").lstrip("0")
