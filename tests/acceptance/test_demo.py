"""`regulars demo` as a process: what it shows, and that nothing stays behind."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.acceptance.processes import command, environment

pytestmark = pytest.mark.timeout(240)


def run_demo(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        command("demo"),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        env=environment(TMPDIR=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def plain(text: str) -> str:
    """Without frames and line breaks."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def test_the_demo_tells_its_story_and_cleans_up(tmp_path: Path) -> None:
    running = run_demo(tmp_path)
    try:
        out, err = running.communicate(timeout=180)
    finally:
        running.kill()
    assert running.returncode == 0, err
    assert max(len(line) for line in out.splitlines()) <= 80
    told = plain(out)
    for claim in (
        "Store and configuration made with Twilio's Python SDK",
        "7 conversations closed and remembered",
        "one profile on SMS and WhatsApp",
        "revised, was: The customer asked the business to call them",
        "firstName Priya",
        "Lucía",
        "ben.adeyemi@example.com",
        "Nora Lindqvist: Good morning!",
        "The server is stopped and its data are removed.",
    ):
        assert claim.lower() in told.lower(), out
    assert len(re.findall(r"answered in \d+ ms", told)) == 2
    assert told.count("Summaries") == 7
    assert _left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    running = run_demo(tmp_path)
    try:
        _await_address(running)
        running.send_signal(number)
        running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode != 0
    assert _left_behind(tmp_path) == []


def _await_address(running: subprocess.Popen) -> None:
    give_up = time.monotonic() + 90
    for line in running.stdout:
        if "Server started" in line:
            return
        assert time.monotonic() < give_up
    raise AssertionError(running.stderr.read())


def _left_behind(folder: Path) -> list[str]:
    """Directories of the demo, and processes that work in them."""
    found = [path.name for path in folder.iterdir()]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(words.decode(errors="replace"))
    return found
