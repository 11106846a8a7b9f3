"""`holdfast check` of pages that cite what is inside: no spelling, no range and no redirect leads there."""

from __future__ import annotations

from urllib.parse import quote

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import redirect
from crawler.demo.web import FakeWeb
from tests.acceptance.folder import Folder, configuration
from tests.web.archive import RunningWayback

ADDRESSES = [
    *(
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "100.100.100.200",
        "240.0.0.1",
        "0.0.0.0",  # noqa: S104
    ),
    *(
        "[::1]",
        "[::5db8:d822]",
        "[::ffff:0:5db8:d822]",
        "[64:ff9b:1::1]",
        "[fec0::1]",
        "[5f00::1]",
        "[3fff::1]",
        "[100::1]",
        "[2001:20::1]",
    ),
    *(
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "[2a00:1::5efe:7f00:1]",
        "[fd00:ec2::254]",
        "[4000::1]",
    ),
]
SPELLINGS = [
    "2130706433",
    "0x7f.1",
    "0177.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "１２７.1",
    "%31%32%37.1",
    "localhost",
    "a.localhost",
    "LOCALHOST.",
]
METADATA = "http://metadata.google.internal/computeMetadata/v1/"


def test_whatever_leads_inside_is_skipped(
    background: BackgroundLoop, folder: Folder, seed_wayback: RunningWayback
) -> None:
    inside = [*(f"http://{host}:1/" for host in (*ADDRESSES, *SPELLINGS)), METADATA]
    moved = {f"/{number}": redirect(302, url) for number, url in enumerate(inside)}
    web = background.start(FakeWeb({"moved.test": {**moved}}))
    folder.write("holdfast.toml", configuration(web.connect_to(), seed_wayback.endpoint))
    cited = [*inside, *(f"http://moved.test{path}?{quote(path)}" for path in moved)]
    folder.write("page.md", "\n\n".join(f"<{url}>" for url in cited) + "\n")
    assert folder.holdfast("scan", "page.md").returncode == 0
    done = folder.holdfast("check")
    assert done.returncode == 0, done.stderr
    reasons = dict(folder.query("SELECT url, reason FROM link"))
    assert len(reasons) > len(ADDRESSES) + len(moved)  # several spellings are one link
    assert {url: reason for url, reason in reasons.items() if reason != "unsafe-address"} == {}
    assert len(web.visits) >= len(moved)
