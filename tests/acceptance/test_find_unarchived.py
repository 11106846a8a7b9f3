"""Test `holdfast archive --find-moved` for pages that no archive has: agreeing rules, misspellings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import Folder, error_lines
from tests.web import prose
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

OFFERED = 0.8
NAMES = ("ferry", "harbour", "lantern", "anchor", "breakwater")


def article(number: int) -> Behaviour:
    return page(prose.title(number), *prose.paragraphs(number))


def moved(pairs: Mapping[str, str]) -> dict[str, Behaviour]:
    """Return pages that redirect permanently, and their targets."""
    old = {path: redirect(301, new) for path, new in pairs.items()}
    return old | {new: article(number) for number, new in enumerate(pairs.values())}


AGREED = moved({f"/old/{name}.html": f"/new/{name}" for name in NAMES})
NEAREST = moved(
    {f"/news/{name}.html": f"/archive/news/{name}" for name in NAMES}
    | {f"/sport/{name}.html": f"/blog/sport/{name}" for name in NAMES[:4]}
)
# Half of the siblings moved by one rule, half by another.
DIVIDED = moved(
    {f"/old/{name}.html": f"/new/{name}" for name in NAMES}
    | {f"/old/{name}-boat.html": f"/boats/{name}-boat" for name in NAMES}
)
MISSING: dict[str, Behaviour] = {ANY: status(404)}
SITES: Mapping[str, Mapping[str, Behaviour]] = {
    "agreed.test": AGREED | MISSING | {"/new/tide": article(20), "/": article(21)},
    "nearest.test": NEAREST
    | MISSING
    | {"/archive/news/tide": article(22), "/blog/news/tide": article(23), "/": article(24)},
    "divided.test": DIVIDED
    | MISSING
    | {"/new/tide": article(25), "/boats/tide": article(26), "/": article(27)},
    "served.test": AGREED | {"/old/tide.html": status(404), ANY: article(28)},
    "unserved.test": AGREED | MISSING | {"/": article(29)},
    "typo.test": MISSING
    | {"/notes/harbour-lights": article(30), "/notes/harbour-boats": article(31), "/": article(32)},
}
TIDE = {
    "agreed.test": "/old/tide.html",
    "nearest.test": "/news/tide.html",
    "divided.test": "/old/tide.html",
    "served.test": "/old/tide.html",
    "unserved.test": "/old/tide.html",
}
TYPO = "http://typo.test/notes/habour-lights"
ARCHIVED_TYPO = "http://typo.test/notes/harbuor-boats"  # misspelt, but it once existed


@dataclass(frozen=True)
class Found:
    """The results that a search stored.

    Attributes:
        folder: The wiki.
        proposals: New URL and confidence by broken link, the most trusted first.
    """

    folder: Folder
    proposals: Mapping[str, list[tuple[str, float]]]

    def of(self, host: str) -> list[tuple[str, float]]:
        return self.proposals.get(f"http://{host}{TIDE[host]}", [])


@pytest.fixture(scope="module")
def found(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    internet = background.start(Internet(SITES))
    wayback = background.start(RunningWayback())
    for path in ("harbour-lights", "harbour-boats", "tides-of-the-year"):
        wayback.snapshots.append(
            StoredSnapshot(original=f"http://typo.test/notes/{path}", timestamp="20190401120000")
        )
    wayback.snapshots.append(StoredSnapshot(original=ARCHIVED_TYPO, timestamp="20190401120000"))
    folder = Folder(tmp_path_factory.mktemp("unarchived"))
    folder.configure(internet, wayback)
    cited = [f"http://{host}{path}" for host, path in TIDE.items()] + [TYPO, ARCHIVED_TYPO]
    for host, sites in SITES.items():
        cited += [f"http://{host}{path}" for path in sites if path.endswith(".html")]
    lines = [f"- [{url}]({url})" for url in dict.fromkeys(cited)]
    folder.write("wiki/page.md", "# Pages\n\n" + "\n".join(lines) + "\n")
    assert folder.holdfast("run", "wiki").returncode == 0
    folder.execute("UPDATE link SET state = 'broken' WHERE role = 'link' AND state = 'suspect'")
    done = folder.holdfast("archive", "--find-moved")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    rows = folder.query(
        "SELECT link.url, proposal.url, confidence FROM proposal"
        " JOIN link ON link.id = link_id ORDER BY confidence DESC"
    )
    proposals: dict[str, list[tuple[str, float]]] = {}
    for old, new, confidence in rows:
        proposals.setdefault(old, []).append((new, confidence))
    yield Found(folder, proposals)
    folder.close()


def test_address_on_which_two_rules_agree_is_offered_and_marked(found: Found) -> None:
    assert found.of("agreed.test") == [("http://agreed.test/new/tide", 0.85)]
    report = found.folder.holdfast("report", "--format", "markdown").stdout
    assert "possibly moved to <http://agreed.test/new/tide>, confidence 85%" in report
    assert "two independent URL patterns of the site lead to it" in report
    assert "](http://agreed.test/new/tide)" in found.folder.holdfast("fix").stdout


def test_nearest_siblings_decide_between_two_served_addresses(found: Found) -> None:
    assert [url for url, _ in found.of("nearest.test")] == ["http://nearest.test/archive/news/tide"]


@pytest.mark.parametrize("host", ["divided.test", "served.test", "unserved.test"])
def test_nothing_is_proposed_where_rules_or_the_site_disagree(found: Found, host: str) -> None:
    assert found.of(host) == []


def test_misspelt_address_is_proposed_but_left_to_a_person(found: Found) -> None:
    ((url, confidence),) = found.proposals[TYPO]
    assert url == "http://typo.test/notes/harbour-lights"
    assert confidence < OFFERED
    report = found.folder.holdfast("report", "--format", "markdown").stdout
    assert "they differ by one typing error" in report
    assert url not in found.folder.holdfast("fix").stdout


def test_nothing_else_is_proposed(found: Found) -> None:
    hosts = {old.split("/")[2] for old in found.proposals}
    assert hosts == {"agreed.test", "nearest.test", "typo.test"}
