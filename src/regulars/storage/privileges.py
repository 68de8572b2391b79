"""Postgres refuses to run as root, so root hands it to an unprivileged account. No account is made and no permission
outside the data directory is changed: where that account may not walk, the child keeps one capability to read its way.
"""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.core.errors import MisconfiguredError

# linux/prctl.h, linux/securebits.h, linux/capability.h
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_GET_SECUREBITS, PR_SET_SECUREBITS = 1, 8, 27, 28
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc_prctl: Any = getattr(_libc, "prctl", None)  # found before the fork; macOS has neither
_libc_capset: Any = getattr(_libc, "capset", None)


@dataclass(frozen=True, slots=True)
class Account:
    """Whom Postgres runs as when we are root. `capability` is None where every directory on its way is open to it."""

    uid: int
    gid: int
    capability: int | None = None

    def owns(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def may_walk(uid: int, gid: int, directory: Path) -> bool:
    """Whether permission bits (not ACLs) let an account enter a directory and all directories above it."""
    for step in (directory, *directory.parents):
        found = step.stat()
        shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
        if not (found.st_mode >> shift) & 1:
            return False
    return True


def account_for(data_dir: Path, cluster: Path, *elsewhere: Path) -> Account | None:
    """None for an ordinary user. Root takes the owner of the cluster, or `nobody` for one that is still to be made.

    `elsewhere` are the other directories that the account must enter. A private data directory in an open place is
    opened to the account's group: enter, not list.
    """
    if os.geteuid() != 0:
        return None
    try:
        uid, gid = _owner(cluster)
    except KeyError:
        raise MisconfiguredError(
            "Postgres cannot run as root and this machine has no user `nobody`: start Regulars as an ordinary user."
        ) from None
    mode = data_dir.stat().st_mode
    if not mode & 0o077 and may_walk(uid, gid, data_dir.parent):
        os.chown(data_dir, -1, gid)
        data_dir.chmod(0o710)
    closed = [path for path in (data_dir, *elsewhere) if not may_walk(uid, gid, path)]
    return Account(uid, gid, _capability(closed[0]) if closed else None)


def _owner(cluster: Path) -> tuple[int, int]:
    if cluster.exists():
        found = cluster.stat()
        if found.st_uid != 0:
            return found.st_uid, found.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _capability(closed: Path) -> int:
    """The weaker of the two that open a closed door, of those that this process may hand on (Docker keeps one)."""
    held = _held_capabilities()
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if held & (1 << capability):
            return capability
    raise MisconfiguredError(
        f"Postgres cannot run as root, and the account it runs as instead may not enter {closed}: choose a place whose "
        "parent directories are open to others (chmod o+x), or start Regulars as an ordinary user."
    )


def _held_capabilities() -> int:
    if sys.platform != "linux":
        return 0
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return int(status["CapPrm"], 16) & int(status["CapBnd"], 16)


def _prctl(option: int, *arguments: int) -> int:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    answer = int(_libc_prctl(option, *padded))
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
    return answer


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; then their upper halves
    if _libc_capset(header, sets) < 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def _become(account: Account) -> None:
    if account.capability is not None:
        try:  # without this bit access(2), by which Postgres looks for its own program, ignores the capability
            _prctl(PR_SET_SECUREBITS, _prctl(PR_GET_SECUREBITS) | SECBIT_NO_SETUID_FIXUP)
        except PermissionError:
            _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if account.capability is not None:
        _keep_only(account.capability)


def before_exec(account: Account | None, death_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`. The child gets `death_signal` when the *thread* that made it ends (Linux only)."""
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            _become(account)
        if sys.platform == "linux":
            _prctl(PR_SET_PDEATHSIG, death_signal)  # last: a change of credentials clears it
        if os.getppid() != parent:
            os._exit(1)  # the parent died before it could be watched

    return prepare
