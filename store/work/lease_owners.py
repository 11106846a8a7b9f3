"""The names of processes that hold leases.

On Linux a name tells whether its process still runs, to others on the same machine: it has the
process's id and start time, the machine's boot and the PID namespace. Nothing is told of
processes of other machines, other containers or other systems.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

_MARK = "#"  # between what people are shown and what identifies the process
_ENDED_STATES = ("Z", "X")  # a zombie runs no more; see proc(5)


def process_owner_name() -> str:
    """Name this process among all that may hold a lease.

    Returns:
        `host:pid`, on Linux with `#start-namespace-boot` behind it.
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    started, machine = _start_of(os.getpid()), _machine()
    return f"{name}{_MARK}{started}-{machine}" if started and machine else name


def short_owner_name(owner: str) -> str:
    """Shorten a name to what says something to people.

    >>> shown_owner("wiki.example:4711#81-4026531836-1b2c"), shown_owner("wiki.example:4711")
    ('wiki.example:4711', 'wiki.example:4711')
    """
    return owner.partition(_MARK)[0]


def has_process_ended(owner: str) -> bool:
    """Tell whether a process is known to run no more. False also where that cannot be told."""
    name, _, identity = owner.partition(_MARK)
    host, _, pid = name.rpartition(":")
    started, _, machine = identity.partition("-")
    if not machine or machine != _machine() or host != socket.gethostname() or not pid.isdigit():
        return False
    return _start_of(int(pid)) != started


def _machine() -> str:
    """Identify the PID namespace and the boot; empty where there is no Linux `/proc`."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{os.stat('/proc/self/ns/pid').st_ino}-{boot}"  # noqa: PTH116  Path.stat says the same
    except OSError:
        return ""


def _start_of(pid: int) -> str:
    """Read when a process started, in clock ticks since boot; empty where it does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = status.rpartition(")")[2].split()
    return "" if state in _ENDED_STATES else rest[18]
