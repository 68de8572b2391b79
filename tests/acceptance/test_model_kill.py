"""`kill -9` of a worker that waits for a language model: the conversation is read by the next one, and written once."""

import os
import signal
from pathlib import Path

import pytest
from tests.model_server import KEY, honest, model_server, stalls
from tests.processes import database, join, rows, serve, until, value, worker

pytestmark = pytest.mark.timeout(180)
SAID = {"I like green tea": "The customer likes green tea."}


def test_a_worker_killed_amid_a_call_loses_nothing_and_invents_nothing(data_dir: Path) -> None:
    with model_server(stalls()) as model, serve(data_dir, "--no-worker") as server:
        customer = join(server).settle()
        assert customer.sms("+13175550101", "I like green tea") == 200
        [conversation] = customer.get("/v2/Conversations")["conversations"]
        customer.request("PATCH", f"/v2/Conversations/{conversation['id']}", {"status": "CLOSED"}).raise_for_status()
        conninfo = database(data_dir)
        asking = {"model": "openai:scripted", "model_base_url": model.base_url, "model_api_key": KEY}
        with worker(data_dir, **asking) as doomed:
            until(lambda: model.asked, within_s=60, what="a question")
            assert value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == 0
            os.kill(doomed.process.pid, signal.SIGKILL)
            doomed.process.wait(20)
        assert value(conninfo, "SELECT count(*) FROM observation") == 0
        assert value(conninfo, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 1
        rows(conninfo, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
        model.script = honest(SAID)
        with worker(data_dir, **asking) as heir:
            until(lambda: value(conninfo, "SELECT count(*) FROM summary"), within_s=60, what="a summary")
            until(lambda: value(conninfo, "SELECT count(*) FROM procrastinate_jobs") == 0)
            assert len(heir.events("job_rescued")) == 1
            assert KEY not in heir.output.read_text()
        found = rows(conninfo, "SELECT content, extracted_by FROM observation")
        assert [tuple(row.values()) for row in found] == [("The customer likes green tea.", "openai:scripted")]
