"""`python -m bench` runs to its end and says what it should; the figures are nobody's business here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).parents[2]
WAYS = (
    *("warm, same query", "warm, known query", "warm, fresh query"),
    *("after one write", "cold", "ranking alone"),
)
"""To recall, as the bench calls them."""


@pytest.fixture(autouse=True)
def linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("the bench reads /proc")


def bench(file: Path, *words: str) -> dict[str, Any]:
    """The figures of `python -m bench`."""
    command = [sys.executable, "-m", "bench", *words, "--seconds", "0.5", "--rounds", "1", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


def test_webhooks_are_measured_beside_their_floor(tmp_path: Path) -> None:
    figures = bench(tmp_path / "figures.json", "webhooks", "--processes", "1")["webhooks"]["1 process"]
    assert figures["webhooks a second"]["median"] > 0
    assert figures["floor: commits a second, 16 connections"]["median"] > 0
    assert figures["other answers than 200"] == "none"
    assert figures["stored: communication"] == figures["acknowledged, with the warm-up"] > 0


def test_bulk_is_compared_between_stores_of_two_sizes(tmp_path: Path) -> None:
    """It checks by itself how many profiles there are at its end."""
    figures = bench(tmp_path / "figures.json", "bulk", "--store", "300", "--store", "100")["bulk"]
    assert figures["store of 100"]["all new: ms until COMPLETED"]["median"] > 0
    assert figures["store of 300 for each of 100, medians"]["the same again"] > 0


def test_import_and_lookup_are_measured_in_a_store(tmp_path: Path) -> None:
    figures = bench(tmp_path / "figures.json", "import", "lookup", "--store", "300", "--rows", "700")
    assert figures["import"]["store of 300"]["rows a second"] > 0
    assert figures["import"]["store of 300"]["Python, RSS at most, MB"] > 0
    assert figures["lookup"]["store of 300"]["service function in process"]["count"] > 0
    assert figures["lookup"]["store of 300"]["service function for each bare SELECT on the pool, p50"] > 0


def test_timers_are_compared_between_few_and_many_open_conversations(tmp_path: Path) -> None:
    """It checks by itself that every tick moves what is due."""
    figures = bench(tmp_path / "figures.json", "timers", "--open", "10", "--open", "200")["timers"]
    assert figures["10 open"]["1 due: ms"]["median"] > 0
    assert figures["200 open"]["100 due: ms"]["median"] > 0
    assert figures["200 open for each of 10, medians"]["0 due"] > 0


def test_callbacks_are_timed_from_the_message_on(tmp_path: Path) -> None:
    figures = bench(tmp_path / "figures.json", "callbacks", "--rate", "20")["callbacks"]["20 messages a second"]
    assert figures["message to callback"]["count"] == 10
    assert figures["message to callback"]["p50_ms"] > figures["message to answer"]["p50_ms"] > 0
    assert figures["messages without a callback"] == 0


def test_recall_is_measured_beside_its_floors(tmp_path: Path) -> None:
    """It fails by itself when a recall is not answered with 200."""
    figures = bench(tmp_path / "figures.json", "recall", "--quick", "--memories", "20")["recall"]
    rows = {(row["observations"], row["asked"]): row for row in figures["latency"]}
    assert {way for _, way in rows} == set(WAYS)
    assert all(row["p50 ms"] > 0 and row["ratio"] > 0 and row["count"] > 0 for row in rows.values())
    assert rows[20, "warm, fresh query"]["floor ms"] > rows[20, "warm, same query"]["floor ms"]
    assert [row["asked with"] for row in figures["recalls a second (target: 1,000)"]] == [
        *("same query", "known queries", "conversation")
    ]
    assert figures["memory of the server"][0]["snapshot, bytes a memory"] > 0
    assert figures["20 observations among 100 and 200 of others (target: 1.2)"][0]["ratio"] > 0


def test_extraction_is_timed_alone_and_from_closed_to_recallable(tmp_path: Path) -> None:
    """It fails by itself when nothing is remembered."""
    said = [("ann", True, "Please text me, I never pick up the phone."), ("shop", False, "Noted!")]
    messages = [
        {"id": str(number), "author": author, "customer": customer, "at": "2026-03-02T09:00:00Z", "text": text}
        for number, (author, customer, text) in enumerate(said)
    ]
    threads = tmp_path / "threads.jsonl"
    threads.write_text("\n".join(json.dumps({"thread": name, "messages": messages}) for name in "abc"))
    figures = bench(tmp_path / "figures.json", "extraction", "--threads", str(threads))["extraction"]
    assert (figures["conversations"], figures["of which something is remembered"], figures["messages"]) == (3, 3, 6)
    assert figures["models alone: conversations for a second of a core"] > 0
    assert figures["replay, 4 at a time: CLOSED to recallable"]["count"] == 3
    assert figures["closed together: conversations a second until all were read"] > 0


def test_identities_are_counted_beside_what_they_must_be(tmp_path: Path) -> None:
    users = {f"user_{number}": user(number) for number in range(20)}
    file = tmp_path / "users.json"
    file.write_text(json.dumps(users))
    figures = bench(tmp_path / "figures.json", "identity", str(file))["identity"]
    assert [row["profiles"] for row in figures["phone is unique"]] == [20, 20, 8]
    assert [row["profiles"] for row in figures["phone may be shared"]] == [20, 20, 20]
    assert figures["right"] is True


def user(number: int) -> dict[str, Any]:
    place = {"address1": f"{number} Elm Street", "city": "Springfield", "state": "IN", "zip": "46204", "country": "US"}
    name = {"first_name": f"First{number}", "last_name": f"Last{number}"}
    return {"name": name, "email": f"user{number}@example.com", "address": place}


def test_a_wrong_count_ends_the_bench_with_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bench import __main__ as command

    monkeypatch.setattr(sys, "argv", ["bench", "identity", str(tmp_path)])
    for right, status in ((True, 0), (False, 1)):
        monkeypatch.setitem(command.PARTS, "identity", lambda *_, right=right: {"right": right})
        assert command.main() == status


def test_customers_are_what_is_connected() -> None:
    from bench.identity import components

    rows = [[("email", "a"), ("phone", "1")], [("email", "b"), ("phone", "2")], [("email", "c"), ("phone", "1")]]
    assert components(rows) == 2
    assert components([*rows, [("email", "b"), ("phone", "1")]]) == 1
    assert components([*rows, [("email", "1"), ("phone", "3")]]) == 3


def test_nobody_of_a_crowd_has_the_number_or_the_address_of_another() -> None:
    from bench import crowd

    people = [*map(crowd.person, range(2_000)), *crowd.strangers(0, 2_000)]
    assert len({person.phone for person in people}) == len({person.email for person in people}) == 4_000
    assert all(len(person.phone) == 12 for person in people)


def test_percentiles_are_values_that_were_measured() -> None:
    from bench import stats

    assert stats.percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert stats.percentile([1.0], 99) == 1.0
    assert stats.percentile(list(map(float, range(1, 101))), 99) == 99.0


def test_the_tree_of_processes_begins_with_its_root() -> None:
    from bench import processes

    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            assert processes.tree(os.getpid())[0] == os.getpid()
            assert child.pid in processes.tree(os.getpid())
            assert processes.memory_mb(child.pid)["rss"] > 0
        finally:
            child.kill()
