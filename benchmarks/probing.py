"""Holdfast and lychee over the same URLs in turn: seconds on the clock, processor time, memory; medians of several runs.

python benchmarks/probing.py [--urls 8000] [--hosts 400] [--runs 5] [--tls] [--method get|head] [--latency 0.15]

Both resolve the same names through a hosts file of their own (a private mount, so this needs Linux and the right to make one), trust the
same root, ask by the same method, and keep to the same limits: so many requests at once in all and at one host, the same interval between
starts. Holdfast is `holdfast check --all` with its URLs in the database, and writes every probe; lychee reads a Markdown page and reports.
`--method head` times Holdfast's second look, for its first is a GET.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from crawler.config import load_config
from crawler.job import open_job
from crawler.recording import remember_urls

PORT = 18_080
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: seconds on the clock and of the processor, megabytes at most."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Contest:
    """The conditions both run under."""

    urls: Sequence[str]
    folder: Path
    environment: dict[str, str]
    method: str
    concurrency: int
    per_host: int
    interval: float

    def time_holdfast(self) -> Cost:
        shutil.rmtree(self.folder / ".holdfast", ignore_errors=True)
        hosts = {"*": {"concurrency": self.per_host, "interval": self.interval, "timeout": 20.0}}
        allow = ["127.0.0.0/8"]
        overrides = {"network.allow": allow, "network.concurrency": self.concurrency // self.per_host, "hosts": hosts}
        loaded = load_config(start=self.folder, environment={}, overrides=overrides)
        (self.folder / "holdfast.toml").write_text(
            f"[network]\nallow = {json.dumps(allow)}\nconcurrency = {self.concurrency // self.per_host}\n"
            f'[hosts."*"]\nconcurrency = {self.per_host}\ninterval = {self.interval}\ntimeout = 20\n'
        )
        with open_job(loaded, "benchmark") as job:
            remember_urls(job, self.urls)
        command = [sys.executable, "-m", "crawler", "check", "--all", "-q", "--no-progress", "--config", str(self.folder / "holdfast.toml")]
        if self.method == "head":
            self._time(command)
        cost, _ = self._time(command)
        with closing(sqlite3.connect(self.folder / ".holdfast" / "holdfast.db")) as database:
            self._demand_all(database.execute("select count(*) from link where state = 'alive'").fetchone()[0])
        return cost

    def time_lychee(self) -> Cost:
        page = self.folder / "page.md"
        page.write_text("\n".join(f"- <{url}>" for url in self.urls))
        command = [
            str(BIN / "lychee"),
            "--no-progress",
            "--format",
            "json",
            "--method",
            self.method,
            "--max-retries",
            "2",
            "--timeout",
            "20",
        ]
        command += ["--max-concurrency", str(self.concurrency), "--host-concurrency", str(self.per_host)]
        cost, output = self._time([*command, "--host-request-interval", f"{round(self.interval * 1000)}ms", str(page)])
        self._demand_all(json.loads(output)["successful"])
        return cost

    def _demand_all(self, alive: int) -> None:
        if alive != len(self.urls):
            sys.exit(f"only {alive} of {len(self.urls)} were found alive: this is no comparison")

    def _time(self, command: Sequence[str]) -> tuple[Cost, bytes]:
        errors = self.folder / "errors"
        with errors.open("wb") as sink:
            began = time.perf_counter()
            process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=sink)
            output = process.stdout.read() if process.stdout else b""
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command[:4]} ended with {process.returncode}:\n{errors.read_text()[-3000:]}")
        return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), output


@contextmanager
def served(folder: Path, hosts: int, latency: float, *, tls: bool) -> Iterator[None]:
    """Serve the hosts, and lead their names to this machine in this mount namespace."""
    (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 site{number}.bench\n" for number in range(hosts)))
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    order = [sys.executable, str(Path(__file__).parent / "web.py"), str(folder), str(PORT), str(hosts), str(latency)]
    server = subprocess.Popen([*order, "tls"] if tls else order)
    try:
        while not (folder / "ready").exists():
            time.sleep(0.1)
            if server.poll() is not None:
                sys.exit("the server did not start")
        yield
    finally:
        server.terminate()
        server.wait()
        subprocess.run(["umount", "/etc/hosts"], check=True)


def environment_of(folder: Path, *, tls: bool) -> dict[str, str]:
    """No proxies; the root beside the system's certificates, so that both read a store of the usual size."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy") and name != "SSL_CERT_DIR"}
    if not tls:
        return kept
    system = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    bundle = folder / "bundle.pem"
    bundle.write_bytes(system.read_bytes() + (folder / "root.pem").read_bytes())
    return kept | {"SSL_CERT_FILE": str(bundle)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--urls", type=int, default=8000)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.15, help="median seconds until an answer")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--method", choices=["get", "head"], default="get")
    parser.add_argument("--concurrency", type=int, default=128, help="requests at once, in all")
    parser.add_argument("--per-host", type=int, default=2, help="requests at once at one host")
    parser.add_argument("--interval", type=float, default=0.05, help="seconds between starts at one host")
    options = parser.parse_args()
    if "OWN_MOUNTS" not in os.environ:
        os.environ["OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--map-root-user", sys.executable, __file__, *sys.argv[1:]])  # noqa: S606  no shell is wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if hard > soft else (soft, hard))
    with tempfile.TemporaryDirectory(prefix="probing-") as name, served(Path(name), options.hosts, options.latency, tls=options.tls):
        scheme = "https" if options.tls else "http"
        urls = [f"{scheme}://site{number % options.hosts}.bench:{PORT}/page/{number}" for number in range(options.urls)]
        environment = environment_of(Path(name), tls=options.tls)
        contest = Contest(urls, Path(name), environment, options.method, options.concurrency, options.per_host, options.interval)
        pairs = [(contest.time_lychee(), contest.time_holdfast()) for _ in range(options.runs)]
    report(pairs, options.urls)


def report(pairs: Sequence[tuple[Cost, Cost]], urls: int) -> None:
    print("| | wall s | CPU ms/URL | peak MB |\n|---|---|---|---|")
    for name, costs in (("lychee", [pair[0] for pair in pairs]), ("holdfast", [pair[1] for pair in pairs])):
        wall, cpu, memory = (median(getattr(cost, what) for cost in costs) for what in ("wall", "cpu", "memory"))
        print(f"| {name} | {wall:.2f} | {cpu * 1000 / urls:.2f} | {memory:.0f} |")
    wall, cpu = (median(getattr(ours, what) / getattr(theirs, what) for theirs, ours in pairs) for what in ("wall", "cpu"))
    print(f"| ratio, median of {len(pairs)} pairs | {wall:.2f} | {cpu:.2f} | |")


if __name__ == "__main__":
    main()
