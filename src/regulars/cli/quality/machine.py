"""Where figures come from: the machine, who else uses it, and the very version of the program."""

import os
import platform
import subprocess
from pathlib import Path

from regulars import __version__

_PACKAGE = Path(__file__).parents[2]


def describe() -> dict[str, str]:
    return {
        "processor": f"{_processor()}, {os.cpu_count() or 0} cores, {_memory_gb()} GB",
        "system": f"{platform.platform()}, Python {platform.python_version()}",
        "load": " ".join(f"{value:.2f}" for value in os.getloadavg()),
    }


def version() -> str:
    """With the commit, where the program runs from a checkout of its own."""
    root = _PACKAGE.parents[1]
    if not (root / ".git").exists() or root / "src" / _PACKAGE.name != _PACKAGE:
        return __version__
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "src")
    return f"{__version__} ({commit}{', changed' if changed else ''})" if commit else __version__


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
