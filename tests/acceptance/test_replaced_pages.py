"""Test one `run` over replaced pages, and living ones that look like them, which are not called broken."""

from __future__ import annotations

from collections import Counter

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines, one_line
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.replaced import World, article, build_world, shown

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
    folder.configure(internet, wayback, sibling_days=90)
    folder.write("wiki/a.md", "\n".join(lines) + "\n")
    done = folder.holdfast("run", "wiki", "--lookups", "0", "--fail-on", "never")
    error_lines(done)
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


def test_few_requests_are_sent_per_link(checked: Checked) -> None:
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


def test_random_url_is_requested_once_and_never_where_that_is_switched_off(
    background: BackgroundLoop, folder: Folder
) -> None:
    pages = {f"/a/{k}": shown(article(k)) for k in range(3)} | {ANY: status(404)}
    hosts = ("asked.test", "quiet.test")
    internet = background.start(Internet(dict.fromkeys(hosts, pages)))
    more = '\n[hosts."quiet.test"]\nsibling_days = 0\n'
    wayback = background.start(RunningWayback())
    folder.configure(internet, wayback, more=more, sibling_days=90)
    folder.write("a.md", "".join(f"<http://{host}/a/{k}>\n" for host in hosts for k in range(3)))
    folder.holdfast("scan", "a.md")
    for _ in range(2):
        done = folder.holdfast("check", "--all", "--fail-on", "never")
        error_lines(done)
        assert done.returncode == 0, done.stderr
    asked, quiet = ({visit.url for visit in internet.visits_to(host)} for host in hosts)
    assert len(asked) == 4
    assert quiet == {f"http://quiet.test/a/{k}" for k in range(3)}


def test_invalid_number_of_days_is_refused(folder: Folder) -> None:
    folder.write("holdfast.toml", '[hosts."*"]\nsibling_days = -1\n')
    assert "sibling_days must be from 0 to" in one_line(folder.run_in_process("check"), 3)
