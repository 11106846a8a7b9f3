"""Run a real pywb on loopback, which replays WARC and WACZ files and records pages.

    with running_pywb(programs, folder, [Path("copies.warc.gz"), Path("page.wacz")]) as archive:
        archive.replay("http://a.example/story").status         # the newest copy as recorded, no frame or banner around it
        archive.replay("http://a.example/story", "20210301")    # the one nearest that moment
        archive.captures("http://a.example/story")              # what its index lists
        archive.record("http://a.example/")                     # asks the web for it, keeps the answer, and tells when

The fixture `pywb_programs` (tests/conftest.py) gives `programs`, or skips where there are none. The web that is recorded is the real one, so tests
give `through`: a SOCKS5 proxy that leads every name to a place on loopback (`tests.web.proxies.Proxy`).

pywb cannot be installed beside Holdfast (docs/decisions/0002-dependencies.md): `make test` puts it into an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from crawler.demo.web import LOOPBACK, closed_port

COLLECTION = "web"
_CONFIG = "collections:\n  live: $live\nrecorder:\n  source_coll: live\n"
_READY_SECONDS = 60.0
_INDEXED_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A replayed response: status, headers and body as recorded, and the capture time (14 digits, UTC)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    timestamp: str


class Pywb:
    """A running pywb. `endpoint` is the address of its collection: `<endpoint>/<timestamp>id_/<url>`, `<endpoint>/cdx?url=<url>`."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def replay(self, url: str, timestamp: str = "") -> Replayed:
        """Return the copy nearest to a time (by default the newest); status 404 and no timestamp if there is none."""
        return self._get(f"{self.endpoint}/{timestamp}id_/{url}")

    def record(self, url: str) -> Replayed:
        """Capture `url` with its redirects, also as an error page, and return once it is in the index.

        Status 400 or above without a timestamp: nobody answered, and nothing is kept.
        """
        known = set(self.captures(url))
        kept = self._get(f"{self.endpoint}/record/id_/{url}")
        give_up = time.monotonic() + _INDEXED_SECONDS
        while kept.timestamp and known.issuperset(self.captures(url)):
            assert time.monotonic() < give_up, f"pywb recorded {url} and never listed it"
            time.sleep(0.1)
        return kept

    def raw_body(self, url: str) -> bytes:
        """Return the replayed body of a URL in its content coding."""
        answer = requests.get(
            f"{self.endpoint}/id_/{url}",
            headers={"Accept-Encoding": "gzip, deflate"},
            allow_redirects=False,
            stream=True,
            timeout=30,
        )
        body: bytes = answer.raw.read(decode_content=False)
        return body

    def captures(self, url: str) -> list[str]:
        """Return the timestamps of the copies of a URL, in order."""
        answer = requests.get(
            f"{self.endpoint}/cdx",
            params={"url": url, "output": "text", "fl": "timestamp"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.text.split()

    def _get(self, address: str) -> Replayed:
        answer = requests.get(
            address, headers={"Accept-Encoding": "identity"}, allow_redirects=False, timeout=30
        )
        recorded = answer.headers.get("Memento-Datetime")
        stamp = (
            parsedate_to_datetime(recorded).astimezone(UTC).strftime("%Y%m%d%H%M%S")
            if recorded
            else ""
        )
        return Replayed(
            status=answer.status_code, headers=answer.headers, body=answer.content, timestamp=stamp
        )


def programs() -> Path | None:
    """Find the folder of pywb's programs; None where it is not installed."""
    own, on_path = Path(sys.prefix, "pywb", "bin"), shutil.which("wayback")
    return next(
        (
            folder
            for folder in (own, *([Path(on_path).parent] if on_path else []))
            if (folder / "wayback").exists()
        ),
        None,
    )


@contextmanager
def running_pywb(
    found: Path, folder: Path, archives: Sequence[Path] = (), *, through: str = ""
) -> Iterator[Pywb]:
    """Run the archive in `folder` while the block lasts, over copies of `archives`. `through` is the address:port of a SOCKS5 proxy."""
    _call(found, folder, "wb-manager", "init", COLLECTION)
    if archives:
        _call(
            found,
            folder,
            "wb-manager",
            "add",
            "--unpack-wacz",
            COLLECTION,
            *(str(archive.resolve()) for archive in archives),
        )
    (folder / "config.yaml").write_text(_CONFIG)
    host, _, socks_port = through.partition(":")
    proxied = {"SOCKS_HOST": host, "SOCKS_PORT": socks_port} if through else {}
    with _running(
        found, folder, "--autoindex", "--auto-interval", "1", environment=proxied
    ) as address:
        yield Pywb(f"{address}/{COLLECTION}")


@contextmanager
def replaying(found: Path, folder: Path, collection: str) -> Iterator[Pywb]:
    """Run pywb over a collection as it lies in `folder`, with the index it finds there, while the block lasts."""
    with _running(found, folder) as address:
        yield Pywb(f"{address}/{collection}")


@contextmanager
def _running(
    found: Path, folder: Path, *options: str, environment: Mapping[str, str] = {}
) -> Iterator[str]:
    """Run pywb's server in a folder, and yield its address."""
    with closed_port() as address:
        port = address.rpartition(":")[
            2
        ]  # free a moment from now: pywb cannot be given one that is held, nor tell one it found
    command = [str(found / "wayback"), *options, "--bind", LOOPBACK, "--port", port]
    settings = {**os.environ, "PYTHONWARNINGS": "ignore", **environment}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=log, stderr=log)
    try:
        _wait_for(process, f"http://{LOOPBACK}:{port}/", folder / "log")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + _READY_SECONDS
    while True:
        running = process.poll() is None
        assert running, f"pywb did not start: {log.read_text()}"
        assert time.monotonic() < give_up, f"pywb does not answer: {log.read_text()}"
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)


def _call(found: Path, folder: Path, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [found / program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
