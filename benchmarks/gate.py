"""Measure `holdfast gate` on ten new citations of ten hosts, with an archive on loopback.

    python -m benchmarks.gate

Each measurement starts with a new repository, database and archive, so that every link is checked,
looked up, captured and verified.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

CITATIONS = 10
ROUNDS = 5


def measure(background: BackgroundLoop, internet: Internet) -> float:
    """Return the seconds that one gate takes."""
    wayback = background.start(RunningWayback(fetch=internet.fetch))
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        folder.configure(internet, wayback, more="\n[archives]\ncapture = true\n")
        subprocess.run(["git", "init", "--quiet"], cwd=path, check=True)
        links = (f"- [{each}](http://press{each}.test/)\n" for each in range(CITATIONS))
        folder.write("docs/a.md", "".join(links))
        began = time.monotonic()
        done = folder.holdfast("gate", "--mode", "require-copy", "--deadline", "10m")
        seconds = time.monotonic() - began
        assert f"{CITATIONS} with a verified copy" in done.stdout, done.stdout + done.stderr
    return seconds


def main() -> None:
    """Print the median and all measurements."""
    sites = {
        f"press{each}.test": {ANY: page(title(each), *paragraphs(each, count=3))}
        for each in range(CITATIONS)
    }
    with BackgroundLoop() as background:
        internet = background.start(Internet(sites))
        seconds = sorted(measure(background, internet) for _ in range(ROUNDS))
    median = statistics.median(seconds)
    print(
        f"{CITATIONS} new citations: median {median:.0f} s;", *(f"{each:.0f}" for each in seconds)
    )


if __name__ == "__main__":
    main()
