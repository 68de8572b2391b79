"""`kill -9` of a worker that is sending: every message goes out once, in its order, and none is lost."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from tests.acceptance.processes import free_port
from tests.messages_api import Behaviour, MessagesApi, messages_api, slow
from tests.processes import Customer, database, join, rows, serve, started, until, value, worker

from regulars.core import limits

pytestmark = pytest.mark.timeout(240)
SHOP = "+15550001111"
SETTLED_S = limits.ACTION_SETTLES_S + 60
HANGS_S = 4.0


def open_conversation(customer: Customer, number: int) -> str:
    people = [
        {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": f"+131755503{number:02}"}]},
        {"type": "AI_AGENT", "addresses": [{"channel": "SMS", "address": SHOP}]},
    ]
    body = {"configurationId": customer.configuration_id, "participants": people}
    return customer.post("/v2/Conversations", body)["id"]


def ask(customer: Customer, conversation: str, number: int, text: str) -> str:
    payload = {
        "from": {"channel": "SMS", "address": SHOP},
        "to": [{"channel": "SMS", "address": f"+131755503{number:02}"}],
        "content": {"text": text},
    }
    body = {"type": "SEND_MESSAGE", "payload": payload}
    return customer.post(f"/v2/Conversations/{conversation}/Actions", body)["id"]


def posts(carrier: MessagesApi) -> int:
    return sum(method == "POST" for method, _ in list(carrier.requests))


def all_completed(conninfo: str) -> bool:
    return value(conninfo, "SELECT count(*) FROM action WHERE status <> 'COMPLETED'") == 0


def dead_for_long(conninfo: str) -> None:
    """A dead worker's last sign of life was long ago, as far as the others can tell, and so was what it began: saves
    the wait for that."""
    rows(conninfo, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
    rows(conninfo, "UPDATE action SET sent_at = sent_at - %s * interval '1 s'", limits.ACTION_SETTLES_S)


def check(carrier: MessagesApi, customer: Customer, asked: dict[str, list[str]]) -> None:
    """`asked` are the texts of each conversation, in order."""
    everything = [text for texts in asked.values() for text in texts]
    assert Counter(sent.body for sent in carrier.sent) == Counter(everything)
    order = [sent.body for sent in carrier.sent]
    for conversation, texts in asked.items():
        assert [text for text in order if text in texts] == texts
        url = f"/v2/Conversations/{conversation}/Communications?orderBy=ASC"
        said = customer.get(url)["communications"]
        assert [one["content"]["text"] for one in said] == texts
        sids = {sent.body: sent.sid for sent in carrier.sent}
        assert [one["resourceId"] for one in said] == [sids[text] for text in texts]


def test_the_carrier_tells_how_far_a_message_is_also_one_that_somebody_else_sent(data_dir: Path) -> None:
    """Its signed callbacks come to the address that each message was sent with."""
    url = f"http://127.0.0.1:{free_port()}"
    settings = {"public_url": url, "port": url.rpartition(":")[2]}
    with messages_api() as carrier, started(data_dir, "serve", messages_api_url=carrier.url, **settings) as server:
        server.url = server.wait_for("listening")[0]["url"]
        customer = join(server).settle(extraction=False)
        rule = {"SMS": {"captureRules": [{"from": SHOP, "to": "*"}]}}
        path = f"/v2/ControlPlane/Configurations/{customer.configuration_id}"
        customer.request("PATCH", path, {"channelSettings": rule}).raise_for_status()
        conversation = open_conversation(customer, 1)
        ask(customer, conversation, 1, "Sent by us")
        statuses = f"/v2/Conversations/{conversation}/Communications?orderBy=ASC"

        def told() -> list[tuple[str, str]]:
            said = customer.get(statuses)["communications"]
            return [(one["content"]["text"], one["recipients"][0]["deliveryStatus"]) for one in said]

        until(lambda: told() == [("Sent by us", "DELIVERED")], within_s=40, what="the status")
        message = carrier.add(
            customer.account_sid,
            customer.auth_token,
            from_=SHOP,
            to="+13175550301",
            body="Sent by somebody else",
            status="sent",
        )
        for status in ("sent", "delivered", "sent"):
            assert carrier.report(message, status, f"{url}/webhooks/twilio/messaging/status") == 200
        until(lambda: told()[1:] == [("Sent by somebody else", "DELIVERED")], within_s=40, what="the other message")
        assert {code for _, _, code in carrier.reports} == {200}


def test_killed_at_each_point_of_sending_a_worker_sends_nothing_twice_and_loses_nothing(data_dir: Path) -> None:
    with messages_api() as carrier, serve(data_dir, "--no-worker", messages_api_url=carrier.url) as server:
        customer = join(server).settle(extraction=False)
        conninfo = database(data_dir)
        points = [
            "before it is accepted",
            "after",
            "before it is dropped",
            "before the end is noted",
            "before it begins",
        ]
        carrier.by_body = {
            points[0]: slow(before_s=HANGS_S),
            points[1]: slow(after_s=HANGS_S),
            points[2]: Behaviour(before_s=HANGS_S, accepts=False, cut_off=True),
        }
        asked: dict[str, list[str]] = {}
        actions: list[str] = []
        for number, point in enumerate(points):
            conversation = open_conversation(customer, number)
            asked[conversation] = [point, f"then: {point}"]
            actions += [ask(customer, conversation, number, text) for text in asked[conversation]]
        ends = "SELECT * FROM conversation WHERE conversation_id = %s FOR UPDATE"
        begins = "SELECT * FROM action WHERE action_id = %s FOR UPDATE"
        with (
            worker(data_dir, messages_api_url=carrier.url) as doomed,
            psycopg.connect(conninfo) as ending,
            psycopg.connect(conninfo) as beginning,
        ):
            ending.execute(ends, [list(asked)[3]])
            beginning.execute(begins, [actions[8]])
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            until(lambda: posts(carrier) == 4 and value(conninfo, waiting) >= 2, what="a worker at each point")
            doomed.process.send_signal(signal.SIGKILL)
            doomed.process.wait(20)
        assert value(conninfo, "SELECT count(*) FROM action WHERE status <> 'PENDING'") == 0
        until(lambda: {sent.body for sent in carrier.sent} == {points[0], points[1], points[3]}, what="what hung")
        dead_for_long(conninfo)
        with worker(data_dir, messages_api_url=carrier.url) as heir:
            until(lambda: all_completed(conninfo), within_s=SETTLED_S, what="every message sent")
            assert len(heir.events("job_rescued")) == 5
        check(carrier, customer, asked)


def test_killed_again_and_again_at_any_moment_it_sends_each_message_once(data_dir: Path) -> None:
    chance = random.Random(4)
    with messages_api() as carrier, serve(data_dir, "--no-worker", messages_api_url=carrier.url) as server:
        customer = join(server).settle(extraction=False)
        conninfo = database(data_dir)
        asked: dict[str, list[str]] = {}
        for number in range(12):
            conversation = open_conversation(customer, number)
            asked[conversation] = [f"{number}: {word}" for word in ("one", "two", "three")]
            for text in asked[conversation]:
                carrier.by_body[text] = slow(before_s=chance.uniform(0, 0.4), after_s=chance.uniform(0, 0.4))
                ask(customer, conversation, number, text)
        for sent_by_then in (4, 12, 22):
            with worker(data_dir, messages_api_url=carrier.url) as doomed:
                until(lambda least=sent_by_then: len(carrier.sent) >= least, what="messages")
                doomed.process.send_signal(signal.SIGKILL)
                doomed.process.wait(20)
            time.sleep(1)  # until the carrier is done with what hung
            dead_for_long(conninfo)
        with worker(data_dir, messages_api_url=carrier.url):
            until(lambda: all_completed(conninfo), within_s=SETTLED_S, what="every message sent")
        check(carrier, customer, asked)
