"""A CSV of many rows through the signed link: rows a second, and what the server needs in memory meanwhile."""

import csv
import io
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import crowd, processes
from bench.client import Client, path_of
from bench.server import Server, data_directory, serving

SAMPLE_S = 0.25
POLL_S = 0.1
STEADY_MB = 1.0
STEADY_PATIENCE_S = 60


def measure(*, sizes: Sequence[int], rows: int, say: Callable[[str], None]) -> dict[str, object]:
    file = _file(rows)
    found = {size: _measure(size, file, rows, say) for size in sizes}
    figures: dict[str, object] = {f"store of {size:,}": one for size, one in found.items()}
    if len(sizes) > 1:
        rates = [found[size]["rows a second"] for size in (sizes[-1], sizes[0])]
        figures[f"rows a second, store of {sizes[-1]:,} for each of {sizes[0]:,}"] = rates[0] / rates[1]
    return figures


def upload(client: Client, store_id: str, name: str, file: bytes, columns: Sequence[tuple[str, str]]) -> str:
    """The path of an import whose file has come. `columns` are pairs of column and trait of Contact."""
    base = f"/v1/Stores/{store_id}/Profiles/Imports"
    mappings = [{"columnName": column, "traitGroup": "Contact", "traitName": trait} for column, trait in columns]
    made = client.post(base, {"filename": f"{name}.csv", "fileSize": len(file), "columnMappings": mappings})
    client.put(path_of(made["url"]), file)
    return f"{base}/{made['importId']}"


def _file(rows: int) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([crowd.COLUMNS, *crowd.strangers(0, rows)])
    return out.getvalue().encode()


@dataclass
class _Memory:
    """Megabytes, sampled while something runs."""

    python_rss: list[float] = field(default_factory=list)
    postgres_pss: list[float] = field(default_factory=list)


def _measure(size: int, file: bytes, rows: int, say: Callable[[str], None]) -> dict[str, float]:
    with data_directory() as data_dir, serving(data_dir) as server:
        store_id = crowd.settle(server, size, say)
        client = Client(server)
        before = _steady(server)
        with _watching(server) as memory:
            began = time.perf_counter()
            path = upload(client, store_id, "people", file, [(name, name) for name in crowd.COLUMNS])
            uploaded, used = time.perf_counter(), processes.by_kind(server.pid)
            ended = client.until_ended(path, POLL_S)
            took = time.perf_counter() - uploaded
            processor = {kind: seconds - used[kind] for kind, seconds in processes.by_kind(server.pid).items()}
        _check(server, store_id, ended, size, rows)
        say(f"store of {size:,}: {rows / took:.0f} rows a second")
        return {
            "rows": rows,
            "rows a second": rows / took,
            "seconds until COMPLETED": took,
            "Python, processor ms a row": 1000 * processor["python"] / rows,
            "Postgres, processor ms a row": 1000 * processor["postgres"] / rows,
            "upload, s": uploaded - began,
            "upload, MB": len(file) / 2**20,
            "Python, RSS before, MB": before[0],
            "Python, RSS at most, MB": max(memory.python_rss),
            "Python, RSS grew by, MB": max(memory.python_rss) - before[0],
            "Postgres, PSS before, MB": before[1],
            "Postgres, PSS at most, MB": max(memory.postgres_pss),
        }


def _check(server: Server, store_id: str, ended: dict[str, dict[str, int]], size: int, rows: int) -> None:
    if ended["summary"] != {"errors": 0, "warnings": 0} or ended["progress"]["rows"] != rows:
        raise RuntimeError(f"the import is not as it should be: {ended}")
    if (found := crowd.count_profiles(server, store_id)) != size + rows:
        raise RuntimeError(f"there are {found} profiles, and {size + rows} should be")


def _memory(server: Server) -> tuple[float, float]:
    """RSS of Python, summed, and PSS of Postgres, summed. What ends meanwhile counts for nothing."""
    python = postgres = 0.0
    for pid in processes.tree(server.pid):
        try:
            memory, label = processes.memory_mb(pid), processes.label(pid)
        except (OSError, KeyError):
            continue
        if label.startswith("postgres"):
            postgres += memory["pss"]
        else:
            python += memory["rss"]
    return python, postgres


def _steady(server: Server) -> tuple[float, float]:
    """The memory of a server that has come to rest, with its model loaded."""
    deadline = time.monotonic() + STEADY_PATIENCE_S
    before = _memory(server)
    while time.monotonic() < deadline:
        time.sleep(2)
        now = _memory(server)
        if abs(now[0] - before[0]) < STEADY_MB:
            return now
        before = now
    return before


@contextmanager
def _watching(server: Server) -> Generator[_Memory]:
    memory, done = _Memory(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            python, postgres = _memory(server)
            memory.python_rss.append(python)
            memory.postgres_pss.append(postgres)
            done.wait(SAMPLE_S)

    watcher = threading.Thread(target=watch, name="watch-memory")
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()
