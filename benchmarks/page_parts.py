"""Count the requests for checking the parts of archive copies: style sheets and images.

    python -m benchmarks.page_parts

There are five sites of five dead pages each. The pages of a site share two style sheets and a logo,
and each has seven further images. An archive on loopback has a copy of each page. Of the images,
one in ten was never captured, and three in ten were captured at another time than the page. Prints
the number of requests of a first and of a second run.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

SITES = 5
PAGES = 5  # of each site
IMAGES = 7  # of each page
PAGE_TIME, OTHER_TIME = "20210801000000", "20210901000000"


def snapshots() -> list[StoredSnapshot]:
    """Return the archive's captures of the pages and their parts."""
    captures = []
    for site in range(SITES):
        base = f"http://site{site}.test"
        shared = [f"{base}/{name}" for name in ("a.css", "b.css", "logo.png")]
        captures += [_snapshot(url, OTHER_TIME, b"x") for url in shared]
        for number in range(PAGES):
            images = [f"{base}/{number}/{image}.png" for image in range(IMAGES)]
            texts = "".join(f"<p>{text}</p>" for text in paragraphs(number))
            parts = "".join(f"<link rel=stylesheet href={url}>" for url in shared[:2])
            parts += "".join(f"<img src={url}>" for url in (shared[2], *images))
            body = f"<title>{title(number)}</title>{parts}{texts}"
            captures.append(_snapshot(f"{base}/page/{number}", PAGE_TIME, body.encode()))
            for image, url in enumerate(images):
                last_digit = (number * IMAGES + image) % 10
                if last_digit:  # 0: never captured
                    timestamp = OTHER_TIME if last_digit < 4 else PAGE_TIME
                    captures.append(_snapshot(url, timestamp, b"x"))
    return captures


def _snapshot(url: str, timestamp: str, body: bytes) -> StoredSnapshot:
    mimetype = "image/png" if url.endswith(".png") else "text/html"
    mimetype = "text/css" if url.endswith(".css") else mimetype
    return StoredSnapshot(original=url, timestamp=timestamp, body=body, mimetype=mimetype)


def main() -> None:
    """Print the requests of two runs."""
    sites = {f"site{site}.test": {ANY: status(404)} for site in range(SITES)}
    with BackgroundLoop() as background, tempfile.TemporaryDirectory() as path:
        internet = background.start(Internet(sites))
        wayback = background.start(RunningWayback())
        wayback.snapshots += snapshots()
        folder = Folder(Path(path))
        folder.configure(internet, wayback)
        urls = [
            f"http://site{site}.test/page/{page}" for site in range(SITES) for page in range(PAGES)
        ]
        folder.write("docs/a.md", "".join(f"- [a]({url}), accessed 2021-08-02\n" for url in urls))
        folder.holdfast("run", "docs", "--fail-on", "never")
        first = wayback.requests_of("part")
        folder.holdfast("run", "docs", "--fail-on", "never")
        second = wayback.requests_of("part")[len(first) :]
        found = folder.query("SELECT count(*), sum(parts_checked), sum(parts_missing) FROM mirror")
        folder.close()
    ((copies, parts, missing),) = found
    distinct = len(Counter(request.target.partition("_/")[2] for request in first))
    print(f"{copies} copies with {parts} parts, {distinct} of them different, {missing} missing")
    print(f"first run: {len(first)} requests, {len(first) / copies:.1f} a copy")
    print(f"second run: {len(second)} requests")


if __name__ == "__main__":
    main()
