"""`kill -9` of the worker in the middle of an import: another one goes on, and every row is written once."""

from pathlib import Path

import httpx
import pytest
from tests.imports import declaration, people
from tests.processes import database, join, rows, serve, until, value, worker

pytestmark = pytest.mark.timeout(180)
ROWS = 12_000


def test_an_import_whose_worker_is_killed_is_finished_by_another(data_dir: Path) -> None:
    content = people(ROWS) + b"nobody,X\n"
    with serve(data_dir, "--no-worker") as server:
        customer, conninfo = join(server).settle(), database(data_dir)
        base = f"/v1/Stores/{customer.store_id}/Profiles/Imports"
        declared = customer.post(base, declaration(content))
        httpx.put(declared["url"], content=content, timeout=30).raise_for_status()
        path = f"{base}/{declared['importId']}"

        with worker(data_dir) as doomed:
            until(lambda: customer.get(path)["progress"]["rows"] >= 1_000, within_s=60, what="two batches")
            doomed.kill()
        left = customer.get(path)
        assert left["status"] == "PROCESSING"
        assert 1_000 <= left["progress"]["rows"] < ROWS
        assert value(conninfo, "SELECT count(*) FROM profile") == left["progress"]["rows"]

        # a dead one's last sign of life was long ago, as far as the others can tell: saves the wait of 20 s for that
        rows(conninfo, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
        with worker(data_dir):
            until(lambda: customer.get(path)["status"] == "COMPLETED", within_s=90, what="the end of the import")

        found = customer.get(path)
        assert found["progress"] == {"rows": ROWS + 1, "bytes": len(content)}
        assert found["summary"] == {"errors": 1, "warnings": 1}
        assert value(conninfo, "SELECT count(*) FROM profile") == ROWS
        assert value(conninfo, "SELECT count(*) FROM import_chunk") == 0
        operation = customer.get(f"/v1/ControlPlane/Operations/{declared['operationId']}")
        assert operation["status"] == "COMPLETED"
        assert operation["report"] == {"total": ROWS + 1, "applied": ROWS, "failed": 1, "warnings": 1}
