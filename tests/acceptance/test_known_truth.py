"""An invented web whose truth is known, watched for ten nights: nothing living is called broken, and little that is dead is missed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder
from tests.worlds.archive import WorldArchive
from tests.worlds.invention import invent
from tests.worlds.serving import World
from tests.worlds.truth import Truth
from tests.worlds.watch import DAYS, Watch, by_kind

MISSED = 0.02
NAMED = 0.95
REQUESTS_A_LINK = 1.1


@pytest.fixture(scope="module")
def watch(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """The invented web after its nights."""
    web = invent()
    world = background.start(World(web.sites, refusing=web.refusing))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("truth"))
    watch = Watch(web, folder, world, archive)
    for day in DAYS:
        watch.run(day)
    yield watch
    folder.close()


def shown(lines: list[str]) -> str:
    """A table of the kinds, and the lines, for the message of a failure."""
    return "\n".join([f"{len(lines)}", by_kind(lines), *lines])


def test_the_web_is_large_and_half_of_what_is_dead_does_not_say_so() -> None:
    cited = invent().cited
    dead = [each for each in cited if each.truth is Truth.DEAD]
    assert len(cited) == len({each.url for each in cited}) >= 300
    assert len({each.url.split("/")[2] for each in cited}) >= 60
    assert sum(not each.explicit for each in dead) >= len(dead) / 2
    assert all(each.why for each in cited if each.truth is Truth.UNDECIDABLE)


def test_nothing_living_is_called_broken(watch: Watch) -> None:
    wrong = watch.false_alarms()
    assert not wrong, shown(wrong)
    unseen = watch.unseen()
    assert not unseen, shown(unseen)


def test_hardly_any_dead_page_is_missed(watch: Watch) -> None:
    dead = sum(each.truth is Truth.DEAD for each in watch.web.cited)
    missed = watch.missed()
    assert len(missed) <= MISSED * dead, shown(missed)


def test_hardly_any_copy_is_missed_after_the_second_night(watch: Watch) -> None:
    unnamed = watch.unnamed(watch.nights[1])
    assert len(unnamed) <= (1 - NAMED) * len(watch.recoverable()), shown(unnamed)


def test_no_copy_of_something_else_is_named(watch: Watch) -> None:
    wrong = [line for night in watch.nights for line in watch.wrong(night)]
    assert not wrong, shown(wrong)


def test_the_first_night_is_about_one_request_a_link(watch: Watch) -> None:
    assert watch.requests_a_link() <= REQUESTS_A_LINK
    # Nonsense is requested once a host, and once for a folder that answers otherwise.
    assert watch.siblings() <= 2 * len(watch.web.sites)
