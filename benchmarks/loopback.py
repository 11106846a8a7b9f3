"""A web on loopback for as long as a benchmark runs, and what running something against it cost."""

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
    """What one run took: seconds on the clock and of the processor, megabytes at most."""

    wall: float
    cpu: float
    memory: float


def run_in_own_mounts(module: str) -> None:
    """Begin anew with mounts of our own, where a hosts file may stand in for the system's, and with all the files that may be open."""
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
    """Serve `site0.bench` and its like, and lead their names to this machine in this mount name space; `options` are those of `web`."""
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
    """No proxies, modules compiled once; the root beside the system's certificates, so that all read a store of the usual size."""
    left_out = ("SSL_CERT_DIR", "PYTHONDONTWRITEBYTECODE")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in left_out
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
    """Run a command to its end; give what it cost and what it wrote. It may end with one of these codes."""
    errors = folder / "errors"
    with errors.open("wb") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=sink)
        with ThreadPoolExecutor(1) as watching:
            peak = watching.submit(_peak_memory, process.pid)
            output = process.stdout.read() if process.stdout else b""
            os.waitid(
                os.P_PID, process.pid, os.WEXITED | os.WNOWAIT
            )  # what it was can be read until it is waited for
            wall = time.perf_counter() - began
            memory = peak.result()
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends:
        sys.exit(f"{command[:4]} ended with {process.returncode}:\n{errors.read_text()[-3000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, memory), output


def _peak_memory(pid: int) -> float:
    """Megabytes a process had at most, looked at until it ends: what `wait4` tells has our own memory in it, from before the process began."""
    peak = 0
    while status := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()):
        peak = int(status[1])
        time.sleep(0.05)
    return peak / 1024
