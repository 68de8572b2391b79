"""What `serve` says when it cannot start, and that flags, environment and file say the same."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes import lines, run, together


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_flag_environment_and_file_name_the_same_port_and_the_flag_wins(taken_port: int, tmp_path: Path) -> None:
    """The port is taken by the test, so that each says at once which one it was told."""
    data_dir = str(tmp_path / "data")
    right, wrong = tmp_path / "right.toml", tmp_path / "wrong.toml"
    right.write_text(f'port = {taken_port}\ndata_dir = "{data_dir}"\n')
    wrong.write_text('port = 1\nhost = "192.0.2.1"\n')
    flags = ["--port", str(taken_port), "--host", "127.0.0.1", "--data-dir", data_dir]
    for done in together(
        lambda: run("serve", "--config", right),
        lambda: run("serve", port=str(taken_port), host="127.0.0.1", data_dir=data_dir, config=str(wrong)),
        lambda: run("serve", *flags, "--config", wrong, port="2", host="192.0.2.2"),
    ):
        assert done.returncode == 1
        assert done.stdout == ""
        (line,) = lines(done.stderr)
        assert line.startswith(f"Error: Cannot listen on 127.0.0.1:{taken_port} (Address already in use).")
    assert not (tmp_path / "data").exists()


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "regulars.toml"
    config.write_text("prot = 1")
    here = {"port": "0", "data_dir": str(tmp_path / "data")}
    nowhere = "postgresql://127.0.0.1:1/nowhere?connect_timeout=1"
    complaints = {
        "A setting is wrong: Object contains unknown field `prot`": lambda: run("serve", "--config", config, **here),
        "Set both REGULARS_ACCOUNT_SID and REGULARS_AUTH_TOKEN, or neither.": lambda: run(
            "serve", account_sid="AC" + "0" * 32, **here
        ),
        "Cannot connect to the database": lambda: run("serve", database_url=nowhere, **here),
    }
    for complaint, done in zip(complaints, together(*complaints.values()), strict=True):
        assert done.returncode == 1
        (line,) = lines(done.stderr)
        assert line.startswith("Error: " + complaint)
