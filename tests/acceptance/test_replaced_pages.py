"""One `run` over a web of replaced pages, and of living ones that look like them: none of these is called broken."""

from __future__ import annotations

from collections import Counter

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, complaints
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.replaced import World, build_world

CAPTURED = "20140601080000"
MAX_MISSED = 0.02  # of the dead pages
MAX_REQUESTS = 1.1  # a link, beside random URLs
_RANDOM_LETTERS = 25


class Checked:
    """The world after one run over it."""

    def __init__(self, world: World, folder: Folder, internet: Internet) -> None:
        self.world = world
        self.folder = folder
        self.internet = internet

    def verdicts(self) -> dict[str, tuple[str, str]]:
        rows = self.folder.query("SELECT url, verdict, reason FROM link WHERE role = 'link'")
        return {url: (verdict, reason) for url, verdict, reason in rows}

    def broken(self) -> set[str]:
        return {url for url, (verdict, _) in self.verdicts().items() if verdict == "broken"}


@pytest.fixture(scope="module")
def checked(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    world = build_world()
    internet = background.start(Internet(world.sites))
    wayback = background.start(RunningWayback())
    lines = []
    for url in world.lives:
        lines.append(f"- [page]({url})")
        if url in world.mementos:
            body = world.mementos[url]
            wayback.snapshots.append(
                StoredSnapshot(original=url, timestamp=CAPTURED, body=body, mimetype="text/html")
            )
            lines[-1] += f" ([archived](https://web.archive.org/web/{CAPTURED}/{url}))"
    folder = Folder(tmp_path_factory.mktemp("replaced"))
    folder.lead_to(internet, wayback)
    folder.write("wiki/a.md", "\n".join(lines) + "\n")
    done = folder.holdfast("run", "wiki", "--lookups", "0", "--fail-on", "never")
    complaints(done)
    assert done.returncode == 0, done.stderr
    return Checked(world, folder, internet)


def test_nothing_living_is_called_broken(checked: Checked) -> None:
    verdicts = checked.verdicts()
    wrong = {url: verdicts[url] for url in checked.broken() if checked.world.lives[url]}
    assert wrong == {}


def test_hardly_a_dead_page_is_missed(checked: Checked) -> None:
    dead = {url for url, lives in checked.world.lives.items() if not lives}
    verdicts = checked.verdicts()
    missed = {url: verdicts[url] for url in dead - checked.broken()}
    assert len(missed) <= MAX_MISSED * len(dead), missed


def test_requests_are_few(checked: Checked) -> None:
    paths = Counter[bool]()
    cited_hosts = {url.split("/")[2] for url in checked.world.lives}
    for host in cited_hosts:
        for visit in checked.internet.visits_to(host):
            name = visit.url.rpartition("/")[2]
            paths[len(name) == _RANDOM_LETTERS and name.isalpha()] += 1
    links = len(checked.world.lives)
    assert paths[False] <= MAX_REQUESTS * links
    assert paths[True] <= 1.5 * len(cited_hosts)


def test_rejudging_changes_nothing_of_it(checked: Checked) -> None:
    before = checked.broken()
    assert checked.folder.holdfast("db", "rejudge", "--write").returncode == 0
    assert {url for url in checked.broken() - before if checked.world.lives[url]} == set()
