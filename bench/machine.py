"""Where a figure comes from: machine, versions, and who else uses the processor."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("regulars", "litestar", "uvicorn", "uvloop", "httptools", "msgspec", "psycopg", "procrastinate", "numpy")


def describe() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "postgres": _postgres(),
        "load": load(),
    }


def load() -> str:
    """Load averages; above the number of cores, whoever measures waits for others."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _postgres() -> str:
    from regulars.storage.embedded_home import find_binaries  # noqa: PLC0415 - only this part of the bench needs it

    folder, _ = find_binaries()
    return subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True).stdout.strip()
