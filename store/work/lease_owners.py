"""The names of processes that hold leases.

On Linux, a name identifies its process to others on the same machine: it has the process's id and
start time, the machine's boot id and the PID namespace. Nothing is known about processes on other
machines, in other containers or on other systems.
"""

from __future__ import annotations

import os
import socket
from enum import StrEnum
from pathlib import Path

_SEPARATOR = "#"  # between what people are shown and what identifies the process
_ENDED_STATES = ("Z", "X")  # zombie and dead, see proc(5)


def process_owner_name() -> str:
    """Return this process's name as the owner of leases.

    Returns:
        `host:pid`, on Linux followed by `#start-namespace-boot`.
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    start, machine = _start_time(os.getpid()), _machine_id()
    return f"{name}{_SEPARATOR}{start}-{machine}" if start and machine else name


def short_owner_name(owner: str) -> str:
    """Return the part of an owner's name that is meant for people.

    Returns:
        `host:pid`.

    >>> short_owner_name("wiki.example:4711#81-4026531836-1b2c")
    'wiki.example:4711'
    >>> short_owner_name("wiki.example:4711")
    'wiki.example:4711'
    """
    return owner.partition(_SEPARATOR)[0]


class ProcessState(StrEnum):
    """The state of an owner's process."""

    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"  # it is on another machine, in another container or on another system


def has_process_ended(owner: str) -> bool:
    """Return whether an owner's process is known to have ended.

    Returns:
        False also where that cannot be known.
    """
    return process_state(owner) is ProcessState.ENDED


def process_state(owner: str) -> ProcessState:
    """Return what is known about an owner's process."""
    name, _, identity = owner.partition(_SEPARATOR)
    host, _, pid = name.rpartition(":")
    start, _, machine = identity.partition("-")
    is_here = bool(machine) and machine == _machine_id() and host == socket.gethostname()
    if not is_here or not pid.isdigit():
        return ProcessState.UNKNOWN
    return ProcessState.RUNNING if _start_time(int(pid)) == start else ProcessState.ENDED


def _machine_id() -> str:
    """Return the PID namespace and the boot id; "" where there is no Linux `/proc`."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return f"{namespace}-{boot}"


def _start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; "" if it is not running."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = status.rpartition(")")[2].split()
    return "" if state in _ENDED_STATES else fields[18]
