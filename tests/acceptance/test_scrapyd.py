"""Test scrapyd: spiders of an egg that scrapyd-deploy builds from this checkout."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from tests.acceptance import seed
from tests.acceptance.folder import LIBRARY, PATIENCE, Folder, environment
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

CONFIGURATION = """[scrapyd]
bind_address = 127.0.0.1
http_port = {port}
eggs_dir = eggs
logs_dir = logs
dbs_dir = dbs
items_dir =
poll_interval = 0.2
max_proc = 1
"""


def beside(name: str) -> str:
    """Return the path of a command in the environment of the tests."""
    return str(Path(sys.executable).with_name(name))


def surroundings() -> dict[str, str]:
    """Return the environment of a user: the checkout is on no path, and warnings of libraries are off."""
    return {
        name: value
        for name, value in environment().items()
        if name not in {"PYTHONPATH", "PYTHONWARNINGS"}
    }


class Scrapyd:
    """A scrapyd server, used through its HTTP interface."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"

    def ask(self, page: str, **form: str) -> dict[str, Any]:
        data = urlencode(form).encode() if page == "schedule.json" else None
        query = "" if data else f"?{urlencode(form)}"
        with urllib.request.urlopen(f"{self.url}{page}{query}", data, timeout=PATIENCE) as answer:  # noqa: S310  loopback
            output: dict[str, Any] = json.load(answer)
        assert output["status"] == "ok", output
        return output

    def runs(self) -> bool:
        try:
            return bool(self.ask("daemonstatus.json"))
        except (URLError, OSError):
            return False

    def run(self, spider: str, config: Path) -> None:
        """Schedule a spider and wait for its end."""
        job = self.ask(
            "schedule.json", project="holdfast", spider=spider, setting=f"HOLDFAST_CONFIG={config}"
        )["jobid"]
        until = time.monotonic() + PATIENCE
        while job not in {
            each["id"] for each in self.ask("listjobs.json", project="holdfast")["finished"]
        }:
            assert time.monotonic() < until, f"{spider} did not end"
            time.sleep(0.2)


@pytest.fixture
def scrapyd(tmp_path: Path) -> Iterator[Scrapyd]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "scrapyd"
    folder.mkdir()
    (folder / "scrapyd.conf").write_text(CONFIGURATION.format(port=port), encoding="utf-8")
    server = Scrapyd(port)
    with (folder / "out").open("wb") as out:
        running = subprocess.Popen(
            [beside("scrapyd"), "--pidfile="],
            cwd=folder,
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + PATIENCE
            while not server.runs():
                assert running.poll() is None, (folder / "out").read_text(encoding="utf-8")
                assert time.monotonic() < until, "scrapyd did not start"
                time.sleep(0.1)
            yield server
        finally:
            running.terminate()
            running.wait(timeout=PATIENCE)


def test_a_spider_deployed_from_the_checkout_finishes(
    scrapyd: Scrapyd,
    folder: Folder,
    tmp_path: Path,
    seed_internet: Internet,
    seed_wayback: RunningWayback,
) -> None:
    checkout = tmp_path / "checkout"
    for package in ("crawler", "reports", "store"):
        shutil.copytree(
            LIBRARY / package, checkout / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(LIBRARY / name, checkout)
    cfg = (LIBRARY / "scrapy.cfg").read_text(encoding="utf-8")
    assert "http://localhost:6800/" in cfg
    (checkout / "scrapy.cfg").write_text(
        cfg.replace("http://localhost:6800/", scrapyd.url), encoding="utf-8"
    )
    deployed = subprocess.run(
        [beside("scrapyd-deploy"), "--version", "1"],
        cwd=checkout,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert '"status": "ok"' in deployed.stdout, deployed.stdout + deployed.stderr
    assert {"citations", "liveness", "captures"} <= set(
        scrapyd.ask("listspiders.json", project="holdfast")["spiders"]
    )

    wiki = Folder(tmp_path / "wiki")
    wiki.write("pages/石桥论坛.md", seed.PAGE)
    wiki.configure(seed_internet, seed_wayback)
    config = wiki.write(
        "holdfast.toml",
        'pages = ["pages"]\n' + (wiki.path / "holdfast.toml").read_text(encoding="utf-8"),
    )
    for spider in ("citations", "liveness"):
        scrapyd.run(spider, config)
    logs = "".join(
        log.read_text(encoding="utf-8") for log in (tmp_path / "scrapyd" / "logs").rglob("*.log")
    )
    assert "Traceback" not in logs, logs
    assert wiki.query("SELECT command, outcome FROM run ORDER BY id") == [
        (f"scrapy crawl {spider}", "finished") for spider in ("citations", "liveness")
    ]
    assert wiki.states()[seed.MISSING] == "suspect"
    assert wiki.count("link", "state = 'unchecked'") == 0
