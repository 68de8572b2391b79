"""Status callbacks of a real server: `kill -9` between commit and callback, and what the command line shows."""

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.listener import Listener, Told, listening
from tests.processes import Customer, Running, database, join, rows, run, run_json, serve, until, value
from twilio.request_validator import RequestValidator

pytestmark = pytest.mark.timeout(180)
DEVELOPMENT = "--development"
EVENTS_OF_A_FIRST_MESSAGE = 4
"""The conversation, two participants, the communication."""


def settle(server: Running, url: str) -> Customer:
    """A new account whose conversations are told to `url`."""
    customer = join(server).settle(extraction=False)
    customer.request(
        "PATCH", f"/v2/ControlPlane/Configurations/{customer.configuration_id}", {"statusCallbacks": [{"url": url}]}
    ).raise_for_status()
    return customer


def leases_run_out(data_dir: Path) -> None:
    """Saves the half minute after which others take up what a dead sender held."""
    rows(database(data_dir), "UPDATE callback_queue SET due_at = due_at - interval '1 minute'")


def all_delivered(data_dir: Path) -> bool:
    return value(database(data_dir), "SELECT count(*) FROM delivery WHERE status <> 'DELIVERED'") == 0


def by_token(told: list[Told]) -> dict[str, Told]:
    """What a receiver that drops known tokens keeps."""
    kept: dict[str, Told] = {}
    for one in told:
        assert kept.setdefault(one.token, one).body == one.body
    return kept


def texts(told: dict[str, Told]) -> list[str]:
    created = [one.event for one in told.values() if one.event["eventType"] == "COMMUNICATION_CREATED"]
    return [event["data"]["content"]["text"] for event in created]


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def test_a_message_is_told_signed_and_in_order(data_dir: Path, listener: Listener) -> None:
    with serve(data_dir, DEVELOPMENT) as server:
        customer = settle(server, f"{listener.url}/hook?shop=1")
        began = time.monotonic()
        assert customer.sms("+13175550100", "Grüße") == 200
        told = listener.await_told(EVENTS_OF_A_FIRST_MESSAGE)
        assert time.monotonic() - began < 5
    kinds = [one.event["eventType"] for one in told]
    assert kinds[0] == "CONVERSATION_CREATED"
    assert kinds[-1] == "COMMUNICATION_CREATED"
    assert kinds.count("PARTICIPANT_ADDED") == 2
    for one in told:
        seen = f"http://{one.headers['host']}{one.path}"
        assert RequestValidator(customer.auth_token).validate(seen, one.body, one.headers["x-twilio-signature"])


def test_killed_before_anything_was_sent(data_dir: Path, listener: Listener) -> None:
    with serve(data_dir, DEVELOPMENT, "--no-worker") as server:
        customer = settle(server, listener.url)
        assert customer.sms("+13175550100", "before") == 200
        server.kill()
    assert listener.told == []
    with serve(data_dir, DEVELOPMENT):
        listener.await_told(EVENTS_OF_A_FIRST_MESSAGE, 20)
        until(lambda: all_delivered(data_dir))
    assert texts(by_token(listener.told)) == ["before"]
    assert len(listener.told) == EVENTS_OF_A_FIRST_MESSAGE


def test_killed_while_the_callback_is_on_its_way(data_dir: Path) -> None:
    """The endpoint has it, and nobody has heard its answer: it comes again, under the same token."""
    answering = threading.Event()

    def hold(_: Told) -> int:
        answering.wait(60)
        return 200

    with listening(hold) as listener:
        with serve(data_dir, DEVELOPMENT) as server:
            customer = settle(server, listener.url)
            assert customer.sms("+13175550100", "on its way") == 200
            listener.await_told(1)
            server.kill()
        answering.set()
        with serve(data_dir, DEVELOPMENT):
            leases_run_out(data_dir)
            until(lambda: all_delivered(data_dir), within_s=20)
    first, *others = listener.told
    assert first.token == others[0].token
    assert len(listener.told) == EVENTS_OF_A_FIRST_MESSAGE + 1
    assert texts(by_token(listener.told)) == ["on its way"]


def test_killed_amid_traffic_it_tells_every_message_that_it_acknowledged(data_dir: Path, listener: Listener) -> None:
    stopping = threading.Event()
    acknowledged: list[str] = []

    def write(customer: Customer, number: int) -> None:
        with httpx.Client() as client:
            count = 0
            while not stopping.is_set():
                text = f"{number}/{count}"
                try:
                    if customer.sms(f"+131755501{number:02}", text, client=client) == 200:
                        acknowledged.append(text)
                        count += 1
                except httpx.HTTPError:
                    time.sleep(0.02)

    with serve(data_dir, DEVELOPMENT) as server:
        customer = settle(server, listener.url)
        threads = [threading.Thread(target=write, args=(customer, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(acknowledged) > 60, what="messages")
        server.kill()
        stopping.set()
        for thread in threads:
            thread.join()
    with serve(data_dir, DEVELOPMENT):
        leases_run_out(data_dir)
        until(lambda: all_delivered(data_dir), within_s=40)
    kept = by_token(listener.told)
    said = texts(kept)
    assert set(acknowledged) <= set(said)
    # one more for whoever was killed before the answer; they wrote the same words again
    assert len(said) - len(set(said)) <= 4
    by_conversation = defaultdict(list)
    for text in said:
        by_conversation[text.partition("/")[0]].append(int(text.partition("/")[2]))
    assert all(counts == sorted(counts) for counts in by_conversation.values())
    assert len({one.body for one in kept.values()}) == len(kept)  # no event has two tokens


def test_deliveries_are_listed_and_sent_once_more(data_dir: Path) -> None:
    with listening(lambda _: 500, body=b"\x1b[31mno [bold]thanks") as listener, serve(data_dir, DEVELOPMENT) as server:
        customer = settle(server, listener.url)
        assert customer.sms("+13175550100", "Hi") == 200
        until(lambda: value(database(data_dir), "SELECT max(attempts) FROM delivery"))
        where = ("--data-dir", data_dir)
        found = run_json("callbacks", "list", "--status", "pending", *where)["deliveries"]
        assert len(found) == EVENTS_OF_A_FIRST_MESSAGE
        assert {one["accountId"] for one in found} == {customer.account_sid}
        [tried] = [one for one in found if one["attempts"]]
        assert (tried["answerStatus"], tried["url"], tried["method"]) == (500, listener.url, "POST")
        assert tried["eventType"] == "CONVERSATION_CREATED"
        assert run_json("callbacks", "list", "--account", "AC" + "0" * 32, *where) == {"deliveries": []}
        shown = run("callbacks", "list", *where).stdout
        assert "500  [31mno [bold]thanks" in shown
        assert "\x1b" not in shown
        [endpoint] = run_json("callbacks", "endpoints", *where)["endpoints"]
        assert (endpoint["url"], endpoint["switchedOffAt"]) == (listener.url, None)
        listener.answer = lambda _: 200
        assert run_json("callbacks", "replay", tried["id"], *where) == {"replayed": 1}
        until(lambda: all_delivered(data_dir))
        assert run_json("callbacks", "endpoints", *where) == {"endpoints": []}
        rows(database(data_dir), "UPDATE delivery SET status = 'FAILED'")
        assert run_json("callbacks", "replay", "--failed", *where) == {"replayed": EVENTS_OF_A_FIRST_MESSAGE}
        until(lambda: all_delivered(data_dir))
        tokens = [one.token for one in listener.told]
        assert tokens[-EVENTS_OF_A_FIRST_MESSAGE:] == list(dict.fromkeys(tokens))


@pytest.mark.parametrize(
    "words",
    [(), ("--since", "2026-11-22T06:00:00Z"), ("conv_delivery_x", "--failed"), ("--failed", "--since", "yesterday")],
)
def test_what_a_replay_needs_is_told(data_dir: Path, words: tuple[str, ...]) -> None:
    done = run("callbacks", "replay", *words, "--data-dir", data_dir)
    assert done.returncode == 1
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_development_this_machine_is_not_called(data_dir: Path, listener: Listener) -> None:
    with serve(data_dir) as server:
        customer = join(server).settle(extraction=False)
        answer = customer.request(
            "PATCH",
            f"/v2/ControlPlane/Configurations/{customer.configuration_id}",
            {"statusCallbacks": [{"url": listener.url}]},
        )
        assert answer.status_code == 400, answer.text
        assert "--development" in answer.json()["message"]
        rows(
            database(data_dir),
            """UPDATE configuration SET document = jsonb_set(document, '{statusCallbacks}', %s::jsonb)""",
            f'[{{"url": "{listener.url}", "method": "POST"}}]',
        )
        assert customer.sms("+13175550100", secrets.token_hex(4)) == 200
        [answer] = until(
            lambda: rows(database(data_dir), "SELECT answer FROM delivery WHERE attempts = 1 AND answer IS NOT NULL")
        )
        assert "not public" in answer["answer"]
    assert listener.told == []


def test_networks_that_are_none_are_told_at_the_start(data_dir: Path) -> None:
    done = run("serve", "--data-dir", data_dir, callback_networks="the office")
    assert done.returncode == 1
    assert "REGULARS_CALLBACK_NETWORKS" in done.stderr
