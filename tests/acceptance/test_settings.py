"""What `serve` says when it cannot start, and that flags, environment and file say the same."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes import lines, run


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_flag_environment_and_file_name_the_same_port_and_the_flag_wins(taken_port: int, tmp_path: Path) -> None:
    """The port is taken by the test, so that each says at once which one it was told."""
    complaint = f"Error: Cannot listen on 127.0.0.1:{taken_port} (Address already in use)."
    file = tmp_path / "regulars.toml"
    file.write_text(f'port = {taken_port}\ndata_dir = "{tmp_path / "data"}"\n')
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('port = 1\nhost = "192.0.2.1"\n')
    data_dir = str(tmp_path / "data")
    for done in (
        run("serve", "--port", str(taken_port), "--data-dir", data_dir),
        run("serve", port=str(taken_port), data_dir=data_dir),
        run("serve", "--config", file),
        run("serve", "--port", str(taken_port), "--host", "127.0.0.1", "--config", elsewhere, port="2"),
        run("serve", port=str(taken_port), host="127.0.0.1", config=str(elsewhere)),
    ):
        assert done.returncode == 1
        assert done.stdout == ""
        (line,) = lines(done.stderr)
        assert line.startswith(complaint)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "file", "complaint"),
    [
        ({"port": "many"}, "", "Error: A setting is wrong: Expected `int`, got `str` - at `$.port`"),
        ({}, "prot = 1", "Error: A setting is wrong: Object contains unknown field `prot`"),
        ({}, "port = ", "is not valid TOML"),
        ({"account_sid": "AC" + "0" * 32}, "", "Set both REGULARS_ACCOUNT_SID and REGULARS_AUTH_TOKEN, or neither."),
        ({"database_url": "postgresql://127.0.0.1:1/nowhere?connect_timeout=1"}, "", "database cannot be reached"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    tmp_path: Path, settings: dict[str, str], file: str, complaint: str
) -> None:
    config = tmp_path / "regulars.toml"
    config.write_text(file)
    with_url = {"database_url": "postgresql://127.0.0.1:1/nowhere?connect_timeout=1"}
    done = run("serve", "--config", config, **({"port": "0", "data_dir": str(tmp_path / "data")} | with_url | settings))
    assert done.returncode == 1
    (line,) = [line for line in lines(done.stderr) if not line.startswith("{")]
    assert complaint in line
