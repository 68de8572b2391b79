"""`regulars replay` against a real server: twice adds nothing, and a server killed in the middle costs nothing."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.processes import Served, command, environment, free_port

pytestmark = pytest.mark.timeout(300)


def line(thread: str, *said: tuple[str, str]) -> str:
    """Authors in capitals are businesses."""
    messages = [
        {
            "id": str(i),
            "author": author,
            "customer": author.islower(),
            "at": f"2026-01-{1 + i:02}T10:00:00Z",
            "text": text,
        }
        for i, (author, text) in enumerate(said)
    ]
    return json.dumps({"thread": thread, "messages": messages})


SMALL = [
    line("1", ("ann", "My kettle is broken, it leaks."), ("SHOP", "@ann We will send another."), ("ann", "Thanks!")),
    line("2", ("SHOP", "Your order is ready."), ("bob", "Great, I will come on Friday. I live in Leeds.")),
    line("3", ("carl", "Do you open on Sunday?"), ("dora", "I want to know that too."), ("SHOP", "@carl We do.")),
    line("4", ("ann", "I prefer email, please."), ("SHOP", "Noted.")),
    line("5", ("SHOP", "A notice for nobody.")),
]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.start()
    try:
        served.await_ready()
        yield served
    finally:
        served.stop()


def stored(served: Served) -> dict[str, list[str]]:
    """What each conversation holds, oldest first, by conversation."""
    found = {}
    for conversation in served.collect("/v2/Conversations"):
        assert conversation["status"] == "CLOSED"
        held = served.collect(f"/v2/Conversations/{conversation['id']}/Communications", orderBy="ASC")
        assert {one["occurredAt"][:8] for one in held} == {"2026-01-"}
        found[conversation["id"]] = [one["content"]["text"] for one in held]
    return found


def memories(served: Served) -> list[str]:
    (store,) = served.collect("/v1/ControlPlane/Stores")
    profiles = served.collect(f"/v1/Stores/{store}/Profiles")
    kinds = ("Observations", "ConversationSummaries")
    return sorted(
        one["id"]
        for id_ in profiles
        for kind in kinds
        for one in served.collect(f"/v1/Stores/{store}/Profiles/{id_}/{kind}")
    )


def test_a_second_replay_adds_nothing(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    file.write_text("\n".join(SMALL))
    first = served.replayed(file)
    assert (first["threads"], first["customers"], first["profiles"], first["conversations"]) == (5, 4, 4, 5)
    assert first["customerMessages"] == {"sent": 6, "known": 0}
    assert first["agentMessages"] == {"sent": 4, "known": 0}
    assert first["leftOut"] == 1
    assert first["observations"] > 0
    assert (first["summaries"], first["withoutSummary"]) == (5, 0)
    held, remembered = stored(served), memories(served)
    assert sorted(held.values()) == sorted(
        [
            ["My kettle is broken, it leaks.", "@ann We will send another.", "Thanks!"],
            ["Your order is ready.", "Great, I will come on Friday. I live in Leeds."],
            ["Do you open on Sunday?", "@carl We do."],
            ["I want to know that too."],
            ["I prefer email, please.", "Noted."],
        ]
    )
    second = served.replayed(file)
    assert second["customerMessages"] == {"sent": 0, "known": 6}
    assert second["agentMessages"] == {"sent": 0, "known": 4}
    assert (second["conversations"], second["profiles"]) == (5, 4)
    assert stored(served) == held
    assert memories(served) == remembered


def test_a_server_killed_in_the_middle_costs_no_message_and_doubles_none(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    file.write_text("\n".join(line(str(n), *_long_talk(n)) for n in range(60)))
    running = served.replay(file, "--no-wait")
    try:
        _await_some(served, running)
        served.kill()
        served.start()
        served.await_ready()
        out, err = running.communicate(timeout=120)
    finally:
        running.kill()
    assert running.returncode == 0, err
    assert json.loads(out)["conversations"] == 60
    texts = [tuple(one) for one in stored(served).values()]
    assert sorted(texts) == sorted(tuple(text for _, text in _long_talk(n)) for n in range(60))
    again = served.replayed(file)
    assert (again["customerMessages"], again["agentMessages"]) == (
        {"sent": 0, "known": 240},
        {"sent": 0, "known": 180},
    )
    assert (again["summaries"], again["withoutSummary"]) == (60, 0)


def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    file.write_text(SMALL[0])
    words = ("replay", str(file), "--base-url", f"http://127.0.0.1:{free_port()}")
    credentials = {"REGULARS_ACCOUNT_SID": "AC" + "0" * 32, "REGULARS_AUTH_TOKEN": "x"}
    done = subprocess.run(
        command(*words), env=environment(**credentials), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "No server answers" in done.stderr


def _long_talk(n: int) -> list[tuple[str, str]]:
    said = []
    for turn in range(4):
        said.append(
            (f"customer{chr(97 + n % 26)}{chr(97 + n // 26)}", f"Question {turn} of thread {n}: where is my order?")
        )
        if turn < 3:
            said.append(("SHOP", f"Answer {turn} of thread {n}: it is on its way."))
    return said


def _await_some(served: Served, running: subprocess.Popen) -> None:
    """Until several conversations are there, with most of the file still to come."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and len(served.collect("/v2/Conversations")) < 12:
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.02)
    assert 12 <= len(served.collect("/v2/Conversations")) < 60
