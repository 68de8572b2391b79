"""A tree of processes: its memory and its processor time, out of /proc."""

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """`root` and everything below it."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def memory_mb(pid: int) -> dict[str, float]:
    """RSS counts a shared page in each process that has touched it; PSS divides it among them."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        fields[name] = int(value.split()[0]) / 1024
    shared = fields["Shared_Clean"] + fields["Shared_Dirty"]
    return {"rss": fields["Rss"], "pss": fields["Pss"], "shared": shared, "anonymous": fields["Anonymous"]}


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def by_kind(root: int) -> dict[str, float]:
    """Processor seconds of the tree: those of Python, and those of Postgres."""
    used = {"python": 0.0, "postgres": 0.0}
    for pid in tree(root):
        try:
            used["postgres" if label(pid).startswith("postgres") else "python"] += processor_s(pid)
        except OSError:
            continue
    return used


def label(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    text = b" ".join(words).decode(errors="replace").strip()
    if text.startswith("postgres: "):
        return "postgres: " + text.removeprefix("postgres: ").partition(": ")[2]
    if Path(words[0].decode()).name == "postgres":
        return "postgres (postmaster)"
    return "python " + " ".join(word.decode(errors="replace") for word in words[2:4])


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
