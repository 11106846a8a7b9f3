"""Serve a web on loopback during a benchmark, and measure commands that use it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PORT = 18_080


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one run.

    Attributes:
        wall: Seconds by wall clock.
        cpu: Seconds of processor time, with child processes.
        memory: Peak memory in megabytes, without child processes.
    """

    wall: float
    cpu: float
    memory: float


def run_in_own_mounts(module: str) -> None:
    """Restart this program in a new mount namespace, and raise its limit of open files.

    In the namespace, `served` can replace /etc/hosts without affecting other programs.

    Args:
        module: The module that is running.
    """
    if "OWN_MOUNTS" not in os.environ:
        os.environ["OWN_MOUNTS"] = "1"
        os.execvp(
            "unshare",
            ["unshare", "--mount", "--map-root-user", sys.executable, "-m", module, *sys.argv[1:]],
        )
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def served(folder: Path, hosts: int, latency: float, *options: str) -> Iterator[None]:
    """Serve `site0.bench`, `site1.bench` and so on during the block.

    The names are resolved to this machine by a hosts file that is mounted over /etc/hosts.

    Args:
        folder: The folder for the hosts file and the server's files.
        hosts: Number of hosts.
        latency: The median latency in seconds.
        options: Options of `benchmarks.web`: "tls", "hang", "etag".
    """
    (folder / "hosts").write_text(
        "127.0.0.1 localhost\n"
        + "".join(f"127.0.0.1 site{number}.bench\n" for number in range(hosts))
    )
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.web",
            str(folder),
            str(PORT),
            str(hosts),
            str(latency),
            *options,
        ]
    )
    try:
        while not (folder / "ready").exists():
            time.sleep(0.1)
            if server.poll() is not None:
                sys.exit("the server did not start")
        yield
    finally:
        server.terminate()
        server.wait()
        (folder / "ready").unlink(missing_ok=True)
        subprocess.run(["umount", "/etc/hosts"], check=True)


def environment_of(folder: Path, *, tls: bool = False) -> dict[str, str]:
    """Return the environment variables for the measured programs, without proxies.

    With `tls`, the trusted certificates are the system's and the root in `folder`, so that all
    programs load a certificate store of the usual size.
    """
    excluded = ("SSL_CERT_DIR", "PYTHONDONTWRITEBYTECODE")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in excluded
    }
    if not tls:
        return environment
    system = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    bundle = folder / "bundle.pem"
    bundle.write_bytes(system.read_bytes() + (folder / "root.pem").read_bytes())
    return environment | {"SSL_CERT_FILE": str(bundle)}


def timed(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    expected_codes: Sequence[int] = (0,),
) -> tuple[Cost, bytes]:
    """Run a command and return its cost and output.

    Args:
        command: The program and its arguments.
        folder: Its error output is written to the file `errors` in this folder.
        environment: Its environment variables.
        expected_codes: The expected exit codes; another one ends the benchmark.
    """
    errors = folder / "errors"
    with errors.open("wb") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=sink)
        with ThreadPoolExecutor(1) as executor:
            peak = executor.submit(_peak_memory, process.pid)
            output = process.stdout.read() if process.stdout else b""
            # WNOWAIT leaves the ended process in /proc, where its peak memory is read.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            wall = time.perf_counter() - began
            memory = peak.result()
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expected_codes:
        sys.exit(f"{command[:4]} ended with {process.returncode}:\n{errors.read_text()[-3000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, memory), output


def _peak_memory(pid: int) -> float:
    """Return the peak memory of a process in megabytes, polled until it ends.

    `wait4` would also count this process's memory, from the fork before the command is executed.
    """
    peak = 0
    while status := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()):
        peak = int(status[1])
        time.sleep(0.05)
    return peak / 1024
