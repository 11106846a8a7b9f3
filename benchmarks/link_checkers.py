"""Run Holdfast and other link checkers on the same URLs, with the same HTTP method and limits.

Each runs with the options that its documentation recommends.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loopback import Cost, timed
from crawler.config import load_config
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import register_urls

BIN = Path(sys.executable).parent
SPIDER = Path(__file__).parent / "tutorial_spider.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerTask:
    """The URLs that every link checker checks, and the limits that all of them have.

    Attributes:
        urls: The URLs to check.
        folder: The folder of configurations, databases and pages.
        environment: The environment variables of all programs.
        method: "get", "head", or "conditional": Holdfast makes conditional requests, the others
            GET.
        concurrency: Maximum number of concurrent requests, for all programs but Holdfast.
        hosts_at_once: Maximum number of hosts that Holdfast requests at the same time.
        per_host: Maximum number of concurrent requests to a host.
        interval: Seconds between the starts of two requests to a host.
        timeout: Seconds after which a request fails.
        hanging: Number of URLs that never respond; all others must be found alive.
    """

    urls: Sequence[str]
    folder: Path
    environment: dict[str, str]
    method: str = "get"
    concurrency: int = 128
    hosts_at_once: int = 64
    per_host: int = 2
    interval: float = 0.05
    timeout: float = 20.0
    hanging: int = 0

    @property
    def database(self) -> Path:
        """The path of Holdfast's database."""
        return self.folder / ".holdfast" / "holdfast.db"

    @property
    def plain_method(self) -> str:
        """The method of the other programs, which make no conditional requests."""
        return "head" if self.method == "head" else "get"

    def holdfast(self) -> Cost:
        """Run `holdfast check --all` with the URLs in its database.

        The first probe of a link is a GET, so HEAD and conditional requests are measured with a
        second one.
        """
        command = self.prepare_holdfast()
        if self.method != "get":
            timed(command, self.folder, self.environment, expected_codes=(0, 2))
        cost, _ = timed(command, self.folder, self.environment, expected_codes=(0, 2))
        with closing(sqlite3.connect(self.database)) as database:
            self._require_all_alive(
                database.execute("select count(*) from link where state = 'alive'").fetchone()[0]
            )
        return cost

    def prepare_holdfast(self, *further: str) -> list[str]:
        """Write a configuration and a database with the URLs; return the command."""
        shutil.rmtree(self.database.parent, ignore_errors=True)
        (self.folder / "holdfast.toml").write_text(
            f'[network]\nallow = ["127.0.0.0/8"]\nconcurrency = {self.hosts_at_once}\n'
            f'[hosts."*"]\nconcurrency = {self.per_host}\n'
            f"interval = {self.interval}\ntimeout = {self.timeout}\n"
        )
        with open_job(load_config(start=self.folder, environment={}), "benchmark") as job:
            register_urls(job, self.urls)
        config = str(self.folder / "holdfast.toml")
        return [
            sys.executable,
            "-m",
            "crawler",
            "check",
            "--all",
            "-q",
            "--no-progress",
            "--config",
            config,
            *further,
        ]

    def lychee(self) -> Cost:
        """Run lychee on a page of links."""
        page = self.folder / "page.md"
        page.write_text("\n".join(f"- <{url}>" for url in self.urls))
        command = [
            str(BIN / "lychee"),
            "--no-progress",
            "--format",
            "json",
            "--method",
            self.plain_method,
            "--max-retries",
            "2",
        ]
        command += [
            "--timeout",
            str(round(self.timeout)),
            "--max-concurrency",
            str(self.concurrency),
        ]
        command += [
            "--host-concurrency",
            str(self.per_host),
            "--host-request-interval",
            f"{round(self.interval * 1000)}ms",
            str(page),
        ]
        cost, output = timed(command, self.folder, self.environment, expected_codes=(0, 2))
        self._require_all_alive(json.loads(output)["successful"])
        return cost

    def linkchecker(self) -> Cost:
        """Run linkchecker on a page of links, with as many threads; it has only GET."""
        page, settings = self.folder / "page.html", self.folder / "linkcheckerrc"
        page.write_text("".join(f'<a href="{url}">x</a>\n' for url in self.urls))
        trusted = self.environment.get("SSL_CERT_FILE", "1")  # its only certificate store
        settings.write_text(
            f"[checking]\nmaxrequestspersecond={1 / self.interval:.0f}\nsslverify={trusted}\n"
        )
        # linkchecker changes from root to the user nobody, who does not exist in this namespace.
        command = [
            "unshare",
            "--map-user=1000",
            str(BIN / "linkchecker"),
            "-f",
            str(settings),
            "--check-extern",
            "--no-robots",
            "--no-status",
            "-r",
            "1",
            "-v",
        ]
        command += [
            "-t",
            str(self.concurrency),
            "--timeout",
            str(round(self.timeout)),
            "-o",
            "csv",
            str(page),
        ]
        cost, output = timed(command, self.folder, self.environment, expected_codes=(0, 1))
        self._require_all_alive(output.count(b";200 OK;"))
        return cost

    def tutorial(self) -> Cost:
        """Run a spider like that of Scrapy's tutorial."""
        listed = self.folder / "urls.txt"
        listed.write_text("\n".join(self.urls))
        limits = [str(self.concurrency), str(self.per_host), str(self.interval)]
        cost, output = timed(
            [sys.executable, str(SPIDER), str(listed), self.plain_method.upper(), *limits],
            self.folder,
            self.environment,
        )
        self._require_all_alive(int(output))
        return cost

    def _require_all_alive(self, alive: int) -> None:
        """End the benchmark unless all URLs that respond were found alive."""
        if alive != len(self.urls) - self.hanging:
            sys.exit(
                f"{alive} of {len(self.urls)} are alive, {self.hanging} hang: the runs cannot "
                "be compared"
            )


# By the program's name: runs it once on a task, and returns its cost.
CHECKERS: dict[str, Callable[[CheckerTask], Cost]] = {
    "lychee": CheckerTask.lychee,
    "holdfast": CheckerTask.holdfast,
    "linkchecker": CheckerTask.linkchecker,
    "scrapy-tutorial": CheckerTask.tutorial,
}
