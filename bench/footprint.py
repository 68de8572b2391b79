"""An idle server with its Postgres and its model: memory and processor time. And what an installation weighs."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import processes
from bench.server import data_directory, serving

ROOT = Path(__file__).parents[1]


def measure(*, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    with data_directory() as data_dir, serving(data_dir) as server:
        say(f"idle for {2 * seconds:.0f} s")
        time.sleep(seconds)
        memory = {pid: processes.memory_mb(pid) for pid in processes.tree(server.pid)}
        labels = {pid: processes.label(pid) for pid in memory}
        idle = _idle_percent(server.pid, seconds)
    return {
        "RSS of all processes, summed, MB": sum(one["rss"] for one in memory.values()),
        "PSS of all processes, summed, MB": sum(one["pss"] for one in memory.values()),
        "processor while idle, percent of one core": idle,
        "by process, RSS / PSS / shared / anonymous MB": {
            f"{labels[pid]} [{pid}]": " / ".join(f"{one[name]:.1f}" for name in ("rss", "pss", "shared", "anonymous"))
            for pid, one in memory.items()
        },
        **installation(say),
    }


def _idle_percent(root: int, seconds: float) -> float:
    before = sum(processes.processor_s(pid) for pid in processes.tree(root))
    time.sleep(seconds)
    return (sum(processes.processor_s(pid) for pid in processes.tree(root)) - before) / seconds * 100


def installation(say: Callable[[str], None]) -> dict[str, object]:
    """The environment that a user gets: no development packages. With uv from PATH, or from .tools."""
    uv = shutil.which("uv") or str(ROOT / ".tools/bin/uv")
    say("installing what runs, and nothing else, into a temporary environment")
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": f"{folder}/venv"}
        environment.pop("VIRTUAL_ENV", None)
        try:
            _uv(uv, environment, "sync", "--frozen", "--no-default-groups", "--no-install-project", "--quiet")
        except (OSError, subprocess.CalledProcessError) as error:
            return {"installation": f"not measured: {error}"}
        site = next(Path(folder).glob("venv/lib/python*/site-packages"))
        plain = _megabytes(Path(folder) / "venv")
        largest = sorted(((_megabytes(entry), entry.name) for entry in site.iterdir()), reverse=True)[:10]
        packages = len(list(site.glob("*.dist-info"))) + 1
        subprocess.run([f"{folder}/venv/bin/python", "-m", "compileall", "-q", str(site)], check=False)
        compiled = _megabytes(Path(folder) / "venv")
    return {
        "installed, MB": plain,
        "installed, with bytecode, MB": compiled,
        "packages, with our own": packages,
        "largest in site-packages, MB": {name: size for size, name in largest},
    }


def _uv(uv: str, environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([uv, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)


def _megabytes(path: Path) -> float:
    said = subprocess.run(["du", "-sk", str(path)], check=True, capture_output=True, text=True).stdout
    return int(said.split()[0]) / 1024
