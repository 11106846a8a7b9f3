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
    """The cost of one run: wall-clock and processor seconds, peak memory in megabytes."""

    wall: float
    cpu: float
    memory: float


def run_in_own_mounts(module: str) -> None:
    """Restart this program in its own mount namespace, with the highest limit of open files.

    There a hosts file can replace the system's.
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
    """Serve `site0.bench` and so on, and resolve the names to this machine in this namespace.

    The options are those of `benchmarks.web`.
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
    """Return an environment without proxies, that trusts the root in addition to the system's.

    So all programs load a certificate store of the usual size.
    """
    excluded = ("SSL_CERT_DIR", "PYTHONDONTWRITEBYTECODE")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in excluded
    }
    if not tls:
        return kept
    system = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    bundle = folder / "bundle.pem"
    bundle.write_bytes(system.read_bytes() + (folder / "root.pem").read_bytes())
    return kept | {"SSL_CERT_FILE": str(bundle)}


def timed(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    ends: Sequence[int] = (0,),
) -> tuple[Cost, bytes]:
    """Run a command and return its cost and output.

    Args:
        command: The program and its arguments.
        folder: Gets its error output, as the file `errors`.
        environment: Its environment variables.
        ends: The exit codes that are expected; another one ends the benchmark.
    """
    errors = folder / "errors"
    with errors.open("wb") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=sink)
        with ThreadPoolExecutor(1) as executor:
            peak = executor.submit(_peak_memory, process.pid)
            output = process.stdout.read() if process.stdout else b""
            os.waitid(
                os.P_PID, process.pid, os.WEXITED | os.WNOWAIT
            )  # readable until the process is waited for
            wall = time.perf_counter() - began
            memory = peak.result()
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends:
        sys.exit(f"{command[:4]} ended with {process.returncode}:\n{errors.read_text()[-3000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, memory), output


def _peak_memory(pid: int) -> float:
    """Return the peak memory of a process in megabytes, polled until it ends.

    The value of `wait4` would include our own memory from before the process started.
    """
    peak = 0
    while status := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()):
        peak = int(status[1])
        time.sleep(0.05)
    return peak / 1024
